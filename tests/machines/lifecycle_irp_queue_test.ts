/** The life of a queue: only interlocked routines, first in first out, and a visible answer when it is full. */

import { assertEquals } from "@std/assert";
import { irpQueueMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const INSERT = { type: "EX_INTERLOCKED_INSERT_TAIL_LIST" } as const;
const REMOVE = { type: "EX_INTERLOCKED_REMOVE_HEAD_LIST" } as const;
const queue = (capacity: number) => watch(irpQueueMachine, { capacity });

Deno.test("queue: it fills and empties, and remembers the most it held", () => {
  const life = queue(3).goes("occupied", INSERT, INSERT).goes("full", INSERT).goes("empty", REMOVE, REMOVE, REMOVE);
  assertEquals(life.context, { depth: 0, capacity: 3, depthPeak: 3 });
  life.goes("occupied", INSERT).goes("empty", REMOVE);
  assertEquals(life.context.depthPeak, 3);
});

Deno.test("queue: a remove from an empty one answers NULL and changes nothing", () => {
  assertEquals(queue(2).goes("empty", REMOVE, REMOVE).context.depth, 0);
});

Deno.test("queue: a full one refuses, visibly, and takes again as soon as there is room", () => {
  const life = queue(1).goes("full", INSERT).refuses("STATUS_INSUFFICIENT_RESOURCES", INSERT, "noMemory");
  life.goes("empty", REMOVE).goes("full", INSERT);
});

Deno.test("queue: an ordinary list routine on it is MixedListDiscipline, whatever its state [S2-19]", () => {
  for (const inserts of [0, 1, 2]) {
    const life = queue(2);
    for (let insert = 0; insert < inserts; insert++) life.send(INSERT);
    const before = [life.state, life.context.depth];
    life.breaks("MixedListDiscipline", { type: "INSERT_TAIL_LIST" });
    life.breaks("MixedListDiscipline", { type: "REMOVE_HEAD_LIST" });
    assertEquals([life.state, life.context.depth], before);
  }
});
