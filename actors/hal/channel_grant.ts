/**
 * One grant of the Classic model: the request in line, then the channel and map registers that it got, then what is
 * mapped through them. The grant itself is the opaque MapRegisterBase that drivers pass around, so a base can always
 * say whose it is and whether it was freed. Windows DDI, AllocateAdapterChannel, MapTransfer; S2-4, S4-11.
 */
import { adapterChannelMachine } from "../../machines/adapter_channel.ts";
import type { AdapterChannelContext, AdapterChannelEvent } from "../../machines/adapter_channel.ts";
import type { DmaAdapterEvent, IoAllocationAction } from "../../machines/dma_adapter.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import type { Address } from "../../sim/units.ts";
import type { Life } from "../life.ts";
import type { Adapter } from "./adapter.ts";
import { noRegisters } from "./channel_request.ts";
import type { ChannelHolder, ChannelRequest, HeldRegisters } from "./channel_request.ts";
import type { AdapterControl, DeviceObject, MapRegisterBase } from "./dma_operations.ts";
import type { MappedList } from "./mapped_list.ts";
import type { TransferContext } from "./transfer_context.ts";

/** A range of an MDL chain that MapTransfer or MapTransferEx mapped and no flush has covered yet. */
export interface Mapping {
  /** Mdl: the buffer, or the chain of buffers. */
  readonly mdl: Mdl;
  /** Bytes from the start of that MDL. */
  readonly offset: number;
  /** Bytes that were mapped. */
  readonly length: number;
  /** WriteToDevice: host to card. */
  readonly writeToDevice: boolean;
  /** Pages of it, each of which stands for one register of the grant. */
  readonly pages: number;
  /** Index in the grant of the register of its first page. */
  readonly firstRegister: number;
  /** Pieces that go through bounce pages: one copy in one piece, single pages, or none. */
  readonly bounced: "none" | "pages" | "onePiece";
  /** Logical ranges that an IOMMU gave it, as [address, bytes] pairs. */
  readonly logical: readonly (readonly [Address, number])[];
  /** The HAL looks after the CPU's cache by itself (version 3). */
  readonly ownsCache: boolean;
  /** The routine that let its memory go before the flush: null for none, "" once that was told. */
  releasedBy: string | null;
}

/** What an allocation asks for. */
export interface ChannelOrder {
  /** Whose request it is; a device object has one at a time. */
  readonly deviceObject: DeviceObject;
  /** Map registers that are asked for. */
  readonly numberOfMapRegisters: number;
  /** The execution routine; null only with DMA_SYNCHRONOUS_CALLBACK. */
  readonly routine: AdapterControl | null;
  /** Context: handed to the routine as it is. */
  readonly context: unknown;
  /** DMA_SYNCHRONOUS_CALLBACK: now or not at all. */
  readonly synchronous: boolean;
  /** The transfer context of an Ex routine; null for AllocateAdapterChannel. */
  readonly transferContext: TransferContext | null;
}

/** Who looks after the grants of an adapter. */
export interface GrantListener {
  /** Channel and registers have come. */
  readonly granted: (grant: ChannelGrant) => void;
  /** Neither channel nor registers nor mappings are left. */
  readonly ended: (grant: ChannelGrant) => void;
}

const RETURNED: Readonly<Record<IoAllocationAction, AdapterChannelEvent>> = {
  KeepObject: { type: "RETURN_KEEP_OBJECT" },
  DeallocateObject: { type: "RETURN_DEALLOCATE_OBJECT" },
  DeallocateObjectKeepRegisters: { type: "RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS" },
};
const NOTHING_KEPT: DmaAdapterEvent = { type: "FREE_MAP_REGISTERS" };

/** A request for the channel, and the grant it becomes. */
export class ChannelGrant implements ChannelRequest, ChannelHolder {
  /** It is a Classic channel request. */
  readonly form = "channel";
  /** Its name in traces. */
  readonly name: string;
  /** Whose channel it is. */
  readonly adapter: Adapter;
  /** What was asked for. */
  readonly order: ChannelOrder;
  /** Its lifecycle. */
  readonly life: Life<AdapterChannelContext, AdapterChannelEvent>;
  readonly mapRegisters: number;
  readonly poolRegisters: number;
  readonly contiguous: boolean;
  readonly memoryAvailable = true;
  readonly registers: HeldRegisters = noRegisters();
  /** What is mapped and not flushed, oldest first. */
  readonly mappings: Mapping[] = [];
  /** The list of the present MapTransferEx, made at the first one. */
  list: MappedList | null = null;
  /** Registers of the grant behind which something is mapped: all below this index. */
  usedRegisters = 0;
  readonly #hears: GrantListener;

  /** `hears` is told when it is granted, and when it has ended. */
  constructor(name: string, adapter: Adapter, order: ChannelOrder, hears: GrantListener) {
    this.name = name;
    this.adapter = adapter;
    this.order = order;
    this.mapRegisters = order.numberOfMapRegisters;
    // A device that reaches everything takes none: its base is NULL.
    this.poolRegisters = adapter.needsMapRegisters ? order.numberOfMapRegisters : 0;
    this.contiguous = !adapter.scatterGather;
    this.#hears = hears;
    this.life = adapter.hal.lives.create(adapterChannelMachine, name, {}, "transient");
    this.life.send({ type: "ALLOCATE_ADAPTER_CHANNEL" });
  }

  get synchronous(): boolean {
    return this.order.synchronous;
  }

  get withRoutine(): boolean {
    return this.order.routine !== null;
  }

  /** What the driver gets as MapRegisterBase. */
  get base(): MapRegisterBase {
    return this.poolRegisters > 0 ? this : null;
  }

  /** True while the request waits or its AdapterControl runs: the device object cannot ask again. */
  get occupiesDeviceObject(): boolean {
    return this.life.state === "queued" || this.life.state === "inControl";
  }

  prepare(): boolean {
    return true;
  }

  unprepare(): void {
    // Nothing was prepared.
  }

  /** Channel and registers are there: AdapterControl runs, or the caller holds them. */
  granted(): void {
    const { adapter } = this;
    const { routine, deviceObject, context, transferContext } = this.order;
    this.#hears.granted(this);
    this.life.send({ type: "GRANT" });
    transferContext?.grant();
    adapter.hold(this);
    if (routine === null) return;
    const { hal } = adapter;
    const facts = hal.trace.on ? { mapRegisterBase: hal.door.pointers.of(this.base) } : undefined;
    const action = hal.runRoutine("AdapterControl", adapter, () => routine(deviceObject, this.base, context), facts);
    if (action === "KeepObject") this.life.send(RETURNED.KeepObject);
    adapter.release({ type: "ROUTINE_RETURNED", action }, action);
  }

  withdrawn(): void {
    this.life.send({ type: "CANCEL" });
    this.#hears.ended(this);
  }

  /** The channel is free: by the routine's return value, FreeAdapterObject or FreeAdapterChannel. */
  channelFreed(action: IoAllocationAction): void {
    this.order.transferContext?.channelFreed();
    const deallocates = action === "DeallocateObject";
    this.life.send(this.life.state === "kept" && deallocates ? { type: "FREE_ADAPTER_CHANNEL" } : RETURNED[action]);
    if (deallocates) {
      this.giveUp();
    } else if (this.poolRegisters === 0) {
      // A NULL base keeps nothing, and the driver must not free it: the adapter does not wait for that.
      this.adapter.life.send(NOTHING_KEPT);
    }
  }

  /** Registers go back, and with them whatever was still mapped through them. */
  giveUp(): void {
    for (const mapping of this.mappings) unmapLogicalRanges(this.adapter, mapping);
    this.mappings.length = 0;
    this.usedRegisters = 0;
    if (this.registers.count > 0) this.adapter.giveRegisters(this);
    this.#hears.ended(this);
  }

  /**
   * A grant with a NULL base has no end of its own: nothing is freed. It is over once its channel is free, nothing is
   * mapped through it, and the next grant comes.
   */
  endIfUnused(): void {
    if (this.poolRegisters === 0 && this.mappings.length === 0 && this.life.state === "registersOnly") {
      this.#hears.ended(this);
    }
  }
}

/** Ends the logical addresses of a mapping. */
export function unmapLogicalRanges(adapter: Adapter, mapping: Mapping): void {
  for (const [address, lengthBytes] of mapping.logical) adapter.domain.unmap(address, lengthBytes);
}
