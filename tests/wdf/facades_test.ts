/** Two façades over the same machines: the framework's callbacks, and the HAL's form without a routine. */

import { assert, assertEquals } from "@std/assert";
import { FRAMEWORK_IOPS_LIMIT, netAdapterStep, suggestFramework } from "../../actors/wdf/mod.ts";
import {
  WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION,
  wdfDmaEnablerWdmGetDmaAdapter,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionRelease,
} from "../../actors/wdf/mod.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import type { MapRegisterBase } from "../../actors/hal/dma_operations.ts";
import { Recorder } from "../../trace/event.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import {
  build,
  ENGINES,
  freeChannel,
  listOf,
  Machine,
  obtain,
  pattern,
  putList,
  version3,
  XDMA,
} from "../hal/fixture.ts";
import type { Engine } from "../hal/fixture.ts";
import { CardRig } from "./card_rig.ts";
import { READ, Rig, WRITE } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

const LENGTH = 20_000;
const V3 = { wdmDmaVersionOverride: 3 } as const;

/** A buffer to the card and back through transactions of the framework. What came back. */
function roundTripByFramework(rig: CardRig, from: Mdl, to: Mdl): Uint8Array {
  const transaction = rig.transaction();
  for (const [mdl, direction, channel] of [[from, WRITE, rig.h2c], [to, READ, rig.c2h]] as const) {
    rig.start(transaction, mdl, { direction, run: (list) => channel.prepare(0, list, 0) });
    const { list } = rig.programmed.at(-1)!;
    channel.start(0);
    rig.settle(channel, list);
    assertEquals(wdfDmaTransactionDmaCompleted(transaction).status, "STATUS_SUCCESS");
    wdfDmaTransactionRelease(transaction);
  }
  return rig.cpuRead(to);
}

/** The same through the HAL's routine-less form. */
function roundTripByHal(rig: CardRig, from: Mdl, to: Mdl): Uint8Array {
  const adapter = wdfDmaEnablerWdmGetDmaAdapter(rig.enabler, WRITE) as Adapter;
  for (const [mdl, writeToDevice, channel] of [[from, true, rig.h2c], [to, false, rig.c2h]] as const) {
    const list = listOf(build(rig, adapter, mdl, { writeToDevice }));
    rig.ring(channel, list);
    freeChannel(rig, adapter);
    rig.settle(channel, list);
    putList(rig, adapter, list, writeToDevice);
  }
  return rig.cpuRead(to);
}

/** The events that lists and adapters lived through, and which charts they are of. */
function lived(trace: Recorder, kind: string): string[] {
  return trace.events.flatMap((event) =>
    event.kind === "state" && event.actor.startsWith(kind) ? [`${event.from} ${event.event} ${event.to}`] : []
  );
}

function facades(engine: Engine): { readonly framework: Recorder; readonly hal: Recorder } {
  const run = (roundTrip: typeof roundTripByHal): Recorder => {
    const trace = new Recorder();
    const rig = new CardRig({ engine, trace, config: V3 });
    const sent = pattern(LENGTH);
    const from = rig.buffer(LENGTH);
    rig.cpuWrite(from, sent);
    assertEquals(roundTrip(rig, from, rig.buffer(LENGTH)), sent);
    assertEquals(rig.rules, []);
    return trace;
  };
  return { framework: run(roundTripByFramework), hal: run(roundTripByHal) };
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: both façades carry a buffer through the card and back, over lists that live the same life [S0-33]`, () => {
    const { framework, hal } = facades(engine);
    const list = [
      "filled DOORBELL deviceOwned",
      "deviceOwned DEVICE_DONE deviceDone",
      "deviceDone PUT_SCATTER_GATHER_LIST put",
    ];
    assertEquals(lived(hal, "sgl:"), ["empty FILL filled", ...list, "empty FILL filled", ...list]);
    // The framework fills one buffer again; the HAL's driver here took a new one each time.
    assertEquals(lived(framework, "sgl:"), ["empty FILL filled", ...list, "put FILL filled", ...list]);
  });

  Deno.test(`${engine}: the framework is called back and holds nothing, the HAL form hands out the list and holds [S0-33]`, () => {
    const { framework, hal } = facades(engine);
    const adapter = (trace: Recorder): string[] => lived(trace, "adapter:").filter((step) => !step.includes("COMMON"));
    assertEquals(adapter(framework).slice(1, 4), [
      "live.free BUILD_SCATTER_GATHER_LIST live.inListRoutine",
      "live.inListRoutine ROUTINE_RETURNED live.free",
      "live.free PUT_SCATTER_GATHER_LIST live.free",
    ]);
    assertEquals(adapter(hal).slice(1, 4), [
      "live.free BUILD_SCATTER_GATHER_LIST live.heldByList",
      "live.heldByList FREE_ADAPTER_OBJECT live.free",
      "live.free PUT_SCATTER_GATHER_LIST live.free",
    ]);
  });
}

const PLATFORMS: readonly RigOptions[] = [true, false].flatMap((coherent) =>
  [true, false].map((iommu) => ({ memory: { coherent, iommu } }))
);

Deno.test("through the framework a buffer survives the card on coherent and non-coherent platforms alike [S0-32]", () => {
  for (const options of PLATFORMS) {
    for (const flags of [0, WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION]) {
      const rig = new CardRig({ ...options, config: { flags } });
      // Not on cache lines: neighbours share the first and the last.
      const from = rig.buffer(LENGTH, { byteOffset: 13 });
      const to = rig.buffer(LENGTH, { byteOffset: 27 });
      for (const salt of [1, 2]) {
        rig.cpuWrite(from, pattern(LENGTH, salt));
        // What was read before is in the CPU's cache and must not be seen again.
        rig.cpuRead(to);
        assertEquals(roundTripByFramework(rig, from, to), pattern(LENGTH, salt), JSON.stringify(options));
      }
      assertEquals(rig.rules, []);
    }
  }
});

/** What the device sees of what the CPU wrote, and the CPU of what the device wrote, with nobody flushing. */
function withoutFlush(coherent: boolean): readonly [boolean, boolean] {
  const machine = new Machine({ memory: { coherent } });
  const adapter = machine.adapter({ ...XDMA, version: 2, dma64BitAddresses: true });
  const { allocateAdapterChannel, mapTransfer } = adapter.dmaOperations;
  const mdl = machine.buffer(4096);
  machine.cpuWrite(mdl, pattern(4096, 1));
  let logical = -1;
  const executionRoutine = (_device: unknown, mapRegisterBase: MapRegisterBase) => {
    const currentVa = mmGetMdlVirtualAddress(mdl);
    const length = 4096;
    ({ logicalAddress: logical } = mapTransfer({ mdl, mapRegisterBase, currentVa, length, writeToDevice: true }));
    return "DeallocateObjectKeepRegisters" as const;
  };
  const device = { name: "xdma0" };
  machine.dispatch(() =>
    allocateAdapterChannel({ deviceObject: device, numberOfMapRegisters: 1, executionRoutine, context: null })
  );
  const seen = new Uint8Array(4096);
  machine.memory.port("xdma0").read(logical, seen, 0, 4096);
  machine.memory.port("xdma0").write(logical, pattern(4096, 2), 0, 4096);
  const equal = (a: Uint8Array, b: Uint8Array): boolean => a.join() === b.join();
  return [equal(seen, pattern(4096, 1)), equal(machine.cpuRead(mdl), pattern(4096, 2))];
}

Deno.test("a raw path that flushes nothing is right on a coherent platform and corrupts on the other only [S0-32]", () => {
  assertEquals(withoutFlush(true), [true, true]);
  assertEquals(withoutFlush(false), [false, false]);
});

Deno.test("below 100 000 requests a second the framework is advised, from there on the HAL's calls [S0-23]", () => {
  assertEquals(FRAMEWORK_IOPS_LIMIT, 100_000);
  assertEquals([0, 1, 99_999].map(suggestFramework), ["WDF", "WDF", "WDF"]);
  assertEquals([100_000, 2_000_000].map(suggestFramework), ["HAL", "HAL"]);
});

Deno.test("what NetAdapterCx makes of a Build: no resources is retried later, too small a buffer is bounced [S0-25]", () => {
  const machine = new Machine({ hal: { mapRegisters: 3 } });
  const adapter = machine.adapter({ ...XDMA, dmaAddressWidth: 32 });
  const high = { zone: "above4GiB" } as const;
  const first = build(machine, adapter, machine.buffer(8192, high));
  freeChannel(machine, adapter);
  const second = build(machine, adapter, machine.buffer(8192, high));
  assertEquals([first, second].map(({ result }) => netAdapterStep(result.status)), ["program", "retryLater"]);
  // Its error path frees the channel although nothing was granted: tolerated, with a warning.
  freeChannel(machine, adapter);
  assertEquals(machine.findings.all.map(({ rule, severity }) => [rule, severity]), [["FreeWithoutGrant", "warning"]]);
  putList(machine, adapter, listOf(first));
  // The retry succeeds, and Put before FreeAdapterObject, as on that path, is legal.
  const again = build(machine, adapter, machine.buffer(8192, high));
  assertEquals(netAdapterStep(again.result.status), "program");
  putList(machine, adapter, listOf(again));
  freeChannel(machine, adapter);
  assertEquals(machine.findings.errors, []);

  const mdl = machine.chain({ lengthBytes: 4096 }, { lengthBytes: 4096 }, { lengthBytes: 4096 });
  const small = machine.listBuffer(1);
  const context = machine.context();
  const operations = version3(adapter);
  const { status } = machine.dispatch(() => {
    operations.initializeDmaTransferContext({ dmaTransferContext: context });
    return operations.buildScatterGatherListEx({
      deviceObject: adapter.physicalDeviceObject,
      dmaTransferContext: context,
      mdl,
      offset: 0,
      length: 12_288,
      flags: 1,
      executionRoutine: null,
      context: null,
      writeToDevice: true,
      scatterGatherBuffer: small,
      scatterGatherLength: small.lengthBytes,
      wantScatterGatherList: true,
    });
  });
  assertEquals([status, netAdapterStep(status)], ["STATUS_BUFFER_TOO_SMALL", "bounce"]);
  // Anything else is bounced too.
  assertEquals(netAdapterStep("STATUS_INVALID_PARAMETER"), "bounce");
});

Deno.test("a transaction and a list of the HAL may be outstanding on one enabler's adapter at the same time [S0-33]", () => {
  const rig = new Rig({ config: V3 });
  const adapter = rig.hal.adapters[0]!;
  rig.start(rig.transaction(), rig.buffer(4096));
  const list = obtain(rig, adapter, rig.buffer(4096));
  assertEquals([adapter.life.context.lists, adapter.counters.listsOutstanding], [2, 2]);
  putList(rig, adapter, list);
  rig.deviceDone();
  assert(rig.programmed[0]!.list.life.has("live"));
  assertEquals(rig.rules, []);
});
