/** The rules about who may know whom, and about files that nobody reaches. */

import { assertEquals } from "@std/assert";
import { forbiddenImports, OUR_FOLDERS } from "../../tools/tidy/arrows.ts";
import { deadFiles, missingEntries, namedBy, strayFolders } from "../../tools/tidy/reach.ts";
import { readSource, type Source } from "../../tools/tidy/source.ts";

/** Whether a file at `path` may import this; by default in full, else as types only. */
function may(path: string, specifier: string, typeOnly = false): boolean {
  const text = `import ${typeOnly ? "type " : ""}{ a } from "${specifier}";`;
  return forbiddenImports(readSource(path, text)).length === 0;
}

function files(contents: Record<string, string>): Source[] {
  return Object.entries(contents).map(([path, text]) => readSource(path, text));
}

const paths = (findings: readonly { readonly path: string }[]): string[] => findings.map(({ path }) => path);

Deno.test("a chart imports xstate, and nothing else but types", () => {
  assertEquals(may("machines/irp.ts", "xstate"), true);
  assertEquals(may("machines/irp.ts", "./lifecycle.ts"), false);
  assertEquals(may("machines/irp.ts", "./lifecycle.ts", true), true);
  assertEquals(may("machines/irp.ts", "../sim/units.ts", true), false);
  assertEquals(may("machines/mod.ts", "./irp.ts"), true);
});

Deno.test("sim knows nobody above it", () => {
  assertEquals(may("sim/card/engine.ts", "../clock.ts"), true);
  assertEquals(may("sim/clock.ts", "../trace/event.ts"), true);
  assertEquals(may("sim/clock.ts", "../trace/rules.ts", true), false);
  assertEquals(may("sim/clock.ts", "../machines/irp.ts", true), false);
  assertEquals(may("sim/clock.ts", "../actors/system.ts", true), false);
  assertEquals(may("sim/clock.ts", "xstate"), false);
});

Deno.test("the fast path knows charts, and of the world its types and assertions", () => {
  assertEquals(may("fastpath/table.ts", "../machines/irp.ts"), true);
  assertEquals(may("fastpath/ring.ts", "../sim/assert.ts"), true);
  assertEquals(may("fastpath/ring.ts", "../sim/ports.ts", true), true);
  assertEquals(may("fastpath/ring.ts", "../sim/clock.ts"), false);
  assertEquals(may("fastpath/ring.ts", "../actors/system.ts", true), false);
});

Deno.test("actors know charts and the world; the scheduler sees of the card its registers only", () => {
  assertEquals(may("actors/system.ts", "../sim/card/card.ts"), true);
  assertEquals(may("actors/hal/mod.ts", "../../machines/mod.ts"), true);
  assertEquals(may("actors/system.ts", "../trace/event.ts"), true);
  assertEquals(may("actors/system.ts", "../trace/perfetto.ts"), false);
  assertEquals(may("actors/system.ts", "../examples/main.ts"), false);
  assertEquals(may("actors/scheduler/classic.ts", "../../sim/card/registers.ts"), true);
  assertEquals(may("actors/scheduler/classic.ts", "../../sim/kernel/dpc.ts"), true);
  assertEquals(may("actors/scheduler/classic.ts", "../../sim/card/engine.ts"), false);
  assertEquals(may("actors/scheduler/classic.ts", "../../sim/memory/iommu.ts"), false);
});

Deno.test("trace reads events and charts, its event type reads nothing", () => {
  assertEquals(may("trace/rules.ts", "../machines/mod.ts"), true);
  assertEquals(may("trace/rules.ts", "./event.ts"), true);
  assertEquals(may("trace/rules.ts", "../sim/clock.ts", true), false);
  assertEquals(may("trace/rules.ts", "../actors/system.ts", true), false);
  assertEquals(may("trace/event.ts", "../machines/rule.ts", true), false);
});

Deno.test("examples stand on what is public, and only they and the tools read arguments", () => {
  assertEquals(may("examples/burst.ts", "../mod.ts"), true);
  assertEquals(may("examples/burst.ts", "./report.ts"), true);
  assertEquals(may("examples/burst.ts", "../actors/system.ts"), false);
  assertEquals(may("examples/main.ts", "@std/cli/parse-args"), true);
  assertEquals(may("actors/system.ts", "@std/cli/parse-args"), false);
  assertEquals(may("sim/clock.ts", "@std/assert"), false);
});

Deno.test("packages are known by their names: no address, no version, no neighbour with a similar name", () => {
  assertEquals(may("tests/a_test.ts", "xstate/graph"), true);
  assertEquals(may("tests/a_test.ts", "npm:xstate@5"), false);
  assertEquals(may("tests/a_test.ts", "https://example.org/a.ts"), false);
  assertEquals(may("machines/irp.ts", "xstate-like"), false);
  assertEquals(may("std/assert/mod.ts", "deno-std/assert/mod.js"), true);
  assertEquals(may("std/testing/types.ts", "../assert/mod.ts"), false);
  assertEquals(may("elsewhere/a.ts", "../mod.ts"), false);
});

Deno.test("a file that no entry leads to is dead", () => {
  const sources = files({
    "mod.ts": 'export * from "./sim/mod.ts";',
    "sim/mod.ts": 'export * from "./clock.ts"; new URL("./worker.ts", import.meta.url);',
    "sim/clock.ts": "",
    "sim/worker.ts": "",
    "sim/forgotten.ts": 'import "./its_friend.ts";',
    "sim/its_friend.ts": "",
    "tests/sim/clock_test.ts": 'import "./rig.ts";',
    "tests/sim/rig.ts": "",
    "examples/burst.ts": "",
    "tools/seeds.ts": "",
    "README.md": "",
  });
  assertEquals(paths(deadFiles(sources, ["mod.ts", "tools/seeds.ts"])), ["sim/forgotten.ts", "sim/its_friend.ts"]);
});

Deno.test("entries are what deno.json exports and what its tasks start", () => {
  const manifest = {
    exports: { ".": "./mod.ts", "./sim": "./sim/mod.ts" },
    tasks: { ok: { command: "deno run --allow-read tools/ok.ts" }, test: "deno test --allow-read tests/a_test.ts" },
  };
  const entries = namedBy(manifest);
  assertEquals(entries, ["mod.ts", "sim/mod.ts", "tools/ok.ts", "tests/a_test.ts"]);
  assertEquals(namedBy({ exports: "./mod.ts" }, "std/assert/"), ["std/assert/mod.ts"]);
  const missing = missingEntries(files({ "mod.ts": "", "sim/mod.ts": "", "tools/ok.ts": "" }), entries);
  assertEquals(missing.map(({ what }) => what), ["tests/a_test.ts is named and not there"]);
});

Deno.test("a folder outside the plan is named", () => {
  assertEquals(paths(strayFolders(files({ "src/a.ts": "", "sim/a.ts": "", "mod.ts": "" }))), ["src/a.ts"]);
  assertEquals(OUR_FOLDERS.includes("sim"), true);
});
