/** The other thread of ring.ts: produces, or answers. */
import { RingBuffer } from "ringbuf.js";
import { RingProducer } from "../../../fastpath/ring.ts";

interface Order {
  readonly what: string;
  readonly memory: SharedArrayBuffer;
  readonly burst: number;
  readonly count: number;
  readonly rounds: number;
}

function fill(words: Int32Array, sent: number): void {
  for (let index = 0; index < words.length; index++) words[index] = (sent + index) & 0xffff;
}

function produce(ring: RingProducer, count: number, burst: number): void {
  const words = new Int32Array(burst);
  for (let sent = 0; sent < count; sent += burst) {
    fill(words, sent);
    for (let written = 0; written < burst;) written += ring.pushMany(words, written, burst - written);
  }
}

function produceRingbuf(ring: RingBuffer, count: number, burst: number): void {
  const words = new Int32Array(burst);
  for (let sent = 0; sent < count; sent += burst) {
    fill(words, sent);
    for (let written = 0; written < burst;) written += ring.push(words, burst - written, written);
  }
}

function answer(words: Int32Array, trips: number): void {
  for (let trip = 1; trip <= trips; trip++) {
    while (Atomics.load(words, 0) !== trip);
    Atomics.store(words, 16, trip);
  }
}

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<Order>) => void;
  postMessage(text: string): void;
};

scope.onmessage = ({ data: { what, memory, burst, count, rounds } }): void => {
  scope.postMessage("ready");
  if (what === "handover") answer(new Int32Array(memory), count * rounds);
  else if (what.startsWith("ringbuf-")) {
    const ring = new RingBuffer(memory, Int32Array);
    for (let round = 0; round < rounds; round++) produceRingbuf(ring, count, burst);
  } else {
    const ring = new RingProducer(memory);
    for (let round = 0; round < rounds; round++) produce(ring, count, burst);
  }
};
