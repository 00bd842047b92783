/**
 * `deno task bounds`: runs the whole model on random parameter sets and compares each makespan with the strategy's
 * closed form, to the nanosecond.
 */
import { parseArgs } from "@std/cli/parse-args";
import { runBurst } from "../actors/runs/burst.ts";
import { randomBurst } from "../actors/runs/random_times.ts";
import { STRATEGIES } from "../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../actors/scheduler/strategy.ts";
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
    unknown: (name) => refuse(`Cannot understand ${name}: expected --sets N, --seed N, --strategy NAME or --json`),
  });
  if (flags.help) {
    console.log("deno task bounds [--sets 10000] [--seed 1] [--strategy NAME] [--json]");
    return 0;
  }
  const setCount = wholeNumber("--sets", flags.sets ?? "10000", 1);
  const seed = wholeNumber("--seed", flags.seed ?? "1", 0);
  const strategies = flags.strategy === undefined ? BOUNDED : [flags.strategy as StrategyName];
  for (const name of strategies) {
    if (!(name in STRATEGIES)) refuse(`Cannot find strategy ${name}: expected one of ${BOUNDED.join(", ")}`);
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
      Deno.stderr.writeSync(new TextEncoder().encode(`\r${set} of ${setCount} sets`));
    }
  }
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode("\r\x1b[K"));

  if (flags.json) console.log(JSON.stringify({ seed, sets: setCount, strategies, differences }));
  else {
    for (const { strategy, set, makespanNs, boundNs } of differences.slice(0, 20)) {
      console.log(`set ${set}  ${strategy}: simulated ${makespanNs} ns, closed form ${boundNs} ns`);
    }
    console.log(
      `${setCount} parameter sets x ${strategies.length} strategies, seed ${seed}: ` +
        (differences.length === 0
          ? "every makespan equals its closed form to the nanosecond"
          : `${differences.length} makespans differ from their closed form`),
    );
  }
  return differences.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
