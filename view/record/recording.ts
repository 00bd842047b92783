/**
 * A run as the page holds it: plain columns, so that a worker can hand it over without copying it, and what the page
 * asks of it. Ten thousand requests are some 700 000 events; none of them is an object.
 */
import type { ChannelName, TraceEvent } from "../../trace/event.ts";
import { firstAfter } from "./column.ts";
import type { TextTable } from "./texts.ts";

/** The kinds of events, by their number in {@link EventColumns.kind}. */
export const KINDS: readonly Kind[] = [
  ...["object", "state", "call", "routine", "work", "register", "descriptor", "engine"] as const,
  ...["interrupt", "isr", "dpc", "irp", "queue", "counter", "notice", "happening", "finding"] as const,
];

/** One of the kinds. */
export type Kind = TraceEvent["kind"];

/** All events of a run, in order. Names stand as their numbers in {@link Recording.names}. */
export interface EventColumns {
  readonly count: number;
  /** Virtual nanoseconds; never falls. */
  readonly atNs: Float64Array<ArrayBuffer>;
  /** Number in {@link KINDS}. */
  readonly kind: Uint8Array<ArrayBuffer>;
  /** Whom it is about: an actor, a routine, a channel, a queue, a counter. */
  readonly subject: Uint32Array<ArrayBuffer>;
  /** What happened: an event, a phase, an operation, a rule. */
  readonly verb: Uint32Array<ArrayBuffer>;
  readonly from: Uint32Array<ArrayBuffer>;
  readonly to: Uint32Array<ArrayBuffer>;
  /** Figures of the event; which, {@link eventText} knows. */
  readonly a: Float64Array<ArrayBuffer>;
  readonly b: Float64Array<ArrayBuffer>;
  /** Number in {@link Recording.texts}. */
  readonly detail: Uint32Array<ArrayBuffer>;
}

/** What an engine does, or what keeps it. */
export type Activity =
  | "none"
  | "busy"
  | "list"
  | "processor"
  | "registers"
  | "start"
  | "unnoticed"
  | "isr"
  | "dpc"
  | "idle";

/** All of them, by their number in {@link Lane.activity}. */
export const ACTIVITIES: readonly Activity[] = [
  ...["none", "busy", "list", "processor", "registers", "start", "unnoticed", "isr", "dpc", "idle"] as const,
];

/** How people read it. */
export const ACTIVITY_TEXT: Readonly<Record<Activity, string>> = {
  none: "no work",
  busy: "busy",
  list: "waiting for a list",
  processor: "waiting for a processor",
  registers: "waiting for map registers",
  start: "list ready, not started",
  unnoticed: "done, not noticed yet",
  isr: "waiting for the ISR",
  dpc: "waiting for the DPC",
  idle: "idle, the file does not say why",
};

/** One engine over time: what it did, from the beginning to the end, without gaps. */
export interface Lane {
  readonly channel: ChannelName;
  /** When each stretch begins; it ends where the next one begins. */
  readonly fromNs: Float64Array<ArrayBuffer>;
  /** Number in {@link ACTIVITIES}. */
  readonly activity: Uint8Array<ArrayBuffer>;
  /** The request in the engine; -1 for none. */
  readonly irp: Int32Array<ArrayBuffer>;
  /** For each activity, how many nanoseconds it had before each stretch. */
  readonly beforeNs: readonly Float64Array<ArrayBuffer>[];
}

/** A figure over time: it holds from each time to the next. */
export interface Series {
  readonly name: string;
  readonly atNs: Float64Array<ArrayBuffer>;
  readonly value: Float64Array<ArrayBuffer>;
}

/** The events that moved each actor, to find the state of any of them at any time. */
export interface ActorIndex {
  /** Name numbers, in order of appearance. */
  readonly actors: Uint32Array<ArrayBuffer>;
  /** Where the events of each begin in {@link ActorIndex.events}; one more at the end. */
  readonly starts: Uint32Array<ArrayBuffer>;
  /** Positions of events, in order for each actor. */
  readonly events: Uint32Array<ArrayBuffer>;
}

/** One run. */
export interface Recording {
  /** `burst-classic`, or the name of a file. */
  readonly name: string;
  /** What people call it beside another: `classic`. */
  readonly label: string;
  readonly channels: readonly ChannelName[];
  readonly endNs: number;
  /** How many requests arrived. */
  readonly requests: number;
  readonly names: readonly string[];
  readonly texts: TextTable;
  readonly events: EventColumns;
  readonly actors: ActorIndex;
  readonly lanes: readonly Lane[];
  readonly series: readonly Series[];
  /** Positions of the findings among the events. */
  readonly findings: Uint32Array<ArrayBuffer>;
}

/** The last event at or before a time; -1 before the first. */
export function eventAt({ events }: Recording, atNs: number): number {
  return firstAfter(events.atNs, atNs) - 1;
}

/** Where an actor is at a position in a run. */
export interface Whereabouts {
  /** Empty for an actor that is not known. */
  readonly state: string;
  /** The event that led there; -1 if none has yet. */
  readonly event: number;
}

/** Where an actor is after an event. */
export function whereabouts({ events, actors, names }: Recording, actor: string, event: number): Whereabouts {
  const number = actors.actors.findIndex((each) => names[each] === actor);
  if (number === -1) return { state: "", event: -1 };
  const own = actors.events.subarray(actors.starts[number], actors.starts[number + 1]);
  const after = firstAfter(own, event);
  const last = own[after - 1] ?? -1;
  const state = last === -1 ? events.from[own[0] ?? -1] : events.to[last];
  return { state: names[state ?? 0] ?? "", event: last };
}

/** The stretch of a lane at a time. */
export function stretchAt({ fromNs }: Lane, atNs: number): number {
  return Math.max(0, firstAfter(fromNs, atNs) - 1);
}

/** How many nanoseconds of an activity a lane had before a time. */
export function spentNs(lane: Lane, activity: number, atNs: number): number {
  const stretch = stretchAt(lane, atNs);
  const before = lane.beforeNs[activity]?.[stretch] ?? 0;
  return lane.activity[stretch] === activity ? before + Math.max(0, atNs - (lane.fromNs[stretch] ?? 0)) : before;
}

/** The value of a series at a time; undefined before its first. */
export function valueAt({ atNs, value }: Series, whenNs: number): number | undefined {
  return value[firstAfter(atNs, whenNs) - 1];
}

/** Everything of a recording that a worker gives away instead of copying it. */
export function buffersOf({ texts, events, actors, lanes, series, findings }: Recording): ArrayBuffer[] {
  const { count: _, ...columns } = events;
  return [
    ...[texts.bytes, texts.ends, actors.actors, actors.starts, actors.events, findings],
    ...Object.values(columns),
    ...lanes.flatMap(({ fromNs, activity, irp, beforeNs }) => [fromNs, activity, irp, ...beforeNs]),
    ...series.flatMap(({ atNs, value }) => [atNs, value]),
  ].map(({ buffer }) => buffer);
}
