/**
 * Why is this engine idle? Read from the events of a run: the engine runs, or something keeps it, or there is nothing
 * to do.
 *
 * ```text
 * 1. it runs                                                  busy, with the request started last
 * 2. an interrupt is pending                                  the ISR
 *    the engine is done with a request, without an interrupt  somebody who looks: polling, or a timer
 * 3. nobody is in front of it                                 no work
 * 4. somebody has a list                                      the DPC, if one is due; else whoever starts it
 * 5. nobody has one: it is being made                         the list
 *    a DPC is due                                             the DPC
 *    another request occupies a processor                     a processor
 *    somebody waits at the pool                               map registers
 * ```
 */
import type { ChannelName, InterruptEvent, LevelEvent, TraceEvent } from "../../trace/event.ts";
import { interruptChannel } from "../../trace/mod.ts";
import { codes, figures, numbers } from "./column.ts";
import { ACTIVITIES } from "./recording.ts";
import type { Activity, Lane } from "./recording.ts";

/** Where a request stands, seen from the engine. */
type Place = "bare" | "listed" | "inDevice" | "past";

const PLACES: Readonly<Record<string, Place>> = {
  dispatched: "bare",
  pending: "bare",
  bareQueued: "bare",
  mapped: "listed",
  mappedQueued: "listed",
  inDevice: "inDevice",
  bareInDevice: "inDevice",
};

const READY_TO_COMPLETE = "ready-to-complete:";
const CODES: Readonly<Record<Activity, number>> = Object.fromEntries(
  ACTIVITIES.map((activity, code) => [activity, code]),
) as Record<Activity, number>;

/** One engine and those who want it. */
class LaneBuilder {
  readonly channel: ChannelName;
  readonly count: Record<Place, number> = { bare: 0, listed: 0, inDevice: 0, past: 0 };
  isRunning = false;
  isInterrupting = false;
  inDpc = false;
  /** Finished requests that wait for the DPC. */
  ready = 0;
  /** Requests of this engine that a processor works for. */
  worked = 0;
  /** The request that was started last, and whether the engine ran since. */
  started = -1;
  hasRun = false;
  readonly #fromNs = figures();
  readonly #activity = codes();
  readonly #irp = numbers();

  constructor(channel: ChannelName) {
    this.channel = channel;
  }

  /** From now on it is so. What changes within an instant leaves no stretch behind. */
  set(activity: Activity, atNs: number): void {
    const code = CODES[activity];
    const irp = activity === "busy" ? this.started : -1;
    if (this.#fromNs.last(-1) === atNs && this.#fromNs.length > 0) this.#drop();
    if (this.#fromNs.length > 0 && this.#activity.last(-1) === code && this.#irp.last(-1) === irp) return;
    this.#fromNs.push(atNs);
    this.#activity.push(code);
    this.#irp.push(irp);
  }

  #drop(): void {
    for (const column of [this.#fromNs, this.#activity, this.#irp]) column.pop();
  }

  taken(endNs: number): Lane {
    const fromNs = this.#fromNs.taken();
    const activity = this.#activity.taken();
    const beforeNs = ACTIVITIES.map(() => new Float64Array(fromNs.length));
    const spentNs = ACTIVITIES.map(() => 0);
    for (let i = 0; i < fromNs.length; i++) {
      for (let code = 0; code < spentNs.length; code++) beforeNs[code]![i] = spentNs[code]!;
      spentNs[activity[i]!]! += (fromNs[i + 1] ?? endNs) - fromNs[i]!;
    }
    return { channel: this.channel, fromNs, activity, irp: this.#irp.taken(), beforeNs };
  }
}

/** Builds the lanes of a run. */
export class LanesBuilder {
  readonly #names: readonly ChannelName[];
  readonly #lanes = new Map<ChannelName, LaneBuilder>();
  readonly #places = new Map<string, { readonly lane: LaneBuilder; place: Place }>();
  /** Processor → the lane of the request it works for; null for a request of nobody we know. */
  readonly #working = new Map<string, LaneBuilder | null>();
  readonly #nothing: Activity;
  #poolIsContended = false;

  /** The channels stand in this order. `nothing` is what an engine does of which no event says anything. */
  constructor(channels: readonly ChannelName[], nothing: "none" | "idle") {
    this.#names = channels;
    this.#nothing = nothing;
    for (const channel of channels) this.#lane(channel).set(nothing, 0);
  }

  /** Takes the next event. */
  emit(event: TraceEvent): void {
    switch (event.kind) {
      case "engine": {
        const lane = this.#lane(event.channel);
        lane.isRunning = event.state === "running" || event.state === "stopping";
        if (lane.isRunning) lane.hasRun = true;
        return this.#judge(lane, event.atNs);
      }
      case "interrupt":
        return this.#interrupt(event);
      case "isr":
      case "dpc":
        return this.#level(event);
      case "irp":
        if (event.state === "received") this.#move(`irp:${event.irp}`, "bare", event.atNs, this.#lane(event.channel));
        if (event.state === "completed") {
          this.#move(`irp:${event.irp}`, "past", event.atNs);
          this.#places.delete(`irp:${event.irp}`);
        }
        return;
      case "state":
        return this.#state(event.actor, event.to, event.atNs);
      case "queue":
        if (!event.queue.startsWith(READY_TO_COMPLETE)) return;
        return this.#ready(event.queue.slice(READY_TO_COMPLETE.length) as ChannelName, event.depth, event.atNs);
      case "work":
        return this.#work(event.processor, event.phase === "enter" ? event.irp : -1, event.atNs);
    }
  }

  /** The lanes, in the order of the channels. */
  taken(endNs: number): Lane[] {
    return [...this.#lanes.values()].map((lane) => lane.taken(endNs));
  }

  #lane(channel: ChannelName): LaneBuilder {
    let lane = this.#lanes.get(channel);
    if (lane === undefined) {
      this.#lanes.set(channel, lane = new LaneBuilder(channel));
      lane.set(this.#nothing, 0);
    }
    return lane;
  }

  #interrupt(event: InterruptEvent): void {
    const channel = interruptChannel(event, this.#names);
    if (channel === undefined || !event.asserted) return;
    const lane = this.#lane(channel);
    lane.isInterrupting = true;
    this.#judge(lane, event.atNs);
  }

  #level({ kind, phase, channel, atNs }: LevelEvent): void {
    const lane = this.#lane(channel);
    if (kind === "dpc") lane.inDpc = phase === "enter";
    else if (phase === "leave") lane.isInterrupting = false;
    this.#judge(lane, atNs);
  }

  #ready(channel: ChannelName, depth: number, atNs: number): void {
    const lane = this.#lane(channel);
    lane.ready = depth;
    this.#judge(lane, atNs);
  }

  #state(actor: string, to: string, atNs: number): void {
    if (actor === "mapRegisterPool") {
      this.#poolIsContended = to === "contended";
      for (const lane of this.#lanes.values()) this.#judge(lane, atNs);
    } else if (actor.startsWith("irp:")) this.#move(actor, PLACES[to] ?? "past", atNs);
  }

  #move(actor: string, place: Place, atNs: number, newLane?: LaneBuilder): void {
    let known = this.#places.get(actor);
    if (known === undefined) {
      if (newLane === undefined) return;
      this.#places.set(actor, known = { lane: newLane, place });
      newLane.count[place]++;
    }
    const { lane } = known;
    lane.count[known.place]--;
    lane.count[place]++;
    if (place === "inDevice" && known.place !== "inDevice") {
      lane.started = Number(actor.slice("irp:".length));
      lane.hasRun = false;
    }
    known.place = place;
    this.#judge(lane, atNs);
  }

  #work(processor: string, irp: number, atNs: number): void {
    const before = this.#working.get(processor);
    if (before) before.worked--;
    this.#working.delete(processor);
    if (irp >= 0) {
      const lane = this.#places.get(`irp:${irp}`)?.lane ?? null;
      this.#working.set(processor, lane);
      if (lane) lane.worked++;
    }
    for (const lane of this.#lanes.values()) this.#judge(lane, atNs);
  }

  #judge(lane: LaneBuilder, atNs: number): void {
    lane.set(this.#activity(lane), atNs);
  }

  #activity({ isRunning, isInterrupting, hasRun, inDpc, ready, worked, count }: LaneBuilder): Activity {
    if (isRunning) return "busy";
    if (isInterrupting) return "isr";
    if (count.inDevice > 0) return hasRun ? "unnoticed" : "start";
    if (count.listed > 0) return ready > 0 || inDpc ? "dpc" : "start";
    if (count.bare === 0) return this.#nothing;
    if (worked > 0) return "list";
    if (ready > 0 || inDpc) return "dpc";
    if (this.#working.size > 0) return "processor";
    return this.#poolIsContended ? "registers" : "list";
  }
}
