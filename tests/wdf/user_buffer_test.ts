/**
 * The driver of seed 001 as it was meant to be: a user's 4 MiB of large pages, a request that stays pending while the
 * device streams into them, a table of 64 KiB entries in the device.
 */

import { assert, assertEquals } from "@std/assert";
import { createScatterGatherBuffer } from "../../actors/hal/list_buffer.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import type { DmaAdapter, DmaOperations } from "../../actors/hal/dma_operations.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import { createTransferContext } from "../../actors/hal/transfer_context.ts";
import { IrpRoutines } from "../../actors/kernel/mod.ts";
import type { Irp } from "../../actors/kernel/mod.ts";
import { adviseOnMapping } from "../../actors/scheduler/advice.ts";
import {
  wdfCommonBufferCreate,
  wdfCommonBufferGetAlignedLogicalAddress,
  wdfCommonBufferGetAlignedVirtualAddress,
  wdfDmaEnablerWdmGetDmaAdapter,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionExecute,
  wdfDmaTransactionGetBytesTransferred,
  wdfDmaTransactionGetRequest,
  wdfDmaTransactionInitializeUsingRequest,
  wdfDmaTransactionRelease,
  wdfObjectDelete,
} from "../../actors/wdf/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import { Recorder } from "../../trace/event.ts";
import { MIB, pattern } from "../hal/fixture.ts";
import { READ, Rig, WRITE } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

const BLOCK = 65536;
const BUFFER = 4 * MIB;

/** The machine of the thread: a process that may have large pages, a duplex enabler, requests. */
class StreamRig extends Rig {
  readonly irps: IrpRoutines;
  /** Where the device writes block k. */
  readonly table: number[] = [];

  constructor(options: RigOptions = {}) {
    super({
      profile: "WdfDmaProfileScatterGather64Duplex",
      maximumLength: BUFFER,
      config: { wdmDmaVersionOverride: 3 },
      ...options,
      memory: { lockMemoryPrivilege: true, ...options.memory },
    });
    const { clock, trace, irql, lives, hal } = this;
    this.irps = new IrpRoutines({ clock, trace, irql, lives, door: hal.door, mdls: hal.mdls });
  }

  get reader(): DmaAdapter {
    return wdfDmaEnablerWdmGetDmaAdapter(this.enabler, READ);
  }

  /** The user calls DeviceIoControl, METHOD_OUT_DIRECT: the device will write into this buffer. */
  ioctl(lengthBytes = BUFFER): { readonly irp: Irp; readonly mdl: Mdl } {
    const { va } = this.region(lengthBytes, { pageSize: 2 * MIB });
    const mdl = this.hal.mdls.ioAllocateMdl(va, lengthBytes);
    assert(mdl !== null);
    const irp = this.irps.create({ mdl, length: lengthBytes, writeToDevice: false, channel: "c2h0", directIo: true });
    assert(irp !== null);
    return { irp, mdl };
  }

  /** EvtIoInCallerContext: the list, the device's table, and the request stays pending. */
  map(irp: Irp): ScatterGatherList | string {
    const { hal, reader } = this;
    const mdl = irp.mdl!;
    const operations = reader.dmaOperations as Required<DmaOperations>;
    this.irps.ioMarkIrpPending(irp);
    const sized = operations.calculateScatterGatherList({
      mdl,
      currentVa: mmGetMdlVirtualAddress(mdl),
      length: irp.length,
    });
    if (sized.status !== "STATUS_SUCCESS") return sized.why ?? sized.status;
    const buffer = createScatterGatherBuffer(hal, sized.scatterGatherListSize);
    assert(buffer !== null);
    const dmaTransferContext = createTransferContext(hal);
    const built = this.dispatch(() => {
      operations.initializeDmaTransferContext({ dmaTransferContext });
      return operations.buildScatterGatherListEx({
        deviceObject: this.device.deviceObject,
        dmaTransferContext,
        mdl,
        offset: 0,
        length: irp.length,
        flags: DMA_SYNCHRONOUS_CALLBACK,
        executionRoutine: null,
        context: null,
        writeToDevice: false,
        scatterGatherBuffer: buffer,
        scatterGatherLength: buffer.lengthBytes,
        wantScatterGatherList: true,
      });
    });
    if (built.status !== "STATUS_SUCCESS") return built.why ?? built.status;
    const list = built.scatterGatherList!;
    for (let element = 0; element < list.numberOfElements; element++) {
      const address = list.addresses[element]!;
      for (let at = 0; at < list.lengths[element]!; at += BLOCK) this.table.push(address + at);
    }
    this.dispatch(() => operations.freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" }));
    this.irps.step(irp, "MAP");
    return list;
  }

  /** The device streams one block. */
  stream(block: number, bytes: Uint8Array): number {
    return this.memory.port("xdma0").write(this.table[block]!, bytes, 0, bytes.length);
  }
}

/** The plan, call by call; the framework's own come before the line of the call that makes them. */
const PLAN = [
  "IoGetDmaAdapter",
  "CalculateScatterGatherList",
  "IoGetDmaAdapter",
  "CalculateScatterGatherList",
  "WdfDmaEnablerCreate",
  "IoMarkIrpPending",
  "CalculateScatterGatherList",
  "InitializeDmaTransferContext",
  "BuildScatterGatherListEx",
  "FreeAdapterObject",
  "PutScatterGatherList",
  "IoCompleteRequest",
  "WdfObjectDelete",
  "PutDmaAdapter",
  "PutDmaAdapter",
];

for (const engine of ["chart", "table"] as const) {
  Deno.test(`${engine}: the planned order, from DeviceAdd to the device's table, runs when the limits are right [S1-11]`, () => {
    const trace = new Recorder();
    const rig = new StreamRig({ engine, trace });
    const { irp, mdl } = rig.ioctl();
    const list = rig.map(irp);
    assert(typeof list !== "string", `${list}`);
    // Two large pages are 64 entries of 64 KiB, and the device's writes through them are what the user sees.
    assertEquals(rig.table.length, 64);
    list.life.send({ type: "DOORBELL" });
    rig.irps.step(irp, "START");
    const sent = pattern(BUFFER);
    for (let block = 0; block < 64; block++) {
      assertEquals(rig.stream(block, sent.subarray(block * BLOCK, (block + 1) * BLOCK)), 0);
    }
    list.life.send({ type: "DEVICE_DONE" });
    rig.irps.step(irp, "DEVICE_DONE");
    rig.dispatch(() => rig.reader.dmaOperations.putScatterGatherList({ scatterGather: list, writeToDevice: false }));
    rig.irps.step(irp, "PUT");
    rig.irps.ioCompleteRequest(irp, "STATUS_SUCCESS", BUFFER);
    assertEquals(rig.cpuRead(mdl), sent);
    wdfObjectDelete(rig.enabler);
    assertEquals(rig.rules, []);
    const called = trace.events.flatMap((event) => event.kind === "call" ? [event.call] : []);
    assertEquals(called.filter((call) => PLAN.includes(call)), PLAN);
  });
}

Deno.test("the same plan with the thread's limit of 1024*4 fails, and the reason is in numbers [S1-11]", () => {
  const rig = new StreamRig({ maximumLength: 1024 * 4 });
  assertEquals(rig.map(rig.ioctl().irp), "needs 1024 map registers, adapter was granted 2");
});

Deno.test("the framework never meets that limit: it cuts 4 MiB into 1024 transfers of MaximumLength 4096 [S1-11]", () => {
  const rig = new StreamRig({ maximumLength: 1024 * 4 });
  const transaction = rig.transaction();
  rig.start(transaction, rig.buffer(BUFFER), { direction: READ });
  let count = 1;
  for (; !wdfDmaTransactionDmaCompleted(transaction).completed; count++) rig.deviceDone();
  assertEquals([count, rig.programmed.length], [1024, 1024]);
});

Deno.test("the user's pages are locked once across a direct request, 1 → 0, and the driver unlocks nothing [S1-26]", () => {
  const rig = new StreamRig();
  const { irp, mdl } = rig.ioctl(2 * MIB);
  assertEquals(mdl.lockCount, 1);
  const transaction = rig.transaction();
  const result = wdfDmaTransactionInitializeUsingRequest(transaction, {
    evtProgramDmaFunction: rig.program(),
    dmaDirection: READ,
    request: irp,
  });
  assertEquals([result.status, wdfDmaTransactionGetRequest(transaction)], ["STATUS_SUCCESS", irp]);
  rig.irps.ioMarkIrpPending(irp);
  wdfDmaTransactionExecute(transaction);
  for (const step of ["MAP", "START"] as const) rig.irps.step(irp, step);
  assertEquals(mdl.lockCount, 1);
  rig.deviceDone();
  rig.irps.step(irp, "DEVICE_DONE");
  assert(wdfDmaTransactionDmaCompleted(transaction).completed);
  rig.irps.step(irp, "PUT");
  assertEquals([mdl.lockCount, wdfDmaTransactionGetBytesTransferred(transaction)], [1, 2 * MIB]);
  rig.irps.ioCompleteRequest(irp, "STATUS_SUCCESS", 2 * MIB);
  assertEquals([mdl.lockCount, rig.memory.space.lockedUserPages, rig.rules], [0, 0, []]);

  const next = rig.ioctl(2 * MIB);
  rig.hal.mdls.mmUnlockPages(next.mdl);
  assertEquals(rig.rules, ["DriverUnlockedDirectIo"]);
});

Deno.test("a request's direction must be the transaction's, and it must have bytes: INVALID_DEVICE_REQUEST", () => {
  const rig = new StreamRig();
  const { irp } = rig.ioctl(2 * MIB);
  const program = { evtProgramDmaFunction: rig.program(), request: irp };
  const transaction = rig.transaction();
  const wrong = wdfDmaTransactionInitializeUsingRequest(transaction, { ...program, dmaDirection: WRITE });
  assertEquals([wrong.status, transaction.life.state], ["STATUS_INVALID_DEVICE_REQUEST", "created"]);
  const empty = rig.irps.create({ mdl: null, length: 0, writeToDevice: false, channel: "c2h0", directIo: false });
  const none = { ...program, request: empty!, dmaDirection: READ };
  assertEquals(wdfDmaTransactionInitializeUsingRequest(transaction, none).status, "STATUS_INVALID_DEVICE_REQUEST");
});

for (const options of [{}, { memory: { iommu: true } }, { memory: { coherent: false } }]) {
  Deno.test(`a hanging request keeps its list, hinders nobody, and can be cancelled: ${JSON.stringify(options)} [S1-32]`, () => {
    const rig = new StreamRig(options);
    const { irp, mdl } = rig.ioctl();
    const list = rig.map(irp);
    assert(typeof list !== "string");
    list.life.send({ type: "DOORBELL" });
    rig.irps.step(irp, "START");
    const { counters } = rig.hal.adapters[0]!;

    // 100 other requests come and go on the same adapter, in the same direction, while the device streams.
    const transaction = rig.transaction();
    const other = rig.buffer(8192);
    for (let round = 0; round < 100; round++) {
      assertEquals(rig.stream(round % 64, pattern(BLOCK, round)), 0);
      const bytes = pattern(8192, round);
      rig.start(transaction, other, { direction: READ, run: (small) => rig.deviceWrite(small, bytes) });
      rig.deviceDone();
      assert(wdfDmaTransactionDmaCompleted(transaction).completed);
      wdfDmaTransactionRelease(transaction);
      assertEquals(rig.cpuRead(other), bytes);
      // The list of the pending request is there all the time, its pages locked and its elements valid.
      assertEquals([counters.listsOutstanding, list.life.state, mdl.lockCount], [1, "deviceOwned", 1]);
      list.life.send({ type: "READ" });
    }

    // The user goes: stop the device, put the list, complete the request. In this order.
    rig.irps.ioCancelIrp(irp);
    assertEquals([irp.cancel, irp.completed, mdl.lockCount], [true, false, 1]);
    list.life.send({ type: "DEVICE_DONE" });
    rig.irps.step(irp, "DEVICE_DONE");
    rig.dispatch(() => rig.reader.dmaOperations.putScatterGatherList({ scatterGather: list, writeToDevice: false }));
    rig.irps.step(irp, "PUT");
    rig.irps.ioCompleteRequest(irp, "STATUS_CANCELLED");
    assertEquals([irp.status, irp.information, mdl.lockCount], ["STATUS_CANCELLED", 0, 0]);
    // Only the two pages of the other requests' buffer are still locked.
    assertEquals([counters.listsOutstanding, rig.memory.space.lockedUserPages], [0, 2]);
    // What the device streamed before the stop is the user's: block 35 was last written in round 99.
    const block = rig.cpuRead(mdl).subarray(35 * BLOCK, 36 * BLOCK);
    assertEquals(block, pattern(BLOCK, 99));
    wdfObjectDelete(rig.enabler);
    assertEquals(rig.rules, []);
  });
}

Deno.test("cancelling in another order is named: the request completed before the list is put, the device not stopped [S1-32]", () => {
  const early = new StreamRig();
  const { irp } = early.ioctl();
  assert(typeof early.map(irp) !== "string");
  early.irps.step(irp, "START");
  early.irps.ioCancelIrp(irp);
  early.irps.step(irp, "DEVICE_DONE");
  early.irps.ioCompleteRequest(irp, "STATUS_CANCELLED");
  assertEquals(early.rules, ["CompletedBeforePut"]);

  const running = new StreamRig();
  const list = running.map(running.ioctl().irp);
  assert(typeof list !== "string");
  list.life.send({ type: "DOORBELL" });
  const put = { scatterGather: list, writeToDevice: false };
  running.dispatch(() => running.reader.dmaOperations.putScatterGatherList(put));
  assertEquals(running.rules, ["PutWhileDeviceActive"]);
});

const TWO_GIB = 2 ** 31;

Deno.test("the fallback works: 2 GiB of common buffer obtained at boot, seen by the user, one element for the device [S1-35]", () => {
  const memory = { physicalBytes: 2 ** 33, layout: "contiguous" } as const;
  const rig = new StreamRig({ maximumLength: TWO_GIB, memory });
  const result = wdfCommonBufferCreate(rig.enabler, TWO_GIB);
  assert(result.status === "STATUS_SUCCESS");
  const { commonBuffer } = result;
  const logical = wdfCommonBufferGetAlignedLogicalAddress(commonBuffer);
  // The table of 32 768 entries is arithmetic on one address.
  for (let block = 0; block < TWO_GIB / BLOCK; block++) rig.table.push(logical + block * BLOCK);
  assertEquals(rig.table.length, 32_768);

  const { mdls } = rig.hal;
  const mdl = mdls.ioAllocateMdl(wdfCommonBufferGetAlignedVirtualAddress(commonBuffer), TWO_GIB);
  assert(mdl !== null);
  mdls.mmBuildMdlForNonPagedPool(mdl);
  const user = mdls.mmMapLockedPagesSpecifyCache(mdl, "UserMode", "MmCached");
  assert(user !== null);
  // With the remark that a process now sees kernel memory.
  assertEquals(adviseOnMapping(mdl).map(({ name }) => name), ["KernelMemoryMappedToUser"]);
  const seen = new Uint8Array(BLOCK);
  for (const block of [0, 12_345, 32_767]) {
    // The device streams, the user reads: no list, no map register, no copy, nothing to put.
    assertEquals(rig.stream(block, pattern(BLOCK, block)), 0);
    assertEquals(rig.memory.space.read(user + block * BLOCK, seen, 0, BLOCK), 0);
    assertEquals(seen, pattern(BLOCK, block));
  }
  assertEquals([rig.hal.adapters[1]!.counters.listsBuilt, rig.hal.mapRegisters.peak], [0, 0]);
  mdls.mmUnmapLockedPages(user, mdl);
  mdls.ioFreeMdl(mdl);
  wdfObjectDelete(rig.enabler);
  assertEquals(rig.rules, []);
});

Deno.test("the same common buffer asked for later, when memory is in pieces, is not to be had [S1-35]", () => {
  const rig = new StreamRig({ maximumLength: TWO_GIB, memory: { physicalBytes: 2 ** 33, layout: "fragmented" } });
  assertEquals(wdfCommonBufferCreate(rig.enabler, TWO_GIB).status, "STATUS_INSUFFICIENT_RESOURCES");
});

Deno.test("what the device wrote is visible to the user where memory is coherent; else at the end of the transfer [S1-13]", () => {
  const visible = (options: RigOptions): boolean[] => {
    const rig = new Rig(options);
    const mdl = rig.buffer(8192, { zone: "above4GiB" });
    const bytes = pattern(8192);
    const transaction = rig.transaction();
    rig.start(transaction, mdl, {
      direction: READ,
      run: (list) => {
        // A look at the buffer while the device has it puts its old bytes into the CPU's cache.
        rig.cpuRead(mdl);
        rig.deviceWrite(list, bytes);
      },
    });
    rig.deviceDone();
    const before = rig.cpuRead(mdl).join() === bytes.join();
    wdfDmaTransactionDmaCompleted(transaction);
    return [before, rig.cpuRead(mdl).join() === bytes.join()];
  };
  assertEquals(visible({}), [true, true]);
  assertEquals(visible({ memory: { coherent: false } }), [false, true]);
  assertEquals(visible({ profile: "WdfDmaProfileScatterGather" }), [false, true]);
});
