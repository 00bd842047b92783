/** How large a team of Workers and its memory are: options, their defaults, and what cannot be. */

/** How the work of a channel is shared out among Workers. */
export type Pipeline = "interrupts" | "three-stage" | "one-thread";

/** Sizes; everything has a default. */
export interface ThreadSizes {
  /** H2C engines, 0 to 4. Default 4. */
  readonly h2cCount: number;
  /** C2H engines, 0 to 4. Default 4. */
  readonly c2hCount: number;
  /**
   * `interrupts` (default): dispatchers, the card with its ISR, DPCs. `three-stage`: prepare, transfer, put; one Worker
   * each. `one-thread`: one Worker does all three in turn, to compare with.
   */
  readonly pipeline: Pipeline;
  /** Dispatch Workers, 1 to 8; each has a lane of its own to every engine. The other pipelines have one. Default 1. */
  readonly dispatcherCount: number;
  /** DPC Workers, 1 to 2; the lanes are dealt out to them. The other pipelines have one. Default 1. */
  readonly dpcCount: number;
  /** Slots of one lane, a power of two: how many of its requests can be under way at once. Default 32. */
  readonly slotCount: number;
  /** The longest list, a power of two up to 64. Default 16. */
  readonly descriptorsPerSlot: number;
  /** The longest piece of memory that one descriptor covers, in bytes. Default 4096. */
  readonly elementBytes: number;
  /** Requests that can be outstanding altogether, a power of two up to 32 768. Default 1024. */
  readonly requestCount: number;
  /** Bytes of host memory that requests can lie in. Default 4 MiB. */
  readonly ramBytes: number;
}

const MIB = 1024 * 1024;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} with one sentence, if a size cannot be. Powers of two are checked where the memory is made.
 */
export function threadSizes(given: Partial<ThreadSizes>): ThreadSizes {
  const pipeline = given.pipeline ?? "interrupts";
  const alone = pipeline === "interrupts" ? undefined : 1;
  const sizes: ThreadSizes = {
    pipeline,
    h2cCount: whole("h2cCount", given.h2cCount ?? 4, 0, 4),
    c2hCount: whole("c2hCount", given.c2hCount ?? 4, 0, 4),
    dispatcherCount: whole("dispatcherCount", given.dispatcherCount ?? 1, 1, alone ?? 8),
    dpcCount: whole("dpcCount", given.dpcCount ?? 1, 1, alone ?? 2),
    slotCount: given.slotCount ?? 32,
    descriptorsPerSlot: given.descriptorsPerSlot ?? 16,
    elementBytes: given.elementBytes ?? 4096,
    requestCount: given.requestCount ?? 1024,
    ramBytes: whole("ramBytes", given.ramBytes ?? 4 * MIB, 4, 2 ** 33),
  };
  if (sizes.h2cCount + sizes.c2hCount === 0) {
    throw new RangeError("Cannot use a card without engines: expected h2cCount or c2hCount of at least 1");
  }
  return sizes;
}

/** Engines of the card; H2C first. */
export function engineCount({ h2cCount, c2hCount }: ThreadSizes): number {
  return h2cCount + c2hCount;
}

/** Lanes: one from every dispatcher to every engine. */
export function laneCount(sizes: ThreadSizes): number {
  return engineCount(sizes) * sizes.dispatcherCount;
}

function whole(name: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected a whole number from ${least} to ${most}`);
  }
  return value;
}
