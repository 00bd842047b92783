/** Pages that are locked when their process ends, and mappings, which have nothing to do with it. */

import { assert, assertEquals } from "@std/assert";
import { runLockedPages } from "../../mod.ts";
import type { LockedPagesDriver } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const EXPECTED: readonly (readonly [
  driver: LockedPagesDriver,
  lockedPages: readonly number[],
  rules: readonly string[],
])[] = [
  ["no-unlock", [4, 4, 4], ["ProcessExitWithLockedPages"]],
  ["unlocks-direct", [4, 0, 0], ["DriverUnlockedDirectIo"]],
  ["no-unmap", [4, 0, 0], ["MissingUnmap"]],
  ["locks-itself", [4, 0, 0], []],
  ["direct", [4, 0, 0], []],
];

for (const [driver, lockedPages, rules] of EXPECTED) {
  Deno.test(
    `locked-pages: ${driver} has ${lockedPages.join(", ")} pages locked and is ${
      rules.join() || "clean"
    } [S1-26, S1-27, S1-28, S1-29]`,
    () => {
      for (const engine of ["chart", "table"] as const) {
        const result = runLockedPages({ engine, driver });
        assertEquals(result.lockedPages, lockedPages as typeof result.lockedPages);
        assertEquals(result.findings.map(({ rule }) => rule), rules);
        assert(result.intact);
      }
    },
  );
}

Deno.test("locked-pages: the story shows both bug checks of it, and two cured drivers [S1-29]", async () => {
  const { status, out } = await seen(["locked-pages"]);
  assertEquals(status, 0);
  for (const words of ["STOP 0x76 PROCESS_HAS_LOCKED_PAGES", "STOP 0xCB DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS"]) {
    assert(out.includes(words), `not said: ${words}`);
  }
  const { rows } = await printed(["locked-pages"]);
  assertEquals(rows.map(({ stopCode }) => stopCode), ["0x76", null, null, null, null]);
});
