/** Joint tables say exactly what their two charts say, one step after the other. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { EVENT_BITS, joinTables, jointRow, ROW_MASK, statesOfRow, VERDICT_SHIFT } from "../../fastpath/joint_table.ts";
import type { JointEvent } from "../../fastpath/joint_table.ts";
import { REQUEST_EVENTS } from "../../fastpath/lives.ts";
import { compileTable, eventIndex } from "../../fastpath/table.ts";
import type { FlatTable } from "../../fastpath/table.ts";
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
  const irp = compileTable(irpMachine);
  const engine = compileTable(deviceChannelMachine);
  const none = { name: "NOTHING", steps: [] };
  const events = Array.from({ length: (1 << EVENT_BITS) + 1 }, () => none);
  assertThrows(() => joinTables(irp, engine, events), RangeError, "Cannot join irp and deviceChannel: 65 states");
});

/** A chart of so many states, flat, that says something else in each of them. */
function talkative(id: string, stateCount: number): FlatTable {
  const numbers = Array.from({ length: stateCount }, (_, at) => at);
  return {
    ...{ id, stateCount, eventCount: 1, events: ["SAY"], initial: 0 },
    states: numbers.map((at) => `s${at}`),
    next: new Uint8Array(numbers.map((at) => (at + 1) % stateCount)),
    verdict: new Uint8Array(numbers.map((at) => at + 1)),
    notes: [[], ...numbers.map((at) => [{ type: "misuse", rule: `${id}${at}` } as unknown as LifecycleNote])],
  };
}

Deno.test("a joint table that says too much for an entry is refused: its last verdicts would look legal", () => {
  const [first, second] = [talkative("a", 64), talkative("b", 64)];
  const say = { first: "SAY", second: "SAY" };
  const events = (count: number): JointEvent[] =>
    Array.from({ length: count }, (_, at) => ({ name: `${at}`, steps: Array.from({ length: at + 1 }, () => say) }));
  const { next } = joinTables(first, second, events(7));
  assert(next.every((entry) => entry >= 0));
  assertThrows(() => joinTables(first, second, events(8)), RangeError, "Cannot join a and b: they say 32768 different");
});
