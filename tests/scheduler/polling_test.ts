/** Completion by interrupt and by polling the write-back: two ways to wait, one result. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTrip } from "../../actors/runs/round_trip.ts";
import type { RoundTripResult } from "../../actors/runs/round_trip.ts";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { Recorder } from "../../trace/event.ts";
import { pattern } from "./drive.ts";

const BYTES = pattern(5, 300_000);

function run(strategy: StrategyName, polling: boolean): { result: RoundTripResult; trace: Recorder } {
  const trace = new Recorder();
  const result = runRoundTrip({ bytes: BYTES, strategy, polling, trace, h2cCount: 2, c2hCount: 2, pieceBytes: 16_384 });
  return { result, trace };
}

/** How each request ended, per channel in order: status and bytes. */
function completions({ events }: Recorder): Record<string, string[]> {
  const ways: Record<string, string[]> = {};
  let last = "";
  for (const event of events) {
    if (event.kind === "call" && event.call === "IoCompleteRequest") {
      last = `${event.args["Status"]} ${event.args["Information"]}`;
    } else if (event.kind === "irp" && event.state === "completed") (ways[event.channel] ??= []).push(last);
  }
  return ways;
}

for (const strategy of Object.keys(STRATEGIES) as StrategyName[]) {
  Deno.test(`${strategy}: polling the write-back gives the same bytes and completions as interrupts [S0-18]`, () => {
    const interrupts = run(strategy, false);
    const polling = run(strategy, true);
    for (const { result } of [interrupts, polling]) {
      assertEquals(result.bytes, BYTES);
      assertEquals([result.lost, result.twice, result.failed, result.violations], [0, 0, 0, []]);
      assertEquals(result.completed, result.requests);
    }
    assertEquals(completions(polling.trace), completions(interrupts.trace));
    assertEquals(Object.values(completions(polling.trace)).flat().length, interrupts.result.requests);
    // Each waited in its own way.
    const messages = ({ events }: Recorder): number =>
      events.filter((event) => event.kind === "interrupt" && event.asserted).length;
    assert(messages(interrupts.trace) >= interrupts.result.requests);
    assertEquals(messages(polling.trace), 0);
  });
}
