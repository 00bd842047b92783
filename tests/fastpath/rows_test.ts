/** Charts and the rows compiled from them tell the same story. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { setup } from "xstate";
import { ChartLives } from "../../actors/chart_lives.ts";
import { FindingLog } from "../../actors/findings.ts";
import { TableLives } from "../../actors/table_lives.ts";
import { compileRows, UncompilableChart } from "../../fastpath/rows.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import * as machines from "../../machines/mod.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { Prng } from "../../sim/prng.ts";
import { Recorder } from "../../trace/event.ts";

const CHARTS: Readonly<Record<string, AnyLifecycle>> = Object.fromEntries(
  Object.entries(machines).filter(([name]) => name.endsWith("Machine")),
) as unknown as Record<string, AnyLifecycle>;

/** Inputs and event payloads that reach every guard. */
const INPUTS: Readonly<Record<string, unknown>> = {
  dmaAdapter: { numberOfMapRegisters: 17 },
  mapRegisterPool: { size: 20 },
  commonBufferVector: { count: 3 },
  irpQueue: { capacity: 3 },
  emergencyReserve: { maximumLengthBytes: 4096 },
};

function payload(prng: Prng): Record<string, unknown> {
  return {
    registers: prng.pick([1, 17, 18]),
    synchronous: prng.chance(0.5),
    withRoutine: prng.chance(0.5),
    registersAvailable: prng.chance(0.7),
    memoryAvailable: prng.chance(0.8),
    form: prng.pick(["list", "channel"]),
    action: prng.pick(["KeepObject", "DeallocateObject", "DeallocateObjectKeepRegisters"]),
    count: prng.pick([1, 5, 20, 21]),
    mappings: prng.pick([0, 1, 2]),
    index: prng.pick([-1, 0, 1, 2, 3]),
    sameLength: prng.chance(0.8),
    sameAddresses: prng.chance(0.8),
    sameCacheType: prng.chance(0.7),
    lengthBytes: prng.pick([1, 4096, 4097]),
  };
}

function tell(engine: "chart" | "table", chart: AnyLifecycle, events: readonly { type: string }[]): string {
  const clock = new VirtualClock();
  const trace = new Recorder();
  const telling = { clock, trace, findings: new FindingLog(clock, trace) };
  const lives = engine === "chart" ? new ChartLives(telling) : new TableLives(telling);
  const life = lives.create(chart, "it", INPUTS[chart.id]);
  const lines = events.map((event) => {
    const verdict = life.send(event);
    return JSON.stringify([event.type, life.state, life.context, verdict]);
  });
  lives.release(life);
  return lines.join("\n") + trace.toJsonLines();
}

for (const [name, chart] of Object.entries(CHARTS)) {
  Deno.test(`${name} as actor and as rows agree on 3000 random events: state, context, verdict, trace`, () => {
    const prng = new Prng(name);
    const names = [...compileRows(chart).events, "NO_SUCH_EVENT"];
    for (let run = 0; run < 60; run++) {
      const events = Array.from({ length: 50 }, () => ({ type: prng.pick(names), ...payload(prng) }));
      assertEquals(tell("table", chart, events), tell("chart", chart, events));
    }
  });
}

Deno.test("every chart of the machines room is compared", () => {
  assert(Object.keys(CHARTS).length >= 13, Object.keys(CHARTS).join(" "));
});

Deno.test("a chart with a timer is refused by name", () => {
  const chart = setup({}).createMachine({ id: "slow", initial: "a", states: { a: { after: { 10: "b" } }, b: {} } });
  assertThrows(() => compileRows(chart as unknown as AnyLifecycle), UncompilableChart, "slow: a has `after`");
});

Deno.test("a chart that invokes an actor is refused by name", () => {
  const chart = setup({}).createMachine(
    { id: "caller", initial: "a", states: { a: { invoke: { src: "x" } } } } as never,
  );
  assertThrows(() => compileRows(chart as unknown as AnyLifecycle), UncompilableChart, "caller: a has `invoke`");
});

Deno.test("a chart with an action that is neither note nor assignment is refused by name", () => {
  const chart = setup({ actions: { log: () => {} } }).createMachine({
    id: "chatty",
    initial: "a",
    states: { a: { on: { GO: { actions: "log" } } } },
  });
  assertThrows(() => compileRows(chart as unknown as AnyLifecycle), UncompilableChart, "action log");
});
