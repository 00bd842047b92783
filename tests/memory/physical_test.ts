/** Frames and bytes of RAM. */

import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { PhysicalMemory } from "../../sim/memory/mod.ts";
import type { Layout } from "../../sim/memory/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { GIB, MIB, pattern } from "./make.ts";

const PAGE = 4096;
const LAYOUTS: readonly Layout[] = ["contiguous", "fragmented", "mixed"];

const neighbours = (pfns: Uint32Array): number => pfns.filter((pfn, index) => pfns[index - 1] === pfn - 1).length;

Deno.test("a default machine has 64 GiB above and below a hole that ends at 4 GiB", () => {
  const memory = new PhysicalMemory();
  assertEquals(memory.ram.lowTop, 3 * GIB);
  assertEquals(memory.ram.highTop, 65 * GIB);
  assert(memory.contains(3 * GIB - 1, 1) && memory.contains(4 * GIB, 61 * GIB));
  assert(!memory.contains(3 * GIB - 1, 2), "an access may not run into the hole");
  assert(!memory.contains(4 * GIB - 1, 1) && !memory.contains(65 * GIB - 1, 2));
  const small = new PhysicalMemory({ sizeBytes: 256 * MIB });
  assert(!small.contains(4 * GIB, 1) && !small.contains(256 * MIB, 1));
  assertEquals(small.allocateFrames(1, { zone: "above4GiB" }), null);
});

Deno.test("sizes that no machine can have are refused", () => {
  for (const sizeBytes of [0, -1, 4096, 2 * MIB + 1, NaN, 2 ** 43]) {
    assertThrows(() => new PhysicalMemory({ sizeBytes }), RangeError, undefined, String(sizeBytes));
  }
  assertThrows(() => new PhysicalMemory({ holeBytes: 4 * GIB }), RangeError);
});

for (const layout of LAYOUTS) {
  Deno.test(`${layout} memory gives every frame once, inside its zone, and takes all of them back`, () => {
    const memory = new PhysicalMemory({ sizeBytes: 5 * GIB, layout, seed: 3 });
    const before = memory.freeFrames;
    const held: Uint32Array[] = [];
    const seen = new Set<number>();
    for (const zone of ["any", "below4GiB", "above4GiB"] as const) {
      for (const count of [1, 7, 300, 5000]) {
        const pfns = memory.allocateFrames(count, { zone });
        assert(pfns !== null);
        held.push(pfns);
        for (const pfn of pfns) {
          assert(!seen.has(pfn), `frame ${pfn} was given twice`);
          seen.add(pfn);
          assert(memory.contains(pfn * PAGE, PAGE) && pfn >= 256);
          if (zone === "below4GiB") assert(pfn < 3 * GIB / PAGE);
          if (zone === "above4GiB") assert(pfn >= 4 * GIB / PAGE);
        }
      }
    }
    assertEquals(memory.freeFrames, before - seen.size);
    for (const pfns of held) memory.free(pfns);
    assertEquals(memory.freeFrames, before);
  });

  Deno.test(`${layout} memory can be given out to the last frame, and then says no`, () => {
    const memory = new PhysicalMemory({ sizeBytes: 32 * MIB, layout, seed: 1 });
    const count = memory.freeFrames;
    assertEquals(memory.allocateFrames(count + 1), null);
    assertEquals(memory.freeFrames, count);
    const all = memory.allocateFrames(count);
    assert(all !== null);
    assertEquals(new Set(all).size, count);
    assertEquals(memory.allocateFrames(1), null);
    assertEquals(memory.allocateContiguous(1), -1);
    memory.free(all.subarray(100, 101));
    assertEquals(memory.allocateFrames(1), all.slice(100, 101));
  });

  Deno.test(`${layout} memory gives the same frames for the same seed`, () => {
    const draw = (seed: number): string => {
      const memory = new PhysicalMemory({ layout, seed });
      return [memory.allocateFrames(500), memory.allocateLargePages(20), memory.allocateFrames(500)].join("/");
    };
    assertEquals(draw(11), draw(11));
    if (layout !== "contiguous") assertNotEquals(draw(11), draw(12));
  });
}

Deno.test("frames below an address stay below it, as a device of few address lines needs it", () => {
  for (const layout of LAYOUTS) {
    const memory = new PhysicalMemory({ layout, seed: 2 });
    for (const bits of [21, 24, 28, 32]) {
      const pfns = memory.allocateFrames(64, { belowAddress: 2 ** bits });
      assert(pfns !== null && pfns.every((pfn) => (pfn + 1) * PAGE <= 2 ** bits), `${layout} ${bits}`);
      const run = memory.allocateContiguous(16, { belowAddress: 2 ** bits });
      assert(run > 0 && (run + 16) * PAGE <= 2 ** bits);
    }
    assertEquals(memory.allocateFrames(1, { belowAddress: MIB }), null);
    assertEquals(memory.allocateFrames(1, { belowAddress: 2 ** 28, zone: "above4GiB" }), null);
  }
});

Deno.test("whole memory gives one run, broken memory no two neighbours, mixed memory something between", () => {
  const count = 4096;
  const pfnsOf = (layout: Layout): Uint32Array => {
    const pfns = new PhysicalMemory({ layout, seed: 5 }).allocateFrames(count);
    assert(pfns !== null);
    return pfns;
  };
  assertEquals(neighbours(pfnsOf("contiguous")), count - 1);
  assertEquals(neighbours(pfnsOf("fragmented")), 0);
  const mixed = neighbours(pfnsOf("mixed"));
  assert(mixed > count / 2 && mixed < count - 100, `${mixed}`);
  const fragmented = pfnsOf("fragmented");
  const low = fragmented.filter((pfn) => pfn < 4 * GIB / PAGE).length;
  assert(low > 0 && low < count / 2, `${low} of ${count} frames lie below 4 GiB`);
});

Deno.test("broken memory keeps neighbours apart even where there is little of it", () => {
  for (let seed = 0; seed < 300; seed++) {
    const pfns = new PhysicalMemory({ sizeBytes: 4 * MIB, layout: "fragmented", seed }).allocateFrames(100);
    assert(pfns !== null);
    assertEquals(neighbours(pfns), 0, `seed ${seed}`);
  }
});

Deno.test("large pages are 512 aligned frames; broken memory keeps them apart but has them", () => {
  for (const layout of LAYOUTS) {
    const memory = new PhysicalMemory({ layout, seed: 8 });
    const pages = memory.allocateLargePages(1024);
    assert(pages !== null);
    assert(pages.every((pfn) => pfn % 512 === 0));
    assertEquals(new Set(pages).size, 1024);
    const together = pages.filter((pfn, index) => pages[index - 1] === pfn - 512).length;
    if (layout === "contiguous") assertEquals(together, 1023);
    if (layout === "fragmented") assertEquals(together, 0);
    if (layout === "mixed") assert(together > 300 && together < 1000, `${together}`);
    for (const pfn of pages) for (let frame = pfn; frame < pfn + 512; frame++) assert(memory.allocated(frame));
    for (const pfn of pages) memory.freeContiguous(pfn, 512);
  }
});

Deno.test("many small pages do not use up the large ones", () => {
  const memory = new PhysicalMemory({ layout: "fragmented", seed: 4, sizeBytes: 16 * GIB });
  const small = memory.allocateFrames((4 * GIB) / PAGE - 5000);
  assert(small !== null);
  const large = memory.allocateLargePages(1024);
  assert(large !== null, "4 GiB in small pages must leave 2 GiB of large ones in 16 GiB");
});

Deno.test("2 GiB of contiguous memory can be had at boot but not later on a fragmented machine [S1-3]", () => {
  const reservation = { name: "fpga", lengthBytes: 2 * GIB, alignmentBytes: 2 * MIB };
  for (let seed = 0; seed < 5; seed++) {
    const early = new PhysicalMemory({ layout: "fragmented", seed, bootReservations: [reservation] });
    const pfn = early.bootReservation("fpga");
    assert(pfn > 0 && pfn % 512 === 0);
    assert(early.allocated(pfn) && early.allocated(pfn + 2 * GIB / PAGE - 1));
    assertEquals(early.bootReservation("other"), -1);
    const late = new PhysicalMemory({ layout: "fragmented", seed });
    assertEquals(late.allocateContiguous(2 * GIB / PAGE), -1);
    assert(late.allocateLargePages(1024) !== null, "the same bytes in 1024 pieces are there");
    assert(late.freeFrames * PAGE > 60 * GIB, "and it is not for want of memory");
  }
  assert(new PhysicalMemory({ layout: "contiguous" }).allocateContiguous(2 * GIB / PAGE) > 0);
  assertThrows(
    () => new PhysicalMemory({ sizeBytes: GIB, bootReservations: [reservation] }),
    RangeError,
    "fpga",
  );
});

Deno.test("broken memory has no run of 16 MiB and mixed memory none of 128 MiB, whatever the seed", () => {
  for (let seed = 0; seed < 10; seed++) {
    const fragmented = new PhysicalMemory({ layout: "fragmented", seed });
    assertEquals(fragmented.allocateContiguous(16 * MIB / PAGE), -1);
    assert(fragmented.allocateContiguous(8 * MIB / PAGE) > 0);
    const mixed = new PhysicalMemory({ layout: "mixed", seed });
    assertEquals(mixed.allocateContiguous(128 * MIB / PAGE), -1);
    assert(mixed.allocateContiguous(64 * MIB / PAGE) > 0);
  }
});

Deno.test("a contiguous run is aligned as asked and lies where nothing was", () => {
  const prng = new Prng("runs");
  for (const layout of LAYOUTS) {
    const memory = new PhysicalMemory({ layout, seed: 6, sizeBytes: 4 * GIB });
    const taken = new Set<number>();
    for (let draw = 0; draw < 100; draw++) {
      const count = prng.between(1, 700);
      const alignmentBytes = PAGE * 2 ** prng.below(10);
      const pfn = memory.allocateContiguous(count, { alignmentBytes });
      assert(pfn > 0 && (pfn * PAGE) % alignmentBytes === 0);
      for (let frame = pfn; frame < pfn + count; frame++) {
        assert(!taken.has(frame));
        taken.add(frame);
      }
      if (prng.chance(0.4)) {
        memory.freeContiguous(pfn, count);
        for (let frame = pfn; frame < pfn + count; frame++) taken.delete(frame);
      }
    }
  }
});

Deno.test("a frame freed twice, or never allocated, is a bug of ours", () => {
  const memory = new PhysicalMemory();
  const pfns = memory.allocateFrames(3);
  assert(pfns !== null);
  memory.free(pfns);
  assertThrows(() => memory.free(pfns), AssertionFailure, "not allocated");
  assertThrows(() => memory.freeContiguous(0x200_0000, 1), AssertionFailure);
});

Deno.test("untouched memory reads as zeros and costs nothing; so does a frame that changed hands", () => {
  const memory = new PhysicalMemory({ layout: "contiguous" });
  const pfn = memory.allocateContiguous(524_288);
  const bytes = pattern(10_000);
  memory.read(pfn * PAGE + 100, bytes, 0, 10_000);
  assert(bytes.every((byte) => byte === 0));
  assertEquals(memory.touchedFrames, 0);
  memory.write((pfn + 500_000) * PAGE - 1, pattern(2), 0, 2);
  assertEquals(memory.touchedFrames, 2);
  assert(memory.touched(pfn + 500_000) && !memory.touched(pfn));
  memory.freeContiguous(pfn, 524_288);
  assertEquals(memory.touchedFrames, 0);
  const again = memory.allocateContiguous(524_288);
  assertEquals(again, pfn);
  assertEquals(memory.read32((pfn + 500_000) * PAGE), 0);
});

Deno.test("a frame that changed hands shows nothing of its former owner, also after a small write", () => {
  const memory = new PhysicalMemory({ layout: "contiguous" });
  const first = memory.allocateFrames(3);
  assert(first !== null);
  for (const pfn of first) memory.write(pfn * PAGE, pattern(PAGE), 0, PAGE);
  memory.free(first);
  const second = memory.allocateFrames(3);
  assertEquals(second, first);
  for (const pfn of first) {
    memory.write(pfn * PAGE + 7, new Uint8Array([9]), 0, 1);
    const bytes = new Uint8Array(PAGE);
    memory.read(pfn * PAGE, bytes, 0, PAGE);
    assertEquals(bytes.findIndex((byte) => byte !== 0), 7);
    assertEquals(bytes.reduce((sum, byte) => sum + byte, 0), 9);
  }
});

Deno.test("bytes written anywhere, in any length, are the bytes read there", () => {
  const prng = new Prng("bytes");
  // The truth: one plain array over the 3 MiB that the accesses fall into.
  const base = 4 * GIB + 7 * PAGE;
  const truth = new Uint8Array(3 * MIB);
  const memory = new PhysicalMemory({ sizeBytes: 8 * GIB });
  for (let action = 0; action < 1500; action++) {
    const lengthBytes = prng.below(prng.pick([5, 65, 130, 5000, 600_000]));
    const at = prng.below(truth.length - lengthBytes + 1);
    const offset = prng.below(50);
    if (prng.chance(0.5)) {
      const bytes = pattern(lengthBytes + 60, prng.below(256));
      memory.write(base + at, bytes, offset, lengthBytes);
      truth.set(bytes.subarray(offset, offset + lengthBytes), at);
    } else {
      const bytes = new Uint8Array(lengthBytes + 60).fill(0xee);
      memory.read(base + at, bytes, offset, lengthBytes);
      assertEquals(bytes.subarray(offset, offset + lengthBytes), truth.subarray(at, at + lengthBytes));
      assert(bytes.subarray(0, offset).every((byte) => byte === 0xee), "nothing before the piece is touched");
      assert(bytes.subarray(offset + lengthBytes).every((byte) => byte === 0xee), "nor after it");
    }
    if (prng.chance(0.1)) {
      const word = 4 * prng.below(truth.length / 4);
      const value = prng.next32();
      memory.write32(base + word, value);
      new DataView(truth.buffer).setUint32(word, value, true);
    }
    const word = 4 * prng.below(truth.length / 4);
    assertEquals(memory.read32(base + word), new DataView(truth.buffer).getUint32(word, true));
  }
});

Deno.test("an access that is not RAM, or a word that is not aligned, is a bug of ours", () => {
  const memory = new PhysicalMemory({ sizeBytes: 4 * GIB });
  const bytes = new Uint8Array(16);
  assertThrows(() => memory.read(3 * GIB, bytes, 0, 1), AssertionFailure);
  assertThrows(() => memory.write(3 * GIB - 8, bytes, 0, 16), AssertionFailure);
  assertThrows(() => memory.read32(0x10_0002), AssertionFailure);
  assertThrows(() => memory.write32(5 * GIB, 0), AssertionFailure);
});
