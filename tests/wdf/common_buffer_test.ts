/** WDFCOMMONBUFFER: alignment, and the pool of descriptor buffers that a driver keeps. */

import { assert, assertEquals } from "@std/assert";
import {
  wdfCommonBufferCreate,
  wdfCommonBufferCreateWithConfig,
  wdfCommonBufferGetAlignedLogicalAddress,
  wdfCommonBufferGetAlignedVirtualAddress,
  wdfCommonBufferGetLength,
  wdfDeviceSetAlignmentRequirement,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionRelease,
  wdfObjectDelete,
} from "../../actors/wdf/mod.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import type { WdfCommonBuffer, WdfDmaEnabler } from "../../actors/wdf/mod.ts";
import { adjacentCount, DESCRIPTOR_BYTES, DESCRIPTOR_MAGIC } from "../../sim/card/descriptor.ts";
import { highHalf, lowHalf } from "../../sim/units.ts";
import { pattern } from "../hal/fixture.ts";
import { CardRig } from "./card_rig.ts";
import { READ, Rig, WRITE } from "./rig.ts";

function made(result: ReturnType<typeof wdfCommonBufferCreate>): WdfCommonBuffer {
  if (result.status !== "STATUS_SUCCESS") throw new Error(JSON.stringify(result));
  return result.commonBuffer;
}

const aligned = (enabler: WdfDmaEnabler, length: number, mask: number): WdfCommonBuffer =>
  made(wdfCommonBufferCreateWithConfig(enabler, length, { alignmentRequirement: mask }));

for (const mask of [31, 63, 4095, 65535]) {
  Deno.test(`with an alignment requirement of ${mask} the logical address is aligned to ${mask + 1} bytes [S0-27]`, () => {
    for (const iommu of [false, true]) {
      const rig = new Rig({ memory: { iommu } });
      // An odd number of pages before it, so that chance does not align it.
      made(wdfCommonBufferCreate(rig.enabler, 3 * 4096));
      const buffer = aligned(rig.enabler, 5000, mask);
      const logical = wdfCommonBufferGetAlignedLogicalAddress(buffer);
      assertEquals([logical % (mask + 1), wdfCommonBufferGetLength(buffer)], [0, 5000]);
      // Both addresses mean the same byte, the first and the last.
      const virtual = wdfCommonBufferGetAlignedVirtualAddress(buffer);
      for (const offset of [0, 4996]) {
        rig.memory.space.write32(virtual + offset, 0xabcd + offset);
        const word = new Uint8Array(4);
        assertEquals(rig.memory.port("xdma0").read(logical + offset, word, 0, 4), 0);
        assertEquals(new DataView(word.buffer).getUint32(0, true), 0xabcd + offset);
        assertEquals(buffer.read32(offset), 0xabcd + offset);
        buffer.write32(offset, 0x1234 + offset);
        rig.memory.port("xdma0").read(logical + offset, word, 0, 4);
        assertEquals(new DataView(word.buffer).getUint32(0, true), 0x1234 + offset);
      }
      if (mask <= 4095) assertEquals(virtual % (mask + 1), 0);
      wdfObjectDelete(rig.enabler);
      assertEquals(rig.rules, []);
    }
  });
}

Deno.test("without a config the device object's requirement counts, or the HAL's where that is larger [S0-27]", () => {
  const rig = new Rig();
  const raw = (): number => made(wdfCommonBufferCreate(rig.enabler, 5000)).memory.raw.length;
  assertEquals(raw(), 5000);
  wdfDeviceSetAlignmentRequirement(rig.device, 65535);
  assertEquals(raw(), 5000 + 65535);
  const buffer = made(wdfCommonBufferCreate(rig.enabler, 5000));
  assertEquals(wdfCommonBufferGetAlignedLogicalAddress(buffer) % 65536, 0);
});

Deno.test("a length of 0 or beyond MAXULONG - PAGE_SIZE is INVALID_PARAMETER; what the adapter cannot give is refused", () => {
  const { enabler } = new Rig();
  const status = (length: number): string => wdfCommonBufferCreate(enabler, length).status;
  assertEquals([status(0), status(0xffff_ffff - 4095)], ["STATUS_INVALID_PARAMETER", "STATUS_INVALID_PARAMETER"]);
  assertEquals([status(0x10_0000), status(0x10_2000)], ["STATUS_SUCCESS", "STATUS_INSUFFICIENT_RESOURCES"]);
});

Deno.test("deleting a common buffer gives its memory back once, before the adapter is put", () => {
  const rig = new Rig();
  const before = rig.memory.physical.freeFrames;
  const buffer = made(wdfCommonBufferCreate(rig.enabler, 8192));
  wdfObjectDelete(buffer);
  wdfObjectDelete(buffer);
  assertEquals([rig.memory.physical.freeFrames - before, rig.rules], [0, []]);
  made(wdfCommonBufferCreate(rig.enabler, 8192));
  wdfObjectDelete(rig.enabler);
  assertEquals([rig.memory.physical.freeFrames - before, rig.rules], [0, []]);
});

Deno.test("a common buffer is created at PASSIVE_LEVEL, or it is named", () => {
  const rig = new Rig();
  rig.dispatch(() => wdfCommonBufferCreate(rig.enabler, 4096));
  assert(rig.rules.includes("WrongIrql"));
});

/** What a driver does in EvtProgramDma: descriptors of a list, into a common buffer. */
function writeDescriptors(buffer: WdfCommonBuffer, list: ScatterGatherList): void {
  const first = wdfCommonBufferGetAlignedLogicalAddress(buffer);
  const count = list.numberOfElements;
  for (let element = 0; element < count; element++) {
    const last = element === count - 1;
    const next = last ? 0 : first + (element + 1) * DESCRIPTOR_BYTES;
    const adjacent = last ? 0 : adjacentCount(next, count - element - 1);
    const host = list.addresses[element]!;
    const words = [(DESCRIPTOR_MAGIC << 16) | (adjacent << 8) | (last ? 3 : 0), list.lengths[element]!];
    words.push(lowHalf(host), highHalf(host), 0, 0, lowHalf(next), highHalf(next));
    for (const [index, word] of words.entries()) buffer.write32(element * DESCRIPTOR_BYTES + index * 4, word >>> 0);
  }
}

/** What a device reads that walks descriptors from a logical address on. */
function walk(rig: Rig, first: number): number[] {
  const bytes: number[] = [];
  const port = rig.memory.port("xdma0");
  const descriptor = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES));
  const raw = new Uint8Array(descriptor.buffer);
  for (let at = first; at !== 0;) {
    assertEquals(port.read(at, raw, 0, DESCRIPTOR_BYTES), 0);
    assertEquals(descriptor.getUint16(2, true), DESCRIPTOR_MAGIC);
    const length = descriptor.getUint32(4, true);
    const data = new Uint8Array(length);
    const source = descriptor.getUint32(8, true) + descriptor.getUint32(12, true) * 2 ** 32;
    assertEquals(port.read(source, data, 0, length), 0);
    bytes.push(...data);
    at = descriptor.getUint32(24, true) + descriptor.getUint32(28, true) * 2 ** 32;
  }
  return bytes;
}

Deno.test("descriptors live in a pool of common buffers that stays the same over 10 000 transfers [S0-26]", () => {
  const rig = new Rig({ memory: { layout: "fragmented", physicalBytes: 2 ** 30 } });
  const members = Array.from({ length: 4 }, () => aligned(rig.enabler, 4096, 31));
  const free = [...members];
  const mdl = rig.buffer(3 * 4096, { byteOffset: 1000 });
  const sent = pattern(3 * 4096);
  rig.cpuWrite(mdl, sent);
  const transactions = Array.from({ length: 4 }, () => rig.transaction());
  const { counters, life } = rig.hal.adapters[0]!;
  const before = [counters.calls.AllocateCommonBuffer, rig.memory.pool.allocations, rig.memory.physical.freeFrames];
  let transfers = 0;
  const used = new Set<WdfCommonBuffer>();
  while (transfers < 10_000) {
    // Four at a time, each with a buffer of the pool, filled in EvtProgramDma from the list.
    const busy: WdfCommonBuffer[] = [];
    for (const transaction of transactions) {
      rig.start(transaction, mdl, {
        run: (list) => {
          const buffer = free.shift();
          assert(buffer !== undefined, "the pool is empty");
          writeDescriptors(buffer, list);
          busy.push(buffer);
        },
      });
    }
    assertEquals(free.length, 0);
    for (const [index, transaction] of transactions.entries()) {
      const buffer = busy[index]!;
      if (transfers % 500 < 4) {
        assertEquals(Uint8Array.from(walk(rig, wdfCommonBufferGetAlignedLogicalAddress(buffer))), sent);
      }
      rig.programmed[index]!.list.life.send({ type: "DEVICE_DONE" });
      assert(wdfDmaTransactionDmaCompleted(transaction).completed);
      wdfDmaTransactionRelease(transaction);
      used.add(buffer);
      free.push(buffer);
      transfers++;
    }
    rig.programmed.length = 0;
  }
  assertEquals(transfers, 10_000);
  assertEquals([[...used].length, free.length, life.context.commonBuffers], [4, 4, 4]);
  assertEquals(new Set(free), new Set(members));
  const after = [counters.calls.AllocateCommonBuffer, rig.memory.pool.allocations, rig.memory.physical.freeFrames];
  assertEquals([after, rig.rules], [before, []]);
});

Deno.test("a real engine takes its descriptors from a common buffer of the framework, there and back [S0-26]", () => {
  const rig = new CardRig();
  const sent = pattern(50_000);
  const from = rig.buffer(50_000);
  const to = rig.buffer(50_000);
  rig.cpuWrite(from, sent);
  const transaction = rig.transaction();
  for (let round = 0; round < 20; round++) {
    for (const [mdl, direction, channel] of [[from, WRITE, rig.h2c], [to, READ, rig.c2h]] as const) {
      rig.start(transaction, mdl, { direction, run: (list) => channel.prepare(0, list, 0) });
      channel.start(0);
      rig.settle(channel, rig.programmed.at(-1)!.list);
      assert(wdfDmaTransactionDmaCompleted(transaction).completed);
      wdfDmaTransactionRelease(transaction);
    }
    assertEquals(rig.cpuRead(to), sent);
    rig.cpuWrite(to, new Uint8Array(50_000));
  }
  assertEquals([rig.hal.adapters[0]!.life.context.commonBuffers, rig.pool.length, rig.rules], [2, 2, []]);
});
