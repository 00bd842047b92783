/**
 * Every routine that a log may name: at which IRQL it may be called, since which version of DMA_OPERATIONS it exists,
 * and what its line means. Windows DDI, the page of each routine.
 */
import { adapterInfo, halGetAdapter, ioGetDmaAdapter } from "./adapters.ts";
import { allocateCommonBuffer, allocateVector, freeCommonBuffer, useVector } from "./common_buffers.ts";
import { putAdapter } from "./conclude.ts";
import { cancelMapped, initializeContext, judgeRaw, moveContext } from "./contexts.ts";
import { noteCalculation } from "./failures.ts";
import { allocateChannel } from "./grants.ts";
import { obtainList } from "./lists.ts";
import type { CallLine } from "./log_line.ts";
import { judgeStart, rangeOf, registersFor } from "./mdl_range.ts";
import { allocateMdl, mapLockedPages, moveMdl } from "./mdls.ts";
import { putList } from "./put.ts";
import type { AdapterRecord } from "./records.ts";
import { freeChannel, freeMapRegisters } from "./release.ts";
import { flushBuffers, mapTransfer } from "./transfers.ts";
import { pointer } from "./values.ts";
import { createEnabler, createTransaction, enablersAdapter, moveTransaction } from "./wdf.ts";
import type { World } from "./world.ts";

/** Where a routine may be called. */
export type Level = "=PASSIVE" | "=DISPATCH" | "<=DISPATCH" | "<=APC" | "any";

/** A member of DMA_OPERATIONS: its adapter is known before it is asked. */
export interface AdapterRoutine {
  readonly level: Level;
  /** The first version of DMA_OPERATIONS that has it. */
  readonly version: 1 | 2 | 3;
  readonly on: (world: World, line: CallLine, adapter: AdapterRecord) => void;
  /** Bug check 0x1DC names a wrong IRQL of the vector routines. */
  readonly vector?: true;
}

/** Any other routine. */
export interface KernelRoutine {
  readonly level: Level;
  readonly on: (world: World, line: CallLine) => void;
}

const nothing = (): void => {};

function routine(level: Level, version: 1 | 2 | 3, on: AdapterRoutine["on"] = nothing): AdapterRoutine {
  return { level, version, on };
}

/** The members of DMA_OPERATIONS. */
export const ADAPTER_ROUTINES: ReadonlyMap<string, AdapterRoutine> = new Map<string, AdapterRoutine>([
  ["PutDmaAdapter", routine("<=DISPATCH", 1, putAdapter)],
  ["AllocateCommonBuffer", routine("=PASSIVE", 1, allocateCommonBuffer)],
  ["FreeCommonBuffer", routine("=PASSIVE", 1, freeCommonBuffer)],
  ["AllocateAdapterChannel", routine("=DISPATCH", 1, allocateChannel)],
  ["FlushAdapterBuffers", routine("<=DISPATCH", 1, flushBuffers)],
  ["FreeAdapterChannel", routine("=DISPATCH", 1, freeChannel)],
  ["FreeMapRegisters", routine("=DISPATCH", 1, freeMapRegisters)],
  ["MapTransfer", routine("<=DISPATCH", 1, mapTransfer)],
  ["GetDmaAlignment", routine("=PASSIVE", 1)],
  ["ReadDmaCounter", routine("<=DISPATCH", 1)],
  ["GetScatterGatherList", routine("=DISPATCH", 1, obtainList)],
  ["PutScatterGatherList", routine("=DISPATCH", 1, putList)],
  ["CalculateScatterGatherList", routine("any", 2, calculate)],
  ["BuildScatterGatherList", routine("=DISPATCH", 2, obtainList)],
  ["BuildMdlFromScatterGatherList", routine("<=DISPATCH", 2, buildMdl)],
  ["GetDmaAdapterInfo", routine("<=DISPATCH", 3, (_, line, adapter) => void (adapter.bypass ||= adapterInfo(line)))],
  ["GetDmaTransferInfo", routine("<=DISPATCH", 3, calculate)],
  ["InitializeDmaTransferContext", routine("<=DISPATCH", 3, initializeContext)],
  ["AllocateCommonBufferEx", routine("=PASSIVE", 3, allocateCommonBuffer)],
  ["AllocateAdapterChannelEx", routine("=DISPATCH", 3, allocateChannel)],
  ["ConfigureAdapterChannel", routine("<=DISPATCH", 3)],
  ["CancelAdapterChannel", routine("<=DISPATCH", 3, cancelChannel)],
  ["MapTransferEx", routine("<=DISPATCH", 3, mapTransfer)],
  ["GetScatterGatherListEx", routine("<=DISPATCH", 3, obtainList)],
  ["BuildScatterGatherListEx", routine("=DISPATCH", 3, obtainList)],
  ["FlushAdapterBuffersEx", routine("<=DISPATCH", 3, flushBuffers)],
  ["FreeAdapterObject", routine("<=DISPATCH", 3, freeChannel)],
  ["CancelMappedTransfer", routine("<=DISPATCH", 3, cancelTransfer)],
  ["AllocateDomainCommonBuffer", routine("=PASSIVE", 3, allocateCommonBuffer)],
  ["FlushDmaBuffer", routine("any", 3)],
  ["JoinDmaDomain", routine("=PASSIVE", 3)],
  ["LeaveDmaDomain", routine("=PASSIVE", 3)],
  ["GetDmaDomain", routine("=PASSIVE", 3)],
  ["AllocateCommonBufferWithBounds", routine("=PASSIVE", 3, allocateCommonBuffer)],
  // The level of the vector routines is undocumented; bug check 0x1DC says that there is one. We take PASSIVE_LEVEL.
  ["AllocateCommonBufferVector", { ...routine("=PASSIVE", 3, allocateVector), vector: true }],
  ["GetCommonBufferFromVectorByIndex", routine("any", 3, useVector)],
  ["FreeCommonBufferFromVector", { ...routine("=PASSIVE", 3, useVector), vector: true }],
  ["FreeCommonBufferVector", { ...routine("=PASSIVE", 3, useVector), vector: true }],
  ["CreateCommonBufferFromMdl", routine("any", 3)],
]);

const listRoutine: KernelRoutine = { level: "any", on: (world, line) => world.channels.listCall(world, line) };
const mdlRoutine: KernelRoutine = { level: "<=DISPATCH", on: moveMdl };
const transaction: KernelRoutine = { level: "<=DISPATCH", on: moveTransaction };

/** Everything else that a log may name. */
export const KERNEL_ROUTINES: ReadonlyMap<string, KernelRoutine> = new Map<string, KernelRoutine>([
  ["IoGetDmaAdapter", { level: "=PASSIVE", on: ioGetDmaAdapter }],
  ["HalGetAdapter", { level: "=PASSIVE", on: halGetAdapter }],
  ["KeFlushIoBuffers", { level: "<=DISPATCH", on: nothing }],
  ["IoAllocateMdl", { level: "<=DISPATCH", on: allocateMdl }],
  ["MmMapLockedPagesSpecifyCache", { level: "<=DISPATCH", on: mapLockedPages }],
  ...["IoFreeMdl", "MmProbeAndLockPages", "MmUnlockPages", "MmBuildMdlForNonPagedPool", "MmUnmapLockedPages"]
    .map((name): [string, KernelRoutine] => [name, mdlRoutine]),
  ["MmGetSystemAddressForMdlSafe", mdlRoutine],
  ["IoMarkIrpPending", { level: "<=DISPATCH", on: (world, line) => world.irps.markPending(world, line) }],
  ["IoCompleteRequest", { level: "<=DISPATCH", on: (world, line) => world.irps.complete(world, line) }],
  ["IoCancelIrp", { level: "<=DISPATCH", on: nothing }],
  ["IoSetCancelRoutine", { level: "<=DISPATCH", on: nothing }],
  // A KDPC of the driver's own: there may be one for each request, and then each takes one.
  ["KeInsertQueueDpc", { level: "any", on: nothing }],
  ["IoRequestDpc", { level: "any", on: (world) => world.channels.requestDpc(world) }],
  ...["ExInterlockedInsertTailList", "ExInterlockedInsertHeadList", "ExInterlockedRemoveHeadList", "InsertTailList"]
    .concat("InsertHeadList", "RemoveHeadList").map((name): [string, KernelRoutine] => [name, listRoutine]),
  ["WdfDmaEnablerCreate", { level: "=PASSIVE", on: createEnabler }],
  ["WdfDmaEnablerWdmGetDmaAdapter", { level: "<=DISPATCH", on: enablersAdapter }],
  ["WdfCommonBufferCreate", { level: "=PASSIVE", on: nothing }],
  ["WdfCommonBufferCreateWithConfig", { level: "=PASSIVE", on: nothing }],
  ["WdfDmaTransactionCreate", { level: "<=DISPATCH", on: createTransaction }],
  ["WdfObjectDelete", transaction],
]);

/** WdfDmaTransaction… of any name. */
export const TRANSACTION_ROUTINE: KernelRoutine = transaction;

/**
 * CalculateScatterGatherList and GetDmaTransferInfo: they map nothing, so a length of zero, or one that the
 * MDLs do not have, is answered with a status; an address outside the MDL is a misuse all the same.
 */
function calculate(world: World, line: CallLine, adapter: AdapterRecord): void {
  const range = rangeOf(world, line.args);
  if (judgeStart(world, range, line.name, `adapter 0x${adapter.pointer}`)) return;
  noteCalculation(world, line, adapter, registersFor(world, range));
}

/** BuildMdlFromScatterGatherList reads the list: it must live. */
function buildMdl(world: World, line: CallLine): void {
  const at = pointer(line.args.ScatterGather);
  const put = at === null || world.lists.has(at) ? undefined : world.putLists.find(at);
  if (put === undefined) return;
  const resource = `list 0x${at}`;
  world.judge.report("SglReadAfterPut", { call: line.name, resource, state: "put", since: put.putLine });
}

function cancelTransfer(world: World, line: CallLine, adapter: AdapterRecord): void {
  cancelMapped(world, line);
  for (const grant of adapter.grants) grant.ended = true;
  world.judge.see("dma-completion");
}

/** CancelAdapterChannel: TRUE takes the waiting request back. */
function cancelChannel(world: World, line: CallLine, adapter: AdapterRecord): void {
  const at = pointer(line.args.DmaTransferContext);
  if (at === null) return;
  judgeRaw(world, line, at);
  if (line.ret !== true) return;
  moveContext(world.context(at), "CANCEL_ADAPTER_CHANNEL");
  const index = adapter.waiting.findIndex(({ context }) => context?.pointer === at);
  if (index < 0) return;
  const [waiting] = adapter.waiting.splice(index, 1);
  adapter.life.send({ type: "CANCEL_ADAPTER_CHANNEL" });
  if (waiting?.is !== "list") return;
  waiting.life.send({ type: "CANCEL" });
  world.dropList(waiting);
  if (waiting.pointer !== null) world.putLists.forget(waiting.pointer);
}
