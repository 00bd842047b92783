/** `deno task fuzz`: random bytes and mutated logs for the checker. It must not crash, hang or fill the memory. */
import { parseArgs } from "@std/cli/parse-args";
import { say } from "../examples/terminal.ts";
import { refuse, wholeNumber } from "./arguments.ts";
import { complaint } from "./fuzz/feed.ts";
import { fuzzInput } from "./fuzz/input.ts";

/** An input of some kilobytes that takes longer than this hangs, or is on the way to it. */
const SLOW_MS = 1000;
const MIB = 0x10_0000;

function main(): number {
  const flags = parseArgs(Deno.args, {
    string: ["inputs", "seed"],
    boolean: ["help", "show"],
    alias: { h: "help" },
    unknown: (name) => refuse(`Cannot understand ${name}: expected --inputs N, --seed S or --show`),
  });
  if (flags.help) {
    say("deno task fuzz [--inputs 100000] [--seed 0] [--show]\n\n  --show  print each input");
    return 0;
  }
  const inputs = wholeNumber("--inputs", flags.inputs ?? "100000", 1);
  const first = wholeNumber("--seed", flags.seed ?? "0", 0);
  const kinds = new Map<string, number>();
  let bytes = 0;
  let broken = 0;
  let slowestMs = 0;
  for (let seed = first; seed < first + inputs; seed++) {
    const input = fuzzInput(seed);
    if (flags.show) say(new TextDecoder().decode(input.bytes));
    const startedMs = performance.now();
    const said = complaint(input, seed);
    const tookMs = performance.now() - startedMs;
    slowestMs = Math.max(slowestMs, tookMs);
    bytes += input.bytes.length;
    kinds.set(input.kind, (kinds.get(input.kind) ?? 0) + 1);
    const trouble = said ?? (tookMs > SLOW_MS ? `it took ${Math.round(tookMs)} ms` : null);
    if (trouble === null) continue;
    broken++;
    say(`${seed} (${input.kind}): ${trouble}\n  repeat: deno task fuzz --inputs 1 --seed ${seed} --show`);
  }
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(", ");
  const heapMiB = Math.round(Deno.memoryUsage().heapUsed / MIB);
  say(
    `${inputs} inputs, ${Math.round(bytes / MIB)} MiB (${counts}): ` +
      `${broken === 0 ? "none broke the checker" : `${broken} broke the checker`}; ` +
      `the slowest took ${Math.round(slowestMs)} ms, ${heapMiB} MiB of heap at the end`,
  );
  return broken === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(main());
