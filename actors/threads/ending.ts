/**
 * When a Worker that is asked to stop may end: in the order in which requests go, so that each finishes what comes to
 * it, and the loss of one holds up nothing that was not its own.
 *
 * ```text
 * dispatchers   when nothing is left that arrived    card   when the dispatchers have ended
 * DPCs          when the card has ended
 * ```
 * A dispatcher whose rows wait for a slot stays, unless there will be none any more: the card is gone, every DPC is, or
 * as many Workers were lost as an engine has slots, each with one in hand.
 */
import { isStopping } from "../../fastpath/parking.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { ENDED, LOST, workerWord } from "./counters.ts";
import type { SharedParts } from "./shared_parts.ts";
import { stageOf } from "./team.ts";
import type { Place } from "./team.ts";
import type { Turn } from "./turn.ts";

/** Says whether a Worker is through: everybody is asked to stop, and nothing is left that it could finish. */
export function createEnding(
  { sizes, counters: buffer }: SharedParts,
  memory: PathMemory,
  { worker }: Place,
  turn: Turn,
): () => boolean {
  const counters = new Int32Array(buffer);
  const word = (of: number): number => Atomics.load(counters, workerWord(of, ENDED));
  const haveEnded = (workers: readonly number[]): boolean => workers.every((each) => word(each) !== 0);
  const dispatchers = stageOf(sizes, "dispatch");
  const device = stageOf(sizes, "device");
  const done = stageOf(sizes, "done");
  const before = dispatchers.includes(worker) ? [] : device.includes(worker) ? dispatchers : device;

  /** There will be no free slot any more. */
  function isHopeless(): boolean {
    if (haveEnded(device) || haveEnded(done)) return true;
    const lost = [...dispatchers, ...device, ...done].filter((each) => word(each) === LOST);
    return lost.length >= sizes.slotCount;
  }

  return () => {
    // First whether anybody is left, then whether there is anything: what they sent was there before they ended.
    if (!isStopping(memory) || !haveEnded(before) || turn.hasWork()) return false;
    return turn.stuck?.isStuck() !== true || isHopeless();
  };
}
