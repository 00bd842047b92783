/** `deno task perturb`: a legal random driver, one change, and whether simulator and checker agree about it. */
import { parseArgs } from "@std/cli/parse-args";
import { say } from "../examples/terminal.ts";
import { refuse, wholeNumber } from "./arguments.ts";
import { agreesOnFirst, disagreement, trial } from "./perturb/trial.ts";

/** The figures of a run. */
interface Tally {
  named: number;
  sameFirst: number;
  disagreements: number;
}

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["runs", "seed"],
    boolean: ["help", "show"],
    alias: { h: "help" },
    unknown: (name) => refuse(`Cannot understand ${name}: expected --runs N, --seed S or --show`),
  });
  if (flags.help) {
    say(
      "deno task perturb [--runs 10000] [--seed 0] [--show]\n\n  --show  print change and call log of each trial",
    );
    return 0;
  }
  const runs = wholeNumber("--runs", flags.runs ?? "10000", 1);
  const first = wholeNumber("--seed", flags.seed ?? "0", 0);
  const tally: Tally = { named: 0, sameFirst: 0, disagreements: 0 };
  for (let seed = first; seed < first + runs; seed++) judge(seed, tally, flags.show);
  const { named, sameFirst, disagreements } = tally;
  say(
    `${runs} changes: ${named} named by the simulator, ${sameFirst} of them with the same rule first by the checker; ` +
      (disagreements === 0 ? "no disagreement" : `${disagreements} disagreements`),
  );
  return disagreements === 0 ? 0 : 1;
}

function judge(seed: number, tally: Tally, show: boolean): void {
  let trouble: string | null;
  let change = "";
  try {
    const one = trial(seed);
    change = one.change.text;
    if (show) say(`${change}\n${one.log}`);
    trouble = disagreement(one);
    if (one.simulator.length > 0) tally.named++;
    if (one.simulator.length > 0 && agreesOnFirst(one)) tally.sameFirst++;
  } catch (error) {
    trouble = `our own bug: ${error instanceof Error ? error.message : error}`;
  }
  if (trouble === null) return;
  tally.disagreements++;
  say(`${seed}: ${trouble}\n  ${change}\n  repeat: deno task perturb --runs 1 --seed ${seed} --show`);
}

if (import.meta.main) Deno.exit(main());
