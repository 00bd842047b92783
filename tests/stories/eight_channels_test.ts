/** The main job, in small: what went in comes out, and the order of the drivers. */

import { assert, assertEquals } from "@std/assert";
import { fileOf, printed, seen } from "./teller.ts";

const FILES = { "4 MiB": fileOf(4 * 1024 * 1024), "odd": fileOf(300_001), "one byte": fileOf(1) };

Deno.test("eight-channels: every strategy brings the file back, whatever its length", async () => {
  for (const file of ["odd", "one byte"]) {
    for (const flags of [[], ["--iommu"], ["--polling"], ["--channels", "1,3"]]) {
      const told = await printed(["eight-channels", "--file", file, "--engine", "table", ...flags], FILES);
      assertEquals(told.sha256Out, told.sha256In);
      assertEquals(told.rows.length, 9);
      for (const row of told.rows) assertEquals(row.sha256Out, told.sha256In);
    }
  }
});

Deno.test("eight-channels: isr-reprogram ≤ prealloc-queue ≤ new-model ≤ classic, within 5 % of the bound", async () => {
  const { rows } = await printed(["eight-channels", "--file", "4 MiB", "--engine", "table"], FILES);
  const find = (strategy: string) => rows.find((row) => row.strategy === strategy)!;
  const [classic, typical, queued, best] = ["classic", "new-model", "prealloc-queue", "isr-reprogram"].map(find);
  assert(best!.simulatedNs <= queued!.simulatedNs && queued!.simulatedNs <= typical!.simulatedNs);
  assert(typical!.simulatedNs <= classic!.simulatedNs);
  assert(best!.simulatedNs <= best!.boundNs * 1.05, `${best!.simulatedNs} ns, bound ${best!.boundNs} ns`);
});

Deno.test("eight-channels: an engine with work waiting idles from its interrupt to the end of the ISR, no more [S2-26]", async () => {
  const args = ["eight-channels", "--file", "4 MiB", "--engine", "table", "--strategy", "isr-reprogram"];
  const [row] = (await printed(args, FILES)).rows;
  assertEquals(row?.idlePerTransferNs, 3000);
});

Deno.test("eight-channels: --explain prints the formula of the bound and its parts", async () => {
  const { out } = await seen(["eight-channels", "--file", "odd", "--engine", "table", "--explain"], FILES);
  assert(/bound = .*max\(/.test(out) && out.includes("H2C wire") && out.includes("upward"), out);
});

Deno.test("eight-channels: a faster row that is not ranked is named with its reason, and no bound is everybody's", async () => {
  for (const file of ["odd", "one byte"]) {
    const { rows, verdict } = await printed(["eight-channels", "--file", file, "--engine", "table"], FILES);
    const find = (strategy: string) => rows.find((row) => row.strategy === strategy)!;
    assert(find("registered").simulatedNs < find("copy").simulatedNs);
    assert(verdict.includes("Not ranked: registered, because Windows offers no static map registers"), verdict);
  }
  const { out } = await seen(["eight-channels", "--file", "odd", "--engine", "table"], FILES);
  assert(!out.includes("no driver is faster"), out);
});

Deno.test("eight-channels: a small file is not called a small difference", async () => {
  const { verdict } = await printed(["eight-channels", "--file", "one byte", "--engine", "table"], FILES);
  assert(/copy is first, 2\.\d+ times as fast/.test(verdict) && !verdict.includes("little to choose"), verdict);
});
