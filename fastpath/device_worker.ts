/**
 * A Worker that runs the device's half: takes the memory by message, works until the stop word, parks when idle, and
 * says how many requests it served. A worker that spins must poll a word of its own: nothing from outside ends it.
 */
import { createMovingEngine } from "./device.ts";
import { createDeviceSide } from "./device_side.ts";
import { breathe, DEVICE_WORKER, isStopping, park } from "./parking.ts";
import { PathMemory } from "./slots.ts";

/** What the worker is told. */
export interface DeviceWorkerOrder {
  /** The memory of the path: its `wasm`, or, for loops over one request at a time only, its `buffer`. */
  readonly buffer: SharedArrayBuffer | WebAssembly.Memory;
  /** Host memory and behind it the card's, if bytes are to be moved. */
  readonly payload?: SharedArrayBuffer;
  /** Where the card's memory begins in {@link DeviceWorkerOrder.payload}. */
  readonly cardOffset?: number;
}

/** What the worker says when it has stopped. */
export interface DeviceWorkerReport {
  /** Requests that became ready to complete. */
  readonly served: number;
}

// Empty passes before it parks: a fraction of a millisecond, far more than a hand-over takes.
const SPIN_PASSES = 1000;

function run({ buffer, payload, cardOffset = 0 }: DeviceWorkerOrder): number {
  const memory = new PathMemory(buffer);
  const engine = payload === undefined ? undefined : createMovingEngine(new Uint8Array(payload), cardOffset);
  const { serve, hasWork } = createDeviceSide(memory, engine);
  let served = 0;
  let emptyPasses = 0;
  for (;;) {
    const now = serve();
    served += now;
    if (now !== 0) {
      emptyPasses = 0;
      continue;
    }
    if (isStopping(memory) && !hasWork()) return served;
    if (++emptyPasses < SPIN_PASSES) {
      breathe();
      continue;
    }
    park(memory, DEVICE_WORKER, hasWork);
    emptyPasses = 0;
  }
}

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<DeviceWorkerOrder>) => void;
  postMessage(report: DeviceWorkerReport): void;
};

scope.onmessage = ({ data }): void => scope.postMessage({ served: run(data) });
