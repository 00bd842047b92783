/**
 * `deno task worlds`: seeded random worlds, each held to the invariants X-1 … X-6. A seed repeats its world. With
 * `--engines` each is told under every strategy by charts and by tables, and the two traces must be the same.
 */
import { parseArgs } from "@std/cli/parse-args";
import { complaints, drawWorld, runWorld, tellWorld } from "../actors/runs/random_world.ts";
import { STRATEGIES } from "../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../actors/scheduler/strategy.ts";
import { say } from "../examples/terminal.ts";
import { Recorder } from "../trace/event.ts";
import { refuse, wholeNumber } from "./arguments.ts";

const HELP = `deno task worlds [--seeds 1000] [--first 0] [--verbose | --engines]

Runs random machines (sizes, strategies, IOMMU, page layouts, channel counts, scarce map registers) and holds the
invariants X-1 to X-6 in each.

  --seeds N     how many worlds, one a seed
  --first SEED  the first seed; the same seed gives the same world
  --verbose     print the options of each world
  --engines     instead, tell each world under every strategy by charts and by tables, and compare the traces
  --help        this text

Exit status: 0 all held, 1 a world broke, 2 not understood.`;

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["seeds", "first"],
    boolean: ["help", "verbose", "engines"],
    alias: { h: "help" },
    unknown: (name) => refuse(`Cannot understand ${name}: expected --seeds N, --first SEED, --engines or --verbose`),
  });
  if (flags.help) {
    say(HELP);
    return 0;
  }
  const count = wholeNumber("--seeds", flags.seeds ?? "1000", 1);
  const first = wholeNumber("--first", flags.first ?? "0", 0);
  if (flags.engines) return compareEngines(first, count);
  let broken = 0;
  let requests = 0;
  for (let seed = first; seed < first + count; seed++) {
    const found = judge(seed, (more) => requests += more);
    if (flags.verbose) say(`${seed} ${JSON.stringify(drawWorld(seed).options)}`);
    if (found.length === 0) continue;
    broken++;
    say(`world ${seed} (${drawWorld(seed).options.strategy})`);
    for (const sentence of found) say(`  ${sentence}`);
    say(`  repeat: deno task worlds --seeds 1 --first ${seed} --verbose`);
  }
  say(
    `${count} worlds, ${requests} requests: ` + (broken === 0 ? "X-1 … X-6 hold in all" : `${broken} worlds broke`),
  );
  return broken === 0 ? 0 : 1;
}

function compareEngines(first: number, count: number): number {
  const strategies = Object.keys(STRATEGIES) as StrategyName[];
  let broken = 0;
  let events = 0;
  for (let seed = first; seed < first + count; seed++) {
    for (const strategy of strategies) {
      const [told, retold] = (["chart", "table"] as const).map((engine) => {
        const recorder = new Recorder();
        tellWorld(seed, strategy, engine, recorder);
        events += recorder.events.length / 2;
        return recorder.toJsonLines();
      });
      if (told === retold) continue;
      broken++;
      say(`world ${seed}, ${strategy}: charts and tables tell different stories`);
    }
  }
  const pairs = `${count} worlds under ${strategies.length} strategies, ${events} events`;
  say(`${pairs}: ${broken === 0 ? "charts and tables tell the same story of all" : `${broken} differ`}`);
  return broken === 0 ? 0 : 1;
}

function judge(seed: number, count: (requests: number) => void): string[] {
  try {
    const world = runWorld(seed);
    count(world.result.requests);
    return complaints(world);
  } catch (error) {
    return [`our own bug: ${error instanceof Error ? error.message : error}`];
  }
}

if (import.meta.main) Deno.exit(main());
