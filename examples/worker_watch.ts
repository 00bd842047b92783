/**
 * Finds the Worker that hangs. One that is alive makes passes, or is parked because it found nothing to do; a pass
 * takes far less than a look, however busy the machine is.
 */
import type { WorkerCounters } from "../mod.ts";

/** Time between two looks. */
export const LOOK_MS = 1000;
/** So many looks without a pass in between are no accident any more. */
const PATIENCE = 30;

/** Looks at a team over and over, every {@link LOOK_MS}. */
export class WorkerWatch {
  /** By Worker: how many passes it had made, and how often it was seen so. */
  readonly #seen = new Map<string, { passes: number; looks: number }>();

  /** One look. Returns what hangs, as a sentence, or null. */
  look(counters: readonly WorkerCounters[]): string | null {
    for (const { worker, passes, parked } of counters) {
      const before = this.#seen.get(worker);
      const looks = parked || before?.passes !== passes ? 0 : before.looks + 1;
      this.#seen.set(worker, { passes, looks });
      if (looks === PATIENCE) return `the Worker ${worker} hangs: no pass for ${PATIENCE * LOOK_MS / 1000} s`;
    }
    return null;
  }
}
