/**
 * Puts DMA_OPERATIONS of the granted version together: version 1 has 12 routines, version 2 has 15, version 3 has all.
 * A routine of a higher version is not there.
 */
import type { Adapter } from "./adapter.ts";
import {
  buildScatterGatherList,
  buildScatterGatherListEx,
  getScatterGatherList,
  getScatterGatherListEx,
} from "./build.ts";
import { calculateScatterGatherList } from "./calculate.ts";
import { classicOperations } from "./classic_operations.ts";
import { commonBufferOperations } from "./common_buffer_operations.ts";
import type { DmaOperations } from "./dma_operations.ts";
import { putScatterGatherList } from "./put.ts";
import { freeAdapterObject, putDmaAdapter } from "./release.ts";
import { buildMdlFromScatterGatherList } from "./target_mdl.ts";
import { cancelAdapterChannel, initializeDmaTransferContext } from "./transfer_context.ts";
import { getDmaAdapterInfo, getDmaAlignment, getDmaTransferInfo } from "./transfer_info.ts";

/** The routines of the Classic channel. */
export type ClassicOperations = Required<
  Pick<
    DmaOperations,
    | "allocateAdapterChannel"
    | "flushAdapterBuffers"
    | "freeAdapterChannel"
    | "freeMapRegisters"
    | "mapTransfer"
    | "readDmaCounter"
    | "allocateAdapterChannelEx"
    | "configureAdapterChannel"
    | "mapTransferEx"
    | "flushAdapterBuffersEx"
    | "cancelMappedTransfer"
  >
>;

/** The routines of common buffers, vectors and domains. */
export type CommonBufferOperations = Required<
  Pick<
    DmaOperations,
    | "allocateCommonBuffer"
    | "freeCommonBuffer"
    | "allocateCommonBufferEx"
    | "allocateDomainCommonBuffer"
    | "flushDmaBuffer"
    | "joinDmaDomain"
    | "leaveDmaDomain"
    | "getDmaDomain"
    | "allocateCommonBufferWithBounds"
    | "allocateCommonBufferVector"
    | "getCommonBufferFromVectorByIndex"
    | "freeCommonBufferFromVector"
    | "freeCommonBufferVector"
    | "createCommonBufferFromMdl"
  >
>;

type Version2Name = "calculateScatterGatherList" | "buildScatterGatherList" | "buildMdlFromScatterGatherList";
type Version1Name = {
  [Name in keyof DmaOperations]-?: undefined extends DmaOperations[Name] ? never : Name;
}[keyof DmaOperations];
type Version3Name = Exclude<keyof DmaOperations, Version1Name | Version2Name>;

/** The routines that an adapter's version has. */
export function operationsOf(adapter: Adapter): DmaOperations {
  const classic: ClassicOperations = classicOperations(adapter);
  const common: CommonBufferOperations = commonBufferOperations(adapter);
  const version1: Required<Pick<DmaOperations, Version1Name>> = {
    putDmaAdapter: () => putDmaAdapter(adapter),
    allocateCommonBuffer: common.allocateCommonBuffer,
    freeCommonBuffer: common.freeCommonBuffer,
    allocateAdapterChannel: classic.allocateAdapterChannel,
    flushAdapterBuffers: classic.flushAdapterBuffers,
    freeAdapterChannel: classic.freeAdapterChannel,
    freeMapRegisters: classic.freeMapRegisters,
    mapTransfer: classic.mapTransfer,
    getDmaAlignment: () => getDmaAlignment(adapter),
    readDmaCounter: classic.readDmaCounter,
    getScatterGatherList: (p) => getScatterGatherList(adapter, p),
    putScatterGatherList: (p) => putScatterGatherList(adapter, p.scatterGather, p.writeToDevice),
  };
  if (adapter.operationsVersion === 1) return version1;
  const version2: Required<Pick<DmaOperations, Version2Name>> = {
    calculateScatterGatherList: (p) => calculateScatterGatherList(adapter, p),
    buildScatterGatherList: (p) => buildScatterGatherList(adapter, p),
    buildMdlFromScatterGatherList: (p) => buildMdlFromScatterGatherList(adapter, p.scatterGather, p.originalMdl),
  };
  if (adapter.operationsVersion === 2) return { ...version1, ...version2 };
  const version3: Required<Pick<DmaOperations, Version3Name>> = {
    getDmaAdapterInfo: (p) => getDmaAdapterInfo(adapter, p.version),
    getDmaTransferInfo: (p) => getDmaTransferInfo(adapter, p),
    initializeDmaTransferContext: (p) => initializeDmaTransferContext(adapter, p.dmaTransferContext),
    allocateCommonBufferEx: common.allocateCommonBufferEx,
    allocateAdapterChannelEx: classic.allocateAdapterChannelEx,
    configureAdapterChannel: classic.configureAdapterChannel,
    cancelAdapterChannel: (p) => cancelAdapterChannel(adapter, p.deviceObject, p.dmaTransferContext),
    mapTransferEx: classic.mapTransferEx,
    getScatterGatherListEx: (p) => getScatterGatherListEx(adapter, p),
    buildScatterGatherListEx: (p) => buildScatterGatherListEx(adapter, p),
    flushAdapterBuffersEx: classic.flushAdapterBuffersEx,
    freeAdapterObject: (p) => freeAdapterObject(adapter, p.allocationAction),
    cancelMappedTransfer: classic.cancelMappedTransfer,
    allocateDomainCommonBuffer: common.allocateDomainCommonBuffer,
    flushDmaBuffer: common.flushDmaBuffer,
    joinDmaDomain: common.joinDmaDomain,
    leaveDmaDomain: common.leaveDmaDomain,
    getDmaDomain: common.getDmaDomain,
    allocateCommonBufferWithBounds: common.allocateCommonBufferWithBounds,
    allocateCommonBufferVector: common.allocateCommonBufferVector,
    getCommonBufferFromVectorByIndex: common.getCommonBufferFromVectorByIndex,
    freeCommonBufferFromVector: common.freeCommonBufferFromVector,
    freeCommonBufferVector: common.freeCommonBufferVector,
    createCommonBufferFromMdl: common.createCommonBufferFromMdl,
  };
  return { ...version1, ...version2, ...version3 };
}
