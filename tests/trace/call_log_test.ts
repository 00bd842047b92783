/** The call log: its lines have the keys that the format knows, and say what the lifecycles said. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst, runRoundTrip, STRATEGIES } from "../../actors/mod.ts";
import type { StrategyName } from "../../actors/mod.ts";
import { CallLogTracer } from "../../trace/call_log.ts";
import type { TraceEvent } from "../../trace/event.ts";

const FILE = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
const NAMES = Object.keys(STRATEGIES) as StrategyName[];

type Line = Readonly<Record<string, unknown>>;

function lines(run: (trace: CallLogTracer) => void): Line[] {
  let text = "";
  const trace = new CallLogTracer((piece) => text += piece);
  run(trace);
  trace.close();
  assert(text.endsWith("\n"));
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

function emitted(...events: readonly TraceEvent[]): Line[] {
  return lines((trace) => events.forEach((event) => trace.emit(event)));
}

const POINTER = /^0x[0-9a-f]+$/i;
const IRQLS = ["PASSIVE", "APC", "DISPATCH", "DIRQL"];
/** Every happening that we write, with the keys it may have beside `t`, `cpu` and `event`. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  mdl: ["mdl", "startVa", "byteOffset", "byteCount", "locked"],
  "routine-enter": ["routine", "adapter", "sgl", "elements", "mapRegisterBase"],
  "routine-leave": ["routine", "adapter", "sgl", "elements", "mapRegisterBase", "action"],
  "descriptors-written": ["channel", "sgl"],
  doorbell: ["channel", "sgl"],
  "device-done": ["channel", "sgl", "status"],
  "device-access": ["channel", "address", "length", "write"],
  interrupt: ["channel"],
  "isr-enter": ["channel"],
  "isr-leave": ["channel"],
  "dpc-enter": ["channel"],
  "dpc-leave": ["channel"],
  irp: ["irp", "state", "mdl", "entry"],
  queue: ["list", "role", "channel"],
  end: [],
};

function checkLine(line: Line): void {
  const { t, cpu, irql, call, event, args, out, ret, ...keys } = line;
  const told = JSON.stringify(line);
  assert(typeof t === "number" && t >= 0, told);
  assert(cpu === undefined || Number.isInteger(cpu), told);
  assert((call === undefined) !== (event === undefined), told);
  if (typeof event === "string") {
    const known = KEYS[event];
    assert(known !== undefined, told);
    assertEquals(Object.keys(keys).filter((key) => !known.includes(key)), [], told);
    for (const key of ["mdl", "startVa", "sgl", "address", "irp", "entry", "list", "adapter"]) {
      assert(keys[key] === undefined || POINTER.test(String(keys[key])), told);
    }
    return;
  }
  assert(typeof call === "string" && typeof args === "object" && args !== null, told);
  assert(IRQLS.includes(String(irql)), told);
  assert(out === undefined || (typeof out === "object" && out !== null), told);
  assert(ret === undefined || ret === null || ["string", "boolean", "number"].includes(typeof ret), told);
  assertEquals(keys, {}, told);
}

for (const strategy of NAMES) {
  Deno.test(`the log of ${strategy} has only keys that the format knows, and its times never go back`, () => {
    const log = lines((trace) => runRoundTrip({ bytes: FILE, strategy, trace, engine: "table" }));
    assert(log.length > 500, `${log.length} lines`);
    log.forEach(checkLine);
    assert(log.every(({ t }, index) => index === 0 || Number(t) >= Number(log[index - 1]?.t)));
  });
}

Deno.test("every doorbell of a run has its device-done on the same channel, in turn", () => {
  const log = lines((trace) => runRoundTrip({ bytes: FILE, strategy: "isr-reprogram", trace, engine: "table" }));
  const working = new Set<unknown>();
  let doorbells = 0;
  for (const { event, channel, status } of log) {
    if (event === "doorbell") {
      assert(!working.has(channel));
      working.add(channel);
      doorbells++;
    } else if (event === "device-done") {
      assert(working.delete(channel));
      assertEquals(status, "STATUS_SUCCESS");
    }
  }
  assertEquals([doorbells > 40, working.size], [true, 0]);
});

Deno.test("the device touches each buffer once, in the direction of its channel", () => {
  const bytes = { h2c: 0, c2h: 0 };
  const log = lines((trace) => runRoundTrip({ bytes: FILE, strategy: "new-model", trace, engine: "table" }));
  for (const { event, channel, length, write } of log) {
    if (event !== "device-access") continue;
    const direction = String(channel).slice(0, 3) as "h2c" | "c2h";
    assertEquals(write, direction === "c2h");
    bytes[direction] += Number(length);
  }
  assertEquals(bytes, { h2c: FILE.length, c2h: FILE.length });
});

Deno.test("each list head of a channel gets its role once, by the time of its first use", () => {
  const log = lines((trace) => {
    runBurst({ strategy: "prealloc-queue", transferCount: 4, times: BURST_TIMES, trace });
  });
  const roles = log.filter(({ event }) => event === "queue");
  assertEquals(roles.map(({ role }) => role).sort(), ["ready", "waiting", "work"]);
  assertEquals(new Set(roles.map(({ list }) => list)).size, 3);
  for (const { list, channel } of roles) {
    assertEquals(channel, "h2c0");
    assert(log.some(({ args }) => (args as Line | undefined)?.ListHead === list));
  }
});

Deno.test("an MDL is described before its first use, with the page of its buffer", () => {
  const log = emitted({
    ...{ kind: "call", atNs: 1500, cpu: 0, irql: "PASSIVE", call: "IoAllocateMdl", out: null },
    ...{ args: { VirtualAddress: "0x200000a6123", Length: 4096 }, ret: "0xffff800000015800" },
  } as TraceEvent);
  assertEquals(log[1], {
    t: 1.5,
    event: "mdl",
    mdl: "0xffff800000015800",
    startVa: "0x200000a6000",
    byteOffset: 0x123,
    byteCount: 4096,
  });
});

Deno.test("once objects say their addresses, doorbells and completions name the list, and requests their MDL", () => {
  const state = (actor: string, event: string, from: string, to: string): TraceEvent => {
    return { kind: "state", atNs: 2000, actor, event, from, to };
  };
  const log = emitted(
    { kind: "object", atNs: 0, actor: "adapter:0", pointer: "0xA0" },
    { kind: "object", atNs: 0, actor: "work-to-do:h2c0", pointer: "0x9" },
    { kind: "object", atNs: 0, actor: "irp:3", pointer: "0x31", entry: "0x32" },
    { kind: "irp", atNs: 0, irp: 3, state: "received", channel: "h2c0", mdl: "0x51" },
    { kind: "object", atNs: 0, actor: "mdl:0", pointer: "0x51" },
    state("mdl:0", "IO_MANAGER_LOCK", "described", "lockedByIoManager"),
    { kind: "object", atNs: 0, actor: "sgl:7", pointer: "0xB1" },
    {
      ...{ kind: "routine", atNs: 10, phase: "enter", routine: "AdapterListControl", adapter: "adapter:0" },
      ...{ sgl: "0xB1", elements: [["0x1000", 4096]] },
    } as TraceEvent,
    state("irp:3", "MAP", "pending", "mapped"),
    state("sgl:7", "READ", "filled", "filled"),
    state("sgl:7", "DOORBELL", "filled", "deviceOwned"),
    state("channel:h2c0", "START", "idle", "busy"),
    state("sgl:7", "PUT_SCATTER_GATHER_LIST", "deviceOwned", "put"),
    state("channel:h2c0", "FAILED", "busy", "halted"),
    { kind: "irp", atNs: 9000, irp: 3, state: "completed", channel: "h2c0", mdl: "0x51" },
  );
  log.forEach(checkLine);
  assertEquals(log.map(({ t: _, ...line }) => line), [
    { event: "queue", list: "0x9", role: "work", channel: "h2c0" },
    { event: "irp", irp: "0x31", state: "received", mdl: "0x51", entry: "0x32" },
    { event: "mdl", mdl: "0x51", locked: true },
    {
      ...{ event: "routine-enter", routine: "AdapterListControl", adapter: "0xA0" },
      ...{ sgl: "0xB1", elements: [["0x1000", 4096]] },
    },
    { event: "descriptors-written", channel: "h2c0", sgl: "0xB1" },
    { event: "doorbell", channel: "h2c0", sgl: "0xB1" },
    { event: "device-done", channel: "h2c0", sgl: "0xB1", status: "STATUS_DEVICE_HARDWARE_ERROR" },
    { event: "irp", irp: "0x31", state: "completed", mdl: "0x51", entry: "0x32" },
  ]);
});

Deno.test("a routine without a result has no ret, a NULL pointer is one", () => {
  const call = (name: string): TraceEvent => {
    return { kind: "call", atNs: 0, cpu: 0, irql: "DISPATCH", call: name, args: {}, ret: null, out: null };
  };
  const [put, pop, allocate] = emitted(
    call("PutScatterGatherList"),
    call("ExInterlockedRemoveHeadList"),
    call("AllocateCommonBuffer"),
  );
  assertEquals(["ret" in put!, pop?.ret, allocate?.ret], [false, null, null]);
});

Deno.test("only a run that is over says so: a log that just stops lets nobody conclude a leak", () => {
  const last = (finish: (trace: CallLogTracer) => void): Line => {
    let text = "";
    const trace = new CallLogTracer((piece) => text += piece);
    trace.emit({ kind: "isr", phase: "enter", atNs: 7000, cpu: 0, channel: "c2h1" });
    finish(trace);
    return JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
  };
  assertEquals(last((trace) => trace.close()), { t: 7, event: "isr-enter", channel: "c2h1", cpu: 0 });
  assertEquals(last((trace) => trace.end()), { t: 7, event: "end" });
});
