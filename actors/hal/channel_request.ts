/**
 * What stands in line for an adapter's channel: a list request or a Classic channel request, one interface for both, so
 * that there is one line and one order. Windows' own name for it is the wait context block.
 */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";

/** Map registers that somebody holds, by index into their pool. The array is reused: its end may hold old numbers. */
export interface HeldRegisters {
  /** Indices into the pool. */
  indexes: Int32Array;
  /** How many of them count. */
  count: number;
}

/** An empty hand. */
export function noRegisters(): HeldRegisters {
  return { indexes: NONE, count: 0 };
}

const NONE = new Int32Array(0);

/** A request for the channel of an adapter. */
export interface ChannelRequest {
  /** A list request, or a Classic channel request. */
  readonly form: "list" | "channel";
  /** R: what is compared with N. */
  readonly mapRegisters: number;
  /** What is really taken from the pool; 0 where the device reaches the memory itself. */
  readonly poolRegisters: number;
  /** The registers must lie one behind the other, for a device without scatter/gather. */
  readonly contiguous: boolean;
  /** DMA_SYNCHRONOUS_CALLBACK: now or not at all. */
  readonly synchronous: boolean;
  /** An execution routine was given. */
  readonly withRoutine: boolean;
  /** The routine needs no pool memory, or got it. */
  readonly memoryAvailable: boolean;
  /** Where the registers go when they are granted. */
  readonly registers: HeldRegisters;
  /** Obtains what is neither channel nor register (logical addresses of an IOMMU). False: not now. */
  prepare(): boolean;
  /** Gives back what {@link ChannelRequest.prepare} obtained, because the rest was not to be had. */
  unprepare(): void;
  /** Its turn came after a wait: registers are taken, the adapter's chart says that the routine runs. */
  granted(): void;
  /** It was taken out of the line; its routine will not run. */
  withdrawn(): void;
}

/** Who holds the channel without a routine running; told when the channel is free again. */
export interface ChannelHolder {
  /** The channel is free; `action` says what is kept. */
  channelFreed(action: IoAllocationAction): void;
}
