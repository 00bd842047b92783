/**
 * `--threads`: a file there and back on Workers over shared memory. What is checked does not depend on time: every
 * byte, every request once, no rule broken. What is measured is wall time, and differs from run to run.
 */
import { runRoundTripOnThreads } from "../mod.ts";
import type { Pipeline, ThreadRoundTripOptions, ThreadRoundTripResult, Tracer } from "../mod.ts";
import { latencyFigures } from "./figures_of_row.ts";
import { BadArgument } from "./options.ts";
import type { OptionName, Values } from "./options.ts";
import { ProgressBar } from "./progress.ts";
import { channelNames } from "./recording.ts";
import { sha256 } from "./sha256.ts";
import type { Host, Recorder, Row, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { binaryBytes, counted, gigabytesPerSecond, grouped, microseconds, milliseconds } from "./units.ts";
import { LOOK_MS, WorkerWatch } from "./worker_watch.ts";

/** A list has 16 descriptors of a page. */
export const MAXIMUM_PIECE_BYTES: number = 16 * 4096;

/** A team of Workers, and what its row is called. */
export interface Team extends Omit<ThreadRoundTripOptions, "bytes" | "onSubmitted" | "onCompleted" | "onStarted"> {
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly h2cCount: number;
  readonly c2hCount: number;
}

/** What to tell. */
export interface OnThreads {
  readonly values: Values;
  readonly host: Host;
  readonly recorder: Recorder;
  /** What the bytes are. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Each of them runs, one after the other. */
  readonly teams: readonly Team[];
  /** How often; the run of median wall time is told. Default once. */
  readonly rounds?: number;
}

/** One run with its figures. */
interface Measured extends ThreadRoundTripResult {
  readonly team: Team;
  readonly sha256Out: string;
  /** From the first request to the last completion. */
  readonly wallNs: number;
  /** By completion, of the wall clock. */
  readonly latenciesNs: readonly number[];
}

/** Threads have no IOMMU, no strategy but one, and keep no events. */
const NOT_ON_THREADS: readonly (readonly [OptionName, (values: Values) => boolean, string])[] = [
  ["iommu", ({ iommu }) => iommu, "the card on its Worker reaches memory straight"],
  ["polling", ({ polling }) => polling, "completion is by interrupt there"],
  ["explain", ({ explain }) => explain, "the bound is one of virtual time"],
  ["trace", ({ trace }) => trace !== "", "what happens on Workers is not recorded"],
  ["vcd", ({ vcd }) => vcd !== "", "what happens on Workers is not recorded"],
  ["log", ({ log }) => log !== "", "what happens on Workers is not recorded"],
];

/**
 * Runs every team and tells how it went.
 *
 * @throws {BadArgument} if an option cannot be carried out on threads.
 */
export async function tellOnThreads(
  { values, host, recorder, name, bytes, teams, rounds = 1 }: OnThreads,
): Promise<Told> {
  for (const [option, isGiven, why] of NOT_ON_THREADS) {
    if (isGiven(values)) throw new BadArgument(`Cannot use --${option} with --threads: ${why}`);
  }
  const { strategy } = values;
  if (!strategy.includes("isr-reprogram")) {
    throw new BadArgument(`Cannot use "${strategy.join(",")}" as --strategy with --threads: expected isr-reprogram`);
  }
  const sha256In = await sha256(bytes);
  const bar = new ProgressBar(host);
  const all: Measured[] = [];
  for (let run = 0; run < rounds * teams.length; run++) {
    const team = teams[run % teams.length]!;
    const onProgress = (share: number): void => bar.show((run + share) / (rounds * teams.length), team.name);
    const round = rounds === 1 ? "" : `-${Math.floor(run / teams.length) + 1}`;
    const recording = recorder.begin({
      name: `${team.name.replaceAll(" ", "-")}-on-threads${round}`,
      channels: channelNames(team.h2cCount, team.c2hCount),
    });
    const result = await measured(team, values, host, bytes, recording.tracer, onProgress);
    recording.end(typeof result !== "string");
    if (typeof result !== "string") {
      all.push(result);
      continue;
    }
    bar.end();
    // Nobody can end a Worker that hangs: what it holds never comes back, and there is no more to tell.
    return hangs(bytes.length, sha256In, `${team.name}: ${result}`);
  }
  bar.end();
  const failures = all.flatMap((result) => failuresOf(result, sha256In));
  const results = teams.map((_, index) => {
    const own = all.filter((_, run) => run % teams.length === index).sort((a, b) => a.wallNs - b.wallNs);
    return own[Math.floor(own.length / 2)]!;
  });
  const [first] = results;
  const { requests, pieceBytes } = first!;
  return {
    bytes: bytes.length,
    sha256In,
    sha256Out: all.find(({ sha256Out }) => sha256Out !== sha256In)?.sha256Out ?? sha256In,
    rows: results.map(rowOf),
    lines: [
      ...factLines([
        ["data", name],
        ["", `${counted(bytes.length, "byte")} in ${counted(requests / 2, "piece")} of ${binaryBytes(pieceBytes)}`],
        ...(rounds === 1 ? [] : [["runs", `${rounds} each, in turn; the median is shown`] as const]),
        ["card", `${first!.team.h2cCount} H2C and ${first!.team.c2hCount} C2H channels, ${values.link}, MSI-X`],
        ["SHA-256", `in  ${sha256In}`],
        ["", `out ${all.every(({ sha256Out }) => sha256Out === sha256In) ? sha256In : "differs"}`],
      ]),
      "",
      ...tableLines(COLUMNS, results.map(cellsOf)),
      "",
      ...wrapped(
        "Wall time, throughput (bytes of the data each way) and latency are of this machine and this moment: they " +
          "differ from run to run. Card: what its own clock says, which runs as fast as it can. Each piece goes " +
          "back as soon as it is on the card.",
      ),
    ],
    verdict: verdict(results, failures.length),
    failures,
  };
}

/** One run with its figures, or a sentence about the Worker that hangs. */
function measured(
  { name, ...team }: Team,
  { link }: Values,
  host: Host,
  bytes: Uint8Array,
  trace: Tracer | undefined,
  onProgress: (share: number) => void,
): Promise<Measured | string> {
  const submittedMs = new Map<number, number>();
  const latenciesNs: number[] = [];
  let [firstMs, lastMs, share] = [0, 0, 0];
  let looking: ReturnType<typeof setInterval> | undefined;
  const { promise, resolve, reject } = Promise.withResolvers<Measured | string>();
  const options: ThreadRoundTripOptions = {
    ...team,
    bytes,
    card: { link },
    ...(trace === undefined ? {} : { trace }),
    onStarted: (scheduler) => {
      const { descriptorsPerSlot, elementBytes } = scheduler.sizes;
      share = 1 / (2 * Math.ceil(bytes.length / (team.pieceBytes ?? descriptorsPerSlot * elementBytes)));
      firstMs = host.nowMs();
      const watch = new WorkerWatch();
      looking = setInterval(() => {
        const found = watch.look(scheduler.look());
        if (found !== null) resolve(`${found}; ${counted(scheduler.outstanding, "request")} did not come back`);
      }, LOOK_MS);
    },
    onSubmitted: (request) => void submittedMs.set(request, host.nowMs()),
    onCompleted: (request) => {
      lastMs = host.nowMs();
      latenciesNs.push(Math.round((lastMs - submittedMs.get(request)!) * 1e6));
      onProgress(latenciesNs.length * share);
    },
  };
  runRoundTripOnThreads(options, (result) => {
    const wallNs = Math.round((lastMs - firstMs) * 1e6);
    sha256(result.bytes).then(
      (sha256Out) => resolve({ ...result, team: { name, ...team }, sha256Out, wallNs, latenciesNs }),
      reject,
    );
  });
  return promise.finally(() => clearInterval(looking));
}

function hangs(lengthBytes: number, sha256In: string, sentence: string): Told {
  const verdict = "Broken: a Worker hangs, see the error stream.";
  return { bytes: lengthBytes, sha256In, sha256Out: null, rows: [], lines: [], verdict, failures: [sentence] };
}

const COLUMNS = [
  words("team"),
  words("Workers"),
  figures("wall time"),
  figures("throughput"),
  figures("transfers/s"),
  figures("p50"),
  figures("p99"),
  figures("card"),
];

function rate(count: number, wallNs: number): number {
  return wallNs === 0 ? 0 : count * 1e9 / wallNs;
}

/** `card, dispatch × 2, dpc`. */
function namesOf({ workers }: Measured): string {
  const counts = new Map<string, number>();
  for (const { worker } of workers) {
    const role = worker.replace(/:\d+$/, "");
    counts.set(role, (counts.get(role) ?? 0) + 1);
  }
  return [...counts].map(([role, count]) => count === 1 ? role : `${role} × ${count}`).join(", ");
}

function cellsOf(result: Measured): string[] {
  const { p50Ns, p99Ns } = latencyFigures(result.latenciesNs);
  return [
    result.team.name,
    namesOf(result),
    milliseconds(result.wallNs),
    gigabytesPerSecond(rate(result.bytes.length, result.wallNs)),
    grouped(rate(result.completed, result.wallNs)),
    microseconds(p50Ns),
    microseconds(p99Ns),
    microseconds(result.card?.nowNs ?? 0),
  ];
}

function rowOf(result: Measured): Row {
  const { team, requests, completed, failed, missing, twice, settled, wallNs, misuse, card, workers } = result;
  return {
    strategy: team.name,
    engine: "threads",
    // They depend on how the threads met: simulatedNs is of the card's clock, the others are of the wall's.
    notReproducible: ["simulatedNs", "wallNs", "bytesPerSecond", "p50Ns", "p99Ns", "lastLatencyNs", "workers"],
    simulatedNs: card?.nowNs ?? 0,
    wallNs,
    boundNs: 0,
    utilisation: 0,
    bytesPerSecond: Math.round(rate(result.bytes.length, wallNs)),
    requests,
    completed,
    failed,
    lost: missing,
    twice,
    settled,
    misuse: misuse?.count ?? 0,
    sha256Out: result.sha256Out,
    ...latencyFigures(result.latenciesNs),
    mapRegistersPeak: 0,
    workers: workers.map(({ worker, handled }) => ({ worker, handled })),
  };
}

function failuresOf(result: Measured, sha256In: string): string[] {
  const { team: { name }, sha256Out, requests, completed, failed, missing, twice, settled, lost, misuse } = result;
  const failures: string[] = [];
  if (lost !== null) {
    const settledToo = `${counted(settled, "request")} settled`;
    failures.push(`${name}: the Worker ${lost.worker} was lost, ${settledToo}: ${lost.why}`);
  }
  if (sha256Out !== sha256In) failures.push(`${name}: what came back is not what was sent (SHA-256 ${sha256Out})`);
  if (completed !== requests) failures.push(`${name}: ${completed} of ${requests} requests completed`);
  if (failed > 0) failures.push(`${name}: ${counted(failed, "request")} failed`);
  if (missing > 0) failures.push(`${name}: ${counted(missing, "request")} never completed`);
  if (twice > 0) failures.push(`${name}: ${counted(twice, "request")} completed twice`);
  if (misuse !== null) {
    failures.push(`${name}: ${misuse.count} steps broke a rule, first ${JSON.stringify(misuse.notes)}`);
  }
  return failures;
}

function verdict(results: readonly Measured[], failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  const [one, other] = results;
  const intact = "Every byte came back; nothing lost, nothing twice, no rule broken.";
  if (other === undefined) {
    return `${intact} ${counted(one!.requests, "transfer")} on ${one!.workers.length} Workers, ${
      grouped(rate(one!.completed, one!.wallNs))
    } a second this time.`;
  }
  const ratio = other.wallNs === 0 ? 0 : one!.wallNs / other.wallNs;
  return `${intact} ${other.team.name} moved ${grouped(ratio, 2)} times what ${one!.team.name} did, this time: the ` +
    "transfer stage carries every byte and is most of the work, so sum / max of the stages promises little; the rest " +
    "is what this machine has of processors.";
}
