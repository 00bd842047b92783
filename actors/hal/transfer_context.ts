/**
 * A living DMA_TRANSFER_CONTEXT: caller's memory that stands for one transaction. Windows DDI,
 * InitializeDmaTransferContext; S0-8.
 */
import { transferContextMachine } from "../../machines/transfer_context.ts";
import type { TransferContextEvent } from "../../machines/transfer_context.ts";
import { assert } from "../../sim/assert.ts";
import { lasting } from "../lasting_event.ts";
import type { Life } from "../life.ts";
import { ADAPTER_GONE } from "./adapter.ts";
import type { Adapter } from "./adapter.ts";
import type { ChannelHolder, ChannelRequest } from "./channel_request.ts";
import type { DmaTransferContext, Failure, Result } from "./dma_operations.ts";
import type { Hal } from "./hal.ts";

/** DMA_TRANSFER_CONTEXT_SIZE_V1 on x64, in bytes. */
export const DMA_TRANSFER_CONTEXT_SIZE_V1 = 128;

/** Made by {@link createTransferContext}. */
export class TransferContext implements DmaTransferContext, ChannelHolder {
  /** Names it in traces. */
  readonly name: string;
  /** Its lifecycle. */
  readonly life: Life<Record<string, never>, TransferContextEvent>;
  /** The request that waits in line with it. */
  request: ChannelRequest | null = null;

  /** Memory that is not initialised yet. */
  constructor(hal: Hal, name: string) {
    this.name = name;
    this.life = hal.lives.create(transferContextMachine, name, {});
  }

  /** A routine names this context for a new transaction. A failure if the chart refuses it; else `asked`. */
  allocate(): Failure | null {
    const state = this.life.state;
    const { refusal } = this.life.send(ALLOCATE);
    if (refusal === null) return null;
    assert(refusal.status !== "STATUS_SUCCESS", "Cannot refuse with success");
    return { status: refusal.status, why: `${this.name} is ${state}` };
  }

  /** Everything was there: the transaction begins. */
  grant(): void {
    this.request = null;
    this.life.send(GRANT);
  }

  /** Something is missing and the call is asynchronous. */
  queue(request: ChannelRequest): void {
    this.request = request;
    this.life.send(QUEUE);
  }

  /** Nothing was granted and nothing waits. */
  refuse(): void {
    this.life.send(REFUSE);
  }

  /** The channel that this context asked for is free. */
  channelFreed(): void {
    this.life.send(RELEASE);
  }
}

const INITIALIZE: TransferContextEvent = lasting("INITIALIZE_DMA_TRANSFER_CONTEXT");
const ALLOCATE: TransferContextEvent = lasting("ALLOCATE");
const GRANT: TransferContextEvent = lasting("GRANT");
const QUEUE: TransferContextEvent = lasting("QUEUE");
const REFUSE: TransferContextEvent = lasting("REFUSE");
const RELEASE: TransferContextEvent = lasting("RELEASE");
const CANCEL: TransferContextEvent = lasting("CANCEL_ADAPTER_CHANNEL");

/** Memory for a transfer context, not initialised yet. The caller keeps it for as long as requests use it. */
export function createTransferContext(hal: Hal): TransferContext {
  return new TransferContext(hal, hal.nextContextName());
}

/** The living context behind what a driver passes. */
export function livingContext(context: DmaTransferContext): TransferContext {
  assert(context instanceof TransferContext, `Cannot use ${context.name}: it was not made by createTransferContext`);
  return context;
}

/** InitializeDmaTransferContext: once before every transaction. */
export function initializeDmaTransferContext(adapter: Adapter, context: DmaTransferContext): Result {
  const alive = adapter.enter("InitializeDmaTransferContext", "<= DISPATCH_LEVEL");
  const result: Result = alive ? SUCCESS : ADAPTER_GONE;
  if (alive) livingContext(context).life.send(INITIALIZE);
  const { door } = adapter.hal;
  if (door.tracing) {
    const args = { DmaAdapter: door.pointers.of(adapter), DmaTransferContext: door.pointers.of(context) };
    door.record("InitializeDmaTransferContext", args, result.status);
  }
  return result;
}

const SUCCESS: Result = { status: "STATUS_SUCCESS" };

/**
 * CancelAdapterChannel. TRUE: the waiting request was taken back and its routine will not run, or nothing waited yet
 * and the *next* allocation with this context is cancelled instead. FALSE: granted already.
 */
export function cancelAdapterChannel(adapter: Adapter, deviceObject: object, context: DmaTransferContext): boolean {
  const cancelled = adapter.enter("CancelAdapterChannel", "<= DISPATCH_LEVEL") && cancel(adapter, context);
  const { door } = adapter.hal;
  if (door.tracing) {
    const args = {
      DmaAdapter: door.pointers.of(adapter),
      DeviceObject: door.pointers.of(deviceObject),
      DmaTransferContext: door.pointers.of(context),
    };
    door.record("CancelAdapterChannel", args, cancelled);
  }
  return cancelled;
}

function cancel(adapter: Adapter, context: DmaTransferContext): boolean {
  const living = livingContext(context);
  const { life, request } = living;
  if (request !== null && !adapter.withdraw(request)) return false;
  life.send(CANCEL);
  if (request === null) return life.state === "cancelLatched";
  living.request = null;
  request.withdrawn();
  // The next in line may have waited only for this one.
  adapter.hal.serve();
  return true;
}
