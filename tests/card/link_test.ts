/** The link: its arithmetic against published figures, and what the card makes of it. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Prng } from "../../sim/prng.ts";
import {
  createLink,
  LINK_PRESETS,
  linkTimeBothNs,
  linkTimeNs,
  payloadBytesPerNs,
  requestWireBytes,
  wireBytes,
} from "../../sim/card/link.ts";
import type { LinkPreset, TransferDirection } from "../../sim/card/link.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { Bench, C2H, H2C } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

/** GB/s: raw; packets at MPS 256; C2H and H2C payload at MPS 128, 256, 512; both ways at MPS 256. MRRS 512. */
const FIGURES: { readonly [preset in LinkPreset]: readonly number[] } = {
  gen2x4: [2.00, 1.81, 1.46, 1.65, 1.76, 1.50, 1.68, 1.77, 1.58],
  gen2x8: [4.00, 3.59, 2.90, 3.28, 3.37, 2.98, 3.33, 3.39, 3.14],
  gen3x4: [3.94, 3.63, 2.99, 3.32, 3.51, 3.08, 3.37, 3.54, 3.19],
  gen3x8: [7.88, 7.24, 5.97, 6.62, 6.84, 6.13, 6.71, 6.90, 6.34],
  gen3x16: [15.75, 14.21, 11.76, 12.99, 13.69, 12.08, 13.18, 13.79, 12.46],
  gen4x4: [7.88, 7.27, 5.99, 6.65, 7.02, 6.15, 6.74, 7.08, 6.37],
  gen4x8: [15.75, 14.47, 11.93, 13.23, 13.69, 12.25, 13.42, 13.79, 12.69],
  gen4x16: [31.5, 28.43, 23.52, 25.99, 27.37, 24.15, 26.37, 27.58, 24.92],
};

function within(found: number, expected: number, share: number, what: string): void {
  assert(Math.abs(found / expected - 1) <= share, `${what}: ${found.toFixed(3)} for ${expected}`);
}

Deno.test("raw, packet and payload rates of every preset are the published ones within 1 %", () => {
  for (const preset of Object.keys(LINK_PRESETS) as LinkPreset[]) {
    const figures = FIGURES[preset];
    const link = (maxPayloadBytes: number) => createLink({ preset, maxPayloadBytes });
    within(link(256).rawBytesPerNs, figures[0]!, 0.01, `${preset} raw`);
    within(link(256).packetBytesPerNs, figures[1]!, 0.01, `${preset} packets`);
    [128, 256, 512].forEach((maxPayloadBytes, column) => {
      within(payloadBytesPerNs(link(maxPayloadBytes), "c2h"), figures[2 + column]!, 0.01, `${preset} C2H`);
      within(payloadBytesPerNs(link(maxPayloadBytes), "h2c"), figures[5 + column]!, 0.01, `${preset} H2C`);
    });
    const bytes = 2 ** 20;
    within(bytes / linkTimeBothNs(link(256), bytes, bytes), figures[8]!, 0.01, `${preset} both ways`);
  }
});

Deno.test("small payloads have the published efficiency on gen3x8: 32, 64 and 128 bytes a packet", () => {
  const link = createLink("gen3x8");
  const rate = (direction: TransferDirection, bytes: number) =>
    bytes / (wireBytes(link, direction, bytes) / link.packetBytesPerNs);
  for (const [bytes, write, read] of [[32, 4.1, 4.5], [64, 5.3, 5.5], [128, 6.1, 6.3]] as const) {
    assertAlmostEquals(rate("c2h", bytes), write, 0.06);
    assertAlmostEquals(rate("h2c", bytes), read, 0.06);
  }
});

Deno.test("completions chopped at 64 bytes cost H2C what the formula says, and C2H nothing", () => {
  const chopped = createLink({ preset: "gen3x8", completionBytes: 64 });
  within(payloadBytesPerNs(chopped, "h2c"), 7.24 * 64 / 84, 0.01, "H2C");
  within(payloadBytesPerNs(chopped, "c2h"), 6.62, 0.01, "C2H");
});

Deno.test("H2C is never faster than outstanding bytes over read latency", () => {
  const few = createLink({ readLatencyNs: 1000, tags: 8 });
  assertAlmostEquals(payloadBytesPerNs(few, "h2c"), 8 * 512 / 1000, 1e-9);
  assertEquals(createLink({ readLatencyNs: 1000, tags: 32 }).h2cCeilingBytesPerNs, 16, "32 tags would allow 16 GB/s");
  const bench = new Bench({ link: { readLatencyNs: 1000, tags: 8 } });
  const elapsedNs = elapsed(bench, [[H2C(0), chainOf(256, 4096)]]);
  within(256 * 4096 / elapsedNs, 4.096, 0.02, "GB/s with 8 tags");
});

/** `count` pieces of `lengthBytes`, all at the same two places: what moves is not the question here. */
function chainOf(count: number, lengthBytes: number): Piece[] {
  return Array.from({ length: count }, () => ({ host: 0x80_0000, card: 0, lengthBytes }));
}

/** Starts chains at once on several channels, each with a ring of its own. Returns the time of the last completion. */
function elapsed(bench: Bench, chains: readonly (readonly [number, readonly Piece[]])[]): number {
  chains.forEach(([channel, pieces], index) => {
    const ring = 0x1000 + index * 0x4_0000;
    bench.start(channel, ring, bench.chain(ring, pieces, channel < 0x1000));
  });
  return bench.clock.run();
}

Deno.test("one channel with 4 KiB descriptors comes within 3 % of the best possible, plus latency", () => {
  for (const link of ["gen2x4", "gen3x8", "gen3x16", "gen4x8"] as const) {
    for (const [channel, direction] of [[H2C(0), "h2c"], [C2H(0), "c2h"]] as const) {
      const bench = new Bench({ link });
      const bytes = 1024 * 4096;
      const elapsedNs = elapsed(bench, [[channel, chainOf(1024, 4096)]]);
      const bestNs = linkTimeNs(bench.card.link, direction, bytes);
      assert(elapsedNs >= bestNs, "never faster than possible");
      assert(elapsedNs <= bestNs * 1.03 + 2000, `${link} ${direction}: ${elapsedNs} for ${bestNs}`);
    }
  }
});

Deno.test("single-descriptor blocks cost a round trip each: adjacency matters", () => {
  const bench = new Bench();
  const pieces = chainOf(200, 4096);
  bench.chain(0x1000, pieces, true);
  for (let index = 0; index < 200; index++) bench.memory.view.setUint8(0x1000 + index * 32 + 1, 0);
  bench.start(H2C(0), 0x1000, 0);
  const elapsedNs = bench.clock.run();
  assert(elapsedNs > 200 * 550 && elapsedNs < 200 * 560 + 2000, `${elapsedNs} ns`);
});

Deno.test("N bytes take N/B within one nanosecond however they are cut: the remainder is carried", () => {
  // No latency and no descriptor traffic between pieces: one long descriptor, then the same bytes in 4 KiB pieces.
  for (const link of ["gen3x8", "gen4x16", "gen2x8"] as const) {
    const bench = new Bench({ link: { preset: link, readLatencyNs: 0, writeLatencyNs: 0 } });
    const bytes = 0x40_0000;
    bench.start(C2H(0), 0x1000, bench.chain(0x1000, [{ host: 0x80_0000, card: 0, lengthBytes: bytes }], false));
    const elapsedNs = bench.clock.run();
    const figures = bench.card.link;
    const fetchNs = (32 + 20) / figures.packetBytesPerNs;
    const requestNs = 24 / figures.packetBytesPerNs;
    const expectedNs = Math.max(Math.ceil(fetchNs), requestNs) + linkTimeNs(figures, "c2h", bytes);
    assert(Math.abs(elapsedNs - expectedNs) <= 1, `${elapsedNs} for ${expectedNs}`);
  }
});

Deno.test("channels share their direction equally, whatever their descriptor sizes, and it never idles", () => {
  for (const [base, direction] of [[H2C, "h2c"], [C2H, "c2h"]] as const) {
    const bench = new Bench({ link: "gen3x8" });
    const sizes = [4096, 3000, 1024, 512];
    const total = 1 << 20;
    const done: number[] = [];
    bench.enableInterrupts();
    bench.lines.isr = (vector) => done.push(vector);
    const elapsedNs = elapsed(
      bench,
      sizes.map((size, channel) => [base(channel), chainOf(Math.floor(total / size), size)] as const),
    );
    assertEquals(done.length, 4);
    // Work-conserving: the sum of the bytes at the rate of their packets, and start-up.
    const packets = sizes.reduce(
      (sum, size) => sum + wireBytes(bench.card.link, direction, size) * Math.floor(total / size),
      0,
    );
    const bestNs = packets / bench.card.link.packetBytesPerNs;
    assert(elapsedNs >= bestNs && elapsedNs <= bestNs * 1.05 + 2000, `${elapsedNs} for ${bestNs}`);
    // Fair: everybody ends within the last tenth, although the descriptors differ by 8.
    const firstEndNs = bench.lines.messages[0]!.atNs;
    assert(firstEndNs > elapsedNs * 0.9, `first end ${firstEndNs} of ${elapsedNs}`);
  }
});

Deno.test("two channels started together get the same bytes at every moment, to one turn", () => {
  const bench = new Bench({ link: "gen3x8" });
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, chainOf(400, 4096), true));
  bench.start(H2C(1), 0x1_1000, bench.chain(0x1_1000, chainOf(1600, 1024), true));
  for (let atNs = 5000; atNs < 100_000; atNs += 5000) {
    bench.clock.runUntil(atNs);
    const first = bench.read(H2C(0) + 0x48) * 4096;
    const second = bench.read(H2C(1) + 0x48) * 1024;
    assert(Math.abs(first - second) <= 8192, `${first} and ${second} at ${atNs}`);
  }
});

Deno.test("a channel that joins late gets its half at once and delays nobody's start", () => {
  const bench = new Bench({ link: "gen3x8" });
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, [{ host: 0x80_0000, card: 0, lengthBytes: 0x40_0000 }], true));
  bench.clock.runUntil(100_000);
  bench.enableInterrupts();
  bench.start(H2C(1), 0x1_1000, bench.chain(0x1_1000, chainOf(1, 4096), true));
  bench.clock.runUntil(110_000);
  const [message] = bench.lines.messages;
  // Two round trips, then at most one foreign piece and its own.
  assert(message!.atNs - 100_000 < 2 * 550 + 2 * 620 + 50, `${message!.atNs - 100_000} ns`);
});

Deno.test("with both directions full, C2H gives up what H2C's read requests take", () => {
  const bench = new Bench({ link: "gen3x8" });
  const chains = [0, 1, 2, 3].flatMap((channel) => [
    [H2C(channel), chainOf(256, 4096)] as const,
    [C2H(channel), chainOf(256, 4096)] as const,
  ]);
  const elapsedNs = elapsed(bench, chains);
  const bytes = 4 * 256 * 4096;
  const bestNs = linkTimeBothNs(bench.card.link, bytes, bytes);
  assert(bestNs > linkTimeNs(bench.card.link, "c2h", bytes) * 1.03);
  assert(elapsedNs >= bestNs && elapsedNs < bestNs * 1.02 + 2000, `${elapsedNs} for ${bestNs}`);
  within(bytes / elapsedNs, 6.34, 0.02, "GB/s each way");
  assertEquals(requestWireBytes(bench.card.link, 4096), 8 * 24);
});

Deno.test("descriptors, their requests and write-backs take their share of the wire", () => {
  const count = 4000;
  const lengthBytes = 64;
  /** Elapsed time, and the bytes that descriptor fetches put on the wire down and up. */
  const run = (base: (channel: number) => number, control: number, perPiece: number) => {
    const bench = new Bench({ link: "gen3x8" });
    const piece = { host: 0x80_0000, card: 0, lengthBytes, control: perPiece };
    const pieces: Piece[] = [...Array.from({ length: count - 1 }, () => piece), { ...piece, control: 3 }];
    for (let channel = 0; channel < 4; channel++) {
      const ring = 0x10_0000 + channel * 0x4_0000;
      bench.write(base(channel) + 0x88, 0x9000);
      bench.start(base(channel), ring, bench.chain(ring, pieces, base === H2C), control);
    }
    bench.memory.recording = true;
    const elapsedNs = bench.clock.run();
    const fetched = bench.memory.accesses.map((access) => access.split(" "))
      .filter(([kind, address]) => kind === "R" && parseInt(address!, 16) < 0x80_0000)
      .map(([, , size]) => Number(size));
    const down = fetched.reduce((sum, size) => sum + size + Math.ceil(size / 256) * 20, 0);
    return { elapsedNs, down, up: fetched.length * 24, rate: bench.card.link.packetBytesPerNs };
  };
  const latencyNs = 1200;
  const h2c = run(H2C, 1, 0);
  within(h2c.elapsedNs, (4 * count * (lengthBytes + 20) + h2c.down) / h2c.rate + latencyNs, 0.003, "down");
  const c2h = run(C2H, 1, 0);
  within(c2h.elapsedNs, (4 * count * (lengthBytes + 24) + c2h.up) / c2h.rate + latencyNs, 0.003, "up");
  const polled = run(C2H, 0x0400_0001, 2);
  const polledBytes = 4 * count * (lengthBytes + 24 + 4 + 24) + polled.up;
  within(polled.elapsedNs, polledBytes / polled.rate + latencyNs, 0.003, "up, with write-backs");
});

Deno.test("each descriptor's data moves one read latency after the descriptor came, not before", () => {
  const bench = new Bench();
  bench.chain(0x1000, chainOf(2, 4096), true);
  bench.memory.view.setUint8(0x1001, 0);
  bench.start(H2C(0), 0x1000, 0);
  // Fetches at 0 and 554 ns; the second descriptor is there at 1108 ns, its data at 1658 ns, and takes 310 ns.
  const wireNs = linkTimeNs(bench.card.link, "h2c", 4096);
  assertEquals(bench.clock.run(), Math.floor(2 * (550 + 4) + 550 + wireNs));
});

Deno.test("nothing runs below linkTimeNs: random sizes, channels, links and offsets", () => {
  const random = new Prng("lower bound");
  for (let round = 0; round < 60; round++) {
    const options: XdmaOptions = {
      link: random.pick(Object.keys(LINK_PRESETS) as LinkPreset[]),
      maxPayloadBytes: random.pick([128, 256, 512]),
    };
    const bench = new Bench(options);
    let h2cBytes = 0;
    let c2hBytes = 0;
    const chains = Array.from({ length: 8 }, (_, index) => {
      const toCard = index < 4;
      const pieces = Array.from({ length: random.between(1, 40) }, () => ({
        host: 0x80_0000 + random.below(10_000),
        card: random.below(1 << 20),
        lengthBytes: random.between(1, 9000),
      }));
      const sum = pieces.reduce((bytes, { lengthBytes }) => bytes + lengthBytes, 0);
      if (toCard) h2cBytes += sum;
      else c2hBytes += sum;
      return [toCard ? H2C(index) : C2H(index - 4), pieces] as const;
    });
    const elapsedNs = elapsed(bench, chains);
    assert(elapsedNs >= linkTimeBothNs(bench.card.link, h2cBytes, c2hBytes));
    assertEquals(bench.card.carriedBytes("h2c"), h2cBytes);
    assertEquals(bench.card.carriedBytes("c2h"), c2hBytes);
  }
});

Deno.test("a one-descriptor 4 KiB transfer takes two round trips and its time on the wire", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.transfer(H2C(0), chainOf(1, 4096));
  const link = bench.card.link;
  const expectedNs = 550 + Math.ceil(52 / link.packetBytesPerNs) + 550 + linkTimeNs(link, "h2c", 4096);
  assertEquals(bench.lines.messages[0]!.atNs, Math.floor(expectedNs));
});
