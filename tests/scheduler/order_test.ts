/** What is ready when, who goes first, and how many are in an engine at one time. */
import { assert, assertEquals } from "@std/assert";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { callsOf, drive, equal, isDoorbell, slices, timesOf, wayOf } from "./drive.ts";
import type { Wanted } from "./drive.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const TIMES = { setupNs: 160_000, isrNs: 3_000, dpcNs: 20_000 };
const DMA_NS = 360_000;

const doorbells = (events: readonly TraceEvent[]): number[] =>
  events.flatMap((event) => isDoorbell(event) ? [event.atNs] : []);
const interrupts = (events: readonly TraceEvent[]): number[] =>
  events.flatMap((event) => event.kind === "interrupt" && event.asserted ? [event.atNs] : []);

for (const strategy of ["prealloc-queue", "isr-reprogram"] as const) {
  Deno.test(`${strategy}: each list is there before the device is free, and nothing waits for resources [S2-12]`, () => {
    const { events } = drive({ strategy, wanted: equal(8), costs: TIMES, dmaNs: DMA_NS });
    const free = interrupts(events);
    const started = doorbells(events);
    const gapNs = strategy === "isr-reprogram" ? TIMES.isrNs : TIMES.isrNs + TIMES.dpcNs;
    for (let irp = 1; irp < 8; irp++) {
      const [filledNs] = timesOf(events, `irp:${irp}`, "MAP");
      assert(filledNs! < free[irp - 1]!, `list ${irp} came at ${filledNs}, the device was free at ${free[irp - 1]}`);
      // Between one transfer and the next lies the interrupt path and not a nanosecond of setup.
      assertEquals(started[irp]! - free[irp - 1]!, gapNs);
    }
    // Queued with its list: the request that leaves the queue needs no routine of the HAL any more.
    for (let irp = 1; irp < 8; irp++) {
      assertEquals(wayOf(events, `irp:${irp}`), [
        "MARK_PENDING",
        "MAP",
        "QUEUE",
        "START",
        "DEVICE_DONE",
        "PUT",
        "COMPLETE",
      ]);
    }
  });
}

Deno.test("the typical driver asks for the list when the device is free, and the device waits for it [S2-12]", () => {
  const { events } = drive({ strategy: "new-model", wanted: equal(8), costs: TIMES, dmaNs: DMA_NS });
  const free = interrupts(events);
  for (let irp = 1; irp < 8; irp++) {
    assertEquals(wayOf(events, `irp:${irp}`).slice(0, 4), ["MARK_PENDING", "QUEUE", "MAP", "START"]);
    assertEquals(doorbells(events)[irp]! - free[irp - 1]!, TIMES.isrNs + TIMES.dpcNs + TIMES.setupNs);
  }
});

const MIXED: readonly Wanted[] = [16, 16, 1, 7, 16, 2, 1, 12, 16, 1, 3, 16].map((pages) => ({
  lengthBytes: pages * 4096,
}));

for (const strategy of NAMES) {
  // Static lists of a device that needs registers would take them all for good.
  for (const addressBits of strategy === "registered" ? [64] : [64, 32]) {
    Deno.test(`${strategy}, ${addressBits} bits: requests of mixed sizes start and end in the order of arrival [S2-13]`, () => {
      const { events, outcomes, violations } = drive({
        strategy,
        wanted: MIXED,
        costs: { setupNs: 5_000, copyNs: 5_000 },
        dmaNs: 50_000,
        // One large request and two small ones fit: a small one could pass a large one that waits.
        system: { addressBits, mapRegisters: addressBits === 32 ? 20 : undefined },
      });
      const order = MIXED.map((_, irp) => irp);
      assertEquals(outcomes.map(({ tag }) => tag), order);
      assert(outcomes.every(({ status }) => status === "STATUS_SUCCESS"));
      const starts = events.flatMap((event) =>
        event.kind === "state" && event.event === "START" && event.actor.startsWith("irp:") ? [event.actor] : []
      );
      assertEquals([...new Set(starts)], order.map((irp) => `irp:${irp}`));
      assertEquals(violations, []);
    });
  }
}

Deno.test("a small request does not get its list before the large one that waits for registers [S2-13]", () => {
  const { events, system } = drive({
    strategy: "isr-reprogram",
    wanted: MIXED,
    costs: { setupNs: 5_000 },
    dmaNs: 50_000,
    system: { addressBits: 32, mapRegisters: 20 },
  });
  const filledNs = MIXED.map((_, irp) => timesOf(events, `irp:${irp}`, "MAP")[0]!);
  assertEquals(filledNs, filledNs.toSorted((left, right) => left - right));
  // The third needs one register, and four were free when it came: it waited for the second all the same.
  const asked = timesOf(events, "irp:2", "MARK_PENDING")[0]!;
  assert(filledNs[2]! > asked + 3 * 5_000, `${filledNs[2]} ns`);
  assert(system.hal.mapRegisters.peak > 16 && system.hal.mapRegisters.peak <= 20);
});

for (const strategy of NAMES) {
  Deno.test(`${strategy}: an engine has one request at a time, and starts the next only after its interrupt [S2-25]`, () => {
    const wanted = equal(12).map((request, tag) => ({ ...request, channelIndex: tag % 2 }));
    const { events, system } = drive({
      strategy,
      wanted,
      costs: { setupNs: 2_000, copyNs: 2_000 },
      dmaNs: 50_000,
      system: { h2cCount: 2, processors: 2 },
    });
    for (const { parts, device } of system.channels) {
      const depths = events.flatMap((event) =>
        event.kind === "queue" && event.queue === parts.waitingForDevice.name ? [event.depth] : []
      );
      assertEquals(depths.filter((_, index) => index % 2 === 0), [1, 1, 1, 1, 1, 1]);
      assertEquals(depths.filter((_, index) => index % 2 === 1), [0, 0, 0, 0, 0, 0]);
      assertEquals(parts.waitingForDevice.life.context.depthPeak, 1);
      const life = wayOf(events, device.life.name).filter((event) => event === "START" || event === "COMPLETED");
      assertEquals(life, Array.from({ length: 12 }, (_, index) => index % 2 === 0 ? "START" : "COMPLETED"));
    }
    assertEquals(system.busyPeak, 2, "engines of different channels do work at the same time");
  });
}

Deno.test("thirty-one ready lists are programmed from the ISR, one after the other [S3-14]", () => {
  const { events, system, endNs } = drive({
    strategy: "isr-reprogram",
    wanted: equal(32),
    costs: { ...TIMES, setupNs: 1_000 },
    dmaNs: DMA_NS,
  });
  const [channel] = system.channels;
  assertEquals(channel!.parts.workToDo.life.context.depthPeak, 31);
  const queued = events.find((event) =>
    event.kind === "queue" && event.queue === "work-to-do:h2c0" && event.depth === 31
  );
  // All 32 lists are ready before the first transfer ends, and ready means obtained and not put.
  assert(queued !== undefined && queued.atNs < interrupts(events)[0]!);
  assertEquals(system.hal.adapters[0]!.counters.listsPeak, 32);
  const programmed = slices(events, "isr").filter((run) => run.some(isDoorbell));
  assertEquals(programmed.length, 31);
  assertEquals(doorbells(events).length, 32);
  // The queue is the interlocked one throughout.
  const calls = callsOf(programmed.flat()).filter((call) => call !== "IoRequestDpc");
  for (const call of calls) assert(call.startsWith("ExInterlocked"), call);
  const { isrNs, dpcNs } = TIMES;
  assertEquals(endNs, 1_000 + 32 * DMA_NS + 31 * isrNs + isrNs + dpcNs);
});

Deno.test("in three stages each list moves pre, transfer, post, once, and three requests overlap [S0-34]", () => {
  const postNs = 40_000;
  const wakeNs = 30_000;
  const { events, system } = drive({
    strategy: "three-stage",
    wanted: equal(6),
    costs: { ...TIMES, postNs, wakeNs },
    dmaNs: DMA_NS,
  });
  // The HAL uses the memory of lists again; each use is one way through the stages.
  const uses = ["sgl:0", "sgl:1", "sgl:2", "sgl:3", "sgl:4", "sgl:5"].flatMap((list) => {
    const way = wayOf(events, list).filter((event) => event !== "READ");
    return Array.from({ length: way.length / 4 }, (_, use) => way.slice(4 * use, 4 * use + 4).join(" "));
  });
  assertEquals(uses, new Array(6).fill("FILL DOORBELL DEVICE_DONE PUT_SCATTER_GATHER_LIST"));
  const at = (irp: number, name: string): number => timesOf(events, `irp:${irp}`, name)[0]!;
  for (let irp = 0; irp < 6; irp++) {
    const stages = wayOf(events, `irp:${irp}`).filter((event) => event !== "QUEUE");
    assertEquals(stages, ["MARK_PENDING", "MAP", "START", "DEVICE_DONE", "PUT", "COMPLETE"]);
    // Pre is one thread, which goes on with the next request whatever the device does.
    assertEquals(at(irp, "MAP"), (irp + 1) * TIMES.setupNs);
    // Transfer sleeps until the DPC's event, and starts the next one as soon as it is awake.
    const awakeNs = at(irp, "DEVICE_DONE") + TIMES.dpcNs + wakeNs;
    if (irp < 5) assertEquals(at(irp + 1, "START"), awakeNs);
    // Post is a thread of its own.
    assertEquals(at(irp, "PUT"), awakeNs + postNs);
  }
  // While 1 is in the device, 4 is being prepared and 0 is being put.
  assert(at(1, "START") < at(4, "MAP") && at(4, "MAP") < at(1, "DEVICE_DONE"));
  assert(at(1, "START") < at(0, "PUT") && at(0, "PUT") < at(1, "DEVICE_DONE"));
  assertEquals(system.findings.all, []);
});
