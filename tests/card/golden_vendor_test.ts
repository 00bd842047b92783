/**
 * Register accesses of the vendor's Linux driver (libxdma) in program order, with the values it needs to read.
 */
import { assertEquals } from "@std/assert";
import { Bench, C2H, H2C, pages, play, SG } from "./fixture.ts";

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

Deno.test("the vendor's Linux probe finds 4 + 4 MM channels with MSI-X", () => {
  const bench = new Bench();
  vendorProbe(bench);
  assertEquals(bench.read(0x20a0), 0x03020100);
  assertEquals(bench.read(0x208c), 0x17161514);
  assertEquals(bench.read(0x2004), 0xffff, "the driver writes 17 bits, there are 16 user interrupts");
  assertEquals(bench.lines.messages, []);
});

Deno.test("the vendor's probe reads every BAR at 0x2000 and 0x3000 and finds the DMA BAR only", () => {
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
