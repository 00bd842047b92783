/**
 * Dispatch on a thread of its own: rows that arrived on its lanes are validated, get their lists and stand in slots
 * (fastpath/1_dispatch.ts … 3_map.ts), then one store shows them to whoever is next. A lane without room keeps its rows
 * in the ring: that holds up nobody else.
 */
import { createFillSlots } from "../../fastpath/1_dispatch.ts";
import { PENDING } from "../../fastpath/2_validate.ts";
import { publishSubmitted } from "../../fastpath/4_queue.ts";
import { RingConsumer } from "../../fastpath/ring.ts";
import { CONTROL_WORDS, DONE, SUBMITTED } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import type { Outbox } from "./outbox.ts";
import type { SharedParts } from "./shared_parts.ts";
import type { Turn } from "./turn.ts";

/** Rows that one pass takes from one lane. */
const BURST = 64;

/** Hands the slots from position `from` up to `to` of a lane on; they are published. */
export type HandOver = (lane: number, from: number, to: number) => void;

/** The turn of a dispatcher. What it refuses goes to `refusals`; what it takes to `handOver`. */
export function createDispatchTurn(
  parts: SharedParts,
  memory: PathMemory,
  lanes: readonly number[],
  refusals: Outbox,
  handOver: HandOver,
): Turn {
  const { control, slotCount, requestStatus } = memory;
  const fillSlots = createFillSlots(memory);
  const arrivals = lanes.map((lane) => new RingConsumer(parts.arrivals[lane]!));
  const rows = new Int32Array(BURST);
  // Own cursor in a plain array; nobody else writes it.
  const submitted = Int32Array.from(lanes, (lane) => Atomics.load(control, lane * CONTROL_WORDS + SUBMITTED));

  function roomOf(index: number): number {
    const done = Atomics.load(control, lanes[index]! * CONTROL_WORDS + DONE);
    return (slotCount - (submitted[index]! - done)) | 0;
  }

  /** Rows that follow each other go through the table in one piece. Returns the position behind them. */
  function fill(lane: number, position: number, at: number, count: number): number {
    const first = rows[at]!;
    const end = fillSlots(lane, position, first, count);
    if (end !== ((position + count) | 0)) {
      for (let row = first; row < first + count; row++) if (requestStatus[row] !== PENDING) refusals.lay(row);
    }
    return end;
  }

  function passLane(index: number): number {
    const room = roomOf(index);
    if (room === 0) return 0;
    const count = arrivals[index]!.shiftMany(rows, 0, room < BURST ? room : BURST);
    if (count === 0) return 0;
    const lane = lanes[index]!;
    const from = submitted[index]!;
    let to = from;
    for (let at = 0; at < count;) {
      let run = 1;
      while (at + run < count && rows[at + run] === rows[at]! + run) run++;
      to = fill(lane, to, at, run);
      at += run;
    }
    refusals.publish();
    if (to === from) return count;
    submitted[index] = to;
    publishSubmitted(memory, lane, to);
    handOver(lane, from, to);
    return count;
  }

  return {
    pass(): number {
      let handled = 0;
      for (let index = 0; index < lanes.length; index++) handled += passLane(index);
      return handled;
    },
    hasWork(): boolean {
      for (let index = 0; index < lanes.length; index++) {
        if (arrivals[index]!.available() > 0 && roomOf(index) > 0) return true;
      }
      return false;
    },
  };
}
