/** Transfer contexts in wrong hands, and KMDF's. */

import { assert, assertEquals } from "@std/assert";
import { runContexts, runRecipe } from "../../mod.ts";
import type { ContextDriver } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const ENGINES = ["chart", "table"] as const;

const EXPECTED: readonly (readonly [driver: ContextDriver, rules: readonly string[], ran: number])[] = [
  ["raw", ["TransferContextNotInitialised"], 0],
  // The second request initialises it again, then asks with it.
  ["shared", ["TransferContextBusy", "TransferContextBusy"], 1],
  ["own", [], 2],
];

for (const [driver, rules, ran] of EXPECTED) {
  Deno.test(`context: ${driver} is ${[...new Set(rules)].join() || "clean"}, and ${ran} routines run [S0-8]`, () => {
    for (const engine of ENGINES) {
      const result = runContexts({ engine, driver });
      assertEquals(result.findings.map(({ rule }) => rule), rules);
      assertEquals(result.routines[1], ran);
    }
  });
}

Deno.test("context: reuse without initialising is named at each transfer but the first, and warned of in KMDF's profile [S0-8]", () => {
  for (const engine of ENGINES) {
    const leaveOut = ["InitializeDmaTransferContext"] as const;
    const strict = runRecipe({ engine, leaveOut, transferCount: 3 });
    assertEquals(strict.findings.map(({ rule }) => rule), Array(2).fill("TransferContextNotReinitialised"));
    const kmdf = runRecipe({ engine, leaveOut, transferCount: 3, hal: { contextProfile: "kmdf" } });
    assertEquals(kmdf.findings.map(({ severity }) => severity), ["warning", "warning"]);
    assert(kmdf.intact);
  }
});

Deno.test("context: the story names the three misuses, and warns of the framework's reuse [S0-8]", async () => {
  const { status, out } = await seen(["context", "--engine", "table"]);
  assertEquals(status, 0);
  for (const words of ["warning TransferContextNotReinitialised", "--profile kmdf", "context-own.jsonl: "]) {
    assert(out.includes(words), `not said: ${words}`);
  }
  const { rows } = await printed(["context", "--engine", "table"]);
  assertEquals(rows.map(({ rules }) => rules), [
    ["TransferContextNotInitialised"],
    ["TransferContextNotReinitialised"],
    ["TransferContextNotReinitialised"],
    ["TransferContextBusy"],
    [],
    [],
  ]);
});
