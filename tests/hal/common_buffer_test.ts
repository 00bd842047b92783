/** Common buffers: memory that driver and device share. */
import { assert, assertEquals } from "@std/assert";
import { allocateAlignedCommonBuffer } from "../../actors/hal/aligned_common_buffer.ts";
import { commonBufferWords } from "../../actors/hal/common_buffer_memory.ts";
import { DOMAIN_COMMON_BUFFER_LARGE_PAGE } from "../../actors/hal/common_buffers.ts";
import { HARDWARE_RUNS, mdlRuns, RunList } from "../../sim/memory/mod.ts";
import type { AllocateOptions, BootReservation } from "../../sim/memory/mod.ts";
import { SILENT } from "../../trace/event.ts";
import { elements, ENGINES, Machine, MIB, obtain, pattern, putList, version3, XDMA, XDMA_32 } from "./fixture.ts";

const PLAIN = { length: 8192, cacheEnabled: true };

for (const engine of ENGINES) {
  Deno.test(`driver and device see each other's bytes without build or flush (${engine}) [S1-4]`, () => {
    const machine = new Machine({ engine });
    const buffer = machine.adapter().dmaOperations.allocateCommonBuffer(PLAIN)!;
    const port = machine.memory.port("xdma0");
    const words = commonBufferWords(buffer);
    words.write32(4096, 0xad4b_0013);
    const seen = new Uint8Array(4);
    assertEquals(port.read(buffer.logicalAddress + 4096, seen, 0, 4), 0);
    assertEquals(seen, Uint8Array.of(0x13, 0x00, 0x4b, 0xad));
    port.write(buffer.logicalAddress + 8, Uint8Array.of(1, 2, 3, 4), 0, 4);
    assertEquals(words.read32(8), 0x04030201);
    assertEquals(machine.memory.space.read32(buffer.virtualAddress + 8), 0x04030201);
    assertEquals(machine.rules, []);
  });

  Deno.test(`each of the five values of FreeCommonBuffer must be that of the allocation (${engine})`, () => {
    const machine = new Machine({ engine });
    const operations = version3(machine.adapter());
    const other = version3(machine.adapter());
    const free = (change: object, by = operations): void => {
      const { virtualAddress, logicalAddress, length, cacheEnabled } = operations.allocateCommonBuffer(PLAIN)!;
      by.freeCommonBuffer({ virtualAddress, logicalAddress, length, cacheEnabled, ...change });
    };
    free({});
    assertEquals(machine.rules, []);
    free({ length: 4096 });
    free({ logicalAddress: 4096 });
    free({ virtualAddress: 4096 });
    free({ cacheEnabled: false });
    free({}, other);
    assertEquals(machine.rules, [
      "FreeSizeMismatch",
      "FreeVaMismatch",
      "FreeVaMismatch",
      "CacheAttributeConflict",
      "PutUnknown",
    ]);
  });
}

Deno.test("a common buffer freed twice is named, and so is one that is left at PutDmaAdapter", () => {
  const machine = new Machine();
  const { dmaOperations } = machine.adapter();
  const buffer = dmaOperations.allocateCommonBuffer(PLAIN)!;
  dmaOperations.freeCommonBuffer(buffer);
  dmaOperations.freeCommonBuffer(buffer);
  assertEquals(machine.rules, ["CommonBufferDoubleFree"]);
  dmaOperations.allocateCommonBuffer(PLAIN);
  dmaOperations.putDmaAdapter();
  assertEquals(machine.rules.slice(1), ["PutAdapterWithCommonBuffers"]);
});

Deno.test("freeing gives frames and logical addresses back", () => {
  const machine = new Machine({ memory: { iommu: true } });
  const { dmaOperations, domain } = machine.adapter();
  const { freeFrames } = machine.memory.physical;
  const buffer = dmaOperations.allocateCommonBuffer(PLAIN)!;
  assertEquals([machine.memory.physical.freeFrames, domain.mappedPages], [freeFrames - 2, 2]);
  dmaOperations.freeCommonBuffer(buffer);
  assertEquals([machine.memory.physical.freeFrames, domain.mappedPages], [freeFrames, 0]);
  // The device, had it not been done, would fault now.
  assert(machine.memory.port("xdma0").read(buffer.logicalAddress, new Uint8Array(4), 0, 4) !== 0);
  dmaOperations.putDmaAdapter();
  assertEquals(machine.rules, []);
});

Deno.test("common buffers are for PASSIVE_LEVEL", () => {
  const machine = new Machine();
  const { dmaOperations } = machine.adapter();
  const buffer = machine.dispatch(() => dmaOperations.allocateCommonBuffer(PLAIN)!);
  machine.irql.run(3, 0, () => dmaOperations.freeCommonBuffer(buffer), 0);
  assertEquals(machine.rules, ["WrongIrql", "HalCallAtDirql"]);
});

Deno.test("the longest common buffer has N pages", () => {
  const machine = new Machine();
  const adapter = machine.adapter({ ...XDMA, maximumLength: 65_536 });
  assertEquals(adapter.numberOfMapRegisters, 17);
  const longest = 17 * 4096;
  assert(adapter.dmaOperations.allocateCommonBuffer({ ...PLAIN, length: longest }) !== null);
  assertEquals(adapter.dmaOperations.allocateCommonBuffer({ ...PLAIN, length: longest + 1 }), null);
});

Deno.test("a buffer is page aligned and at least a page, however little is asked for", () => {
  const machine = new Machine();
  const { dmaOperations } = machine.adapter();
  const { freeFrames } = machine.memory.physical;
  const buffer = dmaOperations.allocateCommonBuffer({ ...PLAIN, length: 64 })!;
  assertEquals([buffer.virtualAddress % 4096, buffer.logicalAddress % 4096, buffer.length], [0, 0, 64]);
  assertEquals(machine.memory.physical.freeFrames, freeFrames - 1);
  assertEquals(dmaOperations.allocateCommonBuffer({ ...PLAIN, length: 0 }), null);
});

Deno.test("a device of 32 address lines gets a buffer below 4 GiB, of 64 one from anywhere", () => {
  const machine = new Machine();
  const low = machine.adapter(XDMA_32, "old").dmaOperations.allocateCommonBuffer(PLAIN)!;
  const high = machine.adapter().dmaOperations.allocateCommonBuffer(PLAIN)!;
  assert(low.logicalAddress + low.length <= 2 ** 32);
  assert(high.logicalAddress >= 2 ** 32);
});

Deno.test("with an IOMMU scattered frames become one range for the device", () => {
  const machine = new Machine({ memory: { iommu: true, layout: "fragmented" } });
  const buffer = machine.adapter().dmaOperations.allocateCommonBuffer({ ...PLAIN, length: 64 * 1024 })!;
  const { pfns } = machine.memory.space.regionAt(buffer.virtualAddress)!;
  assert(pfns.some((pfn, page) => page > 0 && pfn !== pfns[page - 1]! + 1));
  const words = commonBufferWords(buffer);
  for (let page = 0; page < 16; page++) words.write32(page * 4096, page);
  const seen = new Uint8Array(64 * 1024);
  assertEquals(machine.memory.port("xdma0").read(buffer.logicalAddress, seen, 0, seen.length), 0);
  assertEquals(pfns.map((_, page) => seen[page * 4096]!), pfns.map((_, page) => page));
});

Deno.test("the plain routine lets the platform decide about the cache, the newer ones do as asked", () => {
  const machine = new Machine({ memory: { coherent: false } });
  const operations = version3(machine.adapter());
  const cacheOf = (buffer: { virtualAddress: number } | null) =>
    machine.memory.space.regionAt(buffer!.virtualAddress)!.cache;
  assertEquals(cacheOf(operations.allocateCommonBuffer({ ...PLAIN, cacheEnabled: true })), "noncached");
  assertEquals(cacheOf(operations.allocateCommonBufferEx({ ...PLAIN, cacheEnabled: true })), "cached");
  assertEquals(cacheOf(operations.allocateCommonBufferEx({ ...PLAIN, cacheEnabled: false })), "noncached");
  const coherent = version3(new Machine().adapter());
  assert(coherent.allocateCommonBuffer({ ...PLAIN, cacheEnabled: false }) !== null);
});

Deno.test("where devices do not snoop, words of a cached common buffer need a flush and others do not", () => {
  const machine = new Machine({ memory: { coherent: false } });
  const operations = version3(machine.adapter());
  const deviceSees = (cacheEnabled: boolean): number => {
    const buffer = operations.allocateCommonBufferEx({ ...PLAIN, cacheEnabled })!;
    commonBufferWords(buffer).write32(0, 0x55);
    const seen = new Uint8Array(4);
    machine.memory.port("xdma0").read(buffer.logicalAddress, seen, 0, 4);
    return seen[0]!;
  };
  assertEquals([deviceSees(true), deviceSees(false)], [0, 0x55]);
});

Deno.test("words beyond the length, or of a freed buffer, are named and not written", () => {
  const machine = new Machine();
  const { dmaOperations } = machine.adapter();
  const buffer = dmaOperations.allocateCommonBuffer({ ...PLAIN, length: 64 })!;
  const words = commonBufferWords(buffer);
  words.write32(60, 1);
  assertEquals(machine.rules, []);
  words.write32(64, 2);
  assertEquals(machine.memory.space.read32(buffer.virtualAddress + 64), 0);
  assertEquals(machine.rules, ["BufferOverrun"]);
  dmaOperations.freeCommonBuffer(buffer);
  words.write32(0, 3);
  assertEquals(machine.rules.length, 2);
});

Deno.test("bounds of the logical address are kept, or there is no buffer", () => {
  const machine = new Machine();
  const operations = version3(machine.adapter());
  const below = operations.allocateCommonBufferEx({ ...PLAIN, maximumAddress: 2 ** 31 - 1 })!;
  assert(below.logicalAddress + below.length <= 2 ** 31);
  const above = operations.allocateCommonBufferWithBounds({ ...PLAIN, minimumAddress: 2 ** 32 })!;
  assert(above.logicalAddress >= 2 ** 32);
  const { freeFrames } = machine.memory.physical;
  const impossible = { ...PLAIN, minimumAddress: 2 ** 31, maximumAddress: 2 ** 31 + 4095 };
  assertEquals(operations.allocateCommonBufferWithBounds(impossible), null);
  assertEquals(machine.memory.physical.freeFrames, freeFrames);
});

Deno.test("the NUMA node is checked, large pages are 512 at a time", () => {
  const machine = new Machine({ memory: { layout: "contiguous" } });
  const operations = version3(machine.adapter());
  assertEquals(operations.allocateCommonBufferEx({ ...PLAIN, preferredNode: 1 }), null);
  assert(operations.allocateCommonBufferEx({ ...PLAIN, preferredNode: 0 }) !== null);
  const flags = DOMAIN_COMMON_BUFFER_LARGE_PAGE;
  const { freeFrames } = machine.memory.physical;
  const large = operations.allocateCommonBufferWithBounds({ ...PLAIN, flags })!;
  assertEquals([large.logicalAddress % (2 * MIB), machine.memory.physical.freeFrames], [0, freeFrames - 512]);
});

for (const mask of [31, 63, 4095, 65535]) {
  Deno.test(`the logical address is aligned for an AlignmentRequirement of ${mask} [S0-27]`, () => {
    const machine = new Machine({ memory: { seed: mask } });
    const { dmaOperations } = machine.adapter();
    // Something in front, so that nothing is aligned by being first.
    dmaOperations.allocateCommonBuffer({ ...PLAIN, length: 4096 });
    const wish = { length: 10_000, cacheEnabled: true, alignmentRequirement: mask };
    const result = allocateAlignedCommonBuffer(dmaOperations, wish);
    assert(result.status === "STATUS_SUCCESS");
    const { raw, alignedLogicalAddress, alignedVirtualAddress, rawOffset } = result.buffer;
    assertEquals(alignedLogicalAddress % (mask + 1), 0);
    assertEquals(alignedLogicalAddress - raw.logicalAddress, alignedVirtualAddress - raw.virtualAddress);
    assert(rawOffset + 10_000 <= raw.length);
    assertEquals(raw.length, mask <= 4095 ? 10_000 : 10_000 + mask);
    if (mask <= 4095) assertEquals(alignedVirtualAddress % (mask + 1), 0);
    // Aligned address and aligned virtual address are the same byte.
    commonBufferWords(raw).write32(rawOffset, 0x77);
    const seen = new Uint8Array(1);
    machine.memory.port("xdma0").read(alignedLogicalAddress, seen, 0, 1);
    assertEquals(seen[0], 0x77);
  });
}

Deno.test("an aligned buffer of no bytes, or a requirement that is no mask, is refused", () => {
  const { dmaOperations } = new Machine({ trace: SILENT }).adapter();
  const ask = (length: number, alignmentRequirement: number) =>
    allocateAlignedCommonBuffer(dmaOperations, { length, cacheEnabled: true, alignmentRequirement }).status;
  assertEquals(ask(0, 15), "STATUS_INVALID_PARAMETER");
  assertEquals(ask(64, 16), "STATUS_INVALID_PARAMETER");
  assertEquals(ask(2 ** 32 - 4096, 15), "STATUS_INVALID_PARAMETER");
  assertEquals(ask(64, 0), "STATUS_SUCCESS");
});

const TWO_GIB = 2 ** 31;
const FPGA: BootReservation = { name: "fpga", lengthBytes: TWO_GIB };
/** A device that may transfer 2 GiB less a page at once: its adapter is granted that many pages and one more. */
const LARGE = { ...XDMA, maximumLength: TWO_GIB };

Deno.test("two gigabytes in one piece are there at boot, and no more once memory is in pieces [S1-3]", () => {
  const memory = { physicalBytes: 2 ** 33, layout: "fragmented" } as const;
  const late = new Machine({ memory }).adapter(LARGE);
  assertEquals(late.dmaOperations.allocateCommonBuffer({ length: TWO_GIB, cacheEnabled: true }), null);
  const reserving = new Machine({ memory: { ...memory, bootReservations: [FPGA] } });
  assert(reserving.memory.physical.bootReservation("fpga") >= 0);
  // Early, while memory is whole, the same call works.
  const early = new Machine({ memory: { ...memory, layout: "contiguous" } }).adapter(LARGE);
  assert(early.dmaOperations.allocateCommonBuffer({ length: TWO_GIB, cacheEnabled: true }) !== null);
});

Deno.test("what boot reserves is gone for everybody else, for good [S1-3]", () => {
  const memory = { physicalBytes: 2 ** 33, layout: "contiguous" } as const;
  const free = (bootReservations: BootReservation[]): number =>
    new Machine({ memory: { ...memory, bootReservations } }).memory.physical.freeFrames;
  assertEquals(free([]) - free([FPGA]), TWO_GIB / 4096);
});

Deno.test("a reservation is set up in one step on every machine, 1024 large pages in a varying number [S1-3]", () => {
  /** Pieces that have to be set up one by one. */
  const steps = (seed: number, wish: Partial<AllocateOptions>): number => {
    const machine = new Machine({
      memory: { physicalBytes: 2 ** 34, lockMemoryPrivilege: true, layout: "mixed", seed },
    });
    const mdl = machine.buffer(TWO_GIB, wish);
    const runs = new RunList();
    mdlRuns(mdl, 0, TWO_GIB, HARDWARE_RUNS, runs);
    return runs.count;
  };
  const seeds = [1, 2, 3, 4];
  const pages = new Set(seeds.map((seed) => steps(seed, { pageSize: 2 * MIB })));
  assert(pages.size > 1 && !pages.has(1), `${[...pages]}`);
  const contiguous = { bootReservations: [FPGA], physicalBytes: 2 ** 34, layout: "mixed" } as const;
  const reserved = seeds.map((seed) => new Machine({ memory: { ...contiguous, seed } }).memory.physical);
  // One run from its first frame on, wherever that is.
  for (const physical of reserved) {
    const first = physical.bootReservation("fpga");
    assert(physical.allocated(first) && physical.allocated(first + TWO_GIB / 4096 - 1));
  }
});

Deno.test("memory allocated contiguously before the device exists becomes a list of one element [S1-4]", () => {
  const machine = new Machine();
  // MmAllocateContiguousMemory at DriverEntry, the adapter and the list when the device is there.
  const mdl = machine.buffer(MIB, { kind: "nonpaged", contiguous: true });
  const adapter = machine.adapter();
  const list = obtain(machine, adapter, mdl);
  assertEquals(elements(list), [[mdl.pfns[0]! * 4096, MIB]]);
  const bytes = pattern(MIB);
  machine.cpuWrite(mdl, bytes);
  assertEquals(machine.deviceRead(list), bytes);
  putList(machine, adapter, list);
  assertEquals(machine.rules, []);
});
