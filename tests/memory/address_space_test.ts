/** Virtual memory: allocations, mappings, access by address. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import {
  ACCESS_OK,
  ACCESS_READ_ONLY,
  ACCESS_UNMAPPED,
  ioAllocateMdl,
  lockMdlPages,
  mapMdl,
  mmGetMdlByteOffset,
  SYSTEM_BASE,
} from "../../sim/memory/mod.ts";
import type { AllocateOptions, Region } from "../../sim/memory/mod.ts";
import { LARGE_PAGE_SIZE } from "../../sim/units.ts";
import { buffer, cpuRead, GIB, host, MIB, pattern } from "./make.ts";

const LARGE: AllocateOptions = { kind: "user", pageSize: LARGE_PAGE_SIZE };

Deno.test("large pages need the privilege and a whole number of them; 4 MB are 2 pages [S1-31]", () => {
  const memory = host();
  const refused = memory.space.allocate(4 * MIB, LARGE);
  assert(refused.kind === "refused" && refused.status === "STATUS_PRIVILEGE_NOT_HELD");
  memory.space.lockMemoryPrivilege = true;
  for (const lengthBytes of [4096, 3 * MIB, 4 * MIB + 1]) {
    const odd = memory.space.allocate(lengthBytes, LARGE);
    assert(odd.kind === "refused" && odd.status === "STATUS_INVALID_PARAMETER", `${lengthBytes}`);
  }
  const region = buffer(memory, 4 * MIB, LARGE);
  assertEquals([region.pageSize, region.lengthBytes / region.pageSize, region.pageCount], [LARGE_PAGE_SIZE, 2, 1024]);
  assertEquals(region.va % LARGE_PAGE_SIZE, 0);
  for (let page = 0; page < 2; page++) {
    const first = region.pfns[page * 512]!;
    assertEquals(first % 512, 0);
    assertEquals(
      region.pfns.slice(page * 512, page * 512 + 512),
      Uint32Array.from({ length: 512 }, (_, i) => first + i),
    );
  }
  assertEquals(memory.space.allocate(64 * GIB, LARGE).kind, "refused");
});

Deno.test("user writes, driver reads through its own mapping, driver writes ones, user sees them [S1-30]", () => {
  for (const coherent of [true, false]) {
    const memory = host({ coherent, layout: "fragmented" });
    const region = buffer(memory, 4 * MIB, { kind: "user", byteOffset: 0x230 });
    // The value lies across a page boundary, to be honest about the mapping.
    const at = 3 * 4096 - 0x230 - 3;
    const value = new Uint8Array(new BigUint64Array([0xdeadbeef0badc0den]).buffer);
    assertEquals(memory.space.write(region.va + at, value, 0, 8), ACCESS_OK);
    const mdl = ioAllocateMdl(region.va, region.lengthBytes);
    assertEquals(lockMdlPages(memory.space, mdl, true), "STATUS_SUCCESS");
    const systemVa = mapMdl(memory.space, mdl);
    assert(systemVa >= SYSTEM_BASE && systemVa !== region.va);
    assertEquals(systemVa % 4096, mmGetMdlByteOffset(mdl));
    assertEquals(cpuRead(memory, systemVa + at, 8), value);
    const ones = new Uint8Array(8).fill(0xff);
    memory.space.write(systemVa + at, ones, 0, 8);
    assertEquals(cpuRead(memory, region.va + at, 8), ones);
  }
});

Deno.test("bytes written at a virtual address are read there, over scattered pages and any piece", () => {
  const memory = host({ layout: "fragmented" });
  const region = buffer(memory, 300_000, { kind: "user", byteOffset: 4001 });
  const bytes = pattern(300_000);
  assertEquals(memory.space.write(region.va, bytes, 0, 300_000), ACCESS_OK);
  assertEquals(cpuRead(memory, region.va, 300_000), bytes);
  for (const [at, lengthBytes] of [[0, 1], [94, 2], [95, 4096], [299_999, 1], [4000, 100_000]] as const) {
    assertEquals(cpuRead(memory, region.va + at, lengthBytes), bytes.subarray(at, at + lengthBytes));
  }
  const word = region.va + 95;
  assertEquals(memory.space.write32(word, 0xcafe_f00d), ACCESS_OK);
  assertEquals(memory.space.read32(word), 0xcafe_f00d);
  assertEquals(cpuRead(memory, word, 4), new Uint8Array([0x0d, 0xf0, 0xfe, 0xca]));
});

Deno.test("an address where nothing is mapped is a value, and nothing is copied", () => {
  const memory = host();
  const region = buffer(memory, 8192, { kind: "nonpaged" });
  const bytes = new Uint8Array(16).fill(7);
  for (const va of [0, 0x1000, region.va - 1, region.va + 8192, region.va + 8190, SYSTEM_BASE + 2 ** 47, 2 ** 52 - 1]) {
    assertEquals(memory.space.read(va, bytes, 0, 16), ACCESS_UNMAPPED, va.toString(16));
    assertEquals(memory.space.write(va, bytes, 0, 16), ACCESS_UNMAPPED);
  }
  assertEquals(cpuRead(memory, region.va + 8176, 16), new Uint8Array(16));
  assert(bytes.every((byte) => byte === 7));
  assertEquals(memory.space.read32(region.va + 8192), -1);
  assertEquals(memory.space.write32(region.va + 8192, 1), ACCESS_UNMAPPED);
  assertEquals(memory.space.physicalAddress(region.va + 8192), -1);
  memory.space.free(region);
  assertEquals(memory.space.read(region.va, bytes, 0, 1), ACCESS_UNMAPPED);
  assertThrows(() => memory.space.free(region), AssertionFailure);
});

Deno.test("after every region comes an address where nothing is", () => {
  const memory = host();
  for (const kind of ["user", "nonpaged", "stack"] as const) {
    const regions = [1, 4096, 8192, 100].map((lengthBytes) => buffer(memory, lengthBytes, { kind }));
    for (const region of regions) {
      const end = region.baseVa + region.pageCount * 4096;
      assertEquals(memory.space.regionAt(end), null);
      assertEquals(memory.space.read(end - 4, new Uint8Array(8), 0, 8), ACCESS_UNMAPPED);
    }
  }
});

Deno.test("an address tells what kind of memory it is, and code cannot be written", () => {
  const memory = host();
  for (const kind of ["user", "nonpaged", "paged", "stack", "image"] as const) {
    const region = buffer(memory, 100, { kind });
    assertEquals(memory.space.regionAt(region.va + 99)?.kind, kind);
    assertEquals(region.va >= SYSTEM_BASE, kind !== "user");
    const status = memory.space.write(region.va, new Uint8Array(4), 0, 4);
    assertEquals(status, kind === "image" ? ACCESS_READ_ONLY : ACCESS_OK);
    assertEquals(memory.space.write32(region.va, 1), kind === "image" ? ACCESS_READ_ONLY : ACCESS_OK);
  }
});

Deno.test("every region is found by its address while it lives, and no other one answers", () => {
  const memory = host({ layout: "mixed" });
  const live: Region[] = [];
  for (let round = 0; round < 300; round++) {
    live.push(buffer(memory, 1 + (round * 977) % 20_000, { kind: round % 2 === 0 ? "user" : "nonpaged" }));
    if (round % 3 === 2) memory.space.free(live.splice((round * 7) % live.length, 1)[0]!);
    for (const region of live) {
      assert(memory.space.regionAt(region.va) === region);
      assert(memory.space.regionAt(region.va + region.lengthBytes - 1) === region);
    }
  }
});

Deno.test("frames lie where an allocation asks: zone, contiguity, alignment, limit", () => {
  const memory = host({ layout: "fragmented" });
  const above = buffer(memory, MIB, { kind: "user", zone: "above4GiB" });
  assert(above.pfns.every((pfn) => pfn >= 0x10_0000));
  const below = buffer(memory, MIB, { kind: "user", zone: "below4GiB" });
  assert(below.pfns.every((pfn) => pfn < 0x10_0000));
  const run = buffer(memory, MIB, {
    kind: "nonpaged",
    contiguous: true,
    alignmentBytes: 0x1_0000,
    belowAddress: 2 ** 28,
  });
  assert(run.pfns.every((pfn, index) => pfn === run.pfns[0]! + index && pfn < 2 ** 16));
  assertEquals(run.pfns[0]! % 16, 0);
  assertEquals(memory.space.physicalAddress(run.va + 5000), run.pfns[0]! * 4096 + 5000);
});

Deno.test("more memory than there is is refused with a status, and nothing is kept", () => {
  const memory = host({ layout: "mixed" });
  const free = memory.physical.freeFrames;
  const much = memory.space.allocate(9 * GIB, { kind: "user" });
  assert(much.kind === "refused" && much.status === "STATUS_NO_MEMORY");
  const run = memory.space.allocate(6 * GIB, { kind: "nonpaged", contiguous: true });
  assert(run.kind === "refused" && run.status === "STATUS_INSUFFICIENT_RESOURCES");
  assertEquals(memory.physical.freeFrames, free);
  for (const [lengthBytes, byteOffset] of [[0, 0], [-1, 0], [1.5, 0], [10, 4096]] as const) {
    assertThrows(() => memory.space.allocate(lengthBytes, { kind: "user", byteOffset }), RangeError);
  }
});

Deno.test("a mapping is a second view: it ends without touching the frames, and system addresses can run out", () => {
  const memory = host({ systemMappingPages: 4 });
  const region = buffer(memory, 3 * 4096, { kind: "user" });
  const free = memory.physical.freeFrames;
  const wish = { pfns: region.pfns, byteOffset: 0, lengthBytes: 3 * 4096, cache: "cached" } as const;
  const first = memory.space.map({ ...wish, to: "system" });
  assert(first !== null);
  assertEquals(memory.space.map({ ...wish, to: "system" }), null);
  const mine = memory.space.map({ ...wish, to: "user" });
  assert(mine !== null && mine.va < SYSTEM_BASE);
  memory.space.write(first.va + 10, pattern(5), 0, 5);
  assertEquals(cpuRead(memory, mine.va + 10, 5), pattern(5));
  memory.space.unmap(first);
  assertEquals(memory.space.read(first.va, new Uint8Array(1), 0, 1), ACCESS_UNMAPPED);
  assert(memory.space.map({ ...wish, to: "system" }) !== null);
  assertEquals(memory.physical.freeFrames, free);
  assertEquals(cpuRead(memory, region.va + 10, 5), pattern(5));
  assertThrows(() => memory.space.unmap(region), AssertionFailure);
  assertThrows(() => memory.space.free(mine), AssertionFailure);
});

Deno.test("10 buffers of 70 MiB and one of 2 GiB are described without their bytes", () => {
  const memory = host({ physicalBytes: 64 * GIB, layout: "fragmented" });
  for (let index = 0; index < 10; index++) {
    assertEquals(buffer(memory, 70 * MIB, { kind: "user" }).pageCount, 17_920);
  }
  const big = buffer(memory, 2 * GIB, { kind: "user" });
  assertEquals(big.pageCount, 524_288);
  assertEquals(new Set(big.pfns).size, 524_288);
  memory.space.write(big.va + 2 * GIB - 3, pattern(3), 0, 3);
  assertEquals(memory.physical.touchedFrames, 1);
});
