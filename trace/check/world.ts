/** Everything that is alive in a log, by its address, and the judge who hears about it. */
import { Channels } from "./channels.ts";
import { ADAPTER, CONTEXT } from "./charts.ts";
import { EarlyExecutes } from "./early_executes.ts";
import { Graveyard } from "./graveyard.ts";
import { Irps } from "./irps.ts";
import type { Judge } from "./judge.ts";
import { FollowedLife } from "./life.ts";
import type {
  AdapterRecord,
  ContextRecord,
  EnablerRecord,
  GrantRecord,
  ListRecord,
  MdlRecord,
  TransactionRecord,
} from "./records.ts";
import { SweptMap } from "./sweep.ts";
import type { Pointer } from "./values.ts";

/** An adapter that was put. */
export interface ReleasedAdapter {
  readonly line: number;
  /** Something was left over, and reported. */
  readonly leftovers: boolean;
}

/** A plain buffer, as an event described it. */
export interface MemoryRecord {
  readonly va: Pointer;
  readonly length: number;
  readonly pool: string;
  readonly line: number;
}

/** How many of each are kept before the idle ones are forgotten. */
const CONTEXTS_KEPT = 4096;
const MDLS_KEPT = 8192;
const PAGED_KEPT = 4096;

/** What IoGetDmaAdapter settled, as far as the line says. */
export interface AdapterFacts {
  readonly adopted: boolean;
  readonly version: number | null;
  readonly mapRegisters: number;
  readonly maximumLength: number | null;
  readonly master: boolean | null;
  readonly addressWidth: number | null;
  readonly lint: AdapterRecord["lint"];
  readonly ofEnabler: Pointer | null;
}

const UNKNOWN: AdapterFacts = {
  adopted: true,
  version: null,
  mapRegisters: Infinity,
  maximumLength: null,
  master: null,
  addressWidth: null,
  lint: null,
  ofEnabler: null,
};

/** The state of one log. */
export class World {
  readonly judge: Judge;
  readonly adapters: Map<Pointer, AdapterRecord> = new Map();
  readonly released: Graveyard<Pointer, ReleasedAdapter> = new Graveyard();
  /** Live and requested lists. */
  readonly lists: Map<Pointer, ListRecord> = new Map();
  readonly putLists: Graveyard<Pointer, ListRecord> = new Graveyard();
  readonly listsByMdl: Map<Pointer, Set<ListRecord>> = new Map();
  readonly contexts: Map<Pointer, ContextRecord> = new SweptMap(CONTEXTS_KEPT, isSpent);
  readonly mdls: Map<Pointer, MdlRecord> = new SweptMap(MDLS_KEPT, (mdl) => this.#isIdleMdl(mdl));
  /** The log tells of chains: an MDL may be mapped without being the head of what was mapped. */
  chains = false;
  readonly enablers: Map<Pointer, EnablerRecord> = new Map();
  readonly transactions: Map<Pointer, TransactionRecord> = new Map();
  readonly earlyExecutes: EarlyExecutes = new EarlyExecutes();
  readonly freedMdls: Graveyard<Pointer, MdlRecord> = new Graveyard();
  /** Common buffers that were freed, with the line. */
  readonly freedBuffers: Graveyard<Pointer, number> = new Graveyard();
  readonly irps: Irps = new Irps();
  readonly channels: Channels = new Channels();
  /** Map-register bases that were freed. */
  readonly freedBases: Graveyard<Pointer, { readonly line: number; readonly adapter: Pointer }> = new Graveyard();
  /** Plain buffers in paged memory. */
  readonly pagedMemory: Map<Pointer, MemoryRecord> = new SweptMap(PAGED_KEPT, () => true);
  /** Some adapter was met in use: the log starts in the middle of a run. */
  startsInTheMiddle = false;
  /** The driver has unloaded, or the log said that it ends: leaks are concluded once. */
  concluded = false;

  constructor(judge: Judge) {
    this.judge = judge;
  }

  /** How many records of everything are kept: what the memory of a check depends on. */
  get kept(): number {
    const { adapters, lists, listsByMdl, contexts, mdls, enablers, transactions, pagedMemory } = this;
    const { released, putLists, freedMdls, freedBuffers, freedBases } = this;
    const tables = [adapters, lists, listsByMdl, contexts, mdls, enablers, transactions, pagedMemory];
    const endings = [released, putLists, freedMdls, freedBuffers, freedBases];
    let kept = this.irps.kept + this.channels.kept + this.earlyExecutes.size;
    for (const { size } of [...tables, ...endings]) kept += size;
    for (const one of adapters.values()) {
      kept += one.lists.size + one.waiting.length + one.early.length + one.grants.size + one.commonBuffers.size;
      kept += one.freedEarly.length + one.putsDue.length;
      kept += one.vectors.size + one.putEarly.size + one.failedBuffers.size;
    }
    return kept;
  }

  /** True if a request is known that is not completed. */
  requestsWait(): boolean {
    return this.irps.outstanding;
  }

  /** A new adapter at this address. If one lives there, its end is missing in the log: what it had is unknown now. */
  obtainAdapter(pointer: Pointer, told: AdapterFacts = UNKNOWN): AdapterRecord {
    const before = this.adapters.get(pointer);
    const facts = before === undefined ? told : { ...told, adopted: true };
    for (const list of before?.lists ?? []) {
      this.dropList(list);
      if (list.pointer !== null) this.putLists.forget(list.pointer);
    }
    const life: AdapterRecord["life"] = new FollowedLife(ADAPTER, { numberOfMapRegisters: facts.mapRegisters });
    life.send({ type: "IO_GET_DMA_ADAPTER" });
    const adapter: AdapterRecord = {
      pointer,
      line: this.judge.line,
      life,
      ...facts,
      bypass: false,
      channelUnknown: facts.adopted,
      holder: null,
      lists: new Set(),
      waiting: [],
      early: [],
      freedEarly: [],
      putsDue: [],
      excess: null,
      grants: new Set(),
      commonBuffers: new Map(),
      vectors: new Map(),
      running: null,
      putEarly: new Set(),
      failedBuffers: new Set(),
      lastFailed: false,
      failure: null,
      successes: 0,
    };
    if (facts.adopted) this.startsInTheMiddle = true;
    this.adapters.set(pointer, adapter);
    this.released.forget(pointer);
    return adapter;
  }

  /** A list that lives from now on, under its address if that is known. */
  keepList(list: ListRecord): void {
    list.adapter?.lists.add(list);
    if (list.pointer !== null) {
      this.lists.set(list.pointer, list);
      this.putLists.forget(list.pointer);
    }
    if (list.mdl === null) return;
    const beside = this.listsByMdl.get(list.mdl);
    if (beside === undefined) this.listsByMdl.set(list.mdl, new Set([list]));
    else beside.add(list);
  }

  /** The list has ended. */
  dropList(list: ListRecord): void {
    list.adapter?.lists.delete(list);
    if (list.pointer !== null && this.lists.get(list.pointer) === list) {
      this.lists.delete(list.pointer);
      list.putLine = this.judge.line;
      this.putLists.bury(list.pointer, list);
    }
    if (list.mdl === null) return;
    const beside = this.listsByMdl.get(list.mdl);
    beside?.delete(list);
    if (beside?.size === 0) this.listsByMdl.delete(list.mdl);
  }

  /** The context at this address: raw if nobody has met it. */
  context(pointer: Pointer): ContextRecord {
    let context = this.contexts.get(pointer);
    if (context === undefined) {
      context = { pointer, life: new FollowedLife(CONTEXT), line: this.judge.line };
      this.contexts.set(pointer, context);
    }
    return context;
  }

  /** A new MDL at this address, with nothing known of it but what is told next. */
  describeMdl(pointer: Pointer): MdlRecord {
    const mdl: MdlRecord = {
      pointer,
      line: this.judge.line,
      life: null,
      virtualAddress: null,
      byteCount: null,
      next: undefined,
      pool: null,
      cache: null,
      lockedLine: null,
    };
    this.mdls.set(pointer, mdl);
    this.freedMdls.forget(pointer);
    return mdl;
  }

  /** Over an idle MDL no list is live, and nobody in this log locked it. */
  #isIdleMdl({ pointer, lockedLine }: MdlRecord): boolean {
    return lockedLine === null && !this.listsByMdl.has(pointer);
  }

  /** Keeps the description of a plain buffer, if something may be wrong with it. */
  describeMemory(memory: MemoryRecord): void {
    if (memory.pool === "paged") this.pagedMemory.set(memory.va, memory);
    else this.pagedMemory.delete(memory.va);
  }

  /** The grant of the Classic model with this base, on any adapter. */
  grantWithBase(base: Pointer): GrantRecord | null {
    for (const adapter of this.adapters.values()) {
      for (const grant of adapter.grants) if (grant.base === base) return grant;
    }
    return null;
  }
}

/** A spent context that is forgotten counts as raw when it is used again: a misuse either way. */
function isSpent({ life }: ContextRecord): boolean {
  return life.state === "spent" || life.state === "raw";
}
