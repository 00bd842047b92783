/**
 * The host's memory: frames, bytes, CPU cache, virtual addresses, MDLs, IOMMU, ports, pool and bounce pages.
 *
 * ```ts
 * import { VirtualClock } from "../clock.ts";
 * import { HostMemory } from "./mod.ts";
 *
 * const host = new HostMemory(new VirtualClock(), { seed: 7, iommu: true });
 * const buffer = host.space.allocate(1 << 20, { kind: "user", byteOffset: 256 });
 * if (buffer.kind !== "refused") host.space.write(buffer.va, new Uint8Array([1, 2, 3]), 0, 3);
 * ```
 *
 * @module
 */
export { copyBytes } from "./byte_store.ts";
export * from "./address_space.ts";
export type { AllocateOptions, AllocationRefusal } from "./allocation.ts";
export * from "./bounce.ts";
export * from "./cache.ts";
export type { Layout } from "./frames.ts";
export * from "./host_memory.ts";
export * from "./iommu.ts";
export * from "./mdl.ts";
export * from "./pager.ts";
export * from "./physical.ts";
export * from "./pool.ts";
export * from "./port.ts";
export * from "./ram.ts";
export * from "./region.ts";
export * from "./run_list.ts";
export { SYSTEM_BASE } from "./va_map.ts";
