/** AXI4-Stream: loopback, packets, results, back-pressure. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { CONTROL_COMPLETED, CONTROL_EOP, CONTROL_STOP } from "../../sim/card/descriptor.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { Bench, C2H, H2C, pattern, SG, VENDOR_RUN } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

const LAST = CONTROL_STOP | CONTROL_COMPLETED;
const RESULTS = 0x8000;

/** C2H descriptors of `lengthBytes` each; results every 64 bytes. */
function receive(bench: Bench, channel: number, count: number, lengthBytes: number, control = VENDOR_RUN): void {
  const pieces: Piece[] = Array.from({ length: count }, (_, index) => ({
    card: RESULTS + index * 64,
    host: 0x40_0000 + index * lengthBytes,
    lengthBytes,
    control: index === count - 1 ? LAST : CONTROL_COMPLETED,
  }));
  bench.start(C2H(channel), 0x4000, bench.chain(0x4000, pieces, false), control);
}

function send(
  bench: Bench,
  channel: number,
  lengths: readonly number[],
  endOfPacket: (index: number) => boolean,
): void {
  let at = 0;
  const pieces = lengths.map((lengthBytes, index): Piece => {
    const piece = {
      host: 0x10_0000 + at,
      card: 0,
      lengthBytes,
      control: (index === lengths.length - 1 ? LAST : 0) | (endOfPacket(index) ? CONTROL_EOP : 0),
    };
    at += lengthBytes;
    return piece;
  });
  bench.start(H2C(channel), 0x1000, bench.chain(0x1000, pieces, true));
}

const TIMINGS: readonly XdmaOptions[] = [{}, { timing: { kind: "fixed", dmaNs: 3000 } }];

Deno.test("what H2C i sends arrives on C2H i and nowhere else, with results 0x52B4 and EOP", () => {
  for (const options of TIMINGS) {
    const bench = new Bench({ ...options, interface: "st" });
    bench.enableInterrupts();
    const bytes = bench.fill(0x10_0000, 10_000);
    receive(bench, 2, 3, 4096);
    send(bench, 2, [3000, 3000, 4000], (index) => index === 2);
    bench.clock.run();
    assertEquals(bench.memory.bytes.slice(0x40_0000, 0x40_0000 + 10_000), bytes);
    const results = [0, 1, 2].map((index) => [
      bench.memory.word(RESULTS + index * 64),
      bench.memory.word(RESULTS + index * 64 + 4),
    ]);
    assertEquals(results, [[0x52b40000, 4096], [0x52b40000, 4096], [0x52b40001, 10_000 - 8192]]);
    assertEquals(bench.read(C2H(2) + 0x48), 3);
    assertEquals(bench.read(C2H(2) + 0x40), 6);
    assertEquals([...new Set(bench.lines.vectors)].sort(), [2, 6]);
  }
});

Deno.test("a packet's end closes the descriptor early; the next packet begins in the next descriptor", () => {
  for (const options of TIMINGS) {
    const bench = new Bench({ ...options, interface: "st" });
    const bytes = bench.fill(0x10_0000, 600);
    receive(bench, 0, 3, 4096);
    send(bench, 0, [100, 200, 300], () => true);
    bench.clock.run();
    const lengths = [0, 1, 2].map((index) => bench.memory.word(RESULTS + index * 64 + 4));
    assertEquals(lengths, [100, 200, 300]);
    assertEquals(bench.memory.bytes.slice(0x40_0000 + 4096, 0x40_0000 + 4096 + 200), bytes.slice(100, 300));
    assertEquals(bench.memory.word(RESULTS), 0x52b40001);
  }
});

Deno.test("a packet that fills a descriptor exactly ends in it", () => {
  const bench = new Bench({ interface: "st" });
  receive(bench, 0, 2, 128);
  send(bench, 0, [128, 128], () => true);
  bench.clock.run();
  assertEquals([bench.memory.word(RESULTS), bench.memory.word(RESULTS + 4)], [0x52b40001, 128]);
  assertEquals([bench.memory.word(RESULTS + 64), bench.memory.word(RESULTS + 68)], [0x52b40001, 128]);
});

Deno.test("Control bit 27 suppresses the results", () => {
  const bench = new Bench({ interface: "st" });
  receive(bench, 0, 1, 128, VENDOR_RUN | (1 << 27));
  send(bench, 0, [128], () => true);
  bench.clock.run();
  assertEquals(bench.memory.word(RESULTS), 0);
  assertEquals(bench.read(C2H(0) + 0x48), 1);
});

Deno.test("a sender waits for room and a receiver for data; both are busy meanwhile", () => {
  for (const options of TIMINGS) {
    const bench = new Bench({ ...options, interface: "st", streamBytes: 8192 });
    const bytes = bench.fill(0x10_0000, 65536);
    send(bench, 0, [65536], () => true);
    bench.clock.run();
    assertEquals(bench.read(H2C(0) + 0x40) & 1, 1, "no room");
    assertEquals(bench.card.stream(0).waitingBytes, 8192);
    receive(bench, 0, 16, 4096);
    bench.clock.run();
    assertEquals(bench.read(H2C(0) + 0x40), 6);
    assertEquals(bench.read(C2H(0) + 0x40), 6);
    assertEquals(bench.memory.bytes.slice(0x40_0000, 0x40_0000 + 65536), bytes);
  }
});

Deno.test("a sender without a receiver of its number sends into the void", () => {
  const bench = new Bench({ interface: "st", h2cCount: 2, c2hCount: 1 });
  send(bench, 1, [60_000, 60_000], () => true);
  bench.clock.run();
  assertEquals(bench.read(H2C(1) + 0x48), 2);
  assertEquals(bench.card.stream(1).waitingBytes, 0);
});

Deno.test("user logic can send of its own", () => {
  const bench = new Bench({ interface: "st", h2cCount: 0 });
  receive(bench, 3, 1, 1024);
  bench.clock.run();
  assertEquals(bench.card.stream(3).push(pattern(500, 3)), 500);
  bench.clock.run();
  assertEquals(bench.memory.bytes.slice(0x40_0000, 0x40_0000 + 500), pattern(500, 3));
  assertEquals(bench.memory.word(RESULTS + 4), 500);
  assertThrows(() => bench.card.stream(4), RangeError, "Cannot reach stream 4");
});

Deno.test("the write flush timeout closes a descriptor after 2^value clocks of silence, without EOP", () => {
  for (const options of TIMINGS) {
    const bench = new Bench({ ...options, interface: "st" });
    bench.write(0x3060, 10); // 1024 clocks of 4 ns
    receive(bench, 0, 2, 1024);
    bench.clock.runUntil(10_000);
    bench.card.stream(0).push(pattern(100, 1), false);
    bench.clock.runUntil(12_000);
    bench.card.stream(0).push(pattern(60, 2), false);
    bench.clock.runUntil(15_500);
    assertEquals(bench.read(C2H(0) + 0x48), 0, "the second piece began the silence anew");
    bench.clock.run();
    assertEquals(bench.read(C2H(0) + 0x48), 1);
    assertEquals([bench.memory.word(RESULTS), bench.memory.word(RESULTS + 4)], [0x52b40000, 160]);
    assertEquals(bench.read(C2H(0) + 0x40) & 1, 1, "the second descriptor waits: nothing came, nothing is flushed");
  }
});

Deno.test("clearing Run lets go of a descriptor that waits for a silent stream", () => {
  for (const options of TIMINGS) {
    const bench = new Bench({ ...options, interface: "st" });
    receive(bench, 0, 2, 1024, VENDOR_RUN | 0x40);
    bench.clock.runUntil(10_000);
    bench.card.stream(0).push(pattern(100, 1), false);
    bench.clock.run();
    bench.write(C2H(0) + 0x0c, 1);
    bench.clock.run();
    assertEquals(bench.read(C2H(0) + 0x40), 0x40);
    assertEquals(bench.read(C2H(0) + 0x48), 0);
    assertEquals([bench.memory.word(RESULTS), bench.memory.word(RESULTS + 4)], [0x52b40000, 100]);
  }
});

Deno.test("stream channels are told from MM ones by bit 15 of both identifiers", () => {
  const bench = new Bench({ interface: "st" });
  assertEquals(bench.read(H2C(3)), 0x1fc08306);
  assertEquals(bench.read(C2H(3) + SG), 0x1fc58306);
  assert(bench.card.describe().name.endsWith("AXI-ST"));
});
