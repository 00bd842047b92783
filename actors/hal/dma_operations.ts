/**
 * DMA_OPERATIONS as Windows lays it out: 39 routines in three versions and some later additions. Names and parameters
 * are those of the DDI in camelCase; a routine takes its parameters by name and returns what the DDI returns through
 * NTSTATUS and out-parameters in one result.
 *
 * An expected "no" is a value with a status and a reason. Misuse is a finding beside it. Source: Windows DDI,
 * `_DMA_OPERATIONS` and the page of each routine.
 */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import type { InsufficientReason, NtStatus } from "../../machines/ntstatus.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { Address } from "../../sim/units.ts";
import type { ScatterGatherBuffer, ScatterGatherList } from "./scatter_gather.ts";

/** A call that did not succeed. */
export interface Failure {
  /** Why it was refused. */
  readonly status: Exclude<NtStatus, "STATUS_SUCCESS">;
  /** Always there with STATUS_INSUFFICIENT_RESOURCES. */
  readonly reason?: InsufficientReason;
  /** One sentence for a person: the numbers that decided. */
  readonly why?: string;
}

/** What a routine with NTSTATUS returns, with its out-parameters. */
export type Result<Out = unknown> = ({ readonly status: "STATUS_SUCCESS" } & Out) | Failure;

/** DMA_ADAPTER. Its Version is always 1; the granted version of the operations shows in which routines there are. */
export interface DmaAdapter {
  /** Version of the DMA_ADAPTER structure itself. */
  readonly version: 1;
  /** Its name in traces: `adapter:0`. */
  readonly name: string;
  /** The routines; which are there depends on the granted version. */
  readonly dmaOperations: DmaOperations;
}

/** DEVICE_OBJECT: as much of it as DMA needs. */
export interface DeviceObject {
  /** Names it in traces and in the IOMMU. */
  readonly name: string;
}

/** DMA_TRANSFER_CONTEXT: caller's memory, DMA_TRANSFER_CONTEXT_SIZE_V1 bytes. Made by `createTransferContext`. */
export interface DmaTransferContext {
  /** Names it in traces. */
  readonly name: string;
}

/** PDRIVER_CONTROL: called at DISPATCH_LEVEL when channel and map registers are granted. */
export type AdapterControl = (
  deviceObject: DeviceObject,
  mapRegisterBase: MapRegisterBase,
  context: unknown,
) => IoAllocationAction;

/** PDRIVER_LIST_CONTROL: called at DISPATCH_LEVEL when the list is ready. */
export type AdapterListControl = (
  deviceObject: DeviceObject,
  scatterGather: ScatterGatherList,
  context: unknown,
) => void;

/** PDMA_COMPLETION_ROUTINE (system DMA). */
export type DmaCompletionRoutine = (
  adapter: DmaAdapter,
  deviceObject: DeviceObject,
  status: DmaCompletionStatus,
) => void;

/** DMA_COMPLETION_STATUS. */
export type DmaCompletionStatus = "DmaComplete" | "DmaAborted" | "DmaError" | "DmaCancelled";

/** The opaque map-register base that a grant hands out; null where no register is needed, as real HALs do. */
export type MapRegisterBase = { readonly name: string } | null;

/** DMA_ADAPTER_INFO_V1. */
export interface DmaAdapterInfo {
  /** System DMA only; false for bus masters. */
  readonly readDmaCounterAvailable: boolean;
  /** The most elements of one list. */
  readonly scatterGatherLimit: number;
  /** Address lines of the device. */
  readonly dmaAddressWidth: number;
  /** ADAPTER_INFO_SYNCHRONOUS_CALLBACK 0x1, ADAPTER_INFO_API_BYPASS 0x2. */
  readonly flags: number;
  /** Bytes of the smallest transfer. */
  readonly minimumTransferUnit: number;
}

/** DMA_TRANSFER_INFO_V1 and V2. */
export interface DmaTransferInfo {
  /** Map registers that the transfer takes. */
  readonly mapRegisterCount: number;
  /** Elements of its list. */
  readonly scatterGatherElementCount: number;
  /** Bytes of its list. */
  readonly scatterGatherListSize: number;
  /** V2 only (Windows 10 1809). */
  readonly logicalPageCount?: number;
}

/** A common buffer as its caller holds it. */
export interface CommonBuffer {
  /** Where the CPU finds it. */
  readonly virtualAddress: Address;
  /** Where the device finds it. */
  readonly logicalAddress: Address;
  /** Length in bytes. */
  readonly length: number;
  /** CacheEnabled: memory that the CPU caches. */
  readonly cacheEnabled: boolean;
}

/** DMA_COMMON_BUFFER_VECTOR. */
export interface CommonBufferVector {
  /** Names it in traces. */
  readonly name: string;
}

/** A handle from GetDmaDomain. */
export interface DmaDomainHandle {
  /** Names it in traces. */
  readonly name: string;
}

/** DMA_SYNCHRONOUS_CALLBACK. */
export const DMA_SYNCHRONOUS_CALLBACK = 0x1;

/** The parameters that all list routines share. */
export interface ListParameters {
  /** The device object on whose behalf the call is made. */
  deviceObject: DeviceObject;
  /** Mdl: the buffer, or the chain of buffers. */
  mdl: Mdl;
  /** Length in bytes. */
  length: number;
  /** WriteToDevice: host to card. */
  writeToDevice: boolean;
}

/** Parameters of GetScatterGatherList (version 1). */
export interface GetScatterGatherListParameters extends ListParameters {
  /** CurrentVa: where in the MDL the transfer begins. */
  currentVa: Address;
  /** ExecutionRoutine: gets the list, at DISPATCH_LEVEL. */
  executionRoutine: AdapterListControl;
  /** Context: handed to the routine as it is. */
  context: unknown;
}

/** Parameters of BuildScatterGatherList (version 2). */
export interface BuildScatterGatherListParameters extends GetScatterGatherListParameters {
  /** The caller's buffer for the list. */
  scatterGatherBuffer: ScatterGatherBuffer;
  /** Bytes of that buffer. */
  scatterGatherLength: number;
}

/** Parameters of GetScatterGatherListEx (version 3). */
export interface GetScatterGatherListExParameters extends ListParameters {
  /** The context that InitializeDmaTransferContext made. */
  dmaTransferContext: DmaTransferContext;
  /** Offset in bytes from the start of the MDL's buffer. */
  offset: number;
  /** 0, or DMA_SYNCHRONOUS_CALLBACK. */
  flags: number;
  /** ExecutionRoutine; null only with DMA_SYNCHRONOUS_CALLBACK. */
  executionRoutine: AdapterListControl | null;
  /** Context: handed to the routine as it is. */
  context: unknown;
  /** Ask for the out-parameter ScatterGatherList. */
  wantScatterGatherList: boolean;
}

/** Parameters of BuildScatterGatherListEx (version 3). */
export interface BuildScatterGatherListExParameters extends GetScatterGatherListExParameters {
  /** The caller's buffer for the list. */
  scatterGatherBuffer: ScatterGatherBuffer;
  /** Bytes of that buffer. */
  scatterGatherLength: number;
}

/** Parameters of MapTransferEx (version 3). */
export interface MapTransferExParameters {
  /** Mdl: the buffer, or the chain of buffers. */
  mdl: Mdl;
  /** What the grant of map registers handed out. */
  mapRegisterBase: MapRegisterBase;
  /** Offset in bytes from the start of the MDL's buffer. */
  offset: number;
  /** System DMA only. */
  deviceOffset: number;
  /** Length in bytes. */
  length: number;
  /** WriteToDevice: host to card. */
  writeToDevice: boolean;
  /** The caller's buffer for the list. */
  scatterGatherBuffer: ScatterGatherBuffer | null;
  /** Bytes of that buffer. */
  scatterGatherLength: number;
  /** System DMA only; null for bus masters. */
  dmaCompletionRoutine: DmaCompletionRoutine | null;
  /** Handed to that routine. */
  completionContext: unknown;
}

/** Parameters of the two flush routines: the range as it was mapped. */
export interface FlushParameters {
  /** Mdl: the buffer, or the chain of buffers. */
  mdl: Mdl;
  /** What the grant of map registers handed out. */
  mapRegisterBase: MapRegisterBase;
  /** Length in bytes. */
  length: number;
  /** WriteToDevice: host to card. */
  writeToDevice: boolean;
}

/** Bounds and wishes of the newer common-buffer routines. */
export interface CommonBufferParameters {
  /** Length in bytes. */
  length: number;
  /** CacheEnabled: memory that the CPU caches. */
  cacheEnabled: boolean;
  /** Bound of the first byte. Default 0. */
  minimumAddress?: Address;
  /** Bound of the last byte. Default: none but what the device reaches. */
  maximumAddress?: Address;
  /** NUMA node. Default: any. */
  preferredNode?: number;
  /** 0, or the flags of the DDI. */
  flags?: number;
}

/** DMA_OPERATIONS. A routine of a version that was not granted is not there, as in Windows' own structure. */
export interface DmaOperations {
  /** PutDmaAdapter. <= DISPATCH_LEVEL. */
  readonly putDmaAdapter: () => void;
  /** AllocateCommonBuffer; null if there is no such memory. = PASSIVE_LEVEL. */
  readonly allocateCommonBuffer: (p: { length: number; cacheEnabled: boolean }) => CommonBuffer | null;
  /** FreeCommonBuffer. = PASSIVE_LEVEL. */
  readonly freeCommonBuffer: (p: CommonBuffer) => void;
  /** AllocateAdapterChannel: the routine comes when channel and registers are there. = DISPATCH_LEVEL. */
  readonly allocateAdapterChannel: (
    p: { deviceObject: DeviceObject; numberOfMapRegisters: number; executionRoutine: AdapterControl; context: unknown },
  ) => Result;
  /** FlushAdapterBuffers: what was bounced reaches its buffer. <= DISPATCH_LEVEL. */
  readonly flushAdapterBuffers: (p: FlushParameters & { currentVa: Address }) => boolean;
  /** FreeAdapterChannel. = DISPATCH_LEVEL. */
  readonly freeAdapterChannel: () => void;
  /** FreeMapRegisters. = DISPATCH_LEVEL. */
  readonly freeMapRegisters: (p: { mapRegisterBase: MapRegisterBase; numberOfMapRegisters: number }) => void;
  /** MapTransfer: one piece, as long as it goes. <= DISPATCH_LEVEL. */
  readonly mapTransfer: (
    p: FlushParameters & { currentVa: Address },
  ) => { readonly logicalAddress: Address; readonly length: number };
  /** GetDmaAlignment, in bytes. = PASSIVE_LEVEL. */
  readonly getDmaAlignment: () => number;
  /** ReadDmaCounter. System DMA only. <= DISPATCH_LEVEL. */
  readonly readDmaCounter: () => number;
  /** GetScatterGatherList: the routine comes when the list is there. = DISPATCH_LEVEL. */
  readonly getScatterGatherList: (p: GetScatterGatherListParameters) => Result;
  /** PutScatterGatherList. = DISPATCH_LEVEL. */
  readonly putScatterGatherList: (p: { scatterGather: ScatterGatherList; writeToDevice: boolean }) => void;

  /** CalculateScatterGatherList. Version 2. */
  readonly calculateScatterGatherList?: (
    p: { mdl: Mdl | null; currentVa: Address; length: number },
  ) => Result<{ readonly scatterGatherListSize: number; readonly numberOfMapRegisters: number }>;
  /** BuildScatterGatherList, in the caller's buffer. Version 2. = DISPATCH_LEVEL. */
  readonly buildScatterGatherList?: (p: BuildScatterGatherListParameters) => Result;
  /** BuildMdlFromScatterGatherList. Version 2. <= DISPATCH_LEVEL. */
  readonly buildMdlFromScatterGatherList?: (
    p: { scatterGather: ScatterGatherList; originalMdl: Mdl | null },
  ) => Result<{ readonly targetMdl: Mdl }>;

  /** GetDmaAdapterInfo. Version 3. <= DISPATCH_LEVEL. */
  readonly getDmaAdapterInfo?: (p: { version: number }) => Result<{ readonly adapterInfo: DmaAdapterInfo }>;
  /** GetDmaTransferInfo. Version 3. <= DISPATCH_LEVEL. */
  readonly getDmaTransferInfo?: (
    p: { mdl: Mdl; offset: number; length: number; writeOnly: boolean; version: number },
  ) => Result<{ readonly transferInfo: DmaTransferInfo }>;
  /** InitializeDmaTransferContext. Version 3. <= DISPATCH_LEVEL. */
  readonly initializeDmaTransferContext?: (p: { dmaTransferContext: DmaTransferContext }) => Result;
  /** AllocateCommonBufferEx, with a bound. Version 3. = PASSIVE_LEVEL. */
  readonly allocateCommonBufferEx?: (p: CommonBufferParameters) => CommonBuffer | null;
  /** AllocateAdapterChannelEx. Version 3. = DISPATCH_LEVEL. */
  readonly allocateAdapterChannelEx?: (
    p: {
      deviceObject: DeviceObject;
      dmaTransferContext: DmaTransferContext;
      numberOfMapRegisters: number;
      flags: number;
      executionRoutine: AdapterControl | null;
      executionContext: unknown;
      wantMapRegisterBase: boolean;
    },
  ) => Result<{ readonly mapRegisterBase: MapRegisterBase }>;
  /** ConfigureAdapterChannel. Version 3, system DMA only. */
  readonly configureAdapterChannel?: (p: { functionNumber: number; context: unknown }) => Result;
  /** CancelAdapterChannel: true if it was still waiting. Version 3. <= DISPATCH_LEVEL. */
  readonly cancelAdapterChannel?: (
    p: { deviceObject: DeviceObject; dmaTransferContext: DmaTransferContext },
  ) => boolean;
  /** MapTransferEx: as many pieces as the list takes. Version 3. <= DISPATCH_LEVEL. */
  readonly mapTransferEx?: (
    p: MapTransferExParameters,
  ) => Result<{ readonly length: number; readonly scatterGather: ScatterGatherList | null }>;
  /** GetScatterGatherListEx. Version 3. <= DISPATCH_LEVEL. */
  readonly getScatterGatherListEx?: (
    p: GetScatterGatherListExParameters,
  ) => Result<{ readonly scatterGatherList: ScatterGatherList | null }>;
  /** BuildScatterGatherListEx. Version 3. = DISPATCH_LEVEL. */
  readonly buildScatterGatherListEx?: (
    p: BuildScatterGatherListExParameters,
  ) => Result<{ readonly scatterGatherList: ScatterGatherList | null }>;
  /** FlushAdapterBuffersEx. Version 3. <= DISPATCH_LEVEL. */
  readonly flushAdapterBuffersEx?: (p: FlushParameters & { offset: number }) => Result;
  /** FreeAdapterObject. Version 3. <= DISPATCH_LEVEL. */
  readonly freeAdapterObject?: (p: { allocationAction: IoAllocationAction }) => void;
  /** CancelMappedTransfer. Version 3, system DMA only. */
  readonly cancelMappedTransfer?: (p: { dmaTransferContext: DmaTransferContext }) => Result;

  /** AllocateDomainCommonBuffer. Version 3. = PASSIVE_LEVEL. */
  readonly allocateDomainCommonBuffer?: (
    p: CommonBufferParameters & { domainHandle: DmaDomainHandle },
  ) => Result<{ readonly commonBuffer: CommonBuffer }>;
  /** FlushDmaBuffer. Version 3. <= DISPATCH_LEVEL. */
  readonly flushDmaBuffer?: (p: { mdl: Mdl; readOperation: boolean }) => Result;
  /** JoinDmaDomain. Version 3. = PASSIVE_LEVEL. */
  readonly joinDmaDomain?: (p: { domainHandle: DmaDomainHandle }) => Result;
  /** LeaveDmaDomain. Version 3. = PASSIVE_LEVEL. */
  readonly leaveDmaDomain?: () => Result;
  /** GetDmaDomain; null without an IOMMU. Version 3. = PASSIVE_LEVEL. */
  readonly getDmaDomain?: () => DmaDomainHandle | null;
  /** AllocateCommonBufferWithBounds. Version 3. = PASSIVE_LEVEL. */
  readonly allocateCommonBufferWithBounds?: (p: CommonBufferParameters) => CommonBuffer | null;
  /** AllocateCommonBufferVector. Version 3. */
  readonly allocateCommonBufferVector?: (
    p: {
      lowAddress: Address;
      highAddress: Address;
      cacheEnabled: boolean;
      idealNode: number;
      flags: number;
      numberOfElements: number;
      sizeOfElements: number;
    },
  ) => Result<{ readonly vector: CommonBufferVector }>;
  /** GetCommonBufferFromVectorByIndex. Version 3. */
  readonly getCommonBufferFromVectorByIndex?: (
    p: { vector: CommonBufferVector; index: number },
  ) => { readonly virtualAddress: Address; readonly logicalAddress: Address } | null;
  /** FreeCommonBufferFromVector. Version 3. */
  readonly freeCommonBufferFromVector?: (p: { vector: CommonBufferVector; index: number }) => void;
  /** FreeCommonBufferVector. Version 3. */
  readonly freeCommonBufferVector?: (p: { vector: CommonBufferVector }) => void;
  /** CreateCommonBufferFromMdl. Version 3. */
  readonly createCommonBufferFromMdl?: (p: { mdl: Mdl }) => Result<{ readonly commonBuffer: CommonBuffer }>;
}
