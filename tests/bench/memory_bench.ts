/**
 * What host memory costs: accesses by the device and by the CPU, beside a plain loop of Uint8Array.set over pages.
 * Run with `deno bench -A tests/bench/memory_bench.ts`.
 */

import { VirtualClock } from "../../sim/clock.ts";
import {
  DEVICE_READS_AND_WRITES,
  HARDWARE_RUNS,
  HostMemory,
  ioAllocateMdl,
  lockMdlPages,
  mdlRuns,
  RunList,
} from "../../sim/memory/mod.ts";
import type { HostMemoryOptions, HostPort, Mdl, Region } from "../../sim/memory/mod.ts";

const MIB = 0x10_0000;
const bytes = new Uint8Array(MIB).fill(1);

interface Bed {
  readonly memory: HostMemory;
  readonly port: HostPort;
  readonly region: Region;
  readonly mdl: Mdl;
  readonly logical: number;
}

/** A buffer of 1 MiB that the device may use from `logical` on. */
function bed(options: HostMemoryOptions, contiguous: boolean): Bed {
  const memory = new HostMemory(new VirtualClock(), options);
  const region = memory.space.allocate(MIB, { kind: "user", contiguous });
  if (region.kind === "refused") throw new Error(region.reason);
  memory.space.write(region.va, bytes, 0, MIB);
  const mdl = ioAllocateMdl(region.va, MIB);
  lockMdlPages(memory.space, mdl, true);
  const port = memory.port("card");
  const logical = contiguous || options.iommu === true
    ? port.domain.map(mdl.pfns, 0, 0, MIB, DEVICE_READS_AND_WRITES)
    : mdl.pfns[0]! * 4096;
  return { memory, port, region, mdl, logical };
}

const plain = bed({ layout: "contiguous" }, true);
const scattered = bed({ layout: "fragmented" }, false);
const translated = bed({ layout: "fragmented", iommu: true }, false);
const arm = bed({ layout: "contiguous", coherent: false }, true);
const target = new Uint8Array(MIB);
const page = new Uint8Array(4096);

Deno.bench("plain Uint8Array.set", { group: "read 4 KiB", baseline: true }, () => {
  page.set(bytes.subarray(8192, 12_288), 0);
});
Deno.bench("port", { group: "read 4 KiB" }, () => {
  plain.port.read(plain.logical + 8192, page, 0, 4096);
});
Deno.bench("port, through the IOMMU", { group: "read 4 KiB" }, () => {
  translated.port.read(translated.logical + 8192, page, 0, 4096);
});
Deno.bench("CPU by virtual address", { group: "read 4 KiB" }, () => {
  scattered.memory.space.read(scattered.region.va + 8192, page, 0, 4096);
});
Deno.bench("CPU, non-coherent", { group: "read 4 KiB" }, () => {
  arm.memory.space.read(arm.region.va + 8192, page, 0, 4096);
});

Deno.bench("plain Uint8Array.set", { group: "write 4 KiB", baseline: true }, () => {
  target.set(bytes.subarray(8192, 12_288), 8192);
});
Deno.bench("port", { group: "write 4 KiB" }, () => {
  plain.port.write(plain.logical + 8192, bytes, 8192, 4096);
});
Deno.bench("port, through the IOMMU", { group: "write 4 KiB" }, () => {
  translated.port.write(translated.logical + 8192, bytes, 8192, 4096);
});

Deno.bench("plain loop of Uint8Array.set by page", { group: "read 1 MiB", baseline: true }, () => {
  for (let at = 0; at < MIB; at += 4096) target.set(bytes.subarray(at, at + 4096), at);
});
Deno.bench("port", { group: "read 1 MiB" }, () => {
  plain.port.read(plain.logical, target, 0, MIB);
});
Deno.bench("port, through the IOMMU", { group: "read 1 MiB" }, () => {
  translated.port.read(translated.logical, target, 0, MIB);
});
Deno.bench("CPU by virtual address, scattered", { group: "read 1 MiB" }, () => {
  scattered.memory.space.read(scattered.region.va, target, 0, MIB);
});

Deno.bench("plain loop of 32 bytes", { group: "read 32 bytes", baseline: true }, () => {
  for (let index = 0; index < 32; index++) page[index] = bytes[index]!;
});
Deno.bench("port (a descriptor)", { group: "read 32 bytes" }, () => {
  plain.port.read(plain.logical + 64, page, 0, 32);
});
Deno.bench("port through the IOMMU (a descriptor)", { group: "read 32 bytes" }, () => {
  translated.port.read(translated.logical + 64, page, 0, 32);
});
Deno.bench("CPU writes a descriptor, word by word", { group: "read 32 bytes" }, () => {
  for (let word = 0; word < 32; word += 4) plain.memory.space.write32(plain.region.va + word, word);
});

const runs = new RunList(512);
Deno.bench("runs of a scattered 1 MiB buffer", { group: "lists" }, () => {
  runs.clear();
  mdlRuns(scattered.mdl, 0, MIB, HARDWARE_RUNS, runs);
});
Deno.bench("IOMMU: map and unmap 1 MiB", { group: "lists" }, () => {
  const at = translated.port.domain.map(translated.mdl.pfns, 0, 0, MIB, DEVICE_READS_AND_WRITES);
  translated.port.domain.unmap(at, MIB);
});
Deno.bench("allocate and free 1 MiB in scattered frames", { group: "lists" }, () => {
  const region = scattered.memory.space.allocate(MIB, { kind: "user" });
  if (region.kind !== "refused") scattered.memory.space.free(region);
});
Deno.bench("a new 64 GiB host", { group: "lists" }, () => {
  new HostMemory(new VirtualClock(), { layout: "fragmented" });
});
