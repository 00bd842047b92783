/** For whom the schemes are, and what a colleague would say: refusals, advice, and the checker's silence. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { deviceDescription } from "../../actors/hal/device_description.ts";
import { advise, adviseOnMaximumLength, adviseOnPreallocation, loadFigures } from "../../actors/scheduler/advice.ts";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { System } from "../../actors/system.ts";
import type { SystemOptions } from "../../actors/system_options.ts";
import { drive, equal, PIECE_BYTES } from "./drive.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];

Deno.test("the schemes are for packet-based bus masters: a subordinate of the system's controller is refused [S2-30]", () => {
  for (const strategy of NAMES) {
    assertThrows(
      () => new System({ strategy, master: false }),
      RangeError,
      `Cannot run ${strategy} on a subordinate of the system's DMA controller (PCIBus, Master FALSE): ` +
        "expected a packet-based bus master",
    );
    assert(new System({ strategy, master: true }).adapters.length > 0);
  }
});

const PLATFORMS: Readonly<Record<string, Partial<SystemOptions>>> = {
  "a 64-bit device": {},
  "an IOMMU": { iommu: true },
  "a platform that does not snoop": { coherent: false },
  "a 32-bit device with few map registers": { addressBits: 32, mapRegisters: 40 },
  "a device without scatter/gather": { scatterGather: false, layout: "fragmented" },
  "polling": { polling: true },
};

for (const [platform, options] of Object.entries(PLATFORMS)) {
  for (const strategy of ["prealloc-queue", "isr-reprogram"] as const) {
    Deno.test(`${strategy} with ${platform}: the checker has nothing to say, not even a warning [S2-28]`, () => {
      for (const engine of ["chart", "table"] as const) {
        const wanted = equal(24).map((request, tag) => ({ ...request, channelIndex: tag % 4, atNs: tag * 1_500 }));
        const { system, violations, outcomes } = drive({
          strategy,
          wanted,
          costs: { setupNs: 3_000 },
          system: {
            ...options,
            engine,
            strict: true,
            watchDeviceAccess: true,
            h2cCount: 2,
            c2hCount: 2,
            processors: 2,
          },
        });
        assertEquals(system.findings.all, []);
        assertEquals(violations, []);
        assertEquals(outcomes.filter(({ status }) => status === "STATUS_SUCCESS").length, 24);
      }
    });
  }
}

Deno.test("where requests do not wait for the device, early resources gain nothing, and that is said [S2-29]", () => {
  // A request every millisecond: the device is free when it comes.
  const wanted = Array.from({ length: 10 }, (_, tag) => ({ lengthBytes: PIECE_BYTES, atNs: tag * 1_000_000 }));
  const { system } = drive({ strategy: "isr-reprogram", wanted, dmaNs: 360_000 });
  assertEquals(advise(system), [{
    name: "PreallocationGainsNothing",
    sentence: "The device is not the bottleneck: only 0 of 9 requests waited for it, " +
      "so isr-reprogram gains little over new-model",
  }]);
  // And so it is: the typical driver is as quick.
  const typical = drive({ strategy: "new-model", wanted, dmaNs: 360_000 });
  const early = drive({ strategy: "isr-reprogram", wanted, dmaNs: 360_000 });
  assertEquals(typical.endNs, early.endNs);
  assertEquals(advise(typical.system), [], "the typical driver does not pre-allocate");
});

Deno.test("where the device is the bottleneck and registers are no matter, nothing is said against it [S2-29]", () => {
  for (const strategy of ["prealloc-queue", "isr-reprogram", "three-stage", "sync-recipe"] as const) {
    const { system } = drive({ strategy, wanted: equal(10), dmaNs: 360_000 });
    assertEquals(loadFigures(system).waitedCount, 9);
    assertEquals(advise(system), []);
  }
});

Deno.test("where map registers are scarce, a device that hoards them is advised against [S2-29]", () => {
  const run = (strategy: StrategyName): System =>
    drive({ strategy, wanted: equal(10), dmaNs: 360_000, system: { addressBits: 32, mapRegisters: 100 } }).system;
  assertEquals(advise(run("isr-reprogram")), [{
    name: "PreallocationTakesScarceRegisters",
    sentence: "Map registers are scarce: isr-reprogram held 96 of 100 at one time, which other devices had to wait for",
  }]);
  assertEquals(advise(run("new-model")), []);
  // With plenty of them, nobody minds.
  const plenty = { ...loadFigures(run("isr-reprogram")), registersSize: 16_384 };
  assertEquals(adviseOnPreallocation(plenty), []);
});

Deno.test("a MaximumLength of a packet's payload is remarked on, one of a transfer is not [S1-20]", () => {
  const names = (maximumLength: number): string[] =>
    adviseOnMaximumLength(deviceDescription({ maximumLength })).map(({ name }) => name);
  for (const payload of [128, 256, 512]) assertEquals(names(payload), ["MaxLengthLooksLikeTlp"]);
  for (const transfer of [513, 4096, 4 * 0x10_0000]) assertEquals(names(transfer), []);
  // What it leads to: N is 2, so no request of three pages would ever be granted.
  const { system, outcomes } = drive({
    strategy: "isr-reprogram",
    wanted: [{ lengthBytes: 128 }],
    system: { maximumTransferBytes: 128 },
  });
  assertEquals(outcomes.map(({ status }) => status), ["STATUS_SUCCESS"]);
  assertEquals(system.hal.adapters[0]!.numberOfMapRegisters, 2);
  assertEquals(advise(system).map(({ name }) => name), ["MaxLengthLooksLikeTlp"]);
});
