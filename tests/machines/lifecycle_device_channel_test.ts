/** The life of an engine as the driver sees it: stopping lies between busy and idle, and only a reset ends lost. */

import { assertEquals } from "@std/assert";
import { deviceChannelMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const event = <Type extends string>(type: Type): { readonly type: Type } => ({ type });
const START = event("START");
const COMPLETED = event("COMPLETED");
const RESTART = event("RESTART");
const FAILED = event("FAILED");
const TIMED_OUT = event("TIMED_OUT");
const STOP = event("STOP");
const STOPPED = event("STOPPED");
const ALL_ONES = event("ALL_ONES");
const RESET = event("RESET");
const engine = () => watch(deviceChannelMachine);

Deno.test("engine: doorbell, done, doorbell; and programmed again in the ISR without ever being idle", () => {
  engine().goes("idle", START, COMPLETED, START, COMPLETED).goes("busy", START, RESTART, RESTART).goes(
    "idle",
    COMPLETED,
  );
});

Deno.test("engine: a second starter on a busy engine is RestartBeforeIdle", () => {
  engine().goes("busy", START).breaks("RestartBeforeIdle", START).goes("idle", COMPLETED);
});

Deno.test("engine: stopped or timed out it may still touch memory, until it says that it is idle", () => {
  for (const end of [STOP, TIMED_OUT]) {
    const life = engine().goes("stopping", START, end);
    assertEquals([life.has("mayTouchMemory"), life.has("startable")], [true, false]);
    life.breaks("RestartBeforeIdle", START).breaks("RestartBeforeIdle", RESTART).goes("idle", STOPPED).goes(
      "busy",
      START,
    );
  }
  engine().goes("idle", START, STOP, COMPLETED);
});

Deno.test("engine: an interrupt that comes when it is idle already is no misuse", () => {
  engine().goes("idle", START, STOP, STOPPED, COMPLETED).goes("idle", STOP, STOPPED);
});

Deno.test("engine: after an error Run is toggled before the next start", () => {
  for (const way of [[START, FAILED], [START, STOP, FAILED]]) {
    engine().goes("halted", ...way).breaks("RestartBeforeIdle", START).breaks("RestartBeforeIdle", RESTART)
      .goes("busy", STOP, START);
  }
});

Deno.test("engine: lost from anywhere by all-ones, or by not even stopping; only a reset leads out", () => {
  for (const way of [[], [START], [START, STOP], [START, FAILED]]) {
    const life = engine();
    for (const step of way) life.send(step);
    life.goes("lost", ALL_ONES, STOP, TIMED_OUT).breaks("RestartBeforeIdle", START)
      .breaks("RestartBeforeIdle", RESTART).goes("busy", RESET, START);
  }
  engine().goes("lost", START, TIMED_OUT, TIMED_OUT);
});
