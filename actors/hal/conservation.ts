/**
 * The bookkeeping that must always add up: map registers free + held = size; lists built - put = lists alive =
 * references that the adapter's chart counts. A broken sentence here is a bug of ours, not of a driver.
 */
import type { Hal } from "./hal.ts";

/** What does not add up; empty if everything does. */
export function conservationTrouble(hal: Hal): readonly string[] {
  const trouble: string[] = [];
  for (const pool of hal.pools) {
    const held = pool.allocatedCount - pool.freedCount;
    if (pool.free + held !== pool.size) {
      trouble.push(`${pool.name}: ${pool.free} free + ${held} held is not ${pool.size}`);
    }
    const marked = pool.markedCount();
    if (marked !== held) trouble.push(`${pool.name}: ${marked} registers are marked, ${held} are held`);
    if (pool.line.length !== pool.life.context.waiting) {
      trouble.push(`${pool.name}: ${pool.line.length} stand in line, the chart counts ${pool.life.context.waiting}`);
    }
  }
  for (const { name, counters, life, lists, line } of hal.adapters) {
    const alive = [...lists].length;
    if (counters.listsOutstanding !== alive) {
      trouble.push(`${name}: ${counters.listsBuilt} lists built - ${counters.listsPut} put is not ${alive}`);
    }
    if (life.has("live") && life.context.lists !== alive) {
      trouble.push(`${name}: ${alive} lists are alive, the chart counts ${life.context.lists}`);
    }
    if (life.has("live") && life.context.waiting !== line.length) {
      trouble.push(`${name}: ${line.length} requests wait, the chart counts ${life.context.waiting}`);
    }
  }
  const waiting = hal.adapters.reduce((sum, { line }) => sum + line.length, 0);
  if (waiting !== hal.waiterCount) trouble.push(`hal: ${waiting} requests wait, ${hal.waiterCount} are counted`);
  return trouble;
}
