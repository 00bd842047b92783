/**
 * Transfers of packet profiles, whose devices take one piece of memory: the channel is allocated once, map registers
 * are kept, and each fragment is mapped, moved and flushed through them. Windows DDI, AllocateAdapterChannel(Ex),
 * MapTransfer(Ex), FlushAdapterBuffers(Ex), FreeMapRegisters; the order is KMDF's.
 *
 * With DMA version 2 one transaction a device may be under way (STATUS_WDF_BUSY); version 3 has a line.
 */
import { assert } from "../../sim/assert.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import { PAGE_SIZE, spanPages } from "../../sim/units.ts";
import type { AdapterControl, Failure, MapRegisterBase, Result } from "../hal/dma_operations.ts";
import { createScatterGatherBuffer } from "../hal/list_buffer.ts";
import { scatterGatherListBytes } from "../hal/scatter_gather.ts";
import type { ScatterGatherBuffer, ScatterGatherList } from "../hal/scatter_gather.ts";
import { atDispatch } from "./list_way.ts";
import { PacketList } from "./packet_list.ts";
import type { TransferWay } from "./transfer_way.ts";
import type { WdfAdapterInfo } from "./wdf_dma_enabler.ts";
import type { WdfDmaTransaction } from "./wdf_dma_transaction.ts";

const SUCCESS: Result = { status: "STATUS_SUCCESS" };

/** Map registers that a transaction holds. */
interface Grant {
  readonly base: MapRegisterBase;
  readonly count: number;
  readonly info: WdfAdapterInfo;
}

/** EvtReserveDma: the registers that AllocateResources asked for are there. */
export type EvtReserveDma = (transaction: WdfDmaTransaction, context: unknown) => void;

/** The channel's part of one transaction. */
export class PacketWay implements TransferWay {
  readonly #transaction: WdfDmaTransaction;
  #grant: Grant | null = null;
  /** Registers that AllocateResources keeps across transfers; 0 for none. */
  #reserved = 0;
  #mapped:
    | { readonly mdl: Mdl; readonly offset: number; readonly length: number; readonly list: PacketList | null }
    | null = null;
  /** Where MapTransferEx writes its one element; the framework's own has room on the stack. */
  #element: ScatterGatherBuffer | null = null;
  /** AdapterControl runs: what it returns decides about the registers. */
  #inControl = false;
  #staging = false;
  #stageAgain = false;

  constructor(transaction: WdfDmaTransaction) {
    this.#transaction = transaction;
  }

  get inDevice(): boolean {
    return this.#mapped !== null;
  }

  check(): Result {
    return SUCCESS;
  }

  start(): Result {
    const { device } = this.#transaction.enabler;
    const { adapterInfo } = this.#transaction.initialized;
    if (this.#reserved > 0) {
      if (this.#grant === null) {
        // Undocumented; a driver executes from EvtReserveDma on.
        return { status: "STATUS_INVALID_DEVICE_STATE", why: "the reserved map registers were not granted yet" };
      }
      // The registers are here already: straight on to the first fragment.
      return atDispatch(this.#transaction, () => this.stage());
    }
    if (!this.#transaction.usesVersion3) {
      if (device.packetTransactionQueued) {
        return { status: "STATUS_WDF_BUSY", why: `${device.name} has a packet transaction under way` };
      }
      device.packetTransactionQueued = true;
    }
    let inside = true;
    let staged = SUCCESS;
    const result = this.#allocate(adapterInfo, this.#registersNeeded(), () => {
      staged = this.stage();
      // Later, nobody can be told through a return value: the state says it.
      if (!inside && staged.status !== "STATUS_SUCCESS") this.#transaction.life.send({ type: "TRANSFER_FAILED" });
    });
    inside = false;
    if (result.status !== "STATUS_SUCCESS") device.packetTransactionQueued = false;
    return result.status === "STATUS_SUCCESS" ? staged : result;
  }

  /** AllocateResources: obtains registers before there is a transfer, and keeps them. */
  reserve(info: WdfAdapterInfo, count: number, callback: EvtReserveDma, context: unknown): Result {
    assert(this.#reserved === 0, `Cannot reserve registers for ${this.#transaction.name} twice`);
    this.#reserved = count;
    this.#transaction.initializeContext(info);
    const result = this.#allocate(info, count, () => callback(this.#transaction, context));
    if (result.status !== "STATUS_SUCCESS") this.#reserved = 0;
    return result;
  }

  /** True between AllocateResources and FreeResources. */
  get hasReserved(): boolean {
    return this.#reserved > 0;
  }

  stage(): Result {
    if (this.#staging) {
      // The driver completed a fragment inside EvtProgramDma: the loop below goes on when that has returned.
      this.#stageAgain = true;
      return SUCCESS;
    }
    this.#staging = true;
    try {
      do {
        this.#stageAgain = false;
        const result = this.#mapNext();
        if (result.status !== "STATUS_SUCCESS") return result;
      } while (this.#stageAgain);
    } finally {
      this.#staging = false;
    }
    return SUCCESS;
  }

  completed(): void {
    const mapped = this.#mapped;
    if (mapped === null) return;
    this.#mapped = null;
    assert(this.#grant !== null, "Cannot flush what was mapped through no grant");
    const { base, info } = this.#grant;
    const { mdl, offset, length, list } = mapped;
    const range = { mdl, length, mapRegisterBase: base, writeToDevice: this.#transaction.writeToDevice };
    const operations = info.dmaAdapter.dmaOperations;
    if (this.#transaction.usesVersion3) operations.flushAdapterBuffersEx?.({ ...range, offset });
    else operations.flushAdapterBuffers({ ...range, currentVa: mmGetMdlVirtualAddress(mdl) + offset });
    list?.ended();
  }

  release(force: boolean): void {
    this.completed();
    const grant = this.#grant;
    if (this.#reserved > 0 && !force) return;
    this.#grant = null;
    this.#reserved = 0;
    if (grant === null) return;
    this.#transaction.enabler.device.packetTransactionQueued = false;
    const { base, count, info } = grant;
    // The framework frees nothing for a base of NULL, which is no base at all.
    if (base === null || this.#inControl) return;
    const { freeMapRegisters } = info.dmaAdapter.dmaOperations;
    atDispatch(this.#transaction, () => freeMapRegisters({ mapRegisterBase: base, numberOfMapRegisters: count }));
  }

  dispose(): void {
    this.release(true);
  }

  /**
   * A transfer as long as the transaction needs the pages that it touches. A shorter one may begin anywhere after a
   * partial completion, so it needs the pages of the worst offset.
   */
  #registersNeeded(): number {
    const { remainingLength, maximumFragmentLength, initialized } = this.#transaction;
    const { mdl, offset } = initialized;
    const fragment = Math.min(remainingLength, maximumFragmentLength);
    const va = fragment === remainingLength ? mmGetMdlVirtualAddress(mdl) + offset : PAGE_SIZE - 1;
    return spanPages(va, fragment);
  }

  #allocate(info: WdfAdapterInfo, count: number, granted: () => void): Result {
    const transaction = this.#transaction;
    const { deviceObject } = transaction.enabler.device;
    const executionRoutine: AdapterControl = (_device, base) => {
      const { state } = transaction.life;
      // Completed, released or deleted while it waited, which was named: nobody takes the registers any more.
      if (state !== "transfer" && state !== "reserved") return "DeallocateObject";
      this.#grant = { base, count, info };
      this.#inControl = true;
      granted();
      this.#inControl = false;
      // Released inside: KMDF calls FreeMapRegisters before this returns, which the page of that routine forbids.
      return this.#grant === null ? "DeallocateObject" : "DeallocateObjectKeepRegisters";
    };
    const operations = info.dmaAdapter.dmaOperations;
    const shared = { deviceObject, numberOfMapRegisters: count, executionRoutine };
    if (!transaction.usesVersion3) {
      return atDispatch(transaction, () => operations.allocateAdapterChannel({ ...shared, context: transaction }));
    }
    const allocate = operations.allocateAdapterChannelEx;
    assert(allocate !== undefined, "Version 3 has AllocateAdapterChannelEx");
    const dmaTransferContext = transaction.contextFor(info);
    const { flags } = transaction;
    const forms = { dmaTransferContext, flags, executionContext: transaction, wantMapRegisterBase: false };
    return atDispatch(transaction, () => allocate({ ...shared, ...forms }));
  }

  /** Maps the next fragment and runs EvtProgramDma. */
  #mapNext(): Result {
    const transaction = this.#transaction;
    const { mdl, offset: start } = transaction.initialized;
    assert(this.#grant !== null, "Cannot map without registers");
    const offset = start + transaction.transferredLength;
    // With fewer registers than it needs, as many bytes are mapped as they carry.
    const fragment = Math.min(transaction.remainingLength, transaction.maximumFragmentLength);
    const list = this.#map(this.#grant, mdl, offset, fragment);
    if (!("numberOfElements" in list)) return list;
    const mappedLength = list.lengths[0]!;
    transaction.fragmentLength = mappedLength;
    transaction.remainingLength -= mappedLength;
    this.#mapped = { mdl, offset, length: mappedLength, list: list instanceof PacketList ? list : null };
    transaction.programDma(list);
    return SUCCESS;
  }

  #map(
    grant: Grant,
    mdl: Mdl,
    offset: number,
    length: number,
  ): ScatterGatherList | Failure {
    const transaction = this.#transaction;
    const { hal, writeToDevice } = transaction;
    const operations = grant.info.dmaAdapter.dmaOperations;
    const shared = { mdl, mapRegisterBase: grant.base, length, writeToDevice };
    if (!transaction.usesVersion3) {
      const currentVa = mmGetMdlVirtualAddress(mdl) + offset;
      const mapped = operations.mapTransfer({ ...shared, currentVa });
      if (mapped.length === 0) return { status: "STATUS_INVALID_PARAMETER", why: "MapTransfer mapped nothing" };
      return new PacketList(hal, mapped.logicalAddress, mapped.length);
    }
    const map = operations.mapTransferEx;
    assert(map !== undefined, "Version 3 has MapTransferEx");
    const lengthBytes = scatterGatherListBytes(1);
    this.#element ??= createScatterGatherBuffer(hal, lengthBytes);
    if (this.#element === null) {
      return {
        status: "STATUS_INSUFFICIENT_RESOURCES",
        reason: "noMemory",
        why: "no memory for a list of one element",
      };
    }
    const result = map({
      ...shared,
      offset,
      deviceOffset: 0,
      scatterGatherBuffer: this.#element,
      scatterGatherLength: lengthBytes,
      dmaCompletionRoutine: null,
      completionContext: null,
    });
    if (result.status !== "STATUS_SUCCESS") return result;
    assert(result.scatterGather !== null, "MapTransferEx of a bus master writes a list");
    return result.scatterGather;
  }
}
