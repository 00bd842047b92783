/** Paths 1 and 2: the dispatch routine and the callback, step by step as the trace has them. */
import { assert, assertEquals } from "@std/assert";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { SGDMA } from "../../sim/card/registers.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { callsOf, drive, equal, isDoorbell, slices, wayOf } from "./drive.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const ENGINES = ["chart", "table"] as const;
/** Descriptor registers of H2C channel 0. */
const H2C0_SGDMA = 0x4000;

Deno.test("adapters are obtained at init, one each, and put at unload; no transfer asks for another [S2-1]", () => {
  for (const strategy of NAMES) {
    for (const adapters of ["shared", "per-channel"] as const) {
      const wanted = equal(8).map((request, tag) => ({ ...request, channelIndex: tag % 4 }));
      const { events, system } = drive({ strategy, wanted, system: { adapters, h2cCount: 2, c2hCount: 2 } });
      const started = events.findIndex((event) => event.kind === "state" && event.actor === "scheduler");
      const obtained = (part: readonly TraceEvent[]): number =>
        callsOf(part).filter((call) => call === "IoGetDmaAdapter").length;
      // One or four for the data, and one for the descriptors.
      assertEquals(obtained(events.slice(0, started)), adapters === "shared" ? 2 : 5, strategy);
      assertEquals(obtained(events.slice(started)), 0, strategy);
      assertEquals(system.hal.adapters.filter(({ life }) => life.has("live")), [], "all were put");
    }
  }
});

for (const engine of ENGINES) {
  for (const strategy of ["new-model", "prealloc-queue", "isr-reprogram", "xdma-literal", "classic"] as const) {
    Deno.test(`${strategy} on the ${engine} engine programs a free device inside the callback, at DISPATCH_LEVEL [S2-5]`, () => {
      const { events } = drive({ strategy, wanted: equal(1), system: { engine } });
      const [callback, ...others] = slices(events, "routine");
      assertEquals(others, []);
      const enter = events.find((event) => event.kind === "routine");
      assertEquals(
        enter?.kind === "routine" && enter.routine,
        strategy === "classic" ? "AdapterControl" : "AdapterListControl",
      );
      const stores = callback!.filter((event) => event.kind === "register");
      assertEquals(stores.filter(({ access }) => access === "read"), []);
      // Address of the first descriptor, adjacent count, and the doorbell as the last store.
      const offsets = stores.map(({ offset }) => offset).filter((offset) => offset >= H2C0_SGDMA);
      assertEquals(
        offsets,
        [SGDMA.firstLow, SGDMA.firstHigh, SGDMA.firstAdjacent].map((offset) => H2C0_SGDMA + offset),
      );
      assert(isDoorbell(stores.at(-1)!));
      assertEquals(events.filter(isDoorbell).length, 1, "and nowhere else");
      const levels = callback!.flatMap((event) => event.kind === "call" ? [event.irql] : []);
      assert(levels.length > 0 && levels.every((irql) => irql === "DISPATCH"), levels.join());
    });
  }

  Deno.test(`the dispatch path on the ${engine} engine: validate, mark pending, flush, raise, get the list, pending [S2-21]`, () => {
    const { events, system, outcomes } = drive({ strategy: "isr-reprogram", wanted: equal(1), system: { engine } });
    const first = events.findIndex((event) => event.kind === "irp" && event.state === "received");
    const doorbell = events.findIndex(isDoorbell);
    const path = events.slice(first, events.findIndex((event, at) => at > doorbell && event.kind === "call") + 1);
    assertEquals(
      path.flatMap((event) =>
        event.kind === "call" && !event.call.startsWith("Ex") ? [`${event.call} at ${event.irql}`] : []
      ),
      ["IoMarkIrpPending at PASSIVE", "KeFlushIoBuffers at PASSIVE", "GetScatterGatherList at DISPATCH"],
    );
    assertEquals(wayOf(events, "irp:0").slice(0, 3), ["MARK_PENDING", "MAP", "START"]);
    // STATUS_PENDING: the request comes back much later, by IoCompleteRequest and at DISPATCH_LEVEL.
    const completed = events.filter((event) => event.kind === "call" && event.call === "IoCompleteRequest");
    assertEquals(completed.map((event) => event.kind === "call" && event.irql), ["DISPATCH"]);
    assert(outcomes[0]!.latencyNs > 0);
    assertEquals(system.findings.all, []);
  });
}

Deno.test("a request that is not valid is refused before it is marked pending or has any list [S2-21]", () => {
  for (const [lengthBytes, longest] of [[0, 4096], [8192, 4096]] as const) {
    const { events, outcomes } = drive({
      strategy: "isr-reprogram",
      wanted: [{ lengthBytes }],
      system: { maximumTransferBytes: longest },
    });
    assertEquals(outcomes.map(({ status }) => status), ["STATUS_INVALID_PARAMETER"]);
    const calls = callsOf(events);
    for (const call of ["IoMarkIrpPending", "KeFlushIoBuffers", "GetScatterGatherList"]) {
      assert(!calls.includes(call), call);
    }
    assertEquals(wayOf(events, "irp:0"), ["FAIL", "COMPLETE"]);
  }
});
