/** Who waits for whom when somebody stops for ever. */

import { assert, assertEquals } from "@std/assert";
import { standstills, tokenRecipe } from "../../fastpath/explore/mod.ts";
import type { Standstill } from "../../fastpath/explore/mod.ts";

const FOUND: readonly Standstill[] = standstills({ recipe: tokenRecipe("isr-reprogram"), requestCounts: [3, 1] });

/** What somebody was about to do, requests left out. */
function placesOf(start: string): string[] {
  const steps = FOUND.filter(({ participant }) => participant.startsWith(start));
  return [...new Set(steps.map(({ before }) => before.replace(/\b[AB]\d /, "").replace(/ for [AB]\d/, "")))].sort();
}

Deno.test("explore: whoever stops for ever, the other channel completes all of its requests", () => {
  assert(FOUND.length > 0);
  for (const { participant, undone } of FOUND) {
    const channel = participant.includes("A") ? "A" : "B";
    assertEquals(undone.filter((request) => !request.startsWith(channel)), [], participant);
  }
});

Deno.test("explore: a callback that stops without the token, or before it was ever taken, holds up nobody", () => {
  const harmless = ["begins", "into work-to-do"];
  for (const { before } of FOUND.filter(({ participant }) => participant.startsWith("callback"))) {
    assert(!harmless.some((step) => before.includes(step)), before);
  }
});

Deno.test("explore: the token is a lock: a callback that stops between taking it and the second look holds up its channel", () => {
  assertEquals(placesOf("callback A"), [
    "inserts into waiting-for-device",
    "looks at work-to-do",
    "rings the doorbell",
    "sets busy := 0",
    "takes the head of work-to-do",
    "tries busy 0 → 1",
  ]);
});

Deno.test("explore: nobody stands in for an ISR or a DPC that stops", () => {
  const undone = (participant: string): number =>
    Math.max(...FOUND.filter((each) => each.participant === participant).map((each) => each.undone.length));
  assertEquals(["ISR A", "DPC A", "ISR B", "DPC B"].map(undone), [3, 3, 1, 1]);
});
