/** Seed 001: the look-up table over 2 GiB of large pages. */

import { assert, assertEquals } from "@std/assert";
import { buildLut, LUT_BLOCK_BYTES, runLut } from "../../mod.ts";
import type { LutOptions, LutResult } from "../../mod.ts";

const GIB = 2 ** 30;

function table(options: LutOptions): LutResult {
  return runLut({ engine: "table", probeCount: 8, ...options });
}

Deno.test("lut: 2 GiB of large pages are 1024 elements where memory is in pieces, fewer where it is whole [S1-2]", () => {
  const scattered = table({ layout: "fragmented" });
  assertEquals([scattered.pageCount, scattered.elementCount], [1024, 1024]);
  assertEquals(scattered.wholeList.elementCount, 1024);
  const whole = table({ layout: "contiguous" });
  assert(whole.wholeList.elementCount < 1024, `${whole.wholeList.elementCount} elements`);
  assertEquals([scattered.violations, whole.violations], [[], []]);
});

Deno.test("lut: a 2 MiB page has 32 entries of 64 KiB, 2 GiB have 32 768 [S1-7]", () => {
  assertEquals(table({ bufferBytes: 2 ** 21 }).lut?.slotCount, 32);
  assertEquals(table({ bufferBytes: 2 * GIB }).lut?.slotCount, 32_768);
});

Deno.test("lut: entries are the element's address and 64 KiB more each [S1-8]", () => {
  const built = buildLut([{
    numberOfElements: 2,
    addresses: Float64Array.of(0x7_0020_0000, 0x1_0000_0000),
    lengths: Float64Array.of(3 * LUT_BLOCK_BYTES, LUT_BLOCK_BYTES),
  }]);
  assert("lut" in built);
  const entries = Array.from({ length: built.lut.slotCount }, (_, slot) => built.lut.address(slot));
  assertEquals(entries, [0x7_0020_0000, 0x7_0021_0000, 0x7_0022_0000, 0x1_0000_0000]);
});

Deno.test("lut: elements that are shorter than a block or not aligned to one are BadLutEntry [S1-8]", () => {
  const trials: readonly LutOptions[] = [
    { bufferBytes: 2 ** 21, pageSize: 4096 },
    { bufferBytes: 2 ** 21, addressBits: 32 },
  ];
  for (const options of trials) {
    const { lut, bad, violations, probes } = table(options);
    assertEquals([lut, probes], [null, 0]);
    assert(bad.length > 0);
    // By name, once, and nothing else is wrong with the run.
    assertEquals(violations.map(({ sentence }) => sentence.split(":")[0]), ["BadLutEntry"]);
  }
});

Deno.test("lut: every block is found by its offset and back, and the card writes where the process reads [S1-9]", () => {
  const { lut, roundTrips, probes, probesRight } = table({ bufferBytes: 2 * GIB, probeCount: 32 });
  assertEquals([roundTrips, probes, probesRight], [32_768, 32, 32]);
  assertEquals([lut?.slotAt(5 * LUT_BLOCK_BYTES + 17), lut?.offsetAt(lut.address(5) + 17)], [
    5,
    5 * LUT_BLOCK_BYTES + 17,
  ]);
  assertEquals(lut?.offsetAt(lut.address(5) - LUT_BLOCK_BYTES * 40_000), -1);
});

Deno.test("lut: a request that hangs keeps memory locked and lists built, lets others through, and can be cancelled [S1-32]", () => {
  const result = table({ bufferBytes: 2 ** 26 });
  assertEquals([result.lockedPages, result.listsOutstanding], [2 ** 14, 32]);
  assertEquals(result.otherIoCompleted, 1);
  assertEquals([result.lockedPagesAfter, result.listsOutstandingAfter], [0, 0]);
  assertEquals(result.violations, []);
});
