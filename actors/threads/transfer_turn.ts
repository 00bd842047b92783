/**
 * The transfer stage of seed 000's pipeline: takes a slot with a list, starts the engine, stays with it until the
 * interrupt, hands the slot on. One transfer at a time, and nobody else touches the engines: no token is fought for.
 */
import { enterDevice, ringDoorbell } from "../../fastpath/4_queue.ts";
import { publishReady } from "../../fastpath/5_interrupt.ts";
import { CHANNEL_COMPLETED, CHANNEL_FAILED, CHANNEL_START, CHANNEL_STOP } from "../../fastpath/lives.ts";
import { EVENT_DEVICE_DONE } from "../../fastpath/lives.ts";
import { RingConsumer, RingProducer } from "../../fastpath/ring.ts";
import { CONTROL_WORDS, READY } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { assert } from "../../sim/assert.ts";
import type { SharedParts } from "./shared_parts.ts";
import { noteMoved, startSlot } from "./slot_on_card.ts";
import { slotOf, stepEngine, stepSlot } from "./slot_steps.ts";
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
  const { control, channelCount: lanes, slotCount, descriptors } = memory;
  const prepared = new RingConsumer(parts.prepared);
  const moved = new RingProducer(parts.moved);
  const bytes = new Uint8Array(descriptors.buffer, descriptors.byteOffset, descriptors.byteLength);
  const card = new WorkerCard(parts, bytes, settings, interrupt);
  const ready = Int32Array.from({ length: lanes }, (_, lane) => Atomics.load(control, lane * CONTROL_WORDS + READY));
  let outcome: Outcome = "running";

  function interrupt(engine: number): void {
    outcome = card.service(engine);
  }

  /** One transfer, from the doorbell until the thread runs again. There is one lane an engine: they are the same. */
  function transfer(slot: number): void {
    const lane = Math.floor(slot / slotCount);
    const position = ready[lane]!;
    assert(slotOf(memory, lane, position) === slot, `Slot ${slot} came out of turn`);
    stepEngine(memory, lane, STARTED);
    enterDevice(memory, lane, position);
    ringDoorbell(memory, lane, position);
    outcome = "running";
    startSlot(card, memory, lane, slot);
    while (outcome === "running") {
      assert(card.clock.step(), `Engine ${lane} of the card is silent with a transfer in it`);
    }
    noteMoved(memory, slot, outcome);
    stepSlot(memory, slot, EVENT_DEVICE_DONE);
    stepEngine(memory, lane, outcome === "completed" ? AT_REST : AT_REST_AFTER_ERROR);
    ready[lane] = (position + 1) | 0;
    publishReady(memory, lane, ready[lane]!);
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
