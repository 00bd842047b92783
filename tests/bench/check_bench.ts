/**
 * What the checker costs: lines a second on a log of the four-call recipe. Run with
 * `deno bench tests/bench/check_bench.ts`; at least 300 000 lines a second are wanted.
 */
import { LogChecker } from "../../trace/check/mod.ts";
import { build, event, free, get, init, put } from "../check/log.ts";

const TRANSFERS = 10_000;
const LINES_PER_TRANSFER = 6;

function recipeLog(): Uint8Array {
  const lines = [get()];
  for (let number = 0; number < TRANSFERS; number++) {
    const context = { DmaTransferContext: `0xC${(number % 24).toString(16)}` };
    const sgl = `0xB${(number % 24).toString(16)}`;
    lines.push(
      init(context),
      build({ ...context, ScatterGatherBuffer: sgl, Mdl: `0x5${(number % 24).toString(16)}` }),
      free(),
      event("doorbell", { channel: "h2c0", sgl }),
      event("device-done", { channel: "h2c0", sgl, status: "STATUS_SUCCESS" }),
      put({ ScatterGather: sgl }),
    );
  }
  return new TextEncoder().encode(lines.join("\n"));
}

const bytes = recipeLog();

Deno.bench(`${TRANSFERS * LINES_PER_TRANSFER} lines of the recipe, checked`, () => {
  const checker = new LogChecker();
  for (let at = 0; at < bytes.length; at += 65_536) checker.push(bytes.subarray(at, at + 65_536));
  const { summary } = checker.finish();
  if (summary.errors + summary.damaged > 0) throw new Error(`${summary.errors} errors, ${summary.damaged} damaged`);
});
