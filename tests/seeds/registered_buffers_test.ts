/** Seed 003: buffers that are registered once and used for ever, and what follows from that. */
import { assert, assertEquals } from "@std/assert";
import { allocateBuffer } from "../../actors/runs/buffers.ts";
import { runRoundTrip } from "../../actors/runs/round_trip.ts";
import { BURST_TIMES, runBurst } from "../../actors/runs/burst.ts";
import { registered, registeredWith, STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { System } from "../../actors/system.ts";
import { Recorder } from "../../trace/event.ts";
import { callsOf, drive, equal, pattern } from "../scheduler/drive.ts";
import type { Wanted } from "../scheduler/drive.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const BUFFERS = 10;
const MEGABYTE = 1_000_000;
const MEBIBYTE = 0x10_0000;

const SIZES: readonly { what: string; lengthBytes: number; byteOffset: number; pages: number }[] = [
  { what: "70 MB, aligned", lengthBytes: 70 * MEGABYTE, byteOffset: 0, pages: 17_090 },
  { what: "70 MB, unaligned", lengthBytes: 70 * MEGABYTE, byteOffset: 4_000, pages: 17_091 },
  { what: "70 MiB", lengthBytes: 70 * MEBIBYTE, byteOffset: 0, pages: 17_920 },
];

for (const { what, lengthBytes, byteOffset, pages } of SIZES) {
  Deno.test(`ten buffers of ${what} are ${pages} pages each, locked as long as their request is pending [S3-1]`, () => {
    const system = new System({ h2cCount: 0, c2hCount: 1, engine: "table", queueDepth: BUFFERS });
    const { space } = system.memory;
    const buffers = Array.from({ length: BUFFERS }, () => allocateBuffer(system, lengthBytes, byteOffset));
    // The IOCTL that registers a buffer is marked pending and stays so.
    const irps = buffers.map(({ mdl }) => {
      const irp = system.irps.create({
        mdl,
        length: lengthBytes,
        writeToDevice: false,
        channel: "c2h0",
        directIo: true,
      });
      assert(irp !== null);
      system.irps.ioMarkIrpPending(irp);
      return irp;
    });
    assertEquals(buffers.map(({ mdl }) => mdl.pfns.length), new Array(BUFFERS).fill(pages));
    assertEquals(space.lockedUserPages, BUFFERS * pages);
    const frames = buffers.map(({ mdl }) => [...mdl.pfns.subarray(0, 100)]);
    assertEquals(space.pager.trim(), { pagedOut: 0, skippedLocked: BUFFERS * pages });
    assertEquals(buffers.map(({ region }) => [...region.pfns.subarray(0, 100)]), frames);
    assertEquals(system.irps.outstanding, BUFFERS);
    // The process is done: the requests complete, and the pages may go.
    for (const irp of irps) system.irps.ioCompleteRequest(irp, "STATUS_SUCCESS");
    assertEquals(space.lockedUserPages, 0);
    assertEquals(space.pager.trim(), { pagedOut: BUFFERS * pages, skippedLocked: 0 });
    assertEquals(system.findings.all, []);
  });
}

Deno.test("all ten buffers of 70 MB stay registered with a list each, and take no register of a 64-bit card [S3-1]", () => {
  const lengthBytes = 70 * MEGABYTE;
  const system = new System({
    strategy: registered,
    h2cCount: 1,
    c2hCount: 0,
    engine: "table",
    maximumTransferBytes: lengthBytes,
    queueDepth: 1,
  });
  system.scheduler.start(Array.from({ length: BUFFERS }, (_, tag) => {
    const { mdl } = allocateBuffer(system, lengthBytes);
    return { channelIndex: 0, mdl, lengthBytes, cardAddress: 0, tag, directIo: false };
  }));
  const [adapter] = system.hal.adapters;
  assertEquals(adapter!.counters.listsOutstanding, BUFFERS);
  assertEquals(system.hal.mapRegisters.peak, 0);
  assertEquals(system.memory.space.lockedUserPages, BUFFERS * 17_090);
  system.close();
  assertEquals(adapter!.counters.listsOutstanding, 0);
  assertEquals(system.memory.space.lockedUserPages, 0);
  assertEquals(system.findings.all, []);
});

/** Three buffers, used eight times each in turn. */
const AGAIN: readonly Wanted[] = Array.from({ length: 24 }, (_, tag) => ({
  lengthBytes: 16_384,
  atNs: tag * 1_000_000,
  ...(tag < 3 ? {} : { bufferOf: tag % 3 }),
}));

Deno.test("the baseline builds a list for every DMA of the same buffers; registering builds one for each buffer [S3-2]", () => {
  const count = (strategy: StrategyName, call: string): number => {
    const { events, violations, outcomes } = drive({ strategy, wanted: AGAIN });
    assertEquals(violations, []);
    assertEquals(outcomes.length, 24);
    return callsOf(events).filter((name) => name === call).length;
  };
  assertEquals(count("new-model", "GetScatterGatherList"), 24);
  assertEquals(count("new-model", "PutScatterGatherList"), 24);
  assertEquals(count("registered", "GetScatterGatherList"), 3);
  assertEquals(count("registered", "PutScatterGatherList"), 3);
  // What that costs the requester: the setup, every time.
  const latencies = (strategy: StrategyName): Set<number> =>
    new Set(drive({ strategy, wanted: AGAIN, dmaNs: 360_000 }).outcomes.map(({ latencyNs }) => latencyNs));
  const { setupNs, dmaNs, isrNs, dpcNs } = BURST_TIMES;
  assertEquals(latencies("new-model"), new Set([setupNs + dmaNs + isrNs + dpcNs]));
  assertEquals(latencies("registered"), new Set([dmaNs + isrNs + dpcNs]));
});

const HABIT = registeredWith({ keepLists: false });

Deno.test("using lists beyond their Put is an error, unless the closed system has opted out; then it is a note that says so [S3-20]", () => {
  const strict = drive({ strategy: HABIT, wanted: equal(3) });
  assertEquals(strict.system.findings.errors.map(({ rule }) => rule), new Array(3).fill("SglReadAfterPut"));
  assert(strict.violations.every(({ invariant }) => invariant === "X-6"));
  assertEquals(strict.system.findings.optOut, []);

  const closed = drive({ strategy: HABIT, wanted: equal(3), system: { optOut: ["SglReadAfterPut"], strict: true } });
  const { findings } = closed.system;
  assertEquals(closed.violations, []);
  assertEquals(findings.errors, []);
  assertEquals(findings.optOut, ["SglReadAfterPut"]);
  assertEquals(
    findings.all.map(({ rule, severity }) => [rule, severity]),
    new Array(3).fill(["SglReadAfterPut", "note"]),
  );
  for (const { details } of findings.all) {
    assertEquals(details, "broken knowingly: this system has opted out of the rule");
  }
  // The story has them too, so that whoever reads it later knows.
  const told = closed.events.filter((event) => event.kind === "finding" && event.finding.severity === "note");
  assertEquals(told.length, 3);
});

Deno.test("opting out of one rule lets no other through [S3-20]", () => {
  const { system } = drive({
    strategy: HABIT,
    wanted: equal(1),
    system: { optOut: ["SglReadAfterPut"], watchDeviceAccess: true },
  });
  assertEquals(new Set(system.findings.errors.map(({ rule }) => rule)), new Set(["DeviceAccessOutsideMapping"]));
});

Deno.test("the habit works while logical addresses are physical, and loses data behind an IOMMU, in both directions [S3-11]", () => {
  const bytes = pattern(9, 40_000);
  const run = (iommu: boolean): ReturnType<typeof runRoundTrip> =>
    runRoundTrip({ bytes, strategy: HABIT, iommu, h2cCount: 1, c2hCount: 1, system: { optOut: ["SglReadAfterPut"] } });
  const off = run(false);
  assert(off.bytes.every((byte, index) => byte === bytes[index]));
  assertEquals([off.failed, off.violations], [0, []]);
  const on = run(true);
  assert(!on.bytes.every((byte, index) => byte === bytes[index]));
  assert(on.failed > 0, "host to card, the card sees the fault; card to host, a posted write is lost without a word");
  // With lists kept, the same buffers pass either way.
  for (const iommu of [false, true]) {
    const kept = runRoundTrip({ bytes, strategy: registered, iommu, h2cCount: 1, c2hCount: 1 });
    assert(kept.bytes.every((byte, index) => byte === bytes[index]));
    assertEquals(kept.violations, []);
  }
});

for (const strategy of NAMES) {
  Deno.test(`${strategy}: the IOMMU changes no call, no nanosecond and no byte of a driver that follows the architecture [S3-21]`, () => {
    const bytes = pattern(1, 100_000);
    const run = (iommu: boolean): { calls: string[]; simulatedNs: number; faults: boolean } => {
      const trace = new Recorder();
      const result = runRoundTrip({
        bytes,
        strategy,
        iommu,
        trace,
        h2cCount: 2,
        c2hCount: 2,
        pieceBytes: 8192,
        byteOffset: 36,
        // Behind an IOMMU scattered pages are one element, so that only memory in one piece takes the same time.
        system: { layout: "contiguous", maximumTransferBytes: 16_384 },
      });
      assertEquals([result.violations, result.lost, result.twice, result.failed], [[], 0, 0, 0]);
      assert(result.bytes.every((byte, index) => byte === bytes[index]));
      const calls = trace.events.flatMap((event) =>
        event.kind === "call" ? [`${event.atNs} ${event.irql} ${event.call}`] : []
      );
      const faults = trace.events.some((event) => event.kind === "notice");
      return { calls, simulatedNs: result.simulatedNs, faults };
    };
    const off = run(false);
    const on = run(true);
    assertEquals(on.calls.length, off.calls.length);
    assertEquals(on.calls.find((call, index) => call !== off.calls[index]), undefined);
    assertEquals([on.simulatedNs, on.faults, off.faults], [off.simulatedNs, false, false]);
    const burst = { strategy, transferCount: 6, times: BURST_TIMES, engine: "table" } as const;
    assertEquals(runBurst({ ...burst, iommu: true }), runBurst({ ...burst, iommu: false }));
  });
}
