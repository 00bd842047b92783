/** The MDL as data, and the physical runs behind it. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import {
  HARDWARE_RUNS,
  ioAllocateMdl,
  locateInMdlChain,
  lockMdlPages,
  mapMdl,
  mdlChainByteCount,
  mdlRuns,
  mmBuildMdlForNonPagedPool,
  mmGetMdlByteCount,
  mmGetMdlByteOffset,
  mmGetMdlVirtualAddress,
  PAGE_RUNS,
  RunList,
  SYSTEM_BASE,
  unlockMdlPages,
  unmapMdl,
} from "../../sim/memory/mod.ts";
import type { Mdl, MdlPosition } from "../../sim/memory/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { LARGE_PAGE_SIZE } from "../../sim/units.ts";
import { buffer, cpuRead, GIB, host, MIB, pattern, ramRead } from "./make.ts";

Deno.test("StartVa is the address rounded down, and equals it only when the byte offset is 0", () => {
  const prng = new Prng("mdl");
  for (let draw = 0; draw < 500; draw++) {
    const va = prng.below(2 ** 46);
    const lengthBytes = 1 + prng.below(100_000);
    const mdl = ioAllocateMdl(va, lengthBytes);
    assertEquals(mmGetMdlVirtualAddress(mdl), va);
    assertEquals(mdl.startVa % 4096, 0);
    assertEquals(mdl.startVa + mmGetMdlByteOffset(mdl), va);
    assertEquals(mmGetMdlByteCount(mdl), lengthBytes);
    assertEquals(mdl.pfns.length, Math.ceil((va % 4096 + lengthBytes) / 4096));
  }
  assertThrows(() => ioAllocateMdl(0, 0), RangeError);
  assertThrows(() => ioAllocateMdl(0, 2 ** 32), RangeError);
});

Deno.test("mapping into the system maps and never locks; unlocked pages cannot be mapped [S1-28]", () => {
  const memory = host();
  const region = buffer(memory, 10_000, { kind: "user", byteOffset: 77 });
  const mdl = ioAllocateMdl(region.va, 10_000);
  assertThrows(() => mapMdl(memory.space, mdl), AssertionFailure, "not locked");
  lockMdlPages(memory.space, mdl, true);
  const va = mapMdl(memory.space, mdl);
  assertEquals([mdl.lockCount, region.lockCount(0), region.lockedPages], [1, 1, 3]);
  assertEquals(mapMdl(memory.space, mdl), va);
  assertEquals(va % 4096, 77);
  unmapMdl(memory.space, mdl);
  assertEquals([mdl.lockCount, region.lockedPages, mdl.mappedSystemVa], [1, 3, -1]);
  assertThrows(() => unmapMdl(memory.space, mdl), AssertionFailure);
  const again = mapMdl(memory.space, mdl);
  unlockMdlPages(memory.space, mdl);
  assertEquals(memory.space.regionAt(again), null);
  assertThrows(() => unlockMdlPages(memory.space, mdl), AssertionFailure);
  assertEquals(region.lockedPages, 0);
});

Deno.test("a mapping needs system addresses; without any it fails and the pages stay locked", () => {
  const memory = host({ systemMappingPages: 2 });
  const region = buffer(memory, 3 * 4096, { kind: "user" });
  const mdl = ioAllocateMdl(region.va, 3 * 4096);
  lockMdlPages(memory.space, mdl, true);
  assertEquals(mapMdl(memory.space, mdl), -1);
  assertEquals([mdl.lockCount, mdl.mappedSystemVa], [1, -1]);
});

Deno.test("locking what is not there, or code for writing, is an access violation", () => {
  const memory = host();
  const region = buffer(memory, 4096, { kind: "user" });
  const code = buffer(memory, 4096, { kind: "image" });
  assertEquals(lockMdlPages(memory.space, ioAllocateMdl(0x1000, 10), false), "STATUS_ACCESS_VIOLATION");
  assertEquals(lockMdlPages(memory.space, ioAllocateMdl(region.va + 4000, 200), false), "STATUS_ACCESS_VIOLATION");
  assertEquals(lockMdlPages(memory.space, ioAllocateMdl(code.va, 10), true), "STATUS_ACCESS_VIOLATION");
  assertEquals(lockMdlPages(memory.space, ioAllocateMdl(code.va, 10), false), "STATUS_SUCCESS");
});

Deno.test("an MDL built for non-paged pool is born locked, has its own address, and is never unlocked", () => {
  const memory = host();
  const region = buffer(memory, 9000, { kind: "nonpaged", byteOffset: 16 });
  const mdl = ioAllocateMdl(region.va + 100, 8000);
  mmBuildMdlForNonPagedPool(memory.space, mdl);
  assert(mdl.locked && mdl.bornNonPaged);
  assertEquals(mapMdl(memory.space, mdl), region.va + 100);
  assertEquals(mdl.pfns, region.pfns.slice(0, 2));
  assertThrows(() => unlockMdlPages(memory.space, mdl), AssertionFailure);
  const user = buffer(memory, 100, { kind: "user" });
  assertThrows(() => mmBuildMdlForNonPagedPool(memory.space, ioAllocateMdl(user.va, 100)), AssertionFailure);
});

Deno.test("locked is not mapped for a device: locking gives frames, the device's address comes later [S3-12]", () => {
  const memory = host({ iommu: true });
  const region = buffer(memory, 8192, { kind: "user" });
  const mdl = ioAllocateMdl(region.va, 8192);
  lockMdlPages(memory.space, mdl, true);
  const port = memory.port("card");
  assert(mdl.locked && port.domain.mappedPages === 0);
  assertEquals(port.read(mdl.pfns[0]! * 4096, new Uint8Array(4), 0, 4), 1);
  const logical = port.domain.map(mdl.pfns, 0, 0, 8192, 1);
  assertEquals(port.read(logical, new Uint8Array(4), 0, 4), 0);
  port.domain.unmap(logical, 8192);
  assert(mdl.locked && port.read(logical, new Uint8Array(4), 0, 4) === 1);
});

Deno.test("a chain is found by offset, also over empty pages' edges, and ends where it ends", () => {
  const lengths = [3, 5000, 1, 8192];
  const mdls: Mdl[] = [];
  for (const [index, lengthBytes] of lengths.entries()) {
    mdls.push(ioAllocateMdl(0x10_0000 * (index + 1) + 4095, lengthBytes, mdls[0] ?? null));
  }
  const chain = mdls[0]!;
  const total = 3 + 5000 + 1 + 8192;
  assertEquals(mdlChainByteCount(chain), total);
  assertEquals(mdlChainByteCount(null), 0);
  const place: MdlPosition = { mdl: null, offset: 0 };
  for (const [at, index, offset] of [[0, 0, 0], [2, 0, 2], [3, 1, 0], [5002, 1, 4999], [5003, 2, 0], [5004, 3, 0]]) {
    assert(locateInMdlChain(chain, at!, place));
    assert(place.mdl === mdls[index!], `offset ${at}`);
    assertEquals(place.offset, offset);
  }
  assert(locateInMdlChain(chain, total - 1, place));
  for (const bad of [total, total + 1, -1]) {
    assert(!locateInMdlChain(chain, bad, place));
    assertEquals(place, { mdl: null, offset: 0 });
  }
});

Deno.test("runs of a chain are its bytes, in order and exactly once, whatever the policy", () => {
  const prng = new Prng("runs");
  for (let round = 0; round < 60; round++) {
    const memory = host({ layout: prng.pick(["contiguous", "fragmented", "mixed"]), seed: round });
    let chain: Mdl | null = null;
    const content: number[] = [];
    for (let count = prng.between(1, 4); count > 0; count--) {
      const lengthBytes = prng.between(1, 20_000);
      const region = buffer(memory, lengthBytes, { kind: "user", byteOffset: prng.below(4096) });
      const bytes = pattern(lengthBytes, prng.below(256));
      memory.space.write(region.va, bytes, 0, lengthBytes);
      content.push(...bytes);
      const mdl = ioAllocateMdl(region.va, lengthBytes, chain);
      lockMdlPages(memory.space, mdl, true);
      chain ??= mdl;
    }
    const runs = new RunList(1);
    for (let draw = 0; draw < 10; draw++) {
      const offset = prng.below(content.length);
      const lengthBytes = prng.between(1, content.length - offset);
      const policy = prng.pick([
        HARDWARE_RUNS,
        PAGE_RUNS,
        { coalesce: true, maxLengthBytes: 5000, boundaryBytes: 0x1_0000 },
      ]);
      runs.clear();
      assert(mdlRuns(chain, offset, lengthBytes, policy, runs));
      assertEquals(runs.totalBytes, lengthBytes);
      const seen: number[] = [];
      for (let index = 0; index < runs.count; index++) {
        const [at, length] = [runs.address(index), runs.length(index)];
        assert(length > 0 && length <= policy.maxLengthBytes);
        assertEquals(Math.floor(at / policy.boundaryBytes), Math.floor((at + length - 1) / policy.boundaryBytes));
        if (policy === PAGE_RUNS) assertEquals(Math.floor(at / 4096), Math.floor((at + length - 1) / 4096));
        if (policy === HARDWARE_RUNS && index > 0 && at % policy.boundaryBytes !== 0) {
          assert(runs.address(index - 1) + runs.length(index - 1) !== at, "neighbours are joined");
        }
        seen.push(...ramRead(memory, at, length));
      }
      assertEquals(seen, content.slice(offset, offset + lengthBytes));
    }
    runs.clear();
    assert(!mdlRuns(chain, 1, content.length, HARDWARE_RUNS, runs), "a chain that is too short says so");
  }
});

Deno.test("frames of unlocked pages are not listed", () => {
  const runs = new RunList();
  assertThrows(() => mdlRuns(ioAllocateMdl(0, 10), 0, 10, HARDWARE_RUNS, runs), AssertionFailure, "not locked");
});

Deno.test("2 GiB in scattered large pages are 1024 addresses to manage, in whole memory fewer [S1-2]", () => {
  const runCount = (layout: "contiguous" | "fragmented"): number => {
    const memory = host({ physicalBytes: 64 * GIB, layout, lockMemoryPrivilege: true });
    const region = buffer(memory, 2 * GIB, { kind: "user", pageSize: LARGE_PAGE_SIZE });
    assertEquals(region.lengthBytes / region.pageSize, 1024);
    const mdl = ioAllocateMdl(region.va, 2 * GIB);
    assertEquals(mdl.pfns.length, 524_288);
    lockMdlPages(memory.space, mdl, true);
    const runs = new RunList(1024);
    assert(mdlRuns(mdl, 0, 2 * GIB, HARDWARE_RUNS, runs));
    for (let index = 0; layout === "fragmented" && index < runs.count; index++) {
      assertEquals([runs.length(index), runs.address(index) % LARGE_PAGE_SIZE], [2 * MIB, 0]);
    }
    return runs.count;
  };
  assertEquals(runCount("fragmented"), 1024);
  assertEquals(runCount("contiguous"), 1);
});

Deno.test("what the device is told and what the CPU uses are two different addresses of the same bytes [S1-1]", () => {
  const memory = host();
  const region = buffer(memory, 4096, { kind: "user", byteOffset: 8 });
  const mdl = ioAllocateMdl(region.va, 4096);
  lockMdlPages(memory.space, mdl, true);
  const runs = new RunList();
  mdlRuns(mdl, 0, 4096, PAGE_RUNS, runs);
  const systemVa = mapMdl(memory.space, mdl);
  assert(systemVa >= SYSTEM_BASE && runs.address(0) < SYSTEM_BASE && runs.address(0) !== region.va);
  memory.port("card").write(runs.address(0), pattern(100), 0, 100);
  assertEquals(cpuRead(memory, systemVa, 100), pattern(100));
  assertEquals(cpuRead(memory, region.va, 100), pattern(100));
});

Deno.test("runs join and break at 4 GiB, at a longest length, and not across gaps", () => {
  const runs = new RunList(1);
  runs.add(4 * GIB - 4096, 8192, HARDWARE_RUNS);
  runs.add(4 * GIB + 4096, 100, HARDWARE_RUNS);
  runs.add(4 * GIB + 4197, 1, HARDWARE_RUNS);
  const list = (): number[][] => Array.from({ length: runs.count }, (_, i) => [runs.address(i), runs.length(i)]);
  assertEquals(list(), [[4 * GIB - 4096, 4096], [4 * GIB, 4196], [4 * GIB + 4197, 1]]);
  runs.clear();
  runs.add(4 * GIB - 10, 10, HARDWARE_RUNS);
  runs.add(4 * GIB, 10, HARDWARE_RUNS);
  assertEquals(list(), [[4 * GIB - 10, 10], [4 * GIB, 10]]);
  runs.clear();
  runs.add(8 * GIB, 8 * GIB, HARDWARE_RUNS);
  assertEquals(runs.totalBytes, 8 * GIB);
  for (const [, length] of list()) assert(length! <= 0xffff_ffff, "a length fits a ULONG");
  runs.clear();
  const short = { coalesce: true, maxLengthBytes: 100, boundaryBytes: 4 * GIB };
  runs.add(0, 60, short);
  runs.add(60, 60, short);
  runs.add(120, 1, short);
  assertEquals(list(), [[0, 100], [100, 21]]);
  assertThrows(() => runs.address(2), AssertionFailure);
});
