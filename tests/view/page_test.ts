/** The parts of the page that need no browser: windows of time, marks, samples, filters. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst } from "../../mod.ts";
import { marksOf, pixelAt, stepOf, timeAt, timeText } from "../../view/page/axis.ts";
import { filtered } from "../../view/page/event_filter.ts";
import { sampled } from "../../view/page/sampled.ts";
import { Store } from "../../view/page/store.ts";
import { eventText, kindOf } from "../../view/record/event_text.ts";
import type { Recording } from "../../view/record/recording.ts";
import { RecordingTracer } from "../../view/record/recording_tracer.ts";

function burst(transferCount = 4): Recording {
  const tracer = new RecordingTracer("burst", "burst", ["h2c0"]);
  runBurst({ strategy: "isr-reprogram", transferCount, times: BURST_TIMES, transferBytes: 4096, trace: tracer });
  return tracer.taken();
}

function storeWith(run: Recording): Store {
  const store = new Store(() => {});
  store.change({ runs: [run], shown: [0] });
  store.zoomTo(0, store.endNs);
  return store;
}

Deno.test("a step goes to the next event even where many happen at once", () => {
  const run = burst();
  const store = storeWith(run);
  store.goToEvent(0);
  const seen = new Set<number>();
  for (let i = 0; i < 50; i++) {
    seen.add(store.now.event);
    store.goToEvent(store.now.event + 1);
  }
  assertEquals(seen.size, 50);
  assertEquals(store.now.atNs, run.events.atNs[50]);
});

Deno.test("the window follows the position, and never leaves the run", () => {
  const store = storeWith(burst());
  const { endNs } = store;
  store.zoomBy(0.1, 0);
  assertEquals([store.now.fromNs, store.now.toNs], [0, endNs / 10]);
  store.goTo(endNs / 2);
  assert(store.now.fromNs < endNs / 2 && store.now.toNs > endNs / 2);
  store.goTo(endNs * 3);
  assertEquals([store.now.atNs, store.now.toNs], [endNs, endNs]);
  store.zoomBy(1000, 0);
  assertEquals([store.now.fromNs, store.now.toNs], [0, endNs]);
});

Deno.test("zooming leaves the time under the pointer where it is", () => {
  const store = storeWith(burst());
  const atNs = store.endNs * 0.4;
  const before = pixelAt(atNs, store.now, 900);
  store.zoomBy(0.5, atNs);
  assert(Math.abs(pixelAt(atNs, store.now, 900) - before) < 1e-6);
  assert(Math.abs(timeAt(before, store.now, 900) - atNs) < 1e-6);
});

Deno.test("marks stand apart and at round times, at any scale", () => {
  const { now } = storeWith(burst());
  for (const toNs of [40, 1000, 77_777, 3e6, 5e9]) {
    const step = stepOf(toNs, 600);
    assertEquals([1, 2, 5].includes(Number(`${step}`[0])), true, `${step}`);
    const marks = marksOf({ ...now, fromNs: 0, toNs }, 900);
    assert(marks.length >= 2 && marks.length <= 9, `${marks.length} marks for ${toNs} ns`);
    assertEquals(new Set(marks.map(({ text }) => text)).size, marks.length);
  }
  assertEquals(timeText(1_234_567), "1\u202f234.567 µs");
});

Deno.test("a sample keeps the peak that falls between two pixels", () => {
  const series = { name: "x", atNs: Float64Array.of(0, 501, 502, 900), value: Float64Array.of(1, 9, 2, 3) };
  assertEquals(sampled(series, 0, 1000, 4, 1000), [1, 1, 9, 3]);
  assertEquals(sampled(series, 0, 2000, 4, 1000), [1, 9, 3, null]);
});

Deno.test("the event list is filtered by actor, by words and by figures", () => {
  const run = burst();
  assertEquals(filtered(run, { words: "", actor: "", withRegisters: true }), null);
  const kinds = (rows: Uint32Array | null): Set<string> => new Set([...rows!].map((row) => kindOf(run, row)));
  assert(!kinds(filtered(run, { words: "", actor: "", withRegisters: false })).has("register"));
  const own = filtered(run, { words: "", actor: "irp:2", withRegisters: true })!;
  assert(own.length > 4 && [...own].every((row) => eventText(run, row).subject === "irp:2"));
  const puts = filtered(run, { words: "putscatter", actor: "", withRegisters: false })!;
  assertEquals(puts.length, 4);
  const figures = filtered(run, { words: "irp 3", actor: "", withRegisters: false })!;
  assert(figures.length > 0 && [...figures].every((row) => eventText(run, row).text.includes("irp 3")));
});
