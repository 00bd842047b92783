/**
 * Running a transaction: Execute, the three ways in which a driver says that the device is done with a transfer,
 * Cancel, Release. Windows DDI of the routines' names; where the pages and KMDF's public source disagree, the source
 * wins, as the chart says.
 */
import type { WdfDmaTransactionEvent } from "../../machines/wdf_dma_transaction.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import type { Result } from "../hal/dma_operations.ts";
import { tracePointer } from "../hal/call_arguments.ts";
import type { TraceArguments } from "../kernel/door.ts";
import type { WdfDmaTransaction } from "./wdf_dma_transaction.ts";
import { WRONG_STATE } from "./wrong_state.ts";

/** What the DmaCompleted routines return. */
export interface DmaCompletion {
  /** The BOOLEAN: TRUE if nothing more will come, for good or bad; FALSE while a further transfer is on its way. */
  readonly completed: boolean;
  /** STATUS_MORE_PROCESSING_REQUIRED with FALSE. */
  readonly status: NtStatus;
  /** The numbers that decided, where something failed. */
  readonly why?: string;
}

// What stands for a completion where none is due: nothing happens, as nothing after a bug check would.
const NOTHING_COMPLETED: DmaCompletion = { completed: false, ...WRONG_STATE };

/**
 * WdfDmaTransactionExecute: asks for the first transfer's resources. EvtProgramDma runs at DISPATCH_LEVEL when they
 * are there, maybe before the return; `context` goes to it. <= DISPATCH_LEVEL.
 */
export function wdfDmaTransactionExecute(transaction: WdfDmaTransaction, context: unknown = null): Result {
  transaction.enter("WdfDmaTransactionExecute");
  const result = execute(transaction, context);
  const args = { Context: tracePointer(transaction.hal, context) };
  transaction.record("WdfDmaTransactionExecute", args, result.status);
  return result;
}

function execute(transaction: WdfDmaTransaction, context: unknown): Result {
  if (transaction.life.send({ type: "WDF_DMA_TRANSACTION_EXECUTE" }).misuses.length > 0) return WRONG_STATE;
  transaction.context = context;
  const result = transaction.way.start();
  // On success the driver may have completed, or deleted, the transaction already.
  if (result.status !== "STATUS_SUCCESS") {
    transaction.life.send({ type: "TRANSFER_FAILED" });
    transaction.context = null;
  }
  return result;
}

/** WdfDmaTransactionDmaCompleted: the device moved the whole fragment. <= DISPATCH_LEVEL. */
export function wdfDmaTransactionDmaCompleted(transaction: WdfDmaTransaction): DmaCompletion {
  return complete(transaction, "WdfDmaTransactionDmaCompleted", "WDF_DMA_TRANSACTION_DMA_COMPLETED", null);
}

/**
 * WdfDmaTransactionDmaCompletedWithLength: the device moved so many bytes of the fragment; the rest follows in a
 * further transfer. 0 repeats the fragment. <= DISPATCH_LEVEL.
 */
export function wdfDmaTransactionDmaCompletedWithLength(
  transaction: WdfDmaTransaction,
  transferredLength: number,
): DmaCompletion {
  const event = "WDF_DMA_TRANSACTION_DMA_COMPLETED_WITH_LENGTH";
  return complete(transaction, "WdfDmaTransactionDmaCompletedWithLength", event, transferredLength);
}

/** WdfDmaTransactionDmaCompletedFinal: the device moved so many bytes, and no more will. <= DISPATCH_LEVEL. */
export function wdfDmaTransactionDmaCompletedFinal(
  transaction: WdfDmaTransaction,
  finalTransferredLength: number,
): DmaCompletion {
  const event = "WDF_DMA_TRANSACTION_DMA_COMPLETED_FINAL";
  return complete(transaction, "WdfDmaTransactionDmaCompletedFinal", event, finalTransferredLength);
}

type CompletionEvent = Extract<WdfDmaTransactionEvent, { fragmentLength: number }>["type"];

function complete(
  transaction: WdfDmaTransaction,
  call: string,
  type: CompletionEvent,
  length: number | null,
): DmaCompletion {
  transaction.enter(call);
  const { life, way, hal, name } = transaction;
  const early = life.state === "transfer" && !way.inDevice;
  // The framework does not check this and would take the transfer for done; we name it and do nothing.
  if (early) hal.door.misuse("PutBeforeCallback", call, name, "EvtProgramDma has not run for this transfer");
  const completion = early ? NOTHING_COMPLETED : completeTransfer(transaction, type, length);
  const args: TraceArguments = length === null ? {} : { TransferredLength: length };
  transaction.record(call, args, completion.completed, { Status: completion.status });
  return completion;
}

function completeTransfer(transaction: WdfDmaTransaction, type: CompletionEvent, length: number | null): DmaCompletion {
  const { fragmentLength, remainingLength, requireSingleTransfer, life, way } = transaction;
  const transferredLength = length ?? fragmentLength;
  const verdict = life.send({ type, transferredLength, fragmentLength, remainingLength, requireSingleTransfer });
  if (verdict.misuses.length > 0) return NOTHING_COMPLETED;
  const status = verdict.refusal?.status ?? "STATUS_SUCCESS";
  way.completed();
  if (status === "STATUS_INVALID_PARAMETER") {
    way.release(false);
    transaction.fragmentLength = 0;
    return { completed: true, status, why: `${transferredLength} bytes moved of ${fragmentLength} asked for` };
  }
  transaction.transferredLength += transferredLength;
  transaction.remainingLength += fragmentLength - transferredLength;
  transaction.fragmentLength = transferredLength;
  if (status === "STATUS_MORE_PROCESSING_REQUIRED") {
    const staged = way.stage();
    if (staged.status === "STATUS_SUCCESS") return { completed: false, status };
    life.send({ type: "TRANSFER_FAILED" });
    way.release(false);
    transaction.fragmentLength = 0;
    return { completed: true, status: staged.status, why: staged.why };
  }
  way.release(false);
  transaction.fragmentLength = 0;
  if (status === "STATUS_SUCCESS") return { completed: true, status };
  return { completed: true, status, why: `${transaction.remainingLength} bytes are left after a single transfer` };
}

/**
 * WdfDmaTransactionCancel: takes a transaction back that still waits for resources. TRUE: EvtProgramDma will not run.
 * Version 3 only; below, FALSE. <= DISPATCH_LEVEL.
 */
export function wdfDmaTransactionCancel(transaction: WdfDmaTransaction): boolean {
  transaction.enter("WdfDmaTransactionCancel");
  const cancelled = cancel(transaction);
  transaction.record("WdfDmaTransactionCancel", {}, cancelled);
  return cancelled;
}

function cancel(transaction: WdfDmaTransaction): boolean {
  const { transferContext, life, hal, enabler } = transaction;
  if (transferContext === null) {
    const details = "WdfDmaTransactionCancel needs DMA version 3";
    hal.door.misuse("OperationNotInGrantedVersion", "WdfDmaTransactionCancel", transaction.name, details);
    return false;
  }
  let cancelled = false;
  if (life.has("cancellable") && transaction.adapterInfo !== null) {
    const { cancelAdapterChannel } = transaction.adapterInfo.dmaAdapter.dmaOperations;
    const { deviceObject } = enabler.device;
    cancelled = cancelAdapterChannel?.({ deviceObject, dmaTransferContext: transferContext }) ?? false;
  }
  life.send({ type: "WDF_DMA_TRANSACTION_CANCEL", cancelled });
  return cancelled;
}

/**
 * WdfDmaTransactionRelease: everything goes back, except registers of AllocateResources; the object can be initialised
 * again. STATUS_SUCCESS also if it was released before. <= DISPATCH_LEVEL.
 */
export function wdfDmaTransactionRelease(transaction: WdfDmaTransaction): Result {
  transaction.enter("WdfDmaTransactionRelease");
  const before = transaction.life.state;
  transaction.life.send({ type: "WDF_DMA_TRANSACTION_RELEASE" });
  const result: Result = before === "deleted" ? WRONG_STATE : { status: "STATUS_SUCCESS" };
  if (before !== "released" && before !== "deleted") {
    transaction.way.release(false);
    transaction.reset();
  }
  transaction.record("WdfDmaTransactionRelease", {}, result.status);
  return result;
}
