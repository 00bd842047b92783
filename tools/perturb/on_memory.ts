/** The driver's calls on MDLs, requests, common buffers and queues, made to the simulated kernel. */
import { InterlockedList } from "../../actors/mod.ts";
import type { Irp } from "../../actors/mod.ts";
import { VirtualClock } from "../../sim/clock.ts";
import type { AllocateMdl, OnCommonBuffer, OnIrp, OnMdl, OnQueue, Receive } from "./step.ts";
import { once } from "./variables.ts";
import type { Variables } from "./variables.ts";

/** IoAllocateMdl. */
export function allocateMdl(v: Variables, { mdl: number, region, offset, length }: AllocateMdl): void {
  const { regions, mdls } = v.world;
  const mdl = mdls.ioAllocateMdl(regions[region]! + offset, length);
  if (mdl !== null) v.mdls.set(number, mdl);
}

/** The memory manager's routines. */
export function onMdl(v: Variables, { call, mdl: number }: OnMdl): void {
  const { mdls } = v.world;
  const mdl = v.mdls.get(number);
  if (mdl === undefined) return;
  switch (call) {
    case "MmProbeAndLockPages":
      return void mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
    case "MmUnlockPages":
      return mdls.mmUnlockPages(mdl);
    case "IoFreeMdl":
      return mdls.ioFreeMdl(mdl);
    case "MmGetSystemAddressForMdlSafe":
      return void mdls.mmGetSystemAddressForMdlSafe(mdl);
    case "MmMapLockedPagesSpecifyCache": {
      const at = mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached");
      return at === null ? undefined : void v.mappings.set(number, at);
    }
    case "MmUnmapLockedPages": {
      const at = v.mappings.get(number);
      return at === undefined ? undefined : mdls.mmUnmapLockedPages(at, mdl);
    }
  }
}

/** A direct I/O request reaches the driver. */
export function receive(v: Variables, { irp: number, mdl: numberOfMdl, writeToDevice }: Receive): void {
  const mdl = v.mdls.get(numberOfMdl);
  // The I/O manager makes an MDL of its own for each request: one that the driver has locked is none of those.
  if (mdl === undefined || mdl.life.state !== "described") return;
  const irp = v.world.irps.create({
    mdl,
    length: mdl.byteCount,
    writeToDevice,
    channel: writeToDevice ? "h2c0" : "c2h0",
    directIo: true,
  });
  if (irp !== null) v.irps.set(number, irp);
}

/** IoMarkIrpPending and IoCompleteRequest. */
export function onIrp(v: Variables, { call, irp: number }: OnIrp): void {
  const irp = v.irps.get(number);
  const { irps } = v.world;
  if (irp === undefined) return;
  if (call === "IoMarkIrpPending") return irps.ioMarkIrpPending(irp);
  // The chart is told where the request stands: a list still maps its buffer for the device, or nothing does.
  if (irp.mdl !== null && !irp.completed) {
    if (isInList(v, irp.mdl)) irps.step(irp, "MAP");
    else if (v.mapped.has(irp.mdl)) v.world.door.misuse("MissingFlush", call, irp.life.name, "still mapped");
  }
  irps.ioCompleteRequest(irp, "STATUS_SUCCESS");
}

function isInList(v: Variables, mdl: NonNullable<Irp["mdl"]>): boolean {
  for (const { lists } of v.world.hal.adapters) {
    for (const list of lists) if (list.order.mdl === mdl) return true;
  }
  return false;
}

/** AllocateCommonBuffer and FreeCommonBuffer. */
export function onCommonBuffer(v: Variables, { call, adapter, buffer, length }: OnCommonBuffer): void {
  if (call === "AllocateCommonBuffer") {
    const made = v.routine(call, adapter, "allocateCommonBuffer")?.({ length, cacheEnabled: true });
    if (made !== undefined && made !== null) v.commonBuffers.set(buffer, made);
    return;
  }
  const held = v.commonBuffers.get(buffer);
  if (held === undefined) return;
  const { virtualAddress, logicalAddress, cacheEnabled } = held;
  v.routine(call, adapter, "freeCommonBuffer")?.({ virtualAddress, logicalAddress, length, cacheEnabled });
}

/** The list routines. */
export function onQueue(v: Variables, { call, queue: number, entry }: OnQueue): void {
  const { lives, door } = v.world;
  const clock = new VirtualClock();
  const queue = once(v.queues, number, () => {
    const trace = { on: true, emit: () => {} };
    return new InterlockedList(`queue:${number}`, 64, { clock, trace, lives, door });
  });
  if (call === "ExInterlockedInsertTailList") queue.exInterlockedInsertTailList(entry);
  else if (call === "ExInterlockedRemoveHeadList") queue.exInterlockedRemoveHeadList();
  else if (call === "InsertTailList") queue.insertTailList(entry);
  else queue.removeHeadList();
}
