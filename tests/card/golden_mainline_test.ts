/**
 * Register accesses of mainline Linux (drivers/dma/xilinx/xdma.c) in program order, with the values it needs to read.
 */
import { assertEquals } from "@std/assert";
import { Bench, C2H, H2C, play, SG } from "./fixture.ts";

const MAINLINE_INIT = `
  W Hc+0c 02000000
  W Hc+90 00080256
`;
const MAINLINE_START = `
  W Hc+0c 1
  W Sc+80 ring
  W Sc+84 0
  W Sc+88 1f
  W Hc+04 00fffe1f
`;

/** Blocks of 32 as mainline builds them: inner descriptors have no next address and nxt_adj 0. */
function mainlineBlocks(bench: Bench, ring: number, count: number, toCard: boolean): void {
  const blocks = Math.ceil(count / 32);
  for (let index = 0; index < count; index++) {
    const block = Math.floor(index / 32);
    const isLast = index === count - 1;
    const isBlockEnd = index % 32 === 31 && !isLast;
    const at = ring + block * 1024 + (index % 32) * 32;
    const nextCount = block + 1 < blocks - 1 ? 32 : count - (blocks - 1) * 32;
    const piece = { host: 0x40_0000 + index * 64, card: index * 64, lengthBytes: 64, control: isLast ? 3 : 0 };
    bench.chain(at, [piece], toCard);
    bench.memory.view.setUint32(at + 0x18, isBlockEnd ? ring + (block + 1) * 1024 : 0xdeadbe00, true);
    if (isBlockEnd) bench.memory.view.setUint32(at, (0xad4b0000 | ((nextCount - 1) << 8)) >>> 0, true);
  }
}

Deno.test("mainline Linux: init, start, and an ISR that programs the next run itself", () => {
  const bench = new Bench();
  const names = { Hc: H2C(1), Sc: H2C(1) + SG, ring: 0x1000 };
  play(bench, MAINLINE_INIT, names);
  play(bench, "W 20a0 03020100 \n W 20a4 07060504 \n W 2014 ffffffff");
  const bytes = bench.fill(0x40_0000, 4096 * 64);
  mainlineBlocks(bench, 0x1000, 4096, true);
  let interrupts = 0;
  bench.lines.isr = (vector) => {
    assertEquals(vector, 1);
    interrupts++;
    play(bench, "R Hc+44 6 \n R Hc+48 1000", names);
    if (interrupts === 1) play(bench, MAINLINE_START, names);
  };
  play(bench, MAINLINE_START, names);
  bench.clock.run();
  assertEquals(interrupts, 2);
  assertEquals(bench.card.cardMemory.read(0, bytes.length), bytes);
  assertEquals(bench.card.notices, []);
});

Deno.test("mainline Linux's first version reads only the count in its ISR", () => {
  const bench = new Bench();
  const names = { Hc: C2H(0), Sc: C2H(0) + SG, ring: 0x1000 };
  play(bench, MAINLINE_INIT, names);
  play(bench, "W 20a4 07060504 \n W 2014 ffffffff");
  mainlineBlocks(bench, 0x1000, 32, false);
  play(bench, MAINLINE_START, names);
  bench.clock.run();
  play(bench, "R Hc+48 20", names);
  // The status was never read, so the source is still high: without the next Run's clearing no edge could come.
  play(bench, MAINLINE_START, names);
  bench.clock.run();
  assertEquals(bench.lines.vectors, [4, 4]);
});

Deno.test("mainline Linux: terminate stops a cyclic transfer after the current descriptor", () => {
  const bench = new Bench();
  const names = { Hc: H2C(0), Sc: SG, ring: 0x1000 };
  play(bench, MAINLINE_INIT, names);
  play(bench, "W 2014 ffffffff");
  for (let index = 0; index < 2; index++) {
    bench.chain(0x1000 + index * 32, [{ host: 0x20_0000, card: 0, lengthBytes: 4096, control: 2 }], true);
  }
  bench.memory.view.setUint32(0x1000, 0xad4b0002, true);
  bench.memory.view.setUint32(0x1020, 0xad4b0102, true);
  bench.memory.view.setUint32(0x1038, 0x1000, true);
  bench.lines.isr = () => void bench.read(0x44);
  play(bench, "W 000c 1 \n W 4080 1000 \n W 4084 0 \n W 4088 1 \n W 0004 00fffe1f \n run 50000", names);
  const before = bench.read(0x48);
  assertEquals(before > 10, true, "each period interrupts and counts");
  assertEquals(bench.lines.messages.length, before);
  play(bench, "W 000c 1 \n R 0040 1");
  bench.clock.run();
  play(bench, "R 0040 *");
  assertEquals(bench.read(0x40) & 1, 0);
  assertEquals(bench.read(0x48), before + 1);
});
