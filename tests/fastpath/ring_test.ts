/** The ring: exact on one thread, nothing lost or repeated between two. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createRing, RingConsumer, RingProducer } from "../../fastpath/ring.ts";
import { Prng } from "../../sim/prng.ts";

Deno.test("a ring holds exactly its capacity, and a full or empty one says so", () => {
  const ring = createRing(4);
  const producer = new RingProducer(ring);
  const consumer = new RingConsumer(ring);
  assertEquals(consumer.available(), 0);
  assertEquals([1, 2, 3, 4, 5].map((word) => producer.push(word)), [true, true, true, true, false]);
  assertEquals(consumer.available(), 0, "nothing is seen before it is published");
  producer.flush();
  assertEquals(consumer.available(), 4);
  assertEquals([consumer.shift(), consumer.shift()], [1, 2]);
  assert(!producer.push(5), "a place is not free before it is released");
  consumer.release();
  assertEquals([producer.push(5), producer.push(6), producer.push(7)], [true, true, false]);
});

Deno.test("a ring behaves like a queue of bounded length, whatever is asked in whatever order", () => {
  const prng = new Prng(7);
  const words = new Int32Array(60);
  const taken = new Int32Array(60);
  for (const capacity of [1, 2, 16, 64]) {
    const ring = createRing(capacity);
    // Close to the end of the 32-bit indices, so that they wrap on the way.
    new Int32Array(ring, 0, 32).fill(0x7fff_fff0);
    const [producer, consumer] = [new RingProducer(ring), new RingConsumer(ring, Math.min(capacity, 8))];
    const queue: number[] = [];
    let next = 0;
    for (let round = 0; round < 2000; round++) {
      const count = prng.below(40);
      const from = prng.below(20);
      for (let index = 0; index < count; index++) words[from + index] = next + index;
      const written = producer.pushMany(words, from, count);
      assertEquals(written, Math.min(count, capacity - queue.length));
      for (let index = 0; index < written; index++) queue.push(next++);
      const wanted = prng.below(40);
      const to = prng.below(20);
      taken.fill(-1);
      const got = consumer.shiftMany(taken, to, wanted);
      assertEquals(got, Math.min(wanted, queue.length));
      assertEquals([...taken.subarray(to, to + got)], queue.splice(0, got));
      assert(taken.every((word, index) => word === -1 || (index >= to && index < to + got)), "and nothing beside them");
    }
  }
});

Deno.test("bursts of the usual length arrive whole, in line with the ring or across its end", () => {
  const ring = createRing(256);
  const [producer, consumer] = [new RingProducer(ring), new RingConsumer(ring, 64)];
  const words = new Int32Array(64);
  const taken = new Int32Array(70);
  let next = 0;
  for (let burst = 0; burst < 40; burst++) {
    for (let index = 0; index < 64; index++) words[index] = next + index;
    assertEquals(producer.pushMany(words, 0, 64), 64);
    taken.fill(-1);
    assertEquals(consumer.shiftMany(taken, 3, 64), 64);
    assertEquals([...taken], [-1, -1, -1, ...words, -1, -1, -1]);
    next += 64;
    // Every tenth time a word in between, so that bursts stand across lines and the end.
    if (burst % 10 === 9) {
      assertEquals([producer.push(next++), producer.flush(), consumer.available()], [true, undefined, 1]);
      assertEquals(consumer.shift(), next - 1);
      consumer.release();
    }
  }
});

Deno.test("between two threads every word arrives once and in order", async () => {
  const count = 60_000;
  const ring = createRing(256);
  const worker = new Worker(new URL("./ring_worker.ts", import.meta.url), { type: "module" });
  const done = new Promise<string>((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.postMessage({ ring, count });
  const producer = new RingProducer(ring);
  const words = new Int32Array(64);
  for (let next = 0; next < count;) {
    // Single words and bursts in turn.
    if (next % 3 === 0) {
      if (producer.push(next)) next++;
      producer.flush();
      continue;
    }
    const burst = Math.min(64, count - next);
    for (let index = 0; index < burst; index++) words[index] = next + index;
    next += producer.pushMany(words, 0, burst);
  }
  assertEquals(await done, `in order ${count}, sum ${count * (count - 1) / 2}`);
  worker.terminate();
});

Deno.test("words beyond an array are not taken from it nor put there", () => {
  const ring = createRing(16);
  const [producer, consumer] = [new RingProducer(ring), new RingConsumer(ring)];
  const words = new Int32Array(4);
  for (const [offset, count] of [[0, -3], [0, 5], [3, 2], [-1, 2]] as const) {
    assertThrows(() => producer.pushMany(words, offset, count), Error, "goes past its source");
    assertThrows(() => consumer.shiftMany(words, offset, count), Error, "goes past its target");
  }
  assertEquals([producer.pushMany(words, 4, 0), consumer.shiftMany(words, 4, 0)], [0, 0]);
  assertEquals(consumer.available(), 0);
  for (const burst of [-1, 17, 0.5]) assertThrows(() => new RingConsumer(ring, burst), RangeError, "burstWords");
});

Deno.test("a ring whose capacity is no power of two is a RangeError", () => {
  for (const capacity of [0, 3, -4, 1.5]) assertThrows(() => createRing(capacity), RangeError, "power of two");
});
