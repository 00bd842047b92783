/** WDFDMATRANSACTION: how data is cut, how transfers end, what each call answers. */

import { assert, assertEquals } from "@std/assert";
import {
  WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER,
  wdfDmaEnablerSetMaximumScatterGatherElements,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionDmaCompletedFinal,
  wdfDmaTransactionDmaCompletedWithLength,
  wdfDmaTransactionExecute,
  wdfDmaTransactionGetBytesTransferred,
  wdfDmaTransactionGetCurrentDmaTransferLength,
  wdfDmaTransactionGetTransferInfo,
  wdfDmaTransactionRelease,
  wdfDmaTransactionSetMaximumLength,
  wdfObjectDelete,
} from "../../actors/wdf/mod.ts";
import type { DmaCompletion, WdfDmaTransaction } from "../../actors/wdf/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { chainBytes, ENGINES, MIB, pattern } from "../hal/fixture.ts";
import { READ, Rig, WRITE } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

const SINGLE = WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER;
const V3 = { wdmDmaVersionOverride: 3 } as const;
const MORE: DmaCompletion = { completed: false, status: "STATUS_MORE_PROCESSING_REQUIRED" };
const DONE: DmaCompletion = { completed: true, status: "STATUS_SUCCESS" };

/** Runs a transaction to its end, the device moving every fragment whole. How many EvtProgramDma it took. */
function drive(rig: Rig, transaction: WdfDmaTransaction, mdl: Mdl, wish: Parameters<Rig["start"]>[2] = {}): number {
  const before = rig.programmed.length;
  rig.start(transaction, mdl, { length: chainBytes(mdl), ...wish });
  for (let end = MORE; !end.completed;) {
    rig.deviceDone();
    end = wdfDmaTransactionDmaCompleted(transaction);
    assertEquals(end, end.completed ? DONE : MORE);
  }
  return rig.programmed.length - before;
}

/** A 32-bit device and memory above 4 GiB, where everything goes through map registers. */
function bouncing(mapRegisters: number, options: RigOptions = {}): Rig {
  return new Rig({ profile: "WdfDmaProfileScatterGather", hal: { mapRegisters }, ...options });
}
const HIGH = { zone: "above4GiB" } as const;

for (const engine of ENGINES) {
  for (const version of [2, 3] as const) {
    Deno.test(`${engine}, version ${version}: 1 MiB through a 64 KiB bounce window is exactly 16 EvtProgramDma calls [S1-23]`, () => {
      const rig = bouncing(17, { engine, config: { wdmDmaVersionOverride: version } });
      for (const byteOffset of [0, 100]) {
        const mdl = rig.buffer(MIB, { ...HIGH, byteOffset });
        const sent = pattern(MIB, byteOffset);
        rig.cpuWrite(mdl, sent);
        const seen: Uint8Array[] = [];
        const count = drive(rig, rig.transaction(), mdl, { run: (list) => void seen.push(rig.deviceRead(list)) });
        assertEquals(count, 16);
        // Transparently: every fragment is 64 KiB, lies below 4 GiB, and together they are the buffer.
        assert(seen.every(({ length }) => length === 65536));
        assertEquals(new Uint8Array(seen.flatMap((bytes) => [...bytes])), sent);
      }
      assert(
        rig.programmed.every(({ list }) =>
          list.addresses.subarray(0, list.numberOfElements).every((at) => at < 2 ** 32)
        ),
      );
      assertEquals(rig.hal.mapRegisters.free, 17);
      assertEquals(rig.rules, []);
    });
  }
}

Deno.test("the other way too: 16 fragments from the device arrive whole in a buffer above 4 GiB [S1-23]", () => {
  const rig = bouncing(17);
  const mdl = rig.buffer(MIB, HIGH);
  const sent = pattern(MIB);
  let at = 0;
  const count = drive(rig, rig.transaction(), mdl, {
    direction: READ,
    run: (list) => {
      rig.deviceWrite(list, sent.subarray(at, at + 65536));
      at += 65536;
    },
  });
  assertEquals(count, 16);
  assertEquals(rig.cpuRead(mdl), sent);
});

Deno.test("with enough registers, or a device that reaches everything, the same 1 MiB is one transfer", () => {
  const wide = new Rig();
  assertEquals(drive(wide, wide.transaction(), wide.buffer(MIB, HIGH)), 1);
  const enough = bouncing(257);
  assertEquals(drive(enough, enough.transaction(), enough.buffer(MIB, HIGH)), 1);
});

Deno.test("with single transfer the same request fails instead of splitting: NOT_ENOUGH_MAP_REGISTERS [S1-24]", () => {
  const rig = bouncing(17, { config: { ...V3, flags: SINGLE } });
  const transaction = rig.transaction();
  const result = rig.initialize(transaction, rig.buffer(MIB, HIGH));
  assertEquals(result, {
    status: "STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS",
    why: "needs 256 map registers, adapter was granted 17",
  });
  assertEquals([transaction.life.state, rig.programmed.length, rig.rules], ["released", 0, []]);
  // What fits is one transfer, and a buffer that the device reaches needs no register at all.
  assertEquals(drive(rig, transaction, rig.buffer(65536, HIGH)), 1);
  wdfDmaTransactionRelease(transaction);
  assertEquals(drive(rig, transaction, rig.buffer(65536, { zone: "below4GiB" })), 1);
});

Deno.test("with single transfer a request beyond MaximumLength fails with TOO_MANY_TRANSFERS [S1-24]", () => {
  const rig = new Rig({ maximumLength: 65536, config: { ...V3, flags: SINGLE } });
  const transaction = rig.transaction();
  assertEquals(rig.initialize(transaction, rig.buffer(65537)), {
    status: "STATUS_WDF_TOO_MANY_TRANSFERS",
    why: "65537 bytes, one transfer carries 65536",
  });
  assertEquals(rig.initialize(transaction, rig.buffer(65536)).status, "STATUS_SUCCESS");
});

Deno.test("a single transfer of more elements than N pages have gets a longer list buffer", () => {
  // Ten pages in five MDLs; a device that reaches them needs no register, so N = 2 is no obstacle.
  const rig = new Rig({
    maximumLength: 16,
    hal: { registersOfReachableDevice: "real" },
    config: { ...V3, flags: SINGLE },
    memory: { layout: "fragmented" },
  });
  const mdl = rig.chain(...Array.from({ length: 5 }, () => ({ lengthBytes: 2, byteOffset: 4095 })));
  assertEquals(drive(rig, rig.transaction(), mdl), 1);
  assert(rig.programmed[0]!.list.numberOfElements > 2);
  assertEquals(rig.rules, []);
});

Deno.test("with single transfer a device that stops short ends the transaction: TOO_MANY_TRANSFERS [S1-24]", () => {
  const rig = new Rig({ config: { ...V3, flags: SINGLE } });
  const transaction = rig.transaction();
  rig.start(transaction, rig.buffer(8192));
  rig.deviceDone();
  const end = wdfDmaTransactionDmaCompletedWithLength(transaction, 4096);
  assertEquals([end.completed, end.status], [true, "STATUS_WDF_TOO_MANY_TRANSFERS"]);
  assertEquals([transaction.life.state, rig.programmed.length, rig.rules], ["transferFailed", 1, []]);
});

Deno.test("without the flag none of that matters: single transfer is for those whom splitting would hurt [S1-24]", () => {
  const rig = bouncing(17, { config: V3 });
  assertEquals(drive(rig, rig.transaction(), rig.buffer(MIB, HIGH)), 16);
});

Deno.test("how finely a device splits its own accesses never changes the number of transfers [S1-25]", () => {
  const transfers = [64, 128, 256, 4096].map((burstBytes) => {
    const rig = bouncing(17);
    let bursts = 0;
    const moved = new Uint8Array(burstBytes);
    const count = drive(rig, rig.transaction(), rig.buffer(MIB, HIGH), {
      run: (list) => {
        for (let element = 0; element < list.numberOfElements; element++) {
          for (let at = 0; at < list.lengths[element]!; at += burstBytes) {
            const length = Math.min(burstBytes, list.lengths[element]! - at);
            assertEquals(rig.memory.port("xdma0").read(list.addresses[element]! + at, moved, 0, length), 0);
            bursts++;
          }
        }
      },
    });
    return [count, bursts];
  });
  assertEquals(transfers, [[16, 16384], [16, 8192], [16, 4096], [16, 256]]);
});

Deno.test("a chain that would need more registers than N is cut where an MDL ends", () => {
  // Two bytes each across a page border: two registers each. MaximumLength 16 gives N = 2.
  const rig = new Rig({ maximumLength: 16 });
  const parts = Array.from({ length: 5 }, () => ({ lengthBytes: 2, byteOffset: 4095 }));
  const mdl = rig.chain(...parts);
  assertEquals(drive(rig, rig.transaction(), mdl), 5);
  assertEquals(rig.programmed.map(({ lengthBytes }) => lengthBytes), [2, 2, 2, 2, 2]);
});

Deno.test("the device's limit of elements is checked at Initialize: TOO_FRAGMENTED, counted a page each", () => {
  const rig = new Rig();
  wdfDmaEnablerSetMaximumScatterGatherElements(rig.enabler, 4);
  const transaction = rig.transaction();
  assertEquals(rig.initialize(transaction, rig.buffer(5 * 4096)).status, "STATUS_WDF_TOO_FRAGMENTED");
  assertEquals(transaction.life.state, "released");
  assertEquals(rig.initialize(transaction, rig.buffer(4 * 4096)).status, "STATUS_SUCCESS");
});

Deno.test("SetMaximumLength lowers the fragments of one transaction, a higher value is ignored", () => {
  const rig = new Rig();
  const transaction = rig.transaction();
  const lengths = (maximumLength: number, lengthBytes: number): number[] => {
    rig.programmed.length = 0;
    assertEquals(rig.initialize(transaction, rig.buffer(lengthBytes)).status, "STATUS_SUCCESS");
    wdfDmaTransactionSetMaximumLength(transaction, maximumLength);
    assertEquals(wdfDmaTransactionExecute(transaction).status, "STATUS_SUCCESS");
    do rig.deviceDone(); while (!wdfDmaTransactionDmaCompleted(transaction).completed);
    wdfDmaTransactionRelease(transaction);
    return rig.programmed.map(({ lengthBytes }) => lengthBytes);
  };
  assertEquals(lengths(3000, 8192), [3000, 3000, 2192]);
  assertEquals(lengths(2 * MIB, 2 * MIB), [MIB, MIB]);
});

Deno.test("a transfer that stopped short goes on where it stopped; 0 bytes repeat it; lengths are told on the way", () => {
  for (const version of [2, 3]) {
    const rig = new Rig({ maximumLength: 8192, config: { wdmDmaVersionOverride: version } });
    const mdl = rig.buffer(16384);
    const sent = pattern(16384);
    rig.cpuWrite(mdl, sent);
    const seen: string[] = [];
    const transaction = rig.transaction();
    rig.start(transaction, mdl, { run: (list) => void seen.push(rig.deviceRead(list).join()) });
    const told: unknown[] = [];
    for (const length of [8192, 0, 100, 8092]) {
      rig.deviceDone();
      const { status } = wdfDmaTransactionDmaCompletedWithLength(transaction, length);
      told.push([status, wdfDmaTransactionGetBytesTransferred(transaction)]);
      told.push(wdfDmaTransactionGetCurrentDmaTransferLength(transaction));
    }
    const { status: more } = MORE;
    assertEquals(told, [[more, 8192], 8192, [more, 8192], 8192, [more, 8292], 8092, [DONE.status, 16384], 0]);
    const starts = [[0, 8192], [8192, 16384], [8192, 16384], [8292, 16384]];
    assertEquals(seen, starts.map(([from, to]) => sent.slice(from, to).join()));
    assertEquals([transaction.life.state, rig.rules], ["transferCompleted", []]);
  }
});

Deno.test("more bytes than the fragment has fail the transaction: TRUE, INVALID_PARAMETER, everything given back", () => {
  for (const complete of [wdfDmaTransactionDmaCompletedWithLength, wdfDmaTransactionDmaCompletedFinal]) {
    const rig = new Rig();
    const transaction = rig.transaction();
    rig.start(transaction, rig.buffer(4096));
    rig.deviceDone();
    const { completed, status } = complete(transaction, 4097);
    assertEquals([completed, status], [true, "STATUS_INVALID_PARAMETER"]);
    assertEquals(transaction.life.state, "transferFailed");
    assertEquals([rig.hal.adapters[0]?.counters.listsOutstanding, rig.rules], [0, []]);
  }
});

Deno.test("DmaCompletedFinal is the device's last word: TRUE, SUCCESS, with whatever was moved", () => {
  const rig = new Rig({ maximumLength: 4096 });
  const transaction = rig.transaction();
  rig.start(transaction, rig.buffer(16384));
  rig.deviceDone();
  assertEquals(wdfDmaTransactionDmaCompletedFinal(transaction, 100), DONE);
  assertEquals([wdfDmaTransactionGetBytesTransferred(transaction), rig.programmed.length], [100, 1]);
});

Deno.test("EvtProgramDma runs at DISPATCH_LEVEL with Execute's context; what it returns is ignored", () => {
  const rig = new Rig();
  const transaction = rig.transaction();
  rig.initialize(transaction, rig.buffer(4096));
  const context = { mine: true };
  assertEquals(rig.irql.name, "PASSIVE_LEVEL");
  wdfDmaTransactionExecute(transaction, context);
  assertEquals(rig.programmed.map(({ irql, context }) => [irql, context]), [["DISPATCH_LEVEL", context]]);
  assertEquals(transaction.life.state, "transfer");
});

Deno.test("a driver may complete, release and delete the transaction inside EvtProgramDma", () => {
  const rig = new Rig();
  const transaction = rig.transaction();
  rig.start(transaction, rig.buffer(4096), {
    run: () => {
      rig.deviceDone();
      assertEquals(wdfDmaTransactionDmaCompleted(transaction), DONE);
      wdfDmaTransactionRelease(transaction);
      wdfObjectDelete(transaction);
    },
  });
  assertEquals([transaction.life.state, rig.rules], ["deleted", []]);
  assertEquals([rig.hal.adapters[0]?.counters.listsOutstanding, rig.enabler.spareBufferCount], [0, 1]);
});

Deno.test("a transaction that completes its fragments inside EvtProgramDma reaches its end, however many there are", () => {
  const rig = new Rig({ maximumLength: 4096 });
  const transaction = rig.transaction();
  rig.start(transaction, rig.buffer(MIB), {
    run: () => {
      rig.deviceDone();
      wdfDmaTransactionDmaCompleted(transaction);
    },
  });
  assertEquals([rig.programmed.length, transaction.life.state, rig.rules], [256, "transferCompleted", []]);
});

Deno.test("GetTransferInfo: one register and element a page below version 3, exact with it", () => {
  const told = [2, 3].map((wdmDmaVersionOverride) => {
    const rig = new Rig({ config: { wdmDmaVersionOverride } });
    const transaction = rig.transaction();
    rig.initialize(transaction, rig.buffer(8 * 4096, { kind: "nonpaged", contiguous: true, byteOffset: 1 }));
    return wdfDmaTransactionGetTransferInfo(transaction);
  });
  assertEquals(told[0], { mapRegisterCount: 9, scatterGatherElementCount: 9 });
  assertEquals([told[1]?.mapRegisterCount, told[1]?.scatterGatherElementCount], [0, 1]);
});

Deno.test("transactions of one enabler run side by side; the object serves the next request after Release", () => {
  const rig = new Rig();
  const transactions = Array.from({ length: 24 }, () => rig.transaction());
  for (const transaction of transactions) rig.start(transaction, rig.buffer(8192));
  assertEquals([rig.programmed.length, rig.hal.adapters[0]?.counters.listsOutstanding], [24, 24]);
  for (const { list } of rig.programmed) list.life.send({ type: "DEVICE_DONE" });
  for (const transaction of transactions) assertEquals(wdfDmaTransactionDmaCompleted(transaction), DONE);
  const [first] = transactions;
  assert(first !== undefined);
  wdfDmaTransactionRelease(first);
  assertEquals(drive(rig, first, rig.buffer(4096), { direction: READ }), 1);
  assertEquals(rig.rules, []);
});

Deno.test("Initialize refuses what can never be: no bytes, an address outside the first MDL", () => {
  const rig = new Rig();
  const transaction = rig.transaction();
  const mdl = rig.buffer(4096);
  for (const wish of [{ length: 0 }, { offset: -1, length: 1 }, { offset: 4096, length: 1 }]) {
    assertEquals(rig.initialize(transaction, mdl, wish).status, "STATUS_INVALID_PARAMETER");
  }
  // The state is that of before: these are looked at first.
  assertEquals(transaction.life.state, "created");
  assertEquals(
    rig.initialize(transaction, mdl, { offset: 4095, length: 1, direction: WRITE }).status,
    "STATUS_SUCCESS",
  );
});
