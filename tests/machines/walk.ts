/** Walks a chart with XState's own graph tools, counters bounded so that the walk ends. */
import { getAdjacencyMap } from "xstate/graph";
import type { AnyMachineSnapshot, AnyTransitionDefinition, EventObject } from "xstate";
import { type Chart, dotted, type Walked } from "./charts.ts";

/** One step that the walk found possible. */
export interface Edge {
  readonly from: Walked;
  readonly to: Walked;
  readonly event: EventObject;
  /** What XState took for it. */
  readonly taken: readonly AnyTransitionDefinition[];
}

/** Snapshots are told apart by state and context only. */
export function serialize(snapshot: Walked): string {
  return JSON.stringify([dotted(snapshot.value), snapshot.context]);
}

/** The walk does not go on from where a counter has passed its bound. */
export function isBeyond(chart: Chart, snapshot: Walked): boolean {
  const max = chart.counterMax;
  if (max === undefined) return false;
  return Object.entries(snapshot.context).some(([name, value]) => !FIXED.has(name) && (value as number) > max);
}

/** What an input fixed for life is no counter. */
const FIXED: ReadonlySet<string> = new Set(["numberOfMapRegisters", "maximumLengthBytes", "size", "capacity", "count"]);

/** The options that all graph functions of XState take. */
export function walkOptions(chart: Chart): {
  input: unknown;
  events: EventObject[];
  serializeState: (snapshot: unknown) => string;
  stopWhen: (snapshot: unknown) => boolean;
} {
  return {
    input: chart.input,
    events: [...chart.samples],
    serializeState: (snapshot) => serialize(snapshot as Walked),
    stopWhen: (snapshot) => isBeyond(chart, snapshot as Walked),
  };
}

/** Every step from every reachable snapshot. */
export function edgesOf(chart: Chart): Edge[] {
  const map = getAdjacencyMap(chart.machine, walkOptions(chart)) as unknown as Record<string, Reached>;
  return Object.values(map).flatMap(({ state: from, transitions }) =>
    Object.values(transitions).map(({ event, state: to }) => ({
      from,
      to,
      event,
      taken: chart.machine.getTransitionData(from as AnyMachineSnapshot, event) as AnyTransitionDefinition[],
    }))
  );
}

interface Reached {
  readonly state: Walked;
  readonly transitions: Readonly<Record<string, { readonly event: EventObject; readonly state: Walked }>>;
}

/** True if a transition names a misuse: a driver that does nothing wrong never takes it. */
export function isMisuse(transition: AnyTransitionDefinition): boolean {
  return transition.actions.some((action) => {
    const name = typeof action === "string" ? action : (action as { type?: string }).type;
    return name === "misuse" || name === "nameLeftovers";
  });
}
