/** The tracks of a timeline: which process and thread everything is drawn on. Each is named when it is first needed. */
import { CounterTrack, SliceTrack } from "./chrome_trace.ts";
import type { ChromeTrace } from "./chrome_trace.ts";

/** The process of the host's CPUs, processors and interrupts. */
export const HOST = 1;
/** The process of the engines and the bus. */
export const CARD = 2;
/** The process of the requests. */
export const REQUESTS = 3;
/** The track of CPU 0; the others follow. */
export const FIRST_CPU_TID = 1;
/** The track of the bus, behind the engines. */
export const BUS_TID = 100;

const FIRST_ENGINE_TID = 1;
const FIRST_PROCESSOR_TID = 100;
const FIRST_INTERRUPT_TID = 200;

/** What is drawn of a channel, and what is under way there. */
export interface ChannelTracks {
  readonly engine: SliceTrack;
  /** From an interrupt to the end of its ISR. */
  readonly interrupt: SliceTrack;
  /** The request whose transfer the engine has; -1 for none. */
  inDevice: number;
  /** Whether the arrow of that request has reached a descriptor. */
  described: boolean;
  /** The request that a DPC is about to finish; -1 for none. */
  deferred: number;
  bytesInFlight: number;
}

/** All tracks of one file. */
export class PerfettoTracks {
  readonly #file: ChromeTrace;
  readonly #channels = new Map<string, ChannelTracks>();
  readonly #cpus = new Map<number, SliceTrack>();
  readonly #processors = new Map<string, SliceTrack>();
  readonly #counters = new Map<string, CounterTrack>();
  /** Bytes of descriptors that engines have taken. */
  readonly bytesInFlight: CounterTrack;

  /** Names the processes, and the tracks of the channels that are known, so that they stand in order. */
  constructor(file: ChromeTrace, channels: readonly string[]) {
    this.#file = file;
    this.bytesInFlight = new CounterTrack(file, CARD, "bytes in flight");
    file.nameProcess(HOST, "host");
    file.nameProcess(CARD, "card");
    file.nameProcess(REQUESTS, "requests");
    file.nameThread(CARD, BUS_TID, "bus");
    for (const name of channels) this.channel(name);
  }

  /** The tracks of a channel. */
  channel(name: string): ChannelTracks {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const index = this.#channels.size;
      channel = {
        engine: new SliceTrack(this.#file, CARD, FIRST_ENGINE_TID + index, `engine ${name}`),
        interrupt: new SliceTrack(this.#file, HOST, FIRST_INTERRUPT_TID + index, `interrupt ${name}`),
        inDevice: -1,
        described: false,
        deferred: -1,
        bytesInFlight: 0,
      };
      this.#channels.set(name, channel);
    }
    return channel;
  }

  /** The track of a CPU: what runs on it by level. */
  cpu(cpu: number): SliceTrack {
    let track = this.#cpus.get(cpu);
    if (track === undefined) {
      track = new SliceTrack(this.#file, HOST, FIRST_CPU_TID + cpu, `CPU ${cpu}: ISR, DPC, calls`);
      this.#cpus.set(cpu, track);
    }
    return track;
  }

  /** The track of a processor: what it is occupied with. */
  processor(name: string): SliceTrack {
    let track = this.#processors.get(name);
    if (track === undefined) {
      const tid = FIRST_PROCESSOR_TID + this.#processors.size;
      track = new SliceTrack(this.#file, HOST, tid, `${name}: setup, copies`);
      this.#processors.set(name, track);
    }
    return track;
  }

  /** A figure of the host: the depth of a queue, free map registers. */
  counter(name: string): CounterTrack {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = new CounterTrack(this.#file, HOST, JSON.stringify(name).slice(1, -1));
      this.#counters.set(name, counter);
    }
    return counter;
  }

  /** Ends every slice that is open. */
  endAll(atNs: number): void {
    for (const track of [...this.#cpus.values(), ...this.#processors.values()]) track.endAll(atNs);
    for (const { engine, interrupt } of this.#channels.values()) {
      engine.endAll(atNs);
      interrupt.endAll(atNs);
    }
  }
}
