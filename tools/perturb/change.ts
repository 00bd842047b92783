/** One random change of a driver: a step left out, two exchanged, one made twice, or an argument that is another. */
import type { Prng } from "../../sim/prng.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { DriverStep } from "./step.ts";
import { isDriversOwn } from "./step.ts";

/** A changed driver, and what was done to it. */
export interface Change {
  readonly steps: readonly DriverStep[];
  readonly kind: "drop" | "swap" | "duplicate" | "argument";
  /** One line for a person. */
  readonly text: string;
}

/** Changes one thing. */
export function changed(steps: readonly DriverStep[], random: Prng): Change {
  const own = steps.flatMap((step, index) => isDriversOwn(step) ? [index] : []);
  const at = random.pick(own);
  const step = steps[at]!;
  const copy = [...steps];
  switch (random.below(4)) {
    case 0:
      copy.splice(at, 1);
      return { steps: copy, kind: "drop", text: `step ${at} left out: ${shown(step)}` };
    case 1: {
      const other = random.pick(own);
      [copy[at], copy[other]] = [steps[other]!, step];
      const text = `steps ${at} and ${other} exchanged: ${shown(step)} and ${shown(steps[other]!)}`;
      return { steps: copy, kind: "swap", text };
    }
    case 2: {
      const { only: _, ...again } = step;
      copy.splice(at + 1, 0, again as DriverStep);
      return { steps: copy, kind: "duplicate", text: `step ${at} made twice: ${shown(step)}` };
    }
    default: {
      const other = withOtherArgument(step, random);
      copy[at] = other;
      return { steps: copy, kind: "argument", text: `step ${at} became ${shown(other)}, was ${shown(step)}` };
    }
  }
}

/** Numbers of variables: another of the same driver's, or one that it never filled. */
const VARIABLES = new Set(["adapter", "mdl", "context", "list", "grant", "buffer", "irp", "queue"]);
const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  irql: [0, 2, 3],
  version: [1, 2, 3, 9],
  addressBits: [32, 64],
  maximumLength: [512, PAGE_SIZE, 64 * 1024],
  action: ["KeepObject", "DeallocateObject", "DeallocateObjectKeepRegisters"],
  form: ["kept", "routine", "later"],
  bufferBytes: [16, 64, PAGE_SIZE],
};

function withOtherArgument(step: DriverStep, random: Prng): DriverStep {
  const names = Object.keys(step).filter((name) => name !== "call" && name !== "region");
  const name = random.pick(names);
  const old = (step as unknown as Record<string, unknown>)[name];
  return { ...step, [name]: otherValue(name, old, random) } as DriverStep;
}

function otherValue(name: string, old: unknown, random: Prng): unknown {
  const choices = CHOICES[name];
  if (choices !== undefined) return random.pick(choices.filter((choice) => choice !== old));
  if (name === "only") return undefined;
  if (typeof old === "boolean") return !old;
  if (name === "of") return Object.fromEntries(Object.keys(old as object).map((key) => [key, random.below(8)]));
  if (VARIABLES.has(name)) return random.below(8);
  const number = old as number;
  return random.pick([0, number + 1, number + PAGE_SIZE, number * 2, Math.max(0, number - 1), number >> 1]);
}

/** A step in one line. */
export function shown({ call, ...rest }: DriverStep): string {
  return `${call} ${JSON.stringify(rest)}`;
}
