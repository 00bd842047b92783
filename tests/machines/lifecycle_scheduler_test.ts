/** The life of the scheduler: it takes while it runs, finishes when it drains, and starts anew with clean counters. */

import { assertEquals } from "@std/assert";
import { schedulerMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const event = <Type extends string>(type: Type): { readonly type: Type } => ({ type });
const START = event("START");
const READY = event("READY");
const ARRIVE = event("ARRIVE");
const COMPLETE = event("COMPLETE");
const DRAIN = event("DRAIN");
const STOP = event("STOP");
const WORKER_LOST = event("WORKER_LOST");
const running = () => watch(schedulerMachine).goes("running", START, READY);

Deno.test("scheduler: requests come and go, then it drains to the last one", () => {
  running().goes("draining", ARRIVE, ARRIVE, COMPLETE, ARRIVE, DRAIN, COMPLETE).goes("stopped", COMPLETE);
  running().goes("stopped", DRAIN);
});

Deno.test("scheduler: it takes requests only while it runs; else it says so", () => {
  const refused = "STATUS_INVALID_DEVICE_STATE";
  const life = watch(schedulerMachine).refuses(refused, ARRIVE).goes("starting", START).refuses(refused, ARRIVE);
  assertEquals(life.goes("running", READY).has("accepting"), true);
  life.goes("draining", ARRIVE, DRAIN).refuses(refused, ARRIVE).goes("failed", WORKER_LOST).refuses(refused, ARRIVE);
});

Deno.test("scheduler: it cannot be stopped over the heads of requests, nor started twice", () => {
  running().goes("running", ARRIVE).refuses("STATUS_INVALID_DEVICE_STATE", STOP)
    .refuses("STATUS_INVALID_DEVICE_STATE", START).is("running");
});

Deno.test("scheduler: a request given back too often is IrpCompletedTwice, also after a failure", () => {
  running().goes("running", ARRIVE, COMPLETE).breaks("IrpCompletedTwice", COMPLETE).is("running");
  running().goes("failed", ARRIVE, WORKER_LOST, COMPLETE).breaks("IrpCompletedTwice", COMPLETE).is("failed");
});

Deno.test("scheduler: after a failure it starts and drains again: what was lost is not waited for", () => {
  const life = running().goes("stopped", ARRIVE, ARRIVE, WORKER_LOST, WORKER_LOST, STOP);
  assertEquals(life.context, { accepted: 2, completed: 0 });
  life.goes("running", START, READY).goes("stopped", ARRIVE, DRAIN, COMPLETE);
});
