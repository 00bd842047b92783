/**
 * `deno task bench`: every row beside its rival in the same run. Each side is a process of its own; the two take turns,
 * warm up, and the median of the pairs' ratios counts. Smaller is better. A row that is measured in several ways, as
 * the tables of several charts, is as good as the worst of them.
 */
import { parseArgs } from "@std/cli/parse-args";
import { complain, say } from "../examples/terminal.ts";
import { refuse } from "./arguments.ts";
import { compileRivals } from "./bench/rival_cpp.ts";
import { planRows } from "./bench/rows.ts";
import type { Duel, RowPlan } from "./bench/rows.ts";
import { median, runSide } from "./bench/side.ts";
import type { Sample } from "./bench/side.ts";

/** One row as it is printed. */
interface Row {
  readonly id: string;
  readonly ns: number;
  readonly rival: string;
  readonly rivalNs: number;
  readonly ratio: number;
  readonly target: number;
  readonly holds: boolean;
}

/** What a duel came to. */
type Outcome = Pick<Row, "ns" | "rival" | "rivalNs" | "ratio">;

/** `--quick` does so much of the work. */
const QUICK_SHARE = 1 / 4;

function measureDuel(id: string, duel: Duel, pairs: number): Outcome {
  const ours: Sample[] = [];
  const rivals: Sample[] = [];
  const runOurs = (): number => ours.push(runSide(duel.ours));
  const runRival = (): number =>
    rivals.push("ns" in duel.rival ? { ns: duel.rival.ns, checksums: [] } : runSide(duel.rival));
  for (let pair = 0; pair < pairs; pair++) {
    // Who goes first takes turns too.
    for (const run of pair % 2 === 0 ? [runOurs, runRival] : [runRival, runOurs]) run();
    const [own, other] = [ours.at(-1)!.checksums.join(), rivals.at(-1)!.checksums.join()];
    if (duel.sameWork && "command" in duel.rival && own !== other) {
      refuse(`${id}: the two sides did not do the same: ${own} is not ${other}`, 1);
    }
  }
  return {
    ns: median(ours.map(({ ns }) => ns)),
    rival: duel.rival.name,
    rivalNs: median(rivals.map(({ ns }) => ns)),
    ratio: median(ours.map(({ ns }, pair) => ns / rivals[pair]!.ns)),
  };
}

function measureRow({ id, target, duels }: RowPlan, pairs: number): Row {
  const [worst] = duels.map((duel) => measureDuel(id, duel, pairs)).sort((left, right) => right.ratio - left.ratio);
  const rival = duels.length === 1 ? worst!.rival : `${worst!.rival}, worst of ${duels.length}`;
  return { id, ...worst!, rival, target, holds: worst!.ratio <= target };
}

function describeRatio(ratio: number): string {
  return ratio < 0.2 ? `1/${(1 / ratio).toFixed(1)}` : ratio.toFixed(2);
}

function printRow({ id, ns, rival, rivalNs, ratio, target, holds }: Row): void {
  const cells = [
    id.padEnd(18),
    `${ns.toFixed(2)} ns`.padStart(12),
    `${rivalNs.toFixed(2)} ns`.padStart(14),
    describeRatio(ratio).padStart(8),
    describeRatio(target).padStart(8),
    (holds ? "holds" : "falls short").padEnd(11),
    rival,
  ];
  say(cells.join("  "));
}

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["only"],
    boolean: ["help", "json", "quick"],
    alias: { h: "help" },
    unknown: (name) => refuse(`Cannot understand ${name}: expected --quick, --json or --only TEXT`),
  });
  if (flags.help) {
    say("deno task bench [--quick] [--json] [--only TEXT]    rows whose id contains TEXT");
    return 0;
  }
  const folder = Deno.makeTempDirSync({ prefix: "dmactor-bench-" });
  try {
    const hasCpp = compileRivals(folder);
    if (!hasCpp) complain("There is no g++ here: rows against C++ are left out");
    const plans = planRows(folder, flags.quick ? QUICK_SHARE : 1)
      .filter(({ id, needsCpp }) => id.includes(flags.only ?? "") && (hasCpp || !needsCpp));
    const rows: Row[] = [];
    for (const plan of plans) {
      const row = measureRow(plan, flags.quick ? 3 : 5);
      rows.push(row);
      if (!flags.json) printRow(row);
    }
    const { hardwareConcurrency } = navigator;
    const machine = { ...Deno.build, cores: hardwareConcurrency, deno: Deno.version.deno, v8: Deno.version.v8 };
    if (flags.json) say(JSON.stringify({ machine, rows }));
    return 0;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(main());
