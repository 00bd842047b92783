/** WDFDMAENABLER: what a configuration leads to, and the power loop. */

import { assert, assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import {
  dmaEnablerPowerDown,
  dmaEnablerPowerUp,
  WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION,
  WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER,
  WDF_DMA_PROFILE,
  wdfCommonBufferCreate,
  wdfDeviceCreate,
  wdfDmaEnablerConfigInit,
  wdfDmaEnablerCreate,
  wdfDmaEnablerGetFragmentLength,
  wdfDmaEnablerGetMaximumLength,
  wdfDmaEnablerGetMaximumScatterGatherElements,
  wdfDmaEnablerWdmGetDmaAdapter,
  wdfObjectDelete,
} from "../../actors/wdf/mod.ts";
import type { WdfDmaEnablerConfig, WdfDmaProfile } from "../../actors/wdf/mod.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { Machine } from "../hal/fixture.ts";
import { READ, Rig, WRITE } from "./rig.ts";

const SINGLE = WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER;

/** What WdfDmaEnablerCreate answers to a configuration. */
function created(
  config: Partial<WdfDmaEnablerConfig>,
  device: { kmdfMinor?: number; platform?: "x64" | "arm64" } = {},
): {
  readonly status: NtStatus;
  readonly rules: readonly string[];
  readonly version: number | null;
} {
  const machine = new Machine();
  const { profile = "WdfDmaProfileScatterGather64", maximumLength = 65536 } = config;
  const result = wdfDmaEnablerCreate(
    wdfDeviceCreate(machine.hal, { name: "xdma0", ...device }),
    { ...wdfDmaEnablerConfigInit(profile, maximumLength), ...config },
  );
  const version = result.status === "STATUS_SUCCESS" ? result.dmaEnabler.dmaVersion : null;
  return { status: result.status, rules: machine.rules, version };
}

Deno.test("the _INIT defaults: no callbacks, overrides 0, flags 0, and they make an enabler [S1-21]", () => {
  const config = wdfDmaEnablerConfigInit("WdfDmaProfileScatterGather64Duplex", 4096);
  const { profile, maximumLength, addressWidthOverride, wdmDmaVersionOverride, flags, ...callbacks } = config;
  assertEquals([profile, maximumLength], ["WdfDmaProfileScatterGather64Duplex", 4096]);
  assertEquals([addressWidthOverride, wdmDmaVersionOverride, flags], [0, 0, 0]);
  assertEquals(Object.values(callbacks), [null, null, null, null, null, null]);
  assertEquals(created(config), { status: "STATUS_SUCCESS", rules: [], version: 2 });
});

Deno.test("REQUIRE_SINGLE_TRANSFER without version 3 is INVALID_PARAMETER and named, with it an enabler [S1-19]", () => {
  const refused = { status: "STATUS_INVALID_PARAMETER", rules: ["SingleTransferNeedsV3"], version: null } as const;
  assertEquals(created({ flags: SINGLE }), refused);
  assertEquals(created({ flags: SINGLE, wdmDmaVersionOverride: 2 }), refused);
  const made = { status: "STATUS_SUCCESS", rules: [], version: 3 } as const;
  assertEquals(created({ flags: SINGLE, wdmDmaVersionOverride: 3 }), made);
  // ARM64 has version 3 anyway, and so has a device with an address width of its own.
  assertEquals(created({ flags: SINGLE }, { platform: "arm64" }), made);
  assertEquals(created({ flags: SINGLE, addressWidthOverride: 40 }), made);
});

Deno.test("a driver of KMDF before 1.19 cannot ask for single transfers, whatever the version", () => {
  const asked = { flags: SINGLE, wdmDmaVersionOverride: 3 };
  assertEquals(created(asked, { kmdfMinor: 15 }).status, "STATUS_INVALID_PARAMETER");
  assertEquals(created(asked, { kmdfMinor: 19 }).status, "STATUS_SUCCESS");
});

Deno.test("overrides that contradict the profile are INVALID_PARAMETER, MaximumLength 0 too, system DMA is not there", () => {
  const status = (config: Partial<WdfDmaEnablerConfig>): NtStatus => created(config).status;
  assertEquals(status({ profile: "WdfDmaProfilePacket", addressWidthOverride: 33 }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ profile: "WdfDmaProfilePacket", addressWidthOverride: 30 }), "STATUS_SUCCESS");
  assertEquals(status({ wdmDmaVersionOverride: 2, addressWidthOverride: 40 }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ wdmDmaVersionOverride: 1 }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ maximumLength: 0 }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ profile: "WdfDmaProfileSystem" }), "STATUS_NOT_SUPPORTED");
});

Deno.test("IoGetDmaAdapter's NULL becomes STATUS_UNSUCCESSFUL, and nothing is left behind", () => {
  const machine = new Machine();
  const device = wdfDeviceCreate(machine.hal, { name: "xdma0" });
  // 2^32 bytes are no ULONG: the HAL refuses the description.
  const config = wdfDmaEnablerConfigInit("WdfDmaProfileScatterGather64", 0x1_0000_0000);
  assertEquals(wdfDmaEnablerCreate(device, config).status, "STATUS_UNSUCCESSFUL");
  assertEquals(machine.hal.adapters.length, 0);
});

Deno.test("an adapter of a single map register is put again: STATUS_UNSUCCESSFUL", () => {
  const machine = new Machine({ hal: { mapRegisters: 1 } });
  const config = wdfDmaEnablerConfigInit("WdfDmaProfileScatterGather", 4096);
  const device = wdfDeviceCreate(machine.hal, { name: "xdma0" });
  assertEquals(wdfDmaEnablerCreate(device, config).status, "STATUS_UNSUCCESSFUL");
  assertEquals(machine.hal.adapters.map(({ life }) => life.state), ["released"]);
});

Deno.test("each profile describes its device: lists or one piece, 32 or 64 lines, one adapter or two", () => {
  const told = (Object.keys(WDF_DMA_PROFILE) as WdfDmaProfile[]).filter((name) => !name.includes("System"))
    .map((profile) => {
      const { hal } = new Rig({ profile });
      const [first] = hal.adapters;
      assert(first !== undefined);
      return [profile, hal.adapters.length, first.scatterGather, first.addressWidth, first.operationsVersion];
    });
  assertEquals(told, [
    ["WdfDmaProfilePacket", 1, false, 32, 2],
    ["WdfDmaProfileScatterGather", 1, true, 32, 2],
    ["WdfDmaProfilePacket64", 1, false, 64, 2],
    ["WdfDmaProfileScatterGather64", 1, true, 64, 2],
    ["WdfDmaProfileScatterGatherDuplex", 2, true, 32, 2],
    ["WdfDmaProfileScatterGather64Duplex", 2, true, 64, 2],
  ]);
});

Deno.test("AddressWidthOverride asks for version 3 with exactly that width", () => {
  const { hal } = new Rig({ config: { addressWidthOverride: 40 } });
  assertEquals([hal.adapters[0]?.addressWidth, hal.adapters[0]?.operationsVersion], [40, 3]);
});

Deno.test("a duplex enabler has two adapters: ReadFromDevice selects the first, a simplex one has one for both [S1-34]", () => {
  const duplex = new Rig({ profile: "WdfDmaProfileScatterGather64Duplex" });
  const read = wdfDmaEnablerWdmGetDmaAdapter(duplex.enabler, READ);
  const write = wdfDmaEnablerWdmGetDmaAdapter(duplex.enabler, WRITE);
  assertStrictEquals(read, duplex.hal.adapters[0]);
  assertStrictEquals(write, duplex.hal.adapters[1]);
  const simplex = new Rig();
  assertStrictEquals(
    wdfDmaEnablerWdmGetDmaAdapter(simplex.enabler, READ),
    wdfDmaEnablerWdmGetDmaAdapter(simplex.enabler, WRITE),
  );
});

Deno.test("a duplex transaction lists and puts with the adapter of its direction; putting with the other is named [S1-34]", () => {
  const rig = new Rig({ profile: "WdfDmaProfileScatterGather64Duplex" });
  const [read, write] = rig.hal.adapters;
  assert(read !== undefined && write !== undefined);
  assertNotStrictEquals(read, write);
  const counts = (): number[] => [read, write].map(({ counters }) => counters.listsOutstanding);
  rig.start(rig.transaction(), rig.buffer(8192), { direction: READ });
  assertEquals(counts(), [1, 0]);
  rig.start(rig.transaction(), rig.buffer(8192), { direction: WRITE });
  assertEquals(counts(), [1, 1]);
  assertEquals(rig.rules, []);
  const list = rig.programmed[0]?.list;
  assert(list !== undefined);
  rig.deviceDone();
  rig.dispatch(() => write.dmaOperations.putScatterGatherList({ scatterGather: list, writeToDevice: false }));
  assertEquals(rig.rules, ["SglNotFromThisAdapter"]);
  assertEquals(counts(), [1, 1]);
});

Deno.test("the fragment length is what N registers carry at any alignment, and never beyond MaximumLength", () => {
  const fragment = (maximumLength: number, mapRegisters?: number): number[] => {
    const hal = mapRegisters === undefined ? {} : { mapRegisters };
    const { enabler } = new Rig({ profile: "WdfDmaProfileScatterGather", maximumLength, hal });
    return [wdfDmaEnablerGetMaximumLength(enabler), wdfDmaEnablerGetFragmentLength(enabler, WRITE)];
  };
  assertEquals(fragment(65536), [65536, 65536]);
  assertEquals(fragment(5000), [5000, 5000]);
  // A pool of 17 registers: 16 pages at any alignment.
  assertEquals(fragment(0x10_0000, 17), [0x10_0000, 65536]);
  assertEquals(wdfDmaEnablerGetMaximumScatterGatherElements(new Rig().enabler), 0xffff_ffff);
});

Deno.test("transactions take list buffers from the enabler and bring them back; NO_SGLIST_PREALLOCATION has none", () => {
  const rig = new Rig();
  const before = rig.memory.pool.allocations;
  const transaction = rig.transaction();
  assertEquals(rig.memory.pool.allocations - before, 1);
  wdfObjectDelete(transaction);
  assertEquals(rig.enabler.spareBufferCount, 1);
  rig.transaction();
  assertEquals([rig.enabler.spareBufferCount, rig.memory.pool.allocations - before], [0, 1]);
  const without = new Rig({ config: { flags: WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION } });
  const then = without.memory.pool.allocations;
  without.start(without.transaction(), without.buffer(8192));
  const [adapter] = without.hal.adapters;
  assertEquals(adapter?.counters.calls.GetScatterGatherList, 1);
  assertEquals(adapter?.counters.calls.BuildScatterGatherList, 0);
  assertEquals(without.memory.pool.allocations - then, 1);
});

/** The callbacks that ran, where those of `failing` fail. */
function powered(failing: readonly string[]): { readonly ran: string[]; readonly up: string; readonly down: string } {
  const ran: string[] = [];
  const callback = (name: string) => (): NtStatus => {
    ran.push(name);
    return failing.includes(name) ? "STATUS_UNSUCCESSFUL" : "STATUS_SUCCESS";
  };
  const { enabler } = new Rig({
    config: {
      evtDmaEnablerFill: callback("Fill"),
      evtDmaEnablerEnable: callback("Enable"),
      evtDmaEnablerSelfManagedIoStart: callback("Start"),
      evtDmaEnablerSelfManagedIoStop: callback("Stop"),
      evtDmaEnablerDisable: callback("Disable"),
      evtDmaEnablerFlush: callback("Flush"),
    },
  });
  const up = dmaEnablerPowerUp(enabler);
  ran.push("|");
  const down = dmaEnablerPowerDown(enabler);
  assertEquals(enabler.life.state, "configured.off");
  return { ran, up, down };
}

Deno.test("power: up is Fill, Enable, Start; down is Stop, Disable, Flush; a failure leaves out what had not begun", () => {
  const fine = "STATUS_SUCCESS";
  const bad = "STATUS_UNSUCCESSFUL";
  const told = (...failing: string[]): string[] => {
    const { ran, up, down } = powered(failing);
    return [ran.join(" "), up, down];
  };
  assertEquals(told(), ["Fill Enable Start | Stop Disable Flush", fine, fine]);
  assertEquals(told("Fill"), ["Fill | Stop", bad, fine]);
  assertEquals(told("Enable"), ["Fill Enable | Stop Disable", bad, fine]);
  assertEquals(told("Start"), ["Fill Enable Start | Stop Disable Flush", bad, fine]);
  assertEquals(told("Stop", "Disable", "Flush"), ["Fill Enable Start | Stop Disable Flush", fine, bad]);
});

Deno.test("deleting an enabler takes transactions and common buffers along, puts its adapters, and nothing is found", () => {
  const rig = new Rig({ profile: "WdfDmaProfileScatterGather64Duplex" });
  rig.initialize(rig.transaction(), rig.buffer(4096), { direction: READ });
  wdfObjectDelete(rig.transaction());
  assertEquals(wdfCommonBufferCreate(rig.enabler, 4096).status, "STATUS_SUCCESS");
  wdfObjectDelete(rig.enabler);
  assertEquals([rig.rules, rig.enabler.children.size], [[], 0]);
  assertEquals(rig.hal.adapters.map(({ life }) => life.state), ["released", "released"]);
});

Deno.test("deleting an enabler under a running transfer is named, by the framework's rule and by the HAL's", () => {
  const rig = new Rig();
  rig.start(rig.transaction(), rig.buffer(4096), { direction: READ });
  wdfObjectDelete(rig.enabler);
  assertEquals(rig.rules, ["WdfTransactionWrongState", "PutWhileDeviceActive"]);
});
