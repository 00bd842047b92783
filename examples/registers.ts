/**
 * Seed 002: lists made before the device is free tie map registers up while they queue. Who pays? A 32-bit card with
 * memory above 4 GiB, a small pool, and a neighbour that lives on the same pool (S2-14 … S2-17, S3-9, S3-10).
 */
import { BURST_TIMES, bytesToPages, descriptorBytes, runRegisterScarcity, runRegistrations } from "../mod.ts";
import type { RegisterScarcityResult, RegistrationResult, StrategyName } from "../mod.ts";
import { expectBytes, expectTime } from "./feasible.ts";
import { failuresOf, latencyFigures } from "./figures_of_row.ts";
import { BadArgument } from "./options.ts";
import type { Values } from "./options.ts";
import { underBar } from "./progress.ts";
import { channelNames } from "./recording.ts";
import type { Host, Recorder, Row, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { binaryBytes, counted, grouped, microseconds, percent } from "./units.ts";

/** `registers`. */
export const registers: Story = {
  name: "registers",
  title: "map registers run short: who keeps them while requests queue, and what a neighbour pays for it",
  options: ["transfers", "bytes", "dma-ns", "map-registers"],
  fallbacks: { transfers: "24", "map-registers": "128", channels: "1,0" },
  without: {
    link: "the engine takes exactly --dma-ns from doorbell to interrupt",
    polling: "its figures are those of interrupts",
  },
  tell,
};

const NAMES: readonly StrategyName[] = ["new-model", "prealloc-queue", "isr-reprogram"];
const REGISTERED_MIB = 70;
const REGISTERED_COUNT = 10;
const BIG_POOL = 65_536;
/** Each stands for a page below 4 GiB, where other things lie too. */
const MOST_MAP_REGISTERS = 600_000;
/** The neighbour asks every 200 µs, to the end. */
const LONGEST_NS = 5e9;

function tell(values: Values, host: Host, recorder: Recorder): Told {
  const { transfers: requestCount, bytes: requestBytes, "dma-ns": dmaNs, "map-registers": mapRegisters } = values;
  const { seed, engine, iommu, channels: { h2cCount, c2hCount } } = values;
  const pages = Math.ceil(requestBytes / 4096);
  if (dmaNs === 0) throw new BadArgument(`Cannot use "0" as --dma-ns: expected at least 1 ns for a transfer`);
  if (mapRegisters < Math.max(pages, 16)) {
    const needed = `one request alone needs ${Math.max(pages, 16)}`;
    throw new BadArgument(`Cannot use "${mapRegisters}" as --map-registers: ${needed}, expected at least as many`);
  }
  if (mapRegisters > MOST_MAP_REGISTERS) {
    const expected = `expected at most ${MOST_MAP_REGISTERS}, each is a page below 4 GiB`;
    throw new BadArgument(`Cannot use "${mapRegisters}" as --map-registers: ${expected}`);
  }
  expectBytes(requestCount, requestBytes);
  const ringPages = bytesToPages(descriptorBytes(requestCount, pages + 1));
  if (ringPages > mapRegisters) {
    const why = `descriptors for as many take ${ringPages} pages, and a common buffer has no more than map registers`;
    throw new BadArgument(`Cannot use "${requestCount}" as --transfers: ${why}, ${mapRegisters} here`);
  }
  expectTime(requestCount, requestCount * (BURST_TIMES.setupNs + dmaNs), LONGEST_NS);
  const options = { mapRegisters, requestCount, requestBytes, dmaNs, seed, h2cCount, c2hCount, iommu, engine };
  const cards = [32, 64].flatMap((addressBits) => NAMES.map((strategy) => ({ strategy, addressBits })));
  const results = underBar(
    host,
    cards,
    ({ strategy, addressBits }) => `${strategy}, ${addressBits} bit`,
    (card) =>
      recorder.record(
        { name: `registers-${card.strategy}-${card.addressBits}-bit`, channels: channelNames(h2cCount, c2hCount) },
        (trace) => runRegisterScarcity({ ...options, ...card, trace }),
      ),
  );
  const failures = results.flatMap((result) => [
    ...failuresOf(`${result.strategy}, ${result.addressBits} bits`, result),
    ...(result.failed + result.competitor.refused > 0
      ? [
        `${result.strategy}: scarcity made ${
          counted(result.failed + result.competitor.refused, "request")
        } fail; it may only delay those that may wait`,
      ]
      : []),
  ]);
  const registrations = [32, 64].map((addressBits) => ({ addressBits, ...register(addressBits, seed, iommu) }));
  return {
    bytes: requestCount * requestBytes,
    sha256In: null,
    sha256Out: null,
    rows: results.map((result) => rowOf(result, requestBytes)),
    lines: [
      ...factLines([
        [
          "card",
          `${counted(requestCount, "request")} of ${binaryBytes(requestBytes)} at t = 0, every page above 4 GiB: ${
            counted(pages, "map register")
          } each`,
        ],
        ["neighbour", "a 32-bit card that asks for 16 map registers every 200 µs and keeps them for 100 µs"],
        [
          "pool",
          `${counted(mapRegisters, "map register")}, strictly first come, first served${
            iommu ? "; IOMMU on: nothing is bounced" : ""
          }`,
        ],
      ]),
      "",
      ...tableLines(COLUMNS, results.map(cellsOf)),
      "",
      ...wrapped(
        "Held: map registers of both cards; ours: of the first alone. Delayed, wait, refused: lists of the neighbour " +
          "that did not come at once, how long it waited for one, calls that failed.",
      ),
      "",
      ...results.slice(0, NAMES.length).flatMap((result) => occupancyLines(result)),
      "",
      ...registrations.map(registrationLine),
    ],
    verdict: verdict(results, failures.length),
    failures,
  };
}

const COLUMNS = [
  words("strategy"),
  figures("card"),
  figures("makespan"),
  figures("utilisation"),
  figures("held, mean"),
  figures("ours, peak"),
  figures("delayed"),
  figures("wait, mean"),
  figures("wait, longest"),
  figures("refused"),
];

function cellsOf(
  { strategy, addressBits, simulatedNs, utilisation, meanHeld, ownRegistersPeak, competitor }: RegisterScarcityResult,
): string[] {
  return [
    strategy,
    `${addressBits} bit`,
    microseconds(simulatedNs, 0),
    percent(utilisation),
    grouped(meanHeld, 1),
    grouped(ownRegistersPeak),
    `${competitor.delayed} of ${competitor.asked}`,
    microseconds(competitor.meanWaitNs, 0),
    microseconds(competitor.maxWaitNs, 0),
    grouped(competitor.refused),
  ];
}

const BARS = "▁▂▃▄▅▆▇█";
const CELLS = 72;

/** Registers held over time, as a share of the whole pool: so many signs a run, what is held in the middle of each. */
function occupancyLines({ strategy, occupancy, mapRegisters, simulatedNs }: RegisterScarcityResult): string[] {
  const sliceNs = simulatedNs / CELLS;
  const signs = Array.from({ length: CELLS }, (_, cell) => {
    const held = occupancy.findLast(({ atNs }) => atNs <= (cell + 0.5) * sliceNs)?.held ?? 0;
    return BARS[Math.min(BARS.length - 1, Math.floor(held / mapRegisters * BARS.length))];
  });
  return [`  ${strategy.padEnd(14)}  ${signs.join("")}  ${microseconds(simulatedNs, 0)}`];
}

function register(addressBits: number, seed: number | string, iommu: boolean): RegistrationResult {
  const bufferBytes = REGISTERED_MIB * 1024 * 1024;
  const bufferCount = REGISTERED_COUNT;
  return runRegistrations({ addressBits, bufferCount, bufferBytes, mapRegisters: BIG_POOL, seed, iommu });
}

function registrationLine(
  { addressBits, granted, waiting, registersHeld }: RegistrationResult & { addressBits: number },
): string {
  const who = `  ${REGISTERED_COUNT} registered buffers of ${REGISTERED_MIB} MiB, ${
    grouped(BIG_POOL)
  } map registers, ${addressBits}-bit card:`;
  const ending = waiting > 0 ? `${waiting} wait for ever` : "none waits";
  return `${who} ${granted} lists hold ${grouped(registersHeld)}, ${ending}`;
}

function rowOf(result: RegisterScarcityResult, requestBytes: number): Row {
  const { occupancy: _, latenciesNs, competitor, violations, ...more } = result;
  return {
    ...more,
    ...latencyFigures(latenciesNs),
    bytesPerSecond: result.simulatedNs === 0 ? 0 : result.requests * requestBytes * 1e9 / result.simulatedNs,
    competitor: { ...competitor },
    violations: violations.map(({ sentence }) => sentence),
  };
}

function verdict(results: readonly RegisterScarcityResult[], failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  const find = (strategy: StrategyName, bits: number): RegisterScarcityResult =>
    results.find((result) => result.strategy === strategy && result.addressBits === bits)!;
  const naive = find("new-model", 32);
  const queued = find("prealloc-queue", 32);
  const wide = find("prealloc-queue", 64);
  const held = queued.meanHeld + naive.meanHeld === 0
    ? "no map register is held"
    : `both cards together hold ${grouped(queued.meanHeld, 1)} map registers instead of ${grouped(naive.meanHeld, 1)}`;
  const unfair = queued.competitor.meanWaitNs > naive.competitor.meanWaitNs
    ? `the neighbour waits ${microseconds(queued.competitor.meanWaitNs, 0)} on average instead of ${
      microseconds(naive.competitor.meanWaitNs, 0)
    }`
    : "the neighbour waits no longer for it: nothing is scarce here";
  const finish = queued.simulatedNs < naive.simulatedNs
    ? `finish in ${microseconds(queued.simulatedNs, 0)} instead of ${microseconds(naive.simulatedNs, 0)}`
    : `finish no earlier here, in ${microseconds(queued.simulatedNs, 0)}`;
  const scarce = results.some(({ competitor }) => competitor.delayed > 0)
    ? "Scarcity delays requests that may wait; a synchronous one it refuses. "
    : "";
  return `Lists made in advance ${finish}, and ${held}; ${unfair}. ${scarce}` +
    `A 64-bit scatter/gather card takes no map register, and its neighbour waits ${
      microseconds(wide.competitor.meanWaitNs, 0)
    }.`;
}
