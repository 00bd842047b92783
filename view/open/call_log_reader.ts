/**
 * A call log, checked and laid out over time: calls and happenings as events, what the checker found at its line, and
 * the lanes as far as the log says when an engine was started and when it was done. A log without times gets a
 * microsecond for each line.
 */
import { counted } from "../../examples/units.ts";
import type { ChannelName, Finding, TraceEvent, TraceValue } from "../../trace/event.ts";
import { checkCallLog } from "../../trace/mod.ts";
import type { LogFinding } from "../../trace/mod.ts";
import { RecordingTracer } from "../record/recording_tracer.ts";
import type { OpenedFile } from "./open_file.ts";

type Fields = Readonly<Record<string, TraceValue | undefined>>;

const LINE_NS = 1000;
const INSERTS = /^(?:ExInterlockedInsert|Insert)(?:Head|Tail)List$/;
const REMOVES = /^(?:ExInterlockedRemove|Remove)(?:Head|Tail)List$/;
const ROLES: Readonly<Record<string, string>> = {
  work: "work-to-do",
  waiting: "waiting-for-device",
  ready: "ready-to-complete",
};

/** Checks and reads a log; a sentence if nothing in it can be read. */
export async function readCallLog(name: string, text: string): Promise<OpenedFile | string> {
  const { findings, summary, damaged } = await checkCallLog(text);
  const [first] = damaged;
  if (summary.calls + summary.events === 0 && first !== undefined) {
    const { line, message } = first;
    return `Cannot open "${name}": line ${line}: ${message}; expected a timeline (.json) or a call log (.jsonl)`;
  }
  const found = Map.groupBy(findings, ({ line }) => line);
  const lines = text.split("\n");
  const times = timesOf(lines);
  const reader = new LogReader();
  const tracer = new RecordingTracer(name, name, [], "idle");
  lines.forEach((line, index) => {
    const atNs = times[index]!;
    for (const event of reader.read(line, atNs)) tracer.emit(event);
    for (const each of found.get(index + 1) ?? []) tracer.emit({ kind: "finding", atNs, finding: named(each, times) });
  });
  const remark = first === undefined
    ? ""
    : `${counted(summary.damaged, "line")} cannot be read, first ${first.line}:${first.column}: ${first.message}.`;
  return { recording: tracer.taken(), remark };
}

/** When each line happened: as it says, and never before the line above. */
function timesOf(lines: readonly string[]): Float64Array {
  const times = new Float64Array(lines.length);
  let nowNs = 0;
  let isTimed = false;
  lines.forEach((line, index) => {
    const t = fieldsOf(line)?.["t"];
    const ns = typeof t === "number" ? Math.round(t * 1000) : NaN;
    // A time that cannot be counted in nanoseconds is none.
    if (Number.isSafeInteger(ns)) {
      isTimed = true;
      nowNs = Math.max(nowNs, ns);
    } else if (!isTimed) nowNs = index * LINE_NS;
    times[index] = nowNs;
  });
  return times;
}

function fieldsOf(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value as Fields : undefined;
  } catch {
    return undefined;
  }
}

/** The checker's finding as the page shows findings: lines become times. */
function named(found: LogFinding, times: Float64Array): Finding {
  const { rule, kind = null, severity, resource, state, call, expected, since, message, line } = found;
  const details = `Line ${line}: ${message}`;
  const sinceNs = since === null ? null : times[since - 1] ?? null;
  return { rule, kind, severity, resource, state, call, expected, sinceNs, details };
}

class LogReader {
  readonly #queues = new Map<string, { readonly name: string; depth: number }>();

  read(line: string, atNs: number): TraceEvent[] {
    const fields = fieldsOf(line);
    if (fields === undefined) {
      return line.trim() === "" || line.startsWith("#")
        ? []
        : [{ kind: "happening", atNs, happening: "line", fields: { text: line } }];
    }
    if (typeof fields["call"] === "string") return this.#call(fields["call"], fields, atNs);
    const { t: _, event, ...rest } = fields;
    const happening = String(event);
    const channel = typeof fields["channel"] === "string" ? fields["channel"] as ChannelName : undefined;
    const heard: TraceEvent = { kind: "happening", atNs, happening, fields: rest as Record<string, TraceValue> };
    if (channel === undefined) return [heard];
    return [this.#ofChannel(happening, channel, fields, atNs) ?? heard];
  }

  #ofChannel(happening: string, channel: ChannelName, fields: Fields, atNs: number): TraceEvent | undefined {
    const cpu = Number(fields["cpu"] ?? 0);
    const { list, role } = fields;
    switch (happening) {
      case "doorbell":
        return { kind: "engine", atNs, channel, state: "running", completedCount: 0 };
      case "device-done":
        return { kind: "engine", atNs, channel, state: "idle", completedCount: 0 };
      case "interrupt":
        return { kind: "interrupt", atNs, channel, source: channel, vector: 0, asserted: true };
      case "isr-enter":
      case "isr-leave":
      case "dpc-enter":
      case "dpc-leave": {
        const [kind, phase] = happening.split("-") as ["isr" | "dpc", "enter" | "leave"];
        return { kind, atNs, phase, cpu, channel };
      }
      case "queue":
        if (typeof list === "string" && typeof role === "string") {
          this.#queues.set(list, { name: `${ROLES[role] ?? role}:${channel}`, depth: 0 });
        }
        return undefined;
      default:
        return undefined;
    }
  }

  #call(call: string, fields: Fields, atNs: number): TraceEvent[] {
    const args = (fields["args"] ?? {}) as { readonly [name: string]: TraceValue };
    const { ret = null, irql = "", cpu = 0 } = fields;
    const called: TraceEvent = { kind: "call", atNs, cpu: Number(cpu), irql: String(irql), call, args, ret, out: null };
    const queue = this.#queues.get(String(args["ListHead"]));
    const inserts = INSERTS.test(call);
    if (queue === undefined || !(inserts || (REMOVES.test(call) && ret !== null))) return [called];
    queue.depth = Math.max(0, queue.depth + (inserts ? 1 : -1));
    const operation = inserts ? "insert" : "remove";
    return [called, { kind: "queue", atNs, queue: queue.name, operation, irp: -1, depth: queue.depth }];
  }
}
