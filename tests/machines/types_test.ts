/** What the published alias keeps typed: events with payloads, state values, tags, input and context. */

import { assertEquals } from "@std/assert";
import { createActor } from "xstate";
import { dmaAdapterMachine, mapRegisterPoolMachine, scatterGatherListMachine } from "../../machines/mod.ts";
import type { NtStatus, RuleName, ScatterGatherListState } from "../../machines/mod.ts";

Deno.test("types: events are known by name and payload", () => {
  const list = createActor(scatterGatherListMachine).start();
  list.send({ type: "FILL" });
  // @ts-expect-error an event that no list knows
  list.send({ type: "FILLED" });
  const pool = createActor(mapRegisterPoolMachine, { input: { size: 4 } }).start();
  pool.send({ type: "ALLOCATE", count: 1, synchronous: true });
  // @ts-expect-error the payload is missing
  pool.send({ type: "ALLOCATE" });
  // @ts-expect-error the payload is of another type
  pool.send({ type: "FREE", count: "1" });
  assertEquals(list.getSnapshot().value, "filled");
});

Deno.test("types: tags are known by name", () => {
  const snapshot = createActor(scatterGatherListMachine).start().getSnapshot();
  assertEquals(snapshot.hasTag("live"), false);
  // @ts-expect-error a tag that no list has
  assertEquals(snapshot.hasTag("alive"), false);
});

Deno.test("types: input is demanded where a chart needs it, and checked", () => {
  createActor(dmaAdapterMachine, { input: { numberOfMapRegisters: 17 } });
  // @ts-expect-error another name
  createActor(dmaAdapterMachine, { input: { registers: 17 } });
  // @ts-expect-error another type
  createActor(mapRegisterPoolMachine, { input: { size: "4" } });
});

Deno.test("types: context is known field by field", () => {
  const { context } = createActor(mapRegisterPoolMachine, { input: { size: 4 } }).start().getSnapshot();
  const free: number = context.free;
  // @ts-expect-error a field that no pool has
  const taken: unknown = context.taken;
  assertEquals([free, taken], [4, undefined]);
});

Deno.test("types: states are known by name, nested ones by their shape", () => {
  const list = createActor(scatterGatherListMachine).start().getSnapshot();
  const state: ScatterGatherListState = list.value;
  // @ts-expect-error a state that no list has
  const none: "granted" = list.value;
  const adapter = createActor(dmaAdapterMachine, { input: { numberOfMapRegisters: 17 } }).start().getSnapshot();
  assertEquals(adapter.matches({ live: "free" }), false);
  // @ts-expect-error a substate that no adapter has
  assertEquals(adapter.matches({ live: "busy" }), false);
  assertEquals([state, none], ["empty", "empty"] as unknown[]);
});

Deno.test("types: what a chart says is a misuse with a rule or a refusal with a status, and nothing else", () => {
  const said: (RuleName | NtStatus)[] = [];
  const pool = createActor(mapRegisterPoolMachine, { input: { size: 4 } });
  pool.on("misuse", ({ rule }) => void said.push(rule));
  pool.on("refused", ({ status }) => void said.push(status));
  // @ts-expect-error a note that no chart emits
  pool.on("warning", () => {});
  // @ts-expect-error a misuse has no status
  pool.on("misuse", ({ status }) => void status);
  pool.start();
  pool.send({ type: "FREE", count: 1 });
  pool.send({ type: "ALLOCATE", count: 5, synchronous: true });
  assertEquals(said, ["MapRegistersDoubleFree", "STATUS_INSUFFICIENT_RESOURCES"]);
});
