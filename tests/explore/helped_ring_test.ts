/** Every interleaving of the helped ring's own code: nothing lost, nothing twice, and nobody waits for anybody. */

import { assert, assertEquals } from "@std/assert";
import { explore } from "../../fastpath/explore/mod.ts";
import { helpedRingWords, insertRequest, openHelpedRing, startOldest } from "../../fastpath/helped_ring.ts";
import { Prng } from "../../sim/prng.ts";
import { helpedRingModel, undoneOf } from "./helped_ring_model.ts";
import type { HelpedRingModelOptions } from "./helped_ring_model.ts";

const ONE_DPC: HelpedRingModelOptions = { requestCount: 2, slotCount: 2, dpcCount: 1 };
const TWO_DPCS: HelpedRingModelOptions = { ...ONE_DPC, dpcCount: 2, interrupts: false };

/** The requests that are left undone when a participant stops for ever, over all of its steps. */
function undoneWhenStopped(options: HelpedRingModelOptions, name: string): number[][] {
  const model = helpedRingModel(options);
  const suspend = model.participants.findIndex((participant) => participant.name === name);
  const { ends } = explore(model, { suspend, reduced: true });
  assert(ends.some(({ suspendedBefore }) => suspendedBefore !== null), `${name} never stopped`);
  return ends.map(({ words }) => undoneOf(model, words));
}

for (
  const options of [
    ONE_DPC,
    TWO_DPCS,
    { ...TWO_DPCS, requestCount: 1, interrupts: true },
  ]
) {
  const { requestCount, dpcCount, interrupts = true } = options;
  const who = `${requestCount} dispatchers, ${dpcCount} DPCs, ${interrupts ? "an ISR" : "polling"}`;
  Deno.test(`explore: the helped ring completes every request once: ${who}`, () => {
    const { findings, longestSteps } = explore(helpedRingModel(options), { reduced: true });
    assertEquals(findings.map(({ name }) => name), []);
    assert(Number.isFinite(longestSteps));
  });
}

Deno.test("explore: on the helped ring a dispatcher that stops for ever, at any step, holds up its own request only", () => {
  for (const undone of undoneWhenStopped(ONE_DPC, "dispatcher 0")) {
    assertEquals(undone.filter((request) => request !== 0), []);
  }
});

Deno.test("explore: on the helped ring an ISR that stops for ever, at any step, holds up nothing", () => {
  for (const undone of undoneWhenStopped(ONE_DPC, "ISR")) assertEquals(undone, []);
});

Deno.test("explore: on the helped ring a DPC that stops for ever, at any step, holds up the one request that it claimed", () => {
  for (const undone of undoneWhenStopped(TWO_DPCS, "DPC 0")) assert(undone.length <= 1, `${undone}`);
});

Deno.test("explore: left out, each help of the ring is missed", () => {
  const found = (options: HelpedRingModelOptions): string[] =>
    explore(helpedRingModel(options), { reduced: true }).findings.map(({ name }) => name);
  assertEquals(found({ ...ONE_DPC, dispatcherStarts: false }), ["RequestLost"]);
  // A DPC that does not look after work-to-do leaves it to the ISR alone.
  const alone = undoneWhenStopped({ ...ONE_DPC, dpcHelps: false }, "ISR");
  assert(alone.some((undone) => undone.length > 0));
  // One that claims first and looks afterwards leaves both behind when it stops in between.
  const late = undoneWhenStopped({ ...TWO_DPCS, startsFirst: false }, "DPC 0");
  assert(late.some((undone) => undone.length > 1));
});

Deno.test("what an ISR does on the helped ring takes at most four atomic operations, whatever the queue", () => {
  const ring = openHelpedRing(new Int32Array(helpedRingWords(64)), 0, 64, true);
  const prng = new Prng(5);
  const { load, compareExchange } = Atomics;
  let most = 0;
  for (let run = 0; run < 500; run++) {
    for (let more = prng.below(4); more > 0; more--) insertRequest(ring, prng.below(100));
    let operations = 0;
    const counting =
      <Values extends unknown[]>(real: (...values: Values) => unknown) => (...values: Values): unknown => {
        operations++;
        return real(...values);
      };
    Object.assign(Atomics, { load: counting(load), compareExchange: counting(compareExchange) });
    try {
      startOldest(ring);
    } finally {
      Object.assign(Atomics, { load, compareExchange });
    }
    most = Math.max(most, operations);
    assert(operations <= 4, `${operations} operations`);
  }
  assertEquals(most, 4);
});
