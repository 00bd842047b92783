/**
 * What a thread does that has nothing to do but the device's half: work, breathe when there is nothing, park when there
 * is nothing for long, and end when everybody is asked to, but not before the last doorbell is answered.
 */
import type { DeviceSide } from "./device_side.ts";
import { breathe, DEVICE_WORKER, isStopping, park } from "./parking.ts";
import type { PathMemory } from "./slots.ts";

// Empty passes before it parks: a fraction of a millisecond, far more than a hand-over takes.
const SPIN_PASSES = 1000;

/** Runs the device's half of a memory until everybody is asked to stop. Returns how many requests it served. */
export function runDeviceSide(memory: PathMemory, { serve, hasWork }: DeviceSide): number {
  let served = 0;
  let emptyPasses = 0;
  for (;;) {
    const now = serve();
    served += now;
    if (now !== 0) {
      emptyPasses = 0;
      continue;
    }
    // What was submitted before the word to stop is served: the word is looked at first, the doorbells after it.
    if (isStopping(memory) && !hasWork()) return served;
    if (++emptyPasses < SPIN_PASSES) {
      breathe();
      continue;
    }
    park(memory, DEVICE_WORKER, hasWork);
    emptyPasses = 0;
  }
}
