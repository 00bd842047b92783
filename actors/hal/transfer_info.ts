/**
 * The queries of version 3: GetDmaTransferInfo, GetDmaAdapterInfo, and GetDmaAlignment of version 1. They reserve
 * nothing. Windows DDI, DMA_TRANSFER_INFO, DMA_ADAPTER_INFO.
 */
import { mdlChainByteCount } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { ADAPTER_GONE } from "./adapter.ts";
import type { Adapter } from "./adapter.ts";
import type { DmaAdapterInfo, DmaTransferInfo, Result } from "./dma_operations.ts";
import { rangeNeeds } from "./list_memory.ts";
import { registersForOffset } from "./map_registers.ts";
import { scatterGatherListBytes } from "./scatter_gather.ts";

/** DMA_TRANSFER_INFO_VERSION1. */
export const DMA_TRANSFER_INFO_VERSION1 = 1;
/** DMA_TRANSFER_INFO_VERSION2, which adds LogicalPageCount. */
export const DMA_TRANSFER_INFO_VERSION2 = 2;
/** DMA_ADAPTER_INFO_VERSION1. */
export const DMA_ADAPTER_INFO_VERSION1 = 1;
/** The adapter knows DMA_SYNCHRONOUS_CALLBACK. */
export const ADAPTER_INFO_SYNCHRONOUS_CALLBACK = 0x1;
/** The driver may bypass the API and use physical addresses; without this flag it may not (S1-5). */
export const ADAPTER_INFO_API_BYPASS = 0x2;

/** What GetDmaTransferInfo is asked. */
export interface TransferInfoParameters {
  /** Mdl: the buffer, or the chain of buffers. */
  readonly mdl: Mdl;
  /** Offset in bytes from the start of the MDL's buffer. */
  readonly offset: number;
  /** Length in bytes. */
  readonly length: number;
  /** The transfer will be a write only; what is said may not hold for a read. */
  readonly writeOnly: boolean;
  /** DMA_TRANSFER_INFO_VERSION1 or 2. */
  readonly version: number;
}

/** GetDmaTransferInfo: the exact needs of a range. <= DISPATCH_LEVEL. */
export function getDmaTransferInfo(
  adapter: Adapter,
  p: TransferInfoParameters,
): Result<{ readonly transferInfo: DmaTransferInfo }> {
  const alive = adapter.enter("GetDmaTransferInfo", "<= DISPATCH_LEVEL");
  const result = alive ? transferInfo(adapter, p) : ADAPTER_GONE;
  const { door } = adapter.hal;
  if (door.tracing) {
    const args = {
      DmaAdapter: door.pointers.of(adapter),
      Mdl: door.pointers.of(p.mdl),
      Offset: p.offset,
      Length: p.length,
      WriteOnly: p.writeOnly,
    };
    const info = "transferInfo" in result ? result.transferInfo : null;
    const out = info === null ? null : {
      MapRegisterCount: info.mapRegisterCount,
      ScatterGatherElementCount: info.scatterGatherElementCount,
      ScatterGatherListSize: info.scatterGatherListSize,
    };
    door.record("GetDmaTransferInfo", args, result.status, out);
  }
  return result;
}

function transferInfo(adapter: Adapter, p: TransferInfoParameters): ReturnType<typeof getDmaTransferInfo> {
  const { mdl, offset, length, version } = p;
  if (version !== DMA_TRANSFER_INFO_VERSION1 && version !== DMA_TRANSFER_INFO_VERSION2) {
    return { status: "STATUS_NOT_SUPPORTED", why: `DMA_TRANSFER_INFO version ${version} does not exist` };
  }
  const total = mdlChainByteCount(mdl);
  if (!(offset >= 0 && length >= 1 && offset + length <= total)) {
    const why = `${length} bytes from offset ${offset} do not lie in an MDL chain of ${total} bytes`;
    return { status: "STATUS_INVALID_PARAMETER", why };
  }
  if (!adapter.hal.mdls.mayDma(mdl, offset, length)) {
    return { status: "STATUS_INVALID_PARAMETER", why: "the MDL's pages are not locked" };
  }
  const { registers, elements } = rangeNeeds(adapter, mdl, offset, length);
  const info: DmaTransferInfo = {
    mapRegisterCount: registers,
    scatterGatherElementCount: elements,
    scatterGatherListSize: scatterGatherListBytes(elements),
  };
  const logicalPageCount = registersForOffset(mdl, offset, length);
  return {
    status: "STATUS_SUCCESS",
    transferInfo: version === DMA_TRANSFER_INFO_VERSION2 ? { ...info, logicalPageCount } : info,
  };
}

/** GetDmaAdapterInfo. <= DISPATCH_LEVEL. */
export function getDmaAdapterInfo(
  adapter: Adapter,
  version: number,
): Result<{ readonly adapterInfo: DmaAdapterInfo }> {
  const alive = adapter.enter("GetDmaAdapterInfo", "<= DISPATCH_LEVEL");
  const { door, memory, options } = adapter.hal;
  const result: ReturnType<typeof getDmaAdapterInfo> = !alive
    ? ADAPTER_GONE
    : version !== DMA_ADAPTER_INFO_VERSION1
    ? { status: "STATUS_NOT_SUPPORTED", why: `DMA_ADAPTER_INFO version ${version} does not exist` }
    : { status: "STATUS_SUCCESS", adapterInfo: adapterInfo(adapter, options.apiBypass && memory.cache.coherent) };
  if (door.tracing) door.record("GetDmaAdapterInfo", { DmaAdapter: door.pointers.of(adapter) }, result.status);
  return result;
}

function adapterInfo(adapter: Adapter, bypassWanted: boolean): DmaAdapterInfo {
  // Physical addresses are good for the device only where nothing is translated and nothing is out of reach.
  const bypass = bypassWanted && !adapter.domain.on && !adapter.needsMapRegisters;
  return {
    readDmaCounterAvailable: !adapter.description.master,
    scatterGatherLimit: adapter.scatterGather ? 0xffff_ffff : 1,
    dmaAddressWidth: adapter.addressWidth,
    flags: ADAPTER_INFO_SYNCHRONOUS_CALLBACK | (bypass ? ADAPTER_INFO_API_BYPASS : 0),
    minimumTransferUnit: 1,
  };
}

/**
 * GetDmaAlignment: in **bytes**, not a mask. 1 where devices snoop the cache; a cache line where they do not, so that
 * a buffer shares no line with a neighbour (how Windows chooses it is undocumented). PASSIVE_LEVEL.
 */
export function getDmaAlignment(adapter: Adapter): number {
  adapter.enter("GetDmaAlignment", "= PASSIVE_LEVEL");
  const { door, memory } = adapter.hal;
  const alignment = memory.cache.coherent ? 1 : memory.cache.lineBytes;
  if (door.tracing) door.record("GetDmaAlignment", { DmaAdapter: door.pointers.of(adapter) }, alignment);
  return alignment;
}
