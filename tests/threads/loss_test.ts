/**
 * A Worker dies: at any step of any schedule (one thread, seeded), and on real threads. Each request that was out comes
 * back exactly once, with a status that says what became of it, and every list is back.
 */
import { assert, assertEquals } from "@std/assert";
import { DEVICE_ERROR, NOT_LOCKED, SUCCESS } from "../../fastpath/2_validate.ts";
import { CANCELLED } from "../../actors/threads/cancelled.ts";
import { runRoundTripOnThreads } from "../../actors/threads/mod.ts";
import type { Pipeline, ThreadRoundTripResult } from "../../actors/threads/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { preempted } from "./preempted.ts";
import { patternOf } from "./round_trip.ts";
import { Turns } from "./turns.ts";

/** The dispatcher that stops; its place in the team is behind the card's. */
const DISPATCHER = 1;
/** Far more than is done when somebody dies. */
const FILE = patternOf(16 * 1024 * 1024);

/** Random passes of everybody, half of them with somebody else's in the middle. Nobody interrupts itself. */
function passes(turns: Turns, prng: Prng, steps: number, arrivals: number): void {
  const workers = turns.names.length;
  for (let step = 0; step < steps; step++) {
    if (prng.chance(arrivals)) turns.submit();
    if (prng.chance(0.2)) turns.take();
    if (prng.chance(0.2)) turns.cancel();
    const worker = prng.below(workers);
    const other = (worker + prng.between(1, workers - 1)) % workers;
    if (prng.chance(0.5)) turns.pass(worker);
    else preempted(() => void turns.pass(worker), prng.below(24), () => void turns.pass(other));
  }
}

/** Somebody dies, right before one of its atomic operations if it comes to that, at some step. */
function playWithDeath(seed: number, pipeline: Pipeline, dies?: number): Turns {
  const prng = new Prng(seed);
  const turns = new Turns(prng, pipeline);
  passes(turns, prng, prng.between(1, 400), 0.3);
  const victim = dies ?? prng.below(turns.names.length);
  for (let tries = prng.between(1, 6); tries > 0; tries--) {
    turns.submit();
    turns.passAndDie(victim, prng.below(24));
  }
  turns.kill(victim);
  passes(turns, prng, 40, 0.3);
  turns.finish();
  turns.take();
  return turns;
}

function assertSlotsFree(turns: Turns, seed: number): void {
  const { slotRow, freeRow } = turns.memory;
  assertEquals(slotRow.findIndex((row) => row !== freeRow), -1, `seed ${seed}: a list is still out`);
}

for (const pipeline of ["interrupts", "three-stage"] as const) {
  Deno.test(`${pipeline}: in any order of passes, in the middle of each other too, everything comes back once and no rule is broken [X-4]`, () => {
    let cancelled = 0;
    for (let seed = 0; seed < 40; seed++) {
      const prng = new Prng(seed);
      const turns = new Turns(prng, pipeline);
      for (let burst = 0; burst < 40; burst++) {
        // Some arrive, then nobody: what the last of them left undone would stay so.
        passes(turns, prng, 6, 0.5);
        passes(turns, prng, 10, 0);
        turns.finish();
        turns.take();
        const found = [turns.completed, turns.twice, turns.wrong, turns.misuse];
        assertEquals(found, [turns.accepted, 0, 0, null], `seed ${seed}, burst ${burst}`);
        assertSlotsFree(turns, seed);
      }
      const strange = [...turns.statuses.keys()].filter((status) =>
        ![SUCCESS, NOT_LOCKED, DEVICE_ERROR, CANCELLED].includes(status)
      );
      assertEquals(strange, []);
      cancelled += turns.cancelled;
      assertEquals(turns.freeSlots, turns.slots, `seed ${seed}: a slot is not free`);
    }
    assert(cancelled > 100, `${cancelled} requests were cancelled: too few to be seen`);
  });

  Deno.test(`${pipeline}: whoever dies, wherever it stands: every request comes back once, every list is put, no rule is broken [X-3]`, () => {
    const seen = new Set<number>();
    for (let seed = 0; seed < 400; seed++) {
      const turns = playWithDeath(seed, pipeline);
      turns.settle();
      const found = [turns.completed, turns.twice, turns.wrong, turns.misuse];
      assertEquals(found, [turns.accepted, 0, 0, null], `seed ${seed}`);
      assertSlotsFree(turns, seed);
      for (const status of turns.statuses.keys()) seen.add(status);
    }
    // All the ways out were taken: done, refused, taken from a dead device, never started.
    for (const status of [SUCCESS, NOT_LOCKED, DEVICE_ERROR, CANCELLED]) assert(seen.delete(status), `${status}`);
    assertEquals([...seen], []);
  });
}

Deno.test("a dispatcher submits at any atomic step of the card and its ISR, and the other way round: nothing is forgotten [X-4]", () => {
  const [card, dispatcher] = [0, 1];
  for (const [first, second] of [[card, dispatcher], [dispatcher, card]] as const) {
    for (const fails of [false, true]) {
      for (let at = 0; at < 120; at++) {
        const turns = new Turns(new Prng(0));
        turns.arrive(0, 64, true, fails);
        turns.pass(dispatcher);
        // One request is the card's, one more waits for the dispatcher, and then nobody comes any more.
        turns.arrive(0, 64, true, false);
        preempted(() => void turns.pass(first), at, () => void turns.pass(second));
        turns.finish();
        turns.take();
        const found = [turns.completed, turns.twice, turns.misuse];
        assertEquals(found, [2, 0, null], `${turns.names[second]} before step ${at} of ${turns.names[first]}`);
      }
    }
  }
});

Deno.test("a dispatcher stops for ever at any step: the other one's requests all complete", () => {
  let stranded = 0;
  for (let seed = 0; seed < 200; seed++) {
    const turns = playWithDeath(seed, "interrupts", 1 + DISPATCHER);
    assertEquals(turns.outOn(1 - DISPATCHER), 0, `seed ${seed}`);
    stranded += turns.outOn(DISPATCHER);
  }
  assert(stranded > 100, `${stranded} requests of its own were left: it stopped too late to be seen`);
});

/** A round trip on real threads in which `victim` is killed when some requests are back. */
function killed(
  victim: string,
  pipeline: "interrupts" | "three-stage",
): Promise<ThreadRoundTripResult & { back: number }> {
  const sizes = pipeline === "interrupts" ? { dispatcherCount: 2 } : {};
  return new Promise((resolve) => {
    let back = 0;
    let kill = (): void => {};
    runRoundTripOnThreads({
      ...{ bytes: FILE, pieceBytes: 4096, pipeline, ...sizes },
      onStarted: (scheduler) => kill = () => scheduler.kill(victim),
      onCompleted: () => {
        if (++back === 200) kill();
      },
    }, (result) => resolve({ ...result, back }));
  });
}

const VICTIMS = [
  ["card", "interrupts"],
  ["dispatch:1", "interrupts"],
  ["dpc:0", "interrupts"],
  ["transfer", "three-stage"],
  ["prepare", "three-stage"],
  ["put", "three-stage"],
] as const;

for (const [victim, pipeline] of VICTIMS) {
  Deno.test(`on real threads ${victim} dies: the error names it, and every request is accounted for [X-3]`, async () => {
    const result = await killed(victim, pipeline);
    assertEquals(result.lost, { worker: victim, why: "it was asked to die" });
    assertEquals([result.completed, result.back, result.twice, result.missing], [
      result.accepted,
      result.accepted,
      0,
      0,
    ]);
    assertEquals(result.misuse, null);
    assert(result.accepted < result.requests && result.settled > 0, "it died too late to be seen");
    // By number: what says that it succeeded did move its bytes; what was never submitted has no status.
    const pieces = result.requests / 2;
    for (let piece = 0; piece < pieces; piece++) {
      if (result.statuses[pieces + piece] !== "STATUS_SUCCESS") continue;
      const [from, to] = [piece * 4096, (piece + 1) * 4096];
      assertEquals(result.bytes.subarray(from, to), FILE.subarray(from, to), `piece ${piece}`);
    }
    const ways = new Set(result.statuses);
    ways.delete(null);
    ways.delete("STATUS_SUCCESS");
    for (const way of ways) assert(way === "STATUS_CANCELLED" || way === "STATUS_DEVICE_HARDWARE_ERROR", `${way}`);
    assertEquals(result.statuses.filter((status) => status !== null).length, result.accepted);
  });
}
