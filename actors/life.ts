/**
 * A living resource: one instance of a lifecycle chart with a name, a state and a beginning.
 *
 * One lifecycle, two speeds. With `engine: "chart"` each life is an XState actor in one actor system; with
 * `engine: "table"` it is a few fields moved through rows that were compiled from the same chart. Whoever holds a life
 * cannot tell which, and both tell the same story, event for event.
 */
import type { EventObject, MachineContext } from "xstate";
import type { Lifecycle, Misuse, Refusal } from "../machines/lifecycle.ts";
import type { Nanoseconds } from "../sim/units.ts";

/** What one event did. */
export interface Verdict {
  /** The chart refused: legal to ask, not granted. `STATUS_PENDING` means queued. */
  readonly refusal: Refusal | null;
  /** The rules that the event broke, the leading one first. */
  readonly misuses: readonly Misuse[];
}

/** The verdict on an event that simply went its way. */
export const QUIET: Verdict = Object.freeze({ refusal: null, misuses: Object.freeze([]) as readonly Misuse[] });

/** One living resource. */
export interface Life<Context, Event> {
  /** Its name in traces and findings, such as `adapter:0` or `sgl:17`. */
  readonly name: string;
  /** Its present state, nested ones dotted: `live.free`. */
  readonly state: string;
  /** When it came into that state. */
  readonly sinceNs: Nanoseconds;
  /** What the chart remembers. */
  readonly context: Readonly<Context>;
  /** True if the present state carries the tag. */
  has(tag: string): boolean;
  /** Sends an event. Misuse is collected as a finding on the way; the verdict tells the caller. */
  send(event: Event): Verdict;
}

/** A chart whose context, events and input are known; state and tag are its own business. */
export type ChartOf<Context extends MachineContext, Event extends EventObject, Input> = Lifecycle<
  Context,
  Event,
  // deno-lint-ignore no-explicit-any
  any,
  // A chart of any tags fits where none are asked by type; `Life.has` asks by name.
  never,
  Input
>;

/** How long a life lasts: as long as the driver, or as long as one request. */
export type Span = "resource" | "transient";

/** Where lives come from. One per world. */
export interface Lives {
  /** `chart`: XState actors. `table`: rows compiled from the same charts. */
  readonly engine: "chart" | "table";
  /**
   * Brings a resource (or, with `span` "transient", a request or its list) to life. With a number of 0 or more its name
   * is `name:number`.
   */
  create<Context extends MachineContext, Event extends EventObject, Input>(
    chart: ChartOf<Context, Event, Input>,
    name: string,
    input: Input,
    span?: Span,
    number?: number,
  ): Life<Context, Event>;
  /** Ends a transient life, so that nothing piles up. */
  release<Context, Event>(life: Life<Context, Event>): void;
}
