/** The driver's calls of the Classic model, made to the simulated HAL. */
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/mod.ts";
import type { AdapterControl, MapRegisterBase } from "../../actors/mod.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { AllocateChannel, FreeRegisters, Transfer } from "./step.ts";
import type { Variables } from "./variables.ts";

/** AllocateAdapterChannel and its Ex form. */
export function allocateChannel(v: Variables, step: AllocateChannel): void {
  const { call, adapter, grant: variable, registers, form, action } = step;
  v.grants.delete(variable);
  const granted = (base: MapRegisterBase): void => {
    v.grants.set(variable, { base, obtained: true, left: base !== null });
  };
  const executionRoutine: AdapterControl = (_, base) => {
    granted(base);
    if (action === "DeallocateObject") v.grants.get(variable)!.left = false;
    return action;
  };
  const deviceObject = v.deviceOfGrant(variable);
  if (call === "AllocateAdapterChannel") {
    const p = { deviceObject, numberOfMapRegisters: registers, executionRoutine, context: null };
    return void v.routine(call, adapter, "allocateAdapterChannel")?.(p);
  }
  const result = v.routine(call, adapter, "allocateAdapterChannelEx")?.({
    deviceObject,
    dmaTransferContext: v.context(step.context),
    numberOfMapRegisters: registers,
    flags: form === "later" ? 0 : DMA_SYNCHRONOUS_CALLBACK,
    executionRoutine: form === "kept" ? null : executionRoutine,
    executionContext: null,
    wantMapRegisterBase: form === "kept",
  });
  if (form === "kept" && result?.status === "STATUS_SUCCESS") granted(result.mapRegisterBase);
}

/** MapTransfer until all is mapped, and FlushAdapterBuffers. */
export function transfer(
  v: Variables,
  { call, adapter, grant, mdl: number, offset, length, writeToDevice }: Transfer,
): void {
  const held = v.grants.get(grant);
  const mdl = v.mdls.get(number);
  if (held === undefined || mdl === undefined) return;
  const range = { mdl, mapRegisterBase: held.base, writeToDevice };
  const start = mmGetMdlVirtualAddress(mdl) + offset;
  if (call === "FlushAdapterBuffers") {
    const flushed = v.routine(call, adapter, "flushAdapterBuffers")?.({ ...range, currentVa: start, length });
    if (flushed) v.mapped.delete(mdl);
    return;
  }
  const map = v.routine(call, adapter, "mapTransfer");
  for (let done = 0; map !== undefined;) {
    const { length: mapped } = map({ ...range, currentVa: start + done, length: length - done });
    done += mapped;
    if (mapped > 0) v.mapped.set(mdl, held.base);
    if (mapped === 0 || done >= length) return;
  }
}

/** FreeMapRegisters. */
export function freeRegisters(v: Variables, { call, adapter, grant, registers }: FreeRegisters): void {
  const held = v.grants.get(grant);
  if (held === undefined) return;
  held.left = false;
  for (const [mdl, base] of v.mapped) if (base === held.base) v.mapped.delete(mdl);
  v.routine(call, adapter, "freeMapRegisters")?.({ mapRegisterBase: held.base, numberOfMapRegisters: registers });
}
