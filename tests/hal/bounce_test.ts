import { assert, assertEquals } from "@std/assert";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { conservationTrouble } from "../../actors/hal/conservation.ts";
import {
  build,
  chainBytes,
  elements,
  ENGINES,
  Machine,
  MIB,
  obtain,
  PACKET_64,
  pattern,
  putList,
  version3,
  XDMA,
  XDMA_32,
} from "./fixture.ts";

const HIGH = { zone: "above4GiB" } as const;
const LOW = { zone: "below4GiB" } as const;

/** Fills a chain as the CPU does. */
function fill(machine: Machine, chain: Mdl, salt: number): Uint8Array {
  const bytes = pattern(chainBytes(chain), salt);
  let at = 0;
  for (let mdl: Mdl | null = chain; mdl !== null; mdl = mdl.next) {
    machine.memory.space.write(mmGetMdlVirtualAddress(mdl), bytes, at, mdl.byteCount);
    at += mdl.byteCount;
  }
  return bytes;
}

/** What the CPU reads of a chain. */
function read(machine: Machine, chain: Mdl): Uint8Array {
  const bytes: number[] = [];
  for (let mdl: Mdl | null = chain; mdl !== null; mdl = mdl.next) bytes.push(...machine.cpuRead(mdl));
  return Uint8Array.from(bytes);
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: a 32-bit device gets high memory through pages below 4 GiB, both ways [S1-22]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const mdl = machine.buffer(5 * 4096 + 77, { ...HIGH, byteOffset: 500 });
    const bytes = fill(machine, mdl, 3);
    const toDevice = obtain(machine, adapter, mdl);
    assert(elements(toDevice).every(([address, length]) => address + length <= 2 ** 32));
    assertEquals(machine.deviceRead(toDevice), bytes);
    putList(machine, adapter, toDevice);

    const fromDevice = obtain(machine, adapter, mdl, { writeToDevice: false });
    const answer = pattern(mdl.byteCount, 99);
    machine.deviceWrite(fromDevice, answer);
    // Until Put the CPU sees the old bytes.
    assertEquals(machine.cpuRead(mdl), bytes);
    putList(machine, adapter, fromDevice, false);
    assertEquals(machine.cpuRead(mdl), answer);
    assertEquals(adapter.counters.bytesBounced, 2 * mdl.byteCount);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: data for the device is copied when the list is built; later writes are not seen`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const mdl = machine.buffer(4096, HIGH);
    const before = fill(machine, mdl, 1);
    const list = obtain(machine, adapter, mdl);
    fill(machine, mdl, 2);
    assertEquals(machine.deviceRead(list), before);
  });

  Deno.test(`${engine}: Put with the wrong direction is named, and the data is lost`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const mdl = machine.buffer(4096, HIGH);
    const before = fill(machine, mdl, 1);
    const list = obtain(machine, adapter, mdl, { writeToDevice: false });
    machine.deviceWrite(list, pattern(4096, 9));
    putList(machine, adapter, list, true);
    assertEquals(machine.rules, ["PutDirectionMismatch"]);
    assertEquals(machine.cpuRead(mdl), before);
  });

  Deno.test(`${engine}: version 3 bounces only the pages out of reach`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const chain = machine.chain({ lengthBytes: 1 });
    chain.next = machine.buffer(2 * 4096, LOW);
    chain.next.next = machine.buffer(3 * 4096, HIGH);
    const bytes = fill(machine, chain, 4);
    const high = chain.pfns[0]! >= 0x10_0000 ? 1 : 0;
    const list = obtain(machine, adapter, chain);
    assertEquals(adapter.counters.registersHeld, 3 + high);
    assertEquals(machine.deviceRead(list), bytes);
    putList(machine, adapter, list);
    assertEquals(conservationTrouble(machine.hal), []);
  });

  Deno.test(`${engine}: a buffer half in reach arrives whole where devices do not snoop [S1-22]`, () => {
    const machine = new Machine({ engine, memory: { coherent: false } });
    const adapter = machine.adapter(XDMA_32);
    const chain = machine.buffer(4096 + 100, { ...LOW, byteOffset: 24 });
    chain.next = machine.buffer(4096 + 100, { ...HIGH, byteOffset: 24 });
    const bytes = fill(machine, chain, 6);
    const toDevice = obtain(machine, adapter, chain);
    assertEquals(machine.deviceRead(toDevice), bytes);
    putList(machine, adapter, toDevice);
    const fromDevice = obtain(machine, adapter, chain, { writeToDevice: false });
    // Somebody looks, so the lines are cached again.
    assertEquals(read(machine, chain), bytes);
    const answer = pattern(bytes.length, 60);
    machine.deviceWrite(fromDevice, answer);
    putList(machine, adapter, fromDevice, false);
    assertEquals(read(machine, chain), answer);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: versions 1 and 2 reserve a register for every page as soon as they may need one`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter({ ...XDMA_32, version: 2, dmaAddressWidth: 0 });
    assertEquals(adapter.addressWidth, 32);
    const mdl = machine.buffer(4 * 4096, LOW);
    machine.dispatch(() =>
      adapter.dmaOperations.getScatterGatherList({
        deviceObject: adapter.physicalDeviceObject,
        mdl,
        currentVa: mdl.startVa,
        length: mdl.byteCount,
        executionRoutine: (_device, list) => assertEquals(elements(list)[0]![0], mdl.pfns[0]! * 4096),
        context: null,
        writeToDevice: true,
      })
    );
    assertEquals(adapter.counters.registersHeld, 4);
  });

  Deno.test(`${engine}: a device without scatter/gather gets one element, whatever lies behind it [S2-31]`, () => {
    const machine = new Machine({ engine, memory: { layout: "fragmented" } });
    const adapter = machine.adapter(PACKET_64);
    const chain = machine.chain(
      { lengthBytes: 5000, byteOffset: 3000 },
      { lengthBytes: 1, byteOffset: 4095 },
      { lengthBytes: 9000, byteOffset: 17 },
    );
    const bytes = fill(machine, chain, 7);
    const list = obtain(machine, adapter, chain);
    assertEquals(list.numberOfElements, 1);
    assertEquals(machine.deviceRead(list), bytes);
    putList(machine, adapter, list);

    const back = obtain(machine, adapter, chain, { writeToDevice: false });
    assertEquals(back.numberOfElements, 1);
    const answer = pattern(bytes.length, 50);
    machine.deviceWrite(back, answer);
    putList(machine, adapter, back, false);
    assertEquals(read(machine, chain), answer);
    assertEquals(adapter.counters.registersHeld, 0);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: the same device takes contiguous memory as it lies, without a register [S2-31]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(PACKET_64);
    const mdl = machine.buffer(16 * 4096, { contiguous: true });
    const list = obtain(machine, adapter, mdl);
    assertEquals(elements(list), [[mdl.pfns[0]! * 4096, mdl.byteCount]]);
    assertEquals(adapter.counters.registersAllocated, 0);
  });

  Deno.test(`${engine}: a list does not lead back to the buffer: the device may use other pages [S1-6]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const mdl = machine.buffer(3 * 4096, { ...HIGH, byteOffset: 64 });
    const bytes = fill(machine, mdl, 5);
    const list = obtain(machine, adapter, mdl);
    const target = version3(adapter).buildMdlFromScatterGatherList({ scatterGather: list, originalMdl: mdl });
    assert(target.status === "STATUS_SUCCESS");
    const view = target.targetMdl;
    assert(view !== mdl && view.pfns.every((pfn) => !mdl.pfns.includes(pfn)));
    const seen = new Uint8Array(bytes.length);
    let at = 0;
    for (const [page, pfn] of view.pfns.entries()) {
      const inPage = page === 0 ? view.byteOffset : 0;
      const piece = Math.min(4096 - inPage, seen.length - at);
      machine.memory.physical.read(pfn * 4096 + inPage, seen, at, piece);
      at += piece;
    }
    assertEquals(seen, bytes);
    const again = version3(adapter).buildMdlFromScatterGatherList({ scatterGather: list, originalMdl: mdl });
    assertEquals(again.status, "STATUS_NONE_MAPPED");
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: where nothing is bounced the MDL of a list is the driver's own [S1-6]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(8192);
    const list = obtain(machine, adapter, mdl);
    const target = version3(adapter).buildMdlFromScatterGatherList({ scatterGather: list, originalMdl: mdl });
    assert(target.status === "STATUS_SUCCESS" && target.targetMdl === mdl);
    const none = version3(adapter).buildMdlFromScatterGatherList({ scatterGather: list, originalMdl: null });
    assertEquals(none.status, "STATUS_INVALID_PARAMETER");
  });
}

Deno.test("buffers of 70 MiB exhaust the registers of a 32-bit device, and take none of a 64-bit one [S3-10]", () => {
  // 17 920 pages each; registers for three of them and a little.
  const mapRegisters = 3 * 17_920 + 100;
  const machine = new Machine({ memory: { physicalBytes: 0x4_0000_0000 }, hal: { mapRegisters } });
  const [narrow, wide] = [
    machine.adapter({ ...XDMA_32, maximumLength: 70 * MIB }, "narrow0"),
    machine.adapter({
      ...XDMA,
      maximumLength: 70 * MIB,
    }),
  ];
  const buffers = Array.from({ length: 10 }, () => machine.buffer(70 * MIB, HIGH));
  const granted = buffers.filter((mdl) => {
    const built = build(machine, narrow, mdl, { writeToDevice: false });
    if (built.result.status !== "STATUS_SUCCESS") {
      assertEquals(built.result.reason, "poolExhausted");
      return false;
    }
    version3(narrow).freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
    return true;
  });
  assertEquals(granted.length, Math.floor(mapRegisters / 17_920));
  buffers.forEach((mdl) => obtain(machine, wide, mdl, { writeToDevice: false }));
  assertEquals(wide.counters.listsOutstanding, 10);
  assertEquals(wide.counters.registersAllocated, 0);
});

Deno.test("registers for a device without scatter/gather must lie in one piece: free ones alone do not help", () => {
  const machine = new Machine({ hal: { mapRegisters: 9 }, memory: { layout: "fragmented" } });
  const packet = machine.adapter({ ...PACKET_64, maximumLength: 4 * 4096 });
  const lists = [3, 3, 3].map((pages) => obtain(machine, packet, machine.buffer(pages * 4096)));
  putList(machine, packet, lists[0]!);
  putList(machine, packet, lists[2]!);
  assertEquals(machine.hal.mapRegisters.free, 6);
  const refused = build(machine, packet, machine.buffer(4 * 4096)).result;
  assert(refused.status === "STATUS_INSUFFICIENT_RESOURCES");
  assertEquals(refused.reason, "poolExhausted");
  assertEquals(refused.why, "needs 4 map registers in one piece, 6 of 9 are free");
  assertEquals(build(machine, packet, machine.buffer(3 * 4096)).result.status, "STATUS_SUCCESS");
});

Deno.test("a device of 24 address lines has registers of its own below 16 MiB", () => {
  const machine = new Machine();
  const adapter = machine.adapter({ ...XDMA, version: 1, interfaceType: "Isa", scatterGather: false }, "isa0");
  assertEquals(adapter.addressWidth, 24);
  assert(adapter.pool !== machine.hal.mapRegisters);
  const mdl = machine.buffer(3 * 4096, HIGH);
  let addresses: number[] = [];
  machine.dispatch(() =>
    adapter.dmaOperations.getScatterGatherList({
      deviceObject: adapter.physicalDeviceObject,
      mdl,
      currentVa: mdl.startVa,
      length: mdl.byteCount,
      executionRoutine: (_device, list) => void (addresses = elements(list).map(([address]) => address)),
      context: null,
      writeToDevice: true,
    })
  );
  assertEquals(addresses.length, 1);
  assert(addresses[0]! + mdl.byteCount <= 0x100_0000);
});
