/** What goes through a Classic grant: bytes, both ways, in as many rounds as it takes; wrong flushes by name. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Recorder } from "../../trace/event.ts";
import { allocate, deviceRead, deviceWrite, flush, freeRegisters, map, mapAll } from "./classic_driver.ts";
import { ENGINES, Machine, PACKET_64, pattern, XDMA, XDMA_32 } from "./fixture.ts";

const PAGE = 4096;
const HIGH = { zone: "above4GiB" } as const;

for (const engine of ENGINES) {
  Deno.test(`twelve pages through five registers take three rounds (${engine})`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 4 * PAGE });
    assertEquals(adapter.numberOfMapRegisters, 5);
    const mdl = machine.buffer(12 * PAGE, HIGH);
    const bytes = pattern(12 * PAGE);
    machine.cpuWrite(mdl, bytes);
    const { base } = allocate(machine, adapter, 5);
    const rounds: number[] = [];
    for (let offset = 0; offset < mdl.byteCount; offset += rounds.at(-1)!) {
      const length = Math.min(5 * PAGE, mdl.byteCount - offset);
      const part = { base, mdl, offset, length };
      assertEquals(deviceRead(machine, mapAll(adapter, part)), bytes.slice(offset, offset + length));
      assert(flush(adapter, part));
      rounds.push(length);
    }
    freeRegisters(machine, adapter, base, 5);
    assertEquals(rounds.map((length) => length / PAGE), [5, 5, 2]);
    assertEquals(machine.rules, []);
  });

  Deno.test(`bounced data of a read is seen after FlushAdapterBuffers and not before (${engine}) [S1-13, S2-7]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const mdl = machine.buffer(2 * PAGE, HIGH);
    const { base } = allocate(machine, adapter, 2);
    const part = { base, mdl, length: 2 * PAGE, writeToDevice: false };
    const bytes = pattern(2 * PAGE);
    deviceWrite(machine, mapAll(adapter, part), bytes);
    assertEquals(machine.cpuRead(mdl), new Uint8Array(2 * PAGE));
    flush(adapter, part);
    assertEquals(machine.cpuRead(mdl), bytes);
    freeRegisters(machine, adapter, base, 2);
    assertEquals(machine.rules, []);
  });
}

Deno.test("on a coherent platform data that is not bounced is seen without a flush [S1-13]", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA);
  const mdl = machine.buffer(2 * PAGE);
  const bytes = pattern(2 * PAGE);
  allocate(machine, adapter, 2, "DeallocateObjectKeepRegisters", (base) => {
    deviceWrite(machine, mapAll(adapter, { base, mdl, length: 2 * PAGE, writeToDevice: false }), bytes);
  });
  assertEquals(machine.cpuRead(mdl), bytes);
});

Deno.test("where devices do not snoop, the flush is what shows the CPU the device's data [S1-13]", () => {
  const machine = new Machine({ memory: { coherent: false } });
  const adapter = machine.adapter(XDMA);
  const mdl = machine.buffer(PAGE);
  machine.cpuWrite(mdl, pattern(PAGE, 1));
  machine.hal.mdls.keFlushIoBuffers(mdl, true, true);
  machine.cpuRead(mdl);
  const part = { base: null, mdl, length: PAGE, writeToDevice: false };
  const bytes = pattern(PAGE, 2);
  allocate(machine, adapter, 1, "DeallocateObjectKeepRegisters", () => {
    deviceWrite(machine, mapAll(adapter, part), bytes);
  });
  assertEquals(machine.cpuRead(mdl), pattern(PAGE, 1));
  assert(flush(adapter, part));
  assertEquals(machine.cpuRead(mdl), bytes);
  assertEquals(machine.rules, []);
});

Deno.test("versions 1 and 2 leave cleaning to KeFlushIoBuffers: without it the device reads old bytes [S2-2]", () => {
  const machine = new Machine({ memory: { coherent: false } });
  const adapter = machine.adapter({ ...XDMA, version: 2, dma64BitAddresses: true });
  const mdl = machine.buffer(PAGE);
  const bytes = pattern(PAGE);
  machine.cpuWrite(mdl, bytes);
  const seen: Uint8Array[] = [];
  for (const flushFirst of [false, true]) {
    if (flushFirst) machine.hal.mdls.keFlushIoBuffers(mdl, false, true);
    allocate(machine, adapter, 1, "DeallocateObjectKeepRegisters", (base) => {
      const part = { base, mdl, length: PAGE };
      seen.push(deviceRead(machine, mapAll(adapter, part)));
      flush(adapter, part);
    });
  }
  assertEquals(seen, [new Uint8Array(PAGE), bytes]);
});

Deno.test("a device without scatter/gather gets one piece, a device with it the runs as they lie", () => {
  const machine = new Machine({ memory: { layout: "fragmented" } });
  const mdl = machine.buffer(8 * PAGE, { byteOffset: 100 });
  const pieces = [PACKET_64, XDMA].map((description) => {
    const adapter = machine.adapter(description);
    let count = 0;
    allocate(machine, adapter, 9, "KeepObject", (base) => {
      const part = { base, mdl, length: mdl.byteCount };
      count = mapAll(adapter, part).length;
      flush(adapter, part);
    });
    return count;
  });
  assertEquals(pieces[0], 1);
  assert(pieces[1]! > 1);
  assertEquals(machine.rules, []);
});

Deno.test("a contiguous buffer in reach is not copied, not even for a device without scatter/gather", () => {
  const machine = new Machine();
  const adapter = machine.adapter(PACKET_64);
  const mdl = machine.buffer(8 * PAGE, { kind: "nonpaged", contiguous: true });
  const { base } = allocate(machine, adapter, 8);
  assertEquals(mapAll(adapter, { base, mdl, length: mdl.byteCount }), [[mdl.pfns[0]! * PAGE, mdl.byteCount]]);
  assertEquals(adapter.counters.bytesBounced, 0);
});

Deno.test("one flush may cover several MapTransfers of a grant", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const mdl = machine.buffer(4 * PAGE, HIGH);
  const { base } = allocate(machine, adapter, 4);
  map(adapter, { base, mdl, offset: 0, length: PAGE });
  map(adapter, { base, mdl, offset: PAGE, length: PAGE });
  assert(flush(adapter, { base, mdl, length: 2 * PAGE }));
  freeRegisters(machine, adapter, base, 4);
  assertEquals(machine.rules, []);
});

/** A grant of four registers with two mapped pages at the start of an eight-page buffer. */
function mapped() {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const mdl = machine.buffer(8 * PAGE, HIGH);
  const { base } = allocate(machine, adapter, 4);
  mapAll(adapter, { base, mdl, length: 2 * PAGE });
  return { machine, adapter, mdl, base };
}

const WRONG_FLUSHES = {
  "of another range": ["MapFlushMismatch", { offset: 4 * PAGE, length: PAGE }],
  "of a part": ["MapFlushMismatch", { offset: PAGE, length: PAGE }],
  "past the end": ["FlushPastRegisterFile", { length: 3 * PAGE }],
  "in the other direction": ["FlushDirectionMismatch", { length: 2 * PAGE, writeToDevice: false }],
  "with a base of nobody": ["FlushUnmappedRegister", { length: 2 * PAGE, base: { name: "nobody" } }],
  "with a NULL base": ["FlushUnmappedRegister", { length: 2 * PAGE, base: null }],
} as const;

for (const [how, [rule, change]] of Object.entries(WRONG_FLUSHES)) {
  Deno.test(`a flush ${how} is ${rule}`, () => {
    const { machine, adapter, mdl, base } = mapped();
    flush(adapter, { base, mdl, ...change });
    assertEquals(machine.rules, [rule]);
  });
}

Deno.test("a flush of nothing, or twice, is FlushUnmappedBuffer", () => {
  const { machine, adapter, mdl, base } = mapped();
  const part = { base, mdl, length: 2 * PAGE };
  assert(flush(adapter, part));
  assertEquals(flush(adapter, part), false);
  const other = machine.adapter(XDMA, "xdma1");
  assertEquals(flush(other, { ...part, base: null }), false);
  assertEquals(machine.rules, ["FlushUnmappedBuffer", "FlushUnmappedBuffer"]);
});

Deno.test("registers freed under a mapping are FreeWhileMapped, by every routine that frees", () => {
  const { machine, adapter, mdl, base } = mapped();
  freeRegisters(machine, adapter, base, 4);
  assertEquals(machine.rules, ["FreeWhileMapped"]);
  allocate(machine, adapter, 4, "DeallocateObject", (inside) => void map(adapter, { base: inside, mdl, length: PAGE }));
  allocate(machine, adapter, 4, "KeepObject", (inside) => void map(adapter, { base: inside, mdl, length: PAGE }));
  machine.dispatch(() => adapter.dmaOperations.freeAdapterChannel());
  assertEquals(machine.rules.slice(1), ["FreeWhileMapped", "FreeWhileMapped"]);
  assertEquals(machine.hal.mapRegisters.free, machine.hal.mapRegisters.size);
});

Deno.test("a range mapped twice is RangeAlreadyMapped; after its flush it may be mapped again", () => {
  const { machine, adapter, mdl, base } = mapped();
  map(adapter, { base, mdl, offset: PAGE, length: PAGE });
  assertEquals(machine.rules, ["RangeAlreadyMapped"]);
  const again = mapped();
  const part = { base: again.base, mdl: again.mdl, length: 2 * PAGE };
  flush(again.adapter, part);
  mapAll(again.adapter, part);
  assertEquals(again.machine.rules, []);
});

Deno.test("mapping more than the registers: too many at once, or a flush forgotten", () => {
  const { machine, adapter, mdl, base } = mapped();
  // Two registers are left; a third page would need what the first two pages hold.
  assertEquals(mapAll(adapter, { base, mdl, offset: 2 * PAGE, length: 2 * PAGE }).length > 0, true);
  assertEquals(map(adapter, { base, mdl, offset: 4 * PAGE, length: PAGE }).length, 0);
  assertEquals(machine.rules, ["MissingFlush"]);
  const packet = machine.adapter({ ...PACKET_64, dmaAddressWidth: 32 }, "packet");
  const fresh = allocate(machine, packet, 4);
  assertEquals(map(packet, { base: fresh.base, mdl, length: 8 * PAGE }).length, 4 * PAGE);
  assertEquals(machine.rules.slice(1), ["TooManyRegistersAtOnce"]);
});

Deno.test("each wrong range is named, and maps nothing or what there is", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const mdl = machine.buffer(2 * PAGE, { ...HIGH, byteOffset: 8 });
  const { base } = allocate(machine, adapter, 4);
  assertEquals(map(adapter, { base, mdl, offset: -8, length: 8 }).length, 0);
  assertEquals(map(adapter, { base, mdl, offset: 2 * PAGE, length: 8 }).length, 0);
  assertEquals(map(adapter, { base, mdl, length: 0 }).length, 0);
  assertEquals(map(adapter, { base, mdl, offset: 2 * PAGE - 8, length: 16 }).length, 8);
  assertEquals(map(adapter, { base: { name: "nobody" }, mdl, length: 8 }).length, 0);
  assertEquals(machine.rules, [
    "VaOutsideMdl",
    "VaOutsideMdl",
    "ZeroLengthMap",
    "MdlShorterThanLength",
    "RegisterBaseUnknown",
  ]);
});

Deno.test("memory that may be paged out is not mapped", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const mdl = machine.hal.mdls.ioAllocateMdl(machine.region(PAGE).va, PAGE)!;
  const { base } = allocate(machine, adapter, 1);
  assertEquals(map(adapter, { base, mdl, length: PAGE }).length, 0);
  assertEquals(machine.rules, ["DmaOnUnlockedBuffer"]);
});

Deno.test("mapping through a base that was freed, or before there is one, is RegisterBaseUnknown", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const mdl = machine.buffer(PAGE);
  const { base } = allocate(machine, adapter, 1);
  freeRegisters(machine, adapter, base, 1);
  map(adapter, { base, mdl, length: PAGE });
  map(adapter, { base: null, mdl, length: PAGE });
  assertEquals(machine.rules, ["RegisterBaseUnknown", "RegisterBaseUnknown"]);
});

Deno.test("the calls of a transfer are in the trace in their order, with their DDI parameter names", () => {
  const trace = new Recorder();
  const machine = new Machine({ trace });
  const adapter = machine.adapter(XDMA_32);
  const mdl = machine.buffer(PAGE, HIGH);
  const { base } = allocate(machine, adapter, 1);
  const part = { base, mdl, length: PAGE };
  map(adapter, part);
  flush(adapter, part);
  freeRegisters(machine, adapter, base, 1);
  const calls = trace.events.filter((event) => event.kind === "call").filter(({ call }) => call !== "IoGetDmaAdapter");
  assertEquals(calls.map(({ call }) => call), [
    "AllocateAdapterChannel",
    "MapTransfer",
    "FlushAdapterBuffers",
    "FreeMapRegisters",
  ]);
  const [, mapCall, , freeCall] = calls;
  assertEquals(Object.keys(mapCall!.args), [
    "DmaAdapter",
    "Mdl",
    "MapRegisterBase",
    "CurrentVa",
    "Length",
    "WriteToDevice",
  ]);
  assertEquals(mapCall!.args["MapRegisterBase"], freeCall!.args["MapRegisterBase"]!);
  assertEquals(mapCall!.out, { Length: PAGE });
});

Deno.test("any range of any buffer goes both ways unchanged, on every device and platform", () => {
  const wish = fc.record({
    device: fc.constantFrom(XDMA, XDMA_32, PACKET_64, { ...PACKET_64, dmaAddressWidth: 32 }),
    iommu: fc.boolean(),
    coherent: fc.boolean(),
    layout: fc.constantFrom("contiguous" as const, "fragmented" as const, "mixed" as const),
    byteOffset: fc.integer({ min: 0, max: PAGE - 1 }),
    offset: fc.integer({ min: 0, max: 3 * PAGE }),
    length: fc.integer({ min: 1, max: 5 * PAGE }),
    writeToDevice: fc.boolean(),
  });
  fc.assert(
    fc.property(wish, ({ device, iommu, coherent, layout, byteOffset, offset, length, writeToDevice }) => {
      const machine = new Machine({ memory: { iommu, coherent, layout } });
      const adapter = machine.adapter(device);
      const total = offset + length + 17;
      const mdl = machine.buffer(total, { byteOffset });
      const before = pattern(total, 3);
      machine.cpuWrite(mdl, before);
      machine.hal.mdls.keFlushIoBuffers(mdl, !writeToDevice, true);
      const registers = Math.ceil(length / PAGE) + 1;
      const { base } = allocate(machine, adapter, registers);
      const part = { base, mdl, offset, length, writeToDevice };
      const pieces = mapAll(adapter, part);
      assertEquals(pieces.reduce((sum, [, bytes]) => sum + bytes, 0), length);
      const moved = pattern(length, 99);
      if (writeToDevice) assertEquals(deviceRead(machine, pieces), before.slice(offset, offset + length));
      else deviceWrite(machine, pieces, moved);
      assert(flush(adapter, part));
      const expected = before.slice();
      if (!writeToDevice) expected.set(moved, offset);
      assertEquals(machine.cpuRead(mdl), expected);
      if (base !== null) freeRegisters(machine, adapter, base, registers);
      assertEquals([adapter.domain.mappedPages, machine.hal.mapRegisters.free], [0, machine.hal.mapRegisters.size]);
      adapter.dmaOperations.putDmaAdapter();
      assertEquals(machine.rules, []);
    }),
    { numRuns: 150 },
  );
});
