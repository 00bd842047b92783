/**
 * `deno task worlds`: seeded random worlds, each held to the invariants X-1 … X-6. A seed repeats its world. With
 * `--engines` each is told under every strategy by charts and by tables, and the two traces must be the same.
 */
import { parseArgs } from "@std/cli/parse-args";
import { complaints, drawWorld, runWorld, tellWorld } from "../actors/runs/random_world.ts";
import type { WorldResult } from "../actors/runs/random_world.ts";
import { drawTrouble } from "../actors/runs/world_faults.ts";
import { STRATEGIES } from "../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../actors/scheduler/strategy.ts";
import { say } from "../examples/terminal.ts";
import { Recorder } from "../trace/event.ts";
import { refuse, wholeNumber } from "./arguments.ts";

const HELP = `deno task worlds [--seeds 1000] [--first 0] [--faults] [--verbose | --engines]

Runs random machines (sizes, strategies, IOMMU, page layouts, channel counts, scarce map registers) and holds the
invariants X-1 to X-6 in each. One of three has faults: allocations, accesses of the bus and card memory that fail, lost
and early interrupts, late DPCs, broken descriptors, engines that hang. There every request must end, once, and one that
succeeds must have its bytes; no error without a fault, and nothing may stay held.

  --seeds N     how many worlds, one a seed
  --first SEED  the first seed; the same seed gives the same world
  --faults      every world has faults
  --verbose     print the options of each world
  --engines     instead, tell each world under every strategy by charts and by tables, and compare the traces
  --help        this text

Exit status: 0 all held, 1 a world broke, 2 not understood.`;

interface Seeds {
  readonly first: number;
  readonly count: number;
  /** Every world has faults. */
  readonly faults: boolean;
}

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["seeds", "first"],
    boolean: ["help", "verbose", "engines", "faults"],
    alias: { h: "help" },
    unknown: (name) =>
      refuse(`Cannot understand ${name}: expected --seeds N, --first SEED, --faults, --engines or --verbose`),
  });
  if (flags.help) {
    say(HELP);
    return 0;
  }
  const count = wholeNumber("--seeds", flags.seeds ?? "1000", 1);
  const first = wholeNumber("--first", flags.first ?? "0", 0);
  const seeds = { first, count, faults: flags.faults };
  if (count - 1 > Number.MAX_SAFE_INTEGER - first) {
    refuse(`Cannot count ${count} seeds from ${first} on: expected the last to be ${Number.MAX_SAFE_INTEGER} at most`);
  }
  return flags.engines ? compareEngines(seeds) : runWorlds(seeds, flags.verbose);
}

function runWorlds({ first, count, faults }: Seeds, verbose: boolean): number {
  const totals = new Map<string, number>();
  const add = (what: string, more: number): void => void totals.set(what, (totals.get(what) ?? 0) + more);
  let broken = 0;
  let requests = 0;
  let faulty = 0;
  for (let index = 0; index < count; index++) {
    const seed = first + index;
    const found = judge(seed, faults, ({ result, trouble, struck }) => {
      requests += result.requests;
      if (trouble.plan.faults.length > 0) faulty++;
      for (const [name, times] of Object.entries(struck)) add(name, times);
    });
    if (verbose) {
      say(`${seed} ${JSON.stringify({ ...drawWorld(seed).options, trouble: drawTrouble(seed, faults) })}`);
    }
    if (found.length === 0) continue;
    broken++;
    say(`world ${seed} (${drawWorld(seed).options.strategy})`);
    for (const sentence of found) say(`  ${sentence}`);
    say(`  repeat: deno task worlds --seeds 1 --first ${seed}${faults ? " --faults" : ""} --verbose`);
  }
  const struck = [...totals].sort().map(([name, times]) => `${name} ${times}`).join(", ");
  if (faulty > 0) say(`${faulty} with faults; struck: ${struck === "" ? "none" : struck}`);
  say(
    `${count} worlds, ${requests} requests: ` + (broken === 0 ? "X-1 … X-6 hold in all" : `${broken} worlds broke`),
  );
  return broken === 0 ? 0 : 1;
}

function compareEngines({ first, count, faults }: Seeds): number {
  const strategies = Object.keys(STRATEGIES) as StrategyName[];
  let broken = 0;
  let events = 0;
  for (let index = 0; index < count; index++) {
    const seed = first + index;
    for (const strategy of strategies) {
      const [told, retold] = (["chart", "table"] as const).map((engine) => {
        const recorder = new Recorder();
        tellWorld(seed, strategy, engine, recorder, faults);
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

function judge(seed: number, faults: boolean, count: (world: WorldResult) => void): readonly string[] {
  try {
    const world = runWorld(seed, undefined, faults);
    count(world);
    return complaints(world);
  } catch (error) {
    return [`our own bug: ${error instanceof Error ? error.message : error}`];
  }
}

if (import.meta.main) Deno.exit(main());
