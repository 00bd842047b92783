/**
 * Whose a request is, where it can be cancelled: one word a request, and one compareExchange decides. Whoever settles
 * how it ends claims it first, the device's side before it starts it, a dispatcher before it refuses it; its requester
 * takes it back by the same word. So a cancel that succeeded is never followed by a transfer, and one that came too
 * late says so; nothing is taken out of the middle of a queue, the mark is found when its turn comes.
 *
 * The word belongs to the request, not to its place: it stays true wherever the request stands, also before it stands
 * anywhere, and there is no place that could have got a new tenant in between.
 */
import { assert } from "../sim/assert.ts";

const OPEN = 0;
const CLAIMED = 1;
const CANCELLED = 2;

/** What became of a cancel: it took effect, it had before, or somebody has claimed the request. */
export type CancelOutcome = "cancelled" | "again" | "late";

/** A request begins: nobody has claimed it. Its requester does so before anybody else sees the request. */
export function openClaim(claims: Int32Array, request: number): void {
  Atomics.store(claims, request, OPEN);
}

/** Claims a request. False: it was cancelled before, and has to be completed so. */
export function claimRequest(claims: Int32Array, request: number): boolean {
  const seen = Atomics.compareExchange(claims, request, OPEN, CLAIMED);
  assert(seen !== CLAIMED, `Request ${request} is claimed twice`);
  return seen === OPEN;
}

/** Its requester wants it back. Legal while it is out. */
export function cancelRequest(claims: Int32Array, request: number): CancelOutcome {
  const seen = Atomics.compareExchange(claims, request, OPEN, CANCELLED);
  return seen === OPEN ? "cancelled" : seen === CANCELLED ? "again" : "late";
}

/** True if it was cancelled in time. */
export function isCancelled(claims: Int32Array, request: number): boolean {
  return Atomics.load(claims, request) === CANCELLED;
}
