import { assert, assertEquals } from "@std/assert";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { build, ENGINES, freeChannel, getAsync, listOf, Machine, putList, version3, XDMA } from "./fixture.ts";

/** GetScatterGatherListEx, synchronous, without a routine. */
function get(machine: Machine, adapter: Adapter, mdl: Mdl) {
  const dmaTransferContext = machine.context();
  const operations = version3(adapter);
  return machine.dispatch(() => {
    operations.initializeDmaTransferContext({ dmaTransferContext });
    return operations.getScatterGatherListEx({
      deviceObject: adapter.physicalDeviceObject,
      dmaTransferContext,
      mdl,
      offset: 0,
      length: mdl.byteCount,
      flags: DMA_SYNCHRONOUS_CALLBACK,
      executionRoutine: null,
      context: null,
      writeToDevice: true,
      wantScatterGatherList: true,
    });
  });
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: Get allocates and so can fail when memory is short, in both versions [S4-1]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4096);
    machine.memory.pool.setFaults({ failAll: true });
    const expected = {
      status: "STATUS_INSUFFICIENT_RESOURCES",
      reason: "noMemory",
      why: "the kernel pool has no memory for the list",
    } as const;
    assertEquals(get(machine, adapter, mdl), expected);
    assertEquals(getAsync(machine, adapter, mdl, () => {}), expected);
    machine.memory.pool.setFaults({});
    assertEquals(get(machine, adapter, mdl).status, "STATUS_SUCCESS");
  });

  Deno.test(`${engine}: Build with the same memory pressure succeeds and allocates nothing [S4-2]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4096);
    const buffer = machine.listBuffer(2);
    const dmaTransferContext = machine.context();
    machine.memory.pool.setFaults({ failAll: true });
    const { allocations, failures } = machine.memory.pool;
    const operations = version3(adapter);
    machine.dispatch(() => {
      for (let round = 0; round < 3; round++) {
        operations.initializeDmaTransferContext({ dmaTransferContext });
        const built = operations.buildScatterGatherListEx({
          deviceObject: adapter.physicalDeviceObject,
          dmaTransferContext,
          mdl,
          offset: 0,
          length: 4096,
          flags: DMA_SYNCHRONOUS_CALLBACK,
          executionRoutine: null,
          context: null,
          writeToDevice: true,
          wantScatterGatherList: true,
          scatterGatherBuffer: buffer,
          scatterGatherLength: buffer.lengthBytes,
        });
        operations.freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
        operations.putScatterGatherList({ scatterGather: listOf({ result: built }), writeToDevice: true });
      }
    });
    assertEquals([machine.memory.pool.allocations, machine.memory.pool.failures], [allocations, failures]);
    assertEquals(adapter.counters.poolAllocations, 0);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: lists that Get made go back to the pool, but for a few that the HAL keeps [S0-20]`, () => {
    const machine = new Machine({ engine, hal: { cachedLists: 2 } });
    const adapter = machine.adapter(XDMA);
    const { pool } = machine.memory;
    const before = pool.outstanding;
    const lists = Array.from({ length: 5 }, () => {
      const list = listOf({ result: get(machine, adapter, machine.buffer(4096)) });
      freeChannel(machine, adapter);
      return list;
    });
    assertEquals(pool.outstanding - before, 5);
    lists.forEach((list) => putList(machine, adapter, list));
    assertEquals(pool.outstanding - before, 2);
    // A stale pointer to a freed list is still recognised.
    putList(machine, adapter, lists[4]!);
    assertEquals(machine.rules, ["SglDoublePut"]);
  });

  Deno.test(`${engine}: a version 3 buffer may have exactly the size that GetDmaTransferInfo says [S4-4]`, () => {
    const machine = new Machine({ engine, memory: { layout: "contiguous" } });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(64 * 4096);
    const info = version3(adapter).getDmaTransferInfo({
      mdl,
      offset: 0,
      length: mdl.byteCount,
      writeOnly: false,
      version: 2,
    });
    assert(info.status === "STATUS_SUCCESS");
    assertEquals(info.transferInfo.scatterGatherElementCount, 1);
    assertEquals(info.transferInfo.mapRegisterCount, 0);
    assertEquals(info.transferInfo.logicalPageCount, 64);
    const size = info.transferInfo.scatterGatherListSize;
    const attempt = (scatterGatherLength: number): string => {
      const dmaTransferContext = machine.context();
      const buffer = machine.listBuffer(64);
      return machine.dispatch(() => {
        version3(adapter).initializeDmaTransferContext({ dmaTransferContext });
        return version3(adapter).buildScatterGatherListEx({
          deviceObject: adapter.physicalDeviceObject,
          dmaTransferContext,
          mdl,
          offset: 0,
          length: mdl.byteCount,
          flags: DMA_SYNCHRONOUS_CALLBACK,
          executionRoutine: null,
          context: null,
          writeToDevice: true,
          wantScatterGatherList: true,
          scatterGatherBuffer: buffer,
          scatterGatherLength,
        }).status;
      });
    };
    assertEquals(attempt(size - 1), "STATUS_BUFFER_TOO_SMALL");
    assertEquals(attempt(size), "STATUS_SUCCESS");
  });
}

Deno.test("every INSUFFICIENT_RESOURCES says which of the four reasons it is, and the numbers [X-5]", () => {
  const machine = new Machine({ hal: { mapRegisters: 4 } });
  const wide = machine.adapter({ ...XDMA, maximumLength: 4096 });
  const narrow = machine.adapter({ ...XDMA, dmaAddressWidth: 32 }, "narrow0");
  const page = machine.buffer(4096);
  const high = machine.buffer(3 * 4096, { zone: "above4GiB" });
  const reasons: (readonly [string | undefined, string | undefined])[] = [];
  const note = (result: { status: string; reason?: string; why?: string }): void => {
    assertEquals(result.status, "STATUS_INSUFFICIENT_RESOURCES");
    reasons.push([result.reason, result.why]);
  };
  note(build(machine, wide, high).result);
  build(machine, wide, page);
  note(build(machine, wide, page).result);
  build(machine, narrow, high);
  freeChannel(machine, narrow);
  note(build(machine, narrow, high).result);
  machine.memory.pool.setFaults({ failAll: true });
  note(get(machine, narrow, page));
  assertEquals(reasons, [
    ["perTransferLimit", "needs 3 map registers, adapter was granted 2"],
    ["channelBusy", "the channel of adapter:0 is held (live.heldByList) since 0 ns"],
    ["poolExhausted", "needs 3 map registers, 1 of 4 are free"],
    ["noMemory", "the kernel pool has no memory for the list"],
  ]);
});
