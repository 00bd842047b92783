/**
 * Giving a transaction its buffer. Windows DDI, WdfDmaTransactionInitialize, …UsingOffset, …UsingRequest; the checks
 * are in the order of KMDF's public source.
 *
 * ```text
 * 1 length 0, address outside the first MDL              INVALID_PARAMETER
 * 2 a chain for a packet profile of version 2            INVALID_PARAMETER
 * 3 the state                                            bug check 0x10D
 * 4 one transfer demanded (version 3):
 *     longer than MaximumLength                          WDF_TOO_MANY_TRANSFERS
 *     more map registers than N                          WDF_NOT_ENOUGH_MAP_REGISTERS
 *     more elements than the device takes                WDF_TOO_FRAGMENTED
 *     a longer list than its buffer: a larger buffer     INSUFFICIENT_RESOURCES, if there is none
 *   else every fragment within the device's elements     WDF_TOO_FRAGMENTED
 * ```
 */
import { assert } from "../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { Address } from "../../sim/units.ts";
import type { Failure, Result } from "../hal/dma_operations.ts";
import { createScatterGatherBuffer } from "../hal/list_buffer.ts";
import { DMA_TRANSFER_INFO_VERSION1 } from "../hal/transfer_info.ts";
import type { Irp } from "../kernel/irp.ts";
import { ListWay } from "./list_way.ts";
import type { WdfDmaDirection } from "./wdf_dma_profile.ts";
import type { EvtProgramDma, TransactionOrder, WdfDmaTransaction } from "./wdf_dma_transaction.ts";
import { WRONG_STATE } from "./wrong_state.ts";
import { hexText } from "../../trace/event.ts";

/** What every form of Initialize takes. */
export interface InitializeParameters {
  /** EvtProgramDma: programs the device for one transfer. */
  readonly evtProgramDmaFunction: EvtProgramDma;
  /** Which way the data goes. */
  readonly dmaDirection: WdfDmaDirection;
}

const SUCCESS: Result = { status: "STATUS_SUCCESS" };
/** WdfDmaTransactionInitialize: a range of an MDL chain by its virtual address. <= DISPATCH_LEVEL. */
export function wdfDmaTransactionInitialize(
  transaction: WdfDmaTransaction,
  p: InitializeParameters & { readonly mdl: Mdl; readonly virtualAddress: Address; readonly length: number },
): Result {
  transaction.enter("WdfDmaTransactionInitialize");
  const { mdl, virtualAddress, length, evtProgramDmaFunction, dmaDirection } = p;
  const offset = virtualAddress - mmGetMdlVirtualAddress(mdl);
  const order = { evtProgramDma: evtProgramDmaFunction, direction: dmaDirection, mdl, offset, length, request: null };
  const result = rangeTrouble(transaction, order) ?? initialize(transaction, order);
  const args = { DmaDirection: dmaDirection, VirtualAddress: hexText(virtualAddress), Length: length };
  transaction.record("WdfDmaTransactionInitialize", args, result.status);
  return result;
}

/** WdfDmaTransactionInitializeUsingOffset: the same by an offset into the first MDL. <= DISPATCH_LEVEL. */
export function wdfDmaTransactionInitializeUsingOffset(
  transaction: WdfDmaTransaction,
  p: InitializeParameters & { readonly mdl: Mdl; readonly offset: number; readonly length: number },
): Result {
  return wdfDmaTransactionInitialize(transaction, { ...p, virtualAddress: mmGetMdlVirtualAddress(p.mdl) + p.offset });
}

/** WdfDmaTransactionInitializeUsingRequest: buffer and length of a request, whose direction must match. */
export function wdfDmaTransactionInitializeUsingRequest(
  transaction: WdfDmaTransaction,
  p: InitializeParameters & { readonly request: Irp },
): Result {
  transaction.enter("WdfDmaTransactionInitializeUsingRequest");
  const result = usingRequest(transaction, p);
  const args = { Request: p.request.number, DmaDirection: p.dmaDirection };
  transaction.record("WdfDmaTransactionInitializeUsingRequest", args, result.status);
  return result;
}

function usingRequest(
  transaction: WdfDmaTransaction,
  { evtProgramDmaFunction, dmaDirection, request }: InitializeParameters & { readonly request: Irp },
): Result {
  const { mdl, offset, length, writeToDevice } = request;
  if (writeToDevice !== (dmaDirection === "WdfDmaDirectionWriteToDevice")) {
    const why = `${dmaDirection} does not match a request that ${
      writeToDevice ? "writes to" : "reads from"
    } the device`;
    return { status: "STATUS_INVALID_DEVICE_REQUEST", why };
  }
  if (mdl === null || length === 0) {
    return { status: "STATUS_INVALID_DEVICE_REQUEST", why: "the request has no buffer, or a length of 0" };
  }
  const order = { evtProgramDma: evtProgramDmaFunction, direction: dmaDirection, mdl, offset, length, request };
  return chainTrouble(transaction, order) ?? initialize(transaction, order);
}

function rangeTrouble(transaction: WdfDmaTransaction, order: TransactionOrder): Failure | null {
  const { mdl, offset, length } = order;
  if (length === 0) return { status: "STATUS_INVALID_PARAMETER", why: "Length is 0" };
  if (offset < 0 || offset >= mdl.byteCount) {
    const why = `VirtualAddress is not within the ${mdl.byteCount} bytes of the first MDL`;
    return { status: "STATUS_INVALID_PARAMETER", why };
  }
  return chainTrouble(transaction, order);
}

function chainTrouble(transaction: WdfDmaTransaction, { mdl, offset, length }: TransactionOrder): Failure | null {
  if (transaction.enabler.traits.scatterGather || transaction.usesVersion3) return null;
  if (offset + length <= mdl.byteCount) return null;
  return { status: "STATUS_INVALID_PARAMETER", why: "a packet profile of DMA version 2 takes no chain of MDLs" };
}

function initialize(transaction: WdfDmaTransaction, order: TransactionOrder): Result {
  const { enabler, life } = transaction;
  if (life.send({ type: "WDF_DMA_TRANSACTION_INITIALIZE" }).misuses.length > 0) return WRONG_STATE;
  const adapterInfo = enabler.adapterInfo(order.direction);
  transaction.order = order;
  transaction.adapterInfo = adapterInfo;
  transaction.maximumFragmentLength = transaction.requireSingleTransfer
    ? Math.max(adapterInfo.maximumFragmentLength, enabler.config.maximumLength)
    : adapterInfo.maximumFragmentLength;
  transaction.remainingLength = order.length;
  transaction.transferredLength = 0;
  transaction.fragmentLength = 0;
  transaction.place = { mdl: order.mdl, offset: order.offset };
  transaction.initializeContext(adapterInfo);
  const result = transaction.requireSingleTransfer ? checkSingleTransfer(transaction) : transaction.way.check();
  if (result.status !== "STATUS_SUCCESS") {
    life.send({ type: "INITIALIZE_FAILED" });
    transaction.way.release(false);
    transaction.reset();
  }
  return result;
}

/** Can one transfer carry it all? Version 3 says so beforehand. */
function checkSingleTransfer(transaction: WdfDmaTransaction): Result {
  const { enabler, maximumFragmentLength, initialized, writeToDevice, way } = transaction;
  const { adapterInfo, mdl, offset, length } = initialized;
  if (length > maximumFragmentLength) {
    return {
      status: "STATUS_WDF_TOO_MANY_TRANSFERS",
      why: `${length} bytes, one transfer carries ${maximumFragmentLength}`,
    };
  }
  const getDmaTransferInfo = adapterInfo.dmaAdapter.dmaOperations.getDmaTransferInfo;
  assert(getDmaTransferInfo !== undefined, "Single transfers need version 3 of DMA_OPERATIONS");
  const needs = getDmaTransferInfo({
    mdl,
    offset,
    length,
    writeOnly: writeToDevice,
    version: DMA_TRANSFER_INFO_VERSION1,
  });
  if (needs.status !== "STATUS_SUCCESS") return needs;
  const { mapRegisterCount, scatterGatherElementCount, scatterGatherListSize } = needs.transferInfo;
  if (mapRegisterCount > adapterInfo.numberOfMapRegisters) {
    const why = `needs ${mapRegisterCount} map registers, adapter was granted ${adapterInfo.numberOfMapRegisters}`;
    return { status: "STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS", why };
  }
  const limit = enabler.traits.scatterGather ? enabler.maximumScatterGatherElements : 1;
  if (scatterGatherElementCount > limit) {
    const why = `needs ${scatterGatherElementCount} elements, the device takes ${limit}`;
    return { status: "STATUS_WDF_TOO_FRAGMENTED", why };
  }
  if (way instanceof ListWay && scatterGatherListSize > way.bufferBytes) {
    const buffer = createScatterGatherBuffer(transaction.hal, scatterGatherListSize);
    if (buffer === null) {
      const why = `the kernel pool has no memory for a list of ${scatterGatherListSize} bytes`;
      return { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory", why };
    }
    way.replaceBuffer(buffer);
  }
  return SUCCESS;
}
