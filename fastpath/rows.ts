/**
 * A chart, read once and turned into rows: for every leaf state and event the candidates in order, each with its guard,
 * its target and its effects. Both table engines are built from these rows; the chart stays the only source.
 *
 * What a lifecycle chart may contain is deliberately little: nested states (no parallel ones), guards and assignments
 * by name, `misuse` and `refuse`, `"*"`. Anything else is refused here, by name, rather than silently left out.
 */
import type { Lifecycle, LifecycleNote } from "../machines/lifecycle.ts";

/** Any chart of the `machines` room. */
// deno-lint-ignore no-explicit-any -- a chart of any context, event, state, tag and input
export type AnyLifecycle = Lifecycle<any, any, any, never, any>;

/** Thrown when a chart holds something that rows cannot carry. */
export class UncompilableChart extends Error {
  /** Tells it from other errors. */
  override name = "UncompilableChart";
}

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

interface StateConfig {
  readonly initial?: string;
  readonly on?: Record<string, unknown>;
  readonly states?: Record<string, StateConfig>;
  readonly tags?: string | readonly string[];
  readonly [key: string]: unknown;
}

interface Leaf {
  readonly path: readonly string[];
  readonly chain: readonly StateConfig[];
}

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
  const config = machine.config as unknown as StateConfig;
  const refuse = (path: readonly string[], what: string): never => {
    throw new UncompilableChart(`Cannot compile chart ${machine.id}: ${path.join(".") || "its root"} has ${what}`);
  };

  const leaves: Leaf[] = [];
  const visit = (node: StateConfig, path: readonly string[], chain: readonly StateConfig[]): void => {
    for (const key of Object.keys(node)) if (!KNOWN_STATE_KEYS.has(key)) refuse(path, `\`${key}\``);
    if (node.states === undefined) leaves.push({ path, chain: [...chain, node] });
    else for (const [name, child] of Object.entries(node.states)) visit(child, [...path, name], [...chain, node]);
  };
  visit(config, [], []);

  const leafIndex = new Map(leaves.map((leaf, index) => [leaf.path.join("."), index]));
  const descend = (path: readonly string[]): number => {
    let node: StateConfig = config;
    for (const name of path) node = node.states?.[name] ?? refuse(path, "no such state");
    const full = [...path];
    while (node.states !== undefined) {
      const initial = node.initial ?? refuse(full, "no initial state");
      full.push(initial);
      node = node.states[initial] ?? refuse(full, "no such initial state");
    }
    return leafIndex.get(full.join("."))!;
  };
  const resolveTarget = (target: string, owner: readonly string[]): number => {
    if (target.startsWith("#")) {
      const [id, ...rest] = target.slice(1).split(".");
      return id === machine.id ? descend(rest) : refuse(owner, `a target by foreign id \`${target}\``);
    }
    if (target.startsWith(".")) return descend([...owner, ...target.slice(1).split(".")]);
    return descend([...owner.slice(0, -1), ...target.split(".")]);
  };

  const events: string[] = [];
  for (const leaf of leaves) {
    for (const node of leaf.chain) {
      for (const name of Object.keys(node.on ?? {})) {
        if (name === "*") continue;
        if (name.includes("*")) refuse(leaf.path, `the partial wildcard \`${name}\``);
        if (!events.includes(name)) events.push(name);
      }
    }
  }

  const candidatesFor = (leafNumber: number, eventName: string): RowCandidate[] => {
    const leaf = leaves[leafNumber]!;
    // Innermost first; within a node the named transition hides `"*"`. Guards may let an event bubble outwards.
    const rows: RowCandidate[] = [];
    for (let depth = leaf.chain.length - 1; depth >= 0; depth--) {
      const owner = leaf.path.slice(0, depth);
      const on = leaf.chain[depth]!.on ?? {};
      const entry = on[eventName] ?? on["*"];
      if (entry === undefined) continue;
      for (const raw of Array.isArray(entry) ? entry : [entry]) {
        const candidate = compileCandidate(raw, owner, leafNumber);
        rows.push(candidate);
        if (candidate.guard === null) return rows;
      }
    }
    return rows;
  };

  const compileCandidate = (raw: unknown, owner: readonly string[], leafNumber: number): RowCandidate => {
    const transition = (typeof raw === "string" ? { target: raw } : raw) as Record<string, unknown>;
    if (transition.reenter) refuse(owner, "a re-entering transition");
    const target = transition.target as string | undefined;
    const guardName = (transition.guard as string | undefined) ?? null;
    if (guardName !== null && typeof guardName !== "string") refuse(owner, "a guard that is not a name");
    const actions = transition.actions === undefined
      ? []
      : Array.isArray(transition.actions)
      ? transition.actions
      : [transition.actions];
    return {
      guardName,
      guard: guardName === null ? null : compileGuard(machine, guardName),
      target: target === undefined ? leafNumber : resolveTarget(target, owner),
      effects: actions.map((action) => compileEffect(machine, action)),
    };
  };

  const candidates = leaves.map((_, leafNumber) => events.map((event) => candidatesFor(leafNumber, event)));
  return {
    id: machine.id,
    states: leaves.map((leaf) => leaf.path.join(".")),
    events,
    initial: descend([]),
    tags: leaves.map((leaf) => new Set(leaf.chain.flatMap((node) => node.tags ?? []))),
    candidates,
    unknown: leaves.map((_, leafNumber) => candidatesFor(leafNumber, " no such event ")),
    legal: candidates.map((row) => events.filter((_, event) => row[event]!.some(leadsOn))),
    createContext: contextFactory(machine),
  };
}

function leadsOn(candidate: RowCandidate): boolean {
  return candidate.effects.every((effect) => effect.kind !== "note" || effect.note.type !== "misuse");
}

function contextFactory(machine: AnyLifecycle): (input: unknown) => unknown {
  const context = (machine.config as { context?: unknown }).context;
  if (typeof context === "function") return (input) => context({ input });
  const first = Object.freeze({ ...(context as Record<string, unknown> | undefined) });
  // A chart that remembers nothing assigns nothing either: all its instances share one context.
  return Object.keys(first).length === 0 ? () => first : () => ({ ...first });
}

function compileGuard(machine: AnyLifecycle, name: string): RowGuard {
  const guard: unknown = machine.implementations.guards[name];
  if (typeof guard !== "function" || "check" in guard) {
    throw new UncompilableChart(`Cannot compile chart ${machine.id}: guard ${name} is not a plain function`);
  }
  return guard as unknown as RowGuard;
}

/** XState keeps what `assign`, `emit` and `enqueueActions` were given on the action itself. */
interface BuiltInAction {
  readonly type?: string;
  readonly assignment?: Record<string, unknown> | ((args: unknown) => Record<string, unknown>);
  readonly collect?: (args: unknown) => void;
}

function compileEffect(machine: AnyLifecycle, action: unknown): RowEffect {
  const name = typeof action === "string" ? action : (action as { type: string }).type;
  const params = typeof action === "string" ? undefined : (action as { params?: Record<string, unknown> }).params;
  if (name === "misuse" || name === "refuse") {
    if (params === undefined || typeof params === "function") {
      throw new UncompilableChart(`Cannot compile chart ${machine.id}: ${name} needs literal params`);
    }
    const type = name === "misuse" ? "misuse" : "refused";
    return { kind: "note", note: { type, ...params } as LifecycleNote };
  }
  const built = machine.implementations.actions[name] as BuiltInAction | undefined;
  if (built?.type === "xstate.assign" && built.assignment !== undefined) {
    return compileAssignment(machine.id, name, built.assignment);
  }
  if (built?.type === "xstate.enqueueActions" && built.collect !== undefined) {
    const { collect } = built;
    return {
      kind: "notes",
      collect: ({ context, event }, into) =>
        collect({ context, event, enqueue: { emit: (note: LifecycleNote) => into.push(note) } }),
    };
  }
  throw new UncompilableChart(`Cannot compile chart ${machine.id}: action ${name} is neither note nor assignment`);
}

function compileAssignment(id: string, name: string, assignment: BuiltInAction["assignment"]): RowAssignment {
  if (typeof assignment !== "object") {
    throw new UncompilableChart(`Cannot compile chart ${id}: action ${name} assigns by a function of its own`);
  }
  const values = Object.values(assignment);
  return {
    kind: "assign",
    keys: Object.keys(assignment),
    values: values.map((value) => typeof value === "function" ? value as (step: RowStep) => unknown : () => value),
  };
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
