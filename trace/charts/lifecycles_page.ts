/**
 * The page of all lifecycles, as Markdown: each chart drawn, what its states mean, and every misuse and refusal that it
 * names. Written from the charts, so the page is right as long as it is written again.
 */
import { chartGraph } from "./chart_graph.ts";
import type { ChartEdge, ChartGraph } from "./chart_graph.ts";
import type { NamedChart } from "./list.ts";
import { mermaid } from "./mermaid.ts";

const COLUMNS = 120;

/** The text of the page. */
export function lifecyclesPage(charts: readonly NamedChart[]): string {
  const graphs = charts.map(({ name, machine }) => ({ name, graph: chartGraph(machine) }));
  return [
    "# The lifecycles",
    "",
    ...wrapped(
      "Every resource of a DMA driver has a lifecycle, and every lifecycle is a chart in `machines/`. The pictures " +
        "show where a life can go; the tables say what is named when it goes wrong, and what is refused. An arrow " +
        "that names a rule behind a slash moves on and is named all the same, as Windows would go on without Driver " +
        "Verifier.",
    ),
    "",
    ...wrapped(
      "This page is written by `deno task charts --docs`; do not change it by hand. `deno task charts DIR` writes " +
        "every chart as TypeScript, JSON (for Stately's import), SVG and Mermaid.",
    ),
    "",
    ...graphs.flatMap(({ name, graph }) =>
      wrapped(`- [${graph.id}](#${graph.id.toLowerCase()}): ${firstSentence(graph, name)}`, "  ")
    ),
    "",
    ...graphs.flatMap(({ name, graph }) => section(name, graph)),
  ].join("\n").trimEnd() + "\n";
}

function section(name: string, graph: ChartGraph): string[] {
  const misuse = graph.edges.filter(({ rules }) => rules.length > 0);
  const refused = graph.edges.filter(({ refusal }) => refusal !== "");
  return [
    `## ${graph.id}`,
    "",
    ...wrapped(`${graph.description} Source: [machines/${name}.ts](../machines/${name}.ts).`),
    "",
    "```mermaid",
    mermaid(graph).trimEnd(),
    "```",
    "",
    ...table(
      ["State", "Means", "Tags"],
      graph.states.map(({ path, description, tags }) => [code(path), description, tags.map(code).join(" ")]),
    ),
    ...(misuse.length === 0
      ? []
      : ["Misuse that it names:", "", ...table(["In", "Event", "Rule", "Goes to"], misuse.map(misuseRow))]),
    ...(refused.length === 0
      ? []
      : ["What it refuses:", "", ...table(["In", "Event", "Status"], refused.map(refusalRow))]),
  ];
}

function misuseRow(edge: ChartEdge): string[] {
  return [
    place(edge),
    happening(edge),
    edge.rules.join(", "),
    edge.to === "" || edge.to === edge.from ? "" : code(edge.to),
  ];
}

function refusalRow(edge: ChartEdge): string[] {
  return [place(edge), happening(edge), edge.refusal];
}

function place({ from }: ChartEdge): string {
  return from === "" ? "any other" : code(from);
}

function happening({ event, guard }: ChartEdge): string {
  const name = event === "*" ? "any other" : code(event);
  return guard === "" ? name : `${name} if ${guard}`;
}

function firstSentence({ description }: ChartGraph, name: string): string {
  const [sentence = name] = description.split(/(?<=\.)\s/);
  return sentence;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A table with columns as wide as their widest cell, as formatters write it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => [...row[column] ?? ""].length)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? "").padEnd(width)).join(" | ")} |`;
  const [first = [], ...others] = cells;
  return [line(first), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...others.map(line), ""];
}

/** Prose in lines that fit; all but the first are indented. */
function wrapped(text: string, indent = ""): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const longer = lines[last] === "" ? word : `${lines[last]} ${word}`;
    if (longer.length <= COLUMNS) lines[last] = longer;
    else lines.push(indent + word);
  }
  return lines;
}
