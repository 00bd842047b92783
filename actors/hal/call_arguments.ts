/** How lists and elements look in the call trace: hex strings for pointers, `[address, length]` for elements. */
import { hexText } from "../../trace/event.ts";
import type { TraceValue } from "../../trace/event.ts";
import type { TraceArguments } from "../kernel/door.ts";
import type { Failure } from "./dma_operations.ts";
import type { Hal } from "./hal.ts";
import { HalList } from "./hal_list.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";

/** The pointer of a list: where the caller's buffer lies, or a stable one for a list of the HAL. */
export function listPointer(hal: Hal, list: ScatterGatherList | null): TraceValue {
  if (list === null) return null;
  return list instanceof HalList && list.va >= 0 ? hexText(list.va) : hal.door.pointers.of(list);
}

/** The elements of a list. */
export function traceElements(list: ScatterGatherList): TraceValue {
  const elements: TraceValue[] = [];
  for (let index = 0; index < list.numberOfElements; index++) {
    elements.push([hexText(list.addresses[index]!), list.lengths[index]!]);
  }
  return elements;
}

/** The pointer of anything a driver passes through: a context, a routine. Numbers and strings stand for themselves. */
export function tracePointer(hal: Hal, value: unknown): TraceValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "object" || typeof value === "function") return hal.door.pointers.of(value);
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}

/** Why a call failed, beside its status; null where the status says it all. */
export function traceReason(failure: Failure): TraceArguments | null {
  return failure.reason === undefined ? null : { reason: failure.reason };
}
