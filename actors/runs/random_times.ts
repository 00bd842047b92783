/** Random cost parameters for comparing strategies with their closed forms. */
import type { Prng } from "../../sim/prng.ts";
import type { BurstTimes } from "../scheduler/strategy.ts";

/** A parameter set. */
export interface RandomBurst {
  readonly times: BurstTimes;
  readonly transferCount: number;
}

const LONGEST_NS = 1_000_000;
const MOST_TRANSFERS = 24;

/**
 * Draws a parameter set: each time is zero, tiny, or anything up to 1 ms, so that ties, zeros and every order of the
 * stages occur. The engine needs at least 1 ns: a transfer that takes no time has no interrupt to follow it.
 */
export function randomBurst(prng: Prng): RandomBurst {
  const draw = (): number => {
    const kind = prng.below(8);
    if (kind === 0) return 0;
    if (kind === 1) return prng.below(10);
    return prng.below(kind < 5 ? LONGEST_NS / 10 : LONGEST_NS);
  };
  return {
    times: {
      setupNs: draw(),
      dmaNs: Math.max(1, draw()),
      isrNs: draw(),
      dpcNs: draw(),
      postNs: draw(),
      wakeNs: draw(),
      copyNs: draw(),
    },
    transferCount: prng.between(1, MOST_TRANSFERS),
  };
}
