/**
 * The scheduler actor of `engine: "threads"`: owns the shared memory, starts its Workers and stops them, hands out
 * capacity, gives completions back, and accounts for every request when a Worker is lost.
 *
 * ```text
 * start     1 a Worker for every place in the team    2 all are ready: READY, and `started` is told
 * submit    3 a row for each request, to the next dispatcher; published once for the whole batch
 * bell      4 completion rings are emptied; asleep only after one more look
 * drain     5 the last one is back: the stop word     6 every Worker has said how it ended: `ended` is told
 * lost      7 WORKER_LOST; the others finish what they can and stop     8 what is still out is settled, once each
 * ```
 * Its lifecycle is the chart that every scheduler has; it hears of requests in batches. Nothing waits here: Workers
 * speak by message, and a loop of the caller's may look into the rings with {@link ThreadScheduler.take}.
 */
import { pathLives } from "../../fastpath/lives.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import type { PathMisuse } from "../../fastpath/misuse.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { schedulerMachine } from "../../machines/scheduler.ts";
import type { SchedulerContext, SchedulerEvent } from "../../machines/scheduler.ts";
import { assert } from "../../sim/assert.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";
import { ChartLives } from "../chart_lives.ts";
import type { Inspector } from "../chart_lives.ts";
import { FindingLog } from "../findings.ts";
import type { Life } from "../life.ts";
import type { CancelAnswer } from "../scheduler/scheduler.ts";
import { CardTime } from "./card_time.ts";
import { RequestExchange } from "./request_exchange.ts";
import type { BackListener, ThreadRequest } from "./request_exchange.ts";
import { createSharedParts } from "./shared_parts.ts";
import { threadSizes } from "./sizes.ts";
import type { ThreadSizes } from "./sizes.ts";
import { teamOf } from "./team.ts";
import type { CardSettings } from "./worker_card.ts";
import type { CardReport } from "./worker_messages.ts";
import { WorkerTeam } from "./worker_team.ts";
import type { WorkerCounters, WorkerLoss } from "./worker_team.ts";

/** What a scheduler on threads is built from; everything has a default. */
export interface ThreadSchedulerOptions extends Partial<ThreadSizes> {
  /** What kind of card it is. */
  readonly card?: CardSettings;
  /** Hears of the scheduler's actor. */
  readonly inspect?: Inspector;
  /** Where its steps go, stamped with the card's time. */
  readonly trace?: Tracer;
}

/** How a batch went in. */
export interface Submitted {
  /** How many of them were taken, from the first on. */
  readonly taken: number;
  /**
   * STATUS_PENDING: all. STATUS_INSUFFICIENT_RESOURCES: no row is free for the next; come again after a completion.
   * STATUS_INVALID_DEVICE_STATE: it does not run.
   */
  readonly status: "STATUS_PENDING" | "STATUS_INSUFFICIENT_RESOURCES" | "STATUS_INVALID_DEVICE_STATE";
}

/** How it all ended. */
export interface ThreadSummary {
  /** Requests taken. */
  readonly accepted: number;
  /** Requests given back, with whatever status. */
  readonly completed: number;
  /** Requests that came back although they were not out. */
  readonly twice: number;
  /** Of the completed ones, those that were settled after a loss. */
  readonly settled: number;
  /** The Worker that was lost first; null if none was. */
  readonly lost: WorkerLoss | null;
  /** What the charts called misuse on any thread; null if nothing. */
  readonly misuse: PathMisuse | null;
  /** The card's last words; null if it was lost. */
  readonly card: CardReport | null;
  /** What each Worker did. */
  readonly workers: readonly WorkerCounters[];
}

/** Who hears of the scheduler. */
export interface ThreadListener {
  /** It runs: requests may be submitted. */
  readonly started?: () => void;
  /** A request is back: its tag, how it ended, bytes moved. Others may be submitted from here. */
  readonly completed: BackListener;
  /** A Worker was lost. Every request that is out will still come back, with a status. */
  readonly lost?: (loss: WorkerLoss) => void;
  /** It has stopped, and no Worker is left. */
  readonly ended: (summary: ThreadSummary) => void;
}

/** One scheduler with its Workers. */
export class ThreadScheduler {
  /** Its lifecycle: an XState actor. */
  readonly life: Life<SchedulerContext, SchedulerEvent>;
  /** Misuse of the scheduler itself, collected. */
  readonly findings: FindingLog;
  /** Host memory that requests lie in. Bytes of a request that is out are the card's. */
  readonly ram: Uint8Array;
  /** How large everything is. */
  readonly sizes: ThreadSizes;
  readonly #card: CardSettings;
  readonly #trace: Tracer;
  readonly #listener: ThreadListener;
  /** Shows the card's time as last looked at. */
  readonly #clock = new VirtualClock();
  readonly #cardTime: CardTime;
  readonly #memory: PathMemory;
  readonly #exchange: RequestExchange;
  readonly #team: WorkerTeam;
  #begun = false;
  #accepting = false;
  #taking = false;
  #stopped = false;
  #accepted = 0;
  #completed = 0;
  /** What a listener threw first while a batch was given back. */
  #thrown: { readonly error: unknown } | null = null;
  #settled = 0;
  #lost: WorkerLoss | null = null;

  /**
   * Makes the memory. Nothing runs yet.
   *
   * @throws {RangeError} with one sentence, if an option cannot be.
   */
  constructor(options: ThreadSchedulerOptions, listener: ThreadListener) {
    const { card = {}, inspect, trace = SILENT, ...sizes } = options;
    this.sizes = threadSizes(sizes);
    this.#card = card;
    this.#trace = trace;
    this.#listener = listener;
    this.findings = new FindingLog(this.#clock, trace);
    const telling = { clock: this.#clock, trace, findings: this.findings };
    this.life = new ChartLives(telling, inspect).create(schedulerMachine, "scheduler", undefined);
    const { parts, memory } = createSharedParts(this.sizes);
    this.#memory = memory;
    this.#cardTime = new CardTime(new Int32Array(parts.counters));
    this.ram = new Uint8Array(parts.ram);
    this.#exchange = new RequestExchange(parts, memory);
    this.#team = new WorkerTeam(teamOf(this.sizes), parts, memory, {
      ready: () => this.#ready(),
      bell: () => void this.take(),
      lost: (loss) => this.#workerLost(loss),
      ended: (report) => this.#ended(report),
    });
  }

  /** How many more requests can be taken now. */
  get capacity(): number {
    return this.#exchange.capacity;
  }

  /** Requests that were taken and are not back yet. */
  get outstanding(): number {
    return this.#exchange.outstanding;
  }

  /** Starts the Workers, once in its life. `started` is told when all of them are there. */
  start(): void {
    assert(!this.#begun, "Cannot start a scheduler on threads twice: its memory has been used, make another one");
    this.#begun = true;
    this.#step({ type: "START" });
    this.#team.start(this.#card);
  }

  /**
   * Requests arrive. As many as there is capacity for are taken.
   *
   * @throws {RangeError} with one sentence, if a number of one of them cannot be; then none is taken.
   */
  submit(requests: readonly ThreadRequest[]): Submitted {
    for (const request of requests) this.#exchange.check(request);
    if (!this.#accepting) {
      this.#step({ type: "ARRIVE" });
      return { taken: 0, status: "STATUS_INVALID_DEVICE_STATE" };
    }
    let taken = 0;
    for (; taken < requests.length; taken++) if (!this.#exchange.send(requests[taken]!)) break;
    this.#exchange.publish();
    this.#accepted += taken;
    if (taken > 0) this.#step({ type: "ARRIVE", count: taken });
    return { taken, status: taken === requests.length ? "STATUS_PENDING" : "STATUS_INSUFFICIENT_RESOURCES" };
  }

  /**
   * IoCancelIrp for the request of that tag; of several with the same tag, for one of them. One that takes effect is
   * marked, by compareExchange against the card's claim: it completes, once, with STATUS_CANCELLED and 0 bytes, as soon
   * as whoever has it in hand finds the mark, and the card never sees it. That holds under every pipeline, and if a
   * Worker is lost meanwhile.
   *
   * - not dispatched yet: the dispatcher gives it back instead of a list
   * - in work-to-do, or behind the doorbell: skipped when its turn comes, its list put
   * - in the device, refused, or completed and not taken yet: too late, STATUS_INVALID_DEVICE_STATE
   *
   * STATUS_INVALID_PARAMETER: no such request is out.
   */
  cancel(tag: number): CancelAnswer {
    return this.#exchange.cancel(tag);
  }

  /**
   * Gives back what has completed, without waiting for more. Returns how many requests. What a listener throws is
   * thrown here, once everybody else of the batch has come back.
   */
  take(): number {
    const count = this.#takeAll();
    this.#rethrow();
    return count;
  }

  #takeAll(): number {
    // A listener that looks again from inside would take what is being given back.
    if (this.#taking) return 0;
    this.#taking = true;
    try {
      return this.#exchange.receiveThenSleep(() => this.#receive());
    } finally {
      this.#taking = false;
      this.#stopIfDrained();
    }
  }

  /** Takes no more requests; what is here is finished, then the Workers end. Legal once it has started. */
  drain(): void {
    this.#accepting = false;
    this.#step({ type: "DRAIN" });
    this.#stopIfDrained();
  }

  #step(event: SchedulerEvent): void {
    this.#lookAtClock();
    this.life.send(event);
  }

  #lookAtClock(): void {
    this.#clock.runUntil(Math.max(this.#clock.nowNs, this.#cardTime.nowNs()));
  }

  /** How the Workers are doing, now; the trace is told too. One that does no passes and is not parked hangs. */
  look(): readonly WorkerCounters[] {
    const counters = this.#team.counters();
    if (this.#trace.on) {
      this.#lookAtClock();
      for (const { worker, passes, handled, parked } of counters) {
        const details = `${passes} passes, ${handled} steps${parked ? ", parked" : ""}`;
        const atNs = this.#clock.nowNs;
        this.#trace.emit({ kind: "notice", atNs, source: `thread:${worker}`, name: "WorkerCounters", details });
      }
    }
    return counters;
  }

  /**
   * Lets a Worker die where it stands, for tests of what follows.
   *
   * @throws {RangeError} if there is none of that name.
   */
  kill(worker: string): void {
    this.#team.kill(worker);
  }

  readonly #back: BackListener = (tag, status, information) => {
    this.#completed++;
    try {
      this.#listener.completed(tag, status, information);
    } catch (error) {
      this.#thrown ??= { error };
    }
  };

  #rethrow(): void {
    const thrown = this.#thrown;
    this.#thrown = null;
    if (thrown !== null) throw thrown.error;
  }

  #receive(): number {
    const before = this.#completed;
    const count = this.#exchange.receive(this.#back);
    this.#tellCompleted(before);
    return count;
  }

  /** The chart hears of completions in batches: one event a request would cost more than the request. */
  #tellCompleted(before: number): void {
    const count = this.#completed - before;
    if (count > 0) this.#step({ type: "COMPLETE", count });
  }

  #ready(): void {
    this.#step({ type: "READY" });
    this.#accepting = true;
    this.#exchange.sleep();
    this.#listener.started?.();
  }

  #stopIfDrained(): void {
    if (this.#stopped || this.life.state !== "stopped") return;
    this.#stopped = true;
    this.#team.stop();
  }

  #workerLost(loss: WorkerLoss): void {
    this.#accepting = false;
    this.#step({ type: "WORKER_LOST" });
    if (this.#lost !== null) return;
    this.#lost = loss;
    this.#listener.lost?.(loss);
  }

  #ended(card: CardReport | null): void {
    this.#takeAll();
    const before = this.#completed;
    if (this.#lost !== null) {
      this.#exchange.settle(this.#back);
      this.#tellCompleted(before);
      this.#settled = this.#completed - before;
      this.#step({ type: "STOP" });
    }
    this.#stopped = true;
    if (card !== null) this.#clock.runUntil(card.nowNs);
    this.#listener.ended({
      accepted: this.#accepted,
      completed: this.#completed,
      twice: this.#exchange.twice,
      settled: this.#settled,
      lost: this.#lost,
      misuse: misuseOf(this.#memory, pathLives()),
      card,
      workers: this.#team.counters(),
    });
    this.#rethrow();
  }
}
