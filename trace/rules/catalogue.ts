/** All rules in one table, and what the sources list and no rule can decide. */
import type { RuleName } from "../../machines/rule.ts";
import { DRIVER_RULES } from "./driver_rules.ts";
import { LINUX_RULES } from "./linux_rules.ts";
import type { Rule } from "./rule.ts";
import { VERIFIER_RULES } from "./verifier_rules.ts";

/** Every rule by its name. The type is the proof that none is missing. */
export const RULES: Readonly<Record<RuleName, Rule>> = { ...VERIFIER_RULES, ...LINUX_RULES, ...DRIVER_RULES };

/** A number that a source lists and that has no rule here. */
export interface Unnamed {
  /** Parameter 1 of bug check 0xE6. */
  readonly verifier: string;
  /** Why there is none. */
  readonly reason: string;
}

/** The numbers of bug check 0xE6 that have no rule. */
export const UNNAMED: readonly Unnamed[] = [
  { verifier: "0x01", reason: "the performance counter went backwards: a check of the platform, no DMA routine" },
  { verifier: "0x02", reason: "the performance counter jumped: a check of the platform, no DMA routine" },
  {
    verifier: "0x14",
    reason: "a second number for a wrong IRQL, without documented parameters: WrongIrql, IrqlTooHigh",
  },
  { verifier: "0x1A", reason: "not public" },
  { verifier: "0x1C", reason: "not public" },
];

/** The rules that a call log can show. */
export function decidableRules(): Rule[] {
  return Object.values(RULES).filter(({ undecidable }) => undecidable === null);
}
