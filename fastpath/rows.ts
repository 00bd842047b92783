/**
 * A chart, read once and turned into rows: for every leaf state and event the candidates in order, each with its guard,
 * its target and its effects. Both table engines are built from these rows; the chart stays the only source.
 *
 * What a lifecycle chart may contain is deliberately little: nested states (no parallel ones), guards and assignments
 * by name, `misuse` and `refuse`, `"*"`. Anything else is refused here, by name, rather than silently left out. Where a
 * target leads and what an event is forbidden is XState's to say: we read its own resolved states, not the text.
 */
import type { AnyStateMachine, AnyTransitionDefinition } from "xstate";
import type { Lifecycle, LifecycleNote } from "../machines/lifecycle.ts";
import { compileContext, compileEffect, compileGuard } from "./row_parts.ts";
import { UncompilableChart } from "./uncompilable_chart.ts";

export { UncompilableChart };

/** Any chart: whatever `setup(…).createMachine(…)` makes, and those of the `machines` room, whose tags are narrowed. */
// deno-lint-ignore no-explicit-any -- a chart of any context, event, state, tag and input
export type AnyLifecycle = AnyStateMachine | Lifecycle<any, any, any, never, any>;

/**
 * What XState hands to guards, assignments and collections, as far as charts use it. Whoever moves a life may keep one
 * such object and fill it anew for every step: charts only look at it.
 */
export interface RowStep {
  /** What the chart remembers; assignments change it in place. */
  context: unknown;
  /** What happened. */
  event: unknown;
}

/** A guard of the chart. */
export type RowGuard = (step: RowStep) => boolean;

/** One effect of a transition: a fixed note, or a change of the context, or notes that depend on the context. */
export type RowEffect =
  | { readonly kind: "note"; readonly note: LifecycleNote }
  | RowAssignment
  | { readonly kind: "notes"; readonly collect: (step: RowStep, into: LifecycleNote[]) => void };

/** Assigns to keys of the instance's own context: no new object per event. */
export interface RowAssignment {
  /** Tells effects apart. */
  readonly kind: "assign";
  /** What is assigned to, in order. */
  readonly keys: readonly string[];
  /** The new value of each key; all are computed from the old context before any is stored, as XState does it. */
  readonly values: readonly ((step: RowStep) => unknown)[];
}

/** One way an event may go in one state. */
export interface RowCandidate {
  /** The guard's name in the chart, or null. */
  readonly guardName: string | null;
  /** What must hold, or null. */
  readonly guard: RowGuard | null;
  /** Index of the leaf state that follows; the present one where the transition has no target. */
  readonly target: number;
  /** What happens on the way, in order. */
  readonly effects: readonly RowEffect[];
}

/** A chart as rows. */
export interface ChartRows {
  /** The chart's name for itself. */
  readonly id: string;
  /** Leaf states as dotted paths: `live.free`. */
  readonly states: readonly string[];
  /** Events named anywhere in the chart, in order of first appearance. */
  readonly events: readonly string[];
  /** Index of the leaf state in which a life begins. */
  readonly initial: number;
  /** Tags of each leaf state, inherited ones included. */
  readonly tags: readonly ReadonlySet<string>[];
  /** `candidates[state][event]`, inherited and `"*"` transitions included. */
  readonly candidates: readonly (readonly (readonly RowCandidate[])[])[];
  /** What happens to an event that the chart never names. */
  readonly unknown: readonly (readonly RowCandidate[])[];
  /** The events of each leaf state that lead on without naming a misuse: what was legal there. */
  readonly legal: readonly (readonly string[])[];
  /** A fresh context for one instance. */
  readonly createContext: (input: unknown) => unknown;
}

type ChartState = AnyStateMachine["root"];
/** Refuses the chart: `where` has `what`. */
type Refuse = (where: ChartState, what: string) => never;

// `types` and `schemas` only tell TypeScript what the chart holds; XState puts them at the root.
const KNOWN_STATE_KEYS = new Set([
  "initial",
  "on",
  "states",
  "tags",
  "description",
  "meta",
  "id",
  "context",
  "types",
  "schemas",
]);

/**
 * Reads a chart.
 *
 * @throws {UncompilableChart} with the state and the reason, if the chart holds something that rows cannot carry.
 */
export function compileRows(machine: AnyLifecycle): ChartRows {
  const refuse: Refuse = (where, what) => {
    throw new UncompilableChart(
      `Cannot compile chart ${machine.id}: ${where.path.join(".") || "its root"} has ${what}`,
    );
  };
  const leaves = leavesOf(machine.root, refuse);
  const leafIndex = new Map(leaves.map((leaf, index) => [leaf, index]));
  const leafUnder = (state: ChartState): number => leafIndex.get(firstLeaf(state, refuse))!;
  const events = eventsOf(leaves, refuse);

  // One compilation serves every leaf below the state that owns the transition.
  const parts = new Map<AnyTransitionDefinition, RowCandidate>();
  const compiled = (transition: AnyTransitionDefinition, leafNumber: number): RowCandidate => {
    let candidate = parts.get(transition);
    if (candidate === undefined) parts.set(transition, candidate = compileTransition(machine, transition, refuse));
    const target = transition.target?.[0];
    return { ...candidate, target: target === undefined ? leafNumber : leafUnder(target) };
  };

  /** `null` stands for an event that the chart never names. */
  const candidatesFor = (leaf: ChartState, leafNumber: number, eventName: string | null): RowCandidate[] => {
    const rows: RowCandidate[] = [];
    // Innermost first; within a state what names the event comes before `"*"`. Guards may let an event go on.
    for (let state: ChartState | undefined = leaf; state !== undefined; state = state.parent) {
      const named = eventName === null ? [] : state.transitions.get(eventName) ?? [];
      for (const transition of [...named, ...state.transitions.get("*") ?? []]) {
        const candidate = compiled(transition, leafNumber);
        rows.push(candidate);
        if (candidate.guard === null) return rows;
      }
    }
    return rows;
  };

  const candidates = leaves.map((leaf, number) => events.map((event) => candidatesFor(leaf, number, event)));
  const unknown = leaves.map((leaf, number) => candidatesFor(leaf, number, null));
  const assigns = [...parts.values()].some(({ effects }) => effects.some(({ kind }) => kind === "assign"));
  return {
    id: machine.id,
    states: leaves.map((leaf) => leaf.path.join(".")),
    events,
    initial: leafUnder(machine.root),
    tags: leaves.map((leaf) => new Set(chainOf(leaf).flatMap(({ tags }) => tags))),
    candidates,
    unknown,
    legal: candidates.map((row) => events.filter((_, event) => row[event]!.some(leadsOn))),
    createContext: compileContext(machine, assigns),
  };
}

/** The states without states of their own, in document order; everything above them is looked at on the way. */
function leavesOf(root: ChartState, refuse: Refuse): ChartState[] {
  if (root.type === "atomic") refuse(root, "no states");
  const leaves: ChartState[] = [];
  const visit = (state: ChartState): void => {
    for (const [key, value] of Object.entries(state.config)) {
      if (value === undefined || KNOWN_STATE_KEYS.has(key)) continue;
      refuse(state, key === "type" ? `the type ${value}` : `\`${key}\``);
    }
    // A leaf is known by its dotted path, and XState takes what begins with # for an id.
    if (state !== root && !/^[^#.][^.]*$/.test(state.key)) refuse(state, `the name \`${state.key}\`, with a dot or #`);
    if (state.type === "atomic") leaves.push(state);
    else Object.values(state.states).forEach(visit);
  };
  visit(root);
  return leaves;
}

/** Where a life begins that enters a state. */
function firstLeaf(state: ChartState, refuse: Refuse): ChartState {
  let leaf = state;
  while (leaf.type !== "atomic") leaf = initialOf(leaf, refuse);
  return leaf;
}

function initialOf(state: ChartState, refuse: Refuse): ChartState {
  const { initial } = state.config;
  // XState itself looks it up only when the state is entered.
  const name = typeof initial === "object" ? initial.target : initial;
  if (typeof name !== "string" || !Object.hasOwn(state.states, name)) return refuse(state, "no such initial state");
  if (state.initial.actions.length > 0) refuse(state, "an initial transition with actions");
  return state.states[name]!;
}

/** From the root to a leaf. */
function chainOf(leaf: ChartState): ChartState[] {
  return leaf.parent === undefined ? [leaf] : [...chainOf(leaf.parent), leaf];
}

function eventsOf(leaves: readonly ChartState[], refuse: Refuse): string[] {
  const events = new Set<string>();
  for (const state of new Set(leaves.flatMap(chainOf))) {
    for (const name of state.transitions.keys()) {
      if (name === "*") continue;
      if (name.includes("*")) refuse(state, `the partial wildcard \`${name}\``);
      if (name.startsWith("xstate.")) refuse(state, `XState's own event \`${name}\``);
      events.add(name);
    }
  }
  return [...events];
}

/** All of a candidate but its target, which the leaf decides where the transition does not. */
function compileTransition(machine: AnyLifecycle, transition: AnyTransitionDefinition, refuse: Refuse): RowCandidate {
  const { source, guard } = transition;
  if (transition.reenter) refuse(source, "a re-entering transition");
  if (transition.target !== undefined && transition.target.length > 1) {
    refuse(source, "a transition to several targets");
  }
  // To XState whatever is false, such as "", is no guard.
  if (guard && typeof guard !== "string") refuse(source, "a guard that is not a name");
  const guardName = typeof guard === "string" && guard !== "" ? guard : null;
  const refuseHere = (what: string): never => refuse(source, what);
  return {
    guardName,
    guard: guardName === null ? null : compileGuard(machine, guardName, refuseHere),
    target: 0,
    effects: transition.actions.map((action) => compileEffect(machine, action, refuseHere)),
  };
}

function leadsOn(candidate: RowCandidate): boolean {
  return candidate.effects.every((effect) => effect.kind !== "note" || effect.note.type !== "misuse");
}

// For more than one value at a time; never holds anything across a call.
const fresh: unknown[] = [];

/** Carries out an assignment. */
export function assignRow({ keys, values }: RowAssignment, step: RowStep): void {
  const context = step.context as Record<string, unknown>;
  if (keys.length === 1) {
    context[keys[0]!] = values[0]!(step);
    return;
  }
  for (let index = 0; index < keys.length; index++) fresh[index] = values[index]!(step);
  for (let index = 0; index < keys.length; index++) context[keys[index]!] = fresh[index];
}
