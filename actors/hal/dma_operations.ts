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
  readonly version: 1;
  /** Its name in traces: `adapter:0`. */
  readonly name: string;
  readonly dmaOperations: DmaOperations;
}

/** DEVICE_OBJECT: as much of it as DMA needs. */
export interface DeviceObject {
  readonly name: string;
}

/** DMA_TRANSFER_CONTEXT: caller's memory, DMA_TRANSFER_CONTEXT_SIZE_V1 bytes. Made by `createTransferContext`. */
export interface DmaTransferContext {
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
  readonly readDmaCounterAvailable: boolean;
  readonly scatterGatherLimit: number;
  readonly dmaAddressWidth: number;
  /** ADAPTER_INFO_SYNCHRONOUS_CALLBACK 0x1, ADAPTER_INFO_API_BYPASS 0x2. */
  readonly flags: number;
  readonly minimumTransferUnit: number;
}

/** DMA_TRANSFER_INFO_V1 and V2. */
export interface DmaTransferInfo {
  readonly mapRegisterCount: number;
  readonly scatterGatherElementCount: number;
  readonly scatterGatherListSize: number;
  /** V2 only (Windows 10 1809). */
  readonly logicalPageCount?: number;
}

/** A common buffer as its caller holds it. */
export interface CommonBuffer {
  readonly virtualAddress: Address;
  readonly logicalAddress: Address;
  readonly length: number;
  readonly cacheEnabled: boolean;
}

/** DMA_COMMON_BUFFER_VECTOR. */
export interface CommonBufferVector {
  readonly name: string;
}

/** A handle from GetDmaDomain. */
export interface DmaDomainHandle {
  readonly name: string;
}

/** DMA_SYNCHRONOUS_CALLBACK. */
export const DMA_SYNCHRONOUS_CALLBACK = 0x1;

/** The parameters that all list routines share. */
export interface ListParameters {
  deviceObject: DeviceObject;
  mdl: Mdl;
  length: number;
  writeToDevice: boolean;
}

/** Parameters of GetScatterGatherList (version 1). */
export interface GetScatterGatherListParameters extends ListParameters {
  currentVa: Address;
  executionRoutine: AdapterListControl;
  context: unknown;
}

/** Parameters of BuildScatterGatherList (version 2). */
export interface BuildScatterGatherListParameters extends GetScatterGatherListParameters {
  scatterGatherBuffer: ScatterGatherBuffer;
  scatterGatherLength: number;
}

/** Parameters of GetScatterGatherListEx (version 3). */
export interface GetScatterGatherListExParameters extends ListParameters {
  dmaTransferContext: DmaTransferContext;
  offset: number;
  flags: number;
  executionRoutine: AdapterListControl | null;
  context: unknown;
  /** Ask for the out-parameter ScatterGatherList. */
  wantScatterGatherList: boolean;
}

/** Parameters of BuildScatterGatherListEx (version 3). */
export interface BuildScatterGatherListExParameters extends GetScatterGatherListExParameters {
  scatterGatherBuffer: ScatterGatherBuffer;
  scatterGatherLength: number;
}

/** Parameters of MapTransferEx (version 3). */
export interface MapTransferExParameters {
  mdl: Mdl;
  mapRegisterBase: MapRegisterBase;
  offset: number;
  deviceOffset: number;
  length: number;
  writeToDevice: boolean;
  scatterGatherBuffer: ScatterGatherBuffer | null;
  scatterGatherLength: number;
  dmaCompletionRoutine: DmaCompletionRoutine | null;
  completionContext: unknown;
}

/** Parameters of the two flush routines: the range as it was mapped. */
export interface FlushParameters {
  mdl: Mdl;
  mapRegisterBase: MapRegisterBase;
  length: number;
  writeToDevice: boolean;
}

/** Bounds and wishes of the newer common-buffer routines. */
export interface CommonBufferParameters {
  length: number;
  cacheEnabled: boolean;
  minimumAddress?: Address;
  maximumAddress?: Address;
  preferredNode?: number;
  flags?: number;
}

/** DMA_OPERATIONS. A routine of a version that was not granted is not there, as in Windows' own structure. */
export interface DmaOperations {
  readonly putDmaAdapter: () => void;
  readonly allocateCommonBuffer: (p: { length: number; cacheEnabled: boolean }) => CommonBuffer | null;
  readonly freeCommonBuffer: (p: CommonBuffer) => void;
  readonly allocateAdapterChannel: (
    p: { deviceObject: DeviceObject; numberOfMapRegisters: number; executionRoutine: AdapterControl; context: unknown },
  ) => Result;
  readonly flushAdapterBuffers: (p: FlushParameters & { currentVa: Address }) => boolean;
  readonly freeAdapterChannel: () => void;
  readonly freeMapRegisters: (p: { mapRegisterBase: MapRegisterBase; numberOfMapRegisters: number }) => void;
  readonly mapTransfer: (
    p: FlushParameters & { currentVa: Address },
  ) => { readonly logicalAddress: Address; readonly length: number };
  readonly getDmaAlignment: () => number;
  readonly readDmaCounter: () => number;
  readonly getScatterGatherList: (p: GetScatterGatherListParameters) => Result;
  readonly putScatterGatherList: (p: { scatterGather: ScatterGatherList; writeToDevice: boolean }) => void;

  readonly calculateScatterGatherList?: (
    p: { mdl: Mdl | null; currentVa: Address; length: number },
  ) => Result<{ readonly scatterGatherListSize: number; readonly numberOfMapRegisters: number }>;
  readonly buildScatterGatherList?: (p: BuildScatterGatherListParameters) => Result;
  readonly buildMdlFromScatterGatherList?: (
    p: { scatterGather: ScatterGatherList; originalMdl: Mdl | null },
  ) => Result<{ readonly targetMdl: Mdl }>;

  readonly getDmaAdapterInfo?: (p: { version: number }) => Result<{ readonly adapterInfo: DmaAdapterInfo }>;
  readonly getDmaTransferInfo?: (
    p: { mdl: Mdl; offset: number; length: number; writeOnly: boolean; version: number },
  ) => Result<{ readonly transferInfo: DmaTransferInfo }>;
  readonly initializeDmaTransferContext?: (p: { dmaTransferContext: DmaTransferContext }) => Result;
  readonly allocateCommonBufferEx?: (p: CommonBufferParameters) => CommonBuffer | null;
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
  readonly configureAdapterChannel?: (p: { functionNumber: number; context: unknown }) => Result;
  readonly cancelAdapterChannel?: (
    p: { deviceObject: DeviceObject; dmaTransferContext: DmaTransferContext },
  ) => boolean;
  readonly mapTransferEx?: (
    p: MapTransferExParameters,
  ) => Result<{ readonly length: number; readonly scatterGather: ScatterGatherList | null }>;
  readonly getScatterGatherListEx?: (
    p: GetScatterGatherListExParameters,
  ) => Result<{ readonly scatterGatherList: ScatterGatherList | null }>;
  readonly buildScatterGatherListEx?: (
    p: BuildScatterGatherListExParameters,
  ) => Result<{ readonly scatterGatherList: ScatterGatherList | null }>;
  readonly flushAdapterBuffersEx?: (p: FlushParameters & { offset: number }) => Result;
  readonly freeAdapterObject?: (p: { allocationAction: IoAllocationAction }) => void;
  readonly cancelMappedTransfer?: (p: { dmaTransferContext: DmaTransferContext }) => Result;

  readonly allocateDomainCommonBuffer?: (
    p: CommonBufferParameters & { domainHandle: DmaDomainHandle },
  ) => Result<{ readonly commonBuffer: CommonBuffer }>;
  readonly flushDmaBuffer?: (p: { mdl: Mdl; readOperation: boolean }) => Result;
  readonly joinDmaDomain?: (p: { domainHandle: DmaDomainHandle }) => Result;
  readonly leaveDmaDomain?: () => Result;
  readonly getDmaDomain?: () => DmaDomainHandle | null;
  readonly allocateCommonBufferWithBounds?: (p: CommonBufferParameters) => CommonBuffer | null;
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
  readonly getCommonBufferFromVectorByIndex?: (
    p: { vector: CommonBufferVector; index: number },
  ) => { readonly virtualAddress: Address; readonly logicalAddress: Address } | null;
  readonly freeCommonBufferFromVector?: (p: { vector: CommonBufferVector; index: number }) => void;
  readonly freeCommonBufferVector?: (p: { vector: CommonBufferVector }) => void;
  readonly createCommonBufferFromMdl?: (p: { mdl: Mdl }) => Result<{ readonly commonBuffer: CommonBuffer }>;
}
