/** Arguments of the tools: one clear sentence and an exit status instead of a stack trace. */
import { complain } from "../examples/terminal.ts";

/** Says one sentence on stderr and ends with a status: 2 for bad input, 1 for a run that did not hold. */
export function refuse(sentence: string, status: 1 | 2 = 2): never {
  complain(sentence);
  Deno.exit(status);
}

/** A whole number of at least `least`, or a refusal that names the option. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
    refuse(`Cannot use ${JSON.stringify(text)} as ${option}: expected a whole number of at least ${least}`);
  }
  return value;
}
