/** A processor's line: in order, however long it grows and however often it goes round. */
import { assertEquals } from "@std/assert";
import { VirtualClock } from "../../sim/clock.ts";
import { Processor } from "../../sim/kernel/processor.ts";
import { Prng } from "../../sim/prng.ts";

Deno.test("work is done in the order in which it was given, while the line grows, shrinks and goes round", () => {
  const clock = new VirtualClock();
  const processor = new Processor("cpu:0", clock);
  const prng = new Prng("line");
  const done: number[] = [];
  let given = 0;
  let workNs = 0;
  for (let burst = 0; burst < 200; burst++) {
    for (let count = prng.below(30); count > 0; count--) {
      const pieceNs = prng.between(0, 50);
      workNs += pieceNs;
      processor.submit(pieceNs, (number) => void done.push(number), given++);
    }
    clock.runUntil(clock.nowNs + prng.below(900));
  }
  clock.run();
  assertEquals(done, Array.from({ length: given }, (_, number) => number));
  assertEquals(processor.busyNs, workNs);
  assertEquals(processor.lineLength, 0);
});

Deno.test("a piece that gives more work puts it at the end of a line that is full", () => {
  const clock = new VirtualClock();
  const processor = new Processor("cpu:0", clock);
  const done: number[] = [];
  const step = (number: number): void => {
    done.push(number);
    if (number < 100) processor.submit(1, step, number + 10);
  };
  for (let number = 0; number < 10; number++) processor.submit(1, step, number);
  clock.run();
  assertEquals(done, Array.from({ length: 110 }, (_, number) => number));
  assertEquals(processor.waitedNs, 45 + 9 * 100);
});
