/**
 * A lifecycle for Stately: without an argument the charts are listed; with a chart's name its config is printed as
 * JSON, to paste into https://stately.ai/editor (Import, from code). `deno task charts` writes them all as files.
 */
import { StateMachine } from "xstate";
import * as machines from "../machines/mod.ts";
import { tableLines, words } from "./table.ts";

const charts = Object.values(machines).filter((machine) => machine instanceof StateMachine);
const [name] = Deno.args;
const chart = charts.find(({ id }) => id === name);

if (name === undefined) {
  const rows = charts.map(({ id, config }) => [id, config.description ?? ""]);
  for (const line of tableLines([words("chart"), words("what it is")], rows)) console.log(line);
  console.log(`ok: ${charts.length} charts; name one to print it`);
} else if (chart === undefined) {
  console.error(`Cannot print "${name}": expected one of ${charts.map(({ id }) => id).join(", ")}`);
  Deno.exit(2);
} else {
  console.log(JSON.stringify(chart.config, null, 2));
  console.error(`ok: ${chart.id} as JSON; paste it into https://stately.ai/editor`);
}
