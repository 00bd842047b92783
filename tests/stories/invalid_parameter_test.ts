/** Seed 001: six refusals, two reasons, one byte. */

import { assert, assertEquals } from "@std/assert";
import { runHangingIoctl, runUserBuffer, USER_BUFFER_OBSERVATIONS } from "../../mod.ts";
import type { UserBufferOptions } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const ENGINES = ["chart", "table"] as const;

for (const engine of ENGINES) {
  Deno.test(`${engine}: a to d are INVALID_PARAMETER, because the address is none of the MDL's [S1-14]`, () => {
    for (const letter of ["a", "b", "c", "d"] as const) {
      const { status, reason, findings } = runUserBuffer({ ...USER_BUFFER_OBSERVATIONS[letter], engine });
      assertEquals([letter, status, reason], [letter, "STATUS_INVALID_PARAMETER", null]);
      assert(findings.some(({ rule }) => rule === "VaOutsideMdl"), letter);
    }
  });

  Deno.test(`${engine}: e and f are INSUFFICIENT_RESOURCES, because 1024 registers are needed and 2 granted [S1-15]`, () => {
    for (const letter of ["e", "f"] as const) {
      const { status, reason, why } = runUserBuffer({ ...USER_BUFFER_OBSERVATIONS[letter], engine });
      assertEquals([letter, status, reason], [letter, "STATUS_INSUFFICIENT_RESOURCES", "perTransferLimit"]);
      assertEquals(why, "needs 1024 map registers, adapter was granted 2");
    }
  });
}

Deno.test("the second mapping of c is named for its cache attribute, and for being left behind [S1-18, S1-27]", () => {
  const rules = runUserBuffer(USER_BUFFER_OBSERVATIONS.c).findings.map(({ rule }) => rule);
  assertEquals(rules, ["CacheAttributeConflict", "VaOutsideMdl", "MissingUnmap"]);
});

Deno.test("MaximumLength 4 186 112 is one byte too small for 4 MiB, whatever the profile [S1-16]", () => {
  for (const profile of ["packet", "duplex"] as const) {
    const status = (maximumLength: number): string => {
      const options: UserBufferOptions = { profile, maximumLength, buffer: "large", passedVa: "mdlVa" };
      return runUserBuffer(options).status;
    };
    assertEquals(
      [4_186_112, 4_186_113, 4_194_304].map(status),
      ["STATUS_INSUFFICIENT_RESOURCES", "STATUS_SUCCESS", "STATUS_SUCCESS"],
    );
  }
});

for (const options of [{}, { iommu: true }, { coherent: false }, { engine: "table" as const }]) {
  Deno.test(`the driver as it should have been streams 64 blocks and gives everything back: ${JSON.stringify(options)} [S1-7, S1-11, S1-32]`, () => {
    const { entries, intact, status, lockedPages, findings } = runHangingIoctl(options);
    assertEquals([entries, intact, status, lockedPages], [64, true, "STATUS_CANCELLED", [1024, 0]]);
    assertEquals(findings, []);
  });
}

Deno.test("the posted driver, once its limit is right, has a paged list buffer and the wrong IRQL [S1-33]", () => {
  const rules = runHangingIoctl({ asPosted: true }).findings.map(({ rule }) => rule);
  assertEquals(rules, ["WrongIrql", "PagedSglBuffer"]);
});

Deno.test("invalid-parameter: the story has all six observations, the boundary and the cure [S1-14, S1-15, S1-16]", async () => {
  const { status, out } = await seen(["invalid-parameter", "--engine", "table"]);
  assertEquals(status, 0);
  for (
    const words of ["  4 186 112      STATUS_INSUFFICIENT_RESOURCES", "  4 186 113      STATUS_SUCCESS", "STOP 0xE6"]
  ) {
    assert(out.includes(words), `not said: ${words}`);
  }
  const { rows } = await printed(["invalid-parameter", "--engine", "table"]);
  assertEquals(rows.slice(0, 6).map(({ status: said }) => said), [
    ...Array<string>(4).fill("STATUS_INVALID_PARAMETER"),
    ...Array<string>(2).fill("STATUS_INSUFFICIENT_RESOURCES"),
  ]);
});
