/**
 * Register accesses of the vendor's Windows sample driver in program order, with the values it needs to read.
 */
import { assertEquals } from "@std/assert";
import { Bench, C2H, pages, play, SG } from "./fixture.ts";

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
