/**
 * The memory of one host, put together: RAM, the CPU's cache and addresses, the IOMMU, kernel pool, and a port for
 * every device.
 */
import { SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";
import type { VirtualClock } from "../clock.ts";
import { Prng } from "../prng.ts";
import { AddressSpace } from "./address_space.ts";
import type { AddressSpaceOptions } from "./address_space.ts";
import { BounceBank } from "./bounce.ts";
import type { BounceOptions } from "./bounce.ts";
import { CpuCache } from "./cache.ts";
import { Iommu } from "./iommu.ts";
import type { Layout } from "./frames.ts";
import { DEFAULT_MEMORY_BYTES, PhysicalMemory } from "./physical.ts";
import type { BootReservation } from "./physical.ts";
import { KernelPool } from "./pool.ts";
import type { PoolOptions } from "./pool.ts";
import { HostPort } from "./port.ts";
import { DEFAULT_HOLE_BYTES } from "./ram.ts";

/** What the host's memory is like. Everything has a default: a coherent 64 GiB PC without an IOMMU. */
export interface HostMemoryOptions extends AddressSpaceOptions {
  /** RAM altogether, a multiple of 2 MiB. Default 64 GiB. */
  readonly physicalBytes?: number;
  /** The hole for devices that ends at 4 GiB. Default 1 GiB. */
  readonly holeBytes?: number;
  /** How whole free memory is. Default `"mixed"`. */
  readonly layout?: Layout;
  /** Contiguous memory taken at boot, before memory is fragmented. */
  readonly bootReservations?: readonly BootReservation[];
  /** Decides page layout and pool failures. Default 0. */
  readonly seed?: number | string;
  /** Devices snoop the CPU's cache (x86, x64). Default true. */
  readonly coherent?: boolean;
  /** Bytes in a cache line. Default 64. */
  readonly lineBytes?: number;
  /** Device addresses are translated. Default false. */
  readonly iommu?: boolean;
  /** Limits and failures of kernel pool. Default: neither. */
  readonly pool?: PoolOptions;
}

/** The memory of one host. */
export class HostMemory {
  /** Frames and bytes. */
  readonly physical: PhysicalMemory;
  /** What the CPU sees of them. */
  readonly cache: CpuCache;
  /** Virtual addresses. */
  readonly space: AddressSpace;
  /** What devices' addresses mean. */
  readonly iommu: Iommu;
  /** The kernel's allocator. */
  readonly pool: KernelPool;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #ports = new Map<string, HostPort>();

  /** A host whose virtual time is `clock`'s and whose notices go to `trace`. */
  constructor(clock: VirtualClock, options: HostMemoryOptions = {}, trace: Tracer = SILENT) {
    const prng = new Prng(options.seed ?? 0);
    this.#clock = clock;
    this.#trace = trace;
    this.physical = new PhysicalMemory({
      sizeBytes: options.physicalBytes ?? DEFAULT_MEMORY_BYTES,
      holeBytes: options.holeBytes ?? DEFAULT_HOLE_BYTES,
      layout: options.layout ?? "mixed",
      bootReservations: options.bootReservations ?? [],
      seed: options.seed ?? 0,
    });
    this.cache = new CpuCache(this.physical, options.coherent ?? true, options.lineBytes);
    this.space = new AddressSpace(this.physical, this.cache, options);
    this.iommu = new Iommu(options.iommu ?? false, this.physical.ram, clock, trace);
    this.pool = new KernelPool(this.space, prng.fork("kernel pool"), options.pool);
  }

  /** The port of one device, made at the first call. `addressBits` are its address lines (16 to 64). */
  port(device: string, addressBits = 64): HostPort {
    let port = this.#ports.get(device);
    if (port === undefined) {
      const domain = this.iommu.domain(device, addressBits);
      port = new HostPort(domain, this.physical, this.#clock, this.#trace);
      this.#ports.set(device, port);
    }
    return port;
  }

  /** A bank of bounce pages; null if there are not so many frames below the limit. */
  bounce(options: BounceOptions): BounceBank | null {
    return BounceBank.create(this.physical, this.cache, options);
  }
}
