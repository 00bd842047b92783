/** Who waits for a free slot, and who wakes them. */
import { wake } from "../../fastpath/parking.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { ROOM_AWAITED } from "./counters.ts";

/** A Worker says that it waits for a slot; it looks once more before it sleeps. */
export function awaitRoom(counters: Int32Array, worker: number): void {
  Atomics.or(counters, ROOM_AWAITED, 1 << worker);
}

/** Wakes all who wait for a slot: after one has gone back. */
export function wakeForRoom(counters: Int32Array, memory: PathMemory): void {
  // To look costs less than to take, and nearly always nobody waits.
  if (Atomics.load(counters, ROOM_AWAITED) === 0) return;
  for (let left = Atomics.exchange(counters, ROOM_AWAITED, 0); left !== 0; left &= left - 1) {
    wake(memory, 31 - Math.clz32(left & -left));
  }
}
