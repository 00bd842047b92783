/** Files that somebody saved, opened again in the page. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, CallLogTracer, EIGHT_CHANNELS, PerfettoTracer, runBurst, runRoundTrip, tee } from "../../mod.ts";
import type { Tracer } from "../../mod.ts";
import { openFile } from "../../view/open/open_file.ts";
import { findingOf } from "../../view/record/event_text.ts";
import { ACTIVITIES, whereabouts } from "../../view/record/recording.ts";
import type { Lane, Recording } from "../../view/record/recording.ts";
import { RecordingTracer } from "../../view/record/recording_tracer.ts";
import { build, call, event, get, init, on } from "../check/log.ts";

async function opened(name: string, text: string): Promise<Recording> {
  const file = await openFile(name, new TextEncoder().encode(text));
  assert(typeof file !== "string", String(file));
  return file.recording;
}

/** What a lane says, as text. */
function said(lanes: readonly Lane[]): string[] {
  return lanes.map(({ channel, fromNs, activity, irp }) =>
    [channel, ...[...fromNs].map((from, i) => `${from}:${ACTIVITIES[activity[i]!]}${irp[i]}`)].join(" ")
  );
}

/** A run as the page records it, and the file that --trace makes of it. */
function recorded(run: (trace: Tracer) => void): { recording: Recording; text: string } {
  let text = "";
  const tracer = new RecordingTracer("x", "x", EIGHT_CHANNELS);
  const timeline = new PerfettoTracer((piece) => text += piece);
  run(tee(tracer, timeline));
  timeline.close();
  return { recording: tracer.taken(), text };
}

for (const strategy of ["new-model", "prealloc-queue", "isr-reprogram", "copy"] as const) {
  Deno.test(`a saved timeline shows the lanes and queues of the run itself: ${strategy}`, async () => {
    const { recording, text } = recorded((trace) =>
      void runRoundTrip({ bytes: new Uint8Array(256 * 1024), strategy, trace })
    );
    const { lanes, series, requests, endNs } = await opened("run.json", text);
    assertEquals(said(lanes), said(recording.lanes));
    assertEquals([requests, endNs], [recording.requests, recording.endNs]);
    for (const { name, atNs, value } of recording.series.filter((each) => each.name.includes("-"))) {
      const again = series.find((each) => each.name === name)!;
      assertEquals([[...again.atNs], [...again.value]], [[...atNs], [...value]], name);
    }
  });
}

Deno.test("a saved timeline knows the states of its requests at any time", async () => {
  const { recording, text } = recorded((trace) =>
    void runBurst({ strategy: "isr-reprogram", transferCount: 3, times: BURST_TIMES, trace })
  );
  const again = await opened("run.json", text);
  const { actors, names, events } = recording;
  const end = (run: Recording, actor: string): string => whereabouts(run, actor, run.events.count - 1).state;
  for (const number of actors.actors) {
    const actor = names[number]!;
    if (actor.startsWith("irp:")) assertEquals(end(again, actor), end(recording, actor));
  }
  assert(again.events.count > events.count / 4, `${again.events.count} of ${events.count} events`);
});

Deno.test("a timeline that broke off still opens", async () => {
  const { text } = recorded((trace) =>
    void runBurst({ strategy: "isr-reprogram", transferCount: 8, times: BURST_TIMES, trace })
  );
  const lines = text.split("\n");
  const broken = await opened("run.json", lines.slice(0, lines.length >> 1).join("\n"));
  assert(broken.lanes.length === 8 && broken.events.count > 100, `${broken.events.count} events`);
});

Deno.test("a call log shows what was wrong, at its line, with the lifecycle's words", async () => {
  const log = [
    ...[get(), init(), build(), event("doorbell", { channel: "h2c0", sgl: "0xB1" })],
    event("device-done", { channel: "h2c0", sgl: "0xB1", status: "STATUS_SUCCESS" }),
    on("PutScatterGatherList", { ScatterGather: "0xB1", WriteToDevice: true }),
    on("PutScatterGatherList", { ScatterGather: "0xB1", WriteToDevice: true }),
  ];
  const recording = await opened("driver.log", log.join("\n"));
  const [first] = [...recording.findings].map((each) => findingOf(recording, each));
  assertEquals(first?.rule, "SglDoublePut");
  assert(first!.details.startsWith("Line 7: "), first!.details);
  assertEquals(recording.events.atNs[recording.findings[0]!], 6000);
});

Deno.test("a call log shows lanes as far as it says when engines work, and does not invent reasons", async () => {
  const log = [
    ...[event("doorbell", { t: 10, channel: "c2h1" }), event("interrupt", { t: 30, channel: "c2h1" })],
    ...[event("isr-enter", { t: 31, channel: "c2h1", cpu: 0 }), event("device-done", { t: 31, channel: "c2h1" })],
    ...[
      event("isr-leave", { t: 32, channel: "c2h1", cpu: 0 }),
      call("IoCompleteRequest", {}, undefined, undefined, { t: 40 }),
    ],
  ];
  const { lanes } = await opened("driver.log", log.join("\n"));
  assertEquals(said(lanes), ["c2h1 0:idle-1 10000:busy-1 31000:isr-1 32000:idle-1"]);
});

Deno.test("a call log of our own run is clean, and its lists' queues are counted", async () => {
  let text = "";
  const log = new CallLogTracer((piece) => text += piece);
  const tracer = new RecordingTracer("x", "x", ["h2c0"]);
  runBurst({ strategy: "prealloc-queue", transferCount: 4, times: BURST_TIMES, trace: tee(log, tracer) });
  log.end();
  const direct = tracer.taken().series.find(({ name }) => name === "work-to-do")!;
  const { findings, series, lanes } = await opened("burst.jsonl", text);
  assertEquals([...findings], []);
  const { atNs, value } = series.find(({ name }) => name === "work-to-do")!;
  assertEquals([[...atNs], [...value]], [[...direct.atNs], [...direct.value]]);
  assertEquals(lanes.map(({ channel }) => channel), ["h2c0"]);
});

Deno.test("a file that is neither is refused with one sentence", async () => {
  const refused: [string, string][] = [
    ["", "it is empty"],
    ["[oops", "it is not a timeline"],
    ['[{"ph":"X","ts":1}]', "it has no track"],
    ["MZ\u0090 hello", "line 1"],
  ];
  for (const [text, because] of refused) {
    const sentence = await openFile("what.bin", new TextEncoder().encode(text));
    assert(typeof sentence === "string" && sentence.startsWith('Cannot open "what.bin": '), String(sentence));
    assert(sentence.includes(because), sentence);
  }
});

const ENGINE = '{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"engine h2c0"}}';

Deno.test("what another program wrote into a timeline is left out, and never ends the worker", async () => {
  const strange = [
    ...["null", "5", '{"ph":"X","pid":1,"tid":1,"ts":"x","name":"irp 0"}', '{"ph":"X","pid":1,"tid":1,"name":5}'],
    ...['{"ph":"i","name":"SglDoublePut","args":{"severity":"error"}}', '{"ph":"C","name":"free","args":null}'],
  ];
  for (
    const text of [`[${[ENGINE, ...strange]}]`, `{"displayTimeUnit":"ns","traceEvents":[${[ENGINE, ...strange]}]}`]
  ) {
    const { lanes, findings } = await opened("theirs.json", text);
    assertEquals([lanes.map(({ channel }) => channel), [...findings]], [["h2c0"], []]);
  }
});

Deno.test("a time in a call log that nobody can count to is no time", async () => {
  const log = [event("interrupt", { t: 1e300, channel: "h2c0" }), event("interrupt", { t: 2, channel: "h2c0" })];
  const { endNs } = await opened("driver.log", log.join("\n"));
  assertEquals(endNs, 2000);
});

Deno.test("lines of a call log that cannot be read are counted and named, beside what the others show", async () => {
  const file = await openFile("driver.log", new TextEncoder().encode([get(), '{"call":', "oops", init()].join("\n")));
  assert(typeof file !== "string", String(file));
  assert(file.remark.startsWith("2 lines cannot be read, first 2:"), file.remark);
  assertEquals(file.recording.events.count, 4);
});

Deno.test("a call log in UTF-16, as a Windows shell writes it, is read", async () => {
  const units = Uint16Array.from(`\ufeff${[get(), init()].join("\r\n")}`, (each) => each.charCodeAt(0));
  const file = await openFile("driver.log", new Uint8Array(units.buffer));
  assert(typeof file !== "string" && file.remark === "" && file.recording.events.count === 2, JSON.stringify(file));
});
