/** Paths 3 and 4: the ISR and the DPC, step by step as the trace has them. */
import { assert, assertEquals } from "@std/assert";
import { isrReprogram, STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { Strategy, StrategyName } from "../../actors/scheduler/strategy.ts";
import type { System } from "../../actors/system.ts";
import { CHANNEL } from "../../sim/card/registers.ts";
import type { TraceEvent, Tracer } from "../../trace/event.ts";
import { callsOf, drive, equal, isDoorbell, slices } from "./drive.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const ENGINES = ["chart", "table"] as const;
const ISR_NS = 3_000;
const DPC_NS = 20_000;

/** What an ISR or a DPC did to queues and card, in order. */
function deeds(slice: readonly TraceEvent[]): string[] {
  const told: string[] = [];
  for (const event of slice) {
    if (event.kind === "queue") told.push(`${event.operation} ${event.queue.split(":")[0]} irp:${event.irp}`);
    else if (isDoorbell(event)) told.push("doorbell");
    else if (event.kind === "register" && event.access === "read") told.push(`read 0x${event.offset.toString(16)}`);
  }
  return told;
}

for (const strategy of NAMES) {
  Deno.test(`${strategy}: an interrupt runs the ISR first, and every DPC is one that an ISR asked for [S2-6]`, () => {
    const { events } = drive({ strategy, wanted: equal(6), dmaNs: 100_000, costs: { isrNs: ISR_NS, dpcNs: DPC_NS } });
    const entries = (kind: "isr" | "dpc"): number[] =>
      events.flatMap((event) => event.kind === kind && event.phase === "enter" ? [event.atNs] : []);
    const interrupts = events.flatMap((event) => event.kind === "interrupt" && event.asserted ? [event.atNs] : []);
    assertEquals(interrupts.length, 6);
    assertEquals(entries("isr"), interrupts.map((atNs) => atNs + ISR_NS));
    assertEquals(entries("dpc"), entries("isr").map((atNs) => atNs + DPC_NS));
    // The reason is saved in the ISR: the status is read there (which clears it), and never in the DPC.
    const reads = (kind: "isr" | "dpc"): number[] =>
      slices(events, kind).map((slice) => deeds(slice).filter((deed) => deed.startsWith("read")).length);
    assertEquals(reads("isr"), [1, 1, 1, 1, 1, 1]);
    assertEquals(reads("dpc"), [0, 0, 0, 0, 0, 0]);
  });
}

for (const engine of ENGINES) {
  Deno.test(`one ISR run on the ${engine} engine matches, moves on, programs the next and asks for the DPC [S2-23]`, () => {
    const { events } = drive({ strategy: "isr-reprogram", wanted: equal(4), dmaNs: 400_000, system: { engine } });
    const runs = slices(events, "isr");
    assertEquals(runs.length, 4);
    runs.forEach((run, irp) => {
      const read = `read 0x${CHANNEL.statusRC.toString(16)}`;
      const match = [`remove waiting-for-device irp:${irp}`, `insert ready-to-complete irp:${irp}`];
      const next = irp + 1;
      const program = [`remove work-to-do irp:${next}`, `insert waiting-for-device irp:${next}`, "doorbell"];
      assertEquals(deeds(run), irp === 3 ? [read, ...match] : [read, ...match, ...program]);
      const calls = callsOf(run);
      assertEquals(calls.pop(), "IoRequestDpc");
      for (const call of calls) assert(call.startsWith("ExInterlocked"), call);
    });
    // The DPC's latency runs from the end of that ISR.
    const ends = events.flatMap((event) => event.kind === "isr" && event.phase === "leave" ? [event.atNs] : []);
    const dpcs = events.flatMap((event) => event.kind === "dpc" && event.phase === "enter" ? [event.atNs] : []);
    assertEquals(dpcs, ends.map((atNs) => atNs + DPC_NS));
  });
}

Deno.test("no HAL routine is called and nothing is allocated inside an ISR, whatever the strategy [S2-23]", () => {
  for (const strategy of NAMES) {
    const meter = new IsrMeter();
    const { system } = drive({
      strategy,
      wanted: equal(6),
      dmaNs: 100_000,
      system: { trace: meter },
      before: (world) => meter.watch(world),
    });
    assertEquals(meter.runs, 6, strategy);
    assertEquals(meter.grown, 0, `${strategy}: pool allocations inside an ISR`);
    assertEquals(meter.called, 0, `${strategy}: DMA routines called inside an ISR`);
    assertEquals(system.findings.all, [], strategy);
  }
});

Deno.test("a driver that puts its list in the ISR is named, once for each transfer [S2-23, S2-28]", () => {
  const hasty: Strategy = {
    ...isrReprogram,
    start: (driver) => {
      const run = isrReprogram.start(driver);
      return {
        dispatch: (request) => run.dispatch(request),
        finished: (channel, request) => {
          driver.putList(request);
          run.finished(channel, request);
        },
        deferred: (channel, request) => run.deferred(channel, request),
      };
    },
  };
  const { system } = drive({ strategy: hasty, wanted: equal(3), dmaNs: 400_000 });
  assertEquals(system.findings.all.map(({ rule }) => rule), ["HalCallAtDirql", "HalCallAtDirql", "HalCallAtDirql"]);
});

for (const engine of ENGINES) {
  Deno.test(`a DPC on the ${engine} engine drains ready-to-complete, and puts each list before it completes [S2-24]`, () => {
    // Transfers are so short that several end before the first DPC runs: IoRequestDpc of a queued DPC adds nothing.
    const { events, system, outcomes } = drive({
      strategy: "isr-reprogram",
      wanted: equal(12, 4096),
      dmaNs: 2_000,
      costs: { setupNs: 100, isrNs: 1_000, dpcNs: 10_000 },
      system: { engine },
    });
    assertEquals(outcomes.length, 12);
    const runs = slices(events, "dpc");
    const each = ["ExInterlockedRemoveHeadList", "PutScatterGatherList", "IoCompleteRequest"];
    let requests = 0;
    for (const run of runs) {
      const taken = callsOf(run).filter((call) => call === "IoCompleteRequest").length;
      // The last look finds the queue empty.
      assertEquals(callsOf(run), [...Array.from({ length: taken }, () => each).flat(), each[0]]);
      requests += taken;
    }
    assertEquals(requests, 12);
    const states = runs.flat().flatMap((event) =>
      event.kind === "state" && event.actor.startsWith("sgl:") ? [event] : []
    );
    assertEquals(new Set(states.map(({ to }) => to)), new Set(["put"]));
    // Few runs for many requests, and each leaves the queue empty.
    const times = events.flatMap((event) => event.kind === "dpc" && event.phase === "leave" ? [event.atNs] : []);
    const runTimes = [...new Set(times)];
    assert(runTimes.length <= 4, `${runTimes.length} runs`);
    for (const atNs of runTimes) {
      const left = events.findLast((event) =>
        event.kind === "queue" && event.queue === "ready-to-complete:h2c0" && event.atNs === atNs &&
        event.operation === "remove"
      );
      assertEquals(left?.kind === "queue" && left.depth, 0);
    }
    assertEquals(system.channels[0]!.parts.readyToComplete.depth, 0);
  });
}

Deno.test("a DPC that takes one request only leaves the others behind; draining is what saves them [S2-24]", () => {
  const one: Strategy = {
    ...isrReprogram,
    start: (driver) => {
      const run = isrReprogram.start(driver);
      let servedNs = -1;
      return {
        dispatch: (request) => run.dispatch(request),
        finished: (channel, request) => run.finished(channel, request),
        deferred: (channel, request) => {
          // As if the routine returned after the first: whatever else it was handed at this moment is dropped.
          if (driver.clock.nowNs === servedNs) return;
          servedNs = driver.clock.nowNs;
          run.deferred(channel, request);
        },
      };
    },
  };
  const times = { setupNs: 100, isrNs: 1_000, dpcNs: 10_000 };
  const { violations } = drive({ strategy: one, wanted: equal(12, 4096), dmaNs: 2_000, costs: times });
  assert(violations.some(({ invariant }) => invariant === "X-4"));
});

/** Counts what a world does between the beginning and the end of its ISRs. */
class IsrMeter implements Tracer {
  readonly on = true;
  runs = 0;
  grown = 0;
  called = 0;
  #system: System | null = null;
  #allocations = 0;
  #calls = 0;

  watch(system: System): void {
    this.#system = system;
  }

  emit(event: TraceEvent): void {
    if (event.kind !== "isr" || this.#system === null) return;
    const { memory, hal } = this.#system;
    const calls = hal.adapters.reduce((sum, { counters }) => sum + counters.callCount, 0);
    if (event.phase === "leave") {
      this.runs++;
      this.grown += memory.pool.allocations - this.#allocations;
      this.called += calls - this.#calls;
    }
    this.#allocations = memory.pool.allocations;
    this.#calls = calls;
  }
}
