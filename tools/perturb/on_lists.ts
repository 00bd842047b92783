/** The driver's calls on scatter/gather lists, made to the simulated HAL, and what it does to the device with them. */
import { createScatterGatherBuffer, DMA_SYNCHRONOUS_CALLBACK } from "../../actors/mod.ts";
import type { HalList, ListBuffer, ScatterGatherList } from "../../actors/mod.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Calculate, FreeObject, ObtainList, OnContext, OnDevice, PutList } from "./step.ts";
import { once } from "./variables.ts";
import type { Variables } from "./variables.ts";

/** InitializeDmaTransferContext and CancelAdapterChannel. */
export function onContext(v: Variables, { call, adapter, context }: OnContext): void {
  const dmaTransferContext = v.context(context);
  if (call === "InitializeDmaTransferContext") {
    return void v.routine(call, adapter, "initializeDmaTransferContext")?.({ dmaTransferContext });
  }
  const deviceObject = v.device(adapter);
  v.routine(call, adapter, "cancelAdapterChannel")?.({ deviceObject, dmaTransferContext });
}

/** CalculateScatterGatherList. */
export function calculate(v: Variables, { call, adapter, mdl: number, offset, length }: Calculate): void {
  const mdl = v.mdls.get(number);
  if (mdl === undefined) return;
  const currentVa = mmGetMdlVirtualAddress(mdl) + offset;
  v.routine(call, adapter, "calculateScatterGatherList")?.({ mdl, currentVa, length });
}

/** The Get and Build routines, in any form. */
export function obtainList(v: Variables, step: ObtainList): void {
  const { call, adapter, list: variable, offset, length, writeToDevice, form } = step;
  const mdl = v.mdls.get(step.mdl);
  if (mdl === undefined) return;
  const obtained = (list: ScatterGatherList): void => {
    v.lists.set(variable, { list, obtained: true, left: true });
    judgeOverlap(v, list);
  };
  const buffer = listBuffer(v, step.buffer, step.bufferBytes);
  // The variable of a Build is the buffer, whether anything is in it or not.
  if (call.startsWith("Build")) v.lists.set(variable, { list: buffer.list, obtained: false, left: false });
  else v.lists.delete(variable);
  const deviceObject = v.device(adapter);
  const executionRoutine = (_: unknown, list: ScatterGatherList): void => obtained(list);
  const common = { deviceObject, mdl, length, writeToDevice, context: null };
  const inBuffer = { scatterGatherBuffer: buffer, scatterGatherLength: step.bufferBytes };
  const old = { ...common, currentVa: mmGetMdlVirtualAddress(mdl) + offset, executionRoutine };
  if (call === "GetScatterGatherList") return void v.routine(call, adapter, "getScatterGatherList")?.(old);
  if (call === "BuildScatterGatherList") {
    return void v.routine(call, adapter, "buildScatterGatherList")?.({ ...old, ...inBuffer });
  }
  const ex = {
    ...common,
    dmaTransferContext: v.context(step.context),
    offset,
    flags: form === "later" ? 0 : DMA_SYNCHRONOUS_CALLBACK,
    executionRoutine: form === "kept" ? null : executionRoutine,
    wantScatterGatherList: form !== "later",
  };
  const result = call === "GetScatterGatherListEx"
    ? v.routine(call, adapter, "getScatterGatherListEx")?.(ex)
    : v.routine(call, adapter, "buildScatterGatherListEx")?.({ ...ex, ...inBuffer });
  if (form === "kept" && result?.status === "STATUS_SUCCESS") obtained(result.scatterGatherList!);
}

/** No HAL looks at this: two live lists let the device write the same bytes of one MDL (Linux, overlapping). */
function judgeOverlap(v: Variables, made: ScatterGatherList): void {
  const { order } = made as HalList;
  if (order.writeToDevice) return;
  for (const { lists } of v.world.hal.adapters) {
    for (const { order: other, name } of lists) {
      if (other === order || other.mdl !== order.mdl || other.writeToDevice) continue;
      if (lineOf(order.offset) > lineOf(other.offset + other.length - 1)) continue;
      if (lineOf(other.offset) > lineOf(order.offset + order.length - 1)) continue;
      v.world.door.misuse("OverlappingDeviceWrites", "Build", name, "a second list over the same bytes");
    }
  }
}

function listBuffer(v: Variables, number: number, bytes: number): ListBuffer {
  return once(v.buffers, number, () => {
    const made = createScatterGatherBuffer(v.world.hal, Math.max(bytes, 4096));
    if (made === null) throw new Error("no pool memory for a list buffer");
    return made;
  });
}

/** FreeAdapterObject. */
export function freeObject(v: Variables, { call, adapter, action, of }: FreeObject): void {
  const held = "grant" in of ? v.grants.get(of.grant) : undefined;
  if (held !== undefined && action === "DeallocateObject") held.left = false;
  v.routine(call, adapter, "freeAdapterObject")?.({ allocationAction: action });
}

/** PutScatterGatherList. */
export function putList(v: Variables, { call, adapter, list: variable, writeToDevice }: PutList): void {
  const held = v.lists.get(variable);
  if (held === undefined) return;
  held.left = false;
  v.routine(call, adapter, "putScatterGatherList")?.({ scatterGather: held.list, writeToDevice });
}

/** Descriptors, doorbell, completion. */
export function onDevice(v: Variables, { call, list: variable }: OnDevice): void {
  const held = v.lists.get(variable);
  if (held === undefined) return;
  const life = (held.list as HalList).life;
  const { list } = held;
  const isDone = call === "device-done";
  // The device speaks only if it was started.
  if (isDone && !v.started.delete(list)) return;
  if (call === "doorbell") v.started.add(list);
  const sgl = pointerOf(v, list);
  v.world.happened(call, { channel: `h2c${variable}`, sgl, ...(isDone ? { status: "STATUS_SUCCESS" } : {}) });
  life.send({ type: isDone ? "DEVICE_DONE" : call === "doorbell" ? "DOORBELL" : "READ" });
}

function pointerOf(v: Variables, list: ScatterGatherList): string | null {
  const { va } = list as HalList;
  return va >= 0 ? `0x${va.toString(16)}` : v.world.door.pointers.of(list);
}

/** The cache line of a byte. */
function lineOf(offset: number): number {
  return Math.floor(offset / 64);
}
