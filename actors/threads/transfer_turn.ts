/**
 * The transfer stage of seed 000's pipeline: takes a slot with a list, starts the engine, stays with it until the
 * interrupt, hands the slot on. One transfer at a time, and nobody else touches the engines: the slots come through a
 * ring, and no engine has a queue.
 */
import { CHANNEL_COMPLETED, CHANNEL_FAILED, CHANNEL_START, CHANNEL_STOP } from "../../fastpath/lives.ts";
import { RingConsumer, RingProducer } from "../../fastpath/ring.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { stepEngine } from "../../fastpath/steps.ts";
import { assert } from "../../sim/assert.ts";
import type { SharedParts } from "./shared_parts.ts";
import { claimSlot, finishSlot, startSlot } from "./slot_on_card.ts";
import type { Turn } from "./turn.ts";
import { WorkerCard } from "./worker_card.ts";
import type { CardSettings, Outcome } from "./worker_card.ts";

const STARTED: readonly number[] = [CHANNEL_START];
const AT_REST: readonly number[] = [CHANNEL_COMPLETED];
const AT_REST_AFTER_ERROR: readonly number[] = [CHANNEL_FAILED, CHANNEL_STOP];

/** The turn of the transfer stage. `handedOn` is called when a slot is in the ring to the last stage. */
export function createTransferTurn(
  parts: SharedParts,
  memory: PathMemory,
  settings: CardSettings,
  handedOn: () => void,
): Turn & { readonly card: WorkerCard } {
  const { slotCount, descriptors } = memory;
  const claims = new Int32Array(parts.claims);
  const prepared = new RingConsumer(parts.prepared);
  const moved = new RingProducer(parts.moved);
  const bytes = new Uint8Array(descriptors.buffer, descriptors.byteOffset, descriptors.byteLength);
  const card = new WorkerCard(parts, bytes, settings, interrupt);
  let outcome: Outcome = "running";

  function interrupt(engine: number): void {
    outcome = card.service(engine);
  }

  /** One transfer, from the doorbell until the thread runs again. */
  function transfer(slot: number): void {
    const engine = Math.floor(slot / slotCount);
    if (!claimSlot(claims, memory, slot)) return;
    stepEngine(memory, engine, STARTED);
    outcome = "running";
    startSlot(card, memory, engine, slot);
    while (outcome === "running") {
      assert(card.clock.step(), `Engine ${engine} of the card is silent with a transfer in it`);
    }
    finishSlot(memory, slot, outcome);
    stepEngine(memory, engine, outcome === "completed" ? AT_REST : AT_REST_AFTER_ERROR);
  }

  return {
    card,
    pass(): number {
      if (prepared.available() === 0) return 0;
      const slot = prepared.shift();
      prepared.release();
      transfer(slot);
      if (!moved.push(slot)) assert(false, "The ring to the last stage is smaller than there are slots");
      moved.flush();
      handedOn();
      return 1;
    },
    hasWork: () => prepared.available() > 0,
  };
}
