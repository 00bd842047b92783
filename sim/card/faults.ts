/**
 * Everything that can go wrong on the card's side, by name. A fault is armed for one occasion: the n-th time that it
 * could happen on a channel. So the same plan gives the same run.
 */
import { nanoseconds } from "../units.ts";
import type { Nanoseconds } from "../units.ts";

/** The faults that happen to a channel. */
export type ChannelFault =
  /** A data read's completion is poisoned (H2C): status bit 12. */
  | "poisonedData"
  /** A data read's completion has a parity error (H2C): status bit 11. */
  | "parityData"
  /** A completion arrives that nobody asked for, among data (H2C): status bit 13. */
  | "strayData"
  /** A descriptor fetch's completion is poisoned: status bit 22. */
  | "poisonedDescriptor"
  /** A descriptor fetch's completion has a parity error: status bit 21. */
  | "parityDescriptor"
  /** A completion arrives that nobody asked for, among descriptors: status bit 23. */
  | "strayDescriptor"
  /** The card sees a descriptor with its magic changed; host memory is right. */
  | "corruptedMagic"
  /** The channel's interrupt message never arrives. */
  | "lostInterrupt"
  /** The interrupt comes too early; status and count follow `delayNs` later and interrupt as they should have. */
  | "lateStatus"
  /** Status, count and interrupt come, the last piece of data follows `delayNs` later. */
  | "statusBeforeData";

/** When a channel fault happens. */
export interface ChannelFaultPlan {
  /** What goes wrong. */
  readonly fault: ChannelFault;
  /** Index over all engines of the card: H2C c is c, C2H c is h2cCount + c, as in the IRQ block. */
  readonly channel: number;
  /** How many occasions pass unharmed. Default 0: the next one is hit. */
  readonly after?: number;
  /** For `lateStatus` and `statusBeforeData`. Default 10 000. */
  readonly delayNs?: Nanoseconds;
}

const NAMES: readonly ChannelFault[] = [
  "poisonedData",
  "parityData",
  "strayData",
  "poisonedDescriptor",
  "parityDescriptor",
  "strayDescriptor",
  "corruptedMagic",
  "lostInterrupt",
  "lateStatus",
  "statusBeforeData",
];

interface Armed {
  readonly fault: ChannelFault;
  readonly channel: number;
  readonly delayNs: Nanoseconds;
  after: number;
}

/** The plan of faults. Costs one flag test while nothing is armed. */
export class Faults {
  #armed: Armed[] = [];
  readonly #engineCount: number;

  /** Nothing is armed. */
  constructor(engineCount: number) {
    this.#engineCount = engineCount;
  }

  /** Whether anything is still to happen. */
  get any(): boolean {
    return this.#armed.length > 0;
  }

  /**
   * Arms one fault.
   *
   * @throws {RangeError} for an unknown fault, a channel the card has not, or a negative count.
   */
  arm(plan: ChannelFaultPlan): void {
    if (!NAMES.includes(plan.fault)) {
      throw new RangeError(`Cannot arm "${plan.fault}": expected one of ${NAMES.join(", ")}`);
    }
    if (!Number.isSafeInteger(plan.channel) || plan.channel < 0 || plan.channel >= this.#engineCount) {
      throw new RangeError(`Cannot use ${plan.channel} as channel: expected 0 to ${this.#engineCount - 1}`);
    }
    const after = plan.after ?? 0;
    if (!Number.isSafeInteger(after) || after < 0) {
      throw new RangeError(`Cannot use ${after} as after: expected an integer of at least 0`);
    }
    this.#armed.push({
      fault: plan.fault,
      channel: plan.channel,
      after,
      delayNs: nanoseconds(plan.delayNs ?? 10_000, "delayNs"),
    });
  }

  /** Takes every plan back. */
  disarm(): void {
    this.#armed = [];
  }

  /** An occasion for `fault` on `channel`: the delay of the fault if it happens now, otherwise -1. */
  take(fault: ChannelFault, channel: number): Nanoseconds | -1 {
    for (let index = 0; index < this.#armed.length; index++) {
      const armed = this.#armed[index]!;
      if (armed.fault !== fault || armed.channel !== channel) continue;
      if (armed.after-- > 0) return -1;
      this.#armed.splice(index, 1);
      return armed.delayNs;
    }
    return -1;
  }
}
