/**
 * A discrete-event loop: `events.ts <8|1024|simjs-8> <rounds> <events>`. As many sources as the number says; each event
 * schedules its source again. The checksum depends on the order of all events.
 */
import { VirtualClock } from "../../../sim/clock.ts";
import { measure, order } from "./rounds.ts";

let checksum = 0;
let random = 1;

function delayNs(): number {
  random = (Math.imul(random, 1664525) + 1013904223) | 0;
  return 100 + (random >>> 22);
}

function note(source: number): void {
  checksum = (Math.imul(checksum, 31) + source) | 0;
}

function createClockRounds(pending: number): (events: number) => number {
  const clock = new VirtualClock();
  const moment = (source: number): void => {
    note(source);
    clock.after(delayNs(), moment, source);
  };
  for (let source = 0; source < pending; source++) clock.after(delayNs(), moment, source);
  return function run(events: number): number {
    for (let event = 0; event < events; event++) clock.step();
    return checksum >>> 0;
  };
}

/** What the benchmark needs of simjs; the package has no types. */
interface SimJs {
  Sim: new () => {
    addEntity(entity: unknown, name: string, source: number): void;
    simulate(endTime: number, maxEvents: number): void;
  };
  Entity: new () => { setTimer(delay: number): { done(callback: () => void): unknown } };
}

async function createSimJsRounds(pending: number): Promise<(events: number) => number> {
  // The package is built for browsers: it exports nothing and leaves its classes on `window`.
  const scope = globalThis as unknown as { window: unknown; Sim: SimJs };
  scope.window = globalThis;
  await import("simjs");
  const { Sim, Entity } = scope.Sim;
  class Source extends Entity {
    source = 0;
    start(source: number): void {
      this.source = source;
      this.again();
    }
    again(): void {
      // simjs calls it as a method of the entity.
      this.setTimer(delayNs()).done(this.moment);
    }
    moment(): void {
      note(this.source);
      this.again();
    }
  }
  const sim = new Sim();
  for (let source = 0; source < pending; source++) sim.addEntity(Source, `source ${source}`, source);
  return function run(events: number): number {
    sim.simulate(Number.MAX_SAFE_INTEGER, events);
    return checksum >>> 0;
  };
}

const { what, rounds, count } = order();
const run = what === "simjs-8" ? await createSimJsRounds(8) : createClockRounds(Number(what));
measure(rounds, count, () => run(count));
