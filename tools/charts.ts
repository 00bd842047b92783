/**
 * `deno task charts [DIR]`: every lifecycle as TypeScript (as written), JSON (Stately's import reads both), SVG and
 * Mermaid. `deno task charts --docs` writes docs/lifecycles.md again.
 */
import { whyNot } from "../examples/file_trouble.ts";
import { say } from "../examples/terminal.ts";
import { chartGraph } from "../trace/charts/chart_graph.ts";
import { configJson } from "../trace/charts/config_json.ts";
import { lifecyclesPage } from "../trace/charts/lifecycles_page.ts";
import { CHARTS } from "../trace/charts/list.ts";
import { mermaid } from "../trace/charts/mermaid.ts";
import { svg } from "../trace/charts/svg.ts";
import { refuse } from "./arguments.ts";

const ROOT = new URL("../", import.meta.url);
const DEFAULT_FOLDER = "charts";
const HELP = `deno task charts [DIR | --docs]

Writes every lifecycle as TypeScript, JSON (Stately's import reads both), SVG and Mermaid into DIR (charts).

  --docs  write docs/lifecycles.md again instead
  --help  this text`;

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    refuse(`Cannot write into "${path}": ${whyNot(error)}`);
  }
}

function write(path: string | URL, text: string): void {
  try {
    Deno.writeTextFileSync(path, text);
  } catch (error) {
    refuse(`Cannot write "${path}": ${whyNot(error)}`);
  }
}

/** Writes the four files of every chart into a folder, and says which. */
function writeCharts(folder: string): void {
  makeFolder(folder);
  for (const { name, machine } of CHARTS) {
    const graph = chartGraph(machine);
    const files = {
      ts: Deno.readTextFileSync(new URL(`machines/${name}.ts`, ROOT)),
      json: configJson(machine),
      svg: svg(graph),
      mmd: mermaid(graph),
    };
    for (const [ending, text] of Object.entries(files)) write(`${folder}/${name}.${ending}`, text);
  }
  say(`${CHARTS.length} charts, as .ts, .json, .svg and .mmd, in ${folder}/`);
}

/** Writes the page of all lifecycles. */
function writePage(): void {
  write(new URL("docs/lifecycles.md", ROOT), lifecyclesPage(CHARTS));
  say("docs/lifecycles.md is written");
}

if (import.meta.main) {
  const [argument = DEFAULT_FOLDER, ...more] = Deno.args;
  const unknown = more[0] ?? (/^-(?!-docs$|-help$|h$)/.test(argument) ? argument : undefined);
  if (unknown !== undefined) refuse(`Cannot understand "${unknown}": see deno task charts --help`);
  if (argument === "--help" || argument === "-h") say(HELP);
  else if (argument === "--docs") writePage();
  else if (argument === "") refuse('Cannot write into "": expected the name of a folder');
  else writeCharts(argument);
}
