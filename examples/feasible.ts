/** What options ask for together: each may be fine alone, and the run that they make too large or too long. */
import { BadArgument } from "./options.ts";
import { binaryBytes, grouped } from "./units.ts";

/** All transfers of a run together. */
const MOST_BYTES = 1024 ** 3;
/** Virtual time is counted in whole nanoseconds below 2^53: about 104 days. */
const MOST_NS = Number.MAX_SAFE_INTEGER;

/** @throws {BadArgument} if the buffers of so many transfers are no load for a story. */
export function expectBytes(transferCount: number, transferBytes: number): void {
  const wholeBytes = transferCount * transferBytes;
  if (wholeBytes <= MOST_BYTES) return;
  const asked = `--transfers ${transferCount} of --bytes ${transferBytes}, ${binaryBytes(wholeBytes)} together`;
  throw new BadArgument(`Cannot use ${asked}: expected at most ${binaryBytes(MOST_BYTES)}`);
}

/**
 * @param wholeNs how long so many transfers take, one after the other.
 * @throws {BadArgument} if that is more than `mostNs`.
 */
export function expectTime(transferCount: number, wholeNs: number, mostNs: number = MOST_NS): void {
  if (wholeNs <= mostNs) return;
  const asked = `--transfers ${transferCount} that take ${seconds(wholeNs)} one after the other`;
  throw new BadArgument(`Cannot use ${asked}: expected at most ${seconds(mostNs)} of virtual time`);
}

/** Whole seconds, rounded down so that what is refused is never shown as the limit. */
function seconds(ns: number): string {
  return `${grouped(Math.floor(ns / 1e9))} s`;
}
