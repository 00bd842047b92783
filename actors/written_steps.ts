/**
 * Steps that ask or change something, written out as functions of their own.
 *
 * A chart's guards and assignments are many small functions. Called from one loop they stay strangers to the engine
 * that runs us: every call is looked up, and so is every key that is stored. Written out, a step calls each of them
 * from a place where nothing else is ever called, and they melt into it. A transfer has nine such steps.
 */
import type { RowCandidate, RowEffect, RowStep } from "../fastpath/rows.ts";

/** Carries a step out: the number of the target that follows, or {@link STAYS}, or {@link SPEAKS}. */
export type WrittenStep = (step: RowStep) => number;

/** No guard held: nothing happens. */
export const STAYS = -1;
/** The chart has something to say here. Nothing was done yet. */
export const SPEAKS = -2;

/**
 * Writes a step out: its candidates in order, each with its target multiplied by `scale`. Where a page forbids code
 * that is made at run time, the step always answers {@link SPEAKS}, and its caller goes the long way.
 */
export function writeStep(candidates: readonly RowCandidate[], scale: number): WrittenStep {
  const parts: unknown[] = [];
  const part = (value: unknown): string => `part${parts.push(value) - 1}`;
  const lines = candidates.map(({ guard, target, effects }) => {
    const outcome = effects.every((effect) => effect.kind === "assign")
      ? `${effects.map((effect) => assignment(effect, part)).join("")} return ${target * scale};`
      : `return ${SPEAKS};`;
    return guard === null ? `{ ${outcome} }` : `if (${part(guard)}(step)) { ${outcome} }`;
  });
  const names = parts.map((_, index) => `part${index}`);
  const body = `"use strict"; return (step) => { const { context } = step; ${lines.join("\n")} return ${STAYS}; };`;
  try {
    return new Function(...names, body)(...parts) as WrittenStep;
  } catch (error) {
    if (error instanceof EvalError) return () => SPEAKS;
    throw error;
  }
}

/** All values come from the old context before any is stored, as XState does it. */
function assignment(effect: RowEffect, part: (value: unknown) => string): string {
  if (effect.kind !== "assign") return "";
  const values = effect.values.map((value, index) => `const value${index} = ${part(value)}(step);`);
  const stores = effect.keys.map((key, index) => `context[${JSON.stringify(key)}] = value${index};`);
  return `{ ${values.join(" ")} ${stores.join(" ")} }`;
}
