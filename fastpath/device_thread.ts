/**
 * The device's half on a thread of its own: starts the Worker of `device_worker.ts` and listens to it. It is asked to
 * end, as everybody is, by `stopAll`. Needs `Worker` as browsers and Deno have it.
 */
import type { DeviceWorkerOrder, DeviceWorkerReport } from "./device_worker.ts";
import type { PathMemory } from "./slots.ts";

/** What the device's thread works with, and who hears of its end. One of the two is called, once. */
export interface DeviceThreadOptions {
  /** Host memory and behind it the card's, if bytes are to be moved; without it they are counted. */
  readonly payload?: SharedArrayBuffer;
  /** Where the card's memory begins in {@link DeviceThreadOptions.payload}, in bytes. */
  readonly cardOffset?: number;
  /** It has served all there was when everybody was asked to stop, and has ended. */
  readonly onStopped: (report: DeviceWorkerReport) => void;
  /** It broke: what is under way stays so. Without it the error is the owner's own. */
  readonly onLost?: (why: string) => void;
}

/** Starts the device's half of a memory on a thread of its own. Returns the Worker, for who must end it by force. */
export function startDeviceThread(memory: PathMemory, options: DeviceThreadOptions): Worker {
  const { onStopped, onLost, ...payload } = options;
  const worker = new Worker(new URL("./device_worker.ts", import.meta.url), { type: "module", name: "device" });
  worker.onmessage = ({ data }: MessageEvent<DeviceWorkerReport>) => {
    worker.terminate();
    onStopped(data);
  };
  if (onLost !== undefined) {
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      onLost(event.message);
    };
  }
  const order: DeviceWorkerOrder = { buffer: memory.wasm ?? memory.buffer, ...payload };
  worker.postMessage(order);
  return worker;
}
