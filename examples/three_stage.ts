/**
 * Seed 000: three threads (map and build, transfer, put and unmap) instead of one brought 20 % more data. That is what
 * (pre + post) = 0.2 × transfer gives; the general law is 1/max of the stages against 1/sum (S0-34, S0-35).
 */
import { BURST_TIMES, Prng, runThreeStage, stagesOf } from "../mod.ts";
import type { ThreeStageResult } from "../mod.ts";
import { expectBytes, expectTime } from "./feasible.ts";
import { MAXIMUM_PIECE_BYTES, tellOnThreads } from "./on_threads.ts";
import { BadArgument } from "./options.ts";
import type { Values } from "./options.ts";
import { burstRow, failuresOf } from "./figures_of_row.ts";
import { underBar } from "./progress.ts";
import { channelNames } from "./recording.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { binaryBytes, counted, grouped, microseconds } from "./units.ts";

/** `three-stage`. */
export const threeStage: Story = {
  name: "three-stage",
  title: "three threads instead of one: where 20 % more data rate comes from",
  options: ["transfers", "bytes", "dma-ns", "threads"],
  fallbacks: { transfers: "24" },
  without: {
    channels: "one pipeline on one channel, h2c0, or c2h0 with 0 H2C channels",
    link: "the engine takes exactly --dma-ns from doorbell to interrupt",
    polling: "the transfer thread sleeps until the interrupt",
  },
  tell,
};

/** (pre + post) / transfer, that of the seed among others. */
const SHARES = [0.05, 0.1, 0.2, 0.5, 1, 1.5, 2] as const;
const SEED_SHARE = 0.2;
/** Interrupt, DPC and wake-up, which belong to the transfer stage. */
const WAKE_UP_NS = 53_000;

function tell(values: Values, host: Host, recorder: Recorder): Promise<Told> | Told {
  const { transfers: transferCount, bytes: transferBytes, seed, engine, iommu } = values;
  if (values.threads) return onThreads(values, host, recorder);
  const transferNs = values["dma-ns"] + WAKE_UP_NS;
  if (values["dma-ns"] === 0) {
    throw new BadArgument(`Cannot use "0" as --dma-ns: expected at least 1 ns for a transfer`);
  }
  if (transferCount < 2) throw new BadArgument(`Cannot use "1" as --transfers: a rate needs at least two`);
  expectBytes(transferCount, transferBytes);
  expectTime(transferCount, transferCount * transferNs * (1 + Math.max(...SHARES)));
  const direction = values.channels.h2cCount === 0 ? "c2h" : "h2c";
  const options = { transferCount, transferBytes, direction, seed, engine, iommu } as const;
  const channels = channelNames(direction === "h2c" ? 1 : 0, direction === "c2h" ? 1 : 0);
  const results = underBar(host, SHARES, (share) => `(pre + post) = ${share} × transfer`, (share) =>
    runThreeStage({
      ...options,
      stages: stagesOf(transferNs, share),
      record: (driver, run) => recorder.record({ name: `three-stage-${share * 100}-percent-${driver}`, channels }, run),
    }));
  const failures = results.flatMap(({ serial, pipelined }) => [
    ...failuresOf("one thread", serial),
    ...failuresOf("three threads", pipelined),
  ]);
  const seeds = results[SHARES.indexOf(SEED_SHARE)]!;
  return {
    bytes: transferCount * transferBytes,
    sha256In: null,
    sha256Out: null,
    rows: results.flatMap(({ serial, pipelined, rateRatio, lawRatio }, index) =>
      [serial, pipelined].map((result) => ({
        ...burstRow(result, transferCount, transferBytes),
        share: SHARES[index]!,
        rateRatio,
        lawRatio,
      }))
    ),
    lines: [
      ...factLines([
        [
          "transfers",
          `${counted(transferCount, "transfer")} of ${binaryBytes(transferBytes)} on ${direction}0, all at t = 0`,
        ],
        ["pre", "map, build the list, write descriptors: 80 % of (pre + post)"],
        [
          "transfer",
          `${microseconds(transferNs, 0)} from the start until the thread runs again: engine, interrupt, DPC, wake-up`,
        ],
        ["post", "put the list, unmap, complete: the rest"],
      ]),
      "",
      ...tableLines(COLUMNS, results.map(cellsOf)),
      "",
      ...wrapped(
        "Rates are those of the full pipeline, from the first completion to the last. One thread: " +
          "AllocateAdapterChannel to FlushAdapterBuffers, then the next. Three threads: each list moves " +
          "pre → transfer → post once.",
      ),
    ],
    verdict: verdict(seeds, failures.length),
    failures,
  };
}

/** The pipeline itself on Workers, there and back on one channel each way, beside one Worker that does all of it. */
function onThreads(values: Values, host: Host, recorder: Recorder): Promise<Told> {
  const { transfers: transferCount, bytes: transferBytes, seed } = values;
  if (transferBytes % 4096 !== 0 || transferBytes > MAXIMUM_PIECE_BYTES) {
    const expected = `expected whole pages, at most ${MAXIMUM_PIECE_BYTES} bytes`;
    throw new BadArgument(`Cannot use "${transferBytes}" as --bytes with --threads: ${expected}`);
  }
  const random = new Prng(seed);
  const words = Uint32Array.from({ length: transferCount * transferBytes / 4 }, () => random.below(2 ** 32));
  const one = { h2cCount: 1, c2hCount: 1, pieceBytes: transferBytes };
  return tellOnThreads({
    values,
    host,
    recorder,
    name: "drawn from the seed",
    rounds: 3,
    bytes: new Uint8Array(words.buffer),
    teams: [
      { name: "one thread", pipeline: "one-thread", ...one },
      { name: "three-stage", pipeline: "three-stage", ...one },
    ],
  });
}

const COLUMNS = [
  figures("(pre + post) / transfer"),
  figures("pre"),
  figures("transfer"),
  figures("post"),
  figures("one thread"),
  figures("three threads"),
  figures("rate ratio"),
  figures("sum / max"),
  words("bound by"),
];

function cellsOf({ stages, serialPerSecond, pipelinedPerSecond, rateRatio, lawRatio }: ThreeStageResult): string[] {
  const { preNs, transferNs, postNs } = stages;
  const longest = Math.max(preNs, transferNs, postNs);
  return [
    grouped((preNs + postNs) / transferNs, 2),
    microseconds(preNs),
    microseconds(transferNs),
    microseconds(postNs),
    `${grouped(serialPerSecond)} /s`,
    `${grouped(pipelinedPerSecond)} /s`,
    grouped(rateRatio, 4),
    grouped(lawRatio, 4),
    longest === transferNs ? "transfer" : longest === preNs ? "pre" : "post",
  ];
}

function verdict({ rateRatio, lawRatio }: ThreeStageResult, failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  const gain = `${grouped((rateRatio - 1) * 100, 1)} %`;
  const law = Math.abs(rateRatio - lawRatio) < 0.01 ? "as the law says" : `where the law says ${grouped(lawRatio, 3)}`;
  const { setupNs, dmaNs } = BURST_TIMES;
  const overlap = grouped(setupNs / dmaNs * 100);
  return `With (pre + post) = 0.2 × transfer, three threads move ${gain} more: ${
    grouped(rateRatio, 3)
  } times the rate, ${law}. ` +
    `Where setup is ${grouped(setupNs / 1000)} µs and a transfer ${
      grouped(dmaNs / 1000)
    } µs, overlapping all of it would give ${overlap} %.`;
}
