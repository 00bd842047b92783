/** Options that are fine alone and too much together: one sentence, exit status 2, and no run. */

import { assertEquals } from "@std/assert";
import { seen } from "./teller.ts";

const REFUSED: readonly (readonly [args: string, because: string])[] = [
  [
    "burst --transfers 10000 --setup-ns 1000000000000",
    "10 000 007 s one after the other: expected at most 9 007 199 s",
  ],
  ["burst --transfers 65 --bytes 16777216", "1.0 GiB together: expected at most 1 GiB"],
  ["three-stage --transfers 10000 --dma-ns 1000000000000", "expected at most 9 007 199 s of virtual time"],
  ["low-memory --transfers 10000 --bytes 16777216", "156.3 GiB together: expected at most 1 GiB"],
  ["registers --dma-ns 1000000000", "24 s one after the other: expected at most 5 s of virtual time"],
  ["registers --transfers 700", "descriptors for as many take 176 pages"],
  ["registers --map-registers 900000", "expected at most 600000"],
];

Deno.test("options that are too much together are refused with one sentence", async () => {
  for (const [args, because] of REFUSED) {
    const { status, out, err } = await seen(args.split(" "));
    assertEquals([args, status, out, err.split("\n").length], [args, 2, "", 2]);
    assertEquals(err.includes(because) ? because : err, because);
  }
});

Deno.test("what those limits let through runs", async () => {
  for (const args of ["registers --transfers 500 --engine table", "registers --map-registers 600000 --engine table"]) {
    const { status, err } = await seen(args.split(" "));
    assertEquals([status, err], [0, ""]);
  }
});

Deno.test("a verdict claims nothing where there is nothing to gain", async () => {
  const alone = await seen(["burst", "--transfers", "1"]);
  assertEquals(alone.out.includes("give nothing back"), true, alone.out);
  const plenty = await seen(["registers", "--iommu", "--channels", "4,4", "--engine", "table"]);
  const gain = "finish no earlier here, in 4 223 µs, and no map register is held";
  assertEquals(plenty.out.includes(gain), true, plenty.out);
});
