/**
 * WDFDMATRANSACTION: one request's data on its way, in as many transfers as needed. What may be called when is in its
 * chart. Windows DDI, WdfDmaTransactionCreate and its getters.
 */
import { wdfDmaTransactionMachine } from "../../machines/wdf_dma_transaction.ts";
import type { WdfDmaTransactionEvent } from "../../machines/wdf_dma_transaction.ts";
import { assert } from "../../sim/assert.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { TraceValue } from "../../trace/event.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../hal/dma_operations.ts";
import type { Result } from "../hal/dma_operations.ts";
import type { Hal } from "../hal/hal.ts";
import type { ScatterGatherBuffer, ScatterGatherList } from "../hal/scatter_gather.ts";
import { createTransferContext } from "../hal/transfer_context.ts";
import type { TransferContext } from "../hal/transfer_context.ts";
import type { TraceArguments } from "../kernel/door.ts";
import type { Irp } from "../kernel/irp.ts";
import type { Life } from "../life.ts";
import type { ChainPlace } from "./fragment.ts";
import { ListWay } from "./list_way.ts";
import { PacketWay } from "./packet_way.ts";
import type { TransferWay } from "./transfer_way.ts";
import type { WdfDevice } from "./wdf_device.ts";
import type { WdfAdapterInfo, WdfDmaEnabler } from "./wdf_dma_enabler.ts";
import type { WdfDmaDirection } from "./wdf_dma_profile.ts";

/**
 * EvtProgramDma: the driver programs its device with the list and starts it. Runs at DISPATCH_LEVEL. The framework
 * ignores what it returns: a driver that cannot start its device calls WdfDmaTransactionDmaCompletedFinal.
 */
export type EvtProgramDma = (
  transaction: WdfDmaTransaction,
  device: WdfDevice,
  context: unknown,
  direction: WdfDmaDirection,
  sgList: ScatterGatherList,
) => boolean;

/** The buffer and the callback that Initialize gave. */
export interface TransactionOrder {
  /** EvtProgramDma: programs the device for one transfer. */
  readonly evtProgramDma: EvtProgramDma;
  /** Which way the data goes. */
  readonly direction: WdfDmaDirection;
  /** Mdl: the buffer, or the chain of buffers. */
  readonly mdl: Mdl;
  /** Bytes from the start of that MDL's buffer. */
  readonly offset: number;
  /** Length in bytes. */
  readonly length: number;
  /** The request behind it, or null. */
  readonly request: Irp | null;
}

/** A DMA transaction. Made by {@link wdfDmaTransactionCreate}; its fields belong to the framework. */
export class WdfDmaTransaction {
  /** Names it in traces. */
  readonly name: string;
  /** Its parent. */
  readonly enabler: WdfDmaEnabler;
  /** Its lifecycle. */
  readonly life: Life<Record<string, never>, WdfDmaTransactionEvent>;
  /** How its transfers are mapped: lists or packets. */
  readonly way: TransferWay;
  /** Version 3 only. */
  readonly transferContext: TransferContext | null;
  /** What Initialize was given, until Release. */
  order: TransactionOrder | null = null;
  /** The adapter of the direction, from Initialize to Release. */
  adapterInfo: WdfAdapterInfo | null = null;
  /** What Execute passes to EvtProgramDma. */
  context: unknown = null;
  /** The longest transfer in bytes. */
  maximumFragmentLength = 0;
  /** The data must go in one transfer. */
  requireSingleTransfer: boolean;
  /** WdfDmaTransactionSetImmediateExecution. */
  immediateExecution = false;
  /** Bytes that are neither moved nor on their way. */
  remainingLength = 0;
  /** Bytes that were moved. */
  transferredLength = 0;
  /** Bytes of the present fragment. */
  fragmentLength = 0;
  /** Where the present fragment begins. */
  place: ChainPlace | null = null;

  /** Made by wdfDmaTransactionCreate. */
  constructor(enabler: WdfDmaEnabler, listBuffer: ScatterGatherBuffer | null) {
    const { hal } = enabler.device;
    this.name = `transaction:${enabler.name.replace("enabler:", "")}.${enabler.transactionCount++}`;
    this.enabler = enabler;
    this.requireSingleTransfer = enabler.requireSingleTransfer;
    this.life = hal.lives.create(wdfDmaTransactionMachine, this.name, {}, "transient");
    this.transferContext = enabler.dmaVersion >= 3 ? createTransferContext(hal) : null;
    this.way = enabler.traits.scatterGather ? new ListWay(this, listBuffer) : new PacketWay(this);
  }

  /** The HAL below the framework. */
  get hal(): Hal {
    return this.enabler.device.hal;
  }

  /** It goes through a transfer context. */
  get usesVersion3(): boolean {
    return this.transferContext !== null;
  }

  /** What Initialize gave. */
  get initialized(): TransactionOrder & { readonly adapterInfo: WdfAdapterInfo } {
    assert(this.order !== null && this.adapterInfo !== null, `Cannot use ${this.name} before it is initialised`);
    return { ...this.order, adapterInfo: this.adapterInfo };
  }

  /** The HAL's WriteToDevice. */
  get writeToDevice(): boolean {
    return this.order?.direction === "WdfDmaDirectionWriteToDevice";
  }

  /** The HAL's Flags. */
  get flags(): number {
    return this.immediateExecution ? DMA_SYNCHRONOUS_CALLBACK : 0;
  }

  /** InitializeDmaTransferContext, with version 3: at Initialize and AllocateResources. */
  initializeContext(info: WdfAdapterInfo): void {
    if (this.transferContext === null) return;
    const { initializeDmaTransferContext } = info.dmaAdapter.dmaOperations;
    const result = initializeDmaTransferContext?.({ dmaTransferContext: this.transferContext });
    assert(result?.status === "STATUS_SUCCESS", "InitializeDmaTransferContext does not fail");
  }

  /**
   * The transfer context for an allocation. KMDF uses it again for the transaction's further transfers, which works
   * because they follow each other; we initialise it before each, as the page demands (S0-8).
   */
  contextFor(info: WdfAdapterInfo): TransferContext {
    const { transferContext } = this;
    assert(transferContext !== null, "Cannot use a transfer context below version 3");
    if (transferContext.life.state === "spent") this.initializeContext(info);
    return transferContext;
  }

  /** Runs EvtProgramDma. The driver may complete, release or delete the transaction inside. */
  programDma(list: ScatterGatherList): void {
    const { evtProgramDma, direction } = this.initialized;
    evtProgramDma(this, this.enabler.device, this.context, direction, list);
  }

  /** Everything as after creation, except for its state. */
  reset(): void {
    this.order = null;
    this.adapterInfo = null;
    this.context = null;
    this.maximumFragmentLength = 0;
    this.requireSingleTransfer = this.enabler.requireSingleTransfer;
    this.immediateExecution = false;
    this.remainingLength = 0;
    this.transferredLength = 0;
    this.fragmentLength = 0;
    this.place = null;
  }

  /** Checks the IRQL of a call; all of a transaction's are <= DISPATCH_LEVEL. */
  enter(call: string): void {
    this.hal.door.checkIrql(call, "<= DISPATCH_LEVEL", this.name);
  }

  /** Writes the line of a call. */
  record(call: string, args: TraceArguments = {}, ret: TraceValue = null, out: TraceArguments | null = null): void {
    const { door } = this.hal;
    if (door.tracing) door.record(call, { DmaTransaction: door.pointers.of(this), ...args }, ret, out);
  }
}

/** WdfDmaTransactionCreate: <= DISPATCH_LEVEL. Takes the list buffer that all its transfers will use. */
export function wdfDmaTransactionCreate(
  dmaEnabler: WdfDmaEnabler,
): Result<{ readonly dmaTransaction: WdfDmaTransaction }> {
  const { door } = dmaEnabler.device.hal;
  door.checkIrql("WdfDmaTransactionCreate", "<= DISPATCH_LEVEL", dmaEnabler.name);
  const result = create(dmaEnabler);
  if (door.tracing) {
    const made = result.status === "STATUS_SUCCESS" ? result.dmaTransaction : null;
    const out = made === null ? null : { DmaTransaction: door.pointers.of(made) };
    door.record("WdfDmaTransactionCreate", { DmaEnabler: door.pointers.of(dmaEnabler) }, result.status, out);
  }
  return result;
}

function create(dmaEnabler: WdfDmaEnabler): ReturnType<typeof wdfDmaTransactionCreate> {
  assert(dmaEnabler.life.has("configured"), `Cannot create a transaction of ${dmaEnabler.name}: it is no more`);
  let listBuffer: ScatterGatherBuffer | null = null;
  if (dmaEnabler.preallocatesLists) {
    listBuffer = dmaEnabler.takeListBuffer();
    if (listBuffer === null) {
      const why = `the kernel pool has no memory for a list of ${dmaEnabler.listBytes} bytes`;
      return { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "noMemory", why };
    }
  }
  const dmaTransaction = new WdfDmaTransaction(dmaEnabler, listBuffer);
  dmaEnabler.children.add(dmaTransaction);
  return { status: "STATUS_SUCCESS", dmaTransaction };
}

/** WdfDmaTransactionGetBytesTransferred: bytes of the transfers that are completed. */
export function wdfDmaTransactionGetBytesTransferred(transaction: WdfDmaTransaction): number {
  return transaction.transferredLength;
}

/** WdfDmaTransactionGetCurrentDmaTransferLength: bytes of the present transfer. */
export function wdfDmaTransactionGetCurrentDmaTransferLength(transaction: WdfDmaTransaction): number {
  return transaction.fragmentLength;
}

/** WdfDmaTransactionGetRequest: the request of InitializeUsingRequest; null otherwise. */
export function wdfDmaTransactionGetRequest(transaction: WdfDmaTransaction): Irp | null {
  return transaction.order?.request ?? null;
}

/** WdfDmaTransactionGetDevice. */
export function wdfDmaTransactionGetDevice(transaction: WdfDmaTransaction): WdfDevice {
  return transaction.enabler.device;
}

/** WdfDmaTransactionWdmGetTransferContext: the HAL's transfer context; null below version 3. */
export function wdfDmaTransactionWdmGetTransferContext(transaction: WdfDmaTransaction): TransferContext | null {
  return transaction.transferContext;
}
