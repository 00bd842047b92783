/**
 * `deno task stress`: drives the path on real threads for minutes, round after round, each with a team of its own size,
 * mostly more Workers than processors. Sums must come out; a seed repeats team and requests, the interleaving is the
 * machine's.
 */
import { parseArgs } from "@std/cli/parse-args";
import { say } from "../examples/terminal.ts";
import { refuse, wholeNumber } from "./arguments.ts";
import { runRound } from "./stress/round.ts";
import type { Round } from "./stress/round.ts";

const HELP = `deno task stress [--minutes 1] [--seed 0] [--requests 50000] [--dispatchers N]

  --minutes N      how long; the round that runs then is finished
  --seed N         the seed of the first round; each has the next one
  --requests N     requests of a round
  --dispatchers N  dispatch Workers, 1 to 8; drawn from the seed if not given`;

const DISPATCHERS_MAX = 8;
/** A round of some seconds that is not over by then has lost something. */
const PATIENCE_MS = 120_000;
const TELL_EVERY_MS = 15_000;

/** A round, or one that never ended. */
async function runOrStuck(options: Parameters<typeof runRound>[0]): Promise<Round | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<null>((resolve) => timer = setTimeout(resolve, PATIENCE_MS, null));
  const round = await Promise.race([runRound(options), stuck]);
  clearTimeout(timer);
  return round;
}

async function main(): Promise<number> {
  const flags = parseArgs(Deno.args, {
    string: ["minutes", "seed", "requests", "dispatchers"],
    boolean: ["help"],
    alias: { h: "help" },
    unknown: (name) => refuse(`Cannot understand ${name}: expected --minutes, --seed, --requests or --dispatchers`),
  });
  if (flags.help) {
    say(HELP);
    return 0;
  }
  const minutes = Number(flags.minutes ?? "1");
  if (!(minutes > 0)) refuse(`Cannot use "${flags.minutes}" as --minutes: expected a number above 0`);
  const first = wholeNumber("--seed", flags.seed ?? "0", 0);
  const requests = wholeNumber("--requests", flags.requests ?? "50000", 1);
  const dispatcherCount = flags.dispatchers === undefined
    ? undefined
    : wholeNumber("--dispatchers", flags.dispatchers, 1);
  if (dispatcherCount !== undefined && dispatcherCount > DISPATCHERS_MAX) {
    refuse(`Cannot use ${dispatcherCount} as --dispatchers: expected at most ${DISPATCHERS_MAX}`);
  }

  const begunMs = performance.now();
  const endMs = begunMs + minutes * 60_000;
  let [rounds, accepted, compared, cancelled, killed, workersMax, broken, toldMs] = [0, 0, 0, 0, 0, 0, 0, begunMs];
  const figures = (): string => {
    const seconds = (performance.now() - begunMs) / 1000;
    return `${rounds} rounds, ${accepted} requests (${
      Math.round(accepted / seconds)
    } a second), ${compared} compared, ${cancelled} cancelled, ` +
      `up to ${workersMax} Workers on ${navigator.hardwareConcurrency} processors, ${killed} Workers killed: ` +
      (broken === 0 ? "every sum came out" : `${broken} sums did not come out`);
  };
  for (let seed = first; performance.now() < endMs; seed++) {
    const round = await runOrStuck({ seed, requests, dispatcherCount });
    const repeat = `repeat: deno task stress --seed ${seed} --requests ${requests} --minutes 0.01` +
      (dispatcherCount === undefined ? "" : ` --dispatchers ${dispatcherCount}`);
    if (round === null) refuse(`Round ${seed} does not end\n  ${repeat}\n${figures()}`, 1);
    rounds++;
    accepted += round.accepted;
    compared += round.compared;
    cancelled += round.cancelled;
    workersMax = Math.max(workersMax, round.workers);
    if (round.victim !== null) killed++;
    broken += round.broken.length;
    if (round.broken.length > 0) {
      say(`round ${seed}, ${round.workers} Workers`);
      for (const sentence of round.broken.slice(0, 8)) say(`  ${sentence}`);
      say(`  ${repeat}`);
    }
    if (performance.now() - toldMs > TELL_EVERY_MS) {
      toldMs = performance.now();
      say(figures());
    }
  }
  say(figures());
  return broken === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
