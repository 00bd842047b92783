/** The consumer of ring_test.ts: takes words until it has them all, by turns one by one and in bursts. */
import { RingConsumer } from "../../fastpath/ring.ts";

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<{ ring: SharedArrayBuffer; count: number }>) => void;
  postMessage(text: string): void;
};

scope.onmessage = ({ data: { ring, count } }): void => {
  const consumer = new RingConsumer(ring);
  const words = new Int32Array(48);
  let [expected, sum] = [0, 0];
  const take = (word: number): void => {
    if (word !== expected) throw new Error(`${word} came instead of ${expected}`);
    expected++;
    sum += word;
  };
  while (expected < count) {
    if (expected % 2 === 0) {
      if (consumer.available() > 0) take(consumer.shift());
      consumer.release();
      continue;
    }
    const got = consumer.shiftMany(words, 0, words.length);
    for (let index = 0; index < got; index++) take(words[index]!);
  }
  scope.postMessage(`in order ${expected}, sum ${sum}`);
};
