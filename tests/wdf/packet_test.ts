/** Packet profiles: one piece of memory at a time, through the channel. */

import { assert, assertEquals } from "@std/assert";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import {
  wdfDmaTransactionAllocateResources,
  wdfDmaTransactionCancel,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionDmaCompletedWithLength,
  wdfDmaTransactionExecute,
  wdfDmaTransactionFreeResources,
  wdfDmaTransactionRelease,
  wdfObjectDelete,
} from "../../actors/wdf/mod.ts";
import type { WdfDmaTransaction } from "../../actors/wdf/mod.ts";
import { chainBytes, MIB, pattern } from "../hal/fixture.ts";
import { READ, Rig, WRITE } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

function packet(version: 2 | 3, options: RigOptions = {}): Rig {
  const config = { wdmDmaVersionOverride: version };
  return new Rig({ profile: "WdfDmaProfilePacket64", maximumLength: 16384, config, ...options });
}

function finish(rig: Rig, transaction: WdfDmaTransaction): void {
  do rig.deviceDone(); while (!wdfDmaTransactionDmaCompleted(transaction).completed);
}

for (const version of [2, 3] as const) {
  Deno.test(`version ${version}: a scattered buffer reaches a packet device in one piece a fragment, both ways`, () => {
    const rig = packet(version, { memory: { layout: "fragmented", physicalBytes: 2 ** 30 } });
    const sent = pattern(65536 + 100);
    const mdl = rig.buffer(sent.length, { byteOffset: 40 });
    rig.cpuWrite(mdl, sent);
    const seen: number[] = [];
    const transaction = rig.transaction();
    rig.start(transaction, mdl, { run: (list) => void seen.push(...rig.deviceRead(list)) });
    finish(rig, transaction);
    assertEquals(Uint8Array.from(seen), sent);
    assert(rig.programmed.every(({ list }) => list.numberOfElements === 1));
    assertEquals(rig.programmed.map(({ lengthBytes }) => lengthBytes), [16384, 16384, 16384, 16384, 100]);

    const received = pattern(sent.length, 9);
    let at = 0;
    const write = (list: ScatterGatherList): void => {
      const length = list.lengths[0]!;
      rig.deviceWrite(list, received.subarray(at, at + length));
      at += length;
    };
    wdfDmaTransactionRelease(transaction);
    rig.start(transaction, mdl, { direction: READ, run: write });
    finish(rig, transaction);
    assertEquals(rig.cpuRead(mdl), received);
    wdfObjectDelete(rig.enabler);
    const { counters } = rig.hal.adapters[0]!;
    assertEquals([counters.registersHeld, rig.rules], [0, []]);
  });

  Deno.test(`version ${version}: a packet transfer that stopped short goes on where it stopped`, () => {
    const rig = packet(version);
    const sent = pattern(8192);
    const mdl = rig.buffer(8192);
    rig.cpuWrite(mdl, sent);
    const seen: number[] = [];
    const transaction = rig.transaction();
    let moved = 0;
    rig.start(transaction, mdl, { run: (list) => void seen.push(...rig.deviceRead(list).subarray(0, moved = 3000)) });
    for (let completed = false; !completed;) {
      rig.deviceDone();
      const length = Math.min(moved, rig.programmed.at(-1)!.lengthBytes);
      ({ completed } = wdfDmaTransactionDmaCompletedWithLength(transaction, length));
    }
    assertEquals(Uint8Array.from(seen), sent);
    assertEquals(rig.programmed.map(({ lengthBytes }) => lengthBytes), [8192, 5192, 2192]);
  });
}

Deno.test("a packet transaction that completes its fragments inside EvtProgramDma reaches its end, without recursion", () => {
  for (const version of [2, 3] as const) {
    const rig = packet(version, { maximumLength: 4096 });
    const transaction = rig.transaction();
    let depth = 0;
    let deepest = 0;
    rig.start(transaction, rig.buffer(MIB), {
      run: () => {
        deepest = Math.max(deepest, ++depth);
        rig.deviceDone();
        wdfDmaTransactionDmaCompleted(transaction);
        depth--;
      },
    });
    assertEquals([rig.programmed.length, transaction.life.state, deepest], [256, "transferCompleted", 1]);
    // It ended before AdapterControl returned: that return gives the registers back.
    const { counters } = rig.hal.adapters[0]!;
    assertEquals([counters.calls.FreeMapRegisters, counters.registersHeld, rig.rules], [0, 0, []]);
  }
});

Deno.test("a contiguous buffer in reach needs no copy, and its NULL register base is never freed", () => {
  const rig = new Rig({ profile: "WdfDmaProfilePacket64", memory: { iommu: true } });
  const transaction = rig.transaction();
  rig.start(transaction, rig.buffer(8192));
  finish(rig, transaction);
  assertEquals([rig.hal.adapters[0]?.counters.calls.FreeMapRegisters, rig.rules], [0, []]);
});

Deno.test("with version 2 one packet transaction a device is under way: WDF_BUSY; version 3 has a line", () => {
  for (const version of [2, 3] as const) {
    const rig = packet(version);
    const other = rig.createEnabler({ profile: "WdfDmaProfilePacket64", config: { wdmDmaVersionOverride: version } });
    const first = rig.transaction();
    rig.start(first, rig.buffer(4096));
    const second = rig.transaction(other);
    rig.initialize(second, rig.buffer(4096));
    const { status } = wdfDmaTransactionExecute(second);
    assertEquals(status, version === 2 ? "STATUS_WDF_BUSY" : "STATUS_SUCCESS");
    assertEquals(second.life.state, version === 2 ? "transferFailed" : "transfer");
    rig.programmed[0]!.list.life.send({ type: "DEVICE_DONE" });
    assert(wdfDmaTransactionDmaCompleted(first).completed);
    if (version === 3) continue;
    wdfDmaTransactionRelease(second);
    rig.start(second, rig.buffer(4096));
    assertEquals(rig.programmed.length, 2);
  }
});

Deno.test("a packet profile of version 2 takes no chain, a scatter/gather profile takes one", () => {
  const status = (rig: Rig): string => {
    const mdl = rig.chain({ lengthBytes: 4096 }, { lengthBytes: 4096 });
    return rig.initialize(rig.transaction(), mdl, { length: chainBytes(mdl) }).status;
  };
  assertEquals(status(packet(2)), "STATUS_INVALID_PARAMETER");
  assertEquals(status(new Rig()), "STATUS_SUCCESS");
});

/** AllocateResources with a callback that counts. */
function reserve(
  transaction: WdfDmaTransaction,
  requiredMapRegisters: number,
): { readonly status: string; readonly granted: () => number } {
  let count = 0;
  const { status } = wdfDmaTransactionAllocateResources(transaction, {
    dmaDirection: WRITE,
    requiredMapRegisters,
    evtReserveDmaFunction: () => void count++,
    evtReserveDmaContext: null,
  });
  return { status, granted: () => count };
}

Deno.test("reserved map registers serve transfer after transfer, cut to fit, and go back at FreeResources", () => {
  const rig = packet(3, { maximumLength: MIB });
  const transaction = rig.transaction();
  const { status, granted } = reserve(transaction, 3);
  assertEquals([status, granted(), transaction.life.state], ["STATUS_SUCCESS", 1, "reserved"]);
  const { counters } = rig.hal.adapters[0]!;
  for (let round = 0; round < 2; round++) {
    rig.programmed.length = 0;
    rig.start(transaction, rig.buffer(8 * 4096, { byteOffset: 96 }));
    finish(rig, transaction);
    assertEquals(rig.programmed.map(({ lengthBytes }) => lengthBytes), [3 * 4096 - 96, 3 * 4096, 2 * 4096 + 96]);
    wdfDmaTransactionRelease(transaction);
    assertEquals(counters.registersHeld, 3);
  }
  assertEquals(counters.calls.AllocateAdapterChannelEx, 1);
  wdfDmaTransactionFreeResources(transaction);
  assertEquals([counters.registersHeld, transaction.life.state, rig.rules], [0, "released", []]);
});

Deno.test("a count of 0 reserves what the initialised buffer needs; without a buffer it is named", () => {
  const rig = packet(3, { maximumLength: MIB });
  const transaction = rig.transaction();
  assertEquals([reserve(transaction, 0).status, rig.rules.splice(0)], [
    "STATUS_INVALID_DEVICE_REQUEST",
    ["WdfTransactionWrongState"],
  ]);
  rig.initialize(transaction, rig.buffer(8192, { byteOffset: 1 }));
  assertEquals(reserve(transaction, 0).status, "STATUS_SUCCESS");
  assertEquals(rig.hal.adapters[0]!.counters.registersHeld, 3);
  wdfObjectDelete(transaction);
  assertEquals(rig.hal.adapters[0]!.counters.registersHeld, 0);
});

Deno.test("a reservation that waits can be cancelled: its callback never runs", () => {
  const rig = packet(3, { hal: { mapRegisters: 5 } });
  const first = rig.transaction();
  assertEquals(reserve(first, 4).granted(), 1);
  const second = rig.transaction();
  const waiting = reserve(second, 4);
  assertEquals([waiting.status, waiting.granted()], ["STATUS_SUCCESS", 0]);
  assert(wdfDmaTransactionCancel(second));
  wdfDmaTransactionFreeResources(first);
  assertEquals([waiting.granted(), second.life.state], [0, "transferFailed"]);
  // Until FreeResources the framework believes that they are reserved.
  wdfDmaTransactionRelease(second);
  assertEquals([reserve(second, 4).status, rig.rules], ["STATUS_INVALID_DEVICE_REQUEST", ["WdfTransactionWrongState"]]);
  wdfDmaTransactionFreeResources(second);
  assertEquals(reserve(second, 4).granted(), 1);
});

Deno.test("initialising and executing before the reserved registers are granted is named, fails, and loses none of them", () => {
  const rig = packet(3, { hal: { mapRegisters: 5 } });
  const first = rig.transaction();
  reserve(first, 4);
  const second = rig.transaction();
  const waiting = reserve(second, 4);
  // The framework initialises the transfer context, which still stands in the HAL's line.
  rig.initialize(second, rig.buffer(4096));
  assertEquals(rig.rules, ["TransferContextBusy"]);
  assertEquals(wdfDmaTransactionExecute(second).status, "STATUS_INVALID_DEVICE_STATE");
  wdfDmaTransactionFreeResources(first);
  // They come too late for a transaction that has failed, and go back at once.
  assertEquals(waiting.granted(), 0);
  wdfDmaTransactionFreeResources(second);
  assertEquals(rig.hal.mapRegisters.free, 5);
});

Deno.test("scatter/gather profiles and version 2 reserve nothing: INVALID_DEVICE_REQUEST", () => {
  const version3 = new Rig({ config: { wdmDmaVersionOverride: 3 } });
  assertEquals(reserve(version3.transaction(), 3).status, "STATUS_INVALID_DEVICE_REQUEST");
  assertEquals(reserve(packet(2).transaction(), 3).status, "STATUS_INVALID_DEVICE_REQUEST");
});
