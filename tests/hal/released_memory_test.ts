/** Pages unlocked, or an MDL freed, while a list or a Classic mapping over them lives. */
import { assertEquals } from "@std/assert";
import { DriverBench } from "../../actors/mod.ts";
import type { BenchOptions } from "../../actors/mod.ts";
import { bugCheckRow } from "../../actors/bug_checks.ts";

type Step = "unlock" | "free" | "put" | "doorbell" | "put adapter";

/** What a driver is told that locks a buffer, builds a list over it, and then does these steps. */
function told(steps: readonly Step[], options: BenchOptions = {}): string[] {
  const bench = new DriverBench(options);
  const { dmaAdapter, operations } = bench.getAdapter();
  const { mdl } = bench.allocateBuffer(8192);
  bench.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const buffer = bench.build(operations, mdl, true, bench.createListBuffer(4096));
  bench.freeChannel(operations);
  const { list: scatterGather } = buffer;
  const doing: Record<Step, () => void> = {
    unlock: () => bench.mdls.mmUnlockPages(mdl),
    free: () => bench.mdls.ioFreeMdl(mdl),
    put: () => bench.atDispatch(() => operations.putScatterGatherList({ scatterGather, writeToDevice: true })),
    doorbell: () => void scatterGather.life.send({ type: "DOORBELL" }),
    "put adapter": () => dmaAdapter.dmaOperations.putDmaAdapter(),
  };
  for (const step of steps) doing[step]();
  return bench.findings.all.map(({ rule, call }) => `${rule} ${call}`);
}

for (const iommu of [false, true]) {
  for (const engine of ["chart", "table"] as const) {
    Deno.test(`pages unlocked before the list is put are named (${engine}, IOMMU ${iommu})`, () => {
      const options = { iommu, engine };
      const named = ["UnlockedWhileMapped MmUnlockPages"];
      assertEquals(told(["unlock", "put", "put adapter"], options), named);
      assertEquals(told(["unlock", "free", "put", "put adapter"], options), named);
      assertEquals(told(["put", "unlock", "free", "put adapter"], options), []);
    });
  }
}

Deno.test("while the device runs it is named at once, and not again at the Put", () => {
  assertEquals(told(["doorbell", "unlock"]), ["UnlockedWhileMapped MmUnlockPages"]);
  const rules = told(["doorbell", "unlock", "put"]).map((text) => text.split(" ")[0]);
  assertEquals(rules, ["UnlockedWhileMapped", "PutWhileDeviceActive"]);
});

Deno.test("a list that is never put has its own name, whatever became of its pages [S0-2]", () => {
  assertEquals(told(["unlock", "free", "put adapter"]).map((text) => text.split(" ")[0]), ["PutAdapterWithSgl"]);
});

Deno.test("a buffer and its list may be used again after the right order", () => {
  const bench = new DriverBench();
  const { operations } = bench.getAdapter();
  const { mdl } = bench.allocateBuffer(8192);
  const buffer = bench.createListBuffer(4096);
  for (let round = 0; round < 3; round++) {
    bench.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
    bench.build(operations, mdl, true, buffer);
    bench.freeChannel(operations);
    bench.atDispatch(() => operations.putScatterGatherList({ scatterGather: buffer.list, writeToDevice: true }));
    bench.mdls.mmUnlockPages(mdl);
  }
  assertEquals(bench.findings.all, []);
});

Deno.test("a kernel routine at a wrong level is no bug check of the DMA verifier", () => {
  assertEquals(bugCheckRow("IrqlTooHigh", "kernel"), null);
  assertEquals(bugCheckRow("IrqlTooHigh", "pageable"), null);
  assertEquals(bugCheckRow("WrongIrql", null)?.code, 0xe6);
});
