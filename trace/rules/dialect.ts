/** Whose words a finding is told in: those of the system that the log was written on. */
import type { Rule } from "./rule.ts";

/** The system that a log comes from. */
export type Dialect = "windows" | "linux";

/** The rule as a reader of such a log should see it. A Linux reader meets no numbers of Windows' bug checks. */
export function inDialect(rule: Rule, dialect: Dialect): Rule {
  if (dialect === "windows" || rule.onLinux === null) return rule;
  const { sentence, fix } = rule.onLinux;
  return { ...rule, sentence, fix, verifier: null, bugcheck: null, source: "Linux, kernel/dma/debug.c" };
}
