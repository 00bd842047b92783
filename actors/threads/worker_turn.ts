/** The turn of a place in the team, wired to its neighbours: each wakes whoever has something to do because of it. */
import { wake } from "../../fastpath/parking.ts";
import { RingProducer } from "../../fastpath/ring.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { assert } from "../../sim/assert.ts";
import { tellCardTime } from "./card_time.ts";
import { createCardTurn } from "./card_turn.ts";
import { createDispatchTurn } from "./dispatch_turn.ts";
import type { HandOver, RoomKeeper } from "./dispatch_turn.ts";
import { createDpcTurn } from "./dpc_turn.ts";
import { queueSlot, slotOf } from "./engine_queue.ts";
import { Outbox } from "./outbox.ts";
import { createPutTurn } from "./put_turn.ts";
import { awaitRoom, wakeForRoom } from "./room.ts";
import type { SharedParts } from "./shared_parts.ts";
import { dpcOf } from "./sizes.ts";
import { CARD_WORKER, completerWorkers } from "./team.ts";
import { createTransferTurn } from "./transfer_turn.ts";
import type { Turn } from "./turn.ts";
import type { WorkerCard } from "./worker_card.ts";
import type { WorkerOrder } from "./worker_messages.ts";

/** What a Worker runs, and the card if it has it. */
export type WorkerTurn = Turn & { readonly card?: WorkerCard };

/** Builds what a Worker runs. `bell` tells the owner that something is in the Worker's completion ring. */
export function workerTurn({ place, parts, card }: WorkerOrder, memory: PathMemory, bell: () => void): WorkerTurn {
  const counters = new Int32Array(parts.counters);
  const completers = completerWorkers(parts.sizes);
  const outbox = new Outbox(parts.completions[place.worker]!, counters, bell);
  const rang = (): void => wake(memory, CARD_WORKER);
  const freed = (): void => wakeForRoom(counters, memory);
  const room: RoomKeeper = { freed, awaitRoom: () => awaitRoom(counters, place.worker) };
  const readied = (engine: number): void => wake(memory, completers[dpcOf(parts.sizes, engine)]!);
  switch (place.role) {
    case "dispatch":
      return createDispatchTurn(parts, memory, place.index, outbox, toRing(rang), room);
    case "card":
      return withTime(
        counters,
        createCardTurn(parts, memory, card, {
          readied,
          pending: () => completers.forEach((worker) => wake(memory, worker)),
        }),
      );
    case "dpc":
      return createDpcTurn(parts, memory, place.index, outbox, freed);
    case "prepare":
      return createDispatchTurn(parts, memory, 0, outbox, toTransfer(parts, memory, rang), room);
    case "transfer":
      return withTime(counters, createTransferTurn(parts, memory, card, () => readied(0)));
    case "put":
      return createPutTurn(parts, memory, outbox, freed);
    case "stages":
      return inTurn(
        withTime(counters, createTransferTurn(parts, memory, card, () => {})),
        createDispatchTurn(parts, memory, 0, outbox, toTransfer(parts, memory, () => {}), room),
        createPutTurn(parts, memory, outbox, () => {}),
      );
  }
}

/** Whoever has the card tells its time after every pass that took some. */
function withTime<CardTurn extends Turn & { readonly card: WorkerCard }>(
  counters: Int32Array,
  turn: CardTurn,
): CardTurn {
  const { card, pass } = turn;
  return {
    ...turn,
    pass: () => {
      const steps = pass();
      if (steps > 0) tellCardTime(counters, card.clock.nowNs);
      return steps;
    },
  };
}

/** Into the engine's ring. */
function toRing(rang: () => void): HandOver {
  return {
    lay: (queue, number) => {
      if (queueSlot(queue, number)) rang();
    },
    // Whoever rang: it might have stopped before it woke the card, with a request of ours in front.
    publish: rang,
  };
}

/** From the first stage to the second: slots, by a ring. */
function toTransfer(parts: SharedParts, memory: PathMemory, handedOn: () => void): HandOver {
  const prepared = new RingProducer(parts.prepared);
  return {
    lay: ({ engine }, number) => {
      if (!prepared.push(slotOf(memory, engine, number))) assert(false, "The ring is smaller than there are slots");
    },
    publish: () => {
      prepared.flush();
      handedOn();
    },
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
