/** Request queues that ISR, DPC and dispatch routines share. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { EMPTY_LIST, InterlockedList } from "../../actors/kernel/mod.ts";
import { calls, ENGINES, kernelWorld, rules } from "./world.ts";

for (const engine of ENGINES) {
  Deno.test(`an ordinary list routine on a shared queue is named, and still moves (${engine}) [S2-19]`, () => {
    const world = kernelWorld({ engine });
    const list = new InterlockedList("irpQueue:work:h2c0", 4, world);
    list.exInterlockedInsertTailList(1);
    assertEquals(rules(world), []);
    assert(list.insertTailList(2));
    assertEquals([list.removeHeadList(), list.exInterlockedRemoveHeadList()], [1, 2]);
    assertEquals(rules(world), ["MixedListDiscipline", "MixedListDiscipline"]);
    assertEquals([list.depth, list.life.context.depth, list.life.context.depthPeak], [0, 0, 2]);
  });
}

Deno.test("interlocked routines are legal at every level, the ISR's too [S2-19]", () => {
  const world = kernelWorld();
  const list = new InterlockedList("irpQueue:ready:c2h1", 4, world);
  for (const level of [0, 1, 2, 3] as const) {
    world.irql.run(level, 0, (irp) => void list.exInterlockedInsertTailList(irp), level);
    world.irql.run(level, 0, () => void list.exInterlockedRemoveHeadList(), 0);
  }
  assertEquals(rules(world), []);
});

Deno.test("a full queue says so and takes nothing; an empty one answers NULL", () => {
  const world = kernelWorld();
  const list = new InterlockedList("irpQueue:work:h2c1", 2, world);
  assertEquals(list.exInterlockedRemoveHeadList(), EMPTY_LIST);
  assertEquals([1, 2, 3].map((irp) => list.exInterlockedInsertTailList(irp)), [true, true, false]);
  assertEquals([list.life.state, list.first, list.depth], ["full", 1, 2]);
  assertEquals([1, 2, 3].map(() => list.exInterlockedRemoveHeadList()), [1, 2, EMPTY_LIST]);
  assertEquals(rules(world), []);
});

Deno.test("any sequence of inserts and removes behaves as a first-in first-out array, in life and in ring", () => {
  const step = fc.option(fc.integer({ min: 0, max: 2 ** 40 }), { nil: null });
  fc.assert(fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 40 }), (capacity, steps) => {
    const world = kernelWorld();
    const list = new InterlockedList("irpQueue:any", capacity, world);
    const model: number[] = [];
    for (const irp of steps) {
      if (irp === null) assertEquals(list.exInterlockedRemoveHeadList(), model.shift() ?? EMPTY_LIST);
      else {
        assertEquals(list.exInterlockedInsertTailList(irp), model.length < capacity);
        if (model.length < capacity) model.push(irp);
      }
      assertEquals([list.depth, list.life.context.depth, list.first], [
        model.length,
        model.length,
        model[0] ?? EMPTY_LIST,
      ]);
    }
  }));
});

Deno.test("what moves is told twice: as the routine's call and as the queue's change", () => {
  const world = kernelWorld();
  const list = new InterlockedList("irpQueue:work:h2c0", 1, world);
  list.exInterlockedInsertTailList(5);
  list.exInterlockedInsertTailList(6);
  list.exInterlockedRemoveHeadList();
  const told = world.trace.events.filter((event) => event.kind === "queue");
  assertEquals(told.map(({ operation, irp, depth }) => [operation, irp, depth]), [["insert", 5, 1], ["remove", 5, 0]]);
  const inserts = calls(world, "ExInterlockedInsertTailList");
  assertEquals(inserts.map(({ ret }) => ret), [true, false]);
  const removed = calls(world, "ExInterlockedRemoveHeadList")[0]!;
  assertEquals([removed.args["ListHead"], removed.ret], [
    inserts[0]!.args["ListHead"]!,
    inserts[0]!.args["ListEntry"]!,
  ]);
});
