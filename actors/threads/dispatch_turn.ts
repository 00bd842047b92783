/**
 * Dispatch on a thread of its own: rows that arrived are validated, get their lists and stand in slots
 * (fastpath/1_dispatch.ts … 3_map.ts), one after the other, so that a dispatcher never holds more than one slot that it
 * has not handed on. An engine without a free slot leaves its rows in their ring: that holds up nobody else.
 */
import { createFillSlots } from "../../fastpath/1_dispatch.ts";
import { claimRequest, isCancelled } from "../../fastpath/claims.ts";
import { hasRow } from "../../fastpath/free_rows.ts";
import { RingConsumer } from "../../fastpath/ring.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { createCancelledEnd } from "./cancelled.ts";
import { giveSlot, NO_SLOT, openEngineQueues, takeSlot } from "./engine_queue.ts";
import type { EngineQueue } from "./engine_queue.ts";
import type { Outbox } from "./outbox.ts";
import type { SharedParts } from "./shared_parts.ts";
import { arrivalsOf } from "./sizes.ts";
import type { Turn } from "./turn.ts";

/** Rows that one pass takes for one engine. */
const BURST = 64;

/** Where filled slots go. */
export interface HandOver {
  /** One slot; it may be seen at once. */
  readonly lay: (queue: EngineQueue, number: number) => void;
  /** Whoever is next is to look. */
  readonly publish: () => void;
}

/** Who keeps slots and those who wait for one together. */
export interface RoomKeeper {
  /** This dispatcher waits for a slot: it is to be woken when one goes back. */
  readonly awaitRoom: () => void;
  /** A slot has gone back unused. */
  readonly freed: () => void;
}

/** The turn of a dispatcher. What is over here already goes to `outbox`. */
export function createDispatchTurn(
  parts: SharedParts,
  memory: PathMemory,
  dispatcher: number,
  outbox: Outbox,
  next: HandOver,
  { awaitRoom, freed }: RoomKeeper,
): Turn {
  const { slotCount } = memory;
  const fillSlots = createFillSlots(memory);
  const cancelled = createCancelledEnd(memory);
  const claims = new Int32Array(parts.claims);
  const queues = openEngineQueues(parts.queues, slotCount);
  const arrivals = queues.map(({ engine }) =>
    new RingConsumer(parts.arrivals[arrivalsOf(parts.sizes, dispatcher, engine)]!)
  );

  /** Takes a row into a slot. False if the request is over already, and the slot still free for the next. */
  function takeIn(queue: EngineQueue, number: number, row: number): boolean {
    if (isCancelled(claims, row)) cancelled.withdraw(queue.engine, row);
    // A slot's number is a position of the first lap.
    else if (fillSlots(queue.engine, number, row, 1) !== number) return true;
    // Refused. Its requester may have been faster, and has been told so.
    else if (!claimRequest(claims, row)) cancelled.complete(row);
    outbox.lay(row);
    return false;
  }

  function passEngine(queue: EngineQueue): number {
    const arriving = arrivals[queue.engine]!;
    const available = arriving.available();
    const most = available < BURST ? available : BURST;
    let number = NO_SLOT;
    let taken = 0;
    for (; taken < most; taken++) {
      if (number === NO_SLOT) number = takeSlot(queue);
      if (number === NO_SLOT) break;
      const row = arriving.shift();
      // The place is free before the row is: whoever has it next may send it the same way.
      arriving.release();
      if (!takeIn(queue, number, row)) continue;
      next.lay(queue, number);
      number = NO_SLOT;
    }
    if (number !== NO_SLOT) {
      giveSlot(queue, number);
      freed();
    }
    if (taken > 0) next.publish();
    return taken;
  }

  return {
    pass(): number {
      let handled = 0;
      for (const queue of queues) handled += passEngine(queue);
      outbox.publish();
      return handled;
    },
    hasWork: () => queues.some(({ engine, free }) => arrivals[engine]!.available() > 0 && hasRow(free)),
    stuck: {
      isStuck: () => arrivals.some((arriving) => arriving.available() > 0),
      ask: awaitRoom,
    },
  };
}
