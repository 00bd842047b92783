/** How near to the link's limit the pipelined drivers come. */
import { assert, assertEquals } from "@std/assert";
import { FILE_COSTS } from "../../actors/scheduler/costs.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { System } from "../../actors/system.ts";
import { createLink, linkTimeNs, payloadBytesPerNs } from "../../sim/card/link.ts";
import { SILENT } from "../../trace/event.ts";
import { drive } from "./drive.ts";

/** 2^20. */
const MIB = 0x10_0000;

/** Share of the link's payload rate that one direction reaches, from the first doorbell to the last completion. */
function shareOfLink(strategy: StrategyName, direction: "h2c" | "c2h", channels: number, pieces: number): number {
  const wanted = Array.from({ length: pieces }, (_, tag) => ({ lengthBytes: MIB, channelIndex: tag % channels }));
  const { system, endNs, outcomes, violations } = drive({
    strategy,
    wanted,
    costs: FILE_COSTS,
    system: {
      h2cCount: direction === "h2c" ? channels : 0,
      c2hCount: direction === "c2h" ? channels : 0,
      link: "gen3x16",
      engine: "table",
      processors: channels,
      trace: SILENT,
    },
  });
  assertEquals(violations, []);
  assertEquals(outcomes.length, pieces);
  const limit = payloadBytesPerNs(system.card.link, direction);
  const share = pieces * MIB / endNs / limit;
  assert(share < 1, `${share}: faster than the link`);
  return share;
}

for (const direction of ["h2c", "c2h"] as const) {
  Deno.test(`48 MiB ${direction} through four channels use 95 % of the link where setup overlaps the transfer [S0-37]`, () => {
    for (const strategy of ["three-stage", "isr-reprogram"] as const) {
      const share = shareOfLink(strategy, direction, 4, 48);
      assert(share >= 0.95, `${strategy}: ${(share * 100).toFixed(1)} %`);
    }
  });

  Deno.test(`the serial driver on one ${direction} channel leaves more than a quarter of the link unused [S0-37]`, () => {
    const share = shareOfLink("classic", direction, 1, 6);
    assert(share < 0.75, `${(share * 100).toFixed(1)} %`);
  });
}

Deno.test("a card is on a Gen3 ×16 link unless told otherwise, where 4.6 MB take the 360 µs of the seed [S3-18]", () => {
  const { link } = new System().card;
  assertEquals(link.name, "gen3x16");
  assertEquals([link.gigatransfersPerSecond, link.lanes], [8, 16]);
  // 8 GT/s × 16 lanes × 128/130 / 8.
  assertEquals(link.rawBytesPerNs.toFixed(3), "15.754");
  const preset = createLink("gen3x16");
  assertEquals(preset, link);
  const lengthBytes = 4_600_000;
  const timesNs = (["h2c", "c2h"] as const).map((direction) => linkTimeNs(preset, direction, lengthBytes));
  for (const timeNs of timesNs) assert(timeNs > 310_000 && timeNs < 365_000, `${timeNs} ns`);
});
