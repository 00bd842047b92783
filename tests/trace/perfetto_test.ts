/** The timeline, judged by the rules of its format (`chrome_trace_checker.ts`), which are themselves tried first. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst, runRoundTrip, STRATEGIES } from "../../actors/mod.ts";
import type { StrategyName } from "../../actors/mod.ts";
import { ChromeTrace, SliceTrack } from "../../trace/chrome_trace.ts";
import type { Finding, TraceEvent } from "../../trace/event.ts";
import { PerfettoTracer } from "../../trace/perfetto.ts";
import { complaintsAbout, readTrace } from "./chrome_trace_checker.ts";
import type { FileEvent } from "./chrome_trace_checker.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const FILE = Uint8Array.from({ length: 150_000 }, (_, index) => index * 7);

/** Runs something with a timeline and gives its text. */
function timeline(run: (trace: PerfettoTracer) => void): string {
  let text = "";
  const trace = new PerfettoTracer((piece) => text += piece);
  run(trace);
  trace.close();
  return text;
}

function roundTrip(strategy: StrategyName, polling = false): string {
  return timeline((trace) => runRoundTrip({ bytes: FILE, strategy, trace, polling, engine: "table" }));
}

function counted(events: readonly FileEvent[], ph: string): number {
  return events.filter((event) => event.ph === ph).length;
}

const SLICE: FileEvent = { ph: "X", name: "slice", pid: 1, tid: 1, ts: 1, dur: 2 };
const ASYNC: FileEvent = { ph: "b", name: "request", cat: "irp", pid: 1, id: 7, ts: 1 };
const ARROW: FileEvent = { ph: "s", name: "irp", cat: "irp", pid: 1, tid: 1, id: 7, ts: 2 };
const END: FileEvent = { ...ARROW, ph: "f", bp: "e", ts: 3 };

Deno.test("the checker of the format takes a good file", () => {
  assertEquals(complaintsAbout([SLICE, ARROW, END, ASYNC, { ...ASYNC, ph: "e", ts: 2 }]), []);
  assertEquals(complaintsAbout([SLICE, { ...SLICE, ts: 3 }, { ...SLICE, ts: 3, dur: 1 }]), []);
});

for (
  const [what, events] of Object.entries<readonly FileEvent[]>({
    "overlapping slices": [SLICE, { ...SLICE, ts: 2 }],
    "an outer slice behind an inner one of the same moment": [{ ...SLICE, dur: 1 }, { ...SLICE }],
    "a slice without duration": [{ ...SLICE, dur: undefined }],
    "a slice that ends before it begins": [{ ...SLICE, dur: -1 }],
    "an async slice that never ends": [ASYNC],
    "an async end without beginning": [{ ...ASYNC, ph: "e" }],
    "an async slice begun twice": [ASYNC, ASYNC, { ...ASYNC, ph: "e", ts: 2 }],
    "an async slice without id": [{ ...ASYNC, id: undefined }],
    "an arrow that never ends": [SLICE, ARROW],
    "an arrow that never began": [SLICE, END],
    "an arrow outside every slice": [ARROW, END],
    "an end that binds to nothing": [SLICE, ARROW, { ...END, bp: undefined }],
    "a phase nobody knows": [{ ...SLICE, ph: "Q" }],
    "a counter without number": [{ ph: "C", name: "depth", pid: 1, ts: 1, args: { value: "seven" } }],
  })
) {
  Deno.test(`the checker of the format refuses ${what}`, () => {
    assert(complaintsAbout(events).length > 0);
  });
}

for (const strategy of NAMES) {
  Deno.test(`the timeline of ${strategy} keeps the rules of the format, with interrupts and polling`, () => {
    for (const polling of [false, true]) {
      const text = roundTrip(strategy, polling);
      const events = readTrace(text);
      assertEquals(complaintsAbout(events), []);
      assert(text.length / events.length < 200, `${text.length / events.length} bytes an event`);
    }
  });
}

Deno.test("every request is one async slice from arrival to completion, and one arrow to its DPC", () => {
  let requests = 0;
  const text = timeline((trace) => {
    requests = runRoundTrip({ bytes: FILE, strategy: "isr-reprogram", trace, engine: "table" }).requests;
  });
  const events = readTrace(text);
  for (const ph of ["b", "e", "s", "f"]) assertEquals(counted(events, ph), requests, `events of phase ${ph}`);
  // Led on at the descriptor and at the interrupt.
  assertEquals(counted(events, "t"), 2 * requests);
  const ends = events.filter(({ ph }) => ph === "f");
  const dpcs = events.filter(({ ph, name }) => ph === "X" && name.startsWith("DPC "));
  assert(ends.every(({ ts, tid }) => dpcs.some((dpc) => dpc.ts === ts && dpc.tid === tid)));
});

Deno.test("engine slices of a burst are as long as its transfers, and the interrupt lasts until its ISR ends", () => {
  const text = timeline((trace) => {
    runBurst({ strategy: "isr-reprogram", transferCount: 8, times: BURST_TIMES, trace });
  });
  const events = readTrace(text);
  const durations = (name: RegExp): number[] =>
    events.filter(({ ph, name: own, pid }) => ph === "X" && pid === 2 && name.test(own)).map(({ dur }) => dur ?? -1);
  assertEquals(durations(/^irp /), Array(8).fill(BURST_TIMES.dmaNs / 1000));
  const latencies = events.filter(({ ph, name }) => ph === "X" && name === "vector 0").map(({ dur }) => dur);
  assertEquals(latencies, Array(8).fill(BURST_TIMES.isrNs / 1000));
});

Deno.test("bytes in flight and queue depths come back to nothing", () => {
  const last = new Map<string, unknown>();
  for (const { ph, name, args } of readTrace(roundTrip("new-model"))) if (ph === "C") last.set(name, args?.value);
  assert(last.size > 10, `${last.size} counters`);
  assertEquals([...last].filter(([, value]) => value !== 0), []);
});

Deno.test("findings and notices are instants that say what happened", () => {
  const finding: Finding = {
    rule: "SglDoublePut",
    kind: null,
    severity: "error",
    resource: "sgl:7",
    state: "put",
    call: "PutScatterGatherList",
    expected: ["FILL"],
    sinceNs: 12,
    details: "",
  };
  const text = timeline((trace) => {
    trace.emit({ kind: "finding", atNs: 2500, finding });
    trace.emit({ kind: "notice", atNs: 2600, source: "h2c0", name: "IncorrectMagic", details: 'found "0x0"' });
  });
  const events = readTrace(text);
  assertEquals(complaintsAbout(events), []);
  const [first, second] = events.filter(({ ph }) => ph === "i");
  assertEquals([first?.name, first?.ts, first?.s, first?.args?.resource], ["SglDoublePut", 2.5, "g", "sgl:7"]);
  assertEquals([second?.name, second?.args?.details], ["IncorrectMagic", 'found "0x0"']);
});

Deno.test("work of a processor is a track of its own", () => {
  const text = timeline((trace) => {
    trace.emit({ kind: "work", phase: "enter", atNs: 1000, processor: "cpu:3", irp: 5 });
    trace.emit({ kind: "work", phase: "leave", atNs: 161_000, processor: "cpu:3", irp: 5 });
  });
  const slice = readTrace(text).find(({ ph }) => ph === "X");
  assertEquals([slice?.name, slice?.ts, slice?.dur], ["irp 5", 1, 160]);
});

Deno.test("a request that nobody completed ends with the file, says so, and its arrow ends with it", () => {
  const text = timeline((trace) => {
    trace.emit({ kind: "irp", atNs: 1000, irp: 5, state: "received", channel: "h2c0" });
    trace.emit({ kind: "state", atNs: 2000, actor: "irp:5", event: "START", from: "mapped", to: "inDevice" });
    trace.emit({ kind: "irp", atNs: 9000, irp: 6, state: "received", channel: "h2c0" });
  });
  const events = readTrace(text);
  assertEquals(complaintsAbout(events), []);
  assertEquals(counted(events, "e"), 2);
  assertEquals(events.filter(({ ph }) => ph === "f").map(({ ts, id }) => [ts, id]), [[9, 6]]);
  const states = events.flatMap(({ ph, args }) => ph === "n" ? [args?.state] : []);
  assertEquals(states, ["inDevice", "never completed", "never completed"]);
});

Deno.test("a file that broke off at any line opens and keeps the rules up to there", () => {
  const lines = roundTrip("isr-reprogram").split("\n");
  for (const part of [0.1, 0.37, 0.5, 0.93]) {
    const events = readTrace(lines.slice(0, Math.floor(lines.length * part)).join("\n"));
    assert(events.length > 100);
    assertEquals(complaintsAbout(events, true), []);
  }
});

Deno.test("what was emitted is handed over as it comes: only a piece is kept back", () => {
  let handedOver = 0;
  let largest = 0;
  const trace = new PerfettoTracer((piece) => {
    handedOver += piece.length;
    largest = Math.max(largest, piece.length);
  });
  const count = 100_000;
  for (let irp = 0; irp < count; irp++) {
    const request = { kind: "irp", irp, channel: "h2c0", atNs: irp } as const;
    const events: TraceEvent[] = [{ ...request, state: "received" }, { ...request, state: "completed" }];
    for (const event of events) trace.emit(event);
  }
  const before = handedOver;
  trace.close();
  assert(handedOver > count * 100, `${handedOver} characters`);
  assert(handedOver - before <= 70_000, `${handedOver - before} characters were kept until the end`);
  assert(largest <= 70_000, `a piece of ${largest} characters`);
});

Deno.test("slices that were begun in one moment are written from the outermost in", () => {
  let text = "";
  const file = new ChromeTrace((piece) => text += piece);
  const track = new SliceTrack(file, 1, 1, "a track");
  track.begin("outer", 1000);
  track.begin("inner", 1000);
  track.flow("s", 3, 1000);
  track.end(1000);
  track.flow("f", 3, 1000);
  track.end(2000);
  file.close();
  const events = readTrace(text).filter(({ ph }) => ph !== "M");
  assertEquals(events.map(({ ph, name }) => `${ph} ${name}`), ["X outer", "X inner", "s irp", "f irp"]);
  assertEquals(complaintsAbout(events), []);
});
