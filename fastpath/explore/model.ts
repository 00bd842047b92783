/** What the explorer explores: a few participants over a few words of shared memory, and what must never happen. */
import type { Participant } from "./participant.ts";

/** A small world. */
export interface Model {
  /** What people call it. */
  readonly name: string;
  /** Shared memory at the beginning. */
  readonly words: Int32Array;
  /** Who takes steps, in the order of their numbers. */
  readonly participants: readonly Participant[];
  /** The findings that the words hold, one bit each. A bit that is set stays set. */
  readonly findings: (words: Int32Array) => number;
  /** The findings of a state in which nobody can go on, those of {@link findings} left out. */
  readonly findingsAtEnd: (words: Int32Array) => number;
  /** The names of the findings, by bit. */
  readonly findingNames: readonly string[];
  /** The words for a person, part by part; as many parts each time, so that what changed can be told. */
  readonly describe: (words: Int32Array) => readonly string[];
}
