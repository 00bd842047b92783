/**
 * A Worker that runs the device's half: takes the memory by message, works until the stop word, parks when idle, and
 * says how many requests it served. `device_thread.ts` starts it.
 */
import { createMovingEngine } from "./device.ts";
import { runDeviceSide } from "./device_loop.ts";
import { createDeviceSide } from "./device_side.ts";
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

function run({ buffer, payload, cardOffset = 0 }: DeviceWorkerOrder): number {
  const memory = new PathMemory(buffer);
  const engine = payload === undefined ? undefined : createMovingEngine(new Uint8Array(payload), cardOffset);
  return runDeviceSide(memory, createDeviceSide(memory, engine));
}

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<DeviceWorkerOrder>) => void;
  postMessage(report: DeviceWorkerReport): void;
};

scope.onmessage = ({ data }): void => scope.postMessage({ served: run(data) });
