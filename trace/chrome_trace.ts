/**
 * Chrome trace JSON, as Perfetto and chrome://tracing read it: slices, async slices, counters, flow arrows, instants
 * and names, written as a stream. Source of truth: the "Trace Event Format" document, and Perfetto's "Importing
 * other trace formats".
 *
 * The file is an array. Viewers accept one that was never closed, so a file that breaks off still opens. Times are
 * microseconds with fractions that keep nanoseconds.
 */
import type { WriteText } from "./event.ts";
import { TextStream } from "./text_stream.ts";

/** Arguments as JSON text, such as `{"irp":7}`; empty for none. Text, because a run writes millions of them. */
export type ArgumentsText = string;

/** `s` begins an arrow, `t` leads it on, `f` ends it. Each binds to the slice around it on its track. */
export type FlowPhase = "s" | "t" | "f";

/** How much of the view an instant marks: its thread, its process, everything. */
export type InstantScope = "t" | "p" | "g";

/** Nanoseconds as the format writes time. */
function microseconds(ns: number): number {
  return ns / 1000;
}

/** A JSON string. Nearly every name is plain, and the test for that is cheaper than building it again. */
function quoted(name: string): string {
  // deno-lint-ignore no-control-regex -- those are the characters that JSON wants escaped
  return /["\\\u0000-\u001f]/.test(name) ? JSON.stringify(name) : `"${name}"`;
}

function withArguments(args: ArgumentsText): string {
  return args === "" ? "}" : `,"args":${args}}`;
}

/** The writer of one file. */
export class ChromeTrace {
  readonly #stream: TextStream;
  #separator = "[\n";

  constructor(write: WriteText) {
    this.#stream = new TextStream(write);
  }

  /** Names a process and says where it stands among the others. */
  nameProcess(pid: number, name: string): void {
    this.line(`{"ph":"M","pid":${pid},"name":"process_name","args":{"name":${quoted(name)}}}`);
    this.line(`{"ph":"M","pid":${pid},"name":"process_sort_index","args":{"sort_index":${pid}}}`);
  }

  /** Names a track. Tracks are sorted by `tid`. */
  nameThread(pid: number, tid: number, name: string): void {
    const track = `"ph":"M","pid":${pid},"tid":${tid}`;
    this.line(`{${track},"name":"thread_name","args":{"name":${quoted(name)}}}`);
    this.line(`{${track},"name":"thread_sort_index","args":{"sort_index":${tid}}}`);
  }

  /** A phase of something that crosses tracks. `b` and `e` with the same name and id belong together. */
  async(phase: "b" | "n" | "e", pid: number, id: number, name: string, atNs: number, args: ArgumentsText = ""): void {
    const ts = microseconds(atNs);
    const head = `{"ph":"${phase}","cat":"irp","pid":${pid},"tid":0,"id":${id},"ts":${ts},"name":${quoted(name)}`;
    this.line(head + withArguments(args));
  }

  /** A figure from here on. */
  counter(pid: number, name: string, atNs: number, value: number): void {
    const ts = microseconds(atNs);
    this.line(`{"ph":"C","pid":${pid},"ts":${ts},"name":${quoted(name)},"args":{"value":${value}}}`);
  }

  /** Something that takes no time. */
  instant(scope: InstantScope, pid: number, tid: number, name: string, atNs: number, args: ArgumentsText = ""): void {
    const head = `{"ph":"i","s":"${scope}","pid":${pid},"tid":${tid},"ts":${microseconds(atNs)}`;
    this.line(`${head},"name":${quoted(name)}${withArguments(args)}`);
  }

  /** Writes one event that is JSON text already. */
  line(event: string): void {
    this.#stream.add(this.#separator + event);
    this.#separator = ",\n";
  }

  /** Ends the array. */
  close(): void {
    this.#stream.add(this.#separator === "[\n" ? "[]\n" : "\n]\n");
    this.#stream.flush();
  }
}

interface OpenSlice {
  readonly name: string;
  readonly fromNs: number;
  readonly args: ArgumentsText;
  /** Lines of the same instant that belong inside: viewers sort by time only, so they must stand behind it. */
  behind: string[] | null;
}

/**
 * A track of complete slices (`X`) that nest: what begins later ends earlier. A slice is written when it ends; only
 * what is open is remembered.
 */
export class SliceTrack {
  readonly #trace: ChromeTrace;
  readonly #place: string;
  readonly #open: OpenSlice[] = [];

  /** Names the track in the file. */
  constructor(trace: ChromeTrace, pid: number, tid: number, name: string) {
    this.#trace = trace;
    this.#place = `"pid":${pid},"tid":${tid}`;
    trace.nameThread(pid, tid, name);
  }

  /** How many slices are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Begins a slice, inside the one that is open. */
  begin(name: string, atNs: number, args: ArgumentsText = ""): void {
    this.#open.push({ name, fromNs: atNs, args, behind: null });
  }

  /** A slice without length. */
  point(name: string, atNs: number, args: ArgumentsText = ""): void {
    this.#slice(name, atNs, 0, args);
  }

  /** Ends the innermost slice; nothing if none is open. */
  end(atNs: number): void {
    const slice = this.#open.pop();
    if (slice === undefined) return;
    const { name, fromNs, args, behind } = slice;
    this.#slice(name, fromNs, atNs - fromNs, args);
    if (behind !== null) { for (const inside of behind) this.#write(inside, fromNs); }
  }

  /** Ends every slice that is open. */
  endAll(atNs: number): void {
    while (this.#open.length > 0) this.end(atNs);
  }

  /** A point of an arrow, bound to the slice around it. */
  flow(phase: FlowPhase, id: number, atNs: number): void {
    const bind = phase === "f" ? `,"bp":"e"` : "";
    const ts = microseconds(atNs);
    this.#write(`{"ph":"${phase}","cat":"irp",${this.#place},"id":${id},"ts":${ts},"name":"irp"${bind}}`, atNs);
  }

  #slice(name: string, fromNs: number, lengthNs: number, args: ArgumentsText): void {
    const times = `"ts":${microseconds(fromNs)},"dur":${microseconds(lengthNs)}`;
    this.#write(`{"ph":"X",${this.#place},${times},"name":${quoted(name)}${withArguments(args)}`, fromNs);
  }

  #write(line: string, atNs: number): void {
    const around = this.#open[this.#open.length - 1];
    if (around !== undefined && around.fromNs === atNs) (around.behind ??= []).push(line);
    else this.#trace.line(line);
  }
}
