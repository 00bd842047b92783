/** Joint tables say exactly what their two charts say, one step after the other. */
import { assertEquals, assertThrows } from "@std/assert";
import { EVENT_BITS, joinTables, jointRow, ROW_MASK, statesOfRow, VERDICT_SHIFT } from "../../fastpath/joint_table.ts";
import { REQUEST_EVENTS } from "../../fastpath/lives.ts";
import { compileTable, eventIndex } from "../../fastpath/table.ts";
import type { FlatTable } from "../../fastpath/table.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import { deviceChannelMachine, irpMachine } from "../../machines/mod.ts";
import type { LifecycleNote } from "../../machines/mod.ts";
import { lives } from "./fixture.ts";

function walk(table: FlatTable, state: number, event: string | null, said: LifecycleNote[]): number {
  if (event === null) return state;
  const at = state * table.eventCount + eventIndex(table, event);
  said.push(...table.notes[table.verdict[at]!]!);
  return table.next[at]!;
}

Deno.test("every entry of the request's joint table is what both flat tables say, step by step", () => {
  const { request: table } = lives;
  for (let first = 0; first < table.first.stateCount; first++) {
    for (let second = 0; second < table.second.stateCount; second++) {
      REQUEST_EVENTS.forEach(({ steps }, event) => {
        const said: LifecycleNote[] = [];
        let [a, b] = [first, second];
        for (const step of steps) {
          a = walk(table.first, a, step.first, said);
          b = walk(table.second, b, step.second, said);
        }
        const entry = table.next[jointRow(table, first, second) | event]!;
        assertEquals(statesOfRow(table, entry & ROW_MASK), [table.first.states[a]!, table.second.states[b]!]);
        assertEquals(table.notes[entry >>> VERDICT_SHIFT], said);
      });
    }
  }
});

Deno.test("a request that finishes while its device works is named by both charts, the first rule leading", () => {
  const { request: table } = lives;
  const inDevice = table.first.states.indexOf("inDevice");
  const owned = table.second.states.indexOf("deviceOwned");
  const finish = REQUEST_EVENTS.findIndex(({ name }) => name === "FINISH");
  const entry = table.next[jointRow(table, inDevice, owned) | finish]!;
  assertEquals(table.notes[entry >>> VERDICT_SHIFT]!.map((note) => note.type === "misuse" ? note.rule : note.status), [
    "PutWhileDeviceActive",
    "PutWhileDeviceActive",
  ]);
});

Deno.test("tables that are too large to join say how large they are", () => {
  const irp = compileTable(irpMachine as unknown as AnyLifecycle);
  const engine = compileTable(deviceChannelMachine as unknown as AnyLifecycle);
  const none = { name: "NOTHING", steps: [] };
  const events = Array.from({ length: (1 << EVENT_BITS) + 1 }, () => none);
  assertThrows(() => joinTables(irp, engine, events), RangeError, "Cannot join irp and deviceChannel: 65 states");
});
