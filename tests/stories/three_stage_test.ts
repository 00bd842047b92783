/** Seed 000: three threads against one. */

import { assert, assertEquals } from "@std/assert";
import { runThreeStage, stagesOf } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

Deno.test("three-stage: with (pre + post) = 0.2 × transfer the rate is 1.20 times that of one thread [S0-35]", async () => {
  for (const preShare of [0, 0.3, 0.8, 1]) {
    const stages = stagesOf(360_000, 0.2, preShare);
    const { rateRatio } = runThreeStage({ stages, transferCount: 24, engine: "table" });
    assert(Math.abs(rateRatio - 1.2) <= 0.01, `${rateRatio} with ${preShare} of it before the transfer`);
  }
  const { rows } = await printed(["three-stage"]);
  const seeds = rows.filter(({ share }) => share === 0.2);
  assertEquals(seeds.map(({ strategy }) => strategy), ["classic", "three-stage"]);
  for (const { rateRatio } of seeds) assert(Math.abs(Number(rateRatio) - 1.2) <= 0.01);
});

Deno.test("three-stage: the rate rises from 1/sum to 1/max of the stages, whichever is the longest [S0-35]", () => {
  const trials = [[100, 400, 50], [300, 200, 10], [20, 100, 500], [250, 250, 250]] as const;
  for (const [pre, transfer, post] of trials) {
    const stages = { preNs: pre * 1000, transferNs: transfer * 1000, postNs: post * 1000 };
    const { rateRatio, lawRatio } = runThreeStage({ stages, transferCount: 12, engine: "table" });
    assertEquals(lawRatio, (pre + transfer + post) / Math.max(pre, transfer, post));
    assert(Math.abs(rateRatio - lawRatio) < 1e-9, `${rateRatio}, the law says ${lawRatio}`);
  }
});

Deno.test("three-stage: the text of a run", async () => {
  const { out } = await seen(["three-stage", "--seed", "1"]);
  assertEquals(out, TEXT);
});

const TEXT = `three-stage: three threads instead of one: where 20 % more data rate comes from

  transfers  24 transfers of 64 KiB on h2c0, all at t = 0
  pre        map, build the list, write descriptors: 80 % of (pre + post)
  transfer   413 µs from the start until the thread runs again: engine, interrupt, DPC, wake-up
  post       put the list, unmap, complete: the rest

  (pre + post) / transfer       pre  transfer      post  one thread  three threads  rate ratio  sum / max  bound by
  ───────────────────────  ────────  ────────  ────────  ──────────  ─────────────  ──────────  ─────────  ────────
                     0.05   16.5 µs  413.0 µs    4.1 µs    2 306 /s       2 421 /s      1.0500     1.0500  transfer
                     0.10   33.0 µs  413.0 µs    8.3 µs    2 201 /s       2 421 /s      1.1000     1.1000  transfer
                     0.20   66.1 µs  413.0 µs   16.5 µs    2 018 /s       2 421 /s      1.2000     1.2000  transfer
                     0.50  165.2 µs  413.0 µs   41.3 µs    1 614 /s       2 421 /s      1.5000     1.5000  transfer
                     1.00  330.4 µs  413.0 µs   82.6 µs    1 211 /s       2 421 /s      2.0000     2.0000  transfer
                     1.50  495.6 µs  413.0 µs  123.9 µs      969 /s       2 018 /s      2.0833     2.0833  pre
                     2.00  660.8 µs  413.0 µs  165.2 µs      807 /s       1 513 /s      1.8750     1.8750  pre

  Rates are those of the full pipeline, from the first completion to the last. One thread:
  AllocateAdapterChannel to FlushAdapterBuffers, then the next. Three threads: each list moves pre → transfer
  → post once.

  With (pre + post) = 0.2 × transfer, three threads move 20.0 % more: 1.200 times the rate, as the law says.
  Where setup is 160 µs and a transfer 360 µs, overlapping all of it would give 44 %.

  repeat: deno task demo three-stage --seed 1
`;
