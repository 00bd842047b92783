/** One thread at a helped ring: a dispatcher, the engine or a DPC, until everything is done. */
import {
  COMPLETED,
  DOORBELL,
  fetchEntry,
  finishEntry,
  insertRequest,
  NONE,
  openHelpedRing,
  retireRequest,
  startOldest,
} from "../../fastpath/helped_ring.ts";
import { layout, ROWS_EACH } from "./helped_ring_world.ts";
import type { HelpedRingOrder } from "./helped_ring_world.ts";

const FREE = 0;

function work(order: HelpedRingOrder): void {
  const words = new Int32Array(order.buffer);
  const { slotCount, dispatcherCount, requestsEach, index } = order;
  const ring = openHelpedRing(words, 0, slotCount);
  const at = layout(order);
  const total = dispatcherCount * requestsEach;
  const isDone = (): boolean => Atomics.load(words, at.done) === total;
  // A rest for the other threads of a machine with few cores; nobody needs to be woken.
  const rest = (): void => void Atomics.wait(words, at.wrong + 8, 0, 0.05);

  if (order.role === "dispatcher") {
    let sent = 0;
    for (let row = 0; sent < requestsEach; row = (row + 1) % ROWS_EACH) {
      const request = index * ROWS_EACH + row;
      if (Atomics.load(words, at.state + request) !== FREE) {
        rest();
        continue;
      }
      Atomics.store(words, at.state + request, sent + 1);
      while (insertRequest(ring, request) === NONE) rest();
      startOldest(ring);
      sent++;
    }
    return;
  }
  while (!isDone()) {
    if (order.role === "engine") {
      const position = Atomics.load(words, ring.at + COMPLETED);
      if (Atomics.load(words, ring.at + DOORBELL) === position) {
        rest();
        continue;
      }
      const request = fetchEntry(ring, position);
      words[at.result + request] = words[at.state + request]!;
      finishEntry(ring, position);
      // Its ISR.
      startOldest(ring);
      continue;
    }
    const request = retireRequest(ring);
    if (request === NONE) {
      rest();
      continue;
    }
    const value = words[at.result + request]!;
    // Completed twice, or never inserted: the state would not be what the engine saw.
    if (Atomics.compareExchange(words, at.state + request, value, FREE) !== value) Atomics.add(words, at.wrong, 1);
    Atomics.add(words, at.sum, value);
    Atomics.add(words, at.done, 1);
  }
}

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<HelpedRingOrder>) => void;
  postMessage(role: HelpedRingOrder["role"]): void;
};

scope.onmessage = ({ data }): void => {
  work(data);
  scope.postMessage(data.role);
};
