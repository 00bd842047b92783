/** One row of the catalogue: what a misuse is called elsewhere, how bad it is, and what to do instead. */
import type { RuleName } from "../../machines/rule.ts";
import type { Severity } from "../event.ts";
import { LINUX_WORDS } from "./linux_words.ts";
import type { LinuxWords } from "./linux_words.ts";

/** A rule. */
export interface Rule<Name extends string = RuleName> {
  /** The name, as findings carry it. */
  readonly name: Name;
  /** What was done, in one sentence. */
  readonly sentence: string;
  /** What to call, or to do, instead. */
  readonly fix: string;
  /** Parameter 1 of bug check 0xE6 (DRIVER_VERIFIER_DMA_VIOLATION), such as `"0x0A"`; or null. */
  readonly verifier: string | null;
  /** Another bug check that Windows shows for it, such as `"0x44"`; or null. */
  readonly bugcheck: string | null;
  /** The check of Linux' DMA-API debugging that says the same, `L1` … `L23` in the order of its source; or null. */
  readonly linux: string | null;
  /** Where the rule comes from: a requirement's number, a document, a user's report. */
  readonly source: string;
  /** How bad it is where nothing else is known. */
  readonly severity: Severity;
  /** Why no call log can show it; null for a rule that the checker decides. */
  readonly undecidable: string | null;
  /** The same in the words of Linux; null for what none of its dma traces can show. */
  readonly onLinux: LinuxWords | null;
}

/** A rule as its table writes it: what is not said is null, and the severity `error`. */
export type Row =
  & Pick<Rule, "sentence" | "fix" | "source">
  & Partial<Pick<Rule, "verifier" | "bugcheck" | "linux" | "severity" | "undecidable">>;

/** Completes a table of rows: every name of the type is there, or it does not compile. */
export function rules<Name extends string>(rows: Readonly<Record<Name, Row>>): Readonly<Record<Name, Rule<Name>>> {
  const complete = {} as Record<Name, Rule<Name>>;
  for (const name of Object.keys(rows) as Name[]) {
    const none = { verifier: null, bugcheck: null, linux: null, severity: "error", undecidable: null } as const;
    const onLinux = (LINUX_WORDS as Readonly<Partial<Record<string, LinuxWords>>>)[name] ?? null;
    complete[name] = { name, ...none, ...rows[name], onLinux };
  }
  return complete;
}
