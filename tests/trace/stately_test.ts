/** Messages to the Stately inspector: three kinds, in virtual time, for actors and table rows alike. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTrip } from "../../actors/mod.ts";
import { irpMachine } from "../../machines/mod.ts";
import type { TraceEvent } from "../../trace/event.ts";
import { StatelyTracer, virtualDate } from "../../trace/stately.ts";
import type { StatelyMessage, StatelyOptions } from "../../trace/stately.ts";

function state(actor: string, event: string, from: string, to: string, atNs = 12_549): TraceEvent {
  return { kind: "state", atNs, actor, event, from, to };
}

function messages(events: readonly TraceEvent[], options: StatelyOptions = {}): StatelyMessage[] {
  const sent: StatelyMessage[] = [];
  const trace = new StatelyTracer((message) => sent.push(message), options);
  for (const event of events) trace.emit(event);
  return sent;
}

function roundTrip(engine: "chart" | "table", options: StatelyOptions = {}): StatelyMessage[] {
  const sent: StatelyMessage[] = [];
  const trace = new StatelyTracer((message) => sent.push(message), options);
  runRoundTrip({ bytes: new Uint8Array(40_000), strategy: "isr-reprogram", trace, engine });
  return sent;
}

Deno.test("an actor is announced with its chart before its first event, and every event is followed by where it led", () => {
  const [actor, event, snapshot, ...more] = messages([
    state("irp:7", "MARK_PENDING", "dispatched", "pending"),
    state("irp:7", "MAP", "pending", "mapped"),
  ]);
  assert(actor?.type === "@xstate.actor");
  assertEquals([actor.sessionId, actor.name, actor.snapshot.value], ["irp:7", "irp:7", "dispatched"]);
  assertEquals(
    JSON.parse(actor.definition ?? "").states.pending,
    JSON.parse(JSON.stringify(irpMachine.config)).states.pending,
  );
  assert(event?.type === "@xstate.event" && snapshot?.type === "@xstate.snapshot");
  assertEquals([event.event.type, snapshot.snapshot.value], ["MARK_PENDING", "pending"]);
  assertEquals(more.map(({ type }) => type), ["@xstate.event", "@xstate.snapshot"]);
});

Deno.test("messages are stamped with the virtual time of the event, to the nanosecond", () => {
  assertEquals(virtualDate(0), "1970-01-01T00:00:00.000000000Z");
  assertEquals(virtualDate(61_000_012_549), "1970-01-01T00:01:01.000012549Z");
  const [first] = messages([state("irp:7", "MAP", "pending", "mapped", 12_549)]);
  assertEquals(first?.createdAt, "1970-01-01T00:00:00.000012549Z");
  assertEquals(Date.parse(virtualDate(61_000_012_549)), 61_000);
});

Deno.test("nested states are written as XState writes them, with the tags of all levels", () => {
  const sent = messages([state("adapter:0", "BUILD_SCATTER_GATHER_LIST", "live.free", "live.heldByList")]);
  const snapshot = sent.at(-1);
  assert(snapshot?.type === "@xstate.snapshot");
  assertEquals(snapshot.snapshot.value, { live: "heldByList" });
  assert(snapshot.snapshot.tags.includes("channelHeld"));
});

Deno.test("only watched actors appear", () => {
  const sent = roundTrip("table", { watch: ["irp:3", "channel:h2c0"] });
  assertEquals(new Set(sent.map(({ sessionId }) => sessionId)), new Set(["irp:3", "channel:h2c0"]));
});

Deno.test("table rows tell the inspector the same as XState actors, message for message", () => {
  const [charts, tables] = [roundTrip("chart"), roundTrip("table")];
  assert(tables.length > 500);
  assertEquals(tables, charts);
  assertEquals(new Set(tables.map(({ id }) => id)).size, tables.length);
});

Deno.test("every message survives JSON", () => {
  const sent = roundTrip("table");
  assertEquals(JSON.parse(JSON.stringify(sent)), sent);
});

Deno.test("somebody who comes late hears of every living actor where it is now, and of no completed request", () => {
  const trace = new StatelyTracer(() => {});
  trace.emit(state("irp:7", "COMPLETE", "unmapped", "completed"));
  trace.emit({ kind: "irp", atNs: 5, irp: 7, state: "completed", channel: "h2c0" });
  trace.emit(state("sgl:9", "DOORBELL", "filled", "deviceOwned"));
  const [only, ...more] = trace.announce(20_000);
  assert(only?.type === "@xstate.actor");
  assertEquals([only.sessionId, only.snapshot.value, more.length], ["sgl:9", "deviceOwned", 0]);
});

Deno.test("a finding is an event to its resource", () => {
  const sent = messages([
    state("sgl:9", "PUT_SCATTER_GATHER_LIST", "put", "put"),
    {
      kind: "finding",
      atNs: 30_000,
      finding: {
        ...{ rule: "SglDoublePut", kind: null, severity: "error" as const, resource: "sgl:9", state: "put" },
        ...{ call: "PutScatterGatherList", expected: [], sinceNs: null, details: "" },
      },
    },
  ]);
  const last = sent.at(-1);
  assert(last?.type === "@xstate.event");
  assertEquals([last.sessionId, last.event.type], ["sgl:9", "finding.SglDoublePut"]);
});
