import { assert, assertEquals } from "@std/assert";
import { deviceDescription } from "../../actors/hal/device_description.ts";
import type { DmaOperations } from "../../actors/hal/dma_operations.ts";
import { DIRQL } from "../../sim/kernel/irql.ts";
import { ioAllocateMdl } from "../../sim/memory/mod.ts";
import { Recorder } from "../../trace/event.ts";
import type { CallEvent } from "../../trace/event.ts";
import { build, ENGINES, freeChannel, listOf, Machine, obtain, putList, version3, XDMA } from "./fixture.ts";

for (const engine of ENGINES) {
  Deno.test(`${engine}: a call at the wrong IRQL is named by kind, and runs all the same`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const list = obtain(machine, adapter, machine.buffer(4096));
    adapter.dmaOperations.putScatterGatherList({ scatterGather: list, writeToDevice: true });
    assert(!list.life.has("live"));
    machine.dispatch(() => adapter.dmaOperations.getDmaAlignment());
    machine.irql.run(DIRQL, 0, () => version3(adapter).getDmaAdapterInfo({ version: 1 }), 0);
    assertEquals(machine.rules, ["WrongIrql", "WrongIrql", "HalCallAtDirql"]);
    assertEquals(machine.findings.all[0]!.details, "called at PASSIVE_LEVEL, expected = DISPATCH_LEVEL");
  });

  Deno.test(`${engine}: every routine of an adapter that was put is named`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    adapter.dmaOperations.putDmaAdapter();
    assertEquals(build(machine, adapter, machine.buffer(4096)).result.status, "STATUS_INVALID_DEVICE_REQUEST");
    freeChannel(machine, adapter);
    adapter.dmaOperations.getDmaAlignment();
    adapter.dmaOperations.putDmaAdapter();
    // Initialize and Build, FreeAdapterObject, GetDmaAlignment, PutDmaAdapter.
    assertEquals(machine.rules, new Array(5).fill("UseAfterPutAdapter"));
  });

  Deno.test(`${engine}: ranges that cannot be are named before anything is taken`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(8192);
    const attempt = (offset: number, length: number): string =>
      build(machine, adapter, mdl, { offset, length }).result.status;
    assertEquals(attempt(0, 0), "STATUS_INVALID_PARAMETER");
    assertEquals(attempt(8192, 1), "STATUS_INVALID_PARAMETER");
    assertEquals(attempt(-1, 1), "STATUS_INVALID_PARAMETER");
    assertEquals(attempt(4096, 4097), "STATUS_INVALID_PARAMETER");
    assertEquals(attempt(4096, 4096), "STATUS_SUCCESS");
    assertEquals(machine.rules, ["ZeroLengthMap", "VaOutsideMdl", "VaOutsideMdl", "MdlShorterThanLength"]);
    assertEquals(adapter.counters.listsBuilt, 1);
  });

  Deno.test(`${engine}: memory that is not locked is refused and named`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = ioAllocateMdl(machine.region(4096).va, 4096);
    assertEquals(build(machine, adapter, mdl).result.status, "STATUS_INVALID_PARAMETER");
    assertEquals(machine.rules, ["DmaOnUnlockedBuffer"]);
  });

  Deno.test(`${engine}: a list buffer in paged pool is named [S1-33]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4096);
    const buffer = machine.listBuffer(4, "paged");
    machine.dispatch(() =>
      version3(adapter).buildScatterGatherList({
        deviceObject: adapter.physicalDeviceObject,
        mdl,
        currentVa: mdl.startVa,
        length: 4096,
        executionRoutine: () => {},
        context: null,
        writeToDevice: true,
        scatterGatherBuffer: buffer,
        scatterGatherLength: buffer.lengthBytes,
      })
    );
    assertEquals(machine.rules, ["PagedSglBuffer"]);
  });

  Deno.test(`${engine}: a list that is read before its routine ran is named [S1-12]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    build(machine, adapter, machine.buffer(4096));
    const mdl = machine.buffer(4096);
    const buffer = machine.listBuffer(4);
    const result = machine.dispatch(() =>
      version3(adapter).buildScatterGatherList({
        deviceObject: adapter.physicalDeviceObject,
        mdl,
        currentVa: mdl.startVa,
        length: 4096,
        executionRoutine: () => {},
        context: null,
        writeToDevice: true,
        scatterGatherBuffer: buffer,
        scatterGatherLength: buffer.lengthBytes,
      })
    );
    assertEquals(result.status, "STATUS_SUCCESS");
    buffer.list.life.send({ type: "READ" });
    assertEquals(machine.rules, ["SglUsedBeforeCallback"]);
    // The synchronous form has its list on return.
    const other = machine.adapter(XDMA);
    listOf(build(machine, other, mdl)).life.send({ type: "READ" });
    assertEquals(machine.rules.length, 1);
  });

  Deno.test(`${engine}: Put while the device works on the list is named [S0-19]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const list = obtain(machine, adapter, machine.buffer(4096));
    list.life.send({ type: "DOORBELL" });
    putList(machine, adapter, list);
    assertEquals(machine.rules, ["PutWhileDeviceActive"]);
  });
}

Deno.test("DMA_OPERATIONS has 12, 15 or 39 routines, by version, and no others", () => {
  const machine = new Machine();
  const names = (version: number): string[] => {
    const adapter = machine.adapter({ ...XDMA, version });
    return Object.keys(adapter.dmaOperations) as (keyof DmaOperations)[];
  };
  assertEquals([0, 1, 2, 3].map((version) => names(version).length), [12, 12, 15, 39]);
  assert(!names(2).includes("buildScatterGatherListEx"));
  assertEquals(machine.adapter(XDMA).version, 1);
});

Deno.test("a description that nobody knows or that cannot be is answered with NULL", () => {
  const machine = new Machine();
  const get = (fields: Parameters<typeof deviceDescription>[0]): boolean =>
    machine.hal.ioGetDmaAdapter({
      physicalDeviceObject: { name: "odd0" },
      deviceDescription: deviceDescription(fields),
    }) !== null;
  assert(!get({ ...XDMA, version: 9 }));
  assertEquals(machine.rules, ["BadDescriptionVersion"]);
  assert(!get({ ...XDMA, dmaAddressWidth: 0 }));
  assert(!get({ ...XDMA, dmaAddressWidth: 65 }));
  assert(!get({ ...XDMA, maximumLength: 2 ** 32 }));
  for (const dmaAddressWidth of [1, 24, 64]) assert(get({ ...XDMA, dmaAddressWidth }));
  assertEquals(machine.hal.halGetAdapter(), null);
  assertEquals(machine.rules, ["BadDescriptionVersion", "ObsoleteHalGetAdapter"]);
});

Deno.test("calls are traced under their DDI names and parameters, pointers as stable hex strings", () => {
  const trace = new Recorder();
  const machine = new Machine({ trace });
  const adapter = machine.adapter(XDMA);
  const mdl = machine.buffer(8192, { contiguous: true });
  const { result, context, buffer } = build(machine, adapter, mdl);
  freeChannel(machine, adapter);
  putList(machine, adapter, listOf({ result }));
  adapter.dmaOperations.putDmaAdapter();
  const calls = trace.events.filter((event): event is CallEvent => event.kind === "call");
  assertEquals(calls.map(({ call }) => call), [
    "IoGetDmaAdapter",
    "InitializeDmaTransferContext",
    "BuildScatterGatherListEx",
    "FreeAdapterObject",
    "PutScatterGatherList",
    "PutDmaAdapter",
  ]);
  const { of } = machine.hal.door.pointers;
  const pointer = of.bind(machine.hal.door.pointers);
  const list = `0x${buffer.va.toString(16)}`;
  assertEquals(calls[0]!.ret, pointer(adapter));
  assertEquals(calls[0]!.out, { NumberOfMapRegisters: 1025 });
  assertEquals(calls[2], {
    kind: "call",
    atNs: 0,
    cpu: 0,
    irql: "DISPATCH",
    call: "BuildScatterGatherListEx",
    args: {
      DmaAdapter: pointer(adapter),
      DeviceObject: pointer(adapter.physicalDeviceObject),
      DmaTransferContext: pointer(context),
      Mdl: pointer(mdl),
      Offset: 0,
      Length: 8192,
      Flags: "DMA_SYNCHRONOUS_CALLBACK",
      ExecutionRoutine: null,
      Context: null,
      WriteToDevice: true,
      ScatterGatherBuffer: list,
      ScatterGatherLength: buffer.lengthBytes,
    },
    ret: "STATUS_SUCCESS",
    out: { ScatterGatherList: list, elements: [[`0x${(mdl.pfns[0]! * 4096).toString(16)}`, 8192]] },
  });
  assertEquals(calls[3]!.args, { DmaAdapter: pointer(adapter), AllocationAction: "DeallocateObjectKeepRegisters" });
  assertEquals(calls[4]!.args, { DmaAdapter: pointer(adapter), ScatterGather: list, WriteToDevice: true });
});

Deno.test("the lists of version 3 are named on a system-DMA adapter", () => {
  const machine = new Machine();
  build(machine, machine.adapter({ ...XDMA, master: false }, "system0"), machine.buffer(4096));
  assertEquals(machine.rules, ["RoutineNotForDevice"]);
});
