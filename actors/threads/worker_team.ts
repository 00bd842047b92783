/** The Workers of one scheduler: started, listened to, asked to stop, ended. Each of them ends exactly once. */
import { isParked, stopAll, wake } from "../../fastpath/parking.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { DIE, ENDED, ENDED_IN_ORDER, HANDLED, LOST, PASSES, workerWord } from "./counters.ts";
import type { SharedParts } from "./shared_parts.ts";
import type { Place } from "./team.ts";
import type { CardSettings } from "./worker_card.ts";
import type { CardReport, WorkerMessage, WorkerOrder } from "./worker_messages.ts";

/** A Worker that ended before it was asked to, and why. */
export interface WorkerLoss {
  /** Its name in the team: `card`, `dispatch:0`. */
  readonly worker: string;
  /** Its last words. */
  readonly why: string;
}

/** How a Worker is doing. */
export interface WorkerCounters {
  /** Its name in the team. */
  readonly worker: string;
  /** Passes of its loop so far, wrapping at 2^31: it lives as long as they grow, or it is parked. */
  readonly passes: number;
  /** Steps it has done so far, wrapping at 2^31. */
  readonly handled: number;
  /** It sleeps, because it found nothing to do. */
  readonly parked: boolean;
}

/** Who hears of the team. */
export interface TeamListener {
  /** Every Worker is at work. */
  readonly ready: () => void;
  /** There is something in a completion ring. */
  readonly bell: () => void;
  /** A Worker was lost; the others have been asked to stop. */
  readonly lost: (loss: WorkerLoss) => void;
  /** Every Worker has ended: the memory is the owner's alone. */
  readonly ended: (card: CardReport | null) => void;
}

/** The Workers over one memory. */
export class WorkerTeam {
  readonly #places: readonly Place[];
  readonly #parts: SharedParts;
  readonly #memory: PathMemory;
  readonly #counters: Int32Array;
  readonly #listener: TeamListener;
  readonly #workers = new Map<Place, Worker>();
  #readyCount = 0;
  #stopping = false;
  #card: CardReport | null = null;

  /** A team that is not there yet. */
  constructor(places: readonly Place[], parts: SharedParts, memory: PathMemory, listener: TeamListener) {
    this.#places = places;
    this.#parts = parts;
    this.#memory = memory;
    this.#counters = new Int32Array(parts.counters);
    this.#listener = listener;
  }

  /** Starts a Worker for every place. */
  start(card: CardSettings): void {
    for (const place of this.#places) {
      const worker = new Worker(new URL("./thread_worker.ts", import.meta.url), { type: "module", name: place.name });
      this.#workers.set(place, worker);
      worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => this.#heard(place, data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#lose(place, event.message);
      };
      const order: WorkerOrder = { place, parts: this.#parts, card };
      worker.postMessage(order);
    }
  }

  /** Asks all of them to finish what they can and to end. */
  stop(): void {
    this.#stopping = true;
    stopAll(this.#memory);
    this.#wakeAll();
  }

  /**
   * Lets one of them die where it stands, for tests of what follows.
   *
   * @throws {RangeError} if there is none of that name.
   */
  kill(name: string): void {
    const place = this.#places.find((each) => each.name === name);
    if (place === undefined) {
      const names = this.#places.map((each) => each.name).join(", ");
      throw new RangeError(`Cannot kill "${name}": expected one of ${names}`);
    }
    Atomics.store(this.#counters, workerWord(place.worker, DIE), 1);
    wake(this.#memory, place.worker);
  }

  /** How they are doing, now. */
  counters(): readonly WorkerCounters[] {
    const at = (worker: number, word: number): number => Atomics.load(this.#counters, workerWord(worker, word));
    return this.#places.map(({ name, worker }) => ({
      worker: name,
      passes: at(worker, PASSES),
      handled: at(worker, HANDLED),
      parked: isParked(this.#memory, worker),
    }));
  }

  #wakeAll(): void {
    for (const { worker } of this.#places) wake(this.#memory, worker);
  }

  #heard(place: Place, message: WorkerMessage): void {
    switch (message.kind) {
      case "ready":
        if (++this.#readyCount === this.#places.length && !this.#stopping) this.#listener.ready();
        return;
      case "bell":
        return this.#listener.bell();
      case "died":
        return this.#lose(place, message.why);
      case "stopped":
        this.#card = message.card ?? this.#card;
        if (!this.#stopping) return this.#lose(place, "it ended before it was asked to");
        return this.#end(place, ENDED_IN_ORDER);
    }
  }

  #lose(place: Place, why: string): void {
    if (!this.#workers.has(place)) return;
    this.stop();
    this.#listener.lost({ worker: place.name, why });
    this.#end(place, LOST);
  }

  /** The others may wait for it: they end one after the other. */
  #end(place: Place, how: number): void {
    this.#workers.get(place)?.terminate();
    this.#workers.delete(place);
    Atomics.store(this.#counters, workerWord(place.worker, ENDED), how);
    this.#wakeAll();
    if (this.#workers.size === 0) this.#listener.ended(this.#card);
  }
}
