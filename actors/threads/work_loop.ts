/**
 * How a Worker lives: pass after pass, for a while without finding anything, then asleep until somebody who made work
 * wakes it. Nothing that a request needs waits there (fastpath/parking.ts). A Worker that runs cannot be ended from
 * outside: it looks at the words that ask it to stop, or to die, by itself.
 */
import { sleepUnless } from "../../fastpath/parking.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { DIE, HANDLED, PASSES, workerWord } from "./counters.ts";
import { createEnding } from "./ending.ts";
import type { SharedParts } from "./shared_parts.ts";
import type { Place } from "./team.ts";
import type { Turn } from "./turn.ts";

// Empty passes before it parks: some microseconds, what a hand-over takes. More would only take the processor away from
// others where there are more Workers than processors.
const EMPTY_PASSES = 50;
/** How long one sleeps whose work is stuck, before it looks again by itself. */
const STUCK_MS = 1;

/** A death that was asked for. */
export class AskedToDie extends Error {
  /** `AskedToDie`. */
  override name = "AskedToDie";
}

/**
 * Works until everybody is asked to stop and nothing is left that could still come here and be finished.
 *
 * @throws {AskedToDie} when its DIE word is set.
 */
export function workUntilStopped(parts: SharedParts, memory: PathMemory, place: Place, turn: Turn): void {
  const { worker } = place;
  const counters = new Int32Array(parts.counters);
  const passes = workerWord(worker, PASSES);
  const handled = workerWord(worker, HANDLED);
  const die = workerWord(worker, DIE);
  const isThrough = createEnding(parts, memory, place, turn);
  const isAwaited = (): boolean => turn.hasWork() || isThrough() || Atomics.load(counters, die) !== 0;
  for (let emptyPasses = 0;;) {
    if (Atomics.load(counters, die) !== 0) throw new AskedToDie("it was asked to die");
    const now = turn.pass();
    // One writer each: whoever looks at them wants to know that they move, no more.
    Atomics.store(counters, passes, (counters[passes]! + 1) | 0);
    if (now !== 0) {
      Atomics.store(counters, handled, (counters[handled]! + now) | 0);
      emptyPasses = 0;
      continue;
    }
    if (isThrough()) return;
    if (++emptyPasses < EMPTY_PASSES) continue;
    const isStuck = turn.stuck?.isStuck() === true;
    if (isStuck) turn.stuck.ask();
    sleepUnless(memory, worker, isAwaited, isStuck ? STUCK_MS : undefined);
    emptyPasses = 0;
  }
}
