/**
 * Somebody stops for ever, right before any one of its atomic operations, in the code that the Workers run: the others
 * complete every request that is not its own, with the one slot fewer that it took with it.
 */
import { assert, assertEquals } from "@std/assert";
import { Prng } from "../../sim/prng.ts";
import { Turns } from "./turns.ts";

const CARD = 0;
const DISPATCHERS = [1, 2] as const;
const DPCS = [3, 4] as const;
const ENGINES = 3;
/** Two slots an engine: who takes one with it leaves one. */
const SCARCE = { slotCount: 2 };

/** So many requests for every engine, by one dispatcher; one of them is refused, one the card fails. */
function arrive(turns: Turns, dispatcher: number, count: number): void {
  for (let engine = 0; engine < ENGINES; engine++) {
    for (let each = 0; each < count; each++) turns.arrive(dispatcher * ENGINES + engine, 64, each !== 2, each === 1);
  }
}

/** A team in the middle of its work: requests in arrival rings, in rings, in the device, ready to complete. */
function busy(): Turns {
  const turns = new Turns(new Prng(0), "interrupts", SCARCE);
  for (const dispatcher of [0, 1]) arrive(turns, dispatcher, 3);
  turns.pass(DISPATCHERS[0]);
  turns.pass(CARD);
  return turns;
}

/** Stops a place right before its atomic operation number `at`. False: its pass does not have so many. */
function stops(turns: Turns, worker: number, at: number): boolean {
  turns.passAndDie(worker, at);
  return !turns.isAlive(worker);
}

/** Whoever is left does all that it can, and then as much again, as new requests of the first dispatcher's come. */
function goOn(turns: Turns, dispatcher: number): void {
  turns.finish();
  turns.take();
  arrive(turns, dispatcher, 4);
  turns.finish();
  turns.take();
  assertEquals([turns.twice, turns.wrong, turns.misuse], [0, 0, null]);
}

Deno.test("one of two DPCs stops for ever at any atomic step: the other completes all but what it had claimed", () => {
  let at = 0;
  let claimedMost = 0;
  for (; at < 1000; at++) {
    const turns = busy();
    const before = turns.claimed;
    if (!stops(turns, DPCS[0], at)) break;
    const claimed = turns.claimed - before;
    goOn(turns, 0);
    // What it had shown to the owner came back all the same.
    assert(turns.outstanding <= claimed, `step ${at}: ${turns.outstanding} are out, ${claimed} were claimed`);
    claimedMost = Math.max(claimedMost, claimed);
    // Settled, they come back as the device ended.
    turns.settle();
    assertEquals([turns.completed, turns.twice, turns.wrong, turns.misuse], [turns.accepted, 0, 0, null], `step ${at}`);
  }
  assert(at > 40 && at < 1000 && claimedMost >= 3, `${at} steps, ${claimedMost} claimed`);
});

Deno.test("a DPC that always finds work of its own does not leave a stopped one's engines to themselves", () => {
  const turns = new Turns(new Prng(0), "interrupts", SCARCE);
  turns.kill(DPCS[0]);
  turns.arrive(0, 64, true, false);
  for (let round = 0; round < 40; round++) {
    turns.arrive(ENGINES - 1, 64, true, false);
    turns.pass(DISPATCHERS[0]);
    while (turns.turn(CARD).hasWork()) turns.pass(CARD);
    turns.pass(DPCS[1]);
    turns.take();
    assert(turns.outstanding <= 1, `round ${round}: ${turns.outstanding} are out`);
  }
  assertEquals([turns.outstanding, turns.completed], [0, 41]);
});

Deno.test("a dispatcher stops for ever at any atomic step: what the other one got completes, whoever rang for whom", () => {
  let at = 0;
  for (; at < 1000; at++) {
    const turns = busy();
    turns.pass(DPCS[0]);
    if (!stops(turns, DISPATCHERS[1], at)) break;
    goOn(turns, 0);
    assertEquals(turns.outOn(0), 0, `step ${at}`);
    assert(turns.outOn(1) > 0, `step ${at}: nothing of its own was left, it stopped too late to be seen`);
    turns.settle();
    assertEquals([turns.completed, turns.twice, turns.wrong, turns.misuse], [turns.accepted, 0, 0, null], `step ${at}`);
  }
  assert(at > 40 && at < 1000, `${at} steps`);
});

Deno.test("a DPC runs at any atomic step of the other, and of a dispatcher that waits for its slots: nothing is forgotten", () => {
  for (const [first, second] of [[DPCS[0], DPCS[1]], [DISPATCHERS[0], DPCS[1]], [DPCS[1], DISPATCHERS[1]]] as const) {
    let at = 0;
    for (let ran = true; ran; at++) {
      const turns = busy();
      ran = turns.passWith(first, at, () => void turns.pass(second));
      goOn(turns, 1);
      assertEquals([turns.completed, turns.outstanding], [turns.accepted, 0], `${second} at step ${at} of ${first}`);
      assertEquals(turns.freeSlots, turns.slots);
    }
    assert(at > 3, `${at} steps`);
  }
});

Deno.test("the owner cancels at any atomic step of the dispatcher and of the card: what it is told is what comes back", () => {
  for (const worker of [DISPATCHERS[0], CARD]) {
    const told = new Set<string>();
    let at = 0;
    for (let ran = true; ran; at++) {
      const turns = new Turns(new Prng(0), "interrupts", SCARCE);
      turns.arrive(0, 64, true, false);
      turns.arrive(0, 64, at % 2 === 0, false);
      if (worker === CARD) turns.pass(DISPATCHERS[0]);
      ran = turns.passWith(worker, at, () => told.add(`${turns.cancelRow(0)} ${turns.cancelRow(1)}`));
      turns.finish();
      turns.take();
      assertEquals([turns.completed, turns.wrong, turns.misuse], [turns.accepted, 0, null], `step ${at}`);
      assertEquals(turns.freeSlots, turns.slots);
    }
    assert(told.has("cancelled cancelled") && told.has("late cancelled") === (worker === CARD), [...told].join(", "));
  }
});

Deno.test("an interrupt takes a bounded number of atomic operations, however many requests stand in the queue, cancelled or not", () => {
  const most = [4, 8, 32].map((requests) => {
    const turns = new Turns(new Prng(0), "interrupts", { slotCount: 32, dispatcherCount: 1, dpcCount: 1 });
    for (let each = 0; each < requests; each++) turns.arrive(0, 64, true, false);
    turns.pass(DISPATCHERS[0]);
    for (let row = 1; row < requests; row++) assertEquals(turns.cancelRow(row), "cancelled");
    return turns.mostOfOneMoment(CARD);
  });
  assertEquals(most, [most[0], most[0], most[0]]);
  assert(most[0]! > 10 && most[0]! <= 16, `${most[0]} operations`);
});
