/**
 * Linux' `dma` trace events, as `trace_pipe` and `trace-cmd report` print them: `dma_map_phys`, `dma_map_sg`,
 * `dma_alloc`, their opposites and the syncs. A mapping is a list that is filled, unmapping puts it; coherent memory is
 * a common buffer. Source: torvalds/linux, include/trace/events/dma.h.
 */
import type { RuleName } from "../../machines/rule.ts";
import { COMMON_BUFFER, LIST } from "./charts.ts";
import type { CheckReport, DamagedLine } from "./finding.ts";
import { Graveyard } from "./graveyard.ts";
import { Judge } from "./judge.ts";
import type { Site } from "./judge.ts";
import { FollowedLife } from "./life.ts";
import { counterpart, LINUX_FIXES } from "./linux_fixes.ts";
import { tallied } from "./tally.ts";

// Every repetition has a limit: a line of a megabyte must not make the search go over it again and again.
const EVENT = /\s(dma_[a-z_]{1,64}):\s{1,64}(\S{1,256})\s{1,64}(.*)$/;
/** `task-pid [cpu] flags time: event:`, of any subsystem. */
const ANY_EVENT = /^.{0,64}?\[\d{1,4}\]\s{1,16}(?:\S{1,16}\s{1,16})?\d{1,12}\.\d{1,12}:\s{1,64}\w{1,64}:/;
/** `dma_map_page` and `dma_map_resource` are the names before 6.18. */
const MAPS = /^dma_map_(?:phys|page|resource)$/;
const UNMAPS = /^dma_unmap_(?:phys|page|resource)$/;
const DAMAGED_KEPT = 100;

/** True for a line that holds one of the events, or the header that `trace_pipe` prints. */
export function isTraceText(text: string): boolean {
  return text.startsWith("# tracer:") || text.startsWith("cpus=") || (!text.startsWith("{") && EVENT.test(text));
}

interface Mapping {
  readonly address: string;
  readonly line: number;
  /** The event that made it. */
  readonly madeBy: string;
  readonly kind: "single" | "sg" | "coherent";
  readonly direction: string;
  /** Bytes, or null where the event does not say. */
  readonly size: number | null;
  /** Entries that were handed in (`nents`), or null. */
  readonly entries: number | null;
  /** Every address of a scatter/gather mapping, the first in front. */
  readonly addresses: readonly string[];
  readonly life: FollowedLife<
    { readonly type: string; readonly sameLength?: boolean; readonly sameAddresses?: boolean }
  >;
}

/** Checks a Linux trace, pushed line by line. */
export class LinuxTraceChecker {
  readonly #judge = new Judge("s0");
  /** By device and address. */
  readonly #live = new Map<string, Mapping>();
  readonly #ended = new Graveyard<string, number>();
  readonly #failed = new Set<string>();
  readonly #damaged: DamagedLine[] = [];
  #damagedCount = 0;
  #events = 0;
  #any = false;

  /** How many lines were read. */
  get lines(): number {
    return this.#judge.line;
  }

  /** Takes the next line. */
  push(text: string): void {
    this.#judge.line++;
    if (text.trim() === "" || text.startsWith("#") || text.startsWith("cpus=")) return;
    this.#any = true;
    const [, name, device, rest] = EVENT.exec(text) ?? [];
    if (name === undefined || device === undefined || rest === undefined) {
      // Other subsystems share the buffer; what is no event at all is damaged.
      if (!ANY_EVENT.test(text)) this.#damage("expected a trace event, `task-pid [cpu] time: event: …`");
      return;
    }
    this.#events++;
    this.#happened(name, device, rest);
  }

  /** Takes a line that could not be handed on as text. */
  pushDamaged(message: string, column = 1): void {
    this.#judge.line++;
    this.#any = true;
    this.#damage(message, column);
  }

  /** Nothing more comes: what is still mapped may be unmapped after the trace. */
  finish(): CheckReport {
    const notes = this.#any ? [] : [{ line: 0, message: "the log is empty" }];
    const counts = { lines: this.#judge.line, calls: 0, events: this.#events, damaged: this.#damagedCount };
    return tallied(this.#judge, counts, this.#damaged, notes);
  }

  #damage(message: string, column = 1): void {
    this.#damagedCount++;
    if (this.#damaged.length < DAMAGED_KEPT) this.#damaged.push({ line: this.#judge.line, column, message });
  }

  #happened(call: string, device: string, rest: string): void {
    if (MAPS.test(call)) this.#map(call, device, rest, "single");
    else if (call === "dma_map_sg") this.#map(call, device, rest, "sg");
    else if (call === "dma_map_sg_err" || call === "dma_alloc_err") this.#remember(device, rest);
    else if (call === "dma_alloc" || call === "dma_alloc_pages") this.#map(call, device, rest, "coherent");
    else if (UNMAPS.test(call)) this.#unmap(call, device, rest, "single");
    else if (call === "dma_unmap_sg") this.#unmap(call, device, rest, "sg");
    else if (call === "dma_free" || call === "dma_free_pages") this.#unmap(call, device, rest, "coherent");
    else if (call.startsWith("dma_sync_")) this.#sync(call, device, rest);
  }

  #map(call: string, device: string, rest: string, kind: Mapping["kind"]): void {
    const addresses = addressesIn(rest);
    const [address] = addresses;
    if (address === undefined) return this.#damage(`${call} without an address, expected dma_addr=… or dma_addrs=…`);
    const key = `${device} ${address}`;
    if (/^f{8,16}$/.test(address)) {
      if (this.#failed.size < DAMAGED_KEPT) this.#failed.add(key);
      return;
    }
    const life: Mapping["life"] = new FollowedLife(kind === "coherent" ? COMMON_BUFFER : LIST);
    life.send({ type: kind === "coherent" ? "ALLOCATE_COMMON_BUFFER" : "FILL" });
    const sizes = listIn(rest, "sizes").map(Number);
    const size = sizes.length > 0 ? sizes.reduce((sum, bytes) => sum + bytes, 0) : numberIn(rest, "size");
    const entries = kind === "sg" ? numberOf(listIn(rest, "phys_addrs").length) : null;
    const { line } = this.#judge;
    const direction = directionIn(rest);
    this.#live.set(key, { address, line, kind, direction, size, entries, addresses, life, madeBy: call });
    this.#ended.forget(key);
  }

  #remember(device: string, rest: string): void {
    for (const address of addressesIn(rest)) {
      if (this.#failed.size < DAMAGED_KEPT) this.#failed.add(`${device} ${address}`);
    }
  }

  #unmap(call: string, device: string, rest: string, kind: Mapping["kind"]): void {
    const [address] = addressesIn(rest);
    if (address === undefined && kind === "sg") return this.#unmapByEntries(call, device, rest);
    if (address === undefined) return this.#damage(`${call} without an address, expected dma_addr=…`);
    const key = `${device} ${address}`;
    const mapping = this.#live.get(key);
    if (mapping === undefined) return this.#judgeUnknown(call, device, address);
    this.#end(call, device, rest, kind, mapping);
  }

  /** `dma_unmap_sg` names physical addresses only: the oldest scatter/gather mapping of the device is meant. */
  #unmapByEntries(call: string, device: string, rest: string): void {
    const count = listIn(rest, "phys_addrs").length;
    let oldest: Mapping | null = null;
    for (const [key, mapping] of this.#live) {
      if (mapping.kind !== "sg" || !key.startsWith(`${device} `)) continue;
      if (mapping.entries === count) return this.#end(call, device, rest, "sg", mapping);
      oldest ??= mapping;
    }
    if (oldest !== null) this.#end(call, device, rest, "sg", oldest);
  }

  #end(call: string, device: string, rest: string, kind: Mapping["kind"], mapping: Mapping): void {
    const size = numberIn(rest, "size");
    const direction = directionIn(rest);
    const entries = kind === "sg" ? listIn(rest, "phys_addrs").length : 0;
    const site = this.#site(call, device, mapping);
    if (kind !== mapping.kind) {
      this.#report("FreeWithWrongFunction", { ...site, details: `mapped as ${mapping.kind}, given back as ${kind}` });
    } else if (size !== null && mapping.size !== null && size !== mapping.size) {
      this.#report("FreeSizeMismatch", { ...site, details: `mapped ${mapping.size} bytes, given back ${size}` });
    } else if (entries > 0 && mapping.entries !== null && entries !== mapping.entries) {
      this.#report("SglElementCountChanged", { ...site, details: `mapped ${mapping.entries} entries, ${entries} now` });
    } else if (kind !== "coherent" && direction !== "" && mapping.direction !== "" && direction !== mapping.direction) {
      this.#report("PutDirectionMismatch", { ...site, details: `mapped ${mapping.direction}, unmapped ${direction}` });
    }
    mapping.life.send(
      mapping.kind === "coherent"
        ? { type: "FREE_COMMON_BUFFER", sameLength: true, sameAddresses: true }
        : { type: "PUT_SCATTER_GATHER_LIST" },
    );
    const key = `${device} ${mapping.address}`;
    this.#live.delete(key);
    this.#ended.bury(key, this.#judge.line);
  }

  /** Unmapped without being mapped here: certain only if this trace has shown its end before, or its failure. */
  #judgeUnknown(call: string, device: string, address: string): void {
    const key = `${device} ${address}`;
    const since = this.#ended.find(key) ?? null;
    const site: Site = { call, resource: `${device} 0x${address}`, state: "put", since };
    if (this.#failed.has(key) || /^f{8,16}$/.test(address)) {
      this.#report("FreeOfFailedMapping", { ...site, state: "empty" });
    } else if (since !== null) {
      this.#report(call.startsWith("dma_free") ? "CommonBufferDoubleFree" : "SglDoublePut", site);
    } else {this.#report("PutUnknown", {
        ...site,
        state: "empty",
        suspected: true,
        details: "not mapped in this trace",
      });}
  }

  #sync(call: string, device: string, rest: string): void {
    const [address] = addressesIn(rest);
    if (address === undefined) return;
    const mapping = this.#containing(device, address);
    const ended = this.#ended.find(`${device} ${address}`);
    if (mapping === null) {
      if (ended === undefined) return;
      const resource = `${device} 0x${address}`;
      return this.#report("FlushUnmappedBuffer", { call, resource, state: "put", since: ended });
    }
    const site = this.#site(call, device, mapping);
    const direction = directionIn(rest);
    const size = numberIn(rest, "size");
    const offset = parseInt(address, 16) - parseInt(mapping.address, 16);
    const count = call.includes("_sg_") ? addressesIn(rest).length : 0;
    if (mapping.kind !== "sg" && size !== null && mapping.size !== null && offset + size > mapping.size) {
      this.#report("FlushPastRegisterFile", {
        ...site,
        details: `${size} bytes at offset ${offset} of ${mapping.size}`,
      });
    } else if (count > 0 && count !== mapping.addresses.length) {
      const details = `mapped ${mapping.addresses.length} entries, ${count} synced`;
      this.#report("SglElementCountChanged", { ...site, details });
    } else if (mapping.direction === "DMA_TO_DEVICE" && call.endsWith("_for_cpu")) {
      this.#report("FlushForCpuOnWrite", site);
    } else if (mapping.direction === "DMA_FROM_DEVICE" && call.endsWith("_for_device")) {
      this.#report("FlushForDeviceOnRead", site);
    } else if (direction !== "" && mapping.direction !== "" && direction !== mapping.direction) {
      this.#report("FlushDirectionMismatch", { ...site, details: `mapped ${mapping.direction}, synced ${direction}` });
    }
  }

  /** A sync may name any address inside a mapping. */
  #containing(device: string, address: string): Mapping | null {
    const exact = this.#live.get(`${device} ${address}`);
    if (exact !== undefined) return exact;
    const at = parseInt(address, 16);
    for (const [key, mapping] of this.#live) {
      if (!key.startsWith(`${device} `) || mapping.kind === "sg" || mapping.size === null) continue;
      const start = parseInt(mapping.address, 16);
      if (at >= start && at < start + mapping.size) return mapping;
    }
    return null;
  }

  #site(call: string, device: string, { address, line, life, madeBy }: Mapping): Site {
    const expected = [counterpart(madeBy)];
    return { call, resource: `${device} 0x${address}`, state: life.state, expected, since: line };
  }

  #report(rule: RuleName, site: Site): void {
    const fix = LINUX_FIXES[rule];
    this.#judge.report(rule, fix === undefined ? site : { ...site, fix });
  }
}

/** Every DMA address of an event, without `0x` and leading zeros. */
function addressesIn(rest: string): string[] {
  const single = /\bdma_addr=(?:0x)?([0-9a-f]+)/i.exec(rest)?.[1];
  const all = single === undefined ? listIn(rest, "dma_addrs") : [single];
  return all.map((address) => address.toLowerCase().replace(/^0x/, "").replace(/^0+(?=.)/, ""));
}

/** `name={a,b}` or `name=a,b`, as the printing tool writes it. */
function listIn(rest: string, name: string): string[] {
  const list = new RegExp(`\\b${name}=\\{?([^}=\\s]*)\\}?`).exec(rest)?.[1] ?? "";
  return list.split(",").filter((one) => one !== "");
}

function numberIn(rest: string, name: string): number | null {
  const digits = new RegExp(`\\b${name}=(0x[0-9a-f]+|\\d+)`, "i").exec(rest)?.[1];
  return digits === undefined ? null : Number(digits);
}

function numberOf(count: number): number | null {
  return count === 0 ? null : count;
}

/** `dir=TO_DEVICE` and `dir=DMA_TO_DEVICE` are the same. */
function directionIn(rest: string): string {
  const direction = /\bdir=(?:DMA_)?([A-Z_]+)/.exec(rest)?.[1];
  return direction === undefined ? "" : `DMA_${direction}`;
}
