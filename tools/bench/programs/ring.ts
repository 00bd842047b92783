/**
 * Two threads: a ring in bursts, ours or npm's ringbuf.js, and a hand-over by spinning.
 * `ring.ts <64|8|ringbuf-64|ringbuf-1|handover> <rounds> <words or trips>`
 */
import { RingBuffer } from "ringbuf.js";
import { createRing, RingConsumer } from "../../../fastpath/ring.ts";
import { measure, order } from "./rounds.ts";

const CAPACITY = 4096;

function consume(ring: RingConsumer, count: number, burst: number): number {
  const taken = new Int32Array(burst);
  let sum = 0;
  for (let left = count; left > 0;) {
    const got = ring.shiftMany(taken, 0, burst);
    for (let index = 0; index < got; index++) sum = (sum + taken[index]!) | 0;
    left -= got;
  }
  return sum >>> 0;
}

function consumeRingbuf(ring: RingBuffer, count: number, burst: number): number {
  const taken = new Int32Array(burst);
  let sum = 0;
  for (let left = count; left > 0;) {
    const got = ring.pop(taken, burst);
    for (let index = 0; index < got; index++) sum = (sum + taken[index]!) | 0;
    left -= got;
  }
  return sum >>> 0;
}

function handOver(words: Int32Array, from: number, trips: number): number {
  for (let trip = from + 1; trip <= from + trips; trip++) {
    Atomics.store(words, 0, trip);
    while (Atomics.load(words, 16) !== trip);
  }
  return from + trips;
}

const { what, rounds, count } = order();
const isRingbuf = what.startsWith("ringbuf-");
const burst = Number(what.replace("ringbuf-", ""));
const memory = what === "handover"
  ? new SharedArrayBuffer(128)
  : isRingbuf
  ? RingBuffer.getStorageForCapacity(CAPACITY, Int32Array)
  : createRing(CAPACITY);
const worker = new Worker(new URL("./ring_other.ts", import.meta.url), { type: "module" });
const ready = new Promise((resolve) => worker.onmessage = resolve);
// One round more than is measured: the one to warm up.
worker.postMessage({ what, memory, burst, count, rounds: rounds + 1 });
await ready;
if (what === "handover") {
  const words = new Int32Array(memory);
  let trip = 0;
  measure(rounds, count, () => trip = handOver(words, trip, count));
} else if (isRingbuf) {
  const ring = new RingBuffer(memory, Int32Array);
  measure(rounds, count, () => consumeRingbuf(ring, count, burst));
} else {
  const ring = new RingConsumer(memory, burst);
  measure(rounds, count, () => consume(ring, count, burst));
}
Deno.exit(0);
