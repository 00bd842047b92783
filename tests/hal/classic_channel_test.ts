/** The Classic channel: who gets it when, and how it goes back. */
import { assert, assertEquals } from "@std/assert";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import { allocate, freeRegisters } from "./classic_driver.ts";
import { build, ENGINES, freeChannel, Machine, PACKET_64, putList, version3, XDMA, XDMA_32 } from "./fixture.ts";
import { listOf } from "./fixture.ts";

const KEEP = "DeallocateObjectKeepRegisters";

for (const engine of ENGINES) {
  Deno.test(`AdapterControl runs at DISPATCH_LEVEL once channel and all registers are there (${engine}) [S2-4]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 8 } });
    const holder = allocate(machine, machine.adapter(XDMA_32), 6);
    const adapter = machine.adapter(XDMA_32);
    let level = -1;
    const waiter = allocate(machine, adapter, 5, KEEP, () => level = machine.irql.level);
    // Six of eight are held: two would not do, and are not taken.
    assertEquals([waiter.status, waiter.granted, machine.hal.mapRegisters.free], ["STATUS_SUCCESS", false, 2]);
    freeRegisters(machine, machine.hal.adapters[0]!, holder.base, 6);
    assertEquals([waiter.granted, level, machine.hal.mapRegisters.free], [true, 2, 3]);
    assertEquals(machine.rules, []);
  });

  Deno.test(`a channel asked for inside AdapterControl is named, and not queued (${engine}) [S2-11]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA_32);
    const deviceObject = { name: "device" };
    let nested = "";
    allocate(
      machine,
      adapter,
      4,
      "DeallocateObject",
      () => nested = allocate(machine, adapter, 4, KEEP, undefined, deviceObject).status,
      deviceObject,
    );
    assertEquals(nested, "STATUS_INSUFFICIENT_RESOURCES");
    assertEquals(machine.rules, ["SecondChannelInAdapterControl"]);
    // The channel itself went back when the routine returned.
    assert(allocate(machine, adapter, 4).granted);
  });
}

Deno.test("a second request of a waiting device object is named; another device object's waits [S2-11]", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const holder = allocate(machine, adapter, 4, "KeepObject");
  const deviceObject = { name: "busy" };
  const first = allocate(machine, adapter, 4, KEEP, undefined, deviceObject);
  const second = allocate(machine, adapter, 4, KEEP, undefined, deviceObject);
  const other = allocate(machine, adapter, 4, KEEP, undefined, { name: "other" });
  assertEquals([first, second, other].map(({ granted }) => granted), [false, false, false]);
  assertEquals([second.status, second.reason], ["STATUS_INSUFFICIENT_RESOURCES", "channelBusy"]);
  assertEquals(machine.rules, ["SecondChannelInAdapterControl"]);
  assert(holder.granted);
  machine.dispatch(() => adapter.dmaOperations.freeAdapterChannel());
  assertEquals([first.granted, other.granted], [true, true]);
});

Deno.test("more registers than N: it is named, and the callback never runs, however long one waits", () => {
  const machine = new Machine();
  const adapter = machine.adapter({ ...XDMA_32, maximumLength: 4 * 4096 });
  assertEquals(adapter.numberOfMapRegisters, 5);
  const refused = allocate(machine, adapter, 6);
  assertEquals([refused.status, refused.reason, refused.granted], [
    "STATUS_INSUFFICIENT_RESOURCES",
    "perTransferLimit",
    false,
  ]);
  assertEquals(machine.rules, ["TooManyRegistersAtOnce"]);
  assert(allocate(machine, adapter, 5).granted);
  assertEquals(machine.rules, ["TooManyRegistersAtOnce"]);
});

Deno.test("more registers than N in what several allocations keep: named, and granted if the pool has them", () => {
  const machine = new Machine();
  const adapter = machine.adapter({ ...XDMA_32, maximumLength: 4 * 4096 });
  const first = allocate(machine, adapter, 3);
  assert(allocate(machine, adapter, 2, undefined, undefined, { name: "second" }).granted);
  assertEquals(machine.rules, []);
  assert(allocate(machine, adapter, 1, undefined, undefined, { name: "third" }).granted);
  assertEquals(machine.rules, ["RegisterLimitExceeded"]);
  freeRegisters(machine, adapter, first.base, 3);
  assert(allocate(machine, adapter, 1, undefined, undefined, { name: "fourth" }).granted);
  assertEquals(machine.rules, ["RegisterLimitExceeded"]);
});

Deno.test("one request at a time passes the channel, where lists are many; neither needs pool memory [S4-11]", () => {
  const machine = new Machine();
  machine.memory.pool.setFaults({ failAll: true });
  const adapter = machine.adapter(XDMA_32);
  const classic = [0, 1, 2].map((number) =>
    allocate(machine, adapter, 4, "KeepObject", undefined, { name: `${number}` })
  );
  assertEquals(classic.map(({ granted }) => granted), [true, false, false]);
  machine.dispatch(() => adapter.dmaOperations.freeAdapterChannel());
  assertEquals(classic.map(({ granted }) => granted), [true, true, false]);
  assertEquals(machine.memory.pool.allocations, 0);
  machine.memory.pool.setFaults({});
  // The other model: three transfers under way on one adapter at one time.
  const lists = machine.adapter(XDMA_32);
  const outstanding = [0, 1, 2].map(() => {
    const list = listOf(build(machine, lists, machine.buffer(4 * 4096)));
    freeChannel(machine, lists);
    return list;
  });
  assertEquals(lists.counters.listsOutstanding, 3);
  for (const list of outstanding) putList(machine, lists, list);
});

Deno.test("what AdapterControl returns decides: registers kept, all released, or the channel kept too", () => {
  const machine = new Machine();
  const pool = machine.hal.mapRegisters;
  const adapter = machine.adapter(XDMA_32);
  allocate(machine, adapter, 4, "DeallocateObject");
  assertEquals([pool.free, adapter.life.state], [pool.size, "live.free"]);
  const kept = allocate(machine, adapter, 4, KEEP);
  assertEquals([pool.free, adapter.life.state], [pool.size - 4, "live.free"]);
  allocate(machine, adapter, 3, "KeepObject");
  assertEquals([pool.free, adapter.life.state], [pool.size - 7, "live.kept"]);
  machine.dispatch(() => adapter.dmaOperations.freeAdapterChannel());
  freeRegisters(machine, adapter, kept.base, 4);
  assertEquals([pool.free, adapter.life.state], [pool.size, "live.free"]);
  adapter.dmaOperations.putDmaAdapter();
  assertEquals(machine.rules, []);
});

Deno.test("a device that reaches everything takes no registers: its base is NULL, and must not be freed", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA);
  const grant = allocate(machine, adapter, 4, KEEP);
  assertEquals([grant.granted, grant.base, machine.hal.mapRegisters.free], [true, null, machine.hal.mapRegisters.size]);
  assertEquals(machine.rules, []);
  freeRegisters(machine, adapter, null, 4);
  assertEquals(machine.rules, ["RegisterBaseUnknown"]);
  adapter.dmaOperations.putDmaAdapter();
  assertEquals(machine.rules.length, 1);
});

Deno.test("each wrong way to give back is named", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const other = machine.adapter(XDMA_32);
  const { base } = allocate(machine, adapter, 4, KEEP);
  freeRegisters(machine, other, base, 4);
  machine.dispatch(() => adapter.dmaOperations.freeAdapterChannel());
  freeRegisters(machine, adapter, base, 3);
  freeRegisters(machine, adapter, base, 4);
  allocate(machine, adapter, 4, "KeepObject", (kept) => freeRegisters(machine, adapter, kept, 4));
  assertEquals(machine.rules, [
    "RegisterBaseUnknown",
    "ChannelDoubleFree",
    "FreeSizeMismatch",
    "MapRegistersDoubleFree",
    "FreeWithWrongFunction",
  ]);
  adapter.dmaOperations.putDmaAdapter();
  assertEquals(machine.rules.slice(5), ["PutAdapterWithChannel"]);
});

Deno.test("registers kept at PutDmaAdapter are named", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  allocate(machine, adapter, 4, KEEP);
  adapter.dmaOperations.putDmaAdapter();
  assertEquals(machine.rules, ["PutAdapterWithMapRegisters"]);
});

Deno.test("channel routines are for DISPATCH_LEVEL exactly", () => {
  const machine = new Machine();
  const { dmaOperations } = machine.adapter(XDMA_32);
  dmaOperations.allocateAdapterChannel({
    deviceObject: { name: "device" },
    numberOfMapRegisters: 1,
    executionRoutine: () => "KeepObject",
    context: null,
  });
  dmaOperations.freeAdapterChannel();
  assertEquals(machine.rules, ["WrongIrql", "WrongIrql"]);
});

for (const engine of ENGINES) {
  Deno.test(`AllocateAdapterChannelEx without routine holds the channel until FreeAdapterObject (${engine})`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(PACKET_64);
    const operations = version3(adapter);
    const context = machine.context();
    const ask = () =>
      machine.dispatch(() => {
        operations.initializeDmaTransferContext({ dmaTransferContext: context });
        return operations.allocateAdapterChannelEx({
          deviceObject: { name: "device" },
          dmaTransferContext: context,
          numberOfMapRegisters: 4,
          flags: DMA_SYNCHRONOUS_CALLBACK,
          executionRoutine: null,
          executionContext: null,
          wantMapRegisterBase: true,
        });
      });
    const first = ask();
    assert(first.status === "STATUS_SUCCESS" && first.mapRegisterBase !== null);
    operations.freeAdapterObject({ allocationAction: KEEP });
    const second = ask();
    assert(second.status === "STATUS_SUCCESS");
    operations.freeAdapterObject({ allocationAction: "DeallocateObject" });
    assertEquals(machine.hal.mapRegisters.free, machine.hal.mapRegisters.size - 4);
    freeRegisters(machine, adapter, first.mapRegisterBase, 4);
    assertEquals(machine.hal.mapRegisters.free, machine.hal.mapRegisters.size);
    operations.putDmaAdapter();
    assertEquals(machine.rules, []);
  });
}

Deno.test("with a NULL base, FreeAdapterObject keeps nothing that PutDmaAdapter would miss", () => {
  const machine = new Machine();
  const operations = version3(machine.adapter(XDMA));
  const dmaTransferContext = machine.context();
  machine.dispatch(() => {
    operations.initializeDmaTransferContext({ dmaTransferContext });
    operations.allocateAdapterChannelEx({
      deviceObject: { name: "device" },
      dmaTransferContext,
      numberOfMapRegisters: 4,
      flags: DMA_SYNCHRONOUS_CALLBACK,
      executionRoutine: null,
      executionContext: null,
      wantMapRegisterBase: true,
    });
    operations.freeAdapterObject({ allocationAction: KEEP });
  });
  operations.putDmaAdapter();
  assertEquals(machine.rules, []);
});

Deno.test("a channel kept by AdapterControl may also be freed by FreeAdapterObject, registers kept or not", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const operations = version3(adapter);
  const pool = machine.hal.mapRegisters;
  const { base } = allocate(machine, adapter, 4, "KeepObject");
  operations.freeAdapterObject({ allocationAction: KEEP });
  assertEquals([adapter.life.state, pool.free], ["live.free", pool.size - 4]);
  freeRegisters(machine, adapter, base, 4);
  allocate(machine, adapter, 4, "KeepObject");
  operations.freeAdapterObject({ allocationAction: "DeallocateObject" });
  assertEquals([adapter.life.state, pool.free], ["live.free", pool.size]);
  operations.putDmaAdapter();
  assertEquals(machine.rules, []);
});

Deno.test("AllocateAdapterChannelEx checks its parameters, and says why", () => {
  const machine = new Machine();
  const operations = version3(machine.adapter(XDMA));
  const ask = (flags: number, routine: boolean, wantMapRegisterBase: boolean): string => {
    const dmaTransferContext = machine.context();
    operations.initializeDmaTransferContext({ dmaTransferContext });
    const result = machine.dispatch(() =>
      operations.allocateAdapterChannelEx({
        deviceObject: { name: "device" },
        dmaTransferContext,
        numberOfMapRegisters: 1,
        flags,
        executionRoutine: routine ? () => "DeallocateObject" : null,
        executionContext: null,
        wantMapRegisterBase,
      })
    );
    return result.status;
  };
  assertEquals(ask(0, false, false), "STATUS_INVALID_PARAMETER");
  assertEquals(ask(0, true, true), "STATUS_INVALID_PARAMETER");
  assertEquals(ask(DMA_SYNCHRONOUS_CALLBACK, false, false), "STATUS_INVALID_PARAMETER");
  assertEquals(ask(0, true, false), "STATUS_SUCCESS");
  // A base beside a routine: one page forbids it, another allows it; we accept it.
  assertEquals(ask(DMA_SYNCHRONOUS_CALLBACK, true, true), "STATUS_SUCCESS");
});

Deno.test("a waiting channel request can be taken back, and its routine does not run", () => {
  const machine = new Machine();
  const adapter = machine.adapter(XDMA_32);
  const operations = version3(adapter);
  const deviceObject = { name: "device" };
  const dmaTransferContext = machine.context();
  let ran = false;
  allocate(machine, adapter, 4, "KeepObject");
  machine.dispatch(() => {
    operations.initializeDmaTransferContext({ dmaTransferContext });
    operations.allocateAdapterChannelEx({
      deviceObject,
      dmaTransferContext,
      numberOfMapRegisters: 4,
      flags: 0,
      executionRoutine: () => {
        ran = true;
        return "DeallocateObject";
      },
      executionContext: null,
      wantMapRegisterBase: false,
    });
    assertEquals(operations.cancelAdapterChannel({ deviceObject, dmaTransferContext }), true);
    operations.freeAdapterChannel();
  });
  assertEquals([ran, machine.rules], [false, []]);
});

Deno.test("what needs a system DMA controller says so", () => {
  const machine = new Machine();
  const operations = version3(machine.adapter(XDMA));
  const slave = version3(machine.adapter({ ...XDMA, master: false, dmaAddressWidth: 24 }, "slave"));
  for (const { configureAdapterChannel, cancelMappedTransfer } of [operations, slave]) {
    const configured = configureAdapterChannel({ functionNumber: 1, context: null });
    assert(configured.status === "STATUS_NOT_IMPLEMENTED" && configured.why !== undefined);
    const cancelled = cancelMappedTransfer({ dmaTransferContext: machine.context() });
    assert(cancelled.status === "STATUS_NOT_SUPPORTED" && cancelled.why !== undefined);
  }
  // The bus master's two calls are named; system DMA's are only answered.
  assertEquals([slave.readDmaCounter(), machine.rules], [0, ["RoutineNotForDevice", "RoutineNotForDevice"]]);
  operations.readDmaCounter();
  assertEquals(machine.rules[2], "RoutineNotForDevice");
});
