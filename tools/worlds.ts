/** `deno task worlds`: seeded random worlds, each held to the invariants X-1 … X-6. A seed repeats its world. */
import { parseArgs } from "@std/cli/parse-args";
import { complaints, drawWorld, runWorld } from "../actors/runs/random_world.ts";
import { refuse, wholeNumber } from "./arguments.ts";

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["seeds", "first"],
    boolean: ["help", "verbose"],
    unknown: (name) => refuse(`Cannot understand ${name}: expected --seeds N, --first SEED or --verbose`),
  });
  if (flags.help) {
    console.log("deno task worlds [--seeds 1000] [--first 0] [--verbose]");
    return 0;
  }
  const count = wholeNumber("--seeds", flags.seeds ?? "1000", 1);
  const first = wholeNumber("--first", flags.first ?? "0", 0);
  let broken = 0;
  let requests = 0;
  for (let seed = first; seed < first + count; seed++) {
    const found = judge(seed, (more) => requests += more);
    if (flags.verbose) console.log(`${seed} ${JSON.stringify(drawWorld(seed).options)}`);
    if (found.length === 0) continue;
    broken++;
    console.log(`world ${seed} (${drawWorld(seed).options.strategy})`);
    for (const sentence of found) console.log(`  ${sentence}`);
    console.log(`  repeat: deno task worlds --seeds 1 --first ${seed} --verbose`);
  }
  console.log(
    `${count} worlds, ${requests} requests: ` + (broken === 0 ? "X-1 … X-6 hold in all" : `${broken} worlds broke`),
  );
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
