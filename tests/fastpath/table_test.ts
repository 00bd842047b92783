/** Flat tables agree with XState on every (state, event), and charts that cannot be flat say why. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { assign, createActor, createMachine, emit, enqueueActions, setup, transition } from "xstate";
import { UncompilableChart } from "../../fastpath/rows.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import { compileTable, eventIndex, stateIndex } from "../../fastpath/table.ts";
import {
  deviceChannelMachine,
  irpMachine,
  scatterGatherListMachine,
  transferContextMachine,
} from "../../machines/mod.ts";
import { dmaAdapterMachine, irpQueueMachine, mdlMachine } from "../../machines/mod.ts";
import type { LifecycleNote } from "../../machines/mod.ts";
import { flatCharts } from "../../tools/bench/flat_charts.ts";

const FLAT = flatCharts().map(([, chart]) => chart);

Deno.test("request, list, transfer context and engine are among the charts that compile", () => {
  for (const chart of [irpMachine, scatterGatherListMachine, transferContextMachine, deviceChannelMachine]) {
    assert(FLAT.includes(chart), chart.id);
  }
});

for (const chart of FLAT) {
  Deno.test(`every (state, event) of the flat table of ${chart.id} is what XState's own transition says`, () => {
    const table = compileTable(chart);
    const fresh = createActor(chart).getSnapshot();
    for (let state = 0; state < table.stateCount; state++) {
      const snapshot = chart.resolveState({ value: table.states[state]!, context: fresh.context } as never);
      for (let event = 0; event < table.eventCount; event++) {
        const [after, actions] = transition(chart, snapshot, { type: table.events[event]! } as never);
        const at = state * table.eventCount + event;
        assertEquals(table.states[table.next[at]!], after.value);
        const said = (actions as readonly { type: string; params: unknown }[]).filter(({ type }) =>
          type === "xstate.emit"
        )
          .map(({ params }) => (params as { event: LifecycleNote }).event);
        assertEquals(table.notes[table.verdict[at]!], said);
      }
    }
  });
}

Deno.test("an event that is illegal leads to the rule that the chart names", () => {
  const table = compileTable(scatterGatherListMachine);
  const at = stateIndex(table, "deviceOwned") * table.eventCount + eventIndex(table, "PUT_SCATTER_GATHER_LIST");
  assertEquals(table.notes[table.verdict[at]!], [{ type: "misuse", rule: "PutWhileDeviceActive" }]);
});

Deno.test("a chart that asks its context is refused with the state, the event and the guard", () => {
  const flatten = (chart: AnyLifecycle) => () => compileTable(chart);
  assertThrows(
    flatten(dmaAdapterMachine),
    UncompilableChart,
    "live.free on BUILD_SCATTER_GATHER_LIST asks",
  );
  assertThrows(flatten(irpQueueMachine), UncompilableChart, "empty on EX_INTERLOCKED_INSERT_TAIL_LIST asks fillsUp");
  assertThrows(flatten(mdlMachine), UncompilableChart, "asks");
});

Deno.test("a chart that changes its context, or says what depends on it, is refused with which of the two it does", () => {
  const flatten = (action: "count" | "name") => () =>
    compileTable(
      setup({
        types: { context: {} as { n: number } },
        actions: {
          count: assign({ n: ({ context }) => context.n + 1 }),
          name: enqueueActions(({ context, enqueue }) => {
            if (context.n > 0) enqueue.emit({ type: "misuse", rule: "SglLeak" } as never);
          }),
        },
      }).createMachine({
        id: "mine",
        context: { n: 0 },
        initial: "a",
        states: { a: { on: { GO: { actions: action } } } },
      }),
    );
  assertThrows(flatten("count"), UncompilableChart, "Cannot flatten chart mine: a on GO changes its context");
  assertThrows(flatten("name"), UncompilableChart, "a on GO says what depends on its context");
});

/** A chart of so many states in a ring, each of which names a rule of its own when it is asked to. */
function ring(stateCount: number, ruleCount: number): AnyLifecycle {
  const states = Array.from({ length: stateCount }, (_, at) => {
    const NEXT = { target: `s${(at + 1) % stateCount}` };
    const NAME = at < ruleCount ? { actions: { type: "misuse", params: { rule: `R${at}` } } } : {};
    return [`s${at}`, { on: { NEXT, NAME } }];
  });
  const misuse = emit((_: unknown, params: object) => ({ type: "misuse", ...params }));
  const config = { id: "ring", initial: "s0", states: Object.fromEntries(states) };
  return createMachine(config as never, { actions: { misuse } } as never) as AnyLifecycle;
}

Deno.test("a table holds 256 states and 255 verdicts, the last of them right; one more is refused with its number", () => {
  const { states, events, eventCount, next, verdict, notes } = compileTable(ring(256, 255));
  const at = (state: string, event: string): number => states.indexOf(state) * eventCount + events.indexOf(event);
  assertEquals(states[next[at("s254", "NEXT")]!], "s255");
  assertEquals(notes[verdict[at("s254", "NAME")]!], [{ type: "misuse", rule: "R254" }] as unknown);
  assertEquals(notes[verdict[at("s255", "NAME")]!], []);
  assertThrows(() => compileTable(ring(257, 0)), UncompilableChart, "Cannot flatten chart ring: it has 257 states");
  assertThrows(() => compileTable(ring(256, 256)), UncompilableChart, "ring: it says 256 different things");
});

Deno.test("a chart of one's own compiles as it is, whatever its events, states and tags are called", () => {
  const mine = setup({ types: { events: {} as { type: "GO" }, tags: {} as "on" } }).createMachine({
    id: "mine",
    initial: "off",
    states: { off: { on: { GO: "lit" } }, lit: { tags: ["on"], on: { GO: { target: "off" } } } },
  });
  assertEquals(compileTable(mine).states, ["off", "lit"]);
  assertEquals([...compileTable(mine).next], [1, 0]);
});

Deno.test("an unknown state or event name is a RangeError that names the chart", () => {
  const table = compileTable(irpMachine);
  assertThrows(() => stateIndex(table, "flying"), RangeError, "Chart irp has no state flying");
  assertThrows(() => eventIndex(table, "FLY"), RangeError, "Chart irp has no event FLY");
});
