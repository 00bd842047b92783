/**
 * Seed 003: people start 8 to 24 transfers at once, and one channel serialises them. Each costs 160 µs of setup and
 * 360 µs of transfer: what is added to the last one, and which driver gives it back?
 */
import { runBurst, STRATEGIES } from "../mod.ts";
import type { BurstResult, BurstTimes } from "../mod.ts";
import { expectBytes, expectTime } from "./feasible.ts";
import { burstRow, failuresOf, gapNs } from "./figures_of_row.ts";
import { BadArgument } from "./options.ts";
import type { Values } from "./options.ts";
import { underBar } from "./progress.ts";
import { channelNames } from "./recording.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { binaryBytes, counted, grouped, microseconds, milliseconds, percent } from "./units.ts";

const FIXED = "the engine takes exactly --dma-ns from doorbell to interrupt";

/** `burst`. */
export const burst: Story = {
  name: "burst",
  title: "8 to 24 transfers start together on one channel: what setup costs the last one, and how to get it back",
  options: ["strategy", "transfers", "bytes"].concat(
    ["setup-ns", "dma-ns", "isr-ns", "dpc-ns", "post-ns", "wake-ns", "copy-ns"],
  ) as Story["options"],
  fallbacks: {},
  without: {
    channels: "the burst is on one channel, h2c0, or c2h0 with 0 H2C channels",
    link: FIXED,
    polling: "its formulas are those of interrupts",
  },
  tell,
};

/** Frames a second of the video people of the seed, and the two ends of their bursts (S3-5, S3-8). */
const FRAME_RATES = [120, 240] as const;
const BURSTS = [8, 24] as const;
/** An uncompressed UHD frame, in bytes (S3-17). */
const UHD_BYTES = 30e6;

function tell(values: Values, host: Host, recorder: Recorder): Told {
  const times: BurstTimes = {
    setupNs: values["setup-ns"],
    dmaNs: values["dma-ns"],
    isrNs: values["isr-ns"],
    dpcNs: values["dpc-ns"],
    postNs: values["post-ns"],
    wakeNs: values["wake-ns"],
    copyNs: values["copy-ns"],
  };
  if (times.dmaNs === 0) throw new BadArgument(`Cannot use "0" as --dma-ns: expected at least 1 ns for a transfer`);
  const { transfers: transferCount, bytes: transferBytes, seed, engine, iommu } = values;
  expectBytes(transferCount, transferBytes);
  expectTime(transferCount, transferCount * Object.values(times).reduce((sum, ns) => sum + ns, 0));
  const direction = values.channels.h2cCount === 0 ? "c2h" : "h2c";
  const channels = channelNames(direction === "h2c" ? 1 : 0, direction === "c2h" ? 1 : 0);
  const results = underBar(host, values.strategy, (strategy) => strategy, (strategy) =>
    recorder.record(
      { name: `burst-${strategy}`, channels, alone: values.strategy.length === 1 },
      (trace) => runBurst({ strategy, transferCount, times, transferBytes, direction, seed, engine, iommu, trace }),
    ));
  const failures = results.flatMap((result) => failuresOf(result.strategy, result));
  return {
    bytes: transferCount * transferBytes,
    sha256In: null,
    sha256Out: null,
    rows: results.map((result) => ({
      ...burstRow(result, transferCount, transferBytes),
      formula: result.formula,
    })),
    lines: [
      ...factLines([
        [
          "burst",
          `${counted(transferCount, "transfer")} of ${binaryBytes(transferBytes)} on ${direction}0, all at t = 0`,
        ],
        ["times", timesLine(times)],
      ]),
      "",
      ...tableLines(COLUMNS, results.map(cellsOf)),
      "",
      ...wrapped(
        `L = Li + Ld.${
          conditionsLine(results)
        } Gap: from an interrupt to the next doorbell, where work was waiting. All ` +
          "transfers arrive together, so the makespan is the latency of the last one.",
      ),
      "",
      ...arithmetic(times, transferCount),
      "",
      ...frames(values, times),
    ],
    verdict: verdict(results, failures.length),
    failures,
  };
}

const COLUMNS = [
  words("strategy"),
  figures("makespan"),
  figures("closed form"),
  figures("off by"),
  figures("utilisation"),
  figures("gap"),
  words("formula"),
];

function cellsOf(result: BurstResult): string[] {
  return [
    result.strategy,
    microseconds(result.makespanNs),
    microseconds(result.boundNs),
    `${result.makespanNs - result.boundNs} ns`,
    percent(result.utilisation),
    microseconds(gapNs(result)),
    shortFormula(result),
  ];
}

/** The closed form without its condition, which {@link conditionsLine} tells. */
function shortFormula({ formula }: BurstResult): string {
  return formula.replace(CONDITION, "").replaceAll("n - 1", "n-1");
}

/** What a closed form takes for granted: `sync-recipe: while map registers last`. */
function conditionsLine(results: readonly BurstResult[]): string {
  return results.flatMap(({ strategy, formula }) => {
    const condition = formula.match(CONDITION);
    return condition === null ? [] : [` ${strategy}: ${condition[1]}.`];
  }).join("");
}

const CONDITION = /, ((?:while|if) .*)$/;

function timesLine({ setupNs, dmaNs, isrNs, dpcNs, postNs, wakeNs, copyNs }: BurstTimes): string {
  return [["S", setupNs], ["D", dmaNs], ["Li", isrNs], ["Ld", dpcNs], ["P", postNs], ["W", wakeNs], ["Cp", copyNs]]
    .map(([letter, ns]) => `${letter} ${microseconds(Number(ns), 0)}`).join("   ");
}

/** The seed's own arithmetic, put right: a share of the transfer is not a share of the whole (S3-4, S3-6, S3-7). */
function arithmetic({ setupNs, dmaNs }: BurstTimes, transferCount: number): string[] {
  const wholeNs = setupNs + dmaNs;
  const whole = `of the whole ${grouped(wholeNs / 1000)} µs it is ${percent(setupNs / wholeNs)}`;
  const extra = (count: number): string => `${milliseconds(count * setupNs)} for ${count}`;
  const counts = [...new Set([...BURSTS, transferCount])].sort((a, b) => a - b);
  return [
    `  ${percent(setupNs / dmaNs, 0)} is S/D = ${grouped(setupNs / 1000)}/${grouped(dmaNs / 1000)}; ${whole}`,
    `  setup one after the other is extra on the last transfer: ${
      counts.map(extra).join(", ")
    }; overlapped, one S is left`,
  ];
}

/** Does a burst fit a frame? By the closed forms, which the runs above equal (S3-8). */
function frames({ strategy: names }: Values, times: BurstTimes): string[] {
  const cell = (makespanNs: number, rate: number): string => {
    const spareNs = 1e9 / rate - makespanNs;
    return spareNs >= 0 ? `fits, ${milliseconds(spareNs)} spare` : `${milliseconds(-spareNs)} late`;
  };
  const columns = BURSTS.flatMap((count) =>
    FRAME_RATES.map((rate) => figures(`${count} at ${rate} Hz (${milliseconds(1e9 / rate)})`))
  );
  const rows = names.map((name) => [
    name,
    ...BURSTS.flatMap((count) => FRAME_RATES.map((rate) => cell(STRATEGIES[name].boundNs(times, count), rate))),
  ]);
  return [
    ...tableLines([words("burst in a frame"), ...columns], rows),
    "",
    `  UHD at 240 Hz is ${UHD_BYTES / 1e6} MB × 240 × 8 = ${grouped(UHD_BYTES * 240 * 8 / 1e9, 1)} Gbit/s`,
  ];
}

function verdict(results: readonly BurstResult[], failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  const off = results.filter(({ makespanNs, boundNs }) => makespanNs !== boundNs).map(({ strategy }) => strategy);
  const exact = off.length === 0
    ? "Every makespan equals its closed form to the nanosecond."
    : `Off the closed form: ${off.join(", ")}; all others equal it to the nanosecond.`;
  const typical = results.find(({ strategy }) => strategy === "new-model");
  const best = results.find(({ strategy }) => strategy === "isr-reprogram");
  if (typical === undefined || best === undefined) return exact;
  const savedNs = typical.makespanNs - best.makespanNs;
  if (savedNs === 0) return `${exact} Nothing queues, and lists before the device is free give nothing back.`;
  return `${exact} Lists before the device is free and a restart inside the ISR give the last transfer ` +
    `${microseconds(savedNs, 0)} back: ${microseconds(typical.makespanNs, 0)} become ${
      microseconds(best.makespanNs, 0)
    }, ` +
    `and the engine works ${percent(best.utilisation)} of the time instead of ${percent(typical.utilisation)}.`;
}
