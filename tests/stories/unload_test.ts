/** Seed 000: the bluescreen at unload, and the recipe that cures it. */

import { assert, assertEquals } from "@std/assert";
import { CallLogTracer, LogChecker, runRecipe } from "../../mod.ts";
import type { RecipeOptions, RecipeStep } from "../../mod.ts";
import { enact } from "../../examples/disaster.ts";
import { UNWATCHED } from "../../examples/recording.ts";
import { printed, seen } from "./teller.ts";

function rulesOf(options: RecipeOptions): string[] {
  return runRecipe({ engine: "table", ...options }).findings.map(({ rule }) => rule);
}

const CASES:
  readonly (readonly [leaveOut: readonly RecipeStep[], form: "call" | "routine", rules: readonly string[]])[] = [
    [[], "call", []],
    [[], "routine", []],
    [["PutScatterGatherList"], "call", ["PutAdapterWithSgl"]],
    [["PutScatterGatherList"], "routine", ["PutAdapterWithSgl"]],
    [["FreeAdapterObject"], "call", ["PutAdapterWithChannel"]],
    // With a routine the channel is released by itself: there is no call to forget.
    [["FreeAdapterObject"], "routine", []],
    [["FreeAdapterObject", "PutScatterGatherList"], "call", ["PutAdapterWithSgl", "PutAdapterWithChannel"]],
  ];

for (const [leaveOut, form, rules] of CASES) {
  const left = leaveOut.join(" and ") || "nothing";
  Deno.test(`unload: ${left} left out of the form with a ${form} is ${rules.join(", ") || "clean"} [S0-2, S0-3, S0-4]`, () => {
    for (const iommu of [false, true]) assertEquals(rulesOf({ leaveOut, form, iommu }), rules);
  });
}

Deno.test("unload: every byte arrives in the transfers whose lists are never put, which is why nobody notices [S0-2]", () => {
  const { intact, listsLeft } = runRecipe({ leaveOut: ["PutScatterGatherList"], transferCount: 5 });
  assertEquals([intact, listsLeft], [true, 5]);
});

Deno.test("unload: the channel that is not freed refuses the second Build", () => {
  const { statuses } = runRecipe({ leaveOut: ["FreeAdapterObject"], transferCount: 2 });
  assertEquals(statuses[0], "STATUS_SUCCESS");
  assert(statuses[1] !== "STATUS_SUCCESS");
});

Deno.test("unload: the log of the leaking driver leads to PutDmaAdapter, and back to the first list that was built [S0-2]", () => {
  let log = "";
  const trace = new CallLogTracer((piece) => log += piece);
  runRecipe({ leaveOut: ["PutScatterGatherList"], transferCount: 2, trace });
  trace.end();
  const checker = new LogChecker();
  checker.push(new TextEncoder().encode(log));
  const { findings } = checker.finish();
  const lines = log.split("\n");
  const [finding] = findings;
  assertEquals([findings.length, finding!.rule, finding!.verifier], [1, "PutAdapterWithSgl", "0x0A"]);
  assert(lines[finding!.line - 1]!.includes('"PutDmaAdapter"'));
  assert(lines[finding!.since! - 1]!.includes('"BuildScatterGatherListEx"'));
});

Deno.test("unload: the story shows finding, stop code, cure and cured run, for people and for scripts [S0-2, S0-16]", async () => {
  const { status, out } = await seen(["unload", "--engine", "table"]);
  assertEquals(status, 0);
  for (
    const words of [
      "error PutAdapterWithSgl (0xE6/0x0A",
      "error PutAdapterWithChannel (0xE6/0x08",
      "STOP 0xE6 DRIVER_VERIFIER_DMA_VIOLATION",
      "unload-cured.jsonl: ",
      ", clean",
    ]
  ) assert(out.includes(words), `not said: ${words}`);
  const { rows } = await printed(["unload", "--engine", "table"]);
  assertEquals(rows.map(({ rules }) => rules), [
    ["PutAdapterWithSgl"],
    ["PutAdapterWithChannel", "PutAdapterWithSgl"],
    ["PutAdapterWithSgl"],
    [],
    [],
  ]);
  assertEquals(rows.map(({ stopCode }) => stopCode), ["0xE6", "0xE6", "0xE6", null, null]);
});

Deno.test("a disaster that goes otherwise than it says is a failure: another rule, another stop code, none at all", () => {
  const failures = (breaks: Parameters<typeof enact>[2]["breaks"], stops?: string): readonly string[] =>
    enact(UNWATCHED, { engine: "table" }, {
      name: "test",
      breaks,
      ...(stops === undefined ? {} : { stops }),
      run: (world) => runRecipe({ ...world, leaveOut: ["PutScatterGatherList"] }),
    }).failures;
  assertEquals(failures(["PutAdapterWithSgl"], "0xE6"), []);
  assertEquals(failures(["SglDoublePut"], "0xE6"), [
    "test: the simulator names PutAdapterWithSgl, expected SglDoublePut",
  ]);
  assertEquals(failures(["PutAdapterWithSgl"]), ["test: stops with 0xE6, expected nothing"]);
  assertEquals(failures([]).length, 3);
});

Deno.test("a disaster of which the checker says less than the simulator is a failure", () => {
  const { failures } = enact(UNWATCHED, {}, {
    name: "test",
    breaks: ["PutAdapterWithSgl"],
    stops: "0xE6",
    // A log that nobody writes.
    run: ({ trace: _, ...world }) => runRecipe({ ...world, leaveOut: ["PutScatterGatherList"] }),
  });
  assertEquals(failures, ["test: the checker names nothing, expected PutAdapterWithSgl"]);
});
