/**
 * Every interleaving of what the Workers run around an engine's queue: slots, ring, claims and cancels. Nothing is lost
 * or done twice, a cancel means what it said, and whoever stops keeps what it had in hand, nothing else.
 */
import { assert, assertEquals } from "@std/assert";
import { explore } from "../../fastpath/explore/mod.ts";
import type { Model } from "../../fastpath/explore/mod.ts";
import { engineQueueModel } from "./engine_queue_model.ts";
import type { EngineQueueModelOptions } from "./engine_queue_model.ts";
import { freeRowsModel } from "./free_rows_model.ts";
import { undoneOf } from "./helped_ring_model.ts";

const TWO_DISPATCHERS: EngineQueueModelOptions = {
  ...{ engineOf: [0, 0], dispatchers: [[0], [1]], slotCount: 2, dpcCount: 1, cancels: true },
};
const TWO_DPCS: EngineQueueModelOptions = {
  ...{ engineOf: [0, 0], dispatchers: [[0, 1]], slotCount: 2, dpcCount: 2 },
};
/** More requests than slots: the third waits until one goes back. */
const THREE_REQUESTS: EngineQueueModelOptions = {
  ...{ engineOf: [0, 0, 0], dispatchers: [[0, 1, 2]], slotCount: 2, dpcCount: 1, cancels: true },
};
/** One dispatcher and one DPC for two engines, each with an ISR. */
const THREE_FOR_TWO_ENGINES: EngineQueueModelOptions = {
  ...{ engineOf: [0, 1, 0], dispatchers: [[0, 1, 2]], slotCount: 2, dpcCount: 1, cancels: true },
};
const TWO_ENGINES: EngineQueueModelOptions = {
  ...{ engineOf: [0, 1], dispatchers: [[0], [1]], slotCount: 2, dpcCount: 2, cancels: true },
};

function found(model: Model): string[] {
  return explore(model, { reduced: true }).findings.map(({ name }) => name);
}

for (const options of [TWO_DISPATCHERS, TWO_DPCS, THREE_REQUESTS, THREE_FOR_TWO_ENGINES, TWO_ENGINES]) {
  const { engineOf, dispatchers, dpcCount, cancels = false } = options;
  const who = `${engineOf.length} requests for ${new Set(engineOf).size} engines, ${dispatchers.length} dispatchers, ` +
    `${dpcCount} DPCs${cancels ? ", a cancel at any time" : ""}`;
  Deno.test(`explore: the engines' queues bring every request back once and every slot: ${who} [X-3]`, () => {
    const { findings, longestSteps } = explore(engineQueueModel(options), { reduced: true });
    assertEquals(findings.map(({ name }) => name), []);
    assert(Number.isFinite(longestSteps));
  });
}

/** What is left undone when somebody stops for ever: the requests, over all of its steps. */
function undoneWhenStopped(options: EngineQueueModelOptions, name: string): number[][] {
  const model = engineQueueModel(options);
  const suspend = model.participants.findIndex((participant) => participant.name === name);
  const { ends, findings } = explore(model, { suspend, reduced: true });
  assert(ends.some(({ suspendedBefore }) => suspendedBefore !== null), `${name} never stopped`);
  const other = findings.filter(({ name }) => name === "CompletedTwice" || name === "CancelBroken");
  assertEquals(other.map(({ name }) => name), []);
  return ends.map(({ words }) => undoneOf(model, words));
}

Deno.test("explore: a dispatcher that stops for ever, at any step between a free slot and the doorbell, holds up its own request only", () => {
  const seen = new Set(undoneWhenStopped({ ...TWO_DISPATCHERS, cancels: false }, "dispatcher 0").map(String));
  assertEquals([...seen].sort(), ["", "0"]);
});

Deno.test("explore: one of two DPCs that stops for ever, at any step up to the free slot, holds up the one request that it claimed", () => {
  const seen = new Set(undoneWhenStopped(TWO_DPCS, "DPC 0").map(String));
  assertEquals([...seen].sort(), ["", "0", "1"]);
});

Deno.test("explore: an owner that stops for ever in the middle of a cancel holds up nothing", () => {
  assertEquals([...new Set(undoneWhenStopped(TWO_ENGINES, "owner").map(String))], [""]);
});

Deno.test("explore: a card that only looks whether a request is cancelled, and does not claim it, breaks a cancel's word", () => {
  assertEquals(found(engineQueueModel({ ...TWO_ENGINES, claims: false })), ["CancelBroken"]);
});

Deno.test("explore: the free list keeps its rows, and without its generation tags it loses some", () => {
  assertEquals(found(freeRowsModel([1, 1, 1], 2, true)), []);
  assertEquals(found(freeRowsModel([2, 1], 2, true)), []);
  assertEquals(found(freeRowsModel([1, 1, 1], 2, false)), ["RowLost"]);
});
