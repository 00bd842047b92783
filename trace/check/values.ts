/** How a call log writes pointers, statuses, levels, flags and enumerations, as values that can be compared. */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import { NTSTATUS } from "../../machines/ntstatus.ts";
import { succeeded } from "./statuses.ts";

/** A pointer or handle that is not NULL: lower-case hex digits without leading zeros. Full 64 bits, so a string. */
export type Pointer = string;

/** The digits of a hex string such as `"0xA1"`; null for NULL (`"0x0"` too) and for anything that is no pointer. */
export function pointer(value: unknown): Pointer | null {
  if (typeof value !== "string") return null;
  let text = value;
  let start = 2;
  if (value.charCodeAt(1) !== LETTER_X || value.includes("`")) {
    if (!isPointer(value)) return null;
    text = value.replace("`", "");
    start = text.startsWith("0x") || text.startsWith("0X") ? 2 : 0;
  }
  while (start < text.length - 1 && text.charCodeAt(start) === ZERO) start++;
  const digits = text.slice(start).toLowerCase();
  return digits === "0" ? null : digits;
}

const LETTER_X = 0x78;
const ZERO = 0x30;
const HEX = /^0x[0-9a-f]{1,16}$/i;
/** As `%p` prints it: 8 or 16 digits, so that no small decimal number is taken for one. */
const PRINTED = /^(?:[0-9a-f]{8}|[0-9a-f]{16})$/i;
/** As WinDbg prints it: the halves apart. */
const HALVES = /^(?:0x)?[0-9a-f]{1,8}`[0-9a-f]{8}$/i;

/** True for a pointer: `0x` and up to 16 hex digits, or 8 or 16 digits as `%p` prints them, or WinDbg's two halves. */
export function isPointer(value: unknown): value is string {
  return typeof value === "string" && (HEX.test(value) || PRINTED.test(value) || HALVES.test(value));
}

/**
 * `to - from` in bytes, exact where it is below 2^53; addresses themselves may have 64 bits. Computed in two halves,
 * because a double cannot hold a kernel address.
 */
export function distance(from: Pointer, to: Pointer): number {
  return (half(to, 1) - half(from, 1)) * 0x1_0000_0000 + (half(to, 0) - half(from, 0));
}

/** The address as a number: exact below 2^53, which holds every logical address. */
export function addressOf(at: Pointer): number {
  return half(at, 1) * 0x1_0000_0000 + half(at, 0);
}

function half(at: Pointer, which: 0 | 1): number {
  const digits = which === 0 ? at.slice(-8) : at.slice(0, -8);
  return digits === "" ? 0 : parseInt(digits, 16);
}

/** How a call ended, as far as its line says. */
export type Outcome = "success" | "failure" | "unknown";

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(NTSTATUS).map(([name, value]) => [value, name]),
);

/** The name of an NTSTATUS that is written as name or hex; null where there is none. */
export function statusName(value: unknown): string | null {
  if (typeof value !== "string") return null;
  if (!value.startsWith("0x")) return value;
  return NAMES.get(parseInt(value, 16)) ?? value;
}

/** NT_SUCCESS for a status that is written as name or hex; unknown for a name that nobody knows. */
export function outcomeOf(value: unknown): Outcome {
  const name = statusName(value);
  if (name === null) return "unknown";
  if (name === "STATUS_SUCCESS" || name === "STATUS_PENDING") return "success";
  if (name.startsWith("0x")) return parseInt(name, 16) < 0x8000_0000 ? "success" : "failure";
  const successful = succeeded(name);
  return successful === null ? "unknown" : successful ? "success" : "failure";
}

const LEVELS: Readonly<Record<string, number>> = { PASSIVE: 0, APC: 1, DISPATCH: 2, DIRQL: 3, HIGH: 15 };

/** The names that a log may use for levels. */
export const IRQL_NAMES: readonly string[] = ["PASSIVE", "APC", "DISPATCH", "DIRQL"];

/** An IRQL as a number: 0 PASSIVE, 1 APC, 2 DISPATCH, more for device levels; null if it is none. */
export function irqlOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value < 32 ? value : null;
  return typeof value === "string" ? LEVELS[value.replace(/_LEVEL$/, "")] ?? null : null;
}

/** How a level is called in messages. */
export function irqlText(level: number): string {
  return level > 2 ? "DIRQL" : `${IRQL_NAMES[level]}_LEVEL`;
}

/** True if flags, written as names or a number, contain a flag. */
export function hasFlag(flags: unknown, bit: number, name: string): boolean | null {
  if (typeof flags === "number") return (flags & bit) !== 0;
  if (typeof flags === "string") return flags.split(/[\s|,]+/).includes(name) || hexFlag(flags, bit);
  return null;
}

function hexFlag(flags: string, bit: number): boolean {
  return flags.startsWith("0x") && (parseInt(flags, 16) & bit) !== 0;
}

/** IO_ALLOCATION_ACTION as the charts name it. */
export type Action = IoAllocationAction;

const ACTIONS: readonly Action[] = ["KeepObject", "DeallocateObject", "DeallocateObjectKeepRegisters"];

/** An IO_ALLOCATION_ACTION by name or number (1, 2, 3); null if it is none. */
export function actionOf(value: unknown): Action | null {
  if (typeof value === "number") return ACTIONS[value - 1] ?? null;
  return ACTIONS.find((action) => action === value) ?? null;
}

/** A number, or null. */
export function count(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}

/** A boolean, or null. */
export function flag(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** One element of a list: where, and how many bytes. */
export interface Element {
  readonly address: Pointer;
  readonly lengthBytes: number;
}

/** `[["0x1000", 4096], …]` as elements; null where there are none. */
export function elementsOf(value: unknown): Element[] | null {
  if (!Array.isArray(value)) return null;
  return value.map(([address, lengthBytes]) => ({ address: pointer(address) ?? "0", lengthBytes }));
}
