/**
 * Which participants must be followed in a state so that nothing is missed: a set whose next steps nobody outside can
 * ever disturb, whatever the outsiders do from here on.
 */
import { AT_REST } from "./participant.ts";
import type { Places } from "./participant.ts";

/**
 * The smallest such set around the first participant that can step, as a mask of those in it that can. `enabled` is not
 * empty. Around the first one, not the smallest of all: going back and forth between parts of a model that have nothing
 * to do with each other would visit every pair of their states.
 */
export function persistentSet(
  places: readonly Places[],
  state: Int32Array,
  firstPlace: number,
  enabled: number,
): number {
  let best = closed(enabled & -enabled, places, state, firstPlace) & enabled;
  for (let left = best & (best - 1); left !== 0; left &= left - 1) {
    const chosen = closed(left & -left, places, state, firstPlace) & enabled;
    if (bitCount(chosen) < bitCount(best)) best = chosen;
  }
  return best;
}

/** Takes in everybody who could disturb a next step of the set, or could enable one that cannot be taken yet. */
function closed(start: number, places: readonly Places[], state: Int32Array, firstPlace: number): number {
  let set = start;
  for (let added = true; added;) {
    added = false;
    let reads = 0;
    let writes = 0;
    for (let member = 0; member < places.length; member++) {
      if ((set >> member & 1) === 0) continue;
      const place = state[firstPlace + member]!;
      const access = places[member]!.access(place);
      if (access === null) continue;
      reads |= access.reads;
      writes |= access.writes;
      if (place === AT_REST) reads |= places[member]!.participant.ready?.reads ?? 0;
    }
    for (let other = 0; other < places.length; other++) {
      if ((set >> other & 1) === 1 || places[other]!.access(state[firstPlace + other]!) === null) continue;
      // Whatever it may touch from here to its end: a coarse answer, and a safe one.
      const { reach } = places[other]!.participant;
      if ((reach.writes & (reads | writes) | reach.reads & writes) === 0) continue;
      set |= 1 << other;
      added = true;
    }
  }
  return set;
}

function bitCount(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
