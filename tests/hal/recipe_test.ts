import { assert, assertEquals } from "@std/assert";
import { driverUnload } from "../../actors/hal/driver_unload.ts";
import { build, ENGINES, freeChannel, listOf, Machine, obtain, pattern, putList, version3, XDMA } from "./fixture.ts";
import type { MachineOptions } from "./fixture.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import type { TransferContext } from "../../actors/hal/transfer_context.ts";
import type { ListBuffer } from "../../actors/hal/list_buffer.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import type { Mdl } from "../../sim/memory/mod.ts";

/** The recipe as six functions, so that a test can leave one out or swap two. */
class Recipe {
  readonly machine: Machine;
  readonly adapter: Adapter;
  readonly context: TransferContext;
  readonly buffer: ListBuffer;
  readonly mdl: Mdl;

  constructor(options: MachineOptions = {}) {
    this.machine = new Machine(options);
    this.adapter = this.machine.adapter(XDMA);
    this.context = this.machine.context();
    this.buffer = this.machine.listBuffer(8);
    this.mdl = this.machine.buffer(8192);
  }

  readonly steps: readonly (() => void)[] = [
    () => void version3(this.adapter).initializeDmaTransferContext({ dmaTransferContext: this.context }),
    () =>
      void version3(this.adapter).buildScatterGatherListEx({
        deviceObject: this.adapter.physicalDeviceObject,
        dmaTransferContext: this.context,
        mdl: this.mdl,
        offset: 0,
        length: this.mdl.byteCount,
        flags: DMA_SYNCHRONOUS_CALLBACK,
        executionRoutine: null,
        context: null,
        writeToDevice: true,
        scatterGatherBuffer: this.buffer,
        scatterGatherLength: this.buffer.lengthBytes,
        wantScatterGatherList: true,
      }),
    () => {
      this.buffer.list.life.send({ type: "READ" });
      this.buffer.list.life.send({ type: "DOORBELL" });
    },
    () => version3(this.adapter).freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" }),
    () => void this.buffer.list.life.send({ type: "DEVICE_DONE" }),
    () => version3(this.adapter).putScatterGatherList({ scatterGather: this.buffer.list, writeToDevice: true }),
  ];

  /** Runs steps by their numbers, from 1. */
  run(...numbers: readonly number[]): string[] {
    this.machine.dispatch(() => numbers.forEach((number) => this.steps[number - 1]!()));
    return this.machine.rules;
  }
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: the six steps of the recipe leave nothing behind and nothing to complain about [S0-16]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(3 * 4096, { byteOffset: 100 });
    machine.cpuWrite(mdl, pattern(mdl.byteCount));
    const list = listOf(build(machine, adapter, mdl));
    assertEquals(machine.deviceRead(list), pattern(mdl.byteCount));
    freeChannel(machine, adapter);
    putList(machine, adapter, list);
    adapter.dmaOperations.putDmaAdapter();
    driverUnload(machine.hal);
    assertEquals(machine.rules, []);
    assertEquals(adapter.life.state, "released");
  });

  const swaps: readonly [readonly number[], readonly string[]][] = [
    [[1, 2, 3, 4, 5, 6], []],
    // Build before Initialize, and what follows from having no list.
    [[2, 1], ["TransferContextNotInitialised"]],
    [[1, 3, 2], ["SglUsedBeforeCallback", "SglUsedBeforeCallback"]],
    // The channel may be freed before, during or after the transfer.
    [[1, 2, 4, 3, 5, 6], []],
    [[1, 2, 3, 5, 4, 6], []],
    [[1, 2, 3, 4, 6, 5], ["PutWhileDeviceActive"]],
  ];
  for (const [order, rules] of swaps) {
    Deno.test(`${engine}: the recipe in the order ${order} is ${rules[0] ?? "legal"} [S0-16]`, () => {
      assertEquals(new Recipe({ engine }).run(...order), [...rules]);
    });
  }

  Deno.test(`${engine}: every step of the recipe that is left out is named by its next consequence [S0-16]`, () => {
    assertEquals(new Recipe({ engine }).run(2), ["TransferContextNotInitialised"]);
    assertEquals(new Recipe({ engine }).run(1, 6), ["PutUnknown"]);
    assertEquals(new Recipe({ engine }).run(1, 2, 3, 5, 6, 1, 2), ["TransferContextBusy", "TransferContextBusy"]);
    assertEquals(new Recipe({ engine }).run(1, 2, 3, 4, 6), ["PutWhileDeviceActive"]);
    assertEquals(new Recipe({ engine }).run(1, 2, 3, 4, 5, 1, 2), ["SglBufferInUse"]);
  });

  Deno.test(`${engine}: a transfer is four HAL calls [S0-17]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    putList(machine, adapter, obtain(machine, adapter, machine.buffer(4096)));
    assertEquals(adapter.counters.callCount, 4);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: a list that is never put is named at unload, with and without a routine [S0-3]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    obtain(machine, adapter, machine.buffer(4096));
    const mdl = machine.buffer(4096);
    machine.dispatch(() =>
      adapter.dmaOperations.getScatterGatherList({
        deviceObject: adapter.physicalDeviceObject,
        mdl,
        currentVa: mdl.startVa,
        length: 4096,
        executionRoutine: () => {},
        context: null,
        writeToDevice: true,
      })
    );
    driverUnload(machine.hal);
    assertEquals(machine.rules, ["MissingPut", "MissingPut", "AdapterNotPut"]);
  });

  Deno.test(`${engine}: PutDmaAdapter over a live list is named, and over a held channel too [S0-2]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    obtain(machine, adapter, machine.buffer(4096));
    adapter.dmaOperations.putDmaAdapter();
    assertEquals(machine.rules, ["PutAdapterWithSgl"]);
    const held = new Machine({ engine });
    const other = held.adapter(XDMA);
    build(held, other, held.buffer(4096));
    other.dmaOperations.putDmaAdapter();
    assertEquals(held.rules, ["PutAdapterWithSgl", "PutAdapterWithChannel"]);
  });

  Deno.test(`${engine}: a routine-less list needs FreeAdapterObject, with the one right action [S0-4]`, () => {
    const freed = (action: "KeepObject" | "DeallocateObject"): string[] => {
      const machine = new Machine({ engine });
      const adapter = machine.adapter(XDMA);
      build(machine, adapter, machine.buffer(4096));
      machine.dispatch(() => version3(adapter).freeAdapterObject({ allocationAction: action }));
      return machine.rules;
    };
    assertEquals(freed("KeepObject"), ["FreeAdapterObjectKeepObject"]);
    assertEquals(freed("DeallocateObject"), ["RegistersFreedUnderSgl"]);
    const forgotten = new Machine({ engine });
    const adapter = forgotten.adapter(XDMA);
    const list = listOf(build(forgotten, adapter, forgotten.buffer(4096)));
    putList(forgotten, adapter, list);
    driverUnload(forgotten.hal);
    assertEquals(forgotten.rules, ["ChannelNeverFreed", "AdapterNotPut"]);
  });

  Deno.test(`${engine}: in the form with a routine FreeAdapterObject is one release too many [S0-4]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4096);
    machine.dispatch(() => {
      adapter.dmaOperations.getScatterGatherList({
        deviceObject: adapter.physicalDeviceObject,
        mdl,
        currentVa: mdl.startVa,
        length: 4096,
        executionRoutine: () => {},
        context: null,
        writeToDevice: true,
      });
      version3(adapter).freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
    });
    assertEquals(machine.rules, ["ChannelDoubleFree"]);
  });

  Deno.test(`${engine}: FreeAdapterObject frees the channel, not the adapter [S0-5]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    putList(machine, adapter, obtain(machine, adapter, machine.buffer(4096)));
    assertEquals(adapter.life.state, "live.free");
    driverUnload(machine.hal);
    assertEquals(machine.rules, ["AdapterNotPut"]);
  });

  Deno.test(`${engine}: after FreeAdapterObject the next Build succeeds at once, list 1 still out [S0-6]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const first = obtain(machine, adapter, machine.buffer(4096));
    const second = obtain(machine, adapter, machine.buffer(4096));
    assert(first !== second && first.life.has("live") && second.life.has("live"));
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: each list keeps a reference until it is put, and the adapter goes only at none [S0-7]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const lists = [1, 2, 3].map(() => obtain(machine, adapter, machine.buffer(4096)));
    for (const [index, list] of lists.entries()) {
      assertEquals(adapter.life.context.lists, lists.length - index);
      putList(machine, adapter, list);
    }
    assertEquals(adapter.life.context.lists, 0);
    adapter.dmaOperations.putDmaAdapter();
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: a context that is used twice without initialising it is named [S0-8]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const context = machine.context();
    const first = listOf(build(machine, adapter, machine.buffer(4096), { context }));
    freeChannel(machine, adapter);
    putList(machine, adapter, first);
    const again = build(machine, adapter, machine.buffer(4096), { context, initialise: false });
    assertEquals(again.result.status, "STATUS_SUCCESS");
    assertEquals(machine.rules, ["TransferContextNotReinitialised"]);
  });

  Deno.test(`${engine}: a refused Build uses its context up too [S0-8]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter({ ...XDMA, maximumLength: 4096 });
    const context = machine.context();
    build(machine, adapter, machine.buffer(16 * 4096), { context });
    build(machine, adapter, machine.buffer(16 * 4096), { context });
    assertEquals(machine.rules, []);
    build(machine, adapter, machine.buffer(4096), { context, initialise: false });
    assertEquals(machine.rules, ["TransferContextNotReinitialised"]);
  });

  Deno.test(`${engine}: the framework's profile warns of a context used again one after the other, and goes on`, () => {
    const machine = new Machine({ engine, hal: { contextProfile: "kmdf" } });
    const adapter = machine.adapter(XDMA);
    const context = machine.context();
    putList(machine, adapter, obtain(machine, adapter, machine.buffer(4096), { context }));
    obtain(machine, adapter, machine.buffer(4096), { context, initialise: false });
    assertEquals(machine.findings.all.map(({ severity, rule }) => `${severity} ${rule}`), [
      "warning TransferContextNotReinitialised",
    ]);
  });

  Deno.test(`${engine}: NetAdapter's error path, Put before FreeAdapterObject, is legal [S0-25]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const list = listOf(build(machine, adapter, machine.buffer(4096)));
    putList(machine, adapter, list);
    freeChannel(machine, adapter);
    assertEquals(machine.rules, []);
    assertEquals(build(machine, adapter, machine.buffer(4096)).result.status, "STATUS_SUCCESS");
  });

  Deno.test(`${engine}: FreeAdapterObject after a refused Build is a warning, not an error [S0-25]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter({ ...XDMA, maximumLength: 4096 });
    assertEquals(build(machine, adapter, machine.buffer(16 * 4096)).result.status, "STATUS_INSUFFICIENT_RESOURCES");
    freeChannel(machine, adapter);
    assertEquals(machine.rules, ["FreeWithoutGrant"]);
    assertEquals(machine.findings.errors, []);
  });

  Deno.test(`${engine}: a list put twice is named, and nothing is freed twice [S0-2]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const list = obtain(machine, adapter, machine.buffer(4096));
    putList(machine, adapter, list);
    putList(machine, adapter, list);
    assertEquals(machine.rules, ["SglDoublePut"]);
    assertEquals(adapter.counters.listsOutstanding, 0);
  });
}
