/** Events that are made once: to a life they are events like any other. */
import { assert, assertEquals } from "@std/assert";
import { FindingLog } from "../../actors/findings.ts";
import { EVENT_BITS, lasting } from "../../actors/lasting_event.ts";
import type { ChartOf } from "../../actors/life.ts";
import { TableLives } from "../../actors/table_lives.ts";
import { compileRows } from "../../fastpath/rows.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import { dmaAdapterMachine, irpMachine, irpQueueMachine, mdlMachine } from "../../machines/mod.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { Prng } from "../../sim/prng.ts";
import { SILENT } from "../../trace/event.ts";

const CHARTS: readonly (readonly [AnyLifecycle, unknown])[] = [
  [irpMachine, {}],
  [mdlMachine, {}],
  [irpQueueMachine, { capacity: 3 }],
  [dmaAdapterMachine, { numberOfMapRegisters: 17 }],
];

type Sent = { readonly type: string };

/** Sends events to two lives of one world in turn, so that the second finds what the first left in the table. */
function tell(chart: AnyLifecycle, input: unknown, events: readonly Sent[]): string[] {
  const clock = new VirtualClock();
  const lives = new TableLives({ clock, trace: SILENT, findings: new FindingLog(clock, SILENT) });
  const pair = [0, 1].map((number) =>
    lives.create(chart as ChartOf<never, Sent, unknown>, "it", input, "transient", number)
  );
  return events.map((event) =>
    JSON.stringify(pair.map((life) => [life.name, life.send(event), life.state, life.context]))
  );
}

for (const [chart, input] of CHARTS) {
  Deno.test(`${chart.id}: lasting events do what the same events made anew do, from every state that comes by`, () => {
    const prng = new Prng(chart.id);
    const names = [...compileRows(chart).events, "NO_SUCH_EVENT"];
    const made = new Map(names.map((name) => [name, lasting(name)]));
    for (let run = 0; run < 40; run++) {
      const types = Array.from({ length: 40 }, () => prng.pick(names));
      const anew = tell(chart, input, types.map((type) => ({ type })));
      assertEquals(tell(chart, input, types.map((type) => made.get(type)!)), anew);
    }
  });
}

Deno.test("a lasting event shows nothing but its name", () => {
  assertEquals(JSON.stringify(lasting("MAP")), '{"type":"MAP"}');
  assertEquals(Object.keys(lasting("MAP")), ["type"]);
});

Deno.test("the same name has the same number, and numbers fit the columns of a table", () => {
  assertEquals(lasting("MAP").number, lasting("MAP").number);
  assert(lasting("MAP").number !== lasting("PUT").number);
  assert(lasting("PUT").number < 1 << EVENT_BITS);
});
