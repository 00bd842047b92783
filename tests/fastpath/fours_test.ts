/** Four at a time and one at a time are the same: every word of the memory agrees after every turn. */
import { assert, assertEquals } from "@std/assert";
import { foursOf } from "../../fastpath/fours.ts";
import { jointRow } from "../../fastpath/joint_table.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import { createOneThread } from "../../fastpath/one_thread.ts";
import { CHANNEL_ROW, DIRECTION, FLAG_LOCKED, FLAG_WRITE, PathMemory } from "../../fastpath/slots.ts";
import { Prng } from "../../sim/prng.ts";
import { lives, makeMemory } from "./fixture.ts";

/** Requests of every kind; `strange` of them, on average, not ordinary. */
function scatter(memory: PathMemory, prng: Prng, strange: number): void {
  for (let request = 0; request < memory.requestCount; request++) {
    const word = (): number => prng.below(2 ** 32) | 0;
    memory.requestFlags[request] = prng.chance(strange) ? prng.below(8) : FLAG_WRITE | FLAG_LOCKED;
    memory.requestLength[request] = prng.chance(strange) ? prng.between(-4, 4 * 4096 + 8) : 4 * prng.between(1, 1024);
    memory.requestHostLow[request] = prng.chance(strange) ? word() : word() & ~3;
    memory.requestHostHigh[request] = word();
    memory.requestCardLow[request] = word();
    memory.requestCardHigh[request] = word();
  }
}

function rowOf(irp: string, list: string): number {
  const { first, second } = lives.request;
  return jointRow(lives.request, first.states.indexOf(irp), second.states.indexOf(list));
}

/** What nobody should do to a slot or to its channel; in some states it is what should be there. */
const HARMS: readonly ((memory: PathMemory, slot: number) => void)[] = [
  (memory, slot) => void (memory.slotRow[slot] = memory.arrivedRow),
  (memory, slot) => void (memory.slotRow[slot] = memory.freeRow),
  (memory, slot) => void (memory.slotRow[slot] = memory.slotRow[slot ^ 1]!),
  (memory, slot) => void (memory.slotRow[slot] = memory.slotRow[(slot + 5) & memory.slotMask]!),
  (memory, slot) => void memory.slotRow.fill(memory.slotRow[slot]!),
  (memory) => void memory.slotRow.fill(rowOf("inDevice", "deviceOwned")),
  (memory, slot) => void (memory.descriptors[slot * 32] = 7),
  (memory, slot) => void (memory.slotMoved[slot] = -1),
  (memory, slot) => {
    // An engine that is neither idle nor busy.
    const halted = lives.channel.first.states.indexOf("halted");
    memory.control[memory.controlWord(slot & 1, CHANNEL_ROW)] = jointRow(lives.channel, halted, 0);
  },
];
const RUNS = 40;
const STEPS = 40;

const KINDS = [
  ["ordinary", 0, 0],
  ["ordinary, in slots that are not", 0, 0.4],
  ["now and then strange", 0.03, 0.1],
  ["mostly strange", 0.4, 0.1],
] as const;

for (const [kind, strange, harmed] of KINDS) {
  for (const slotCount of [2, 8, 64]) {
    Deno.test(`requests that are ${kind}, ${slotCount} slots: four at a time is word for word one at a time`, () => {
      const prng = new Prng(`${kind} ${slotCount}`);
      for (let run = 0; run < RUNS; run++) compare(prng, slotCount, strange, harmed);
    });
  }
}

/** Some turns on two memories that are the same; one of them knows nothing of WebAssembly. */
function compare(prng: Prng, slotCount: number, strange: number, harmed: number): void {
  const [fast, slow] = [makeMemory({ slotCount }), makeMemory({ slotCount })];
  scatter(fast, prng, strange);
  // Both directions: the second channel takes what the first one refuses.
  if (strange > 0) fast.control[fast.controlWord(1, DIRECTION)] = 0;
  const views = [new Int32Array(fast.buffer), new Int32Array(slow.buffer)] as const;
  views[1].set(views[0]);
  const alone = new PathMemory(slow.buffer);
  assert(foursOf(fast) !== null && foursOf(alone) === null);
  const paths = [createOneThread(fast), createOneThread(alone)];
  for (let step = 0; step < STEPS; step++) {
    const [channel, request, count] = [prng.below(2), prng.below(32), prng.between(1, 20)];
    const turn = prng.below(4);
    const harm = prng.chance(harmed) ? prng.pick(HARMS) : null;
    const at = prng.below(2 * slotCount);
    const results = paths.map((path, index) => {
      harm?.(index === 0 ? fast : slow, at);
      return turn < 2 ? path.submit(channel, request, count) : turn === 2 ? path.serve() : path.drain();
    });
    assertEquals(results[0], results[1]);
    assert(views[0].every((word, place) => word === views[1][place]), `step ${step}, turn ${turn}`);
  }
  if (harmed === 0) assertEquals(misuseOf(fast, lives), null);
}

Deno.test("four at a time is what happens to requests that are ordinary", () => {
  const memory = makeMemory({ slotCount: 16 });
  const { fill, serve, drain } = foursOf(memory)!;
  assertEquals(fill(1, 2, 5, 11), 8, "two times four");
  assertEquals(fill(1, 14, 5, 4), 0, "four that would wrap in the ring go one at a time");
  // Behind the last row stands what looks like rows.
  for (const column of [memory.requestFlags, memory.requestLength]) {
    new Int32Array(memory.buffer, column.byteOffset).fill(
      column === memory.requestFlags ? FLAG_WRITE | FLAG_LOCKED : 4,
      32,
      36,
    );
  }
  assertEquals(fill(1, 4, 30, 4), 0, "and those that would wrap in the rows");
  memory.slotRow.fill(rowOf("readyToComplete", "deviceDone"));
  memory.slotRequest.forEach((_, slot) => memory.slotRequest[slot] = slot);
  assertEquals(drain(0, 14, 18), 14, "four that wrap in the ring complete one at a time");
  const path = createOneThread(memory);
  path.submit(0, 0, 12);
  assertEquals(serve(0, 0, 12), 12);
  assertEquals(drain(0, 0, 10), 8);
  assertEquals(memory.requestInformation[7], memory.requestLength[7]);
});
