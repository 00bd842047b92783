/**
 * Step 2: may this request go to this channel at all? Length, direction, alignment, locked pages.
 */
import { NTSTATUS } from "../machines/ntstatus.ts";
import { FLAG_LOCKED, FLAG_WRITE } from "./slots.ts";

/** As a request row holds it: NTSTATUS as a signed 32-bit word. */
export const SUCCESS: number = NTSTATUS.STATUS_SUCCESS | 0;
/** Taken, not yet completed. */
export const PENDING: number = NTSTATUS.STATUS_PENDING | 0;
/** The card stopped on an error. */
export const DEVICE_ERROR: number = NTSTATUS.STATUS_DEVICE_HARDWARE_ERROR | 0;
/** Nothing to move, too long, wrong direction, or misaligned. */
export const INVALID: number = NTSTATUS.STATUS_INVALID_PARAMETER | 0;
/** Its pages are not locked: the card must not be told about them. */
export const NOT_LOCKED: number = NTSTATUS.STATUS_INVALID_DEVICE_REQUEST | 0;

// What a module imports or exports is looked up in a cell each time; a constant of its own becomes part of the code.
const WRITE = FLAG_WRITE;
const LOCKED = FLAG_LOCKED;
const FLAGS = WRITE | LOCKED;
/** What {@link validate} found. */
const VALID = 0;
const BAD_PARAMETER = 1;
const PAGES_NOT_LOCKED = 2;

/** Addresses and lengths are whole 32-bit words, so that a card of any data path width can take them. */
export const ALIGNMENT_MASK = 3;

/**
 * Whether {@link validate} has nothing against a request of these flags, and it is no longer than `maximumBytes`.
 * `flags` are those of the channel: its direction, and locked. As few branches as it can be, for the loop of all.
 */
export function isOrdinary(
  requestFlags: number,
  lengthBytes: number,
  hostLow: number,
  flags: number,
  maximumBytes: number,
): boolean {
  if ((lengthBytes - 1) >>> 0 >= maximumBytes) return false;
  return (((lengthBytes | hostLow) & ALIGNMENT_MASK) | ((requestFlags & FLAGS) ^ flags)) === 0;
}

/** 0, or why the request is not taken, for {@link statusOf}. */
export function validate(
  flags: number,
  lengthBytes: number,
  hostLow: number,
  direction: number,
  maximumBytes: number,
): number {
  if ((lengthBytes - 1) >>> 0 >= maximumBytes) return BAD_PARAMETER;
  if ((flags & WRITE) !== direction) return BAD_PARAMETER;
  if (((lengthBytes | hostLow) & ALIGNMENT_MASK) !== 0) return BAD_PARAMETER;
  if ((flags & LOCKED) === 0) return PAGES_NOT_LOCKED;
  return VALID;
}

/** The status of a request that {@link validate} did not let pass. */
export function statusOf(found: number): number {
  return found === PAGES_NOT_LOCKED ? NOT_LOCKED : INVALID;
}
