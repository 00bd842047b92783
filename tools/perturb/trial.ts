/** One trial: a changed driver, what the simulator found in it, and what the checker found in its log. */
import { Prng } from "../../sim/prng.ts";
import { CallLogChecker } from "../../trace/check/mod.ts";
import type { LogFinding } from "../../trace/check/mod.ts";
import { changed } from "./change.ts";
import type { Change } from "./change.ts";
import { legalDriver } from "./legal_driver.ts";
import { replay } from "./replay.ts";
import type { LegalDriver } from "./legal_driver.ts";
import type { DriverStep } from "./step.ts";

/** What both said. */
export interface Verdicts {
  readonly log: string;
  /** Rules of the simulator's findings, in the order of time, each once. */
  readonly simulator: readonly string[];
  /** The checker's findings that are worse than notes. */
  readonly checker: readonly LogFinding[];
  /** Lines that the checker could not read, and names that it does not know. */
  readonly unread: readonly string[];
}

/** A trial and its change. */
export interface Trial extends Verdicts {
  readonly seed: number;
  readonly change: Change;
}

/** Carries out steps, and has both judge them. */
export function judged(driver: LegalDriver, steps: readonly DriverStep[]): Verdicts {
  const { log, rules: simulator } = replay(driver, steps);
  const checker = new CallLogChecker();
  for (const line of log.split("\n")) checker.push(line);
  const { findings, damaged, notes } = checker.finish();
  return {
    log,
    simulator,
    checker: findings.filter(({ severity }) => severity !== "note"),
    unread: [...damaged, ...notes].map(({ line, message }) => `${line}: ${message}`),
  };
}

/** The trial of a seed. */
export function trial(seed: number): Trial {
  // Some changes of each driver.
  const driver = legalDriver(Math.floor(seed / 4));
  const change = changed(driver.steps, new Prng(seed).fork("change"));
  return { seed, change, ...judged(driver, change.steps) };
}

/** A sentence, if only one of them says that something is wrong. */
export function disagreement({ simulator, checker, unread, log }: Verdicts): string | null {
  if (unread.length > 0) return `the checker does not understand line ${unread[0]}`;
  // A lint about what somebody may have meant, and a suspicion about what a driver waits for: no run can show either.
  const named = checker.filter(({ rule, severity }) =>
    rule !== "MaxLengthLooksLikeTlp" && (rule !== "ResumeNeverPossible" || severity === "error")
  );
  // A log in which the device never ends anything does not tell when it ends: nothing is said about Put then.
  const tellsEnds = log.includes(`"event":"device-done"`);
  const found = simulator.filter((rule) => rule !== "PutWhileDeviceActive" || tellsEnds);
  if (found.length > 0 && checker.length === 0) return `the simulator says ${found.join(", ")}`;
  if (named.length === 0 || simulator.length > 0) return null;
  return `the checker says ${named.map(({ line, rule }) => `${rule} in line ${line}`).join(", ")}`;
}

/** True if both named the same rule first. */
export function agreesOnFirst({ simulator, checker }: Verdicts): boolean {
  return checker[0]?.rule === simulator[0];
}
