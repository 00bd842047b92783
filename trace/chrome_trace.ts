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
import { TimeText } from "./time_text.ts";

/** Arguments as JSON text, such as `{"irp":7}`; empty for none. Text, because a run writes millions of them. */
export type ArgumentsText = string;

/** `s` begins an arrow, `t` leads it on, `f` ends it. Each binds to the slice around it on its track. */
export type FlowPhase = "s" | "t" | "f";

/** How much of the view an instant marks: its thread, its process, everything. */
export type InstantScope = "t" | "p" | "g";

function withArguments(args: ArgumentsText): string {
  return args === "" ? "}" : `,"args":${args}}`;
}

/**
 * The writer of one file. Names of events are written as they are: plain text without quotes, backslashes and control
 * characters, or escaped by the caller. What stays the same from line to line is put together once, by the tracks.
 */
export class ChromeTrace {
  /** How moments are written. */
  readonly time: TimeText = new TimeText();
  readonly #stream: TextStream;
  #isEmpty = true;

  constructor(write: WriteText) {
    this.#stream = new TextStream(write);
  }

  /** Names a process and says where it stands among the others. */
  nameProcess(pid: number, name: string): void {
    this.line(`,\n{"ph":"M","pid":${pid},"name":"process_name","args":{"name":${JSON.stringify(name)}}}`);
    this.line(`,\n{"ph":"M","pid":${pid},"name":"process_sort_index","args":{"sort_index":${pid}}}`);
  }

  /** Names a track. Tracks are sorted by `tid`. */
  nameThread(pid: number, tid: number, name: string): void {
    const track = `,\n{"ph":"M","pid":${pid},"tid":${tid}`;
    this.line(`${track},"name":"thread_name","args":{"name":${JSON.stringify(name)}}}`);
    this.line(`${track},"name":"thread_sort_index","args":{"sort_index":${tid}}}`);
  }

  /** Something that takes no time. */
  instant(scope: InstantScope, pid: number, tid: number, name: string, atNs: number, args: ArgumentsText = ""): void {
    const head = `,\n{"ph":"i","s":"${scope}","pid":${pid},"tid":${tid},"ts":${this.time.of(atNs)}`;
    this.line(`${head},"name":"${name}"${withArguments(args)}`);
  }

  /** Writes one event that is JSON text already, behind the comma and the line end that part it from the last. */
  line(event: string): void {
    this.#stream.add(this.#isEmpty ? `[${event.slice(1)}` : event);
    this.#isEmpty = false;
  }

  /** Ends the array. */
  close(): void {
    this.#stream.add(this.#isEmpty ? "[]\n" : "\n]\n");
    this.#stream.flush();
  }
}

/** Something that crosses tracks, such as a request: it begins, makes steps and ends. */
export class AsyncSlice {
  readonly #trace: ChromeTrace;
  readonly #identity: string;
  readonly #stepHead: string;
  readonly #stepTail: string;
  readonly #name: string;

  /** Name and id tell it from others. */
  constructor(trace: ChromeTrace, pid: number, id: number, name: string) {
    this.#trace = trace;
    this.#identity = `,"cat":"irp","pid":${pid},"tid":0,"id":${id},"ts":`;
    this.#name = `,"name":"${name}"`;
    this.#stepHead = `,\n{"ph":"n"${this.#identity}`;
    this.#stepTail = `${this.#name},"args":{"state":"`;
  }

  /** It begins. */
  begin(atNs: number, args: ArgumentsText): void {
    this.#trace.line(`,\n{"ph":"b"${this.#identity}${this.#trace.time.of(atNs)}${this.#name},"args":${args}}`);
  }

  /** It is in another state. */
  step(state: string, atNs: number): void {
    this.#trace.line(this.#stepHead + this.#trace.time.of(atNs) + this.#stepTail + state + '"}}');
  }

  /** It ends. */
  end(atNs: number): void {
    this.#trace.line(`,\n{"ph":"e"${this.#identity}${this.#trace.time.of(atNs)}${this.#name}}`);
  }
}

/** A figure over time. */
export class CounterTrack {
  readonly #trace: ChromeTrace;
  readonly #head: string;
  readonly #tail: string;

  constructor(trace: ChromeTrace, pid: number, name: string) {
    this.#trace = trace;
    this.#head = `,\n{"ph":"C","pid":${pid},"ts":`;
    this.#tail = `,"name":"${name}","args":{"value":`;
  }

  /** The figure from here on. */
  set(atNs: number, value: number): void {
    this.#trace.line(this.#head + this.#trace.time.of(atNs) + this.#tail + value + "}}");
  }
}

interface OpenSlice {
  readonly fromNs: number;
  /** Its line up to its duration, and from there on. */
  readonly head: string;
  readonly tail: string;
  /** Lines of the same instant that belong inside: viewers sort by time only, so they must stand behind it. */
  behind: string[] | null;
}

/**
 * A track of complete slices (`X`) that nest: what begins later ends earlier. A slice is written when it ends; only
 * what is open is remembered.
 */
export class SliceTrack {
  readonly #trace: ChromeTrace;
  readonly #sliceHead: string;
  readonly #flowPlace: string;
  readonly #open: OpenSlice[] = [];

  /** Names the track in the file. */
  constructor(trace: ChromeTrace, pid: number, tid: number, name: string) {
    this.#trace = trace;
    this.#sliceHead = `,\n{"ph":"X","pid":${pid},"tid":${tid},"ts":`;
    this.#flowPlace = `","cat":"irp","pid":${pid},"tid":${tid},"id":`;
    trace.nameThread(pid, tid, name);
  }

  /** How many slices are open. */
  get depth(): number {
    return this.#open.length;
  }

  /** Begins a slice, inside the one that is open. */
  begin(name: string, atNs: number, args: ArgumentsText = ""): void {
    const head = this.#sliceHead + this.#trace.time.of(atNs);
    this.#open.push({ fromNs: atNs, head, tail: `,"name":"${name}"${withArguments(args)}`, behind: null });
  }

  /** A slice without length. */
  point(name: string, atNs: number, args: ArgumentsText = ""): void {
    const head = this.#sliceHead + this.#trace.time.of(atNs);
    this.#write(`${head},"dur":0,"name":"${name}"${withArguments(args)}`, atNs);
  }

  /** Ends the innermost slice; nothing if none is open. */
  end(atNs: number): void {
    const slice = this.#open.pop();
    if (slice === undefined) return;
    const { fromNs, head, tail, behind } = slice;
    this.#write(`${head},"dur":${(atNs - fromNs) / 1000}${tail}`, fromNs);
    if (behind !== null) { for (const inside of behind) this.#write(inside, fromNs); }
  }

  /** Ends every slice that is open. */
  endAll(atNs: number): void {
    while (this.#open.length > 0) this.end(atNs);
  }

  /** A point of an arrow, bound to the slice around it. */
  flow(phase: FlowPhase, id: number, atNs: number): void {
    const tail = phase === "f" ? ',"name":"irp","bp":"e"}' : ',"name":"irp"}';
    this.#write(`,\n{"ph":"${phase}${this.#flowPlace}${id},"ts":${this.#trace.time.of(atNs)}${tail}`, atNs);
  }

  #write(line: string, atNs: number): void {
    const around = this.#open[this.#open.length - 1];
    if (around !== undefined && around.fromNs === atNs) (around.behind ??= []).push(line);
    else this.#trace.line(line);
  }
}
