/** Seeds 002 and 003: scarce map registers, and who pays for lists that are made in advance. */

import { assert, assertEquals } from "@std/assert";
import { runRegisterScarcity, runRegistrations } from "../../mod.ts";
import type { RegisterScarcityOptions, RegisterScarcityResult } from "../../mod.ts";
import { seen } from "./teller.ts";

function scarcity(options: RegisterScarcityOptions): RegisterScarcityResult {
  const result = runRegisterScarcity({ engine: "table", ...options });
  assertEquals(result.violations, []);
  return result;
}

Deno.test("registers: requests that queue with their lists keep more registers than bare ones [S2-14]", () => {
  const naive = scarcity({ strategy: "new-model" });
  const queued = scarcity({ strategy: "prealloc-queue" });
  // Bare requests: one at a time has its 16 registers. With lists: whatever the pool gives.
  assertEquals([naive.ownRegistersPeak, queued.ownRegistersPeak], [16, 128]);
  assert(queued.meanHeld > 4 * naive.meanHeld, `${queued.meanHeld} against ${naive.meanHeld}`);
});

Deno.test("registers: a pool that is empty delays everybody and fails nobody [S2-15]", () => {
  for (const mapRegisters of [16, 40, 128]) {
    for (const strategy of ["prealloc-queue", "isr-reprogram"] as const) {
      const { completed, failed, competitor, mapRegistersPeak } = scarcity({ strategy, mapRegisters });
      assertEquals([completed, failed, competitor.refused], [24, 0, 0]);
      assertEquals(competitor.granted, competitor.asked);
      assert(competitor.delayed > 0 && mapRegistersPeak > mapRegisters - 16, "the pool was never short");
    }
  }
});

Deno.test("registers: lists made in advance are paid for by the other driver, which waits longer [S2-16]", () => {
  const naive = scarcity({ strategy: "new-model" }).competitor;
  for (const strategy of ["prealloc-queue", "isr-reprogram"] as const) {
    const { meanWaitNs, maxWaitNs } = scarcity({ strategy }).competitor;
    assert(meanWaitNs > naive.meanWaitNs && maxWaitNs > naive.maxWaitNs, `${strategy}: ${meanWaitNs} ns on average`);
  }
});

Deno.test("registers: a 64-bit scatter/gather card takes no register and takes nothing from anybody [S2-17]", () => {
  for (const strategy of ["new-model", "prealloc-queue", "isr-reprogram"] as const) {
    const { ownRegistersPeak, competitor } = scarcity({ strategy, addressBits: 64 });
    assertEquals([ownRegistersPeak, competitor.maxWaitNs], [0, 0]);
  }
});

Deno.test("registers: with an IOMMU a 32-bit card takes no register either", () => {
  assertEquals(scarcity({ strategy: "prealloc-queue", iommu: true }).ownRegistersPeak, 0);
});

Deno.test("registers: lists that are kept show as registers held, for as long as they are kept [S3-9]", () => {
  const kept = { addressBits: 32, bufferBytes: 1024 * 1024, mapRegisters: 4096 };
  for (const bufferCount of [1, 5, 10]) {
    const { granted, registersHeld } = runRegistrations({ ...kept, bufferCount });
    assertEquals([granted, registersHeld], [bufferCount, bufferCount * 256]);
  }
});

Deno.test("registers: 70 MiB buffers exhaust the pool after pool / 17 920 of them, with 64 bits never [S3-10]", () => {
  const buffers = { bufferCount: 10, bufferBytes: 70 * 1024 * 1024 };
  for (const mapRegisters of [17_920, 65_536]) {
    const { granted, waiting } = runRegistrations({ ...buffers, addressBits: 32, mapRegisters });
    assertEquals([granted, waiting], [Math.floor(mapRegisters / 17_920), 10 - Math.floor(mapRegisters / 17_920)]);
    const wide = runRegistrations({ ...buffers, addressBits: 64, mapRegisters });
    assertEquals([wide.granted, wide.registersHeld], [10, 0]);
  }
});

Deno.test("registers: registered buffers behind an IOMMU take no register either, and none waits", () => {
  const buffers = { bufferCount: 10, bufferBytes: 70 * 1024 * 1024, addressBits: 32, mapRegisters: 17_920 };
  const { granted, waiting, registersHeld } = runRegistrations({ ...buffers, iommu: true });
  assertEquals([granted, waiting, registersHeld], [10, 0, 0]);
});

Deno.test("registers: the story speaks of scarcity only where something was scarce, and of whom it refuses", async () => {
  const plenty = await seen(["registers", "--iommu", "--engine", "table"]);
  assert(!plenty.out.includes("Scarcity") && !plenty.out.includes("wait for ever"), plenty.out);
  const short = await seen(["registers", "--engine", "table"]);
  assert(short.out.replace(/\s+/g, " ").includes("a synchronous one it refuses"), short.out);
  assert(short.out.replace(/\s+/g, " ").includes("both cards together hold 101.9 map registers"), short.out);
});
