/** What the page and its worker say to each other. */
import type { Recording } from "../record/recording.ts";

/** A story that the page can have told, as data for its form. */
export interface StoryCard {
  readonly name: string;
  readonly title: string;
  readonly options: readonly OptionCard[];
}

/** One option of a story. */
export interface OptionCard {
  readonly name: string;
  /** What stands for its value in the help; empty for a flag. */
  readonly value: string;
  readonly says: string;
  readonly fallback: string;
  /** The values it can have, where they are few; else empty. */
  readonly choices: readonly string[];
  /** Why it changes nothing in this story; empty if it does. */
  readonly without: string;
}

/** What a story had to say in the end. */
export interface StoryTold {
  readonly title: string;
  readonly lines: readonly string[];
  readonly verdict: string;
  readonly failures: readonly string[];
  /** Notes and warnings that came on the way. */
  readonly notes: readonly string[];
}

/** To the worker. */
export type Order =
  | { readonly type: "list" }
  | {
    readonly type: "tell";
    /** Words as on a command line: the story first. */
    readonly args: readonly string[];
    /** A file that the person chose, for `--file`. */
    readonly file: { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> } | null;
  }
  | { readonly type: "open"; readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** From the worker. */
export type Report =
  | { readonly type: "stories"; readonly stories: readonly StoryCard[] }
  | { readonly type: "progress"; readonly text: string }
  | { readonly type: "recording"; readonly recording: Recording }
  | { readonly type: "told"; readonly told: StoryTold }
  | {
    readonly type: "opened";
    /** What of the file could not be read; empty if all could. */
    readonly remark: string;
  }
  | { readonly type: "refused"; readonly sentence: string };
