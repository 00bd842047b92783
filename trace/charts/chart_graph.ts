/**
 * A chart as states and edges: what pictures and tables of it are made from. Read from the machine's own transitions,
 * so a picture cannot say anything else than what runs.
 */
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from "xstate";

/** One state. */
export interface ChartState {
  /** Dotted from the root: `live.free`. */
  readonly path: string;
  /** The last part of the path. */
  readonly key: string;
  /** The path of the state around it; empty for none. */
  readonly parent: string;
  /** What being in it means. */
  readonly description: string;
  /** Facts that other code asks about. */
  readonly tags: readonly string[];
  /** The path of the state in which it begins; empty for one without states inside. */
  readonly initial: string;
  /** True if a life ends in it. */
  readonly isFinal: boolean;
}

/** One transition. */
export interface ChartEdge {
  /** The path of the state that has it; empty for the root: any state that says nothing else. */
  readonly from: string;
  /** The event; `*` for any that is not named. */
  readonly event: string;
  /** The path of the state it leads to; empty where the state stays. */
  readonly to: string;
  /** The name of the condition; empty for none. */
  readonly guard: string;
  /** The rules that it breaks. */
  readonly rules: readonly string[];
  /** The status with which it is refused, with the reason; empty if it is not. */
  readonly refusal: string;
  /** What it stands for. */
  readonly description: string;
}

/** A chart. */
export interface ChartGraph {
  /** The chart's own name. */
  readonly id: string;
  /** What lives by it. */
  readonly description: string;
  /** The path of the state in which a life begins. */
  readonly initial: string;
  /** All states, outer ones first. */
  readonly states: readonly ChartState[];
  /** All transitions, in the order in which they are tried. */
  readonly edges: readonly ChartEdge[];
}

/** Reads a chart. */
export function chartGraph(machine: AnyStateMachine): ChartGraph {
  const states: ChartState[] = [];
  const edges: ChartEdge[] = [];
  const visit = (node: AnyStateNode): void => {
    if (node.path.length > 0) states.push(stateOf(node));
    for (const transitions of node.transitions.values()) {
      for (const transition of transitions) edges.push(edgeOf(pathOf(node), transition));
    }
    for (const child of Object.values<AnyStateNode>(node.states)) visit(child);
  };
  visit(machine.root);
  const { description } = machine.root;
  return { id: machine.id, description: description ?? "", initial: initialOf(machine.root), states, edges };
}

/** The state in which a chart comes to rest when it enters this one: its initial state, and that one's in turn. */
export function leafOf(graph: ChartGraph, path: string): string {
  const initial = graph.states.find((state) => state.path === path)?.initial ?? "";
  return initial === "" ? path : leafOf(graph, initial);
}

/** `EVENT [condition] / Rule`. */
export function edgeLabel({ event, guard, rules, refusal }: ChartEdge): string {
  const condition = guard === "" ? "" : ` [${guard}]`;
  const outcome = [...rules, ...(refusal === "" ? [] : [refusal])];
  return `${event}${condition}${outcome.length === 0 ? "" : ` / ${outcome.join(", ")}`}`;
}

function pathOf(node: AnyStateNode): string {
  return node.path.join(".");
}

function initialOf(node: AnyStateNode): string {
  const target = node.type === "compound" ? node.initial.target?.[0] : undefined;
  return target === undefined ? "" : pathOf(target);
}

function stateOf(node: AnyStateNode): ChartState {
  return {
    path: pathOf(node),
    key: node.key,
    parent: node.path.slice(0, -1).join("."),
    description: node.description ?? "",
    tags: node.tags,
    initial: initialOf(node),
    isFinal: node.type === "final",
  };
}

/** What an action says about itself, if it is written as `{ type, params }`. */
interface WrittenAction {
  readonly type?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

function edgeOf(from: string, { eventType, target, guard, actions, description }: AnyTransitionDefinition): ChartEdge {
  const written = actions as readonly (string | WrittenAction)[];
  const params = (type: string): Readonly<Record<string, unknown>>[] =>
    written.flatMap((action) => typeof action === "object" && action.type === type ? [action.params ?? {}] : []);
  const [refused] = params("refuse");
  const reason = refused?.reason === undefined ? "" : ` (${refused.reason})`;
  const [to] = (target ?? []) as readonly AnyStateNode[];
  return {
    from,
    event: eventType,
    to: to === undefined ? "" : pathOf(to),
    guard: typeof guard === "string" ? guard : "",
    rules: params("misuse").map(({ rule }) => String(rule)),
    refusal: refused === undefined ? "" : `${refused.status}${reason}`,
    description: description ?? "",
  };
}
