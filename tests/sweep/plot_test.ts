/** The picture of a sweep: its figures, its scales, and that it is well-formed. */
import { assert, assertEquals } from "@std/assert";
import { measureOf, ticks } from "../../tools/sweep/figure.ts";
import { gridOf, pointAt, pointCount, runOf } from "../../tools/sweep/grid.ts";
import { plot } from "../../tools/sweep/plot.ts";
import { panelsOf } from "../../tools/sweep/series.ts";
import { csv } from "../../tools/sweep/table.ts";
import type { SweepTable } from "../../tools/sweep/table.ts";

const TABLE: SweepTable = {
  columns: ["x", "who", "seed", "simulatedNs", "note"],
  rows: [
    { x: 1, who: "a", seed: 0, simulatedNs: 2e6, note: "one, two" },
    { x: 1, who: "a", seed: 1, simulatedNs: 4e6, note: 'a "word"' },
    { x: 3, who: "a", seed: 0, simulatedNs: 8e6, note: null },
    { x: 1, who: "<b>", seed: 0, simulatedNs: 1e6, note: null },
  ],
};
const PLAN = { x: "x", y: "simulatedNs", lines: "who" };

Deno.test("the example grid can be read, its points are every combination, the last axis fastest", () => {
  const grid = gridOf(Deno.readTextFileSync(new URL("../../examples/sweep.json", import.meta.url)));
  assertEquals(pointCount(grid), 160);
  assertEquals(pointAt(grid, 0).settings, { transfers: 8, strategy: "classic", "setup-ns": 0 });
  assertEquals(pointAt(grid, 17).settings, { transfers: 8, strategy: "new-model", "setup-ns": 40_000 });
  assertEquals(pointAt(grid, 159).settings, { transfers: 24, strategy: "copy", "setup-ns": 600_000 });
  const { story, values } = runOf(grid, pointAt(grid, 17));
  assertEquals([story.name, values.strategy, values["post-ns"]], ["burst", ["new-model"], 60_000]);
});

Deno.test("the grid of the documentation is that of the example", () => {
  const read = (path: string): string => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
  const [, block = ""] = read("docs/sweeps.md").match(/```json\n([^`]*)```/) ?? [];
  assertEquals(JSON.parse(block), JSON.parse(read("examples/sweep.json")));
});

Deno.test("points that differ in what is not drawn are a mean with a bar from the least to the largest", () => {
  const panels = panelsOf(TABLE, PLAN);
  assert(typeof panels !== "string");
  assertEquals(panels.map(({ series }) => series), [[
    {
      name: "a",
      places: [{ x: 1, mean: 3e6, least: 2e6, largest: 4e6 }, { x: 3, mean: 8e6, least: 8e6, largest: 8e6 }],
    },
    { name: "<b>", places: [{ x: 1, mean: 1e6, least: 1e6, largest: 1e6 }] },
  ]]);
  const picture = plot("a & b", panels, PLAN);
  assert(picture.includes("a &amp; b: simulated, ms by who") && picture.includes("&lt;b&gt;"));
  assert(!/NaN|undefined|Infinity/.test(picture));
  // Every group and text that opens is closed.
  for (const name of ["g", "text", "svg", "title", "style"]) {
    const count = (pattern: string): number => picture.match(new RegExp(pattern, "g"))?.length ?? 0;
    assertEquals(count(`<${name}[ >]`), count(`</${name}>`), name);
  }
});

Deno.test("a column that is not there, or holds no figures, is one sentence", () => {
  const plans = { ...PLAN, panels: "z" };
  assertEquals(panelsOf(TABLE, plans), 'Cannot draw plot.panels "z": expected one of x, who, seed, simulatedNs, note');
  assertEquals(
    panelsOf(TABLE, { ...PLAN, y: "note" }),
    'Cannot draw plot.y "note": it is "one, two", expected numbers',
  );
});

Deno.test("marks are round numbers around all values, and units follow the size", () => {
  assertEquals(ticks(0, 23.6, 6), [0, 5, 10, 15, 20, 25]);
  assertEquals(ticks(0, 0, 6).length >= 2, true);
  assertEquals(ticks(0.2, 0.91, 5), [0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  const ms = measureOf("simulatedNs", 3e6);
  assertEquals([ms.label, ms.text(2_500_000)], ["simulated, ms", "2.5"]);
  assertEquals(measureOf("setup-ns", 600_000).label, "setup, µs");
  assertEquals(measureOf("bytesPerSecond", 8e9).label, "bytesPerSecond, GB/s");
  const share = measureOf("utilisation", 0.9);
  assertEquals([share.label, share.text(0.125)], ["utilisation, %", "12.5"]);
  assertEquals(measureOf("transfers", 24).label, "transfers");
});

Deno.test("cells with commas and quotes are quoted, unknown ones are empty", () => {
  assertEquals(
    csv(TABLE),
    'x,who,seed,simulatedNs,note\n1,a,0,2000000,"one, two"\n1,a,1,4000000,"a ""word"""\n' +
      "3,a,0,8000000,\n1,<b>,0,1000000,\n",
  );
});
