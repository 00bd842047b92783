/**
 * Compares every access of a device with what its driver shares with it at that moment, and names the others.
 *
 * ```text
 * shared   live scatter/gather lists      every adapter of the device has them
 *          common buffers                 heard when they are allocated
 *          ranges of MapTransfer(Ex)      heard when they are mapped and flushed
 * named    DeviceGivenRawPhysical         RAM that was never shared: a physical address went into the device
 *          DeviceAccessOutsideMapping     after Put, past an end, in the wrong direction, or where nothing is
 * ```
 *
 * To hear of common buffers and of MapTransfer the watch hooks the adapter's table of DMA_OPERATIONS, as Driver
 * Verifier does. A platform that allows drivers to bypass the API (ADAPTER_INFO_API_BYPASS) allows raw physical
 * addresses too. Without a watch nothing of this costs anything. S1-5, S2-10, S3-11; verifier 0xE6/0x26.
 */
import type { RuleName } from "../machines/rule.ts";
import { mmGetMdlVirtualAddress } from "../sim/memory/mod.ts";
import type { HostPort, Mdl } from "../sim/memory/mod.ts";
import { PAGE_SIZE } from "../sim/units.ts";
import type { Address } from "../sim/units.ts";
import type { HostPieces } from "./device/device.ts";
import { AllocatedCommonBuffer } from "./hal/common_buffer_memory.ts";
import type { DmaAdapter, DmaOperations, MapRegisterBase } from "./hal/dma_operations.ts";
import type { Hal } from "./hal/hal.ts";
import type { ScatterGatherList } from "./hal/scatter_gather.ts";

/** What MapTransfer mapped and no flush has covered. */
interface MappedRange {
  readonly mdl: Mdl;
  readonly base: MapRegisterBase;
  readonly offset: number;
  readonly start: Address;
  readonly end: Address;
  readonly writeToDevice: boolean;
}

/** A range by MDL, as a flush names it. */
interface FlushedRange {
  readonly mdl: Mdl;
  readonly offset: number;
  readonly length: number;
}

/** Where a byte is shared: up to which address, and whether for this direction. */
interface Place {
  end: Address;
  direction: boolean;
}

/** Watches one device. */
export class AccessWatch {
  readonly #hal: Hal;
  readonly #port: HostPort;
  readonly #buffers = new Set<AllocatedCommonBuffer>();
  readonly #mapped = new Set<MappedRange>();
  /** Lists of MapTransferEx, each with its direction. */
  readonly #mappedLists = new Map<ScatterGatherList, boolean>();
  /** Pages that were shared once and given back. */
  readonly #givenBack = new Set<number>();
  /** Pages that were named: once each, or a single bad transfer would fill the log. */
  readonly #named = new Set<number>();
  readonly #place: Place = { end: 0, direction: false };

  /** Watches the device of `port`. Its adapters are {@link AccessWatch.hook}ed as they are obtained. */
  constructor(hal: Hal, port: HostPort) {
    this.#hal = hal;
    this.#port = port;
    port.onAccess = (busAddress, lengthBytes, write) => this.#look(busAddress, lengthBytes, write);
  }

  /** Puts the watch behind the routines of an adapter of this device, before anybody has called one. */
  hook(adapter: DmaAdapter): void {
    const table = adapter.dmaOperations;
    const buffer = (_: unknown, made: unknown): void => this.#allocated(made);
    const hooked: Partial<DmaOperations> = {
      allocateCommonBuffer: after(table.allocateCommonBuffer, buffer),
      putScatterGatherList: before(table.putScatterGatherList, ({ scatterGather }) => this.#put(scatterGather)),
      mapTransfer: after(table.mapTransfer, ({ mdl, mapRegisterBase: base, currentVa, writeToDevice }, piece) => {
        const { logicalAddress: start, length } = piece;
        if (length === 0) return;
        const offset = currentVa - mmGetMdlVirtualAddress(mdl);
        this.#mapped.add({ mdl, base, offset, start, end: start + length, writeToDevice });
      }),
      flushAdapterBuffers: before(table.flushAdapterBuffers, ({ mdl, currentVa, length }) => {
        this.#flush({ mdl, offset: currentVa - mmGetMdlVirtualAddress(mdl), length });
      }),
      freeMapRegisters: before(table.freeMapRegisters, ({ mapRegisterBase }) => this.#free(mapRegisterBase)),
      ...(table.allocateCommonBufferEx && { allocateCommonBufferEx: after(table.allocateCommonBufferEx, buffer) }),
      ...(table.allocateCommonBufferWithBounds &&
        { allocateCommonBufferWithBounds: after(table.allocateCommonBufferWithBounds, buffer) }),
      ...(table.allocateDomainCommonBuffer && {
        allocateDomainCommonBuffer: after(table.allocateDomainCommonBuffer, (_, result) => {
          if (result.status === "STATUS_SUCCESS") this.#allocated(result.commonBuffer);
        }),
      }),
      ...(table.allocateCommonBufferVector && {
        allocateCommonBufferVector: after(table.allocateCommonBufferVector, (_, result) => {
          if (result.status !== "STATUS_SUCCESS") return;
          const { vector } = result;
          if ("buffers" in vector && Array.isArray(vector.buffers)) {
            for (const element of vector.buffers) this.#allocated(element);
          }
        }),
      }),
      ...(table.mapTransferEx && {
        mapTransferEx: after(table.mapTransferEx, ({ writeToDevice }, result) => {
          if (result.status !== "STATUS_SUCCESS" || result.scatterGather === null) return;
          this.#mappedLists.set(result.scatterGather, writeToDevice);
        }),
      }),
    };
    Object.assign(table, hooked);
  }

  #allocated(made: unknown): void {
    if (made instanceof AllocatedCommonBuffer) this.#buffers.add(made);
  }

  #put(list: ScatterGatherList): void {
    if (list.life.has("live")) this.#remember(list);
  }

  #remember({ numberOfElements, addresses, lengths }: HostPieces): void {
    for (let element = 0; element < numberOfElements; element++) {
      this.#giveBack(addresses[element]!, addresses[element]! + lengths[element]!);
    }
  }

  #giveBack(start: Address, end: Address): void {
    for (let page = pageOf(start); page * PAGE_SIZE < end; page++) this.#givenBack.add(page);
  }

  #flush({ mdl, offset, length }: FlushedRange): void {
    for (const range of this.#mapped) {
      const overlaps = range.offset < offset + length && offset < range.offset + range.end - range.start;
      if (range.mdl === mdl && overlaps) this.#end(range);
    }
  }

  #free(base: MapRegisterBase): void {
    for (const range of this.#mapped) if (base !== null && range.base === base) this.#end(range);
  }

  #end(range: MappedRange): void {
    this.#giveBack(range.start, range.end);
    this.#mapped.delete(range);
  }

  /** One access: on through neighbouring places until it is covered, or somebody is named. */
  #look(busAddress: Address, lengthBytes: number, write: boolean): void {
    const end = busAddress + lengthBytes;
    for (let at = busAddress; at < end;) {
      const place = this.#placeOf(at, write);
      if (!place.direction) return this.#name(at, end, write, place.end > at);
      at = place.end;
    }
  }

  /** The shared place that a byte is in; its end is the byte itself if there is none. */
  #placeOf(at: Address, write: boolean): Place {
    const place = this.#place;
    place.end = at;
    place.direction = false;
    for (const adapter of this.#hal.adapters) {
      if (adapter.domain !== this.#port.domain) continue;
      for (const list of adapter.lists) if (within(list, at, list.order.writeToDevice !== write, place)) return place;
    }
    for (const buffer of this.#buffers) {
      const { logicalAddress, length, life } = buffer;
      if (!life.has("shared")) {
        this.#giveBack(logicalAddress, logicalAddress + length);
        this.#buffers.delete(buffer);
      } else if (note(place, at, logicalAddress, logicalAddress + length, true)) return place;
    }
    for (const { start, end, writeToDevice } of this.#mapped) {
      if (note(place, at, start, end, writeToDevice !== write)) return place;
    }
    for (const [list, writeToDevice] of this.#mappedLists) {
      if (!list.life.has("live")) {
        this.#remember(list);
        this.#mappedLists.delete(list);
      } else if (within(list, at, writeToDevice !== write, place)) return place;
    }
    return place;
  }

  #name(at: Address, end: Address, write: boolean, wrongDirection: boolean): void {
    if (this.#named.has(pageOf(at))) return;
    const [rule, why] = this.#why(at, write, wrongDirection);
    if (rule === "DeviceGivenRawPhysical" && this.#bypassAllowed()) return;
    for (let page = pageOf(at); page * PAGE_SIZE < end; page++) this.#named.add(page);
    const details = `${write ? "write" : "read"} of ${end - at} bytes at 0x${at.toString(16)}: ${why}`;
    const { device } = this.#port.domain;
    const figures = { deviceObject: device, faultAddress: `0x${at.toString(16)}` };
    this.#hal.door.misuse(rule, "device access", device, details, undefined, figures);
  }

  #why(at: Address, write: boolean, wrongDirection: boolean): readonly [RuleName, string] {
    const outside = "DeviceAccessOutsideMapping";
    if (wrongDirection) return [outside, `mapped for the other direction, WriteToDevice ${write}`];
    if (this.#givenBack.has(pageOf(at))) return [outside, "what was mapped there has been given back"];
    if (this.#placeOf(at - 1, write).end >= at && at > 0) return [outside, "past the end of what is mapped"];
    if (!this.#hal.memory.physical.contains(at, 1)) return [outside, "nothing was ever mapped there"];
    return ["DeviceGivenRawPhysical", "a physical address that no DMA routine returned"];
  }

  /** What GetDmaAdapterInfo would say of every adapter of this device. */
  #bypassAllowed(): boolean {
    const { options, memory, adapters } = this.#hal;
    const { domain } = this.#port;
    return options.apiBypass && memory.cache.coherent && !domain.on &&
      adapters.every((adapter) => adapter.domain !== domain || !adapter.needsMapRegisters);
  }
}

function pageOf(at: Address): number {
  return Math.floor(at / PAGE_SIZE);
}

/** Extends `place` by a range if the byte lies in it. True if it may be accessed there, so that the search can end. */
function note(place: Place, at: Address, start: Address, end: Address, direction: boolean): boolean {
  if (at < start || at >= end) return false;
  place.end = end;
  place.direction = direction;
  return direction;
}

function within(list: HostPieces, at: Address, direction: boolean, place: Place): boolean {
  const { numberOfElements, addresses, lengths } = list;
  for (let element = 0; element < numberOfElements; element++) {
    const start = addresses[element]!;
    if (note(place, at, start, start + lengths[element]!, direction)) return true;
  }
  return false;
}

/** A routine that tells what it was given and what it returned. */
function after<P, R>(routine: (p: P) => R, tell: (p: P, result: R) => void): (p: P) => R {
  return (p) => {
    const result = routine(p);
    tell(p, result);
    return result;
  };
}

/** A routine that tells what it is given before it does it. */
function before<P, R>(routine: (p: P) => R, tell: (p: P) => void): (p: P) => R {
  return (p) => {
    tell(p);
    return routine(p);
  };
}
