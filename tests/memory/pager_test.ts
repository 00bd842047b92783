/** What may move, and what locking is for. */

import { assert, assertEquals } from "@std/assert";
import {
  ACCESS_IN_PAGE_ERROR,
  ACCESS_NOT_RESIDENT,
  ACCESS_OK,
  ioAllocateMdl,
  lockMdlPages,
  NOT_RESIDENT,
  unlockMdlPages,
} from "../../sim/memory/mod.ts";
import { LARGE_PAGE_SIZE } from "../../sim/units.ts";
import { buffer, cpuRead, host, MIB, pattern, ramRead } from "./make.ts";

Deno.test("locked pages neither move nor go; unlocked ones come back elsewhere with their bytes [S3-13]", () => {
  for (const layout of ["contiguous", "fragmented"] as const) {
    const memory = host({ layout });
    const region = buffer(memory, 8 * 4096, { kind: "user" });
    memory.space.write(region.va, pattern(6 * 4096), 0, 6 * 4096);
    const before = region.pfns.slice();
    const mdl = ioAllocateMdl(region.va + 4096, 2 * 4096);
    assertEquals(lockMdlPages(memory.space, mdl, true), "STATUS_SUCCESS");
    assertEquals(memory.space.pager.trim(), { pagedOut: 6, skippedLocked: 2 });
    assertEquals(region.pfns.slice(1, 3), before.slice(1, 3));
    assertEquals(region.pfns.filter((pfn) => pfn === NOT_RESIDENT).length, 6);
    assertEquals(memory.space.physicalAddress(region.va), -1);
    assertEquals(cpuRead(memory, region.va, 8 * 4096), new Uint8Array([...pattern(6 * 4096), ...new Uint8Array(8192)]));
    assertEquals(memory.space.pager.pageIns, 6);
    for (const page of [0, 3, 4, 5, 6, 7]) {
      assert(region.pfns[page] !== before[page], `page ${page} came back in the same frame`);
    }
    assertEquals(mdl.pfns, before.slice(1, 3));
    assertEquals(memory.space.pager.trim(), { pagedOut: 6, skippedLocked: 2 });
    unlockMdlPages(memory.space, mdl);
    assertEquals(memory.space.pager.trim(), { pagedOut: 2, skippedLocked: 0 });
    assertEquals(cpuRead(memory, region.va, 6 * 4096), pattern(6 * 4096));
  }
});

Deno.test("what was locked twice stays until it is unlocked twice", () => {
  const memory = host();
  const region = buffer(memory, 3 * 4096, { kind: "user" });
  const whole = ioAllocateMdl(region.va, 3 * 4096);
  const middle = ioAllocateMdl(region.va + 5000, 10);
  lockMdlPages(memory.space, whole, true);
  lockMdlPages(memory.space, middle, true);
  assertEquals([0, 1, 2].map((page) => region.lockCount(page)), [1, 2, 1]);
  assertEquals(memory.space.lockedUserPages, 3);
  unlockMdlPages(memory.space, whole);
  assertEquals(memory.space.lockedUserPages, 1);
  assertEquals(memory.space.pager.trim(), { pagedOut: 2, skippedLocked: 1 });
  unlockMdlPages(memory.space, middle);
  assertEquals(memory.space.lockedUserPages, 0);
});

Deno.test("locking brings pages in, so that a device finds the bytes where the MDL says", () => {
  const memory = host();
  const region = buffer(memory, 2 * 4096, { kind: "paged", byteOffset: 40 });
  memory.space.write(region.va, pattern(8000), 0, 8000);
  memory.space.pager.trim();
  const mdl = ioAllocateMdl(region.va, 8000);
  assertEquals(lockMdlPages(memory.space, mdl, false), "STATUS_SUCCESS");
  assertEquals(ramRead(memory, mdl.pfns[0]! * 4096 + 40, 4056), pattern(8000).slice(0, 4056));
});

Deno.test("only pageable memory goes: not non-paged pool, not large pages, not a kernel stack", () => {
  const memory = host({ lockMemoryPrivilege: true });
  const kept = [
    buffer(memory, 8192, { kind: "nonpaged" }),
    buffer(memory, 2 * MIB, { kind: "user", pageSize: LARGE_PAGE_SIZE }),
    buffer(memory, 8192, { kind: "stack" }),
  ];
  const goes = [buffer(memory, 8192, { kind: "user" }), buffer(memory, 8192, { kind: "paged" })];
  assertEquals(memory.space.pager.trim(), { pagedOut: 4, skippedLocked: 0 });
  assert(kept.every((region) => region.pfns.every((pfn) => pfn !== NOT_RESIDENT)));
  assert(goes.every((region) => region.pfns.every((pfn) => pfn === NOT_RESIDENT)));
});

Deno.test("at DISPATCH_LEVEL a page that is out cannot be touched, one that is in can", () => {
  const memory = host();
  const region = buffer(memory, 8192, { kind: "paged" });
  memory.space.pager.trim();
  cpuRead(memory, region.va, 1);
  memory.space.pager.pagingAllowed = false;
  assertEquals(memory.space.read(region.va, new Uint8Array(4), 0, 4), ACCESS_OK);
  assertEquals(memory.space.read(region.va + 4096, new Uint8Array(4), 0, 4), ACCESS_NOT_RESIDENT);
  assertEquals(memory.space.write32(region.va + 4096, 1), ACCESS_NOT_RESIDENT);
  assertEquals(memory.space.probe(region.va, 8192), ACCESS_NOT_RESIDENT);
  memory.space.pager.pagingAllowed = true;
  assertEquals(memory.space.probe(region.va, 8192), ACCESS_OK);
});

Deno.test("a page that finds no frame to come back to is an error value", () => {
  const memory = host({ physicalBytes: 32 * MIB });
  const region = buffer(memory, 8192, { kind: "user" });
  memory.space.pager.trim();
  const all = memory.physical.allocateFrames(memory.physical.freeFrames);
  assert(all !== null);
  assertEquals(memory.space.read(region.va, new Uint8Array(1), 0, 1), ACCESS_IN_PAGE_ERROR);
  assertEquals(lockMdlPages(memory.space, ioAllocateMdl(region.va, 1), false), "STATUS_IN_PAGE_ERROR");
  memory.physical.free(all.subarray(0, 1));
  assertEquals(memory.space.read(region.va, new Uint8Array(1), 0, 1), ACCESS_OK);
});

Deno.test("paging out writes the CPU's dirty lines back first", () => {
  const memory = host({ coherent: false });
  const region = buffer(memory, 4096, { kind: "user" });
  memory.space.write(region.va, pattern(4096), 0, 4096);
  memory.space.pager.trim();
  assertEquals(cpuRead(memory, region.va, 4096), pattern(4096));
});

Deno.test("frames of a freed buffer stay while a device may write to them, and no longer", () => {
  const memory = host();
  const free = memory.physical.freeFrames;
  const region = buffer(memory, 5 * 4096, { kind: "user" });
  const mdl = ioAllocateMdl(region.va + 4096, 2 * 4096);
  lockMdlPages(memory.space, mdl, true);
  memory.space.free(region);
  assertEquals(memory.physical.freeFrames, free - 2);
  assert(mdl.pfns.every((pfn) => memory.physical.allocated(pfn)));
  unlockMdlPages(memory.space, mdl);
  assertEquals(memory.physical.freeFrames, free);
});
