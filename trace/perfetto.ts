/**
 * A run as a timeline for Perfetto (ui.perfetto.dev) or chrome://tracing: open the file there.
 *
 * ```text
 * host       one track a CPU       ISRs, DPCs, callbacks, HAL calls, with their IRQL
 *            one track a processor what it is occupied with: setup, copies
 *            one track a channel   from the interrupt to the end of its ISR
 *            counters              depths of queues, free map registers
 * card       one track an engine   a slice per run of the engine, inside it one per descriptor
 *            bus                   register accesses, messages, notices
 *            counter               bytes in flight
 * requests   one async slice a request, from arrival to completion, with its states
 * ```
 * Arrows lead from the doorbell of a request over its first descriptor and the interrupt to the DPC. Only what is open
 * is remembered: requests under way and slices that have not ended.
 */
import { EIGHT_CHANNELS, interruptChannel } from "./channels.ts";
import type { ChannelOptions } from "./channels.ts";
import { AsyncSlice, ChromeTrace } from "./chrome_trace.ts";
import type { SliceTrack } from "./chrome_trace.ts";
import { hexText } from "./event.ts";
import type {
  CallEvent,
  ChannelName,
  DescriptorEvent,
  EngineEvent,
  FileTracer,
  FindingEvent,
  InterruptEvent,
  LevelEvent,
  QueueEvent,
  RequestEvent,
  RoutineEvent,
  StateEvent,
  TraceEvent,
  WriteText,
} from "./event.ts";
import { BUS_TID, CARD, FIRST_CPU_TID, HOST, PerfettoTracks, REQUESTS } from "./perfetto_tracks.ts";
import type { ChannelTracks } from "./perfetto_tracks.ts";

/** Bits 27:0 of a descriptor's length word count (PG195, SG descriptor). */
const LENGTH_MASK = 0x0fff_ffff;
const READY_TO_COMPLETE = "ready-to-complete:";

/** What ties the events of a request together. Not 0, which some viewers take for none. */
function identity(irp: number): number {
  return irp + 1;
}

interface OpenRequest {
  readonly irp: number;
  readonly channel: ChannelName;
  readonly slice: AsyncSlice;
  arrow: "none" | "begun" | "ended";
}

/**
 * Writes a timeline.
 *
 * @example A round trip, to be opened in ui.perfetto.dev
 * ```ts
 * import { PerfettoTracer, runRoundTrip } from "@dmactor/dmactor";
 *
 * let text = "";
 * const trace = new PerfettoTracer((piece) => text += piece);
 * runRoundTrip({ bytes: new Uint8Array(4096), strategy: "isr-reprogram", trace });
 * trace.close();
 * console.log(JSON.parse(text).length > 100); // true
 * ```
 */
export class PerfettoTracer implements FileTracer {
  readonly on = true;
  readonly #file: ChromeTrace;
  readonly #names: readonly ChannelName[];
  readonly #tracks: PerfettoTracks;
  /** Requests under way, by the name of their actor. */
  readonly #requests = new Map<string, OpenRequest>();
  readonly #plainNames = new Map<string, string>();
  #cpu = 0;
  #nowNs = 0;
  #bytesInFlight = 0;

  /** `write` gets the text in pieces. */
  constructor(write: WriteText, options: ChannelOptions = {}) {
    this.#file = new ChromeTrace(write);
    this.#names = options.channels ?? EIGHT_CHANNELS;
    this.#tracks = new PerfettoTracks(this.#file, this.#names);
  }

  emit(event: TraceEvent): void {
    this.#nowNs = event.atNs;
    switch (event.kind) {
      case "state":
        return this.#state(event);
      case "call":
        return this.#call(event);
      case "routine":
        return this.#routine(event);
      case "work":
        return this.#span(this.#tracks.processor(event.processor), event, `irp ${event.irp}`);
      case "register": {
        const name = `${event.access} ${hexText(event.offset)}`;
        const args = `{"bar":${event.bar},"value":"${hexText(event.value)}"}`;
        return this.#file.instant("t", CARD, BUS_TID, name, event.atNs, args);
      }
      case "descriptor":
        return this.#descriptor(event);
      case "engine":
        return this.#engine(event);
      case "interrupt":
        return this.#interrupt(event);
      case "isr":
      case "dpc":
        return this.#level(event);
      case "irp":
        return this.#request(event);
      case "queue":
        return this.#queue(event);
      case "counter":
        return this.#tracks.counter(event.counter).set(event.atNs, event.value);
      case "notice": {
        const args = JSON.stringify({ source: event.source, details: event.details });
        return this.#file.instant("p", CARD, BUS_TID, this.#plain(event.name), event.atNs, args);
      }
      case "finding":
        return this.#finding(event);
    }
  }

  close(): void {
    for (const { irp, slice, arrow } of this.#requests.values()) {
      // Nobody completed it: it ends with the file, and says so.
      if (arrow === "begun") this.#point("f", irp, `irp ${irp} was never completed`, this.#nowNs);
      slice.step("never completed", this.#nowNs);
      slice.end(this.#nowNs);
    }
    this.#tracks.endAll(this.#nowNs);
    this.#file.close();
  }

  /** A name as it stands between quotes. There are few names, and each is looked at once. */
  #plain(name: string): string {
    let plain = this.#plainNames.get(name);
    if (plain === undefined) this.#plainNames.set(name, plain = JSON.stringify(name).slice(1, -1));
    return plain;
  }

  // The request: an async slice with its states, and the arrow ------------------------------------------------------

  #request({ irp, state, channel, atNs, lengthBytes }: RequestEvent): void {
    const actor = `irp:${irp}`;
    if (state === "received") {
      const slice = new AsyncSlice(this.#file, REQUESTS, identity(irp), `${channel} request`);
      this.#requests.set(actor, { irp, channel, slice, arrow: "none" });
      return slice.begin(atNs, lengthBytes === undefined ? `{"irp":${irp}}` : `{"irp":${irp},"bytes":${lengthBytes}}`);
    }
    const request = this.#requests.get(actor);
    if (request === undefined) return;
    if (state !== "completed") return request.slice.step(this.#plain(state), atNs);
    if (request.arrow === "begun") this.#point("f", irp, `complete irp ${irp}`, atNs);
    request.slice.end(atNs);
    this.#requests.delete(actor);
  }

  #state({ actor, event, from, to, atNs }: StateEvent): void {
    if (from === to || !actor.startsWith("irp:")) return;
    const request = this.#requests.get(actor);
    if (request === undefined) return;
    request.slice.step(to, atNs);
    if (event !== "START" && event !== "DEVICE_DONE") return;
    const channel = this.#tracks.channel(request.channel);
    if (event === "DEVICE_DONE") {
      channel.inDevice = -1;
      return;
    }
    const { irp } = request;
    channel.inDevice = irp;
    channel.described = false;
    this.#point(request.arrow === "none" ? "s" : "t", irp, `start irp ${irp}`, atNs);
    request.arrow = "begun";
  }

  /** A slice without length on the present CPU, with a point of the request's arrow in it. */
  #point(phase: "s" | "t" | "f", irp: number, name: string, atNs: number): void {
    const track = this.#tracks.cpu(this.#cpu);
    track.point(name, atNs);
    track.flow(phase, identity(irp), atNs);
  }

  /** Leads the arrow of a request on, if it has begun and not ended. */
  #lead(phase: "t" | "f", irp: number, track: SliceTrack, atNs: number): void {
    const request = this.#requests.get(`irp:${irp}`);
    if (request?.arrow !== "begun") return;
    track.flow(phase, identity(irp), atNs);
    if (phase === "f") request.arrow = "ended";
  }

  // The host --------------------------------------------------------------------------------------------------------

  #level(event: LevelEvent): void {
    const { cpu, atNs } = event;
    this.#cpu = cpu;
    const channel = this.#tracks.channel(event.channel);
    const isDpc = event.kind === "dpc";
    const track = this.#tracks.cpu(cpu);
    const irql = isDpc ? "DISPATCH_LEVEL" : "DIRQL";
    this.#span(track, event, `${isDpc ? "DPC" : "ISR"} ${event.channel}`, `{"irql":"${irql}"}`);
    if (!isDpc && event.phase === "leave") channel.interrupt.end(atNs);
    if (isDpc && event.phase === "enter" && channel.deferred >= 0) {
      this.#lead("f", channel.deferred, track, atNs);
      channel.deferred = -1;
    }
  }

  #routine(event: RoutineEvent): void {
    this.#cpu = event.cpu ?? this.#cpu;
    const name = this.#plain(`${event.routine} ${event.adapter}`);
    this.#span(this.#tracks.cpu(this.#cpu), event, name, `{"irql":"DISPATCH_LEVEL"}`);
  }

  #call({ call, irql, cpu, atNs, ret }: CallEvent): void {
    this.#cpu = cpu;
    // Queues have counters.
    if (call.endsWith("TailList") || call.endsWith("HeadList")) return;
    const status = typeof ret === "string" && ret.startsWith("STATUS_") ? `,"ret":"${ret}"` : "";
    this.#tracks.cpu(cpu).point(this.#plain(call), atNs, `{"irql":"${irql}"${status}}`);
  }

  #queue({ queue, operation, irp, depth, atNs }: QueueEvent): void {
    if (operation === "remove" && queue.startsWith(READY_TO_COMPLETE)) {
      this.#tracks.channel(queue.slice(READY_TO_COMPLETE.length)).deferred = irp;
    }
    this.#tracks.counter(queue).set(atNs, depth);
  }

  #finding({ finding, atNs }: FindingEvent): void {
    const { rule, ...more } = finding;
    this.#file.instant("g", HOST, FIRST_CPU_TID + this.#cpu, this.#plain(rule), atNs, JSON.stringify(more));
  }

  // The card --------------------------------------------------------------------------------------------------------

  #engine({ channel: name, state, atNs }: EngineEvent): void {
    const channel = this.#tracks.channel(name);
    if (state === "stopping") return;
    channel.engine.endAll(atNs);
    this.#fly(channel, -channel.bytesInFlight, atNs);
    if (state !== "running") return;
    channel.engine.begin(channel.inDevice < 0 ? "run" : `irp ${channel.inDevice}`, atNs);
  }

  #descriptor({ channel: name, address, lengthBytes, sourceAddress, destinationAddress, atNs }: DescriptorEvent): void {
    const channel = this.#tracks.channel(name);
    const { engine } = channel;
    while (engine.depth > 1) engine.end(atNs);
    if (engine.depth === 0) engine.begin("run", atNs);
    const moved = `"from":"${hexText(sourceAddress)}","to":"${hexText(destinationAddress)}"`;
    engine.begin(`${lengthBytes & LENGTH_MASK} B`, atNs, `{"at":"${hexText(address)}",${moved}}`);
    if (!channel.described && channel.inDevice >= 0) {
      channel.described = true;
      this.#lead("t", channel.inDevice, engine, atNs);
    }
    this.#fly(channel, lengthBytes & LENGTH_MASK, atNs);
  }

  /** Bytes of descriptors that engines have taken, until the run that took them ends. */
  #fly(channel: ChannelTracks, bytes: number, atNs: number): void {
    if (bytes === 0) return;
    channel.bytesInFlight += bytes;
    this.#bytesInFlight += bytes;
    this.#tracks.bytesInFlight.set(atNs, this.#bytesInFlight);
  }

  #interrupt(event: InterruptEvent): void {
    const { source, vector, asserted, atNs } = event;
    const name = interruptChannel(event, this.#names);
    if (name === undefined) {
      const text = this.#plain(vector < 0 ? `${source} ${asserted ? "asserted" : "deasserted"}` : source);
      return this.#file.instant("t", CARD, BUS_TID, text, atNs);
    }
    const channel = this.#tracks.channel(name);
    if (!asserted || channel.interrupt.depth > 0) return;
    channel.interrupt.begin(`vector ${vector}`, atNs);
    if (channel.inDevice >= 0) this.#lead("t", channel.inDevice, channel.interrupt, atNs);
  }

  #span(track: SliceTrack, { phase, atNs }: { phase: "enter" | "leave"; atNs: number }, name: string, args = ""): void {
    if (phase === "enter") track.begin(name, atNs, args);
    else track.end(atNs);
  }
}
