/**
 * MapTransfer and FlushAdapterBuffers, both generations: what goes through the channel and map registers of a grant.
 * Windows DDI of the routines' names; S1-13, S2-7.
 *
 * MapTransfer maps one piece; the driver calls it until everything is mapped or its registers are used up, starts its
 * device, and after the transfer flushes the range, possibly several pieces at once. System DMA is served as far as
 * memory goes; there is no system DMA controller to move the bytes, and routines that need one say so.
 */
import { mdlChainByteCount, mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { RunList } from "../../sim/memory/mod.ts";
import type { Adapter } from "./adapter.ts";
import type { RoutineName } from "./adapter_counters.ts";
import { traceElements } from "./call_arguments.ts";
import { ChannelGrant } from "./channel_grant.ts";
import type { Mapping } from "./channel_grant.ts";
import type { ClassicChannel } from "./classic_channel.ts";
import type { DmaOperations, Failure, MapRegisterBase, MapTransferExParameters, Result } from "./dma_operations.ts";
import { mapPiece, pagesOf, registersLeft, unmapPiece } from "./map_piece.ts";
import { MappedList } from "./mapped_list.ts";
import { nameFlushAfterRelease } from "./released_memory.ts";
import { scatterGatherListBytes } from "./scatter_gather.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";
import { hexText } from "../../trace/event.ts";

/** The members of DMA_OPERATIONS that this file supplies. */
export type ClassicTransferOperations = Required<
  Pick<
    DmaOperations,
    | "mapTransfer"
    | "mapTransferEx"
    | "flushAdapterBuffers"
    | "flushAdapterBuffersEx"
    | "readDmaCounter"
    | "configureAdapterChannel"
    | "cancelMappedTransfer"
  >
>;

/** A range as a flush or a map names it. */
interface Range {
  readonly mdl: Mdl;
  readonly offset: number;
  readonly length: number;
  readonly writeToDevice: boolean;
}

type MapExResult = Result<{ readonly length: number; readonly scatterGather: ScatterGatherList | null }>;

const NOTHING = { logicalAddress: 0, length: 0 } as const;

/** The transfers of one adapter's Classic grants. */
export class ClassicTransfer {
  readonly #adapter: Adapter;
  readonly #channel: ClassicChannel;
  readonly #runs = new RunList(4);

  constructor(channel: ClassicChannel) {
    this.#adapter = channel.adapter;
    this.#channel = channel;
  }

  /** The routines that map and flush. */
  operations(): ClassicTransferOperations {
    return {
      mapTransfer: (p) => this.#mapTransfer(p),
      mapTransferEx: (p) => this.#mapTransferEx(p),
      flushAdapterBuffers: (p) => {
        if (!this.#adapter.admits("FlushAdapterBuffers", "<= DISPATCH_LEVEL")) return false;
        const offset = p.currentVa - mmGetMdlVirtualAddress(p.mdl);
        const flushed = this.#flush("FlushAdapterBuffers", p.mapRegisterBase, { ...p, offset });
        this.#record("FlushAdapterBuffers", p, { CurrentVa: hexText(p.currentVa) }, flushed);
        return flushed;
      },
      flushAdapterBuffersEx: (p) => {
        if (!this.#adapter.admits("FlushAdapterBuffersEx", "<= DISPATCH_LEVEL")) return GONE;
        const flushed = this.#flush("FlushAdapterBuffersEx", p.mapRegisterBase, p);
        const result: Result = flushed ? { status: "STATUS_SUCCESS" } : invalid("nothing of that range is mapped");
        this.#record("FlushAdapterBuffersEx", p, { Offset: p.offset }, result.status);
        return result;
      },
      readDmaCounter: () => this.#readDmaCounter(),
      configureAdapterChannel: () => this.#needsController("ConfigureAdapterChannel", "STATUS_NOT_IMPLEMENTED"),
      cancelMappedTransfer: () => this.#needsController("CancelMappedTransfer", "STATUS_NOT_SUPPORTED"),
    };
  }

  #mapTransfer(
    p: Parameters<ClassicTransferOperations["mapTransfer"]>[0],
  ): ReturnType<ClassicTransferOperations["mapTransfer"]> {
    if (!this.#adapter.admits("MapTransfer", "<= DISPATCH_LEVEL")) return NOTHING;
    const { mdl, writeToDevice } = p;
    const offset = p.currentVa - mmGetMdlVirtualAddress(mdl);
    const range = { mdl, offset, length: p.length, writeToDevice };
    const mapping = this.#mapOne(p.mapRegisterBase, range);
    const mapped = mapping === null ? NOTHING : { logicalAddress: this.#runs.address(0), length: mapping.length };
    const out = { Length: mapped.length };
    this.#record("MapTransfer", p, { CurrentVa: hexText(p.currentVa) }, hexText(mapped.logicalAddress), out);
    return mapped;
  }

  #mapOne(base: MapRegisterBase, range: Range): Mapping | null {
    const { door } = this.#adapter.hal;
    const grant = this.#toMapWith("MapTransfer", base);
    const within = grant === null ? null : this.#checked("MapTransfer", range, range.mdl.byteCount);
    if (grant === null || within === null) return null;
    const pages = pagesOf(within.mdl, within.offset, within.length);
    const left = registersLeft(grant);
    if (pages > left) {
      // What is mapped and not flushed holds the registers back; or there were never so many.
      const unflushed = grant.mappings.length > 0;
      const rule = unflushed ? "MissingFlush" : "TooManyRegistersAtOnce";
      const details = `the range needs ${pages} map registers, ${left} of ${grant.mapRegisters} are left`;
      door.misuse(rule, "MapTransfer", grant.name, details, unflushed ? undefined : "mapped");
    }
    if (left === 0) return null;
    const verdict = grant.life.send({ type: "MAP_TRANSFER" });
    if (verdict.misuses.length > 0) return null;
    return mapPiece(grant, { ...within, ownsCache: false }, 1, this.#runs);
  }

  #mapTransferEx(p: MapTransferExParameters): MapExResult {
    if (!this.#adapter.admits("MapTransferEx", "<= DISPATCH_LEVEL")) return GONE;
    const result = this.#mapEx(p);
    const granted = result.status === "STATUS_SUCCESS" ? result : null;
    const list = granted?.scatterGather ?? null;
    const out = list === null ? null : { Length: granted!.length, elements: traceElements(list) };
    this.#record("MapTransferEx", p, { Offset: p.offset, DeviceOffset: p.deviceOffset }, result.status, out);
    return result;
  }

  #mapEx(p: MapTransferExParameters): MapExResult {
    const adapter = this.#adapter;
    const trouble = this.#exTrouble(p);
    if (trouble !== null) return trouble;
    const grant = this.#toMapWith("MapTransferEx", p.mapRegisterBase);
    if (grant === null) return invalid("MapRegisterBase is no grant of this adapter");
    if (grant.mappings.length > 0) {
      // Undocumented what Windows does then; we name it and map nothing.
      const details = "each MapTransferEx needs its FlushAdapterBuffersEx before the next";
      adapter.hal.door.misuse("MissingFlush", "MapTransferEx", grant.name, details);
      return invalid(details);
    }
    const within = this.#checked("MapTransferEx", p, mdlChainByteCount(p.mdl));
    if (within === null || within.length < p.length) {
      return invalid("Offset and Length do not lie inside a locked MDL chain");
    }
    if (grant.life.send({ type: "MAP_TRANSFER" }).misuses.length > 0) return invalid("nothing may be mapped now");
    const list = grant.list ??= new MappedList(adapter.hal);
    const mapping = mapPiece(grant, { ...within, ownsCache: true }, elementsIn(p.scatterGatherLength), list.runs);
    if (mapping === null) {
      grant.life.send({ type: "FLUSH_ADAPTER_BUFFERS", mappings: 1 });
      const why = "the device's IOMMU domain has no addresses left";
      return { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "poolExhausted", why };
    }
    list.valid();
    return { status: "STATUS_SUCCESS", length: mapping.length, scatterGather: list };
  }

  #exTrouble(p: MapTransferExParameters): Failure | null {
    if (!this.#adapter.description.master) {
      return { status: "STATUS_NOT_SUPPORTED", why: "no system DMA controller is simulated" };
    }
    if (p.scatterGatherBuffer === null) return invalid("a bus master must give a ScatterGatherBuffer");
    if (p.deviceOffset !== 0) return invalid(`DeviceOffset is ${p.deviceOffset}, a bus master's is 0`);
    if (p.dmaCompletionRoutine !== null) return invalid("DmaCompletionRoutine is for system DMA only");
    if (elementsIn(Math.min(p.scatterGatherLength, p.scatterGatherBuffer.lengthBytes)) < 1) {
      return invalid(`a buffer of ${p.scatterGatherLength} bytes holds no element`);
    }
    if (p.scatterGatherBuffer.pool === "paged") {
      const details = "the list buffer is in paged pool";
      this.#adapter.hal.door.misuse("PagedSglBuffer", "MapTransferEx", p.scatterGatherBuffer.name, details);
    }
    return null;
  }

  /** The grant to map with; null and a finding if there is none. */
  #toMapWith(call: RoutineName, base: MapRegisterBase): ChannelGrant | null {
    const adapter = this.#adapter;
    let found: ChannelGrant | null = null;
    if (base instanceof ChannelGrant) found = base.adapter === adapter ? base : null;
    else if (base === null) {
      // A NULL base: the grant that came last is the one that is being worked with.
      for (const grant of this.#channel.grants) if (grant.base === null && grant.life.has("mayMap")) found = grant;
    }
    if (found === null) {
      const what = base === null ? "NULL" : base.name;
      adapter.hal.door.misuse("RegisterBaseUnknown", call, adapter.name, `${what} is no grant of this adapter`);
    }
    return found;
  }

  /** The range, cut to what the memory has; null if nothing of it can be mapped. Names what is wrong with it. */
  #checked(call: RoutineName, range: Range, totalBytes: number): Range | null {
    const { door, mdls } = this.#adapter.hal;
    const { mdl, offset, length, writeToDevice } = range;
    const site = this.#adapter.name;
    if (length <= 0) {
      door.misuse("ZeroLengthMap", call, site, `Length is ${length}`);
      return null;
    }
    if (offset < 0 || offset >= totalBytes) {
      door.misuse("VaOutsideMdl", call, site, `the range begins at offset ${offset} of ${totalBytes} bytes`);
      return null;
    }
    if (offset + length > totalBytes) {
      const details = `${length} bytes from offset ${offset} do not fit into ${totalBytes} bytes`;
      door.misuse("MdlShorterThanLength", call, site, details);
    }
    const within = { mdl, offset, length: Math.min(length, totalBytes - offset), writeToDevice };
    if (!mdls.mayDma(mdl, offset, within.length)) return null;
    for (const grant of this.#channel.grants) {
      const twice = grant.mappings.find((mapping) => overlaps(mapping, within));
      if (twice !== undefined) {
        const details = `${twice.length} bytes from offset ${twice.offset} are mapped through ${grant.name}`;
        door.misuse("RangeAlreadyMapped", call, site, details);
      }
    }
    return within;
  }

  /** Flushes what was mapped of a range and names where range, base or direction are not those of the mapping. */
  #flush(call: RoutineName, base: MapRegisterBase, range: Range): boolean {
    const { door } = this.#adapter.hal;
    const grant = this.#mappedThrough(call, base, range);
    if (grant === null) return false;
    const found = grant.mappings.filter((mapping) => overlaps(mapping, range));
    if (grant.mappings.length === 0) {
      // The chart names a flush of nothing.
      grant.life.send({ type: "FLUSH_ADAPTER_BUFFERS", mappings: 0 });
      return false;
    }
    const start = Math.min(...found.map(({ offset }) => offset));
    const end = Math.max(...found.map(({ offset, length }) => offset + length));
    const flushEnd = range.offset + range.length;
    const asMapped = found.length > 0 ? `mapped are ${end - start} bytes from offset ${start}` : "it was not mapped";
    const details = `flushed ${range.length} bytes from offset ${range.offset}, ${asMapped}`;
    if (found.length > 0 && start === range.offset && flushEnd > end) {
      door.misuse("FlushPastRegisterFile", call, grant.name, details);
    } else if (found.length === 0 || start !== range.offset || flushEnd !== end) {
      door.misuse("MapFlushMismatch", call, grant.name, details);
    } else if (found.some(({ writeToDevice }) => writeToDevice !== range.writeToDevice)) {
      door.misuse("FlushDirectionMismatch", call, grant.name, `mapped with WriteToDevice ${!range.writeToDevice}`);
    }
    if (found.length === 0) return false;
    grant.life.send({ type: "FLUSH_ADAPTER_BUFFERS", mappings: found.length });
    for (const mapping of found) {
      nameFlushAfterRelease(grant, mapping);
      unmapPiece(grant, mapping, range.writeToDevice);
    }
    if (grant.mappings.length === 0) grant.list?.ended();
    return true;
  }

  /** The grant whose mappings a flush means; null and a finding if the base is wrong or nothing is mapped. */
  #mappedThrough(call: RoutineName, base: MapRegisterBase, range: Range): ChannelGrant | null {
    const adapter = this.#adapter;
    const { door } = adapter.hal;
    if (base instanceof ChannelGrant && base.adapter === adapter) return base;
    if (base === null && !adapter.needsMapRegisters) {
      let some: ChannelGrant | null = null;
      for (const grant of this.#channel.grants) {
        if (grant.base !== null || grant.mappings.length === 0) continue;
        some ??= grant;
        if (grant.mappings.some((mapping) => overlaps(mapping, range))) return grant;
      }
      if (some === null) door.misuse("FlushUnmappedBuffer", call, adapter.name, "nothing is mapped");
      return some;
    }
    const what = base === null ? "NULL" : base.name;
    door.misuse("FlushUnmappedRegister", call, adapter.name, `${what} is no grant of this adapter`);
    return null;
  }

  /** Bytes left of a system DMA transfer: all of them, because no controller moves any. */
  #readDmaCounter(): number {
    const adapter = this.#adapter;
    const { door } = adapter.hal;
    if (!adapter.admits("ReadDmaCounter", "<= DISPATCH_LEVEL")) return 0;
    let left = 0;
    if (adapter.description.master) {
      door.misuse("RoutineNotForDevice", "ReadDmaCounter", adapter.name, "a bus master has no system DMA counter");
    } else {
      for (const grant of this.#channel.grants) for (const { length } of grant.mappings) left += length;
    }
    if (door.tracing) door.record("ReadDmaCounter", { DmaAdapter: door.pointers.of(adapter) }, left);
    return left;
  }

  #needsController(call: RoutineName, status: "STATUS_NOT_IMPLEMENTED" | "STATUS_NOT_SUPPORTED"): Result {
    const adapter = this.#adapter;
    if (!adapter.admits(call, "<= DISPATCH_LEVEL")) return GONE;
    const { door } = adapter.hal;
    if (door.tracing) door.record(call, { DmaAdapter: door.pointers.of(adapter) }, status);
    if (adapter.description.master) door.misuse("RoutineNotForDevice", call, adapter.name, "it is for system DMA");
    const why = adapter.description.master
      ? "for system DMA only: the driver of a bus master stops its own engine"
      : "no system DMA controller is simulated";
    return { status, why };
  }

  #record(
    call: RoutineName,
    p: { mdl: Mdl; mapRegisterBase: MapRegisterBase; length: number; writeToDevice: boolean },
    where: { readonly [name: string]: string | number },
    ret: string | boolean,
    out: Parameters<Adapter["hal"]["door"]["record"]>[3] = null,
  ): void {
    const { door } = this.#adapter.hal;
    if (!door.tracing) return;
    const args = {
      DmaAdapter: door.pointers.of(this.#adapter),
      Mdl: door.pointers.of(p.mdl),
      MapRegisterBase: door.pointers.of(p.mapRegisterBase),
      ...where,
      Length: p.length,
      WriteToDevice: p.writeToDevice,
    };
    door.record(call, args, ret, out);
  }
}

const GONE: Failure = { status: "STATUS_INVALID_DEVICE_REQUEST", why: "the adapter was put" };

function invalid(why: string): Failure {
  return { status: "STATUS_INVALID_PARAMETER", why };
}

function overlaps(mapping: Mapping, range: Range): boolean {
  return mapping.mdl === range.mdl && mapping.offset < range.offset + range.length &&
    range.offset < mapping.offset + mapping.length;
}

/** Elements that fit into a list buffer of so many bytes. */
function elementsIn(lengthBytes: number): number {
  const first = scatterGatherListBytes(1);
  return lengthBytes < first ? 0 : 1 + Math.floor((lengthBytes - first) / (scatterGatherListBytes(2) - first));
}
