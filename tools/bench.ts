/**
 * `deno task bench`: every row beside its rival in the same run. Each side is a process of its own; the two take turns,
 * warm up, and the median of the pairs' ratios counts. Smaller is better.
 */
import { parseArgs } from "@std/cli/parse-args";
import { complain, say } from "../examples/terminal.ts";
import { refuse } from "./arguments.ts";
import { compileRivals } from "./bench/rival_cpp.ts";
import { planRows } from "./bench/rows.ts";
import type { RowPlan } from "./bench/rows.ts";
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

function measureRow(plan: RowPlan, pairs: number): Row {
  const ours: Sample[] = [];
  const rivals: Sample[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    ours.push(runSide(plan.ours));
    rivals.push("ns" in plan.rival ? { ns: plan.rival.ns, checksums: [] } : runSide(plan.rival));
    const [own, other] = [ours.at(-1)!.checksums.join(), rivals.at(-1)!.checksums.join()];
    if (plan.sameWork && "command" in plan.rival && own !== other) {
      refuse(`${plan.id}: the two sides did not do the same: ${own} is not ${other}`, 1);
    }
  }
  const ratio = median(ours.map(({ ns }, pair) => ns / rivals[pair]!.ns));
  return {
    id: plan.id,
    ns: median(ours.map(({ ns }) => ns)),
    rival: plan.rival.name,
    rivalNs: median(rivals.map(({ ns }) => ns)),
    ratio,
    target: plan.target,
    holds: ratio <= plan.target,
  };
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
    const plans = planRows(folder, flags.quick)
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
