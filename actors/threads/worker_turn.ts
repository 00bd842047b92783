/** The turn of a place in the team, wired to its neighbours: each wakes whoever has something to do because of it. */
import { startSubmitted } from "../../fastpath/4_queue.ts";
import { wake } from "../../fastpath/parking.ts";
import { RingProducer } from "../../fastpath/ring.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { assert } from "../../sim/assert.ts";
import { createCardTurn } from "./card_turn.ts";
import { createDispatchTurn } from "./dispatch_turn.ts";
import type { HandOver } from "./dispatch_turn.ts";
import { createDpcTurn } from "./dpc_turn.ts";
import { Outbox } from "./outbox.ts";
import { createPutTurn } from "./put_turn.ts";
import type { SharedParts } from "./shared_parts.ts";
import { slotOf } from "./slot_steps.ts";
import { CARD_WORKER, completerOf, dispatcherOf } from "./team.ts";
import { createTransferTurn } from "./transfer_turn.ts";
import type { Turn } from "./turn.ts";
import type { WorkerCard } from "./worker_card.ts";
import type { WorkerOrder } from "./worker_messages.ts";

/** What a Worker runs, and the card if it has it. */
export type WorkerTurn = Turn & { readonly card?: WorkerCard };

/** Builds what a Worker runs. `bell` tells the owner that something is in the Worker's completion ring. */
export function workerTurn(
  { place, parts, card }: WorkerOrder,
  memory: PathMemory,
  bell: () => void,
): WorkerTurn {
  const { sizes } = parts;
  const outbox = new Outbox(parts.completions[place.worker]!, new Int32Array(parts.counters), bell);
  const freed = (lane: number): void => wake(memory, dispatcherOf(sizes, lane));
  const readied = (lane: number): void => wake(memory, completerOf(sizes, lane));
  switch (place.role) {
    case "dispatch": {
      const startIdle: HandOver = (lane, _from, to) => {
        if (startSubmitted(memory, lane, to)) wake(memory, CARD_WORKER);
      };
      return createDispatchTurn(parts, memory, place.lanes, outbox, startIdle);
    }
    case "card":
      return createCardTurn(parts, memory, card, readied);
    case "dpc":
      return createDpcTurn(memory, place.lanes, outbox, freed);
    case "prepare":
      return createDispatchTurn(parts, memory, place.lanes, outbox, toTransfer(parts, memory));
    case "transfer":
      return createTransferTurn(parts, memory, card, () => readied(0));
    case "put":
      return createPutTurn(parts, memory, outbox, freed);
    case "stages":
      return inTurn(
        createTransferTurn(parts, memory, card, () => {}),
        createDispatchTurn(parts, memory, place.lanes, outbox, toTransfer(parts, memory)),
        createPutTurn(parts, memory, outbox, () => {}),
      );
  }
}

/** From the first stage to the second: slots, by a ring. */
function toTransfer(parts: SharedParts, memory: PathMemory): HandOver {
  const prepared = new RingProducer(parts.prepared);
  return (lane, from, to) => {
    for (let position = from; position !== to; position = (position + 1) | 0) {
      if (!prepared.push(slotOf(memory, lane, position))) assert(false, "The ring is smaller than there are slots");
    }
    prepared.flush();
    wake(memory, CARD_WORKER);
  };
}

/** The stages one after the other, in one loop. */
function inTurn(transfer: Turn & { readonly card: WorkerCard }, prepare: Turn, put: Turn): WorkerTurn {
  return {
    card: transfer.card,
    pass: () => prepare.pass() + transfer.pass() + put.pass(),
    hasWork: () => prepare.hasWork() || transfer.hasWork() || put.hasWork(),
  };
}
