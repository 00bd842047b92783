/** What a chart's text says about each event in each leaf state: the transitions that are tried, in order. */
import type { Literal } from "./chart_text.ts";

/** A literal object. */
export type Tree = { readonly [key: string]: Literal };

/** A leaf state with the nodes around it, innermost first. */
export interface Leaf {
  /** Dotted: `live.free`. */
  readonly path: string;
  readonly nodes: readonly Tree[];
}

/** Every leaf state of a chart. */
export function leavesOf(config: Tree): Leaf[] {
  const visit = (node: Tree, path: string, around: readonly Tree[]): Leaf[] => {
    const nodes = [node, ...around];
    if (node.states === undefined) return [{ path, nodes }];
    return Object.entries(node.states as Tree)
      .flatMap(([name, child]) => visit(child as Tree, path === "" ? name : `${path}.${name}`, nodes));
  };
  return visit(config, "", []);
}

/** One transition that is tried. */
export interface Tried {
  readonly transition: Tree;
  /** It was written for `"*"`, not for this event. */
  readonly byStar: boolean;
}

/**
 * The transitions that are tried for an event, innermost state first, up to the first without a guard. Inside one
 * state an event's own entry hides `"*"`.
 */
export function triedFor(leaf: Leaf, event: string): Tried[] {
  const tried: Tried[] = [];
  for (const node of leaf.nodes) {
    const on = (node.on ?? {}) as Tree;
    const entry = on[event] ?? on["*"];
    if (entry === undefined) continue;
    for (const transition of (Array.isArray(entry) ? entry : [entry]) as Tree[]) {
      tried.push({ transition, byStar: on[event] === undefined });
      if (transition.guard === undefined) return tried;
    }
  }
  return tried;
}

/** The names of all events that a chart writes out, without `"*"`. */
export function eventsOf(config: Tree): string[] {
  const nodes = leavesOf(config).flatMap(({ nodes }) => nodes);
  return [...new Set(nodes.flatMap((node) => Object.keys((node.on ?? {}) as Tree)))].filter((event) => event !== "*");
}

/** The actions of a transition, as written. */
export function actionsOf(transition: Tree): (string | Tree)[] {
  const actions = transition.actions ?? [];
  return (Array.isArray(actions) ? actions : [actions]) as (string | Tree)[];
}

/** The parameters of every action of one type. */
export function notesOf(transition: Tree, type: "misuse" | "refuse"): Tree[] {
  return actionsOf(transition)
    .filter((action): action is Tree => typeof action !== "string" && action.type === type)
    .map((action) => action.params as Tree);
}
