/** Files of a run are streams: what was emitted leaves at once, and what was written before a break still says it. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTrip } from "../../actors/mod.ts";
import { CallLogTracer } from "../../trace/call_log.ts";
import { checkCallLog } from "../../trace/check/mod.ts";
import { hexText } from "../../trace/event.ts";
import type { FileTracer, TraceEvent, WriteText } from "../../trace/event.ts";
import { PerfettoTracer } from "../../trace/perfetto.ts";
import { VcdTracer } from "../../trace/vcd.ts";

const SINKS: Readonly<Record<string, (write: WriteText) => FileTracer>> = {
  timeline: (write) => new PerfettoTracer(write),
  waves: (write) => new VcdTracer(write),
  "call log": (write) => new CallLogTracer(write),
};

/** The life of a request in twenty events, those of everybody who tells of it. */
function life(irp: number): readonly TraceEvent[] {
  const actor = `irp:${irp}`;
  const sgl = `sgl:${irp}`;
  const at = { atNs: 0 };
  const state = (who: string, event: string, from: string, to: string): TraceEvent => (
    { kind: "state", ...at, actor: who, event, from, to }
  );
  const queue = (operation: "insert" | "remove", depth: number): TraceEvent => (
    { kind: "queue", ...at, queue: "waiting-for-device:h2c0", operation, irp, depth }
  );
  const events: readonly TraceEvent[] = [
    { kind: "object", ...at, actor, pointer: hexText(irp * 1024) },
    { kind: "object", ...at, actor: sgl, pointer: hexText(irp * 1024 + 512) },
    { kind: "irp", ...at, irp, state: "received", channel: "h2c0", lengthBytes: 4096 },
    { kind: "call", ...at, cpu: 0, irql: "DISPATCH", call: "GetScatterGatherList", args: {}, ret: null, out: null },
    state(actor, "MAP", "pending", "mapped"),
    state(sgl, "READ", "filled", "filled"),
    state(actor, "START", "mapped", "inDevice"),
    queue("insert", 1),
    state(sgl, "DOORBELL", "filled", "deviceOwned"),
    state("channel:h2c0", "START", "idle", "running"),
    { kind: "engine", ...at, channel: "h2c0", state: "running", completedCount: 0 },
    { kind: "engine", ...at, channel: "h2c0", state: "halted", completedCount: 1 },
    { kind: "isr", ...at, phase: "enter", cpu: 0, channel: "h2c0" },
    state("channel:h2c0", "COMPLETED", "running", "idle"),
    queue("remove", 0),
    state(actor, "DEVICE_DONE", "inDevice", "readyToComplete"),
    { kind: "isr", ...at, phase: "leave", cpu: 0, channel: "h2c0" },
    state(sgl, "PUT_SCATTER_GATHER_LIST", "deviceDone", "put"),
    { kind: "counter", ...at, counter: "mapRegisterPool.free", value: irp % 7 },
    { kind: "irp", ...at, irp, state: "completed", channel: "h2c0" },
  ];
  return events.map((event, index) => ({ ...event, atNs: irp * 100 + index }));
}

for (const [name, open] of Object.entries(SINKS)) {
  Deno.test(`${name}: 400 000 events leave as they come, and next to nothing of them stays`, () => {
    let characters = 0;
    let largest = 0;
    const trace = open((piece) => {
      characters += piece.length;
      largest = Math.max(largest, piece.length);
    });
    for (let irp = 0; irp < 20_000; irp++) for (const event of life(irp)) trace.emit(event);
    const before = characters;
    trace.close();
    assert(before > 1_000_000, `${before} characters`);
    assert(characters - before < 70_000, `${characters - before} characters were kept until the end`);
    assert(largest < 70_000, `a piece of ${largest} characters`);
  });
}

Deno.test("a call log that broke off inside a line checks clean up to there, and the half line is told", async () => {
  let text = "";
  const trace = new CallLogTracer((piece) => text += piece);
  runRoundTrip({ bytes: new Uint8Array(100_000), strategy: "isr-reprogram", engine: "table", trace });
  trace.end();
  for (const share of [0.2, 0.55, 0.9]) {
    const cut = text.indexOf('"', Math.floor(text.length * share)) + 1;
    const { findings, damaged, summary } = await checkCallLog(text.slice(0, cut));
    assertEquals(findings.filter(({ severity }) => severity === "error"), []);
    assertEquals(damaged.length, 1);
    assert(summary.calls > 50, `${summary.calls} calls`);
  }
});

Deno.test("addresses are written as Number writes them, at every size", () => {
  for (let bit = 0; bit < 53; bit++) {
    for (const value of [2 ** bit, 2 ** bit - 1, 2 ** bit + Math.floor(2 ** bit / 3)]) {
      assertEquals(hexText(value), `0x${value.toString(16)}`);
    }
  }
});
