/**
 * A round trip with faults: a card whose channels can be given up, a timer, a watch over what the card touches, a
 * witness of what every request was told; and emergency sets of lists, where the world has drawn some.
 */
import { assert } from "../../sim/assert.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import { recoverableKit } from "../device/recoverable_channel.ts";
import { EmergencyLists } from "../scheduler/emergency_lists.ts";
import { STRATEGIES } from "../scheduler/strategies/mod.ts";
import type { StrategyName } from "../scheduler/strategy.ts";
import type { SystemParts } from "../system_options.ts";
import { leftovers } from "./leftovers.ts";
import { runRoundTrip } from "./round_trip.ts";
import type { RoundTripOptions, RoundTripResult } from "./round_trip.ts";
import { ToldChannel } from "./told_channel.ts";
import { WorldFaults } from "./world_faults.ts";
import type { WorldTrouble } from "./world_faults.ts";
import { WorldWitness } from "./world_witness.ts";

/** What the round trip of a world is made of. */
export type WorldOptions = Omit<RoundTripOptions, "strategy"> & { readonly strategy: StrategyName };

/** How it went. */
export interface WorldOutcome {
  readonly result: RoundTripResult;
  /** How often each fault struck. */
  readonly struck: Readonly<Record<string, number>>;
  /** How many requests ended with each status; empty in a world without faults. */
  readonly endings: Readonly<Record<string, number>>;
  /** What is wrong with the world, one sentence each; nothing if it held. */
  readonly wrong: readonly string[];
}

/** Strategies whose lists come by GetScatterGatherList, request by request. */
const GETS_LISTS: readonly StrategyName[] = [
  "new-model",
  "prealloc-queue",
  "isr-reprogram",
  "three-stage",
  "xdma-literal",
];

/** Runs it. */
export function runInTrouble(trouble: WorldTrouble, options: WorldOptions): WorldOutcome {
  const { reserveCount } = trouble;
  const { h2cCount, c2hCount, link, bytes, pieceBytes: maximumLengthBytes = PAGE_SIZE } = options;
  const { addressBits, scatterGather } = options.system ?? {};
  const device = recoverableKit(
    { h2cCount, c2hCount, link, addressBits, scatterGather },
    (channel, card) => new ToldChannel(channel, card),
  );
  const strategy = STRATEGIES[options.strategy];
  const prepared = reserveCount > 0 && GETS_LISTS.includes(options.strategy);
  const reserves: EmergencyLists[] = [];
  const lists = (parts: SystemParts): EmergencyLists => {
    const source = new EmergencyLists(parts, { reserveCount, maximumLengthBytes });
    reserves.push(source);
    return source;
  };
  const faults = new WorldFaults(trouble);
  const witnesses: WorldWitness[] = [];
  const result = runRoundTrip({
    ...options,
    // Emergency lists are built, which takes version 2 of the DMA operations.
    strategy: prepared ? { ...strategy, dmaVersion: 2 } : strategy,
    system: { ...options.system, device, watchDeviceAccess: true, ...(prepared ? { lists } : {}) },
    onStarted: (system) => {
      for (const reserve of reserves) reserve.reserve();
      faults.attach(system, maximumLengthBytes);
      witnesses.push(new WorldWitness(system, faults, bytes, prepared));
    },
    onEnded: (request) => witnesses[0]!.ended(request),
  });
  const [witness] = witnesses;
  assert(witness !== undefined, "A world that ran has begun");
  const wrong = [...broken(result), ...witness.verdict()];
  if (result.violations.length === 0) wrong.push(...leftovers(witness.system));
  return { result, wrong, struck: witness.struck(), endings: witness.endings() };
}

/** The invariants that broke, one sentence each. */
export function broken({ violations }: RoundTripResult): string[] {
  return violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`);
}
