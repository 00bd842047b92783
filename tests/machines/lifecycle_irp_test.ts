/** The life of a request: three queues in order, the list back before completion, cancelled at any moment. */

import { assert, assertEquals } from "@std/assert";
import { irpMachine } from "../../machines/mod.ts";
import type { IrpEvent } from "../../machines/mod.ts";
import { CHARTS, dotted, type Walked } from "./charts.ts";
import { edgesOf, isMisuse } from "./walk.ts";
import { watch } from "./watch.ts";

const PEND = { type: "MARK_PENDING" } as const;
const MAP = { type: "MAP" } as const;
const QUEUE = { type: "QUEUE" } as const;
const START = { type: "START" } as const;
const NEXT = { type: "NEXT_PIECE" } as const;
const DONE = { type: "DEVICE_DONE" } as const;
const PUT = { type: "PUT" } as const;
const FAIL = { type: "FAIL" } as const;
const CANCEL = { type: "CANCEL" } as const;
const COMPLETE = { type: "COMPLETE" } as const;

const request = () => watch(irpMachine);

/** Ways from dispatch into each state, by clean steps. */
const WAYS: Readonly<Record<string, readonly IrpEvent[]>> = {
  dispatched: [],
  pending: [PEND],
  bareQueued: [PEND, QUEUE],
  mapped: [PEND, MAP],
  mappedQueued: [PEND, MAP, QUEUE],
  inDevice: [PEND, MAP, QUEUE, START],
  bareInDevice: [PEND, QUEUE, START],
  readyToComplete: [PEND, MAP, START, DONE],
  bareReady: [PEND, START, DONE],
  unmapped: [PEND, MAP, START, DONE, PUT],
  failed: [FAIL],
  cancelled: [PEND, CANCEL],
  completed: [PEND, MAP, START, DONE, PUT, COMPLETE],
};
const at = (state: string) => request().goes(state, ...(WAYS[state] ?? []));

Deno.test("request: with its list through the device, at once or queued first, is clean", () => {
  request().goes("completed", PEND, MAP, START, DONE, PUT, COMPLETE);
  request().goes("completed", PEND, MAP, QUEUE, START, NEXT, DONE, PUT, COMPLETE);
});

Deno.test("request: the typical driver queues it bare and maps when the device is free", () => {
  request().goes("completed", PEND, QUEUE, MAP, START, DONE, PUT, COMPLETE);
});

Deno.test("request: common buffers and static lists need no list of its own", () => {
  request().goes("completed", PEND, START, NEXT, DONE, COMPLETE);
  request().goes("completed", PEND, QUEUE, START, DONE, QUEUE, START, DONE, COMPLETE);
});

Deno.test("request: a split one goes round with a new list each time, or with the list it keeps", () => {
  request().goes(
    "completed",
    PEND,
    MAP,
    START,
    DONE,
    PUT,
    MAP,
    START,
    DONE,
    PUT,
    QUEUE,
    MAP,
    START,
    DONE,
    PUT,
    COMPLETE,
  );
  const life = request().goes("mappedQueued", PEND, MAP, START, DONE, QUEUE);
  assertEquals(life.has("holdsList"), true);
  life.goes("completed", START, DONE, PUT, COMPLETE);
});

/** The queue that a state means; undefined where the request is in none. */
const QUEUE_OF: Readonly<Record<string, number>> = {
  bareQueued: 1,
  mappedQueued: 1,
  inDevice: 2,
  bareInDevice: 2,
  readyToComplete: 3,
  bareReady: 3,
};

Deno.test("request: work-to-do, waiting-for-device, ready-to-complete, in that order, one at a time [S2-20]", () => {
  const chart = CHARTS.find(({ file }) => file === "irp.ts");
  assert(chart !== undefined);
  const queueOf = (snapshot: Walked): number => QUEUE_OF[dotted(snapshot.value)] ?? 0;
  for (const { from, to, event, taken } of edgesOf(chart)) {
    if (taken.some(isMisuse)) continue;
    const step = `${dotted(from.value)} ${event.type} ${dotted(to.value)}`;
    const [before, after] = [queueOf(from), queueOf(to)];
    // Out of the device a request goes to ready-to-complete and nowhere else.
    if (before === 2) assert(after === 2 || after === 3, step);
    // Into the device it comes straight from work-to-do, or from no queue at all: the first may be skipped.
    if (after === 2) assert(before !== 3, step);
    // Ready without the device: only a request that is cancelled or fails with its list.
    if (after === 3 && before < 2) assert(["CANCEL", "FAIL", "MAP"].includes(event.type), step);
    // Back to the beginning only for another round of a split request.
    if (before === 3 && after === 1) assertEquals(event.type, "QUEUE", step);
  }
});

Deno.test("request: cancelled in any state it still ends once, and with its list put", () => {
  for (const state of Object.keys(WAYS).filter((state) => state !== "completed")) {
    const life = at(state);
    assertEquals(life.send(CANCEL), [], state);
    if (life.has("inDevice")) assertEquals(life.send(DONE), [], state);
    if (life.has("holdsList")) assertEquals(life.send(PUT), [], state);
    life.goes("completed", COMPLETE).breaks("IrpCompletedTwice", COMPLETE);
  }
});

Deno.test("request: what the device owns is not cancelled, it completes in its time", () => {
  at("inDevice").goes("inDevice", CANCEL).goes("completed", DONE, PUT, COMPLETE);
  at("bareInDevice").goes("bareInDevice", CANCEL).goes("completed", DONE, COMPLETE);
});

Deno.test("request: a list that comes after the cancel goes back before the request ends", () => {
  at("cancelled").goes("readyToComplete", MAP).goes("completed", PUT, COMPLETE);
});

Deno.test("request: a device that is gone fails what is queued and what it had; lists go back first", () => {
  for (const state of ["mapped", "mappedQueued", "inDevice"]) {
    at(state).goes("readyToComplete", FAIL).goes("completed", PUT, COMPLETE);
  }
  at("bareQueued").goes("failed", FAIL).goes("completed", COMPLETE);
  at("bareInDevice").goes("completed", FAIL, COMPLETE);
});

Deno.test("request: nothing to do, or not valid, is completed without ever pending", () => {
  request().goes("completed", COMPLETE);
  request().goes("completed", FAIL, COMPLETE);
  request().goes("completed", PEND, COMPLETE);
});

Deno.test("request: completed before its list is put is CompletedBeforePut, wherever it holds one", () => {
  for (const state of ["mapped", "mappedQueued", "inDevice", "readyToComplete"]) {
    const life = at(state);
    assertEquals(life.has("holdsList"), true, state);
    life.breaks("CompletedBeforePut", COMPLETE).is("completed");
  }
  at("bareInDevice").breaks("CompletedBeforePut", COMPLETE);
});

Deno.test("request: its list taken from under the device is PutWhileDeviceActive, once [S0-19]", () => {
  at("inDevice").breaks("PutWhileDeviceActive", PUT).goes("completed", DONE, COMPLETE);
});

Deno.test("request: completed twice is IrpCompletedTwice, touched afterwards IrpTouchedAfterCompletion", () => {
  at("completed").breaks("IrpCompletedTwice", COMPLETE);
  for (const event of [PEND, MAP, QUEUE, START, DONE, PUT, CANCEL, FAIL, NEXT]) {
    at("completed").breaks("IrpTouchedAfterCompletion", event).is("completed");
  }
});
