import { assert, assertEquals } from "@std/assert";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import type { AdapterListControl, DeviceObject } from "../../actors/hal/dma_operations.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import type { TransferContext } from "../../actors/hal/transfer_context.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import { build, elements, ENGINES, freeChannel, listOf, Machine, obtain, putList, version3, XDMA } from "./fixture.ts";

interface Form {
  readonly synchronous: boolean;
  readonly routine: AdapterListControl | null;
  readonly wantList: boolean;
  readonly context?: TransferContext;
}

/** One call of GetScatterGatherListEx or BuildScatterGatherListEx in any form. */
function call(machine: Machine, adapter: Adapter, mdl: Mdl, form: Form, kind: "get" | "build") {
  const operations = version3(adapter);
  const dmaTransferContext = form.context ?? machine.context();
  const buffer = machine.listBuffer(64);
  const parameters = {
    deviceObject: adapter.physicalDeviceObject,
    dmaTransferContext,
    mdl,
    offset: 0,
    length: mdl.byteCount,
    flags: form.synchronous ? DMA_SYNCHRONOUS_CALLBACK : 0,
    executionRoutine: form.routine,
    context: "mine",
    writeToDevice: true,
    wantScatterGatherList: form.wantList,
  };
  return machine.dispatch(() => {
    if (form.context === undefined) operations.initializeDmaTransferContext({ dmaTransferContext });
    return kind === "get" ? operations.getScatterGatherListEx(parameters) : operations.buildScatterGatherListEx({
      ...parameters,
      scatterGatherBuffer: buffer,
      scatterGatherLength: buffer.lengthBytes,
    });
  });
}

for (const engine of ENGINES) {
  for (const kind of ["get", "build"] as const) {
    const name = kind === "get" ? "GetScatterGatherListEx" : "BuildScatterGatherListEx";

    Deno.test(`${engine}: ${name} has five forms, and two of them fail [S0-22]`, () => {
      const machine = new Machine({ engine });
      const adapter = machine.adapter(XDMA);
      const mdl = machine.buffer(3 * 4096);
      const ran: string[] = [];
      const routine: AdapterListControl = (_device, list) => {
        ran.push(list.name);
        assertEquals(machine.irql.level, DISPATCH_LEVEL);
        assert(adapter.life.has("channelHeld"));
      };
      const run = (form: Form): string => call(machine, adapter, mdl, form, kind).status;

      for (const wantList of [false, true]) {
        assertEquals(run({ synchronous: false, routine: null, wantList }), "STATUS_INVALID_PARAMETER");
      }
      assertEquals(run({ synchronous: true, routine: null, wantList: false }), "STATUS_INVALID_PARAMETER");
      assertEquals(ran, []);

      for (const synchronous of [false, true]) {
        for (const wantList of [false, true]) {
          ran.length = 0;
          assertEquals(run({ synchronous, routine, wantList }), "STATUS_SUCCESS");
          assertEquals(ran.length, 1);
          // The HAL released the channel itself.
          assertEquals(adapter.life.state, "live.free");
        }
      }

      const result = call(machine, adapter, mdl, { synchronous: true, routine: null, wantList: true }, kind);
      assert(result.status === "STATUS_SUCCESS" && result.scatterGatherList !== null);
      assertEquals(adapter.life.state, "live.heldByList");
      freeChannel(machine, adapter);
      assertEquals(adapter.counters.listsOutstanding, 5);
      assertEquals(machine.rules, []);
    });

    Deno.test(`${engine}: ${name} with and without a routine gives the same list, byte for byte [S0-1]`, () => {
      const machine = new Machine({ engine, memory: { layout: "fragmented" } });
      const adapter = machine.adapter(XDMA);
      const mdl = machine.buffer(9 * 4096 + 17, { byteOffset: 1000 });
      const seen: [number, number][][] = [];
      const routine: AdapterListControl = (_device, list) => void seen.push(elements(list));
      call(machine, adapter, mdl, { synchronous: true, routine, wantList: false }, kind);
      const result = call(machine, adapter, mdl, { synchronous: true, routine: null, wantList: true }, kind);
      freeChannel(machine, adapter);
      seen.push(elements(listOf({ result })));
      assertEquals(seen[0], seen[1]);
      assertEquals(seen[0]!.reduce((sum, [, length]) => sum + length, 0), mdl.byteCount);
      assertEquals(seen[0]![0], [mdl.pfns[0]! * 4096 + 1000, 4096 - 1000]);
      assertEquals(seen[0]!.length, mdl.pfns.length);
      assertEquals(machine.rules, []);
    });
  }

  Deno.test(`${engine}: the routine gets the device object, the list and the driver's context`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const seen: [DeviceObject, ScatterGatherList, unknown][] = [];
    const routine: AdapterListControl = (...args) => void seen.push(args);
    const mdl = machine.buffer(4096);
    call(machine, adapter, mdl, { synchronous: true, routine, wantList: false }, "get");
    assertEquals(seen.length, 1);
    assertEquals(seen[0]![0].name, "xdma0");
    assertEquals(seen[0]![2], "mine");
  });

  Deno.test(`${engine}: Get and Build give the same list; only Get allocates, and then keeps [S0-20]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(5 * 4096);
    const { pool } = machine.memory;
    const buffer = machine.listBuffer(8);
    const before = pool.allocations;
    const form = { synchronous: true, routine: null, wantList: true } as const;
    const built = machine.dispatch(() => {
      const dmaTransferContext = machine.context();
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
        scatterGatherLength: buffer.lengthBytes,
      });
    });
    assertEquals(pool.allocations, before);
    assertEquals(listOf({ result: built }).name, buffer.name);
    freeChannel(machine, adapter);
    const allocations = (): number => adapter.counters.poolAllocations;
    for (let round = 0; round < 3; round++) {
      // `call` allocates a buffer that Get does not use; the adapter's own counter tells them apart.
      const list = listOf({ result: call(machine, adapter, mdl, form, "get") });
      freeChannel(machine, adapter);
      assertEquals(elements(list), elements(listOf({ result: built })));
      assertEquals(allocations(), 1);
      putList(machine, adapter, list);
    }
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: lists of Get are no better than lists of Build: same elements, same registers [S0-21]`, () => {
    const machine = new Machine({ engine, memory: { layout: "fragmented" } });
    const adapter = machine.adapter({ ...XDMA, dmaAddressWidth: 32 });
    const mdl = machine.buffer(6 * 4096, { zone: "above4GiB" });
    const registers: number[] = [];
    for (const kind of ["get", "build"] as const) {
      const form = { synchronous: true, routine: null, wantList: true } as const;
      const list = listOf({ result: call(machine, adapter, mdl, form, kind) });
      freeChannel(machine, adapter);
      registers.push(adapter.counters.registersHeld);
      assertEquals(elements(list).reduce((sum, [, length]) => sum + length, 0), mdl.byteCount);
      putList(machine, adapter, list);
    }
    assertEquals(registers, [6, 6]);
    assertEquals(machine.clock.nowNs, 0);
  });

  Deno.test(`${engine}: a waiting request can be cancelled, and its routine never runs`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    build(machine, adapter, machine.buffer(4096));
    const context = machine.context();
    version3(adapter).initializeDmaTransferContext({ dmaTransferContext: context });
    const ran: string[] = [];
    const routine: AdapterListControl = () => void ran.push("cancelled one");
    const mdl = machine.buffer(4096);
    assertEquals(
      call(machine, adapter, mdl, { synchronous: false, routine, wantList: false, context }, "get").status,
      "STATUS_SUCCESS",
    );
    assertEquals(adapter.life.context.waiting, 1);
    const cancel = (): boolean =>
      version3(adapter).cancelAdapterChannel({
        deviceObject: adapter.physicalDeviceObject,
        dmaTransferContext: context,
      });
    assert(cancel());
    assert(!cancel());
    freeChannel(machine, adapter);
    assertEquals(ran, []);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: a cancel before the allocation latches and cancels the next allocation`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const context = machine.context();
    const operations = version3(adapter);
    operations.initializeDmaTransferContext({ dmaTransferContext: context });
    const { physicalDeviceObject: deviceObject } = adapter;
    assert(operations.cancelAdapterChannel({ deviceObject, dmaTransferContext: context }));
    const routine: AdapterListControl = () => {};
    const form = { synchronous: false, routine, wantList: false, context };
    const mdl = machine.buffer(4096);
    assertEquals(call(machine, adapter, mdl, form, "build").status, "STATUS_CANCELLED");
    operations.initializeDmaTransferContext({ dmaTransferContext: context });
    assertEquals(call(machine, adapter, mdl, form, "build").status, "STATUS_SUCCESS");
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: after the grant a cancel answers FALSE`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const context = machine.context();
    obtain(machine, adapter, machine.buffer(4096), { context });
    const { physicalDeviceObject: deviceObject } = adapter;
    assert(!version3(adapter).cancelAdapterChannel({ deviceObject, dmaTransferContext: context }));
  });

  Deno.test(`${engine}: one context for two requests is named while the first still waits [S0-8]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    build(machine, adapter, machine.buffer(4096));
    const context = machine.context();
    version3(adapter).initializeDmaTransferContext({ dmaTransferContext: context });
    const form = { synchronous: false, routine: () => {}, wantList: false, context };
    call(machine, adapter, machine.buffer(4096), form, "get");
    const second = call(machine, adapter, machine.buffer(4096), form, "get");
    assertEquals(second.status, "STATUS_INVALID_PARAMETER");
    assertEquals(machine.rules, ["TransferContextBusy"]);
  });
}
