/** The first misuse is told whole: what was said, and to whom. */
import { assertEquals } from "@std/assert";
import { refuse } from "../../fastpath/7_complete.ts";
import { INVALID } from "../../fastpath/2_validate.ts";
import { EVENT_REFUSE } from "../../fastpath/lives.ts";
import { VERDICT_SHIFT } from "../../fastpath/joint_table.ts";
import type { JointTable } from "../../fastpath/joint_table.ts";
import { engineMisused, misused, misuseOf, refusalMisused } from "../../fastpath/misuse.ts";
import type { PathMisuse } from "../../fastpath/misuse.ts";
import { lives, makeMemory } from "./fixture.ts";

const entryOf = (verdict: number, row: number): number => (verdict << VERDICT_SHIFT) | row;
const verdicts = ({ notes }: JointTable): number[] => notes.flatMap((_, verdict) => verdict === 0 ? [] : [verdict]);

Deno.test("every verdict of request and engine is told, with the first and the last of whom it can be about", () => {
  const sizes = { channelCount: 64, slotCount: 1 << 12, descriptorsPerSlot: 1 };
  const memory = makeMemory(sizes);
  const told = (): PathMisuse | null => {
    const misuse = misuseOf(memory, lives);
    memory.header.fill(0, 16);
    return misuse;
  };
  for (const verdict of verdicts(lives.request)) {
    const notes = lives.request.notes[verdict]!;
    for (const [channel, slot] of [[0, 0], [63, memory.slotMask]] as const) {
      assertEquals(misused(memory, slot, entryOf(verdict, 5)), 5);
      assertEquals(told(), { count: 1, channel, subject: "request", slot, notes });
      refusalMisused(memory, channel, entryOf(verdict, 5));
      assertEquals(told(), { count: 1, channel, subject: "request", slot: null, notes });
    }
  }
  for (const verdict of verdicts(lives.channel)) {
    for (const channel of [0, 63]) {
      engineMisused(memory, channel, entryOf(verdict, 0));
      assertEquals(told(), { count: 1, channel, subject: "engine", slot: null, notes: lives.channel.notes[verdict]! });
    }
  }
});

Deno.test("a reader who comes at any moment gets verdict and subject of the same misuse", () => {
  const memory = makeMemory();
  const { load, add, compareExchange } = Atomics;
  const seen: (PathMisuse | null)[] = [];
  const thenLook =
    (operation: (array: Int32Array, index: number, ...values: number[]) => number) =>
    (array: Int32Array, index: number, ...values: number[]): number => {
      const answer = operation(array, index, ...values);
      Object.assign(Atomics, { add, compareExchange });
      // Somebody else breaks a rule completely in between, and somebody reads.
      if (seen.length === 0) misused(memory, 3, entryOf(1, 0));
      seen.push(misuseOf(memory, lives));
      watch();
      return answer;
    };
  const watch = (): void => {
    Object.assign(Atomics, { add: thenLook(add as never), compareExchange: thenLook(compareExchange as never) });
  };
  watch();
  try {
    engineMisused(memory, 1, entryOf(1, 0));
  } finally {
    Object.assign(Atomics, { load, add, compareExchange });
  }
  assertEquals(seen.map((misuse) => [misuse?.subject, misuse?.channel, misuse?.notes]), [
    ["engine", 1, lives.channel.notes[1]],
    ["engine", 1, lives.channel.notes[1]],
  ]);
  assertEquals(misuseOf(memory, lives)?.count, 2);
});

Deno.test("a refusal that the charts do not allow is named with its channel and blames no slot", () => {
  const memory = makeMemory();
  memory.requestTable[memory.arrivedRow | EVENT_REFUSE] = entryOf(1, memory.freeRow);
  refuse(memory, 1, 4, INVALID);
  const notes = lives.request.notes[1]!;
  assertEquals(misuseOf(memory, lives), { count: 1, channel: 1, subject: "request", slot: null, notes });
});
