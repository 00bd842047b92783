/**
 * Register accesses of known drivers in program order, with the values those drivers need to read. Sources: the vendor's
 * Linux driver, mainline Linux (drivers/dma/xilinx/xdma.c), the vendor's Windows sample.
 */
import { assertEquals } from "@std/assert";
import { Bench, C2H, H2C, play, SG } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

const VENDOR_INTERRUPTS_OFF = `
  R 2004 0
  R 2010 0
  R 2040 0
  R 2044 0
  R 2048 0
  R 204c 0
  W 2018 ffffffff
  W 200c ffffffff
  R 2040 0
  R 2044 0
`;

const VENDOR_VECTORS = `
  W 20a0 03020100
  W 20a4 07060504
  W 2080 0b0a0908
  W 2084 0f0e0d0c
  W 2088 13121110
  W 208c 17161514
`;

const VENDOR_INTERRUPTS_ON = `
  W 2014 ffffffff
  R 2040 0
  R 2044 0
  W 2008 0001ffff
  R 2040 0
  R 2044 0
`;

function vendorChannelInit(base: number, id: number, interruptMask: string): string {
  const at = base.toString(16);
  const value = id.toString(16);
  return `
    R ${at} ${value}
    R ${at} ${value}
    R ${at} ${value}
    W ${at}+0c 02000000
    R ${at}+4c 00010140
    W ${at}+90 ${interruptMask}
  `;
}

function vendorProbe(bench: Bench, interruptMask = "00f83e1e"): void {
  play(bench, "R 2000 1fc20006 \n R 3000 1fc30006");
  play(bench, VENDOR_INTERRUPTS_OFF);
  for (let channel = 0; channel < 4; channel++) {
    play(bench, vendorChannelInit(H2C(channel), 0x1fc00006 | (channel << 8), interruptMask));
  }
  for (let channel = 0; channel < 4; channel++) {
    play(bench, vendorChannelInit(C2H(channel), 0x1fc10006 | (channel << 8), interruptMask));
  }
  play(bench, VENDOR_VECTORS);
  play(bench, VENDOR_INTERRUPTS_ON);
}

function pages(count: number): Piece[] {
  return Array.from({ length: count }, (_, page) => ({
    host: 0x20_0000 + page * 4096,
    card: page * 4096,
    lengthBytes: 4096,
  }));
}

Deno.test("the vendor's Linux probe finds 4 + 4 MM channels with MSI-X", () => {
  const bench = new Bench();
  vendorProbe(bench);
  assertEquals(bench.read(0x20a0), 0x03020100);
  assertEquals(bench.read(0x208c), 0x17161514);
  assertEquals(bench.read(0x2004), 0xffff, "the driver writes 17 bits, there are 16 user interrupts");
  assertEquals(bench.lines.messages, []);
});

Deno.test("the vendor's probe reads user and bypass BARs at 0x2000 and 0x3000 and takes neither for the DMA BAR", () => {
  const bench = new Bench({ userBarBytes: 0x10_0000, bypassBarBytes: 0x1_0000 });
  assertEquals(bench.card.probe().bars.map(({ purpose }) => purpose), ["user", "config", "bypass"]);
  const found = bench.card.probe().bars.filter(({ index }) =>
    bench.card.read32(index, 0x2000) >>> 16 === 0x1fc2 && bench.card.read32(index, 0x3000) >>> 16 === 0x1fc3
  );
  assertEquals(found.map(({ index }) => index), [1]);
});

Deno.test("a missing channel ends the vendor's enumeration of that direction after two identifier reads", () => {
  const bench = new Bench({ h2cCount: 1, c2hCount: 2 });
  play(
    bench,
    `
    R 0000 1fc00006
    R 0100 0   # H2C 1
    R 0100 0
    R 1000 1fc10006
    R 1100 1fc10106
    R 1200 0   # C2H 2
    R 1200 0
    R 4000 1fc40006
    R 4100 0
    R 5100 1fc50106
    R 5200 0
  `,
  );
});

Deno.test("the vendor's MM transfer with MSI-X: start, hard IRQ, workqueue", () => {
  for (const base of [H2C(2), C2H(3)]) {
    const bench = new Bench();
    vendorProbe(bench);
    const toCard = base < 0x1000;
    const bit = toCard ? 2 : 7;
    const adjacent = bench.chain(0x1000, pages(3), toCard);
    assertEquals(adjacent, 2);
    const names = { Hc: base, Sc: base + SG, adj: adjacent };
    play(
      bench,
      `
      W Sc+80 1000
      W Sc+84 0
      W Sc+88 adj
      W Hc+04 00f83e1f
      R Hc+40 1          # busy
      R Hc+40 1
      run
      # hard IRQ
      W Hc+98 00f83e1e
      R 204c 0           # masked: the source is gone
      # workqueue
      R Hc+44 6          # stopped and completed; clears
      W Hc+04 00f83e1e
      R Hc+48 3
      W Hc+94 00f83e1e
      R Hc+40 0
    `,
      names,
    );
    assertEquals(bench.lines.vectors, [bit]);
  }
});

Deno.test("the vendor's MM transfer with MSI: the ISR reads the request register and masks the channel", () => {
  const bench = new Bench({ interruptMode: "msi", msiVectors: 1 });
  vendorProbe(bench);
  bench.chain(0x1000, pages(1), true);
  play(
    bench,
    `
    W 4080 1000
    W 4084 0
    W 4088 0
    W 0004 00f83e1f
    R 0040 1
    R 0040 1
    run
    # hard IRQ
    R 2044 1
    W 2018 1
    R 2040 0
    # workqueue
    R 0044 6
    W 0004 00f83e1e
    R 0048 1
    W 2014 1
    R 2044 0
  `,
  );
  assertEquals(bench.lines.vectors, [0], "one granted vector carries all");
});

Deno.test("the vendor's MM transfer with INTx: the pin is a level that the status clears", () => {
  const bench = new Bench({ interruptMode: "intx" });
  play(bench, VENDOR_INTERRUPTS_OFF);
  play(bench, vendorChannelInit(0, 0x1fc00006, "00f83e1e"));
  play(bench, VENDOR_INTERRUPTS_ON);
  bench.chain(0x1000, pages(1), true);
  play(bench, "W 4080 1000 \n W 4084 0 \n W 4088 0 \n W 0004 00f83e1f \n run");
  assertEquals(bench.lines.pins[1], true);
  play(bench, "R 2044 1 \n W 2018 1 \n R 2040 0");
  assertEquals(bench.lines.pins[1], false);
  play(bench, "R 0044 6 \n W 0004 00f83e1e \n R 0048 1 \n W 2014 1");
  assertEquals(bench.lines.pins[1], false);
  assertEquals(bench.lines.levels.length, 2);
});

Deno.test("with INTB the vendor's driver writes 1 into every vector byte", () => {
  const bench = new Bench({ interruptMode: "intx", interruptPin: 2 });
  for (const offset of [0x2080, 0x2084, 0x2088, 0x208c, 0x20a0, 0x20a4]) bench.write(offset, 0x01010101);
  bench.write(H2C(0) + 0x90, 0x00f83e1e);
  bench.write(0x2014, 0xffffffff);
  bench.transfer(H2C(0), pages(1));
  assertEquals(bench.lines.pins, [false, false, true, false, false]);
});

Deno.test("the vendor's poll mode spins on the write-back word and touches nothing else", () => {
  const bench = new Bench();
  play(bench, VENDOR_INTERRUPTS_OFF);
  bench.chain(0x1000, pages(5), true);
  play(
    bench,
    `
    W 0088 8000
    W 008c 0
    W 0090 00f83e18
    W 4080 1000
    W 4084 0
    W 4088 4
    W 0004 04f83e19
    R 0040 1
    R 0040 1
  `,
  );
  let steps = 0;
  while (bench.memory.word(0x8000) === 0) {
    assertEquals(bench.clock.step(), true, "the word comes");
    steps++;
  }
  assertEquals(bench.memory.word(0x8000), 5);
  assertEquals(bench.card.cardMemory.read(0, 5 * 4096), bench.memory.bytes.slice(0x20_0000, 0x20_0000 + 5 * 4096));
  play(bench, "W 0004 04f83e18 \n R 0040 0");
  assertEquals(bench.lines.messages, [], "no interrupt");
  assertEquals(steps > 0, true);
});

Deno.test("the vendor's poll mode sees bit 31 on an error and then reads the status", () => {
  const bench = new Bench();
  bench.chain(0x1000, [{ host: 0x7fff_0000, card: 0, lengthBytes: 64 }], true);
  play(bench, "W 0088 8000 \n W 4080 1000 \n W 4088 0 \n W 0004 04f83e19 \n run");
  assertEquals(bench.memory.word(0x8000), 0x80000000);
  play(bench, "R 0044 200 \n W 0004 04f83e18");
});

Deno.test("the vendor's timeout dump of an engine that has stopped with no interrupt enabled", () => {
  const bench = new Bench();
  bench.chain(0x1000, pages(2), true);
  play(
    bench,
    `
    W 4080 1000
    W 4084 0
    W 4088 1
    W 0004 00f83e1f
    run
    run 10000000000
    R 0000 1fc00006
    R 0040 6
    R 0004 00f83e1f
    R 4080 1000
    R 4084 0
    R 4088 1
    R 0048 2
    R 0090 0
    R 0040 6
    W 0004 00f83e18
    R 0040 6
  `,
  );
});

Deno.test("the vendor's performance run: a closed loop without Stop, then Run is cleared", () => {
  const bench = new Bench();
  // 128 descriptors of 4 KiB that close on themselves, nxt_adj 0, no Stop, no Completed.
  for (let index = 0; index < 128; index++) {
    const next = 0x1000 + ((index + 1) % 128) * 32;
    bench.chain(0x1000 + index * 32, [{ host: 0x20_0000, card: 0, lengthBytes: 4096, control: 0 }], true);
    bench.memory.view.setUint32(0x1000 + index * 32 + 0x18, next, true);
  }
  play(
    bench,
    `
    W 00c0 2
    R 0000 1fc00006
    W 00c0 5
    R 0000 1fc00006
    W 0090 00f83e5e
    W 4080 1000
    W 4084 0
    W 4088 0
    W 0004 00f83e1f
    run 2000000
    R 0040 1
    W 0004 00f83e18
    run
    R 0040 0
    R 00c8 0
    R 00d0 0
    R 00d4 0
    R 00d8 0
  `,
  );
  const count = bench.read(0x48);
  const cycles = bench.read(0xc4);
  const beats = bench.read(0xcc);
  assertEquals(beats, count * 64, "4096 bytes are 64 beats of 64 bytes");
  assertEquals(cycles >= 500_000, true, "2 ms at 250 MHz");
  // Each descriptor is fetched singly: one round trip of 550 ns and 4 ns on the wire each.
  assertEquals(Math.abs(count - 2_000_000 / 554) < 3, true, `${count} descriptors`);
});

Deno.test("the vendor's remove leaves nothing enabled", () => {
  const bench = new Bench();
  vendorProbe(bench);
  play(bench, "W 2018 ffffffff \n W 200c ffffffff \n R 2040 0 \n R 2044 0");
  for (const offset of [0x2080, 0x2084, 0x2088, 0x208c, 0x20a0, 0x20a4]) bench.write(offset, 0);
  for (let channel = 0; channel < 4; channel++) {
    bench.write(H2C(channel) + 0x90, 0);
    bench.write(C2H(channel) + 0x90, 0);
  }
  bench.transfer(H2C(0), pages(1));
  assertEquals(bench.lines.messages, []);
});

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

Deno.test("the vendor's Windows driver: init once, then only 0x88 and Run for each transfer", () => {
  const bench = new Bench();
  const names = { Hc: C2H(2), Sc: C2H(2) + SG, bit: 1 << 6 };
  play(bench, "W 20a0 03020100 \n W 20a4 07060504 \n W 2014 ff");
  play(bench, "W Hc+94 00f83e1e \n W Hc+08 00f83e1e \n W Sc+80 1000 \n W Sc+84 0 \n W Sc+88 0", names);
  for (let transfer = 1; transfer <= 2; transfer++) {
    bench.card.cardMemory.write(0, bench.fill(0x30_0000, 2 * 4096, transfer));
    bench.chain(0x1000, pages(2), false);
    play(
      bench,
      `
      R 300c 2           # 512 bytes: blocks of at most 16
      R Sc+80 1000
      W Sc+88 1
      W Hc+08 1
      R Hc+04 00f83e1f
      run
      # ISR
      W 2018 bit
      # DPC
      R Hc+44 6
      W Hc+0c 1
      W 2014 bit
    `,
      names,
    );
    assertEquals(bench.lines.vectors.length, transfer);
    const arrived = bench.memory.bytes.slice(0x20_0000, 0x20_0000 + 2 * 4096);
    assertEquals(arrived, bench.memory.bytes.slice(0x30_0000, 0x30_0000 + 2 * 4096));
  }
});

Deno.test("the vendor's Windows driver on C2H streams: a ring of 258 pages with credits", () => {
  const bench = new Bench({ interface: "st" }, { hostBytes: 0x200_0000 });
  play(bench, "W 20a4 07060504 \n W 2014 ff");
  const ring = 0x1000;
  const results = 0x10_0000;
  const pool = 0x20_0000;
  for (let index = 0; index < 258; index++) {
    bench.chain(
      ring + index * 32,
      [{ card: results + index * 64, host: pool + index * 4096, lengthBytes: 4096, control: 2 }],
      false,
    );
    bench.memory.view.setUint32(ring + index * 32 + 0x18, ring + ((index + 1) % 258) * 32, true);
  }
  play(
    bench,
    `
    W 1094 00f83e5e
    W 1008 00f83e5e
    W 5080 1000
    W 5084 0
    W 5088 0
    W 6024 10000       # credit mode for C2H 0
    W 508c 101         # 257
    W 1008 1
    run
    R 1040 1           # waits for data
  `,
  );
  assertEquals(bench.read(C2H(0) + SG + 0x8c) < 257, true, "some are prefetched");
  const packet = bench.fill(0, 5000, 9);
  bench.card.stream(0).push(packet);
  bench.clock.run();
  assertEquals(bench.read(C2H(0) + 0x48), 2);
  assertEquals(bench.memory.word(results), 0x52b40000);
  assertEquals(bench.memory.word(results + 4), 4096);
  assertEquals(bench.memory.word(results + 64), 0x52b40001);
  assertEquals(bench.memory.word(results + 68), 904);
  assertEquals(bench.memory.bytes.slice(pool, pool + 5000), packet);
  const left = bench.read(C2H(0) + SG + 0x8c);
  play(bench, "W 508c 2");
  assertEquals(bench.read(C2H(0) + SG + 0x8c), left + 2, "the driver returns what it consumed");
});
