/**
 * Transfers of scatter/gather profiles: one list a fragment, built in the buffer that the transaction keeps, or
 * obtained from the HAL where nothing is preallocated. Any number of transactions at a time. Windows DDI,
 * BuildScatterGatherList(Ex), GetScatterGatherList(Ex); what is cut how is KMDF's (S1-23).
 *
 * Every form has a routine: the framework knows no list without one (S0-24).
 */
import { assert } from "../../sim/assert.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mdl.ts";
import type { AdapterListControl, DmaAdapter, Result } from "../hal/dma_operations.ts";
import type { ScatterGatherBuffer, ScatterGatherList } from "../hal/scatter_gather.ts";
import { fragmentNeeds, placeBehind } from "./fragment.ts";
import type { ChainPlace } from "./fragment.ts";
import type { TransferWay } from "./transfer_way.ts";
import type { WdfDmaTransaction } from "./wdf_dma_transaction.ts";

const SUCCESS: Result = { status: "STATUS_SUCCESS" };

/** A list that was granted and not put, with what Put wants to know. */
interface HeldList {
  readonly scatterGather: ScatterGatherList;
  readonly dmaAdapter: DmaAdapter;
  readonly writeToDevice: boolean;
}

/** The lists of one transaction, one after the other. */
export class ListWay implements TransferWay {
  readonly #transaction: WdfDmaTransaction;
  /** Kept for all fragments; null where the HAL makes the lists. */
  #buffer: ScatterGatherBuffer | null;
  /** Came from the enabler and goes back there. */
  #fromEnabler: boolean;
  #held: HeldList | null = null;

  constructor(transaction: WdfDmaTransaction, buffer: ScatterGatherBuffer | null) {
    this.#transaction = transaction;
    this.#buffer = buffer;
    this.#fromEnabler = buffer !== null;
  }

  /** Bytes of the list buffer; Infinity where the HAL makes the lists. */
  get bufferBytes(): number {
    return this.#buffer?.lengthBytes ?? Infinity;
  }

  get inDevice(): boolean {
    return this.#held !== null;
  }

  /** A larger buffer, for one transfer that needs more elements than N pages have. */
  replaceBuffer(buffer: ScatterGatherBuffer): void {
    this.#returnBuffer();
    this.#buffer = buffer;
  }

  /** Walks all fragments, as they will be if the device completes each: none may have more elements than it takes. */
  check(): Result {
    const { initialized: { adapterInfo, length, mdl, offset }, maximumFragmentLength } = this.#transaction;
    const limit = this.#transaction.enabler.maximumScatterGatherElements;
    let place: ChainPlace = { mdl, offset };
    for (let left = length; left > 0;) {
      const fragment = Math.min(left, maximumFragmentLength);
      const needs = fragmentNeeds(place, fragment, adapterInfo.numberOfMapRegisters);
      if (needs === null) return { status: "STATUS_BUFFER_TOO_SMALL", why: `${left} bytes are not in the MDL chain` };
      if (needs.registers > limit) return tooFragmented(needs.registers, limit);
      left -= fragment;
      if (left > 0) place = placeBehind(place, fragment);
    }
    return SUCCESS;
  }

  start(): Result {
    return this.stage();
  }

  stage(): Result {
    const transaction = this.#transaction;
    const { adapterInfo } = transaction.initialized;
    assert(transaction.place !== null, "Cannot stage a transfer that begins nowhere");
    const place = placeBehind(transaction.place, transaction.fragmentLength);
    let fragment = Math.min(transaction.remainingLength, transaction.maximumFragmentLength);
    if (!transaction.requireSingleTransfer) {
      const needs = fragmentNeeds(place, fragment, adapterInfo.numberOfMapRegisters);
      if (needs === null) {
        return { status: "STATUS_BUFFER_TOO_SMALL", why: `${fragment} bytes are not in the MDL chain` };
      }
      const limit = transaction.enabler.maximumScatterGatherElements;
      // Compared before the cut, as in the source: the fragment that is really built may have fewer.
      if (needs.registers > limit) return tooFragmented(needs.registers, limit);
      fragment = needs.fittingLength;
    }
    transaction.place = place;
    transaction.fragmentLength = fragment;
    transaction.remainingLength -= fragment;
    return atDispatch(transaction, () => this.#obtain(place, fragment));
  }

  completed(): void {
    const held = this.#held;
    if (held === null) return;
    this.#held = null;
    const { putScatterGatherList } = held.dmaAdapter.dmaOperations;
    atDispatch(this.#transaction, () => putScatterGatherList(held));
  }

  release(): void {
    this.completed();
  }

  dispose(): void {
    this.#returnBuffer();
    this.#buffer = null;
  }

  #returnBuffer(): void {
    if (this.#buffer !== null && this.#fromEnabler) this.#transaction.enabler.keepListBuffer(this.#buffer);
    this.#fromEnabler = false;
  }

  #obtain({ mdl, offset }: ChainPlace, length: number): Result {
    const transaction = this.#transaction;
    const { enabler, writeToDevice } = transaction;
    const { adapterInfo } = transaction.initialized;
    const { deviceObject, kmdfMinor } = enabler.device;
    const { dmaAdapter } = adapterInfo;
    const operations = dmaAdapter.dmaOperations;
    const executionRoutine: AdapterListControl = (_device, scatterGather) => {
      this.#held = { scatterGather, dmaAdapter, writeToDevice };
      if (transaction.life.state === "transfer") transaction.programDma(scatterGather);
      // Completed, released or deleted while it waited, which was named: nobody takes the list any more.
      else this.completed();
    };
    const shared = { deviceObject, mdl, length, writeToDevice, executionRoutine, context: transaction };
    const buffer = this.#buffer;
    if (!transaction.usesVersion3) {
      const parameters = { ...shared, currentVa: mmGetMdlVirtualAddress(mdl) + offset };
      if (buffer === null) return operations.getScatterGatherList(parameters);
      const build = operations.buildScatterGatherList;
      assert(build !== undefined, "Version 2 has BuildScatterGatherList");
      return build({ ...parameters, scatterGatherBuffer: buffer, scatterGatherLength: buffer.lengthBytes });
    }
    const dmaTransferContext = transaction.contextFor(adapterInfo);
    const forms = { ...shared, offset, dmaTransferContext, wantScatterGatherList: false };
    const { getScatterGatherListEx: get, buildScatterGatherListEx: build } = operations;
    assert(get !== undefined && build !== undefined, "Version 3 has the Ex routines");
    if (buffer === null) return get({ ...forms, flags: transaction.flags });
    // KMDF before 1.15 forgot the flag here.
    const flags = kmdfMinor >= 15 ? transaction.flags : 0;
    return build({ ...forms, flags, scatterGatherBuffer: buffer, scatterGatherLength: buffer.lengthBytes });
  }
}

/** Runs the body at DISPATCH_LEVEL, as the framework does around list routines. */
export function atDispatch<T>(transaction: WdfDmaTransaction, body: () => T): T {
  const { irql } = transaction.hal;
  return irql.level >= DISPATCH_LEVEL ? body() : irql.raised(DISPATCH_LEVEL, body);
}

function tooFragmented(elements: number, limit: number): Result {
  return {
    status: "STATUS_WDF_TOO_FRAGMENTED",
    why: `a transfer needs up to ${elements} elements, the device takes ${limit}`,
  };
}
