/** Runs a round trip on threads to its end, as a promise. */
import { runRoundTripOnThreads } from "../../actors/threads/mod.ts";
import type { ThreadRoundTripOptions, ThreadRoundTripResult } from "../../actors/threads/mod.ts";

/** Bytes that follow a rule, so that a wrong place shows. */
export function patternOf(lengthBytes: number): Uint8Array {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at++) bytes[at] = at * 31 + (at >> 8) * 17 + (at >> 16) * 7;
  return bytes;
}

/** How a round trip ended. */
export function roundTrip(options: ThreadRoundTripOptions): Promise<ThreadRoundTripResult> {
  return new Promise((resolve) => runRoundTripOnThreads(options, resolve));
}
