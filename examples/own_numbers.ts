/**
 * Your own card and host as figures in a JSON file: link, setup, latencies and the mix of requests.
 * `deno run --allow-read examples/own_numbers.ts [FILE]`; without a file it reads `own_numbers.json` beside it. A field
 * that cannot be is named by its path, with what it is and what was expected, and exit status 2.
 */
import { allocateBuffer, BURST_COSTS, costs, InvariantWatch, percentile, Prng, System } from "../mod.ts";
import type { StrategyName } from "../mod.ts";
import { numbersOf } from "./numbers_file.ts";
import type { Numbers } from "./numbers_file.ts";
import { Unfit } from "./numbers_reader.ts";
import { figures, tableLines, words } from "./table.ts";
import { gigabytesPerSecond, microseconds, percent } from "./units.ts";

/** A row of the table, its 99th percentile, and what broke. */
interface Row {
  readonly cells: string[];
  readonly p99: number;
  readonly broken: readonly string[];
}

function run({ card, host, load }: Numbers, strategy: StrategyName): Row {
  const { processors, ...hostTimes } = host;
  const maximumTransferBytes = Math.max(...load.mix.map(({ bytes }) => bytes));
  const system = new System({
    ...card,
    strategy,
    processors,
    costs: costs(BURST_COSTS, hostTimes),
    maximumTransferBytes,
  });
  const watch = new InvariantWatch(system);
  const prng = new Prng("own numbers");
  const bag = load.mix.flatMap((kind) => Array.from({ length: kind.share }, () => kind));
  const requests = Array.from({ length: load.requestCount }, (_, tag) => {
    const { channelIndex, bytes: lengthBytes } = prng.pick(bag);
    const { mdl } = allocateBuffer(system, lengthBytes);
    return { channelIndex, mdl, lengthBytes, cardAddress: 0, tag, directIo: true };
  });
  const latencies: number[] = [];
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    latencies.push(request.completedNs - request.arrivedNs);
  });
  system.scheduler.start(requests);
  let atNs = 0;
  for (const request of requests) {
    system.clock.at(atNs += prng.below(2 * load.gapNs + 1), () => {
      watch.submitted(request.tag, request.channelIndex);
      system.scheduler.submit(request);
    });
  }
  const endNs = system.run();
  const broken = watch.verdict().map(({ sentence }) => `${strategy}: ${sentence}`);
  latencies.sort((left, right) => left - right);
  const moved = requests.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  const busy = system.channels.reduce((sum, { deviceBusyNs }) => sum + deviceBusyNs, 0) / system.channels.length /
    endNs;
  const [p50, p99] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  const cells = [
    strategy,
    gigabytesPerSecond(moved * 1e9 / endNs),
    percent(busy),
    microseconds(p50),
    microseconds(p99),
  ];
  return { cells, p99, broken };
}

const path = Deno.args[0] ?? new URL("./own_numbers.json", import.meta.url);
try {
  const numbers = numbersOf(Deno.readTextFileSync(path));
  const results = numbers.strategies.map((strategy) => ({ strategy, ...run(numbers, strategy) }));
  const columns = [words("strategy"), figures("throughput"), figures("utilisation"), figures("p50"), figures("p99")];
  for (const line of tableLines(columns, results.map(({ cells }) => cells))) console.log(line);
  const broken = results.flatMap((result) => result.broken);
  for (const sentence of broken) console.error(sentence);
  const best = results.reduce((least, result) => result.p99 < least.p99 ? result : least);
  if (broken.length === 0) console.log(`ok: by its 99th percentile, ${best.strategy} suits these numbers best`);
  else console.log("not ok: an invariant broke");
  Deno.exitCode = broken.length === 0 ? 0 : 1;
} catch (error) {
  const { IsADirectory, NotCapable, NotFound } = Deno.errors;
  const expected = [Unfit, RangeError, SyntaxError, IsADirectory, NotCapable, NotFound];
  if (!expected.some((kind) => error instanceof kind)) throw error;
  console.error(`Cannot use ${path}: ${error instanceof Error ? error.message : error}`);
  Deno.exitCode = 2;
}
