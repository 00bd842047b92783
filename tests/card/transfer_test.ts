import { assert, assertEquals } from "@std/assert";
import { Bench, C2H, H2C, pattern, SG, VENDOR_RUN } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

Deno.test("what H2C writes, C2H reads back, at every size from 1 to 8193 bytes and many offsets", () => {
  const bench = new Bench();
  const source = bench.fill(0x10_0000, 3 * 4096, 7);
  const host = bench.memory.bytes;
  for (let lengthBytes = 1; lengthBytes <= 8193; lengthBytes++) {
    const from = 0x10_0000 + lengthBytes % 4096;
    const to = 0x20_0000 + (lengthBytes * 7) % 4096;
    const card = 0xfff0 + lengthBytes * 5;
    const last = to + lengthBytes;
    host[to - 1] = host[last] = 0xee;
    bench.transfer(H2C(0), [{ host: from, card, lengthBytes }]);
    bench.transfer(C2H(0), [{ host: to, card, lengthBytes }]);
    const sent = source.subarray(lengthBytes % 4096, lengthBytes % 4096 + lengthBytes);
    assert(isSame(host.subarray(to, last), sent), `${lengthBytes} bytes`);
    assert(host[to - 1] === 0xee && host[last] === 0xee, "nothing around it");
    assertEquals([bench.read(H2C(0) + 0x44), bench.read(C2H(0) + 0x44)], [6, 6], "stopped, completed, not busy");
    host.fill(0, to - 1, last + 1);
  }
});

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

Deno.test("chains of 1, 16, 17, 64, 65, 2048 and 4097 descriptors arrive whole", () => {
  for (const count of [1, 16, 17, 64, 65, 2048, 4097]) {
    for (const ring of [0x1000, 0x1020, 0x17e0]) {
      const bench = new Bench();
      bench.enableInterrupts();
      const lengthBytes = 100;
      const bytes = bench.fill(0x40_0000, count * lengthBytes, count);
      // Scattered: the pieces are taken from the end to the beginning.
      const pieces: Piece[] = Array.from({ length: count }, (_, index) => ({
        host: 0x40_0000 + (count - 1 - index) * lengthBytes,
        card: (count - 1 - index) * lengthBytes,
        lengthBytes,
      }));
      bench.transfer(H2C(1), pieces, ring);
      assertEquals(bench.read(H2C(1) + 0x48), count);
      assertEquals(bench.card.cardMemory.read(0, count * lengthBytes), bytes);
      assertEquals(bench.lines.vectors, [1], "one interrupt");
      assertEquals(bench.card.notices, []);
    }
  }
});

Deno.test("all eight channels are busy at once, each with its own order, data and vector [S0-38]", () => {
  const bench = new Bench({}, { hostBytes: 0x200_0000, traced: true });
  bench.enableInterrupts();
  const lengthBytes = 0x2_0000;
  for (let channel = 0; channel < 4; channel++) {
    const host = 0x100_0000 + channel * lengthBytes;
    bench.fill(host, lengthBytes, channel + 1);
    const card = 0x100_0000 + channel * lengthBytes;
    bench.card.cardMemory.write(card, pattern(lengthBytes, 40 + channel));
    const pages = lengthBytes / 4096;
    const pieces = (toHost: boolean): Piece[] =>
      Array.from({ length: pages }, (_, page) => ({
        host: (toHost ? host + 0x80_0000 : host) + page * 4096,
        card: (toHost ? card : channel * lengthBytes) + page * 4096,
        lengthBytes: 4096,
      }));
    const h2cRing = 0x1000 + channel * 0x2000;
    const c2hRing = 0x1_1000 + channel * 0x2000;
    bench.start(H2C(channel), h2cRing, bench.chain(h2cRing, pieces(false), true));
    bench.start(C2H(channel), c2hRing, bench.chain(c2hRing, pieces(true), false));
  }
  bench.clock.runUntil(5000);
  for (let channel = 0; channel < 4; channel++) {
    assertEquals([bench.read(H2C(channel) + 0x40), bench.read(C2H(channel) + 0x40)], [1, 1], "busy");
    assert(bench.read(H2C(channel) + 0x48) > 0 && bench.read(C2H(channel) + 0x48) > 0, "each has moved something");
  }
  bench.clock.run();
  for (const name of ["h2c0", "h2c1", "h2c2", "h2c3", "c2h0", "c2h1", "c2h2", "c2h3"]) {
    const taken = bench.events.flatMap((event) =>
      event.kind === "descriptor" && event.channel === name ? [event.address] : []
    );
    assertEquals(taken, Array.from({ length: 32 }, (_, index) => taken[0]! + index * 32), `order of ${name}`);
  }
  for (let channel = 0; channel < 4; channel++) {
    const host = 0x100_0000 + channel * lengthBytes;
    assertEquals(bench.card.cardMemory.read(channel * lengthBytes, lengthBytes), pattern(lengthBytes, channel + 1));
    const back = bench.memory.bytes.subarray(host + 0x80_0000, host + 0x80_0000 + lengthBytes);
    assertEquals(back, pattern(lengthBytes, 40 + channel));
    assertEquals(bench.read(H2C(channel) + 0x48), 32);
    assertEquals(bench.read(C2H(channel) + 0x48), 32);
  }
  assertEquals([...bench.lines.vectors].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

Deno.test("an ISR may program the next transfer from inside the interrupt message", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.fill(0x10_0000, 4096 * 3);
  for (let index = 0; index < 3; index++) {
    const piece = { host: 0x10_0000 + index * 4096, card: index * 4096, lengthBytes: 4096 };
    bench.chain(0x1000 + index * 0x1000, [piece], true);
  }
  let started = 0;
  bench.lines.isr = () => {
    const status = bench.read(H2C(0) + 0x44);
    assertEquals(status, 0x6, "busy is clear when the interrupt is heard");
    bench.write(H2C(0) + 0x0c, 1);
    if (++started < 3) bench.start(H2C(0), 0x1000 + started * 0x1000, 0);
  };
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assertEquals(started, 3);
  assertEquals(bench.card.cardMemory.read(0, 4096 * 3), bench.memory.bytes.slice(0x10_0000, 0x10_0000 + 4096 * 3));
});

Deno.test("fixed timing takes exactly dmaNs from doorbell to interrupt, whatever the number of descriptors", () => {
  for (const count of [1, 2, 17, 300]) {
    const bench = new Bench({ timing: { kind: "fixed", dmaNs: 360_000 } });
    bench.enableInterrupts();
    const bytes = bench.fill(0x10_0000, count * 4096);
    const pieces = Array.from({ length: count }, (_, index) => ({
      host: 0x10_0000 + index * 4096,
      card: index * 4096,
      lengthBytes: 4096,
    }));
    bench.clock.runUntil(777);
    const adjacent = bench.chain(0x1000, pieces, true);
    bench.start(H2C(0), 0x1000, adjacent);
    bench.lines.isr = () => assertEquals(bench.card.cardMemory.read(0, count * 4096), bytes, "data before interrupt");
    bench.clock.run();
    assertEquals(bench.lines.messages, [{ vector: 0, atNs: 360_777 }]);
    assertEquals(bench.read(H2C(0) + 0x48), count);
    assert((bench.read(H2C(0) + 0x40) & 1) === 0);
  }
});

Deno.test("the first descriptor's address persists over transfers", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.fill(0x10_0000, 64);
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0, lengthBytes: 64 }]);
  bench.write(H2C(0) + 0x0c, 1);
  bench.write(H2C(0) + 0x08, 1);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + SG + 0x80), 0x1000);
  assertEquals(bench.read(H2C(0) + 0x48), 1);
  assertEquals(bench.read(H2C(0) + 0x04), VENDOR_RUN);
});
