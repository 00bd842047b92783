/**
 * The main job: a file goes host → card over the H2C channels and card → host over the C2H channels, in pieces, under
 * every strategy; what comes back must be what went in, to the byte.
 */
import { defaultPieceBytes, LOWER_BOUND_FORMULA, runRoundTrip } from "../mod.ts";
import type { RoundTripResult } from "../mod.ts";
import { tellOnThreads } from "./on_threads.ts";
import { BadArgument } from "./options.ts";
import type { Values } from "./options.ts";
import { ProgressBar } from "./progress.ts";
import { channelNames } from "./recording.ts";
import { sha256 } from "./sha256.ts";
import type { Host, Recorder, Row, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { binaryBytes, counted, gigabytesPerSecond, grouped, microseconds, percent } from "./units.ts";

/** The file that goes if none is given: the largest of the repository, every lifecycle as a drawing. */
const DEFAULT_FILE = "docs/lifecycles.md";

/** `eight-channels`. */
export const eightChannels: Story = {
  name: "eight-channels",
  title: "a file goes to the card and comes back over all H2C and C2H channels, under every strategy",
  options: ["file", "strategy", "adapters", "explain", "threads", "dispatchers"],
  fallbacks: { file: DEFAULT_FILE },
  without: {},
  tell,
};

const LARGEST_BYTES = 1024 ** 3;

async function tell(values: Values, host: Host, recorder: Recorder): Promise<Told> {
  const { channels: { h2cCount, c2hCount }, strategy: names } = values;
  if (h2cCount === 0 || c2hCount === 0) {
    throw new BadArgument(`Cannot use "${h2cCount},${c2hCount}" as --channels: expected at least one channel each way`);
  }
  const path = values.file;
  const bytes = await (path === DEFAULT_FILE ? host.readOwnFile(path) : host.readFile(path));
  if (typeof bytes === "string") throw new BadArgument(bytes);
  if (bytes.length === 0) {
    throw new BadArgument(`Cannot send --file "${path}": it is empty, expected at least one byte`);
  }
  if (bytes.length > LARGEST_BYTES) {
    const limit = `expected at most ${binaryBytes(LARGEST_BYTES)}`;
    throw new BadArgument(`Cannot send --file "${path}": it has ${binaryBytes(bytes.length)}, ${limit}`);
  }

  if (values.threads) {
    const { dispatchers: dispatcherCount } = values;
    const pieceBytes = defaultPieceBytes(bytes.length, Math.min(h2cCount, c2hCount));
    const engines = { h2cCount, c2hCount, dispatcherCount, pieceBytes };
    const team = { name: "isr-reprogram", pipeline: "interrupts", ...engines } as const;
    return tellOnThreads({ values, host, recorder, name: path, bytes, teams: [team] });
  }

  if (values.dispatchers > 1) host.err("Note: --dispatchers changes nothing without --threads");
  const sha256In = await sha256(bytes);
  const bar = new ProgressBar(host);
  const results: (RoundTripResult & { readonly sha256Out: string })[] = [];
  for (const [index, strategy] of names.entries()) {
    const { seed, link, iommu, polling, engine } = values;
    const onProgress = (share: number): void => bar.show((index + share) / names.length, strategy);
    const options = { bytes, strategy, seed, h2cCount, c2hCount, link, iommu, polling, engine, onProgress };
    const result = recorder.record(
      { name: `eight-channels-${strategy}`, channels: channelNames(h2cCount, c2hCount), alone: names.length === 1 },
      (trace) => runRoundTrip({ ...options, trace, system: { adapters: values.adapters } }),
    );
    results.push({ ...result, sha256Out: await sha256(result.bytes) });
  }
  bar.end();

  const failures = results.flatMap((result) => failuresOf(result, sha256In));
  const pieceBytes = defaultPieceBytes(bytes.length, Math.min(h2cCount, c2hCount));
  const outs = new Set(results.map(({ sha256Out }) => sha256Out));
  const sha256Out = outs.size === 1
    ? results[0]!.sha256Out
    : results.find((one) => one.sha256Out !== sha256In)!.sha256Out;
  return {
    bytes: bytes.length,
    sha256In,
    sha256Out,
    rows: results.map(rowOf),
    lines: [
      ...factLines([
        [
          "file",
          `${path}, ${counted(bytes.length, "byte")} in ${counted(results[0]!.requests / 2, "piece")} of ${
            binaryBytes(pieceBytes)
          }`,
        ],
        [
          "card",
          `${h2cCount} H2C and ${c2hCount} C2H channels, ${values.link}, ${
            values.polling ? "polled write-back" : "MSI-X"
          }`,
        ],
        [
          "host",
          `${values.iommu ? "IOMMU on" : "no IOMMU"}, lifecycles as ${
            values.engine === "chart" ? "XState actors" : "table rows"
          }`,
        ],
        ["SHA-256", `in  ${sha256In}`],
        ["", `out ${outs.size === 1 ? sha256Out : "differs between strategies"}`],
      ]),
      "",
      ...tableLines(COLUMNS, results.map(cellsOf)),
      "",
      ...wrapped(
        "Bound: no driver that pays for its requests as this strategy does is faster, from link and CPU alone " +
          "(--explain). Utilisation: share of all engines' time " +
          "with a transfer in it. Throughput: bytes of the file each way; 1 GB/s = 1e9 bytes a second. Idle: mean " +
          "time per transfer from an engine's interrupt to its next doorbell, where work was waiting.",
      ),
      ...(values.explain ? ["", ...explained(results)] : []),
    ],
    verdict: verdict(results, failures.length),
    failures,
  };
}

const COLUMNS = [
  words("strategy"),
  figures("simulated"),
  figures("bound"),
  figures("× bound"),
  figures("utilisation"),
  figures("throughput"),
  figures("p50"),
  figures("p99"),
  figures("idle"),
  figures("map regs"),
];

function cellsOf(result: RoundTripResult): string[] {
  return [
    result.strategy,
    microseconds(result.simulatedNs),
    microseconds(result.bound.boundNs),
    grouped(result.simulatedNs / result.bound.boundNs, 2),
    percent(result.utilisation),
    gigabytesPerSecond(result.bytesPerSecond),
    microseconds(result.p50Ns),
    microseconds(result.p99Ns),
    microseconds(result.idlePerTransferNs, 2),
    grouped(result.mapRegistersPeak),
  ];
}

function rowOf(result: RoundTripResult & { readonly sha256Out: string }): Row {
  const { bytes: _bytes, bound: { boundNs }, violations, cancelled: _cancelled, ...figuresOfRow } = result;
  return { ...figuresOfRow, boundNs, violations: violations.map(({ sentence }) => sentence) };
}

function failuresOf(result: RoundTripResult & { readonly sha256Out: string }, sha256In: string): string[] {
  const { strategy, failed, lost, twice, violations, sha256Out } = result;
  const failures = violations.map(({ invariant, sentence }) => `${strategy} breaks ${invariant}: ${sentence}`);
  if (sha256Out !== sha256In) failures.push(`${strategy}: what came back is not what was sent (SHA-256 ${sha256Out})`);
  if (failed > 0) failures.push(`${strategy}: ${counted(failed, "request")} failed`);
  if (lost > 0) failures.push(`${strategy}: ${counted(lost, "request")} never completed`);
  if (twice > 0) failures.push(`${strategy}: ${counted(twice, "request")} completed twice`);
  return failures;
}

/** The lower bound: formula, letters, and its parts for every strategy and pass. */
function explained(results: readonly RoundTripResult[]): string[] {
  const parts = results.flatMap(({ strategy, bound }) =>
    bound.passes.map(({ cpuNs, channelNs, h2cNs, c2hNs, upwardNs, boundNs }, pass) => [
      pass === 0 ? strategy : "",
      `${pass + 1} of ${bound.passes.length}`,
      ...[cpuNs, channelNs, h2cNs, c2hNs, upwardNs, boundNs].map((ns) => microseconds(ns)),
    ])
  );
  const resources = ["CPU", "channel", "H2C wire", "C2H wire", "upward", "the largest"].map(figures);
  return [
    ...wrapped(`bound = ${LOWER_BOUND_FORMULA}`),
    "",
    ...tableLines([words("strategy"), words("pass"), ...resources], parts),
    "",
    ...wrapped(
      "The file goes in passes, each of which begins when the one before is complete. O: what a request occupies a " +
        "processor for, setup or copy. D: a piece alone on its link. Li: the ISR between two doorbells. L: what " +
        "follows the last interrupt, ISR, post and, where it is certain, DPC. R: round trips before the first byte. " +
        "T_m: the payload of the pass at full link speed, less what processors can have set up in m turns.",
    ),
  ];
}

/** Not ranked, and why. */
const NO_RIVALS: Readonly<Record<string, string>> = {
  registered: "Windows offers no static map registers to keep",
  "xdma-literal": "its races may be lost",
};

/** Who keeps the card busy, and why; from the figures alone. */
function verdict(results: readonly RoundTripResult[], failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  const intact = "Every byte came back; nothing lost, nothing twice.";
  const share = ({ bound, simulatedNs }: RoundTripResult): string =>
    `${percent(bound.boundNs / simulatedNs)} of what link and CPU allow`;
  const rivals = results.filter(({ strategy }) => !(strategy in NO_RIVALS)).sort((a, b) =>
    a.simulatedNs - b.simulatedNs
  );
  const [best] = rivals;
  const worst = rivals.at(-1);
  if (best === undefined || worst === undefined) {
    return `${intact} ${results[0]!.strategy} reaches ${share(results[0]!)}.`;
  }
  if (best === worst) return `${intact} ${best.strategy} reaches ${share(best)}.`;
  const first = rivals.filter(({ simulatedNs }) => simulatedNs === best.simulatedNs).map(({ strategy }) => strategy);
  const who = first.length > 2 ? `${first.slice(0, 2).join(", ")} and ${first.length - 2} more` : first.join(" and ");
  const are = first.length === 1 ? "is" : "are";
  const ratio = `${grouped(worst.simulatedNs / best.simulatedNs, 2)} times as fast as ${worst.strategy}`;
  if (rivals.every(({ idlePerTransferNs }) => idlePerTransferNs === 0)) {
    const few = "So few pieces never queue for an engine: what one request costs decides.";
    return `${intact} ${few} ${who} ${are} first, ${ratio}.${unranked(results, best)} A larger --file shows more.`;
  }
  const why = worst.idlePerTransferNs > best.idlePerTransferNs
    ? `between transfers its engines wait ${microseconds(best.idlePerTransferNs)}, those of ${worst.strategy} ${
      microseconds(worst.idlePerTransferNs)
    }`
    : "what a request costs the CPU decides here, not how long engines wait";
  return `${intact} ${who} ${are} fastest: ${share(best)}, ${ratio}; ${why}.${unranked(results, best)}`;
}

/** What is as fast as the best, or faster, and not ranked: said, since the table shows it. */
function unranked(results: readonly RoundTripResult[], best: RoundTripResult): string {
  return results.filter(({ strategy, simulatedNs }) => strategy in NO_RIVALS && simulatedNs <= best.simulatedNs)
    .map(({ strategy }) => ` Not ranked: ${strategy}, because ${NO_RIVALS[strategy]}.`).join("");
}
