/**
 * `deno task charts [DIR]`: every lifecycle as TypeScript (as written), JSON (Stately's import reads both), SVG and
 * Mermaid. `deno task charts --docs` writes docs/lifecycles.md again.
 */
import { chartGraph } from "../trace/charts/chart_graph.ts";
import { configJson } from "../trace/charts/config_json.ts";
import { lifecyclesPage } from "../trace/charts/lifecycles_page.ts";
import { CHARTS } from "../trace/charts/list.ts";
import { mermaid } from "../trace/charts/mermaid.ts";
import { svg } from "../trace/charts/svg.ts";

const ROOT = new URL("../", import.meta.url);
const DEFAULT_FOLDER = "charts";

/** Writes the four files of every chart into a folder, and says which. */
function writeCharts(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const { name, machine } of CHARTS) {
    const graph = chartGraph(machine);
    const files = {
      ts: Deno.readTextFileSync(new URL(`machines/${name}.ts`, ROOT)),
      json: configJson(machine),
      svg: svg(graph),
      mmd: mermaid(graph),
    };
    for (const [ending, text] of Object.entries(files)) Deno.writeTextFileSync(`${folder}/${name}.${ending}`, text);
  }
  console.log(`${CHARTS.length} charts, as .ts, .json, .svg and .mmd, in ${folder}/`);
}

/** Writes the page of all lifecycles. */
function writePage(): void {
  Deno.writeTextFileSync(new URL("docs/lifecycles.md", ROOT), lifecyclesPage(CHARTS));
  console.log("docs/lifecycles.md is written");
}

if (import.meta.main) {
  const unknown = Deno.args.find((argument) => argument.startsWith("-") && argument !== "--docs");
  if (unknown !== undefined || Deno.args.length > 1) {
    console.error(`Cannot understand ${Deno.args.join(" ")}: usage: deno task charts [DIR | --docs]`);
    Deno.exit(2);
  }
  if (Deno.args[0] === "--docs") writePage();
  else writeCharts(Deno.args[0] ?? DEFAULT_FOLDER);
}
