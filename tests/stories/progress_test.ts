/** The bar of runs that last: on a terminal, from a second on, and gone at the end. */

import { assertEquals, assertThrows } from "@std/assert";
import { underBar } from "../../examples/progress.ts";
import type { Terminal } from "../../examples/progress.ts";

/** A terminal whose clock goes on by so much whenever somebody looks, and what was drawn on it. */
function watched(stepMs: number, isTerminal = true): { readonly terminal: Terminal; readonly drawn: string[] } {
  const drawn: string[] = [];
  let nowMs = 0;
  const nowMsOf = (): number => nowMs += stepMs;
  return { terminal: { isTerminal, write: (text) => void drawn.push(text), nowMs: nowMsOf }, drawn };
}

const NAMES = ["classic", "copy", "registered"];

Deno.test("runs that last show a bar that names the one that runs, and take it away", () => {
  const { terminal, drawn } = watched(600);
  assertEquals(underBar(terminal, NAMES, (name) => name, (name) => name.length), [7, 4, 10]);
  assertEquals(drawn.map((text) => text.match(/\d+ % {2}\w+/)?.[0] ?? text), [
    "33 %  copy",
    "66 %  registered",
    "\r\x1b[K",
  ]);
});

Deno.test("short runs, and streams that are no terminal, show no bar", () => {
  for (const [stepMs, isTerminal] of [[10, true], [600, false]] as const) {
    const { terminal, drawn } = watched(stepMs, isTerminal);
    underBar(terminal, NAMES, (name) => name, (name) => name);
    assertEquals(drawn, []);
  }
});

Deno.test("a run that breaks off leaves no bar behind", () => {
  const { terminal, drawn } = watched(2000);
  assertThrows(() =>
    underBar(terminal, NAMES, (name) => name, () => {
      throw new Error("a bug");
    })
  );
  assertEquals(drawn.at(-1), "\r\x1b[K");
});
