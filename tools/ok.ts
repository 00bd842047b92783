/**
 * `deno task ok`: the one gate. Runs its steps in order, prints a line for each, stops at the first that fails and
 * shows what it said. `--skip NAME` leaves a step out, for a caller that has just run it.
 */

import { parseArgs } from "@std/cli/parse-args";

/** One step: what it is called and the Deno command behind it. */
interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

/** Where runnable examples may stand: the front door, the rooms, the README. */
const DOCUMENTED = ["mod.ts", "machines", "sim", "fastpath", "actors", "trace", "README.md"];

const STEPS: readonly Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--quiet"] },
  { name: "tidy", args: ["task", "tidy"] },
  { name: "tests", args: ["task", "test"] },
  { name: "docs", args: ["test", "--doc", "--permit-no-files", "--allow-read", ...DOCUMENTED.filter(exists)] },
  // A dry run sends nothing, so it may look at work that is not committed yet.
  { name: "publish", args: ["publish", "--dry-run", "--allow-dirty"] },
];

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

/** The steps to leave out; the complaint when an argument cannot be understood. */
function skipped(args: readonly string[]): readonly string[] | { readonly complaint: string } {
  let unknown: string | undefined;
  const flags = parseArgs(args, {
    string: ["skip"],
    collect: ["skip"],
    unknown: (argument) => {
      unknown ??= argument;
      return false;
    },
  });
  unknown ??= flags.skip.find((name) => !STEPS.some((step) => step.name === name));
  const names = STEPS.map(({ name }) => name).join(", ");
  return unknown === undefined
    ? flags.skip
    : { complaint: `Cannot skip "${unknown}": expected --skip and one of ${names}` };
}

async function run(): Promise<number> {
  const skip = skipped(Deno.args);
  if ("complaint" in skip) {
    console.error(skip.complaint);
    return 2;
  }
  const startMs = performance.now();
  for (const { name, args } of STEPS.filter((step) => !skip.includes(step.name))) {
    const stepMs = performance.now();
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: [...args] }).output();
    console.log(`${name.padEnd(8)} ${success ? "ok    " : "FAILED"} ${seconds(stepMs).padStart(7)}`);
    if (success) continue;
    const decoder = new TextDecoder();
    console.log(`\n$ deno ${args.join(" ")}\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
    console.log(`not ok: ${name} failed`);
    return 1;
  }
  const without = skip.length === 0 ? "" : `, without ${skip.join(", ")}`;
  console.log(`ok: everything holds${without} (${seconds(startMs)})`);
  return 0;
}

Deno.exit(await run());
