/** Joins the acceptance list with the tests that name its numbers. */

import { type Requirement, type RequirementKind, REQUIREMENTS } from "../requirements.ts";
import { numbersIn, type Title } from "./titles.ts";

/** One requirement and its evidence. */
export interface Covered extends Requirement {
  /** The tests that name it, in the order of their files. */
  readonly tests: readonly Title[];
}

/** How many of a kind are named by a test that runs. */
export interface Tally {
  readonly named: number;
  readonly total: number;
}

/** The list, its counts, and what in the titles could not be counted. */
export interface Coverage {
  readonly requirements: readonly Covered[];
  readonly summary: {
    /** All numbered claims, invariants apart. */
    readonly requirements: Tally;
    /** Those of them that describe how things work. */
    readonly works: Tally;
    /** Those of them that only ask for a misuse to be named. */
    readonly misuses: Tally;
    readonly invariants: Tally;
  };
  /** Numbers that do not exist, and brackets that cannot be read: a sentence each. */
  readonly problems: readonly string[];
}

/** A requirement is covered when a test that is not switched off names its number. */
export function isCovered(requirement: Covered): boolean {
  return requirement.tests.some(({ ignored }) => !ignored);
}

/** Looks up every number of the list in the titles. */
export function coverage(titles: readonly Title[], list: readonly Requirement[] = REQUIREMENTS): Coverage {
  const byNumber = new Map<string, Title[]>(list.map(({ id }) => [id, []]));
  const problems: string[] = [];
  for (const title of titles) {
    const { numbers, misread } = numbersIn(title.title);
    const where = `${title.path}:${title.line}`;
    for (const word of misread) {
      problems.push(`${where}: cannot read "${word}": write each number, with commas between`);
    }
    for (const number of new Set(numbers)) {
      const tests = byNumber.get(number);
      if (tests === undefined) problems.push(`${where}: ${number} is no requirement`);
      else tests.push(title);
    }
  }
  const requirements = list.map((requirement) => ({ ...requirement, tests: byNumber.get(requirement.id) ?? [] }));
  const tally = (...kinds: RequirementKind[]): Tally => {
    const chosen = requirements.filter(({ kind }) => kinds.includes(kind));
    return { named: chosen.filter(isCovered).length, total: chosen.length };
  };
  return {
    requirements,
    summary: {
      requirements: tally("works", "misuse"),
      works: tally("works"),
      misuses: tally("misuse"),
      invariants: tally("invariant"),
    },
    problems,
  };
}
