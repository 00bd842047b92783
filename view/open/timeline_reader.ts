/**
 * A timeline that `--trace` wrote, read back into events: requests with their states, engines, ISRs, DPCs, work of
 * processors, queues, counters, findings. What the file leaves out (states of other lifecycles, arguments of calls) is
 * left out here too. Source of truth: the "Trace Event Format" document, and what `PerfettoTracer` writes.
 */
import type { ChannelName, Finding, TraceEvent } from "../../trace/event.ts";
import type { Recording } from "../record/recording.ts";
import { RecordingTracer } from "../record/recording_tracer.ts";

/** One line of the file. */
interface Line {
  readonly ph: string;
  readonly pid?: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly name?: string;
  readonly id?: number;
  readonly s?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Within an instant, what lasted ends first, what begins to last comes last, the rest keeps the order of the file. */
const ENDS = 0;
const HAPPENS = 1;
const BEGINS = 2;

interface Placed {
  readonly order: number;
  readonly event: TraceEvent;
}

/** Reads a timeline; a sentence if it is none. */
export function readTimeline(name: string, text: string): Recording | string {
  const lines = parsed(text);
  if (lines === undefined) return `Cannot open "${name}": it is not a timeline, expected a JSON array of events`;
  const reader = new TimelineReader(lines);
  if (reader.channels.length === 0) {
    return `Cannot open "${name}": it has no track "engine h2c0" or the like, expected a file that --trace wrote`;
  }
  const tracer = new RecordingTracer(name, name, reader.channels);
  for (const event of reader.events()) tracer.emit(event);
  return tracer.taken();
}

/** The events of a file. One that broke off has whole lines, and no closing bracket. */
function parsed(text: string): readonly Line[] | undefined {
  for (const whole of [text, `${text.trimEnd().replace(/,$/, "")}]`]) {
    try {
      const value: unknown = JSON.parse(whole);
      if (Array.isArray(value)) return value.filter(isLine);
      const { traceEvents } = value as { traceEvents?: unknown };
      if (Array.isArray(traceEvents)) return traceEvents.filter(isLine);
    } catch {
      // Tried again with a closing bracket, then given up.
    }
  }
  return undefined;
}

/** Other programs write timelines, too: what is not made as ours are is left out. */
function isLine(value: unknown): value is Line {
  if (typeof value !== "object" || value === null) return false;
  const { ph, name, args, pid, tid, ts, dur, id } = value as Readonly<Record<keyof Line, unknown>>;
  return typeof ph === "string" && (name === undefined || typeof name === "string") &&
    (args === undefined || (typeof args === "object" && args !== null)) &&
    [pid, tid, ts, dur, id].every((each) => each === undefined || Number.isFinite(each));
}

function isFinding(value: object): value is Finding {
  const { severity, resource, state, call, expected, details } = value as Readonly<Record<keyof Finding, unknown>>;
  return typeof severity === "string" && [resource, state, call, details].every((each) => typeof each === "string") &&
    Array.isArray(expected);
}

class TimelineReader {
  readonly channels: readonly ChannelName[];
  readonly #lines: readonly Line[];
  /** `pid:tid` → the name of the track. */
  readonly #tracks = new Map<string, string>();
  readonly #placed: Placed[] = [];
  readonly #states = new Map<number, string>();
  readonly #depths = new Map<string, number>();

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
    for (const { ph, name, pid, tid, args } of lines) {
      if (ph === "M" && name === "thread_name") this.#tracks.set(`${pid}:${tid}`, String(args?.["name"]));
    }
    this.channels = [...this.#tracks.values()].filter((track) => track.startsWith("engine "))
      .map((track) => track.slice("engine ".length) as ChannelName);
  }

  /** In the order of time. */
  events(): TraceEvent[] {
    for (const line of this.#lines) this.#read(line);
    return this.#placed.sort((a, b) => a.event.atNs - b.event.atNs || a.order - b.order).map(({ event }) => event);
  }

  #read(line: Line): void {
    const { ph, ts = 0, dur = 0, name = "", args = {} } = line;
    const atNs = Math.round(ts * 1000);
    const track = this.#tracks.get(`${line.pid}:${line.tid}`) ?? "";
    if (ph === "X") this.#slice(track, name, atNs, atNs + Math.round(dur * 1000), args);
    else if (ph === "b" || ph === "n" || ph === "e") this.#request(ph, (line.id ?? 1) - 1, name, atNs, args);
    else if (ph === "C") this.#counter(name, atNs, Number(args["value"] ?? 0));
    else if (ph === "i") this.#instant(name, atNs, args);
  }

  #add(order: number, event: TraceEvent): void {
    this.#placed.push({ order, event });
  }

  /** Something that lasts; without length it begins and ends where it stands in the file. */
  #span(fromNs: number, toNs: number, event: (phase: "enter" | "leave", atNs: number) => TraceEvent): void {
    const lasts = toNs > fromNs;
    this.#add(lasts ? BEGINS : HAPPENS, event("enter", fromNs));
    this.#add(lasts ? ENDS : HAPPENS, event("leave", toNs));
  }

  #slice(track: string, name: string, fromNs: number, toNs: number, args: Line["args"] = {}): void {
    const [kind, channel] = track.split(" ") as [string, ChannelName];
    if (kind === "engine" && name.endsWith(" B")) {
      const address = Number(args["at"] ?? 0);
      const [sourceAddress, destinationAddress] = [Number(args["from"] ?? 0), Number(args["to"] ?? 0)];
      const lengthBytes = parseInt(name);
      const what = { control: 0, address, lengthBytes, sourceAddress, destinationAddress };
      this.#add(HAPPENS, { kind: "descriptor", channel, atNs: fromNs, ...what });
    } else if (kind === "engine") {
      this.#span(fromNs, toNs, (phase, atNs) => {
        return { kind: "engine", atNs, channel, state: phase === "enter" ? "running" : "halted", completedCount: 0 };
      });
    } else if (kind === "interrupt") {
      const vector = Number(name.replace("vector ", ""));
      this.#add(HAPPENS, { kind: "interrupt", atNs: fromNs, source: channel, vector, asserted: true, channel });
    } else if (track.endsWith(": setup, copies")) {
      const processor = track.slice(0, -": setup, copies".length);
      this.#span(fromNs, toNs, (phase, atNs) => {
        return { kind: "work", atNs, phase, processor, irp: Number(name.replace("irp ", "")) };
      });
    } else if (kind === "CPU") this.#onCpu(Number(parseInt(channel)), name, fromNs, toNs, args);
  }

  #onCpu(cpu: number, name: string, fromNs: number, toNs: number, args: NonNullable<Line["args"]>): void {
    const [what = "", whom = ""] = name.split(" ");
    if (what === "ISR" || what === "DPC") {
      const kind = what === "ISR" ? "isr" : "dpc";
      this.#span(fromNs, toNs, (phase, atNs) => ({ kind, atNs, phase, cpu, channel: whom as ChannelName }));
    } else if (whom.startsWith("adapter:")) {
      this.#span(fromNs, toNs, (phase, atNs) => ({ kind: "routine", atNs, phase, routine: what, adapter: whom, cpu }));
    } else if (whom === "") {
      const ret = typeof args["ret"] === "string" ? args["ret"] : null;
      this.#add(HAPPENS, {
        ...{ kind: "call", atNs: fromNs, cpu, irql: String(args["irql"] ?? ""), call: name, args: {}, ret, out: null },
      });
    }
  }

  #request(phase: string, irp: number, name: string, atNs: number, args: NonNullable<Line["args"]>): void {
    const channel = name.split(" ")[0] as ChannelName;
    const lengthBytes = Number(args["bytes"] ?? 0);
    if (phase === "b") this.#add(HAPPENS, { kind: "irp", atNs, irp, state: "received", channel, lengthBytes });
    else if (phase === "e") this.#add(HAPPENS, { kind: "irp", atNs, irp, state: "completed", channel });
    else {
      const to = String(args["state"] ?? "");
      const from = this.#states.get(irp) ?? "dispatched";
      this.#states.set(irp, to);
      this.#add(HAPPENS, { kind: "state", atNs, actor: `irp:${irp}`, event: "", from, to });
    }
  }

  #counter(name: string, atNs: number, value: number): void {
    const channel = name.split(":")[1] as ChannelName | undefined;
    if (channel === undefined || !this.channels.includes(channel)) {
      return this.#add(HAPPENS, { kind: "counter", atNs, counter: name, value });
    }
    const operation = value > (this.#depths.get(name) ?? 0) ? "insert" : "remove";
    this.#depths.set(name, value);
    this.#add(HAPPENS, { kind: "queue", atNs, queue: name, operation, irp: -1, depth: value });
  }

  #instant(name: string, atNs: number, args: NonNullable<Line["args"]>): void {
    const [access, offset] = name.split(" ");
    if (isFinding(args)) this.#add(HAPPENS, { kind: "finding", atNs, finding: { ...args, rule: name } });
    else if (access === "read" || access === "write") {
      const [bar, value] = [Number(args["bar"] ?? 0), Number(args["value"] ?? 0)];
      this.#add(HAPPENS, { kind: "register", atNs, access, bar, offset: Number(offset), value });
    } else {
      const [source, details] = [String(args["source"] ?? "bus"), String(args["details"] ?? "")];
      this.#add(HAPPENS, { kind: "notice", atNs, source, name, details });
    }
  }
}
