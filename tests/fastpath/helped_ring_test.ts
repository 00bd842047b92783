/** The helped ring on real threads, more of them than cores: the sums must come out. */
import { assertEquals, assertThrows } from "@std/assert";
import {
  fetchEntry,
  finishEntry,
  helpedRingWords,
  insertRequest,
  NONE,
  openHelpedRing,
  retireRequest,
  startOldest,
} from "../../fastpath/helped_ring.ts";
import type { HelpedRing } from "../../fastpath/helped_ring.ts";
import { layout } from "./helped_ring_world.ts";
import type { HelpedRingOrder } from "./helped_ring_world.ts";

function emptyRing(slotCount: number): HelpedRing {
  return openHelpedRing(new Int32Array(helpedRingWords(slotCount)), 0, slotCount, true);
}

Deno.test("a helped ring starts, finishes and retires in the order of the inserts, lap after lap", () => {
  const ring = emptyRing(4);
  for (let round = 0; round < 100; round++) {
    const position = insertRequest(ring, round);
    assertEquals([position, startOldest(ring), startOldest(ring)], [round, true, false]);
    assertEquals(retireRequest(ring), NONE);
    assertEquals(fetchEntry(ring, position), round);
    finishEntry(ring, position);
    assertEquals([retireRequest(ring), retireRequest(ring)], [round, NONE]);
  }
});

Deno.test("a full helped ring says so, and has room again for what was retired, not for what was finished", () => {
  const ring = emptyRing(2);
  assertEquals([5, 6, 7].map((request) => insertRequest(ring, request)), [0, 1, NONE]);
  startOldest(ring);
  finishEntry(ring, 0);
  assertEquals(insertRequest(ring, 7), NONE);
  assertEquals(retireRequest(ring), 5);
  assertEquals(insertRequest(ring, 7), 2);
});

Deno.test("a helped ring of an impossible size is refused with a sentence", () => {
  assertThrows(() => emptyRing(3), RangeError, "Cannot use 3 as slotCount: expected a power of two from 2 to 4096");
});

Deno.test("three dispatchers, an engine and two DPCs on six threads complete every request once, with its own result", async () => {
  const size = { dispatcherCount: 3, slotCount: 16, requestsEach: 5_000 };
  const at = layout(size);
  const buffer = new SharedArrayBuffer(4 * at.words);
  openHelpedRing(new Int32Array(buffer), 0, size.slotCount, true);
  const roles: readonly HelpedRingOrder["role"][] = ["engine", "DPC", "DPC", "dispatcher", "dispatcher", "dispatcher"];
  const workers = roles.map(() => new Worker(new URL("./helped_ring_worker.ts", import.meta.url), { type: "module" }));
  try {
    await Promise.all(workers.map((worker, index) =>
      new Promise<void>((resolve, reject) => {
        worker.onmessage = () => resolve();
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage({ buffer, role: roles[index], index: index - 3, ...size });
      })
    ));
  } finally {
    for (const worker of workers) worker.terminate();
  }
  const words = new Int32Array(buffer);
  const { dispatcherCount, requestsEach } = size;
  assertEquals(words[at.wrong], 0);
  assertEquals(words[at.done], dispatcherCount * requestsEach);
  assertEquals(words[at.sum], dispatcherCount * requestsEach * (requestsEach + 1) / 2);
});
