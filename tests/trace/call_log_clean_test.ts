/** Our own runs through the checker for call logs: clean, unless the strategy is known for a misuse. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTrip, STRATEGIES } from "../../actors/mod.ts";
import type { StrategyName } from "../../actors/mod.ts";
import { CallLogTracer } from "../../trace/call_log.ts";
import { checkCallLog } from "../../trace/check/mod.ts";

const FILE = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);

/** The rules that a strategy breaks, and is kept to show. */
const KNOWN: { readonly [name in StrategyName]?: readonly string[] } = { "xdma-literal": ["ProgramBeforeEnqueue"] };

for (const strategy of Object.keys(STRATEGIES) as StrategyName[]) {
  // A registered buffer's list is put at unload: what is bounced for it comes too late, and the run says so itself.
  for (const addressBits of strategy === "registered" ? [64] : [64, 32]) {
    Deno.test(`a run of ${strategy} on a ${addressBits}-bit card checks clean`, async () => {
      // What the Classic Model keeps for several channels may not pass the grant of one adapter (0xE6/0x15).
      const adapters = strategy === "classic" ? "per-channel" : "shared";
      let text = "";
      const trace = new CallLogTracer((piece) => text += piece);
      runRoundTrip({ bytes: FILE, strategy, trace, engine: "table", system: { addressBits, adapters } });
      trace.end();
      const { findings, damaged, summary } = await checkCallLog(text);
      assert(summary.calls > 300);
      assertEquals(damaged, []);
      assertEquals([...new Set(findings.map(({ rule }) => rule))], KNOWN[strategy] ?? []);
    });
  }
}
