/** Charts as data and text: what is exported says what runs, and the page of lifecycles is current. */
import { assert, assertEquals } from "@std/assert";
import { createMachine } from "xstate";
import { Recorder } from "../../trace/event.ts";
import { runRoundTrip } from "../../actors/mod.ts";
import * as machines from "../../machines/mod.ts";
import { chartGraph, leafOf } from "../../trace/charts/chart_graph.ts";
import { chartOfActor } from "../../trace/charts/chart_of_actor.ts";
import { configJson } from "../../trace/charts/config_json.ts";
import { lifecyclesPage } from "../../trace/charts/lifecycles_page.ts";
import { CHARTS } from "../../trace/charts/list.ts";
import { mermaid } from "../../trace/charts/mermaid.ts";

const ROOT = new URL("../../", import.meta.url);

function chart(name: string): ReturnType<typeof chartGraph> {
  const found = CHARTS.find((each) => each.name === name);
  assert(found !== undefined, `no chart ${name}`);
  return chartGraph(found.machine);
}

Deno.test("every chart of the room is in the list once, under the name of its file", () => {
  const exported = Object.entries(machines).filter(([name]) => name.endsWith("Machine")).map(([, machine]) => machine);
  assertEquals(new Set<unknown>(CHARTS.map(({ machine }) => machine)), new Set<unknown>(exported));
  assertEquals(CHARTS.length, exported.length);
  for (const { name, machine } of CHARTS) {
    const text = Deno.readTextFileSync(new URL(`machines/${name}.ts`, ROOT));
    assert(text.includes(`id: "${machine.id}"`), `machines/${name}.ts does not hold ${machine.id}`);
  }
});

for (const { name, machine } of CHARTS) {
  Deno.test(`the JSON of ${name} makes the same chart again, as Stately would import it`, () => {
    assertEquals(chartGraph(createMachine(JSON.parse(configJson(machine)))), chartGraph(machine));
  });

  Deno.test(`the diagram of ${name} has every state and every move once, and nothing else`, () => {
    const graph = chartGraph(machine);
    const lines = mermaid(graph).split("\n").map((line) => line.trim());
    assertEquals(lines[0], "stateDiagram-v2");
    const identifiers = graph.states.map(({ path }) => path.replaceAll(".", "_"));
    for (const identifier of identifiers) {
      const declared = lines.filter((line) =>
        line === identifier || line.startsWith(`${identifier} : `) || line.endsWith(` as ${identifier} {`)
      );
      assertEquals(declared.length, 1, identifier);
    }
    const arrows = lines.filter((line) => line.includes(" --> ") && line.includes(" : "));
    const labels: string[] = [];
    for (const arrow of arrows) {
      const [, from = "", to = "", label = ""] = arrow.match(/^(\w+) --> (\w+) : (.+)$/) ?? [];
      assert(from === "any" || identifiers.includes(from), arrow);
      assert(identifiers.includes(to), arrow);
      labels.push(...label.split("<br/>").map((text) => text.split(/[ ]/)[0] ?? ""));
    }
    const moves = new Set(graph.edges.filter(({ to }) => to !== "").map(({ event }) => event));
    assertEquals(new Set(labels), moves);
    assertEquals(lines.filter((line) => line.endsWith("{")).length, lines.filter((line) => line === "}").length);
  });
}

Deno.test("the graph of a list knows its misuse, its tags and where it begins", () => {
  const graph = chart("scatter_gather_list");
  assertEquals(graph.initial, "empty");
  const put = graph.edges.find(({ from, event }) => from === "deviceOwned" && event === "PUT_SCATTER_GATHER_LIST");
  assertEquals([put?.to, put?.rules], ["put", ["PutWhileDeviceActive"]]);
  const owned = graph.states.find(({ path }) => path === "deviceOwned");
  assertEquals([...owned?.tags ?? []].sort(), ["deviceOwned", "live"]);
});

Deno.test("entering a group comes to rest in its first state, and moves of the whole chart start anywhere", () => {
  assertEquals(leafOf(chart("dma_adapter"), "live"), "live.free");
  const text = mermaid(chart("device_channel"));
  assert(text.includes("    any --> lost : ALL_ONES\n"), text);
  assert(mermaid(chart("dma_adapter")).includes("PUT_DMA_ADAPTER [nothingLeft] from free"));
});

Deno.test("a refusal says its status and reason", () => {
  const refusals = chart("dma_adapter").edges.map(({ refusal }) => refusal).filter((refusal) => refusal !== "");
  assert(refusals.includes("STATUS_INSUFFICIENT_RESOURCES (poolExhausted)"));
  assert(refusals.includes("STATUS_PENDING"));
});

Deno.test("every actor of a run lives by a chart that has its states", () => {
  const recorder = new Recorder();
  runRoundTrip({ bytes: new Uint8Array(60_000), strategy: "classic", trace: recorder, engine: "table" });
  const kinds = new Set<string>();
  for (const event of recorder.events) {
    if (event.kind !== "state") continue;
    const found = chartOfActor(event.actor);
    assert(found !== undefined, `${event.actor} has no chart`);
    kinds.add(found.name);
    const graph = chartGraph(found.machine);
    for (const state of [event.from, event.to]) {
      assert(graph.states.some(({ path }) => path === state), `${event.actor} is in ${state}`);
    }
  }
  assert(
    kinds.has("adapter_channel") && kinds.has("irp") && kinds.has("irp_queue") && kinds.size >= 8,
    [...kinds].join(),
  );
  assertEquals(chartOfActor("adapter:0.foreign")?.name, "common_buffer");
  assertEquals(chartOfActor("nobody:1"), undefined);
});

Deno.test("docs/lifecycles.md is what the charts say; deno task charts --docs writes it again", () => {
  assertEquals(Deno.readTextFileSync(new URL("docs/lifecycles.md", ROOT)), lifecyclesPage(CHARTS));
});
