/** One table stepped by random events over 4096 instances: `table.ts <table|xstate> <rounds> <steps> <chart>`. */
import { createActor } from "xstate";
import type { AnyLifecycle } from "../../../fastpath/rows.ts";
import { compileTable } from "../../../fastpath/table.ts";
import type { FlatTable } from "../../../fastpath/table.ts";
import * as machines from "../../../machines/mod.ts";
import { measure, order } from "./rounds.ts";

const INSTANCES = 4096;
const EVENTS = 65536;

/** Events of a fixed pseudo-random sequence; the C++ rival draws the same. */
function drawEvents(eventCount: number): Uint8Array {
  const events = new Uint8Array(EVENTS);
  let random = 12345;
  for (let index = 0; index < EVENTS; index++) {
    random ^= random << 13;
    random ^= random >>> 17;
    random ^= random << 5;
    events[index] = (random >>> 0) % eventCount;
  }
  return events;
}

function createSteps({ next, verdict, eventCount }: FlatTable): (steps: number) => number {
  const events = drawEvents(eventCount);
  const states = new Uint8Array(INSTANCES);
  return function run(steps: number): number {
    let refused = 0;
    for (let step = 0; step < steps; step = (step + 1) | 0) {
      const instance = step & (INSTANCES - 1);
      const at = states[instance]! * eventCount + events[step & (EVENTS - 1)]!;
      // One for any verdict, without a branch: events come at random, and a branch would be guessed wrong.
      refused = (refused + ((verdict[at]! + 0xff) >> 8)) | 0;
      states[instance] = next[at]!;
    }
    return refused;
  };
}

function createSends(machine: AnyLifecycle, table: FlatTable): (steps: number) => number {
  const events = drawEvents(table.eventCount);
  const sent = table.events.map((type) => ({ type }));
  const actors = Array.from({ length: INSTANCES }, () => createActor(machine).start());
  let noted = 0;
  for (const actor of actors) actor.on("*", () => void noted++);
  return function run(steps: number): number {
    noted = 0;
    for (let step = 0; step < steps; step = (step + 1) | 0) {
      actors[step & (INSTANCES - 1)]!.send(sent[events[step & (EVENTS - 1)]!]!);
    }
    return noted;
  };
}

const { what, rounds, count } = order();
const chart = Deno.args[3] ?? "irpMachine";
const machine = (machines as Record<string, unknown>)[chart] as AnyLifecycle;
const table = compileTable(machine);
const run = what === "xstate" ? createSends(machine, table) : createSteps(table);
let sum = 0;
measure(rounds, count, () => sum += run(count));
