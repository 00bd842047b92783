/**
 * The host's bad luck, drawn from a seed before the run: which kinds of trouble there will be at all, and how often
 * each strikes. Whole categories are switched off in most runs ("swarm"): a run in which everything goes wrong at once
 * hides what one fault alone would show.
 *
 * The plan is plain data. Whoever owns the place of a fault asks a {@link FaultSource} there; the card does so for its
 * own faults, whose names it brings along.
 */
import { assert } from "./assert.ts";
import { Prng } from "./prng.ts";
import type { Nanoseconds } from "./units.ts";

/** The trouble that the host itself can make. */
export const HOST_FAULTS = ["allocatorFailure", "interruptLost", "dpcDelayed", "iommuFault", "busError"] as const;

/** A host fault by name. */
export type HostFault = typeof HOST_FAULTS[number];

/** One kind of trouble in a plan. */
export interface PlannedFault {
  /** The fault's name, such as `interruptLost`. */
  readonly name: string;
  /** Host faults are ours; card faults are the card's to apply. */
  readonly category: "host" | "card";
  /** How likely it is to strike at each opportunity. Greater than 0: what is switched off is not in the plan. */
  readonly probability: number;
  /** The longest delay, for faults that delay something. */
  readonly maxDelayNs: Nanoseconds;
}

/** What will go wrong in one run. */
export interface FaultPlan {
  /** What the plan was drawn from, and what its dice are seeded with. */
  readonly seed: number | string;
  /** The faults that take part in this run. */
  readonly faults: readonly PlannedFault[];
}

/** How a plan is drawn. */
export interface FaultPlanOptions {
  /** The same seed draws the same plan. */
  readonly seed: number | string;
  /** Names of the card's faults. Default none. */
  readonly cardFaults?: readonly string[];
  /**
   * Relative frequency by name, where a fault shall be rarer or more common than the others; 0 switches it off for
   * good. Default 1 each.
   */
  readonly weights?: Readonly<Record<string, number>>;
  /** The probability of a fault of weight 1 is drawn between a hundredth of this and this. Default 0.1. */
  readonly maxProbability?: number;
  /** Each fault takes part in a run with this probability. Default 0.5. */
  readonly participation?: number;
  /** Upper bound of delays. Default 1 ms. */
  readonly maxDelayNs?: Nanoseconds;
}

/** A plan in which nothing goes wrong. */
export const NO_FAULTS: FaultPlan = { seed: 0, faults: [] };

/** Draws a plan. The same options give the same plan. */
export function drawFaultPlan(options: FaultPlanOptions): FaultPlan {
  const { seed, cardFaults = [], weights = {}, maxProbability = 0.1, participation = 0.5 } = options;
  const prng = new Prng(seed).fork("fault plan");
  const names = [...HOST_FAULTS, ...cardFaults];
  assert(new Set(names).size === names.length, "Cannot draw a plan: a fault is named twice");
  for (const name of Object.keys(weights)) {
    assert(names.includes(name), `Cannot weigh "${name}": no fault has that name`);
  }
  const faults: PlannedFault[] = [];
  names.forEach((name, index) => {
    // Both numbers are drawn in any case, so that switching one fault off does not change the others.
    const takesPart = prng.chance(participation);
    const probability = maxProbability * (0.01 + 0.99 * prng.unit()) * (weights[name] ?? 1);
    if (!takesPart || probability <= 0) return;
    faults.push({
      name,
      category: index < HOST_FAULTS.length ? "host" : "card",
      probability: Math.min(1, probability),
      maxDelayNs: options.maxDelayNs ?? 1_000_000,
    });
  });
  return { seed, faults };
}

/** Rolls the dice of a plan. Each fault has dice of its own, so that asking more often for one changes no other. */
export class FaultSource {
  readonly #dice = new Map<string, { readonly fault: PlannedFault; readonly prng: Prng }>();

  /** Dice for one run of this plan. */
  constructor(plan: FaultPlan) {
    for (const fault of plan.faults) {
      this.#dice.set(fault.name, { fault, prng: new Prng(`${plan.seed}/${fault.name}`) });
    }
  }

  /** True if the fault strikes at this opportunity. Never for a fault that is not in the plan. */
  strikes(name: string): boolean {
    const dice = this.#dice.get(name);
    return dice !== undefined && dice.prng.chance(dice.fault.probability);
  }

  /** How long this delay is, for a fault that has struck: 1 ns to the plan's bound. */
  delayNs(name: string): Nanoseconds {
    const dice = this.#dice.get(name);
    return dice === undefined ? 0 : dice.prng.between(1, Math.max(1, dice.fault.maxDelayNs));
  }
}
