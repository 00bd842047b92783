/**
 * The events of each chart in the words of a driver: which routine, or which happening of a call log, causes them. What
 * only the HAL or the system does has no name here, because nobody could be told to do it.
 */

/** Events of one chart, each with what causes it. */
export type DdiNames = Readonly<Record<string, readonly string[]>>;

const LISTS = ["GetScatterGatherList", "BuildScatterGatherList", "GetScatterGatherListEx", "BuildScatterGatherListEx"];
const CHANNELS = ["AllocateAdapterChannel", "AllocateAdapterChannelEx"];
const COMMON_BUFFERS = ["AllocateCommonBuffer", "AllocateCommonBufferEx"];
const FLUSHES = ["FlushAdapterBuffers", "FlushAdapterBuffersEx"];

/** By the chart's id. */
export const DDI_NAMES: Readonly<Record<string, DdiNames>> = {
  dmaAdapter: {
    IO_GET_DMA_ADAPTER: ["IoGetDmaAdapter"],
    // Any routine that changes nothing: no advice.
    CALL: [],
    BUILD_SCATTER_GATHER_LIST: LISTS,
    ALLOCATE_ADAPTER_CHANNEL: CHANNELS,
    GRANT: [],
    CANCEL_ADAPTER_CHANNEL: ["CancelAdapterChannel"],
    ROUTINE_RETURNED: ["routine-leave"],
    FREE_ADAPTER_OBJECT: ["FreeAdapterObject"],
    FREE_ADAPTER_CHANNEL: ["FreeAdapterChannel"],
    FREE_MAP_REGISTERS: ["FreeMapRegisters"],
    PUT_SCATTER_GATHER_LIST: ["PutScatterGatherList"],
    ALLOCATE_COMMON_BUFFER: COMMON_BUFFERS,
    FREE_COMMON_BUFFER: ["FreeCommonBuffer"],
    PUT_DMA_ADAPTER: ["PutDmaAdapter"],
    DRIVER_UNLOAD: [],
  },
  scatterGatherList: {
    REQUEST: LISTS,
    FILL: LISTS,
    CANCEL: [],
    READ: ["descriptors-written"],
    DOORBELL: ["doorbell"],
    DEVICE_DONE: ["device-done"],
    PUT_SCATTER_GATHER_LIST: ["PutScatterGatherList"],
    DRIVER_UNLOAD: [],
  },
  transferContext: {
    INITIALIZE_DMA_TRANSFER_CONTEXT: ["InitializeDmaTransferContext"],
    ALLOCATE: ["GetScatterGatherListEx", "BuildScatterGatherListEx", "AllocateAdapterChannelEx"],
    GRANT: [],
    QUEUE: [],
    REFUSE: [],
    RELEASE: ["FreeAdapterObject", "routine-leave"],
    CANCEL_ADAPTER_CHANNEL: ["CancelAdapterChannel"],
    CANCEL_MAPPED_TRANSFER: ["CancelMappedTransfer"],
    FLUSH: ["FlushAdapterBuffersEx"],
  },
  adapterChannel: {
    ALLOCATE_ADAPTER_CHANNEL: CHANNELS,
    GRANT: [],
    CANCEL: [],
    RETURN_KEEP_OBJECT: ["routine-leave"],
    RETURN_DEALLOCATE_OBJECT: ["routine-leave"],
    RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS: ["routine-leave"],
    MAP_TRANSFER: ["MapTransfer", "MapTransferEx"],
    FLUSH_ADAPTER_BUFFERS: FLUSHES,
    FREE_ADAPTER_CHANNEL: ["FreeAdapterChannel", "FreeAdapterObject"],
    FREE_MAP_REGISTERS: ["FreeMapRegisters"],
  },
  commonBuffer: {
    ALLOCATE_COMMON_BUFFER: COMMON_BUFFERS,
    FREE_COMMON_BUFFER: ["FreeCommonBuffer"],
    DEVICE_ACCESS: ["device-access"],
    OVERRUN: [],
  },
  commonBufferVector: {
    GET_COMMON_BUFFER: ["GetCommonBufferFromVectorByIndex"],
    FREE_COMMON_BUFFER: ["FreeCommonBufferFromVector"],
    FREE_COMMON_BUFFER_VECTOR: ["FreeCommonBufferVector"],
    WRONG_IRQL: [],
    LEAK: [],
  },
  mdl: {
    MM_PROBE_AND_LOCK_PAGES: ["MmProbeAndLockPages"],
    MM_UNLOCK_PAGES: ["MmUnlockPages"],
    MM_BUILD_MDL_FOR_NON_PAGED_POOL: ["MmBuildMdlForNonPagedPool"],
    MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE: ["MmGetSystemAddressForMdlSafe"],
    MM_MAP_LOCKED_PAGES_SPECIFY_CACHE: ["MmMapLockedPagesSpecifyCache"],
    MM_UNMAP_LOCKED_PAGES: ["MmUnmapLockedPages"],
    IO_MANAGER_LOCK: [],
    IO_MANAGER_UNLOCK: [],
    DMA: ["MapTransfer", "BuildScatterGatherListEx"],
    PROCESS_EXIT: [],
    IO_FREE_MDL: ["IoFreeMdl"],
  },
  irp: {
    MARK_PENDING: ["IoMarkIrpPending"],
    MAP: LISTS,
    QUEUE: ["ExInterlockedInsertTailList"],
    START: ["doorbell"],
    NEXT_PIECE: ["doorbell"],
    DEVICE_DONE: ["device-done"],
    PUT: ["PutScatterGatherList"],
    FAIL: [],
    CANCEL: ["IoCancelIrp"],
    COMPLETE: ["IoCompleteRequest"],
  },
  wdfDmaTransaction: {
    WDF_DMA_TRANSACTION_INITIALIZE: ["WdfDmaTransactionInitialize", "WdfDmaTransactionInitializeUsingRequest"],
    INITIALIZE_FAILED: [],
    WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES: ["WdfDmaTransactionAllocateResources"],
    WDF_DMA_TRANSACTION_FREE_RESOURCES: ["WdfDmaTransactionFreeResources"],
    WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION: ["WdfDmaTransactionSetImmediateExecution"],
    WDF_DMA_TRANSACTION_GET_TRANSFER_INFO: ["WdfDmaTransactionGetTransferInfo"],
    WDF_DMA_TRANSACTION_EXECUTE: ["WdfDmaTransactionExecute"],
    TRANSFER_FAILED: [],
    WDF_DMA_TRANSACTION_DMA_COMPLETED: ["WdfDmaTransactionDmaCompleted"],
    WDF_DMA_TRANSACTION_DMA_COMPLETED_WITH_LENGTH: ["WdfDmaTransactionDmaCompletedWithLength"],
    WDF_DMA_TRANSACTION_DMA_COMPLETED_FINAL: ["WdfDmaTransactionDmaCompletedFinal"],
    WDF_DMA_TRANSACTION_CANCEL: ["WdfDmaTransactionCancel"],
    WDF_DMA_TRANSACTION_RELEASE: ["WdfDmaTransactionRelease"],
    WDF_OBJECT_DELETE: ["WdfObjectDelete"],
  },
};

/** Events of a chart in the driver's words, each once, in the order of the events. */
export function ddiNames(chart: string, events: readonly string[]): string[] {
  const names = DDI_NAMES[chart];
  return [...new Set(events.flatMap((event) => names?.[event] ?? []))];
}
