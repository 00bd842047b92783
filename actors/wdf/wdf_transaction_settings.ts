/**
 * What a driver may ask and set between Initialize and Execute: how much the transfer will take, how long a transfer
 * may be, whether it must happen now, and map registers ahead of time. Windows DDI of the routines' names; S0-24.
 */
import { assert } from "../../sim/assert.ts";
import type { Result } from "../hal/dma_operations.ts";
import { registersForOffset } from "../hal/map_registers.ts";
import { DMA_TRANSFER_INFO_VERSION1 } from "../hal/transfer_info.ts";
import { PacketWay } from "./packet_way.ts";
import type { EvtReserveDma } from "./packet_way.ts";
import type { WdfDmaDirection } from "./wdf_dma_profile.ts";
import type { WdfDmaTransaction } from "./wdf_dma_transaction.ts";
import { WRONG_STATE } from "./wrong_state.ts";

/** What WdfDmaTransactionGetTransferInfo says. */
export interface WdfTransferInfo {
  /** Map registers that the transfer takes. */
  readonly mapRegisterCount: number;
  /** Elements of its list. */
  readonly scatterGatherElementCount: number;
}

const NOTHING_KNOWN: WdfTransferInfo = { mapRegisterCount: 0, scatterGatherElementCount: 0 };

/**
 * WdfDmaTransactionGetTransferInfo: map registers and elements of the whole transaction. Version 3 is exact; below,
 * both are one a page. Zeros in a wrong state, which is named.
 */
export function wdfDmaTransactionGetTransferInfo(transaction: WdfDmaTransaction): WdfTransferInfo {
  transaction.enter("WdfDmaTransactionGetTransferInfo");
  const verdict = transaction.life.send({ type: "WDF_DMA_TRANSACTION_GET_TRANSFER_INFO" });
  const info = verdict.misuses.length > 0 ? NOTHING_KNOWN : transferInfo(transaction);
  const { mapRegisterCount: MapRegisterCount, scatterGatherElementCount: ScatterGatherElementCount } = info;
  transaction.record("WdfDmaTransactionGetTransferInfo", {}, null, { MapRegisterCount, ScatterGatherElementCount });
  return info;
}

function transferInfo(transaction: WdfDmaTransaction): WdfTransferInfo {
  const { adapterInfo, mdl, offset, length } = transaction.initialized;
  const { getDmaTransferInfo } = adapterInfo.dmaAdapter.dmaOperations;
  if (getDmaTransferInfo === undefined) {
    const pages = registersForOffset(mdl, offset, length);
    return { mapRegisterCount: pages, scatterGatherElementCount: pages };
  }
  const version = DMA_TRANSFER_INFO_VERSION1;
  const needs = getDmaTransferInfo({ mdl, offset, length, writeOnly: transaction.writeToDevice, version });
  return needs.status === "STATUS_SUCCESS" ? needs.transferInfo : NOTHING_KNOWN;
}

/**
 * WdfDmaTransactionSetMaximumLength: transfers of this transaction no longer than that. Between Initialize and Execute.
 * It can only lower what the adapter allows; a higher value is ignored.
 */
export function wdfDmaTransactionSetMaximumLength(transaction: WdfDmaTransaction, maximumLength: number): void {
  transaction.enter("WdfDmaTransactionSetMaximumLength");
  const limit = transaction.adapterInfo?.maximumFragmentLength ?? 0;
  if (maximumLength < limit) transaction.maximumFragmentLength = maximumLength;
  transaction.record("WdfDmaTransactionSetMaximumLength", { MaximumLength: maximumLength });
}

/**
 * WdfDmaTransactionSetImmediateExecution: Execute gets its resources at once or fails with
 * STATUS_INSUFFICIENT_RESOURCES; EvtProgramDma still does the work. KMDF 1.11, DMA version 3; lasts until Release.
 */
export function wdfDmaTransactionSetImmediateExecution(
  transaction: WdfDmaTransaction,
  useImmediateExecution: boolean,
): void {
  const call = "WdfDmaTransactionSetImmediateExecution";
  transaction.enter(call);
  const { kmdfMinor } = transaction.enabler.device;
  if (kmdfMinor < 11 || !transaction.usesVersion3) {
    const has = `the driver has KMDF 1.${kmdfMinor} and DMA version ${transaction.enabler.dmaVersion}`;
    const details = `immediate execution needs KMDF 1.11 and DMA version 3, ${has}`;
    transaction.hal.door.misuse("OperationNotInGrantedVersion", call, transaction.name, details);
  } else {
    transaction.life.send({ type: "WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION" });
    transaction.immediateExecution = useImmediateExecution;
  }
  transaction.record(call, { UseImmediateExecution: useImmediateExecution });
}

/**
 * WdfDmaTransactionAllocateResources: map registers ahead of the transfer, kept until FreeResources. Packet profiles
 * with DMA version 3. A count of 0 takes what the initialised buffer needs. EvtReserveDma runs when they are there.
 */
export function wdfDmaTransactionAllocateResources(
  transaction: WdfDmaTransaction,
  p: {
    readonly dmaDirection: WdfDmaDirection;
    readonly requiredMapRegisters: number;
    readonly evtReserveDmaFunction: EvtReserveDma;
    readonly evtReserveDmaContext: unknown;
  },
): Result {
  transaction.enter("WdfDmaTransactionAllocateResources");
  const result = allocateResources(transaction, p);
  const args = { DmaDirection: p.dmaDirection, RequiredMapRegisters: p.requiredMapRegisters };
  transaction.record("WdfDmaTransactionAllocateResources", args, result.status);
  return result;
}

function allocateResources(
  transaction: WdfDmaTransaction,
  p: Parameters<typeof wdfDmaTransactionAllocateResources>[1],
): Result {
  const { way, enabler, life, order } = transaction;
  if (!(way instanceof PacketWay) || !transaction.usesVersion3) {
    const why = `${enabler.config.profile} with DMA version ${enabler.dmaVersion} reserves nothing`;
    return { status: "STATUS_INVALID_DEVICE_REQUEST", why };
  }
  const { requiredMapRegisters, dmaDirection, evtReserveDmaFunction, evtReserveDmaContext } = p;
  if (way.hasReserved) {
    const { door } = transaction.hal;
    const details = "the transaction has reserved map registers already";
    door.misuse("WdfTransactionWrongState", "WdfDmaTransactionAllocateResources", transaction.name, details);
    return WRONG_STATE;
  }
  const verdict = life.send({ type: "WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES", requiredMapRegisters });
  if (verdict.misuses.length > 0) return WRONG_STATE;
  let count = requiredMapRegisters;
  if (count === 0) {
    assert(order !== null, "The chart allows a count of 0 for an initialised transaction only");
    count = registersForOffset(order.mdl, order.offset, order.length);
  }
  const adapterInfo = enabler.adapterInfo(dmaDirection);
  transaction.order = null;
  transaction.adapterInfo = adapterInfo;
  const result = way.reserve(adapterInfo, count, evtReserveDmaFunction, evtReserveDmaContext);
  if (result.status !== "STATUS_SUCCESS") life.send({ type: "TRANSFER_FAILED" });
  return result;
}

/** WdfDmaTransactionFreeResources: gives the reserved map registers back and releases the transaction. */
export function wdfDmaTransactionFreeResources(transaction: WdfDmaTransaction): void {
  transaction.enter("WdfDmaTransactionFreeResources");
  const { misuses } = transaction.life.send({ type: "WDF_DMA_TRANSACTION_FREE_RESOURCES" });
  if (misuses.length === 0) {
    transaction.way.release(true);
    transaction.reset();
  }
  transaction.record("WdfDmaTransactionFreeResources");
}
