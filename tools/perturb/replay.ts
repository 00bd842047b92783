/**
 * Carries out a driver's steps with the HAL of the simulator: the honest arbiter. What it finds is what it finds
 * itself; the log that is written on the way is all that the checker gets.
 *
 * A step whose variable was never filled is not made where Windows has no call for it: a routine cannot be called with
 * an MDL, a request or a base that does not exist. A NULL adapter and a routine that the granted version does not have
 * are named, and the call is not made, because on Windows it ends the run.
 */
import { deviceDescription, driverUnload } from "../../actors/mod.ts";
import { DriverWorld } from "./driver_world.ts";
import type { LegalDriver } from "./legal_driver.ts";
import { allocateChannel, freeRegisters, transfer } from "./on_channel.ts";
import { calculate, freeObject, obtainList, onContext, onDevice, putList } from "./on_lists.ts";
import { allocateMdl, onCommonBuffer, onIrp, onMdl, onQueue, receive } from "./on_memory.ts";
import type { DriverStep, GetAdapter, OnAdapter } from "./step.ts";
import { Variables } from "./variables.ts";

/** What came of it. */
export interface Replay {
  /** The call log. */
  readonly log: string;
  /** Rules that the simulator named, in the order of time; each once. */
  readonly rules: readonly string[];
}

/** Carries out the steps from the first to the last, then unloads the driver and ends its process. */
export function replay(driver: LegalDriver, steps: readonly DriverStep[]): Replay {
  const world = new DriverWorld(driver);
  const v = new Variables(world);
  for (const step of steps) if (looksGood(v, step)) world.irql.run(step.irql, 0, () => make(v, step), 0);
  driverUnload(world.hal);
  world.mdls.processExit();
  const serious = world.findings.all.filter(({ severity }) => severity !== "note").map(({ rule }) => rule);
  // Where a chart has no name for what it met, nothing is said about the driver.
  const rules = [...new Set(serious)].filter((rule) => rule !== "UnexpectedEvent");
  return { log: world.log, rules };
}

/** The driver looks at its variable before it goes on. */
function looksGood(v: Variables, step: DriverStep): boolean {
  const { only } = step;
  if (only === undefined) return true;
  const of = "of" in step ? step.of : step;
  const held = "list" in of ? v.lists.get(of.list) : "grant" in of ? v.grants.get(of.grant) : undefined;
  return held !== undefined && held.obtained && (only === "obtained" || held.left);
}

function make(v: Variables, step: DriverStep): void {
  switch (step.call) {
    case "IoGetDmaAdapter":
      return getAdapter(v, step);
    case "PutDmaAdapter":
    case "FreeAdapterChannel":
    case "GetDmaAlignment":
      return onAdapter(v, step);
    case "IoAllocateMdl":
      return allocateMdl(v, step);
    case "MmProbeAndLockPages":
    case "MmUnlockPages":
    case "IoFreeMdl":
    case "MmGetSystemAddressForMdlSafe":
    case "MmMapLockedPagesSpecifyCache":
    case "MmUnmapLockedPages":
      return onMdl(v, step);
    case "a request comes":
      return receive(v, step);
    case "IoMarkIrpPending":
    case "IoCompleteRequest":
      return onIrp(v, step);
    case "InitializeDmaTransferContext":
    case "CancelAdapterChannel":
      return onContext(v, step);
    case "GetScatterGatherList":
    case "BuildScatterGatherList":
    case "GetScatterGatherListEx":
    case "BuildScatterGatherListEx":
      return obtainList(v, step);
    case "FreeAdapterObject":
      return freeObject(v, step);
    case "PutScatterGatherList":
      return putList(v, step);
    case "descriptors-written":
    case "doorbell":
    case "device-done":
      return onDevice(v, step);
    case "AllocateAdapterChannel":
    case "AllocateAdapterChannelEx":
      return allocateChannel(v, step);
    case "MapTransfer":
    case "FlushAdapterBuffers":
      return transfer(v, step);
    case "FreeMapRegisters":
      return freeRegisters(v, step);
    case "AllocateCommonBuffer":
    case "FreeCommonBuffer":
      return onCommonBuffer(v, step);
    case "CalculateScatterGatherList":
      return calculate(v, step);
    default:
      return onQueue(v, step);
  }
}

function getAdapter(v: Variables, step: GetAdapter): void {
  const { adapter, version, addressBits, scatterGather, maximumLength } = step;
  const granted = v.world.hal.ioGetDmaAdapter({
    physicalDeviceObject: v.device(adapter),
    deviceDescription: deviceDescription({
      version: version as 3,
      master: true,
      scatterGather,
      dma32BitAddresses: true,
      dma64BitAddresses: addressBits === 64,
      dmaAddressWidth: version === 3 ? addressBits : 0,
      interfaceType: "PCIBus",
      maximumLength,
    }),
  });
  if (granted === null) v.adapters.delete(adapter);
  else v.adapters.set(adapter, granted.dmaAdapter);
}

function onAdapter(v: Variables, { call, adapter }: OnAdapter): void {
  if (call === "PutDmaAdapter") v.routine(call, adapter, "putDmaAdapter")?.();
  else if (call === "FreeAdapterChannel") v.routine(call, adapter, "freeAdapterChannel")?.();
  else v.routine(call, adapter, "getDmaAlignment")?.();
}
