/**
 * What a driver does, as data: one step a call, with the numbers of the driver's own variables in place of pointers.
 * The same steps can be changed, and carried out by the simulator's HAL again.
 */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import type { Irql } from "../../sim/kernel/irql.ts";

/** What every step says beside its call. */
interface Step {
  /** KeGetCurrentIrql where it is made. */
  readonly irql: Irql;
  /**
   * What the driver looks at first: `obtained`, the status of the call that should have filled the variable; `left`,
   * that the variable holds something which was not given back. Without it the driver does not look.
   */
  readonly only?: "obtained" | "left";
}

/** How a version 3 routine is asked: now and kept, now with a routine, or whenever there is room. */
export type Form = "kept" | "routine" | "later";

/** The part of a buffer that a transfer moves. */
interface Range {
  readonly mdl: number;
  readonly offset: number;
  readonly length: number;
  readonly writeToDevice: boolean;
}

/** IoGetDmaAdapter. */
export interface GetAdapter extends Step {
  readonly call: "IoGetDmaAdapter";
  readonly adapter: number;
  readonly version: number;
  readonly addressBits: 32 | 64;
  readonly scatterGather: boolean;
  readonly maximumLength: number;
}

/** A routine that names nothing but its adapter. */
export interface OnAdapter extends Step {
  readonly call: "PutDmaAdapter" | "FreeAdapterChannel" | "GetDmaAlignment";
  readonly adapter: number;
}

/** IoAllocateMdl over a part of one of the driver's regions. */
export interface AllocateMdl extends Step {
  readonly call: "IoAllocateMdl";
  readonly mdl: number;
  readonly region: number;
  readonly offset: number;
  readonly length: number;
}

/** The memory manager's routines on one MDL. */
export interface OnMdl extends Step {
  readonly call:
    | "MmProbeAndLockPages"
    | "MmUnlockPages"
    | "IoFreeMdl"
    | "MmGetSystemAddressForMdlSafe"
    | "MmMapLockedPagesSpecifyCache"
    | "MmUnmapLockedPages";
  readonly mdl: number;
}

/** A request reaches the driver, with the MDL of its buffer locked by the I/O manager. No call of the driver's. */
export interface Receive extends Step {
  readonly call: "a request comes";
  readonly irp: number;
  readonly mdl: number;
  readonly writeToDevice: boolean;
}

/** The driver's routines on a request. */
export interface OnIrp extends Step {
  readonly call: "IoMarkIrpPending" | "IoCompleteRequest";
  readonly irp: number;
}

/** The routines on a transfer context. */
export interface OnContext extends Step {
  readonly call: "InitializeDmaTransferContext" | "CancelAdapterChannel";
  readonly adapter: number;
  readonly context: number;
}

/** The Get and Build routines. `list` is the variable that gets the list; the version 3 routines have a context. */
export interface ObtainList extends Step, Range {
  readonly call:
    | "GetScatterGatherList"
    | "BuildScatterGatherList"
    | "GetScatterGatherListEx"
    | "BuildScatterGatherListEx";
  readonly adapter: number;
  readonly context: number;
  readonly form: Form;
  readonly list: number;
  /** Which of the driver's list buffers a Build routine fills. */
  readonly buffer: number;
  readonly bufferBytes: number;
}

/** FreeAdapterObject, looked at through the list or grant that the channel was obtained for. */
export interface FreeObject extends Step {
  readonly call: "FreeAdapterObject";
  readonly adapter: number;
  readonly action: IoAllocationAction;
  readonly of: { readonly list: number } | { readonly grant: number };
}

/** PutScatterGatherList. */
export interface PutList extends Step {
  readonly call: "PutScatterGatherList";
  readonly adapter: number;
  readonly list: number;
  readonly writeToDevice: boolean;
}

/** What the driver does to the device with a list. `device-done` is the device's own doing. */
export interface OnDevice extends Step {
  readonly call: "descriptors-written" | "doorbell" | "device-done";
  readonly list: number;
}

/** AllocateAdapterChannel and its Ex form; AdapterControl returns `action`. */
export interface AllocateChannel extends Step {
  readonly call: "AllocateAdapterChannel" | "AllocateAdapterChannelEx";
  readonly adapter: number;
  readonly context: number;
  readonly grant: number;
  readonly registers: number;
  readonly form: Form;
  readonly action: IoAllocationAction;
}

/** MapTransfer until all is mapped, and the flush of it. */
export interface Transfer extends Step, Range {
  readonly call: "MapTransfer" | "FlushAdapterBuffers";
  readonly adapter: number;
  readonly grant: number;
}

/** FreeMapRegisters. */
export interface FreeRegisters extends Step {
  readonly call: "FreeMapRegisters";
  readonly adapter: number;
  readonly grant: number;
  readonly registers: number;
}

/** AllocateCommonBuffer and FreeCommonBuffer. */
export interface OnCommonBuffer extends Step {
  readonly call: "AllocateCommonBuffer" | "FreeCommonBuffer";
  readonly adapter: number;
  readonly buffer: number;
  readonly length: number;
}

/** CalculateScatterGatherList, with a CurrentVa `offset` bytes behind the start of the MDL. */
export interface Calculate extends Step {
  readonly call: "CalculateScatterGatherList";
  readonly adapter: number;
  readonly mdl: number;
  readonly offset: number;
  readonly length: number;
}

/** The list routines, on a queue that dispatch routines and ISR share. */
export interface OnQueue extends Step {
  readonly call:
    | "ExInterlockedInsertTailList"
    | "ExInterlockedRemoveHeadList"
    | "InsertTailList"
    | "RemoveHeadList";
  readonly queue: number;
  readonly entry: number;
}

/** One thing that a driver does, or that happens to it. */
export type DriverStep =
  | GetAdapter
  | OnAdapter
  | AllocateMdl
  | OnMdl
  | Receive
  | OnIrp
  | OnContext
  | ObtainList
  | FreeObject
  | PutList
  | OnDevice
  | AllocateChannel
  | Transfer
  | FreeRegisters
  | OnCommonBuffer
  | Calculate
  | OnQueue;

/** What is not the driver's doing: a change of the driver leaves it as it is. */
export function isDriversOwn({ call }: DriverStep): boolean {
  return call !== "device-done" && call !== "a request comes";
}
