/**
 * `deno task bounds`: runs the whole model on random parameter sets and compares each makespan with the strategy's
 * closed form, to the nanosecond.
 */
import { parseArgs } from "@std/cli/parse-args";
import { runBurst } from "../actors/runs/burst.ts";
import { randomBurst } from "../actors/runs/random_times.ts";
import { STRATEGIES } from "../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../actors/scheduler/strategy.ts";
import { say, writeWhole } from "../examples/terminal.ts";
import { Prng } from "../sim/prng.ts";
import { refuse, wholeNumber } from "./arguments.ts";

/** Strategies with a closed form that holds for every parameter set. */
export const BOUNDED: readonly StrategyName[] = [
  "classic",
  "new-model",
  "prealloc-queue",
  "isr-reprogram",
  "three-stage",
  "registered",
  "copy",
];

const HELP = `deno task bounds [--sets 10000] [--seed 1] [--strategy NAME] [--json]

Runs the whole model on random parameter sets under ${BOUNDED.length} of the ${
  Object.keys(STRATEGIES).length
} strategies, and compares each makespan with the
closed form of its strategy, to the nanosecond. Left out are

  sync-recipe   as isr-reprogram, but only while the map registers last
  xdma-literal  as isr-reprogram, but only if no race is lost

  --sets N         how many parameter sets
  --seed N         where they are drawn from
  --strategy NAME  one strategy, those two included
  --json           one object instead of text
  --help           this text

Exit status: 0 every one is equal, 1 some differ, 2 not understood.`;

/** A set whose makespan is not its closed form. */
interface Difference {
  readonly strategy: StrategyName;
  readonly set: number;
  readonly makespanNs: number;
  readonly boundNs: number;
}

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["sets", "seed", "strategy"],
    boolean: ["help", "json"],
    alias: { h: "help" },
    unknown: (name) => refuse(`Cannot understand ${name}: expected --sets N, --seed N, --strategy NAME or --json`),
  });
  if (flags.help) {
    say(HELP);
    return 0;
  }
  const setCount = wholeNumber("--sets", flags.sets ?? "10000", 1);
  const seed = wholeNumber("--seed", flags.seed ?? "1", 0);
  const strategies = flags.strategy === undefined ? BOUNDED : [flags.strategy as StrategyName];
  for (const name of strategies) {
    if (!Object.hasOwn(STRATEGIES, name)) refuse(`Cannot find strategy ${name}: expected one of ${BOUNDED.join(", ")}`);
  }

  const differences: Difference[] = [];
  const prng = new Prng(seed);
  for (let set = 0; set < setCount; set++) {
    const { times, transferCount } = randomBurst(prng);
    for (const strategy of strategies) {
      const result = runBurst({ strategy, times, transferCount, transferBytes: 4096, engine: "table" });
      const broken = result.violations[0];
      if (broken !== undefined) refuse(`Set ${set}, ${strategy}: ${broken.invariant}: ${broken.sentence}`, 1);
      if (result.makespanNs !== result.boundNs) {
        differences.push({ strategy, set, makespanNs: result.makespanNs, boundNs: result.boundNs });
      }
    }
    if (Deno.stderr.isTerminal() && set % 100 === 0) {
      writeWhole(Deno.stderr, `\r${set} of ${setCount} sets`);
    }
  }
  if (Deno.stderr.isTerminal()) writeWhole(Deno.stderr, "\r\x1b[K");

  if (flags.json) say(JSON.stringify({ seed, sets: setCount, strategies, differences }));
  else {
    const left = Object.keys(STRATEGIES).filter((name) => !BOUNDED.includes(name as StrategyName)).join(", ");
    for (const { strategy, set, makespanNs, boundNs } of differences.slice(0, 20)) {
      say(`set ${set}  ${strategy}: simulated ${makespanNs} ns, closed form ${boundNs} ns`);
    }
    say(
      `${setCount} parameter sets x ${strategies.length} strategies, seed ${seed}: ` +
        (differences.length === 0
          ? "every makespan equals its closed form to the nanosecond"
          : `${differences.length} makespans differ from their closed form`) +
        (flags.strategy === undefined ? ` (left out: ${left}; --help says why)` : ""),
    );
  }
  return differences.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
