/** The alternatives to a user's own pages: copying through a common buffer, and showing one to the user. */
import { assert, assertEquals } from "@std/assert";
import { FILE_COSTS } from "../../actors/scheduler/costs.ts";
import { adviseOnMapping } from "../../actors/scheduler/advice.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { System } from "../../actors/system.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { callsOf, drive, equal, isDoorbell, pattern } from "../scheduler/drive.ts";
import type { Driven } from "../scheduler/drive.ts";

/** Descriptors that the engine took for each doorbell. */
function descriptorsPerTransfer(events: readonly TraceEvent[]): number[] {
  const counts: number[] = [];
  for (const event of events) {
    if (isDoorbell(event)) counts.push(0);
    else if (event.kind === "descriptor") counts[counts.length - 1]!++;
  }
  return counts;
}

Deno.test("scattered pages are many elements; a common buffer is always one [S3-15]", () => {
  const run = (strategy: StrategyName): Driven =>
    drive({ strategy, wanted: equal(4), system: { layout: "fragmented" }, dmaNs: 50_000 });
  const direct = descriptorsPerTransfer(run("isr-reprogram").events);
  assertEquals(direct.length, 4);
  assert(direct.every((count) => count > 8), direct.join());
  const copied = run("copy");
  assertEquals(descriptorsPerTransfer(copied.events), [1, 1, 1, 1]);
  // Two buffers a channel, allocated at start; no list and no map register is ever asked for.
  assertEquals(callsOf(copied.events).filter((call) => call === "AllocateCommonBuffer").length, 2 + 1);
  assert(!callsOf(copied.events).some((call) => call.includes("ScatterGather")));
});

Deno.test("copying 30 MB takes 2 to 3 ms of a processor before the device starts; the direct path pays none of it [S3-15]", () => {
  const lengthBytes = 30_000_000;
  const run = (strategy: StrategyName, copyPerPageNs: number): { startNs: number; busyNs: number; endNs: number } => {
    const { events, system, endNs, violations } = drive({
      strategy,
      wanted: [{ lengthBytes }],
      costs: { ...FILE_COSTS, copyPerPageNs },
      system: { layout: "contiguous", engine: "table" },
    });
    assertEquals(violations, []);
    return { startNs: events.find(isDoorbell)!.atNs, busyNs: system.processors[0]!.busyNs, endNs };
  };
  const copied = run("copy", FILE_COSTS.copyPerPageNs);
  assert(copied.busyNs >= 2_000_000 && copied.busyNs <= 3_000_000, `${copied.busyNs} ns`);
  assertEquals(copied.startNs, copied.busyNs);
  const bytesPerNs = lengthBytes / copied.busyNs;
  assert(bytesPerNs >= 10 && bytesPerNs <= 15, `${bytesPerNs} GB/s`);
  // The direct path: setup by page, and whatever a copy costs is no matter.
  const direct = run("isr-reprogram", FILE_COSTS.copyPerPageNs);
  assertEquals(direct.busyNs, FILE_COSTS.setupNs + FILE_COSTS.setupPerPageNs * Math.ceil(lengthBytes / 4096));
  assertEquals(direct, run("isr-reprogram", 100 * FILE_COSTS.copyPerPageNs));
  assert(copied.endNs - direct.endNs > 1_000_000, `${copied.endNs - direct.endNs} ns later`);
});

/** A common buffer as an MDL of non-paged memory, in a world that keeps a log. */
function commonBuffer(system: System, length: number): { mdl: Mdl; virtualAddress: number; free: () => void } {
  const { dmaOperations } = system.adapters[0]!;
  const buffer = dmaOperations.allocateCommonBuffer({ length, cacheEnabled: true });
  assert(buffer !== null);
  const mdl = system.mdls.ioAllocateMdl(buffer.virtualAddress, length);
  assert(mdl !== null);
  system.mdls.mmBuildMdlForNonPagedPool(mdl);
  return { mdl, virtualAddress: buffer.virtualAddress, free: () => dmaOperations.freeCommonBuffer(buffer) };
}

Deno.test("a common buffer mapped into a process works without a copy, and is called unsafe [S1-10, S3-19]", () => {
  const system = new System();
  const { space } = system.memory;
  const length = 16_384;
  const { mdl, virtualAddress, free } = commonBuffer(system, length);
  assertEquals(adviseOnMapping(mdl), [], "kernel memory in the kernel");
  const user = system.mdls.mmMapLockedPagesSpecifyCache(mdl, "UserMode", "MmCached");
  assert(user !== null && user !== virtualAddress);
  // It works: what the process writes is what driver and device see, and the other way round.
  const bytes = pattern(2, length);
  space.write(user, bytes, 0, length);
  const seen = new Uint8Array(length);
  space.read(virtualAddress, seen, 0, length);
  assertEquals(seen, bytes);
  space.write(virtualAddress, Uint8Array.of(9, 8, 7), 0, 3);
  space.read(user, seen, 0, 3);
  assertEquals([...seen.subarray(0, 3)], [9, 8, 7]);
  // And it is unsafe.
  const [advice, ...others] = adviseOnMapping(mdl);
  assertEquals(others, []);
  assertEquals(advice!.name, "KernelMemoryMappedToUser");
  assert(
    advice!.sentence.startsWith(`16384 bytes of kernel memory are mapped into a process at 0x${user.toString(16)}`),
  );
  system.mdls.mmUnmapLockedPages(user, mdl);
  assertEquals(adviseOnMapping(mdl), [], "nothing is left to warn of");
  free();
  system.close();
  assertEquals(system.findings.all, []);
});

Deno.test("a process's own memory in another mapping of the same process is nothing to warn of [S1-10]", () => {
  const system = new System();
  const region = system.memory.space.allocate(8192, { kind: "user" });
  assert(region.kind !== "refused");
  const mdl = system.mdls.ioAllocateMdl(region.va, 8192)!;
  assertEquals(system.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoWriteAccess"), "STATUS_SUCCESS");
  const user = system.mdls.mmMapLockedPagesSpecifyCache(mdl, "UserMode", "MmCached")!;
  assertEquals(adviseOnMapping(mdl), []);
  system.mdls.mmUnmapLockedPages(user, mdl);
  system.mdls.mmUnlockPages(mdl);
  assertEquals(system.findings.all, []);
});
