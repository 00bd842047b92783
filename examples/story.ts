/** What a story is: a name, its options, and something to tell that ends in a verdict. */
import type { ChannelName, Tracer } from "../mod.ts";
import type { OptionName, Values } from "./options.ts";
import type { Terminal } from "./progress.ts";

/** What a story may use of the machine it runs on. */
export interface Host extends Terminal {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  /** The bytes of a file, or a sentence that says why not. */
  readonly readFile: (path: string) => Promise<Uint8Array | string>;
  /** The same for a file of this repository, wherever the command was started. */
  readonly readOwnFile: (path: string) => Promise<Uint8Array | string>;
  /** Makes a file in a folder, which is made too if need be: a way to append text, or a sentence that says why not. */
  readonly createFile: (folder: string, name: string) => ((text: string) => void) | string;
  /** True if a folder has that path. Absent where nothing is written. */
  readonly isFolder?: (path: string) => boolean;
  /** Opens a line for inspectors at a port, 0 for any, or says why not. Absent where nobody can connect. */
  readonly openInspector?: (port: number) => InspectorLine | string;
}

/** A line to inspectors that connect to this machine. */
export interface InspectorLine {
  /** What a person opens in a browser. */
  readonly url: string;
  /** Hands over a message. Messages are kept for whoever connects later. */
  readonly send: (message: string) => void;
  /** No further message comes. Resolves when somebody has them all, or somebody wants no more of them. */
  readonly ended: () => Promise<void>;
}

/** One run of a story, as files and watchers name it. */
export interface Run {
  /** Unique within the story, fit for a file name: `burst-classic`. */
  readonly name: string;
  /** True if the story has no other run, as options stand: its files need no name to tell them apart. */
  readonly alone?: boolean;
  /** The channels that the run may use, in the order of their interrupts. */
  readonly channels: readonly ChannelName[];
}

/** Runs something under the eyes of whoever asked for it: files, an inspector, the page; or of nobody. */
export interface Recorder {
  /**
   * Calls `body` with a tracer, or with none if nobody watches. A story calls it once a run, one after the other.
   *
   * @throws {BadArgument} if what was asked for cannot be made, such as a file.
   */
  readonly record: <Result>(run: Run, body: (trace: Tracer | undefined) => Result) => Result;
  /**
   * The same for a run that takes its time: it begins here, and its end is told.
   *
   * @throws {BadArgument} if what was asked for cannot be made.
   */
  readonly begin: (run: Run) => Recording;
}

/** One run under the eyes of whoever asked for it. */
export interface Recording {
  /** Hears of it; undefined if nobody watches. */
  readonly tracer: Tracer | undefined;
  /** The run is over; `whole` is false if it threw. */
  readonly end: (whole: boolean) => void;
}

/** A value in `--json`. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** One row of `--json`: the figures that every story has, and more of its own. */
export interface Row {
  readonly strategy: string;
  readonly simulatedNs: number;
  readonly boundNs: number;
  readonly utilisation: number;
  readonly bytesPerSecond: number;
  readonly requests: number;
  readonly completed: number;
  readonly lost: number;
  readonly twice: number;
  readonly p50Ns: number;
  readonly p99Ns: number;
  readonly lastLatencyNs: number;
  readonly mapRegistersPeak: number;
  readonly [more: string]: JsonValue;
}

/** What a story has to tell. */
export interface Told {
  /** Bytes that went through the card, or that were described to it. */
  readonly bytes: number;
  /** Hex, or null in a story without a file. */
  readonly sha256In: string | null;
  readonly sha256Out: string | null;
  readonly rows: readonly Row[];
  /** The text between heading and verdict. */
  readonly lines: readonly string[];
  /** One line, computed from the rows. */
  readonly verdict: string;
  /** Broken invariants, wrong contents, lost requests: one sentence each. Any of them is exit status 1. */
  readonly failures: readonly string[];
}

/** A story. */
export interface Story {
  readonly name: string;
  /** One line for the list. */
  readonly title: string;
  /** Options beyond the common ones. */
  readonly options: readonly OptionName[];
  /** Defaults that differ from the table's. */
  readonly fallbacks: Partial<Record<OptionName, string>>;
  /** Common options that change nothing here, and why. */
  readonly without: Partial<Record<OptionName, string>>;
  /**
   * Runs it.
   *
   * @throws {BadArgument} if the options cannot be carried out together.
   */
  readonly tell: (values: Values, host: Host, recorder: Recorder) => Promise<Told> | Told;
}
