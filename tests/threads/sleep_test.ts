/** Who sleeps while somebody else stops for ever: is woken by a third, or was not asleep for ever. */
import { assert, assertEquals } from "@std/assert";
import { sleepUnless, wake } from "../../fastpath/parking.ts";
import { HEADER_PARKED } from "../../fastpath/slots.ts";
import { Prng } from "../../sim/prng.ts";
import { Turns } from "./turns.ts";

const CARD = 0;
const DISPATCHERS = [1, 2] as const;
const DPCS = [3, 4] as const;

Deno.test("a dispatcher stops at any atomic step, between the doorbell and waking the card too: the next one wakes it", () => {
  let leftAsleep = 0;
  let at = 0;
  for (; at < 1000; at++) {
    const turns = new Turns(new Prng(0));
    turns.sleep(CARD);
    turns.arrive(0, 64, true, false);
    turns.arrive(3, 64, true, false);
    turns.passAndDie(DISPATCHERS[0], at);
    if (turns.isAlive(DISPATCHERS[0])) break;
    if (turns.turn(CARD).hasWork() && turns.sleeps(CARD)) leftAsleep++;
    turns.pass(DISPATCHERS[1]);
    assert(!turns.sleeps(CARD), `step ${at}`);
    turns.finish();
    turns.take();
    assertEquals(turns.outOn(1), 0, `step ${at}`);
  }
  assert(at < 1000 && leftAsleep > 0, `${at} steps, the card was left asleep after ${leftAsleep} of them`);
});

Deno.test("who stops between the word and the notification has not kept a sleeper from the others", () => {
  const { memory } = new Turns(new Prng(0));
  const { notify } = Atomics;
  const notified: boolean[] = [];
  for (const stops of [true, false]) {
    Atomics.notify = () => {
      notified.push(stops);
      if (stops) throw new Error("stopped");
      return 0;
    };
    try {
      if (stops) Atomics.store(memory.header, HEADER_PARKED + CARD * 16, 1);
      wake(memory, CARD);
    } catch {
      /* It stopped right here. */
    } finally {
      Atomics.notify = notify;
    }
  }
  assertEquals(notified, [true, false]);
});

Deno.test("a DPC does not come: the card, with nothing else to do, stays awake and asks the other", () => {
  const turns = new Turns(new Prng(0));
  const { stuck } = turns.turn(CARD);
  DPCS.forEach((dpc) => turns.sleep(dpc));
  turns.arrive(0, 64, true, false);
  turns.pass(DISPATCHERS[0]);
  while (turns.turn(CARD).hasWork()) turns.pass(CARD);
  // Its interrupt goes to one of them.
  assertEquals(DPCS.map((dpc) => turns.sleeps(dpc)), [false, true]);
  assertEquals(stuck!.isStuck(), true);
  stuck!.ask();
  assertEquals(turns.sleeps(DPCS[1]), false);
  turns.pass(DPCS[1]);
  assertEquals(stuck!.isStuck(), false);
  turns.take();
  assertEquals(turns.completed, 1);
});

Deno.test("a dispatcher without a free slot is woken when one goes back, and does not sleep for ever", () => {
  const turns = new Turns(new Prng(0), "interrupts", { slotCount: 2 });
  const { stuck } = turns.turn(DISPATCHERS[1]);
  for (let each = 0; each < 2; each++) turns.arrive(0, 64, true, false);
  turns.pass(DISPATCHERS[0]);
  assertEquals(stuck!.isStuck(), false);
  turns.arrive(3, 64, true, false);
  assertEquals([turns.turn(DISPATCHERS[1]).hasWork(), stuck!.isStuck()], [false, true]);
  stuck!.ask();
  turns.sleep(DISPATCHERS[1]);
  while (turns.turn(CARD).hasWork()) turns.pass(CARD);
  assert(turns.sleeps(DISPATCHERS[1]));
  turns.pass(DPCS[0]);
  assert(!turns.sleeps(DISPATCHERS[1]));
  assertEquals([turns.turn(DISPATCHERS[1]).hasWork(), stuck!.isStuck()], [true, true]);
  turns.pass(DISPATCHERS[1]);
  assertEquals(stuck!.isStuck(), false);
  // Nobody wakes this one.
  sleepUnless(turns.memory, DISPATCHERS[1], () => false, 1);
});
