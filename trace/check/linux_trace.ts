/**
 * Linux' `dma` trace events: `dma_map_phys`, `dma_map_sg`, `dma_alloc`, their opposites and the syncs. A mapping is a
 * list that is filled, unmapping puts it; allocated memory is a common buffer. Findings speak Linux
 * (`trace/rules/linux_words.ts`). Source: torvalds/linux, include/trace/events/dma.h.
 */
import { LINUX_WORDS } from "../rules/mod.ts";
import type { LinuxTraceRule } from "../rules/mod.ts";
import { COMMON_BUFFER, LIST } from "./charts.ts";
import type { CheckReport, DamagedLine, LogNote } from "./finding.ts";
import { Graveyard } from "./graveyard.ts";
import { Judge } from "./judge.ts";
import type { Site } from "./judge.ts";
import { FollowedLife } from "./life.ts";
import {
  addressesIn,
  directionIn,
  entriesIn,
  isNullAllocation,
  physicalAddressesIn,
  readDmaEvent,
  sizeIn,
} from "./linux_event.ts";
import type { DmaEvent } from "./linux_event.ts";
import { addressKey, LinuxMappings, scatterlistKey } from "./linux_mappings.ts";
import type { Mapping, MappingShape } from "./linux_mappings.ts";
import { judgeEnd, judgeSync } from "./linux_verdict.ts";
import type { Verdict } from "./linux_verdict.ts";
import { tallied } from "./tally.ts";

/** `dma_map_page` and `dma_map_resource` are the names before 6.18. */
const MAPS = /^dma_map_(?:phys|page|resource)$/;
const UNMAPS = /^dma_unmap_(?:phys|page|resource)$/;
/** DMA_MAPPING_ERROR, and the smaller one of old 32-bit kernels. */
const MAPPING_ERROR = /^f{8}(?:f{8})?$/;
const KEPT = 100;
/** States of the two charts, as a kernel developer would say them. */
const STATES: Readonly<Record<string, string>> = { filled: "mapped", allocated: "allocated" };

/** Rules about a sync that was made for the wrong side. */
const OTHER_SYNC: Readonly<Partial<Record<LinuxTraceRule, (call: string) => string>>> = {
  FlushForCpuOnWrite: (call) => call.replace(/_cpu$/, "_device"),
  FlushForDeviceOnRead: (call) => call.replace(/_device$/, "_cpu"),
};

/** Checks a Linux trace, pushed line by line. */
export class LinuxTraceChecker {
  readonly #judge = new Judge("s0", "linux");
  readonly #live = new LinuxMappings();
  /** By key: the line of the end. */
  readonly #ended = new Graveyard<string, number>();
  /** By key: the line of the attempt. */
  readonly #failed = new Map<string, number>();
  readonly #damaged: DamagedLine[] = [];
  readonly #notes: LogNote[] = [];
  #damagedCount = 0;
  #events = 0;
  #any = false;
  /** Events are missing: what was seen twice may have been undone between. */
  #lost = false;

  /** How many lines were read. */
  get lines(): number {
    return this.#judge.line;
  }

  /** Takes the next line. */
  push(text: string): void {
    this.#judge.line++;
    if (text.trim() === "" || text.startsWith("#")) return;
    const event = readDmaEvent(text);
    this.#any = true;
    // Other subsystems share the buffer; what is no event at all is damaged.
    if (event === "other") return;
    if (event === "lost") return this.#lose();
    if (event === null) return this.#damage("expected a trace event, `task-pid [cpu] time: event: …`");
    this.#events++;
    this.#happened(event);
  }

  /** Takes a line that could not be handed on as text. */
  pushDamaged(message: string, column = 1): void {
    this.#judge.line++;
    this.#any = true;
    this.#damage(message, column);
  }

  /** Nothing more comes: what is still mapped may be unmapped after the trace. */
  finish(): CheckReport {
    if (!this.#any) this.#notes.push({ line: 0, message: "the trace is empty" });
    const counts = { lines: this.#judge.line, calls: 0, events: this.#events, damaged: this.#damagedCount };
    return tallied(this.#judge, counts, this.#damaged, this.#notes);
  }

  #damage(message: string, column = 1): void {
    this.#damagedCount++;
    this.#judge.miss();
    if (this.#damaged.length < KEPT) this.#damaged.push({ line: this.#judge.line, column, message });
  }

  #lose(): void {
    this.#lost = true;
    const message = "the kernel lost events before this line: from here on a misuse can only be suspected";
    if (this.#notes.length < KEPT) this.#notes.push({ line: this.#judge.line, message });
  }

  #happened(event: DmaEvent): void {
    const { call } = event;
    if (MAPS.test(call)) this.#map(event, "single");
    else if (call === "dma_map_sg") this.#map(event, "sg");
    else if (call === "dma_map_sg_err") this.#mapFailed(event);
    else if (call === "dma_alloc" || call === "dma_alloc_pages") this.#map(event, "coherent");
    else if (UNMAPS.test(call)) this.#unmap(event, "single");
    else if (call === "dma_unmap_sg") this.#unmap(event, "sg");
    else if (call === "dma_free" || call === "dma_free_pages") this.#unmap(event, "coherent");
    else if (call.startsWith("dma_sync_")) this.#sync(event);
  }

  #map({ call, device, fields }: DmaEvent, kind: Mapping["kind"]): void {
    if (kind === "coherent" && isNullAllocation(fields)) return;
    const [address] = addressesIn(fields);
    if (address === undefined) return this.#damage(`${call} without an address, expected dma_addr=… or dma_addrs=…`);
    if (MAPPING_ERROR.test(address)) return this.#remember(addressKey(device, address));
    const life: Mapping["life"] = new FollowedLife(kind === "coherent" ? COMMON_BUFFER : LIST);
    life.send({ type: kind === "coherent" ? "ALLOCATE_COMMON_BUFFER" : "FILL" });
    const physical = kind === "sg" ? physicalAddressesIn(fields)[0] : undefined;
    const ofAddress = addressKey(device, address);
    const keys = physical === undefined ? [ofAddress] : [ofAddress, scatterlistKey(device, physical)];
    const { line } = this.#judge;
    const start = parseInt(address, 16);
    this.#live.add({ ...shapeOf(kind, fields), device, address, start, keys, line, madeBy: call, life });
    for (const key of keys) {
      this.#ended.forget(key);
      this.#failed.delete(key);
    }
  }

  /** Its `dma_addrs` are the physical addresses of what was not mapped. */
  #mapFailed({ device, fields }: DmaEvent): void {
    const [physical] = addressesIn(fields);
    if (physical !== undefined) this.#remember(scatterlistKey(device, physical));
  }

  #remember(key: string): void {
    if (this.#failed.size < KEPT) this.#failed.set(key, this.#judge.line);
  }

  #unmap(event: DmaEvent, kind: Mapping["kind"]): void {
    const { call, device, fields } = event;
    // To free NULL is allowed, and does nothing.
    if (kind === "coherent" && isNullAllocation(fields)) return;
    const [address] = kind === "sg" ? physicalAddressesIn(fields) : addressesIn(fields);
    if (address === undefined) {
      return this.#damage(`${call} without an address, expected ${kind === "sg" ? "phys_addrs" : "dma_addr"}=…`);
    }
    const key = kind === "sg" ? scatterlistKey(device, address) : addressKey(device, address);
    const shape = shapeOf(kind, fields);
    const mapping = this.#live.find(key, shape);
    if (mapping !== undefined) return this.#end(event, shape, mapping);
    if (this.#live.removeCounted(key)) return this.#ended.bury(key, this.#judge.line);
    const resource = `${device} ${kind === "sg" ? "scatterlist at phys_addr " : ""}0x${address}`;
    this.#judgeUnknown(call, key, resource, MAPPING_ERROR.test(address));
  }

  #end(event: DmaEvent, shape: MappingShape, mapping: Mapping): void {
    this.#judgeWith(judgeEnd(event, shape, mapping), event, mapping, []);
    mapping.life.send(
      mapping.kind === "coherent"
        ? { type: "FREE_COMMON_BUFFER", sameLength: true, sameAddresses: true }
        : { type: "PUT_SCATTER_GATHER_LIST" },
    );
    this.#live.remove(mapping);
    for (const key of mapping.keys) this.#ended.bury(key, this.#judge.line);
  }

  /** Unmapped without being mapped here: certain only if this trace has shown its end before, or its failure. */
  #judgeUnknown(call: string, key: string, resource: string, isError: boolean): void {
    const isFree = call.startsWith("dma_free");
    const gone = isFree ? "freed" : "unmapped";
    const ended = this.#ended.find(key);
    const failed = this.#failed.get(key) ?? null;
    if (failed !== null || isError) {
      const details = isError ? "the address is DMA_MAPPING_ERROR" : `dma_map_sg failed in line ${failed}`;
      this.#report("FreeOfFailedMapping", { call, resource, state: "not mapped", since: failed, details });
    } else if (ended !== undefined) {
      const site = { call, resource, state: gone, since: ended, details: `given back before in line ${ended}` };
      this.#report(isFree ? "CommonBufferDoubleFree" : "SglDoublePut", site);
    } else {
      const details = `this trace does not show where it was ${isFree ? "allocated" : "mapped"}`;
      const state = `not ${isFree ? "allocated" : "mapped"}`;
      this.#report("PutUnknown", { call, resource, state, since: null, suspected: true, details });
    }
  }

  #sync(event: DmaEvent): void {
    const { call, device, fields } = event;
    const [address] = addressesIn(fields);
    if (address === undefined) return;
    const key = addressKey(device, address);
    const shape = shapeOf(call.includes("_sg_") ? "sg" : "single", fields);
    // A sync may name any address inside a mapping.
    const mapping = this.#live.find(key, shape) ?? this.#live.containing(device, address);
    if (mapping !== undefined) {
      return this.#judgeWith(judgeSync(event, address, shape, mapping), event, mapping, [call]);
    }
    const since = this.#ended.find(key);
    if (since === undefined) return;
    const site = { call, resource: `${device} 0x${address}`, state: "not mapped", since };
    this.#report("FlushUnmappedBuffer", { ...site, details: `given back in line ${since}` });
  }

  /** Reports a verdict, if there is one. Beside giving it back, `legal` would be right with other arguments. */
  #judgeWith(verdict: Verdict | null, { call, device }: DmaEvent, mapping: Mapping, legal: readonly string[]): void {
    if (verdict === null) return;
    const { rule, details, isTolerated } = verdict;
    const { address, line: since, life, madeBy } = mapping;
    const expected = [...legal.map((sync) => OTHER_SYNC[rule]?.(sync) ?? sync), counterpart(madeBy)];
    const state = STATES[life.state] ?? life.state;
    const site = { call, resource: `${device} 0x${address}`, state, expected, since, details };
    if (isTolerated) this.#judge.report(rule, { ...site, severity: "warning" });
    else this.#report(rule, site);
  }

  /** Reports a rule with what the kernel says itself. */
  #report(rule: LinuxTraceRule, site: Site): void {
    const suspected = this.#lost || site.suspected === true;
    const { kernel, kernelAtSync = kernel } = LINUX_WORDS[rule];
    const says = site.call.startsWith("dma_sync_") ? kernelAtSync : kernel;
    this.#judge.report(rule, { ...site, suspected, kernel: says });
  }
}

/** What an event says about the mapping that it makes or means. */
function shapeOf(kind: Mapping["kind"], fields: string): MappingShape {
  const entries = kind === "sg" ? entriesIn(fields) : null;
  return { kind, direction: directionIn(fields), size: sizeIn(fields), entries };
}

/** The event that gives back what one mapped or allocated: `dma_map_phys` → `dma_unmap_phys`. */
function counterpart(call: string): string {
  return call.replace("dma_map_", "dma_unmap_").replace("dma_alloc", "dma_free");
}
