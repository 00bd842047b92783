/** Seed 004: forward progress while the kernel's allocator fails. */

import { assert, assertEquals } from "@std/assert";
import { Recorder, runLowMemory } from "../../mod.ts";
import type { LowMemoryOptions, LowMemoryResult } from "../../mod.ts";

const ALL = Array.from({ length: 24 }, (_, index) => index);

function pagedIn(options: Partial<LowMemoryOptions>): LowMemoryResult {
  const result = runLowMemory({ policy: "emergency", requestCount: ALL.length, engine: "table", ...options });
  assertEquals(result.violations, []);
  assert(result.intact, "a page came back with other bytes");
  return result;
}

Deno.test("low-memory: with the allocator failing every time all I/O completes [S4-7]", () => {
  for (
    const options of [{}, { reserveCount: 3 }, { iommu: true }, { c2hCount: 4, reserveCount: 2 }, { polling: true }]
  ) {
    const { succeeded, refused, poolAllocations, poolFailures } = pagedIn(options);
    assertEquals([succeeded, refused, poolAllocations], [ALL.length, 0, 0]);
    assert(poolFailures > 0, "the allocator was never asked");
  }
});

Deno.test("low-memory: memory if there is some, else an emergency set, else the line for one [S4-8]", () => {
  for (const seed of [0, 1, 2, 3]) {
    const { lists, succeeded, order } = pagedIn({ faults: { probability: 0.9 }, requestCount: 40, seed });
    assert(lists !== null && lists.got > 0 && lists.borrowed > 0 && lists.waited > 0, JSON.stringify(lists));
    assertEquals([succeeded, lists.got + lists.borrowed + lists.waited], [40, 40]);
    // Memory that comes back lets nobody overtake those who wait.
    assertEquals(order, [...order].sort((left, right) => left - right));
  }
});

Deno.test("low-memory: an emergency set has at most one holder at a time [S4-8]", () => {
  for (const reserveCount of [1, 2, 3]) {
    assert(pagedIn({ reserveCount }).lists!.heldPeak <= reserveCount);
  }
  const trace = new Recorder();
  pagedIn({ trace });
  // The set's own story: lent, then returned or handed on, never lent while it is lent.
  let holders = 0;
  let lent = 0;
  for (const event of trace.events) {
    if (event.kind !== "state" || event.actor !== "emergencyReserve:0") continue;
    if (event.event === "BORROW" && event.from === "kept") holders++, lent++;
    if (event.event === "RETURN") event.from === "awaited" ? lent++ : holders--;
    assert(holders === 0 || holders === 1, `${holders} holders at ${event.atNs} ns`);
  }
  assertEquals([holders, lent], [0, ALL.length]);
});

Deno.test("low-memory: a request longer than the sets were made for is refused by name [S4-9]", () => {
  const long = pagedIn({ requestBytes: 65_536, reserveBytes: 65_535 });
  assertEquals([long.succeeded, long.refused, long.reasons], [0, ALL.length, ["perTransferLimit"]]);
  const fits = pagedIn({ requestBytes: 65_536, reserveBytes: 65_536 });
  assertEquals([fits.succeeded, fits.refused], [ALL.length, 0]);
});

Deno.test("low-memory: requests in line get the sets in the order in which they came, and none is forgotten [S4-10]", () => {
  for (const reserveCount of [1, 2, 5]) {
    const { order, lists } = pagedIn({ reserveCount });
    assertEquals(order, ALL);
    assertEquals(lists!.waited + lists!.borrowed, ALL.length);
  }
  // One set for four channels: the line is one line.
  assertEquals(pagedIn({ c2hCount: 4 }).order, ALL);
});

Deno.test("low-memory: the Classic Model needs no memory but goes one at a time; Build goes n at a time [S4-11]", () => {
  const classic = pagedIn({ policy: "classic" });
  assertEquals([classic.succeeded, classic.poolAllocations, classic.poolFailures], [ALL.length, 0, 0]);
  const deep = pagedIn({ reserveCount: 4 });
  assert(deep.lists!.heldPeak > 1);
  assert(deep.simulatedNs * 2 < classic.simulatedNs, `${deep.simulatedNs} ns against ${classic.simulatedNs} ns`);
});

Deno.test("low-memory: a page-in fails with Get and succeeds with Build and an emergency set [S4-12]", () => {
  const get = pagedIn({ policy: "get", requestCount: 1 });
  assertEquals([get.succeeded, get.refused, get.reasons], [0, 1, ["noMemory"]]);
  const built = pagedIn({ requestCount: 1 });
  assertEquals([built.succeeded, built.refused], [1, 0]);
});

Deno.test("low-memory: one mapping of the stated size is always to be had: never the reason noMemory [S4-13]", () => {
  for (const requestBytes of [1, 4095, 4096, 4097, 65_536, 262_144]) {
    for (const seed of [1, 2, 3]) {
      const { succeeded, reasons } = pagedIn({ requestBytes, seed, requestCount: 5, iommu: seed === 2 });
      assertEquals([succeeded, reasons], [5, []]);
    }
  }
});

Deno.test("low-memory: actors and table rows tell the same", () => {
  const { lists: _, ...chart } = pagedIn({ engine: "chart", reserveCount: 2 });
  const { lists: __, ...table } = pagedIn({ engine: "table", reserveCount: 2 });
  assertEquals(chart, table);
});
