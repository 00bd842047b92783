/** Runs of our own simulator, written as call logs, are clean by the rules that judge a driver's log. */
import { assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst, runRoundTrip, STRATEGIES } from "../../actors/mod.ts";
import type { StrategyName } from "../../actors/mod.ts";
import { drawWorld, runWorld } from "../../actors/runs/random_world.ts";
import { CallLogTracer } from "../../trace/call_log.ts";
import { checkCallLog } from "../../trace/check/mod.ts";

const FILE = Uint8Array.from({ length: 100_000 }, (_, index) => index * 7);
const NAMES = Object.keys(STRATEGIES) as StrategyName[];

async function wrongIn(run: (trace: CallLogTracer) => void): Promise<string[]> {
  let text = "";
  const trace = new CallLogTracer((piece) => text += piece);
  run(trace);
  trace.close();
  const { findings, damaged, notes } = await checkCallLog(text);
  return [
    ...damaged.map(({ line, message }) => `${line} damaged ${message}`),
    ...findings.filter(({ severity }) => severity !== "note").map(({ line, rule, message }) =>
      `${line} ${rule} ${message}`
    ),
    ...notes.map(({ line, message }) => `${line} ${message}`),
  ];
}

for (const strategy of NAMES.filter((name) => name !== "xdma-literal")) {
  Deno.test(`a burst and a round trip with ${strategy} check clean [X-6]`, async () => {
    const burst = (trace: CallLogTracer): void => {
      runBurst({ strategy, transferCount: 6, times: BURST_TIMES, trace });
    };
    assertEquals(await wrongIn(burst), []);
    assertEquals(await wrongIn((trace) => void runRoundTrip({ strategy, bytes: FILE, trace })), []);
  });
}

Deno.test("the article's literal recipe shows its second hole once, and not where its ISR starts the next [S2-22]", async () => {
  const wrong = await wrongIn((trace) => {
    runBurst({ strategy: "xdma-literal", transferCount: 6, times: BURST_TIMES, trace });
  });
  assertEquals(wrong.map((one) => one.split(" ")[1]), ["ProgramBeforeEnqueue"]);
});

Deno.test("forty random worlds check clean, whatever adapter, platform and strategy they drew [X-6]", async () => {
  for (let seed = 0; seed < 40; seed++) {
    // The literal recipe has its hole in any world.
    if (drawWorld(seed).options.strategy === "xdma-literal") continue;
    assertEquals(await wrongIn((trace) => void runWorld(seed, trace)), [], `world ${seed}`);
  }
});
