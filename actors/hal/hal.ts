/**
 * The hardware abstraction layer: adapters, the map registers they share, and who is served next. One per world.
 *
 * Its routines are thin doors onto living resources: the charts decide what is legal, the doors do it to the simulated
 * memory. Windows DDI, IoGetDmaAdapter and DMA_OPERATIONS.
 */
import type { VirtualClock } from "../../sim/clock.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { IrqlState } from "../../sim/kernel/irql.ts";
import type { HostMemory } from "../../sim/memory/mod.ts";
import { FOUR_GIB } from "../../sim/memory/mod.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { RoutineEvent, Tracer } from "../../trace/event.ts";
import type { FindingLog } from "../findings.ts";
import { CallDoor } from "../kernel/door.ts";
import { MdlRoutines } from "../kernel/mdl_routines.ts";
import type { Lives } from "../life.ts";
import type { Adapter } from "./adapter.ts";
import type { DeviceDescription } from "./device_description.ts";
import type { DeviceObject, DmaAdapter } from "./dma_operations.ts";
import { ioGetDmaAdapter } from "./io_get_dma_adapter.ts";
import { ListCache } from "./list_cache.ts";
import type { HalPersonality } from "./map_registers.ts";
import { MapRegisterPool } from "./pool.ts";
import { memoryReleased } from "./released_memory.ts";

/** Map registers behind adapters of 32 and more address lines, if nobody says otherwise: 64 MiB. */
export const DEFAULT_MAP_REGISTERS = 16_384;

// Of the lowest memory, the first MiB belongs to firmware.
const FIRMWARE_BYTES = 0x10_0000;

/** What is settable about a HAL. */
export interface HalOptions {
  /** Whose rules decide N. Default `"windows"`. */
  readonly personality?: HalPersonality;
  /** Size of the shared pool of map registers. Default {@link DEFAULT_MAP_REGISTERS}. */
  readonly mapRegisters?: number;
  /**
   * What version 3 compares with N for a device that reaches the memory by itself: the pages of the range, or the real
   * need, which is 0. Undocumented; default `"pages"`, as reported from the field.
   */
  readonly registersOfReachableDevice?: "pages" | "real";
  /**
   * `"s0"` (default): a transfer context is initialised before every transaction (S0-8). `"kmdf"`: strictly sequential
   * reuse without that is a warning, because the framework practises it.
   */
  readonly contextProfile?: "s0" | "kmdf";
  /** GetDmaAdapterInfo says that drivers may bypass the API, where the platform really allows it. Default false. */
  readonly apiBypass?: boolean;
  /** How many freed lists of Get routines the HAL keeps for the next Get (S0-20). Default 4. */
  readonly cachedLists?: number;
}

/** What a HAL lives on. */
export interface HalWorld {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** Where events go. */
  readonly trace: Tracer;
  /** The present IRQL of each processor. */
  readonly irql: IrqlState;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** Where misuse is collected. */
  readonly findings: FindingLog;
  /** The host's memory. */
  readonly memory: HostMemory;
  /** The kernel's door and MDL routines, if others use them too: pointers in traces agree then. */
  readonly door?: CallDoor;
  /** The MDL routines. Default: new ones. */
  readonly mdls?: MdlRoutines;
  /** Platform and pool. Default: see {@link HalOptions}. */
  readonly options?: HalOptions;
}

/** What the trace says about a routine beside its name. */
export type RoutineFacts = Pick<RoutineEvent, "sgl" | "elements" | "mapRegisterBase">;

/** The HAL of one machine. */
export class Hal {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** Where events go. */
  readonly trace: Tracer;
  /** The present IRQL of each processor. */
  readonly irql: IrqlState;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** Where misuse is collected. */
  readonly findings: FindingLog;
  /** The host's memory. */
  readonly memory: HostMemory;
  /** What every DDI routine passes first: IRQL checks, the call log. */
  readonly door: CallDoor;
  /** The MDL routines. */
  readonly mdls: MdlRoutines;
  /** Every option with its default filled in. */
  readonly options: Required<HalOptions>;
  /** Registers of all devices with 32 or more address lines. */
  readonly mapRegisters: MapRegisterPool;
  /** Every pool, the shared one first. */
  readonly pools: MapRegisterPool[];
  /** Every adapter ever obtained, in order. */
  readonly adapters: Adapter[] = [];
  /** Freed lists of Get routines. */
  readonly listCache: ListCache;
  /** Requests in line for the channel of any adapter. */
  waiterCount = 0;
  #serving = false;
  #listCount = 0;
  #contextCount = 0;

  /** One HAL a world. */
  constructor(world: HalWorld) {
    const { clock, trace, irql, lives, findings, memory, options = {} } = world;
    this.clock = clock;
    this.trace = trace;
    this.irql = irql;
    this.lives = lives;
    this.findings = findings;
    this.memory = memory;
    this.door = world.door ?? new CallDoor(clock, trace, irql, findings);
    this.mdls = world.mdls ?? new MdlRoutines(memory, irql, lives, this.door);
    this.mdls.tellOfRelease((mdl, call) => memoryReleased(this, mdl, call));
    this.options = {
      personality: "windows",
      mapRegisters: DEFAULT_MAP_REGISTERS,
      registersOfReachableDevice: "pages",
      contextProfile: "s0",
      apiBypass: false,
      cachedLists: 4,
      ...options,
    };
    const size = this.options.mapRegisters;
    this.mapRegisters = new MapRegisterPool({ name: "mapRegisterPool", size, belowAddress: FOUR_GIB }, this);
    this.pools = [this.mapRegisters];
    if (this.options.contextProfile === "kmdf") findings.warnOnly("TransferContextNotReinitialised");
    this.listCache = new ListCache(memory.pool, this.options.cachedLists);
  }

  /**
   * IoGetDmaAdapter: an adapter and N, or null where Windows returns NULL. May be called many times for one device;
   * the adapters are independent of each other except for the map registers (S0-14). PASSIVE_LEVEL.
   */
  ioGetDmaAdapter(
    p: { physicalDeviceObject: DeviceObject; deviceDescription: DeviceDescription },
  ): { readonly dmaAdapter: DmaAdapter; readonly numberOfMapRegisters: number } | null {
    return ioGetDmaAdapter(this, p.physicalDeviceObject, p.deviceDescription);
  }

  /** HalGetAdapter, which nobody may call any more: `ObsoleteHalGetAdapter` (0xE6/0x1E). */
  halGetAdapter(): null {
    this.door.misuse("ObsoleteHalGetAdapter", "HalGetAdapter", "hal", "use IoGetDmaAdapter");
    if (this.door.tracing) this.door.record("HalGetAdapter", {}, null);
    return null;
  }

  /**
   * The pool behind a device of so many address lines. Those of 32 and more share one; a narrower device has a pool
   * below its own limit, at most half of what lies there.
   */
  poolFor(addressWidth: number): MapRegisterPool {
    if (addressWidth >= 32) return this.mapRegisters;
    const name = `mapRegisterPool:${addressWidth}bit`;
    let pool = this.pools.find((other) => other.name === name);
    if (pool === undefined) {
      const belowAddress = 2 ** addressWidth;
      const usable = Math.max(0, Math.floor((belowAddress - FIRMWARE_BYTES) / PAGE_SIZE / 2));
      pool = new MapRegisterPool({ name, size: Math.min(usable, this.options.mapRegisters), belowAddress }, this);
      this.pools.push(pool);
    }
    return pool;
  }

  /**
   * Serves whoever can be served now: the heads of the pools' lines, then those of the adapters' lines, in order, until
   * nothing moves. Called by whoever freed something, so routines run in that thread of control. A routine that frees
   * something itself is served by the loop that is already running.
   */
  serve(): void {
    if (this.waiterCount === 0 || this.#serving) return;
    this.#serving = true;
    try {
      while (this.#serveOne());
    } finally {
      this.#serving = false;
    }
  }

  /** Runs a routine of the driver at DISPATCH_LEVEL and tells the trace where it begins and ends. */
  runRoutine<T>(
    routine: "AdapterControl" | "AdapterListControl",
    adapter: Adapter,
    body: () => T,
    facts?: RoutineFacts,
  ): T {
    const { trace, clock, irql } = this;
    const site = { kind: "routine", routine, adapter: adapter.name, cpu: irql.cpu } as const;
    const told = (): T => {
      let result: T | undefined;
      if (trace.on) trace.emit({ ...site, ...facts, atNs: clock.nowNs, phase: "enter" });
      try {
        return result = body();
      } finally {
        const action = typeof result === "string" ? { action: result } : {};
        if (trace.on) trace.emit({ ...site, ...facts, ...action, atNs: clock.nowNs, phase: "leave" });
      }
    };
    // Called from an ISR, which is named elsewhere: the level stays what it is.
    return irql.level >= DISPATCH_LEVEL ? told() : irql.raised(DISPATCH_LEVEL, told);
  }

  /** The name of the next list: `sgl:0`, `sgl:1`, … */
  nextListName(): string {
    return `sgl:${this.#listCount++}`;
  }

  /** The name of the next transfer context: `context:0`, `context:1`, … */
  nextContextName(): string {
    return `context:${this.#contextCount++}`;
  }

  #serveOne(): boolean {
    for (const pool of this.pools) {
      const request = pool.serveHead();
      if (request !== null) {
        this.adapters.find((adapter) => adapter.line[0] === request)!.registersCame(request);
        return true;
      }
    }
    return this.adapters.some((adapter) => adapter.serveHead());
  }
}
