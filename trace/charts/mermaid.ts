/**
 * A chart as Mermaid's `stateDiagram-v2`, which GitHub draws in Markdown. States that lie in each other are nested;
 * edges that leave such a group are drawn from the group, since Mermaid cannot draw them from inside.
 *
 * What stays where it is and breaks a rule, or is refused, is left to the tables: the picture shows where a life goes.
 */
import { edgeLabel } from "./chart_graph.ts";
import type { ChartGraph, ChartState } from "./chart_graph.ts";

/** The text of a diagram, without a code fence. */
export function mermaid(graph: ChartGraph): string {
  const arrows = arrowsOf(graph);
  const lines = ["stateDiagram-v2"];
  const write = (parent: string, indent: string): void => {
    const inside = graph.states.filter((state) => state.parent === parent);
    const initial = parent === "" ? graph.initial : graph.states.find(({ path }) => path === parent)?.initial ?? "";
    for (const state of inside) lines.push(...declared(state, indent, write));
    if (initial !== "") lines.push(`${indent}[*] --> ${identifier(initial)}`);
    if (parent === "" && arrows.some(({ from }) => from === ANY)) lines.push(`${indent}${ANY} : any state`);
    for (const { around, from, to, labels } of arrows) {
      if (around !== parent) continue;
      lines.push(`${indent}${identifier(from)} --> ${identifier(to)} : ${labels.join("<br/>")}`);
    }
    for (const { path, isFinal } of inside) if (isFinal) lines.push(`${indent}${identifier(path)} --> [*]`);
  };
  const declared = (state: ChartState, indent: string, inner: typeof write): string[] => {
    if (state.initial === "") {
      const name = identifier(state.path);
      return [`${indent}${name === state.key ? name : `${name} : ${state.key}`}`];
    }
    const before = lines.length;
    lines.push(`${indent}state "${state.key}" as ${identifier(state.path)} {`);
    inner(state.path, `${indent}    `);
    lines.push(`${indent}}`);
    return lines.splice(before);
  };
  write("", "    ");
  return lines.join("\n") + "\n";
}

/** Stands for every state: transitions of the chart itself start here. */
const ANY = "any";

interface Arrow {
  /** The state inside which it is drawn; empty for the chart itself. */
  readonly around: string;
  readonly from: string;
  readonly to: string;
  readonly labels: string[];
}

/** Edges that move, those between the same states as one arrow. */
function arrowsOf({ edges }: ChartGraph): Arrow[] {
  const arrows: Arrow[] = [];
  for (const edge of edges) {
    if (edge.to === "") continue;
    const around = commonParent(edge.from, edge.to);
    const from = edge.from === "" ? ANY : childOf(around, edge.from);
    const to = childOf(around, edge.to);
    // A group cannot lead into itself from inside.
    if (from === to && from !== edge.from) continue;
    let arrow = arrows.find((other) => other.from === from && other.to === to);
    if (arrow === undefined) arrows.push(arrow = { around, from, to, labels: [] });
    const origin = from === edge.from || from === ANY ? "" : ` from ${edge.from.slice(from.length + 1)}`;
    const label = edgeLabel(edge) + origin;
    if (!arrow.labels.includes(label)) arrow.labels.push(label);
  }
  return arrows;
}

function commonParent(left: string, right: string): string {
  const parts = left.split(".");
  const others = right.split(".");
  let length = 0;
  while (length < Math.min(parts.length, others.length) - 1 && parts[length] === others[length]) length++;
  return parts.slice(0, length).join(".");
}

/** The state directly inside `around` that a path lies in. */
function childOf(around: string, path: string): string {
  const depth = around === "" ? 1 : around.split(".").length + 1;
  return path.split(".").slice(0, depth).join(".");
}

function identifier(path: string): string {
  return path.replaceAll(".", "_");
}
