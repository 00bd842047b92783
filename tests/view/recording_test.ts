/** What the page keeps of a run: everything, compactly; and what it reads from it. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, EIGHT_CHANNELS, Recorder, runBurst, runRoundTrip, tee } from "../../mod.ts";
import type { StrategyName, TraceEvent } from "../../mod.ts";
import { eventText, findingOf, legalThere } from "../../view/record/event_text.ts";
import { ACTIVITIES, buffersOf, eventAt, KINDS, spentNs, valueAt, whereabouts } from "../../view/record/recording.ts";
import type { Activity, Lane, Recording } from "../../view/record/recording.ts";
import { RecordingTracer } from "../../view/record/recording_tracer.ts";

/** The same run as the page keeps it and event by event. */
function burst(strategy: StrategyName, transferCount: number): { run: Recording; events: readonly TraceEvent[] } {
  const tracer = new RecordingTracer(`burst-${strategy}`, strategy, ["h2c0"]);
  const recorder = new Recorder();
  runBurst({ strategy, transferCount, times: BURST_TIMES, transferBytes: 4096, trace: tee(tracer, recorder) });
  return { run: tracer.taken(), events: recorder.events };
}

/** `160 busy 0`: when each stretch begins, in microseconds, and what it is. */
function stretches({ fromNs, activity, irp }: Lane): string[] {
  return [...fromNs].map((from, i) => {
    const request = irp[i] === -1 ? "" : ` ${irp[i]}`;
    return `${from / 1000} ${ACTIVITIES[activity[i]!]}${request}`;
  });
}

function lane({ lanes }: Recording, index = 0): Lane {
  return lanes[index]!;
}

function spent(run: Recording, activity: Activity): number {
  return spentNs(lane(run), ACTIVITIES.indexOf(activity), run.endNs);
}

Deno.test("the typical driver's engine waits for list, ISR and DPC, and the lane says when", () => {
  const { run } = burst("new-model", 2);
  assertEquals(stretches(lane(run)), [
    ...["0 list", "160 busy 0", "520 isr", "523 dpc", "543 list", "703 busy 1", "1063 isr", "1066 none"],
  ]);
});

Deno.test("a restart inside the ISR leaves the engine only the ISR to wait for", () => {
  const { run } = burst("isr-reprogram", 3);
  assertEquals(stretches(lane(run)), [
    ...["0 list", "160 busy 0", "520 isr", "523 busy 1", "883 isr", "886 busy 2", "1246 isr", "1249 none"],
  ]);
});

Deno.test("with polling the engine is done before somebody looks, and no ISR is waited for", () => {
  const tracer = new RecordingTracer("x", "x", EIGHT_CHANNELS);
  runRoundTrip({ bytes: new Uint8Array(256 * 1024), strategy: "prealloc-queue", polling: true, trace: tracer });
  const seen = tracer.taken().lanes.flatMap(({ activity }) => [...activity].map((code) => ACTIVITIES[code]));
  assert(seen.includes("unnoticed") && !seen.includes("isr"), [...new Set(seen)].join());
});

Deno.test("three threads leave a list ready while a thread wakes", () => {
  const { run } = burst("three-stage", 2);
  assertEquals(spent(run, "start"), BURST_TIMES.wakeNs);
});

Deno.test("what a lane adds up to is the length of the run, for every channel and activity", () => {
  const tracer = new RecordingTracer("x", "x", EIGHT_CHANNELS);
  runRoundTrip({ bytes: new Uint8Array(512 * 1024), strategy: "prealloc-queue", trace: tracer });
  const run = tracer.taken();
  assertEquals(run.lanes.map(({ channel }) => channel), [...EIGHT_CHANNELS]);
  for (const each of run.lanes) {
    const sum = ACTIVITIES.reduce((total, _, code) => total + spentNs(each, code, run.endNs), 0);
    assertEquals(sum, run.endNs, each.channel);
    assert(each.activity.includes(ACTIVITIES.indexOf("busy")), `${each.channel} was never busy`);
  }
});

Deno.test("every event keeps its time and kind, and no line of the list is empty", () => {
  const { run, events } = burst("classic", 4);
  assertEquals(run.events.count, events.length);
  events.forEach((event, index) => {
    assertEquals(run.events.atNs[index], event.atNs);
    const { kind, subject, text } = eventText(run, index);
    assertEquals(kind, event.kind);
    assert(subject !== "" && text !== "", `event ${index} of kind ${kind} says "${subject} ${text}"`);
  });
});

Deno.test("the state of every actor after every event is that of its last transition", () => {
  const { run, events } = burst("isr-reprogram", 2);
  const states = new Map<string, string>();
  events.forEach((event, index) => {
    if (event.kind !== "state") return;
    states.set(event.actor, event.to);
    for (const [actor, state] of states) {
      assertEquals(whereabouts(run, actor, index).state, state, `${actor} after ${index}`);
    }
    assertEquals(whereabouts(run, event.actor, index).event, index);
  });
  assertEquals(whereabouts(run, "irp:1", -1), { state: "dispatched", event: -1 });
  assertEquals(whereabouts(run, "irp:99", 10), { state: "", event: -1 });
});

Deno.test("the last event at a time is found, and none before the first", () => {
  const { run } = burst("isr-reprogram", 1);
  assertEquals(eventAt(run, -1), -1);
  assertEquals(eventAt(run, run.endNs), run.events.count - 1);
  const at = eventAt(run, 160_000);
  assertEquals(run.events.atNs[at], 160_000);
  assert(run.events.atNs[at + 1]! > 160_000);
});

Deno.test("depths of queues of one role are added up over the channels", () => {
  const tracer = new RecordingTracer("x", "x", ["h2c0", "h2c1"]);
  const insert = (queue: string, atNs: number, depth: number): void =>
    tracer.emit({ kind: "queue", atNs, queue, operation: "insert", irp: 0, depth });
  insert("work-to-do:h2c0", 10, 1);
  insert("work-to-do:h2c1", 10, 1);
  insert("work-to-do:h2c0", 20, 2);
  const series = tracer.taken().series.find(({ name }) => name === "work-to-do")!;
  assertEquals([...series.atNs], [0, 10, 20]);
  assertEquals([...series.value], [0, 2, 3]);
  assertEquals([valueAt(series, 5), valueAt(series, 15), valueAt(series, 99)], [0, 2, 3]);
});

Deno.test("a finding keeps its whole story", () => {
  const finding = {
    ...{ rule: "SglDoublePut", kind: null, severity: "error", resource: "sgl:0", state: "put" } as const,
    ...{ call: "PutScatterGatherList", expected: ["FILL"], sinceNs: 4, details: "µs and “quotes” survive" },
  };
  const tracer = new RecordingTracer("x", "x", []);
  tracer.emit({ kind: "finding", atNs: 7, finding });
  const run = tracer.taken();
  assertEquals([...run.findings], [0]);
  assertEquals(findingOf(run, 0), finding);
});

Deno.test("what was legal is told as routines, not as events of a chart", () => {
  const { resource, expected } = { resource: "adapter:0", expected: ["CALL", "GRANT", "PUT_SCATTER_GATHER_LIST"] };
  assertEquals(legalThere({ resource, expected }), ["PutScatterGatherList"]);
  assertEquals(legalThere({ resource: "list 0x1", expected: ["FlushAdapterBuffers"] }), ["FlushAdapterBuffers"]);
});

Deno.test("map registers that somebody waits for are the reason why an engine idles", () => {
  const tracer = new RecordingTracer("x", "x", ["h2c0"]);
  tracer.emit({ kind: "irp", atNs: 0, irp: 0, state: "received", channel: "h2c0" });
  const pool = { kind: "state", actor: "mapRegisterPool" } as const;
  tracer.emit({ ...pool, atNs: 100, event: "ALLOCATE", from: "open", to: "contended" });
  tracer.emit({ ...pool, atNs: 300, event: "GRANT_WAITER", from: "contended", to: "open" });
  tracer.emit({ kind: "irp", atNs: 400, irp: 0, state: "completed", channel: "h2c0" });
  assertEquals(stretches(lane(tracer.taken())), ["0 list", "0.1 registers", "0.3 list", "0.4 none"]);
});

Deno.test("a request waits for a processor while another one occupies it", () => {
  const tracer = new RecordingTracer("x", "x", ["h2c0", "h2c1"]);
  const received = { kind: "irp", atNs: 0, state: "received" } as const;
  const work = { kind: "work", processor: "cpu:0" } as const;
  tracer.emit({ ...received, irp: 0, channel: "h2c0" });
  tracer.emit({ ...received, irp: 1, channel: "h2c1" });
  tracer.emit({ ...work, atNs: 0, phase: "enter", irp: 0 });
  tracer.emit({ ...work, atNs: 50, phase: "leave", irp: 0 });
  tracer.emit({ ...work, atNs: 50, phase: "enter", irp: 1 });
  tracer.emit({ ...work, atNs: 90, phase: "leave", irp: 1 });
  const run = tracer.taken();
  assertEquals(stretches(lane(run, 1)), ["0 processor", "0.05 list"]);
});

Deno.test("a recording travels without being copied: all of its columns can be given away", () => {
  const { run } = burst("isr-reprogram", 4);
  const bytes = buffersOf(run).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const copy = structuredClone(run, { transfer: buffersOf(run) });
  assertEquals(run.events.atNs.length, 0);
  assertEquals(copy.events.count, copy.events.atNs.length);
  assert(bytes / copy.events.count < 100, `${bytes / copy.events.count} bytes an event`);
  assertEquals(new Set(copy.events.kind).size <= KINDS.length, true);
});
