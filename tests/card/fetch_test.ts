/** Descriptor fetch: blocks, adjacency, request sizes, credits, halts, prefetch. */
import { assert, assertEquals } from "@std/assert";
import {
  adjacentCount,
  CONTROL_COMPLETED,
  CONTROL_EOP,
  CONTROL_STOP,
  writeDescriptor,
} from "../../sim/card/descriptor.ts";
import { Bench, C2H, H2C, SG } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

function pieces(count: number, lengthBytes = 64): Piece[] {
  return Array.from({ length: count }, (_, index) => ({
    host: 0x10_0000 + index * lengthBytes,
    card: index * lengthBytes,
    lengthBytes,
  }));
}

/** Descriptor reads only: those below the data. */
function fetches(bench: Bench): string[] {
  return bench.memory.accesses.filter((access) => access.startsWith("R") && parseInt(access.slice(2), 16) < 0x10_0000);
}

Deno.test("a descriptor is these 32 bytes", () => {
  const bytes = new Uint8Array(32);
  writeDescriptor(new DataView(bytes.buffer), 0, {
    control: CONTROL_STOP | CONTROL_COMPLETED,
    nextAdjacent: 5,
    lengthBytes: 0x0123_4567,
    sourceAddress: 0x12_89ab_cdef,
    destinationAddress: 0x0f_f0e0_d0c0,
    nextAddress: 0x1_0000_0040,
  });
  // deno-fmt-ignore
  assertEquals([...bytes], [
    0x03, 0x05, 0x4b, 0xad,  0x67, 0x45, 0x23, 0x01,
    0xef, 0xcd, 0xab, 0x89,  0x12, 0x00, 0x00, 0x00,
    0xc0, 0xd0, 0xe0, 0xf0,  0x0f, 0x00, 0x00, 0x00,
    0x40, 0x00, 0x00, 0x00,  0x01, 0x00, 0x00, 0x00,
  ]);
});

Deno.test("three pages at bus address 0x1000_0000 give adjacent 2 and control words 0100, 0000, 0013", () => {
  const ring = 0x1000_0000;
  assertEquals(adjacentCount(ring, 3), 2);
  const view = new DataView(new ArrayBuffer(32));
  const words = [0, 1, 2].map((index) => {
    const next = ring + (index + 1) * 32;
    const nextAdjacent = adjacentCount(next, 3 - index - 1);
    const control = index === 2 ? CONTROL_STOP | CONTROL_COMPLETED | CONTROL_EOP : 0;
    writeDescriptor(view, 0, {
      control,
      nextAdjacent,
      lengthBytes: 4096,
      sourceAddress: 0,
      destinationAddress: 0,
      nextAddress: next,
    });
    return view.getUint32(0, true);
  });
  assertEquals(words, [0xad4b0100, 0xad4b0000, 0xad4b0013]);
});

Deno.test("no block of the adjacency rule crosses 4 KiB, wherever it begins", () => {
  for (let slot = 0; slot < 128; slot++) {
    for (const remaining of [1, 2, 63, 64, 65, 500]) {
      const adjacent = adjacentCount(0x3000 + slot * 32, remaining);
      assert(slot * 32 + (adjacent + 1) * 32 <= 4096);
      assert(adjacent < remaining);
    }
  }
});

Deno.test("a request takes what is left of the block, at most MRRS / 32 descriptors", () => {
  const requests = (maxReadRequestBytes: number): number[] => {
    const bench = new Bench({ maxReadRequestBytes });
    bench.memory.recording = true;
    bench.transfer(H2C(0), pieces(81));
    return fetches(bench).map((access) => Number(access.split(" ")[2]));
  };
  // A block of 64 and one of 17.
  assertEquals(requests(512), [512, 512, 512, 512, 512, 32]);
  assertEquals(requests(4096), [2048, 544]);
  assertEquals(requests(128), [...Array.from({ length: 20 }, () => 128), 32]);
});

Deno.test("inside a block next and nxt_adj are ignored; the last descriptor names the next block", () => {
  const bench = new Bench();
  bench.chain(0x1000, pieces(3).map((piece) => ({ ...piece, control: 0 })), true);
  bench.chain(0x8000, pieces(2), true);
  for (const inner of [0x1000, 0x1020]) {
    bench.memory.view.setUint32(inner, 0xad4b3f00, true);
    bench.memory.view.setUint32(inner + 0x18, 0xdead0000, true);
  }
  bench.memory.view.setUint32(0x1040, 0xad4b0100, true);
  bench.memory.view.setUint32(0x1040 + 0x18, 0x8000, true);
  bench.start(H2C(0), 0x1000, 2);
  bench.clock.run();
  assertEquals(bench.read(0x48), 5);
  assertEquals(bench.read(0x40), 6);
});

Deno.test("an adjacent count that crosses 4 KiB is named, wraps in the page and stops on the magic", () => {
  const bench = new Bench();
  // Two descriptors at the end of a page, the rest in the next page, as a driver that forgot the rule wrote them.
  bench.chain(0x1fc0, pieces(4), true);
  bench.start(H2C(0), 0x1fc0, 3);
  bench.clock.run();
  assert(bench.noticed("AdjacentBlockCrosses4KiB"));
  assertEquals(bench.read(0x48), 2);
  assertEquals(bench.read(0x40), 1 << 4);
  assertEquals(bench.card.notices.find(({ name }) => name === "IncorrectMagic")?.details.includes("0x1000"), true);
});

Deno.test("nxt_adj that makes the next block cross 4 KiB is named as well", () => {
  const bench = new Bench();
  bench.chain(0x1000, [{ ...pieces(1)[0]!, control: 0 }], true);
  bench.memory.view.setUint32(0x1000, 0xad4b0300, true);
  bench.memory.view.setUint32(0x1018, 0x2fc0, true);
  bench.chain(0x2fc0, pieces(4), true);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assert(bench.noticed("AdjacentBlockCrosses4KiB"));
  assertEquals(bench.read(0x48), 3);
});

Deno.test("a ring that wraps to its start is followed by its next addresses", () => {
  const bench = new Bench();
  // 100 slots from 0x1000; a transfer of 60 begins in slot 70 and wraps.
  const slots = Array.from({ length: 60 }, (_, index) => 0x1000 + ((70 + index) % 100) * 32);
  slots.forEach((address, index) => {
    const next = slots[index + 1];
    const untilWrap = next === undefined
      ? 0
      : slots.slice(index + 1).findIndex((slot, after, all) => after > 0 && slot !== all[after - 1]! + 32);
    const run = untilWrap < 0 ? 60 - index - 1 : untilWrap;
    writeDescriptor(bench.memory.view, address, {
      control: next === undefined ? 3 : 0,
      nextAdjacent: next === undefined ? 0 : adjacentCount(next, run),
      lengthBytes: 64,
      sourceAddress: 0x10_0000 + index * 64,
      destinationAddress: index * 64,
      nextAddress: next ?? 0,
    });
  });
  const bytes = bench.fill(0x10_0000, 60 * 64);
  bench.start(H2C(0), slots[0]!, adjacentCount(slots[0]!, 30));
  bench.clock.run();
  assertEquals(bench.read(0x48), 60);
  assertEquals(bench.card.cardMemory.read(0, 60 * 64), bytes);
  assertEquals(bench.card.notices, []);
});

Deno.test("adjacentLimit cuts longer blocks where drivers of the other reading would break", () => {
  const bench = new Bench({ adjacentLimit: 15 });
  bench.transfer(H2C(0), pieces(32));
  assert(bench.noticed("AdjacentBlockTooLong"));
  assertEquals(bench.read(0x48), 32, "next pointers inside the block are good here, so the chain goes on");
});

Deno.test("with adjacentLimit 15 a block of 32 with unwritten inner next addresses breaks", () => {
  const bench = new Bench({ adjacentLimit: 15 });
  bench.chain(0x1000, pieces(32), true);
  for (let index = 0; index < 31; index++) bench.memory.view.setUint32(0x1000 + index * 32 + 0x18, 0x5000, true);
  bench.start(H2C(0), 0x1000, 31);
  bench.clock.run();
  assertEquals(bench.read(0x48), 16);
  assertEquals(bench.read(0x40), 1 << 4);
});

Deno.test("nothing behind a wrong magic is followed", () => {
  const bench = new Bench();
  bench.chain(0x1000, pieces(1), true);
  bench.memory.view.setUint32(0x1000, 0x12345678, true);
  bench.memory.view.setUint32(0x1018, 0x6000, true);
  bench.memory.recording = true;
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assertEquals(bench.memory.accesses, ["R 1000 32"]);
});

Deno.test("credits limit what is fetched, a write adds to them, a read returns what is left", () => {
  const bench = new Bench();
  bench.write(0x6024, 1 << 1);
  bench.write(H2C(1) + SG + 0x8c, 3);
  bench.write(H2C(1) + SG + 0x8c, 2);
  assertEquals(bench.read(H2C(1) + SG + 0x8c), 5);
  bench.start(H2C(1), 0x1000, bench.chain(0x1000, pieces(8), true));
  bench.clock.run();
  assertEquals(bench.read(H2C(1) + 0x48), 5);
  assertEquals(bench.read(H2C(1) + 0x40) & 1, 1, "waiting is busy");
  assertEquals(bench.read(H2C(1) + SG + 0x8c), 0);
  bench.write(H2C(1) + SG + 0x8c, 10);
  bench.clock.run();
  assertEquals(bench.read(H2C(1) + 0x48), 8);
  assertEquals(bench.read(H2C(1) + SG + 0x8c), 7);
  bench.write(H2C(1) + 0x0c, 1);
  assertEquals(bench.read(H2C(1) + SG + 0x8c), 0, "cleared on the falling edge of Run");
});

Deno.test("credits are 0 while credit mode is off, and stay within 10 bits", () => {
  const bench = new Bench();
  bench.write(H2C(0) + SG + 0x8c, 7);
  assertEquals(bench.read(H2C(0) + SG + 0x8c), 0);
  bench.write(0x6020, 1);
  bench.write(H2C(0) + SG + 0x8c, 1000);
  bench.write(H2C(0) + SG + 0x8c, 1000);
  assertEquals(bench.read(H2C(0) + SG + 0x8c), 0x3ff);
  bench.write(0x6028, 1);
  assertEquals(bench.read(H2C(0) + SG + 0x8c), 0);
});

Deno.test("dsc_halt stops the fetch of its channel only, and lets go when it is cleared", () => {
  const bench = new Bench();
  bench.write(0x6014, 1 << 16);
  bench.start(C2H(0), 0x1000, bench.chain(0x1000, pieces(2), false));
  bench.start(H2C(0), 0x2000, bench.chain(0x2000, pieces(2), true));
  bench.clock.run();
  assertEquals(bench.read(C2H(0) + 0x40), 1);
  assertEquals(bench.read(H2C(0) + 0x48), 2);
  bench.write(0x6018, 1 << 16);
  bench.clock.run();
  assertEquals(bench.read(C2H(0) + 0x48), 2);
});

Deno.test("with fixed timing credits and halts hold the engine until they allow more", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 100 } });
  bench.enableInterrupts();
  bench.write(0x6024, 1);
  bench.write(SG + 0x8c, 1);
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pieces(3), true));
  bench.clock.run();
  assertEquals(bench.read(0x48), 1);
  assertEquals(bench.read(0x40), 1);
  bench.write(SG + 0x8c, 2);
  assertEquals(bench.read(0x48), 3);
  assertEquals(bench.lines.vectors, [0]);
});

Deno.test("the fetch holds no more descriptors than its share of the FIFO", () => {
  // 8-byte datapath: 4 KiB of FIFO, 128 descriptors, 16 for each of 8 channels.
  const bench = new Bench({ link: "gen2x4" });
  bench.memory.recording = true;
  bench.card.cardMemory.write(0, new Uint8Array(16));
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pieces(64, 4096), true));
  bench.clock.runUntil(3000);
  const held = fetches(bench).reduce((sum, access) => sum + Number(access.split(" ")[2]) / 32, 0) - bench.read(0x48);
  assert(held <= 17, `${held} descriptors held, one of them current`);
  bench.clock.run();
  assertEquals(bench.read(0x48), 64);
});
