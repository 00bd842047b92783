/** Takes the events of a run and keeps them as columns: what {@link Recording} says, made while the run goes on. */
import type { ChannelName, TraceEvent, Tracer, TraceValue } from "../../trace/event.ts";
import { codes, figures, positions } from "./column.ts";
import { LanesBuilder } from "./lane_builder.ts";
import { Names } from "./names.ts";
import { KINDS } from "./recording.ts";
import type { ActorIndex, Recording } from "./recording.ts";
import { SeriesBuilder } from "./series_builder.ts";
import { Texts } from "./texts.ts";

const KIND_CODES: ReadonlyMap<string, number> = new Map(KINDS.map((kind, code) => [kind, code]));
const STATE = KIND_CODES.get("state")!;

/** What an event leaves in the columns besides its time and kind. */
interface Cells {
  readonly subject: string;
  readonly verb?: string;
  readonly from?: string;
  readonly to?: string;
  readonly a?: number;
  readonly b?: number;
  readonly detail?: string;
}

/** A tracer that keeps everything, compactly. */
export class RecordingTracer implements Tracer {
  readonly on = true;
  readonly #name: string;
  readonly #label: string;
  readonly #names = new Names();
  readonly #texts = new Texts();
  readonly #lanes: LanesBuilder;
  readonly #series = new SeriesBuilder();
  readonly #atNs = figures();
  readonly #kind = codes();
  readonly #subject = positions();
  readonly #verb = positions();
  readonly #from = positions();
  readonly #to = positions();
  readonly #a = figures();
  readonly #b = figures();
  readonly #detail = positions();
  readonly #findings = positions();
  #requests = 0;

  /**
   * `label` is what people call the run beside another; `nothing` what an engine does of which no event says anything:
   * a run says all, a file may not.
   */
  constructor(name: string, label: string, channels: readonly ChannelName[], nothing: "none" | "idle" = "none") {
    this.#name = name;
    this.#label = label;
    this.#lanes = new LanesBuilder(channels, nothing);
  }

  emit(event: TraceEvent): void {
    const { subject, verb = "", from = "", to = "", a = 0, b = 0, detail = "" } = cellsOf(event);
    if (event.kind === "finding") this.#findings.push(this.#atNs.length);
    if (event.kind === "irp" && event.state === "received") this.#requests++;
    this.#atNs.push(event.atNs);
    this.#kind.push(KIND_CODES.get(event.kind)!);
    this.#subject.push(this.#names.number(subject));
    this.#verb.push(this.#names.number(verb));
    this.#from.push(this.#names.number(from));
    this.#to.push(this.#names.number(to));
    this.#a.push(a);
    this.#b.push(b);
    this.#detail.push(this.#texts.add(detail));
    this.#lanes.emit(event);
    this.#series.emit(event);
  }

  /** The run is over: everything it left. */
  taken(): Recording {
    const endNs = this.#atNs.last(0);
    const kind = this.#kind.taken();
    const subject = this.#subject.taken();
    const lanes = this.#lanes.taken(endNs);
    return {
      name: this.#name,
      label: this.#label,
      channels: lanes.map(({ channel }) => channel),
      endNs,
      requests: this.#requests,
      names: this.#names.list,
      texts: this.#texts.taken(),
      events: {
        count: kind.length,
        atNs: this.#atNs.taken(),
        kind,
        subject,
        verb: this.#verb.taken(),
        from: this.#from.taken(),
        to: this.#to.taken(),
        a: this.#a.taken(),
        b: this.#b.taken(),
        detail: this.#detail.taken(),
      },
      actors: actorIndex(kind, subject, this.#names.list.length),
      lanes,
      series: this.#series.taken(),
      findings: this.#findings.taken(),
    };
  }
}

/** Sorts the state events by actor, each actor's in order. */
function actorIndex(kind: Uint8Array, subject: Uint32Array, nameCount: number): ActorIndex {
  const counts = new Uint32Array(nameCount);
  const actors: number[] = [];
  for (let i = 0; i < kind.length; i++) {
    if (kind[i] === STATE && counts[subject[i]!]!++ === 0) actors.push(subject[i]!);
  }
  const next = new Uint32Array(nameCount);
  const starts = new Uint32Array(actors.length + 1);
  actors.forEach((actor, position) => {
    next[actor] = starts[position]!;
    starts[position + 1] = starts[position]! + counts[actor]!;
  });
  const events = new Uint32Array(starts[actors.length]!);
  for (let i = 0; i < kind.length; i++) if (kind[i] === STATE) events[next[subject[i]!]!++] = i;
  return { actors: Uint32Array.from(actors), starts, events };
}

function cellsOf(event: TraceEvent): Cells {
  switch (event.kind) {
    case "object":
      return { subject: event.actor, detail: event.pointer };
    case "state":
      return { subject: event.actor, verb: event.event, from: event.from, to: event.to };
    case "call":
      return {
        subject: event.call,
        verb: event.irql,
        to: statusOf(event.ret),
        a: event.cpu,
        detail: JSON.stringify(event.args),
      };
    case "routine":
      return { subject: event.routine, verb: event.phase, from: event.adapter };
    case "work":
      return { subject: event.processor, verb: event.phase, a: event.irp };
    case "register":
      return { subject: `BAR ${event.bar}`, verb: event.access, a: event.offset, b: event.value };
    case "descriptor":
      return { subject: event.channel, a: event.address, b: event.lengthBytes };
    case "engine":
      return { subject: event.channel, to: event.state, a: event.completedCount };
    case "interrupt":
      return {
        subject: event.channel ?? event.source,
        verb: event.asserted ? "asserted" : "released",
        a: event.vector,
      };
    case "isr":
    case "dpc":
      return { subject: event.channel, verb: event.phase, a: event.cpu };
    case "irp":
      return { subject: `irp:${event.irp}`, to: event.state, from: event.channel, b: event.lengthBytes ?? 0 };
    case "queue":
      return { subject: event.queue, verb: event.operation, a: event.irp, b: event.depth };
    case "counter":
      return { subject: event.counter, a: event.value };
    case "notice":
      return { subject: event.source, verb: event.name, detail: event.details };
    case "happening":
      return { subject: event.happening, detail: JSON.stringify(event.fields) };
    case "finding":
      return {
        subject: event.finding.resource,
        verb: event.finding.rule,
        to: event.finding.state,
        from: event.finding.call,
        detail: JSON.stringify(event.finding),
      };
  }
}

/** What a routine returned, if it is a word: pointers are all different and say little. */
function statusOf(ret: TraceValue): string {
  return typeof ret === "string" && ret.startsWith("0x") ? "" : ret === null ? "" : String(ret);
}
