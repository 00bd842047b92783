/**
 * A chart as a picture: SVG that needs nothing else, readable in dark and light. dagre decides where things lie.
 *
 * Solid arrows are legal, dashed red ones break the rule that they name. Events that legally lead back to their own
 * state stand inside it, behind ↻. A transition of a group of states starts at its node "any"; one that leads into a
 * group ends where the group begins.
 */
import dagre from "@dagrejs/dagre";
import { edgeLabel, leafOf } from "./chart_graph.ts";
import type { ChartEdge, ChartGraph, ChartState } from "./chart_graph.ts";

const CHARACTER_WIDTH = 7.3;
const LINE_HEIGHT = 15;
const PADDING = 10;
const ANY = "any";

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly isMisuse: boolean;
  readonly labels: string[];
}

/** Draws a chart. */
export function svg(graph: ChartGraph): string {
  const layout = new dagre.graphlib.Graph({ multigraph: true, compound: true });
  layout.setGraph({ rankdir: "TB", nodesep: 50, ranksep: 60, edgesep: 30, marginx: 20, marginy: 20 });
  const arrows = arrowsOf(graph);
  const isGroup = ({ initial }: ChartState): boolean => initial !== "";
  for (const state of graph.states) {
    const lines = isGroup(state) ? [state.key] : stateLines(graph, state);
    layout.setNode(state.path, sizeOf(lines));
    if (state.parent !== "") layout.setParent(state.path, state.parent);
  }
  // The chart itself is the group around all.
  const anyNodes = ["", ...graph.states.filter(isGroup).map(({ path }) => path)]
    .filter((group) => arrows.some(({ from }) => from === anyOf(group)));
  for (const group of anyNodes) {
    layout.setNode(anyOf(group), sizeOf([ANY]));
    if (group !== "") layout.setParent(anyOf(group), group);
  }
  arrows.forEach(({ from, to, labels }, index) => {
    layout.setEdge(from, to, { ...sizeOf(labels), labelpos: "c" }, `${index}`);
  });
  dagre.layout(layout);

  const box = (path: string): Box => layout.node(path) as Box;
  const groups = graph.states.filter(isGroup).map((state) => groupShape(state, box(state.path)));
  const nodes = graph.states.filter((state) => !isGroup(state))
    .map((state) => stateShape(graph, state, box(state.path)));
  const anys = anyNodes.map((group) => labelled("any", box(anyOf(group)), [ANY], ""));
  const edges = arrows.map((arrow, index) => {
    const edge = layout.edge({ v: arrow.from, w: arrow.to, name: `${index}` }) as Box & { points: readonly Point[] };
    return arrowShape(arrow, edge);
  });
  const { width = 0, height = 0 } = layout.graph() as { width?: number; height?: number };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" role="img">`,
    `<title>${escaped(graph.id)}</title>`,
    `<desc>${escaped(graph.description)}</desc>`,
    STYLE,
    ...groups,
    ...edges,
    ...nodes,
    ...anys,
    "</svg>\n",
  ].join("\n");
}

/** Edges that move, those between the same states and of the same kind as one arrow. */
function arrowsOf(graph: ChartGraph): Arrow[] {
  const arrows: Arrow[] = [];
  for (const edge of graph.edges) {
    if (edge.to === "" || edge.to === edge.from) continue;
    const source = graph.states.find(({ path }) => path === edge.from);
    const from = source?.initial === "" ? edge.from : anyOf(edge.from);
    const to = leafOf(graph, edge.to);
    const isMisuse = breaksRule(edge);
    let arrow = arrows.find((other) => other.from === from && other.to === to && other.isMisuse === isMisuse);
    if (arrow === undefined) arrows.push(arrow = { from, to, isMisuse, labels: [] });
    const label = edgeLabel(edge);
    if (!arrow.labels.includes(label)) arrow.labels.push(label);
  }
  return arrows;
}

function breaksRule({ rules }: ChartEdge): boolean {
  return rules.length > 0;
}

function anyOf(path: string): string {
  return `${path}.*`;
}

function stateLines({ edges }: ChartGraph, { path, key, tags }: ChartState): string[] {
  const loops = edges.filter((edge) => edge.from === path && edge.to === path && !breaksRule(edge)).map(edgeLabel);
  return [key, ...(tags.length === 0 ? [] : [tags.join(" ")]), ...[...new Set(loops)].map((label) => `↻ ${label}`)];
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(...lines.map((line) => line.length));
  return { width: longest * CHARACTER_WIDTH + 2 * PADDING, height: lines.length * LINE_HEIGHT + 2 * PADDING };
}

function stateShape(graph: ChartGraph, state: ChartState, box: Box): string {
  const isInitial = state.path === leafOf(graph, graph.initial);
  const kind = `state${isInitial ? " initial" : ""}${state.isFinal ? " final" : ""}`;
  return labelled(kind, box, stateLines(graph, state), state.description);
}

function labelled(kind: string, { x, y, width, height }: Box, lines: readonly string[], description: string): string {
  const place = `x="${round(x - width / 2)}" y="${round(y - height / 2)}"`;
  const rectangle = `<rect ${place} width="${round(width)}" height="${round(height)}" rx="8"/>`;
  const title = description === "" ? "" : `<title>${escaped(description)}</title>`;
  return `<g class="${kind}">${title}${rectangle}${textLines(lines, x, y)}</g>`;
}

function groupShape({ key, description }: ChartState, { x, y, width, height }: Box): string {
  const left = round(x - width / 2);
  const top = round(y - height / 2);
  const rectangle = `<rect x="${left}" y="${top}" width="${round(width)}" height="${round(height)}" rx="12"/>`;
  const name = `<text x="${round(left + PADDING)}" y="${round(top + LINE_HEIGHT)}">${escaped(key)}</text>`;
  return `<g class="group"><title>${escaped(description)}</title>${rectangle}${name}</g>`;
}

function arrowShape({ isMisuse, labels }: Arrow, { points, x, y }: Box & { points: readonly Point[] }): string {
  const [start, ...rest] = points;
  if (start === undefined) return "";
  const path = `M${round(start.x)},${round(start.y)}` +
    rest.map((point) => `L${round(point.x)},${round(point.y)}`).join("");
  const shaft = `<path d="${path}"/>${headAt(points.at(-2) ?? start, points.at(-1) ?? start)}`;
  return `<g class="edge${isMisuse ? " misuse" : ""}">${shaft}${textLines(labels, x, y)}</g>`;
}

/** A filled triangle at `to`, pointing away from `from`. */
function headAt(from: Point, to: Point): string {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const corner = (turn: number): string =>
    `${round(to.x - 9 * Math.cos(angle + turn))},${round(to.y - 9 * Math.sin(angle + turn))}`;
  return `<polygon points="${round(to.x)},${round(to.y)} ${corner(0.4)} ${corner(-0.4)}"/>`;
}

function textLines(lines: readonly string[], x: number, y: number): string {
  const top = y - (lines.length - 1) * LINE_HEIGHT / 2 + 4;
  const spans = lines.map((line, index) =>
    `<tspan x="${round(x)}" y="${round(top + index * LINE_HEIGHT)}">${escaped(line)}</tspan>`
  );
  return `<text text-anchor="middle">${spans.join("")}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `<style>
text{font:12px ui-monospace,monospace;fill:#1b1f24}
.state rect{fill:#eef4ff;stroke:#3b6fd4}.initial rect{stroke-width:3}.final rect{stroke-dasharray:2 2}
.group rect{fill:#00000008;stroke:#8a94a3}.any rect{fill:none;stroke:#8a94a3;stroke-dasharray:4 3}
.edge path{fill:none;stroke:#5b6675}.edge polygon{fill:#5b6675}
.edge text{font-size:10.5px;fill:#3c4654;paint-order:stroke;stroke:#fff;stroke-width:4}
.misuse path{stroke:#c2362b;stroke-dasharray:5 3}.misuse polygon,.misuse text{fill:#c2362b}
@media (prefers-color-scheme:dark){
text{fill:#e6eaf0}.state rect{fill:#1c2738;stroke:#6d9bf1}.group rect{fill:#ffffff0a}
.edge path{stroke:#9aa6b6}.edge polygon{fill:#9aa6b6}.edge text{fill:#c3ccd8;stroke:#0d1117}
.misuse path{stroke:#ff7b6e}.misuse polygon,.misuse text{fill:#ff7b6e}}
</style>`;
