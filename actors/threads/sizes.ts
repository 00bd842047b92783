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
  /** Dispatch Workers, 1 to 8; each dispatches to every engine. The other pipelines have one. Default 1. */
  readonly dispatcherCount: number;
  /** DPC Workers, 1 to 2; each completes what any engine has finished. The other pipelines have one. Default 1. */
  readonly dpcCount: number;
  /**
   * Slots of one engine, a power of two from 2 to 4096: how many of its requests can be under way at once. A Worker
   * that stops keeps at most one of them. Default 32 for each dispatcher, rounded up.
   */
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
  const dispatcherCount = whole("dispatcherCount", given.dispatcherCount ?? 1, 1, alone ?? 8);
  const sizes: ThreadSizes = {
    pipeline,
    dispatcherCount,
    h2cCount: whole("h2cCount", given.h2cCount ?? 4, 0, 4),
    c2hCount: whole("c2hCount", given.c2hCount ?? 4, 0, 4),
    dpcCount: whole("dpcCount", given.dpcCount ?? 1, 1, alone ?? 2),
    slotCount: given.slotCount ?? 32 * 2 ** Math.ceil(Math.log2(dispatcherCount)),
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

/** The DPC that an engine's interrupts go to; the others help when it does not come. */
export function dpcOf(sizes: ThreadSizes, engine: number): number {
  return Math.floor(engine * sizes.dpcCount / engineCount(sizes));
}

/** Workers of the team. */
export function workerCount({ pipeline, dispatcherCount, dpcCount }: ThreadSizes): number {
  return pipeline === "one-thread" ? 1 : 1 + dispatcherCount + dpcCount;
}

/** Arrival rings: one from the owner over every dispatcher to every engine, so that a full engine holds up no other. */
export function arrivalCount(sizes: ThreadSizes): number {
  return engineCount(sizes) * sizes.dispatcherCount;
}

/** The arrival ring of a dispatcher for an engine. */
export function arrivalsOf(sizes: ThreadSizes, dispatcher: number, engine: number): number {
  return dispatcher * engineCount(sizes) + engine;
}

function whole(name: string, value: number, least: number, most: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new RangeError(`Cannot use ${value} as ${name}: expected a whole number from ${least} to ${most}`);
  }
  return value;
}
