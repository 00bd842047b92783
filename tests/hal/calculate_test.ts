import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { deviceDescription } from "../../actors/hal/device_description.ts";
import type { DeviceDescription } from "../../actors/hal/device_description.ts";
import { CHAIN_TOO_SHORT, grantedMapRegisters, registersForOffset } from "../../actors/hal/map_registers.ts";
import { registersForRange, registersForVa } from "../../actors/hal/map_registers.ts";
import { ioAllocateMdl, mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { LARGE_PAGE_SIZE, spanPages } from "../../sim/units.ts";
import { chainBytes, Machine, MIB, PACKET_64, version3, XDMA } from "./fixture.ts";
import { scatterGatherListBytes } from "../../actors/hal/scatter_gather.ts";
import { createScatterGatherBuffer } from "../../actors/hal/list_buffer.ts";

/** The field report of seed 001: a packet device of at most 128 bytes, which the framework makes version 3. */
const TLP_PACKET: Partial<DeviceDescription> = { ...PACKET_64, maximumLength: 128 };
/** Its second try: duplex scatter/gather, "1024*4" bytes, version 2. */
const ONE_PAGE_SG: Partial<DeviceDescription> = {
  ...XDMA,
  version: 2,
  dmaAddressWidth: 0,
  dma64BitAddresses: true,
  maximumLength: 1024 * 4,
};

/** CalculateScatterGatherList for a whole MDL, from an address of the caller's choice. */
function calculate(
  machine: Machine,
  description: Partial<DeviceDescription>,
  mdl: Mdl | null,
  va: number,
  length: number,
) {
  return version3(machine.adapter(description)).calculateScatterGatherList({ mdl, currentVa: va, length });
}

/** 4 MiB of large pages, as VirtualAlloc gives them. */
function largePages(machine: Machine): Mdl {
  machine.memory.space.lockMemoryPrivilege = true;
  return machine.buffer(2 * LARGE_PAGE_SIZE, { pageSize: LARGE_PAGE_SIZE });
}

Deno.test("an address that is not in the MDL is INVALID_PARAMETER in version 3, four ways [S1-14]", () => {
  const machine = new Machine();
  const heap = machine.buffer(60, { byteOffset: 0x123 });
  const large = largePages(machine);
  const { space } = machine.memory;
  const map = (mdl: Mdl): number => {
    const { pfns, byteOffset, byteCount, cache } = mdl;
    return space.map({ to: "system", pfns, byteOffset, lengthBytes: byteCount, cache })!.va;
  };
  const tries: [name: string, mdl: Mdl, va: number][] = [
    ["a: StartVa of an unaligned buffer", heap, heap.startVa],
    ["b: MappedSystemVa", heap, map(heap)],
    ["c: MmMapLockedPagesSpecifyCache", heap, map(heap)],
    ["d: MmGetSystemAddressForMdlSafe", large, map(large)],
  ];
  for (const [name, mdl, va] of tries) {
    assertEquals([name, calculate(machine, TLP_PACKET, mdl, va, mdl.byteCount).status], [
      name,
      "STATUS_INVALID_PARAMETER",
    ]);
  }
  assertEquals(machine.rules, ["VaOutsideMdl", "VaOutsideMdl", "VaOutsideMdl", "VaOutsideMdl"]);
});

Deno.test("INSUFFICIENT_RESOURCES for 4 MiB says R = 1024 and N = 2, in both tries [S1-15, X-5]", () => {
  const machine = new Machine();
  const mdl = largePages(machine);
  const system = machine.memory.space.map({
    to: "system",
    pfns: mdl.pfns,
    byteOffset: 0,
    lengthBytes: mdl.byteCount,
    cache: "cached",
  })!;
  const expected = {
    status: "STATUS_INSUFFICIENT_RESOURCES",
    reason: "perTransferLimit",
    why: "needs 1024 map registers, adapter was granted 2",
  } as const;
  assertEquals(calculate(machine, TLP_PACKET, mdl, mdl.startVa, mdl.byteCount), expected);
  assertEquals(calculate(machine, ONE_PAGE_SG, mdl, system.va, mdl.byteCount), expected);
});

Deno.test("what repairs it is MaximumLength: the exact boundaries for 4 MiB [S1-16]", () => {
  const machine = new Machine();
  const table: [maximumLength: number, byteOffset: number, passes: boolean][] = [
    [4_186_112, 0, false],
    [4_186_113, 0, true],
    [4_186_113, 1, false],
    [4_194_304, 0, true],
    [4_194_304, 1, true],
    [4_194_304, 4095, true],
  ];
  for (const [maximumLength, byteOffset, passes] of table) {
    const mdl = machine.buffer(4 * MIB, { byteOffset });
    for (const description of [{ ...TLP_PACKET, maximumLength }, { ...ONE_PAGE_SG, maximumLength }]) {
      const { status } = calculate(machine, description, mdl, mmGetMdlVirtualAddress(mdl), mdl.byteCount);
      assertEquals([maximumLength, byteOffset, status], [
        maximumLength,
        byteOffset,
        passes ? "STATUS_SUCCESS" : "STATUS_INSUFFICIENT_RESOURCES",
      ]);
    }
  }
});

Deno.test("the routine is called CalculateScatterGatherList, in the operations and in the counters [S1-17]", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA);
  assert("calculateScatterGatherList" in adapter.dmaOperations);
  assert(!("calculateScatterGatherListSize" in adapter.dmaOperations));
  version3(adapter).calculateScatterGatherList({ mdl: null, currentVa: 0, length: 1 });
  assertEquals(adapter.counters.calls.CalculateScatterGatherList, 1);
});

Deno.test("N is the pages of MaximumLength and one more", () => {
  const table = [[128, 2], [4096, 2], [4097, 3], [65_536, 17], [MIB, 257], [4 * MIB, 1025], [
    64 * MIB,
    16_385,
  ]] as const;
  const machine = new Machine();
  for (const [maximumLength, n] of table) {
    const granted = machine.hal.ioGetDmaAdapter({
      physicalDeviceObject: { name: "xdma0" },
      deviceDescription: deviceDescription({ ...XDMA, maximumLength }),
    });
    assertEquals(granted!.numberOfMapRegisters, n);
  }
});

Deno.test("the open re-implementation masks bit 31 and grants old devices 16 registers", () => {
  const n = (fields: Partial<DeviceDescription>): number =>
    grantedMapRegisters(deviceDescription({ ...XDMA, ...fields }), "reactos");
  assertEquals(n({ maximumLength: 4 * MIB }), 1025);
  assertEquals(n({ maximumLength: 0x8000_0000 }), 1);
  assertEquals(n({ maximumLength: 4 * MIB, scatterGather: false }), 16);
  assertEquals(n({ maximumLength: 8192, scatterGather: false }), 3);
  assertEquals(n({ master: false }), 1);
});

Deno.test("without an MDL the pages of CurrentVa and Length count; unaligned adds one [S4-6]", () => {
  assertEquals(registersForRange(0, 8192), 2);
  assertEquals(registersForRange(1, 8192), 3);
  assertEquals(registersForRange(4095, 1), 1);
  const machine = new Machine();
  const registers = (currentVa: number): number => {
    const result = calculate(machine, XDMA, null, currentVa, 8192);
    return result.status === "STATUS_SUCCESS" ? result.numberOfMapRegisters : -1;
  };
  assertEquals([registers(0x10000), registers(0x10001)], [2, 3]);
});

Deno.test("with an MDL chain all MDLs count: three make the sum of three [S4-5]", () => {
  const machine = new Machine();
  const parts = [{ lengthBytes: 8192 }, { lengthBytes: 100, byteOffset: 4090 }, { lengthBytes: 4097 }];
  const chain = machine.chain(...parts);
  const result = calculate(machine, XDMA, chain, mmGetMdlVirtualAddress(chain), chainBytes(chain));
  assert(result.status === "STATUS_SUCCESS");
  assertEquals(result.numberOfMapRegisters, 2 + 2 + 2);
  assertEquals(result.scatterGatherListSize, scatterGatherListBytes(6));
});

Deno.test("the size that Calculate says is enough, and one byte less is not [S4-4]", () => {
  for (const version of [2, 3]) {
    const machine = new Machine({ memory: { layout: "fragmented" } });
    const description = version === 2 ? { ...ONE_PAGE_SG, maximumLength: MIB } : XDMA;
    const adapter = machine.adapter(description);
    const mdl = machine.buffer(7 * 4096);
    const currentVa = mmGetMdlVirtualAddress(mdl);
    const sized = version3(adapter).calculateScatterGatherList({ mdl, currentVa, length: mdl.byteCount });
    assert(sized.status === "STATUS_SUCCESS");
    const build = (lengthBytes: number): string =>
      machine.dispatch(() =>
        version3(adapter).buildScatterGatherList({
          deviceObject: adapter.physicalDeviceObject,
          mdl,
          currentVa,
          length: mdl.byteCount,
          executionRoutine: () => {},
          context: null,
          writeToDevice: true,
          scatterGatherBuffer: createScatterGatherBuffer(machine.hal, lengthBytes)!,
          scatterGatherLength: lengthBytes,
        })
      ).status;
    assertEquals(build(sized.scatterGatherListSize - 1), "STATUS_BUFFER_TOO_SMALL");
    assertEquals(build(sized.scatterGatherListSize), "STATUS_SUCCESS");
    assertEquals(machine.rules, []);
  }
});

Deno.test("a list is larger than its elements: the HAL has a part of it [S4-3]", () => {
  const machine = new Machine();
  const result = calculate(machine, XDMA, null, 0, 4 * 4096);
  assert(result.status === "STATUS_SUCCESS");
  assert(result.scatterGatherListSize > 16 + 4 * 24);
});

Deno.test("R of one buffer is at most N if its length is at most MaximumLength, whatever its alignment", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 64 * MIB }),
    fc.nat(64 * MIB),
    fc.nat(4095),
    (maximumLength, shorter, byteOffset) => {
      const length = Math.max(1, maximumLength - shorter);
      const mdl = ioAllocateMdl(0x10_0000 + byteOffset, length);
      const n = grantedMapRegisters(deviceDescription({ ...XDMA, maximumLength }), "windows");
      assert(registersForOffset(mdl, 0, length) <= n);
    },
  ));
});

Deno.test("R of a chain can exceed N at the same length: two times two bytes across a page end", () => {
  const chain = ioAllocateMdl(0x10_0fff, 2);
  ioAllocateMdl(0x20_0fff, 2, chain);
  assertEquals(registersForOffset(chain, 0, 4), 4);
  assertEquals(grantedMapRegisters(deviceDescription({ ...XDMA, maximumLength: 4 }), "windows"), 2);
});

Deno.test("with N = 2 the longest aligned request that passes has 8192 bytes", () => {
  const machine = new Machine();
  const mdl = machine.buffer(3 * 4096);
  const status = (length: number): string => calculate(machine, TLP_PACKET, mdl, mdl.startVa, length).status;
  assertEquals([status(8192), status(8193)], ["STATUS_SUCCESS", "STATUS_INSUFFICIENT_RESOURCES"]);
});

Deno.test("R by offset, R by address and the sum of page spans agree inside the first MDL", () => {
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.nat(4095)), { minLength: 1, maxLength: 5 }),
    fc.nat(),
    fc.nat(),
    (parts, offsetSeed, lengthSeed) => {
      let chain: Mdl | null = null;
      for (const [index, [bytes, byteOffset]] of parts.entries()) {
        const mdl: Mdl = ioAllocateMdl((index + 1) * MIB + byteOffset, bytes, chain);
        chain ??= mdl;
      }
      const first = chain!;
      const total = chainBytes(first);
      const offset = offsetSeed % first.byteCount;
      const length = 1 + lengthSeed % (total - offset);
      let expected = 0;
      let start = 0;
      for (let mdl: Mdl | null = first; mdl !== null; mdl = mdl.next) {
        const from = Math.max(start, offset);
        const to = Math.min(start + mdl.byteCount, offset + length);
        if (to > from) expected += spanPages(mmGetMdlVirtualAddress(mdl) + from - start, to - from);
        start += mdl.byteCount;
      }
      assertEquals(registersForOffset(first, offset, length), expected);
      assertEquals(registersForVa(first, mmGetMdlVirtualAddress(first) + offset, length), expected);
    },
  ));
});

Deno.test("a chain that is more than a page too short is BUFFER_TOO_SMALL", () => {
  const machine = new Machine();
  const mdl = machine.buffer(4096);
  assertEquals(registersForOffset(mdl, 0, 8193), CHAIN_TOO_SHORT);
  assertEquals(calculate(machine, XDMA, mdl, mdl.startVa, 8193).status, "STATUS_BUFFER_TOO_SMALL");
  // One page of slack, as in the framework's own arithmetic.
  assertEquals(calculate(machine, XDMA, mdl, mdl.startVa, 8192).status, "STATUS_SUCCESS");
});

Deno.test("version 2 tests no range: a foreign address counts by its page offset", () => {
  const mdl = ioAllocateMdl(0x10_0000, 4 * MIB);
  assertEquals(registersForVa(mdl, 0x7000_0000_0000, 4 * MIB), 1024);
  assertEquals(registersForVa(mdl, 0x7000_0000_0123, 4 * MIB), 1025);
  // Unless the 32-bit remainder happens to be small: here two pages are left of the buffer, it seems.
  assertEquals(registersForVa(mdl, 0x7000_0010_0000 + 4 * MIB - 8192, 4 * MIB), CHAIN_TOO_SHORT);
});
