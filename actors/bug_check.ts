/**
 * The crash model: in strict mode the first error stops the run as it would stop Windows, with the bug check's number,
 * its parameters, and what the resource went through before.
 *
 * @example The stop code of an adapter that is put with a list left
 * ```ts
 * import { BugCheck, runRecipe } from "@dmactor/dmactor";
 *
 * try {
 *   runRecipe({ leaveOut: ["PutScatterGatherList"], strict: true });
 * } catch (crash) {
 *   if (!(crash instanceof BugCheck)) throw crash;
 *   console.log(crash.stopCode, crash.parameters[0]?.value); // 0xE6 0x0A
 * }
 * ```
 */
import type { Finding } from "../trace/event.ts";
import { bugCheckRow } from "./bug_checks.ts";
import type { BugCheckRow, CrashFigures } from "./bug_checks.ts";
import { storyLine } from "./story_so_far.ts";
import type { StoryEvent } from "./story_so_far.ts";
import { StrictFinding } from "./strict_finding.ts";

/** One parameter of a bug check. */
export interface BugCheckParameter {
  /** As the blue screen has it; null where the simulator has nothing like it, such as addresses of code. */
  readonly value: string | null;
  /** What it means. */
  readonly means: string;
}

/** A stop code with its parameters. */
export interface StopCode {
  /** As people say it: `0xE6`. */
  readonly stopCode: string;
  /** Its symbolic name. */
  readonly codeName: string;
  /** The documented parameters, the first one first. */
  readonly parameters: readonly BugCheckParameter[];
}

/** What Windows would show. Thrown in strict mode, for whoever wants the run to end there. */
export class BugCheck extends StrictFinding {
  /** The name of the class. */
  override name = "BugCheck";
  /** The stop code as people say it: `0xE6`. */
  readonly stopCode: string;
  /** Its symbolic name, such as `DRIVER_VERIFIER_DMA_VIOLATION`. */
  readonly codeName: string;
  /** The documented parameters, the first one first. */
  readonly parameters: readonly BugCheckParameter[];
  /** What Windows shows in its place under some setting, and which setting that is; null if there is none. */
  readonly instead: StopCode & { readonly where: string } | null;
  /** The last calls and steps of the resource, oldest first. */
  readonly story: readonly StoryEvent[];

  /** `figures` fill the parameters in. The rule must have a bug check: {@link bugCheckFor} looks. */
  constructor(finding: Finding, figures: CrashFigures, story: readonly StoryEvent[]) {
    super(finding);
    const row = bugCheckRow(finding.rule, finding.kind);
    if (row === null) throw new RangeError(`Cannot crash for ${finding.rule}: Windows has no bug check for it`);
    const { stopCode, codeName, parameters } = stopCodeOf(row, figures);
    this.stopCode = stopCode;
    this.codeName = codeName;
    this.parameters = parameters;
    this.instead = row.instead === undefined
      ? null
      : { where: row.instead.where, ...stopCodeOf(row.instead.row, figures) };
    this.story = story;
    const values = parameters.map(({ value }) => value ?? "?").join(", ");
    this.message = `${stopCode} ${codeName} (${values}): ${this.message}`;
  }

  /** The blue screen in lines: code, parameters with what they mean, the story so far. */
  get lines(): readonly string[] {
    const { instead } = this;
    return [
      ...stopLines(this),
      ...(instead === null ? [] : [`where ${instead.where}:`, ...stopLines(instead)]),
      `${this.finding.resource} until then:`,
      ...this.story.map((event) => `  ${storyLine(event)}`),
    ];
  }
}

function stopCodeOf({ code, codeName, parameters }: BugCheckRow, figures: CrashFigures): StopCode {
  return {
    stopCode: `0x${code.toString(16).toUpperCase()}`,
    codeName,
    parameters: parameters.map(({ means, fixed, figure }) => {
      const known = fixed ?? (figure === undefined ? undefined : figures[figure]);
      return { means, value: known === undefined ? null : String(known) };
    }),
  };
}

function stopLines({ stopCode, codeName, parameters }: StopCode): string[] {
  const shown = parameters.map(({ value }) => value ?? "…");
  const width = Math.max(...shown.map((value) => value.length));
  return [
    `STOP ${stopCode} ${codeName}`,
    ...parameters.map(({ means }, index) => `  ${index + 1}  ${shown[index]!.padEnd(width)}  ${means}`),
  ];
}

/** The bug check that Windows would show for a finding; null if it would go on. */
export function bugCheckFor(finding: Finding, figures: CrashFigures, story: readonly StoryEvent[]): BugCheck | null {
  return bugCheckRow(finding.rule, finding.kind) === null ? null : new BugCheck(finding, figures, story);
}
