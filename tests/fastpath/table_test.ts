/** Flat tables agree with XState on every (state, event), and charts that cannot be flat say why. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createActor, StateMachine, transition } from "xstate";
import { UncompilableChart } from "../../fastpath/rows.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import { compileTable, eventIndex, stateIndex } from "../../fastpath/table.ts";
import * as machines from "../../machines/mod.ts";
import {
  deviceChannelMachine,
  irpMachine,
  scatterGatherListMachine,
  transferContextMachine,
} from "../../machines/mod.ts";
import { dmaAdapterMachine, irpQueueMachine, mdlMachine } from "../../machines/mod.ts";
import type { LifecycleNote } from "../../machines/mod.ts";

/** Whatever of the charts compiles. */
const FLAT: readonly AnyLifecycle[] = (Object.values(machines) as unknown[]).filter(isFlat);

function isFlat(chart: unknown): chart is AnyLifecycle {
  if (!(chart instanceof StateMachine)) return false;
  try {
    compileTable(chart as unknown as AnyLifecycle);
    return true;
  } catch (error) {
    if (error instanceof UncompilableChart) return false;
    throw error;
  }
}

Deno.test("request, list, transfer context and engine are among the charts that compile", () => {
  for (const chart of [irpMachine, scatterGatherListMachine, transferContextMachine, deviceChannelMachine]) {
    assert(FLAT.includes(chart as unknown as AnyLifecycle), chart.id);
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
  const table = compileTable(scatterGatherListMachine as unknown as AnyLifecycle);
  const at = stateIndex(table, "deviceOwned") * table.eventCount + eventIndex(table, "PUT_SCATTER_GATHER_LIST");
  assertEquals(table.notes[table.verdict[at]!], [{ type: "misuse", rule: "PutWhileDeviceActive" }]);
});

Deno.test("a chart that asks its context is refused with the state, the event and the guard", () => {
  const flatten = (chart: unknown) => () => compileTable(chart as AnyLifecycle);
  assertThrows(
    flatten(dmaAdapterMachine),
    UncompilableChart,
    "live.free on BUILD_SCATTER_GATHER_LIST asks",
  );
  assertThrows(flatten(irpQueueMachine), UncompilableChart, "empty on EX_INTERLOCKED_INSERT_TAIL_LIST asks fillsUp");
  assertThrows(flatten(mdlMachine), UncompilableChart, "asks");
});

Deno.test("an unknown state or event name is a RangeError that names the chart", () => {
  const table = compileTable(irpMachine as unknown as AnyLifecycle);
  assertThrows(() => stateIndex(table, "flying"), RangeError, "Chart irp has no state flying");
  assertThrows(() => eventIndex(table, "FLY"), RangeError, "Chart irp has no event FLY");
});
