/** The figures that rows of several stories are made of in the same way. */
import { percentile } from "../mod.ts";
import type { BurstResult } from "../mod.ts";
import type { Row } from "./story.ts";

/** A figure that every row has. */
type Figure =
  | ("simulatedNs" | "boundNs" | "utilisation" | "bytesPerSecond" | "requests" | "completed" | "lost" | "twice")
  | ("p50Ns" | "p99Ns" | "lastLatencyNs" | "mapRegistersPeak");

/** A row in which nothing was timed or moved; what a story does know stands over it. */
export const NO_FIGURES: Readonly<Record<Figure, number>> = {
  simulatedNs: 0,
  boundNs: 0,
  utilisation: 0,
  bytesPerSecond: 0,
  requests: 0,
  completed: 0,
  lost: 0,
  twice: 0,
  p50Ns: 0,
  p99Ns: 0,
  lastLatencyNs: 0,
  mapRegistersPeak: 0,
};

/** Median, 99th percentile and last of latencies that come in the order of completion. */
export function latencyFigures(latenciesNs: readonly number[]): Pick<Row, "p50Ns" | "p99Ns" | "lastLatencyNs"> {
  const sorted = [...latenciesNs].sort((left, right) => left - right);
  return {
    p50Ns: percentile(sorted, 0.5),
    p99Ns: percentile(sorted, 0.99),
    lastLatencyNs: latenciesNs.at(-1) ?? 0,
  };
}

/** The row of a burst. */
export function burstRow(result: BurstResult, transferCount: number, transferBytes: number): Row {
  const { latenciesNs, makespanNs, violations, ...more } = result;
  return {
    ...more,
    ...latencyFigures(latenciesNs),
    simulatedNs: makespanNs,
    bytesPerSecond: makespanNs === 0 ? 0 : transferCount * transferBytes * 1e9 / makespanNs,
    requests: transferCount,
    gapNs: gapNs(result),
    violations: violations.map(({ sentence }) => sentence),
  };
}

/** Mean time from an interrupt to the next doorbell, where work was waiting. */
export function gapNs({ idleWithWorkNs, idleWithWorkCount }: BurstResult): number {
  return idleWithWorkCount === 0 ? 0 : idleWithWorkNs / idleWithWorkCount;
}

/** What every run can break, as sentences; `who` ran it. */
export function failuresOf(
  who: string,
  { lost, twice, violations }: Pick<BurstResult, "lost" | "twice" | "violations">,
): string[] {
  const failures = violations.map(({ invariant, sentence }) => `${who} breaks ${invariant}: ${sentence}`);
  if (lost > 0) failures.push(`${who}: ${lost} of its requests never completed`);
  if (twice > 0) failures.push(`${who}: ${twice} of its requests completed twice`);
  return failures;
}
