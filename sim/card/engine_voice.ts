/**
 * What an engine says to people: events of its states and descriptors, and notices. Silent while nobody listens.
 */
import type { ChannelName, Tracer } from "../../trace/event.ts";
import type { VirtualClock } from "../clock.ts";
import { addressFromHalves } from "../units.ts";
import { WORD_CONTROL, WORD_DESTINATION, WORD_LENGTH, WORD_SOURCE } from "./descriptor.ts";
import { hex } from "./notices.ts";
import type { NoticeName, Notices } from "./notices.ts";

/** The voice of one engine. */
export class EngineVoice {
  readonly #name: ChannelName;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #notices: Notices;

  constructor(name: ChannelName, clock: VirtualClock, trace: Tracer, notices: Notices) {
    this.#name = name;
    this.#clock = clock;
    this.#trace = trace;
    this.#notices = notices;
  }

  /** The engine changed state. */
  state(state: string, completedCount: number): void {
    if (!this.#trace.on) return;
    this.#trace.emit({ kind: "engine", atNs: this.#clock.nowNs, channel: this.#name, state, completedCount });
  }

  /** The engine took the descriptor whose words begin at `at`, fetched from `address`. */
  descriptor(words: Uint32Array, at: number, address: number): void {
    if (!this.#trace.on) return;
    this.#trace.emit({
      kind: "descriptor",
      atNs: this.#clock.nowNs,
      channel: this.#name,
      address,
      control: words[at + WORD_CONTROL]!,
      lengthBytes: words[at + WORD_LENGTH]!,
      sourceAddress: addressFromHalves(words[at + WORD_SOURCE]!, words[at + WORD_SOURCE + 1]!),
      destinationAddress: addressFromHalves(words[at + WORD_DESTINATION]!, words[at + WORD_DESTINATION + 1]!),
    });
  }

  /** A notice about descriptor `index` of this run, which lies at `address`. */
  note(notice: NoticeName, index: number, address: number, details: string): void {
    this.#notices.add(this.#name, notice, `descriptor ${index} at ${hex(address)}: ${details}`);
  }
}
