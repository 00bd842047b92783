/** Random bytes and broken logs: the checker says what it cannot read, and stays on its feet. */
import { assertEquals } from "@std/assert";
import { complaint } from "../../tools/fuzz/feed.ts";
import { fuzzInput } from "../../tools/fuzz/input.ts";
import { LogChecker } from "../../trace/check/mod.ts";

Deno.test("no input breaks the checker or its reports: 1500 inputs; deno task fuzz feeds 100 000", () => {
  for (let seed = 0; seed < 1500; seed++) {
    assertEquals(complaint(fuzzInput(seed), seed), null, `deno task fuzz --inputs 1 --seed ${seed} --show`);
  }
});

Deno.test("a ring of MDLs, a count without end and a line made to be searched for ever are read in no time", () => {
  const ring = (byteCount: number): string =>
    `{"event":"mdl","mdl":"0x51","startVa":"0x7000","byteOffset":0,"byteCount":${byteCount},"next":"0x51"}`;
  const ask =
    `{"call":"GetScatterGatherList","args":{"DmaAdapter":"0xA1","Mdl":"0x51","CurrentVa":"0x7000","Length":1e300}}`;
  const checker = new LogChecker();
  const text = [ring(0), ask, ring(1), ask, `${"[1]".repeat(300_000)} 1.5`].join("\n");
  checker.push(new TextEncoder().encode(text));
  assertEquals(checker.finish().summary.damaged, 1);
  const trace = new LogChecker();
  trace.push(new TextEncoder().encode(`# tracer: nop\n${"[1]".repeat(300_000)} 1.5\n${" dma_x:".repeat(100_000)}\n`));
  assertEquals(trace.finish().summary.damaged, 1);
});
