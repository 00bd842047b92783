/** A schedule as lines for a person: who did what, and what it changed. */
import type { ExploredFinding } from "./explorer.ts";
import type { Model } from "./model.ts";

/** One line a step, numbered; a participant is named where it takes over from another. The last line is the end. */
export function scheduleLines(model: Model, { steps }: ExploredFinding): string[] {
  const nameWidth = Math.max(...steps.map(({ participant }) => participant.length));
  const doesWidth = Math.max(...steps.map(({ does }) => does.length));
  const numberWidth = String(steps.length).length;
  let before = model.describe(model.words);
  const lines = steps.map(({ participant, does, words }, index) => {
    const parts = model.describe(words);
    const changed = parts.filter((part, at) => part !== before[at]).join(" · ");
    before = parts;
    const name = steps[index - 1]?.participant === participant ? "" : participant;
    const number = String(index + 1).padStart(numberWidth);
    return `${number}  ${name.padEnd(nameWidth)}  ${does.padEnd(doesWidth)}  ${changed}`.trimEnd();
  });
  return [...lines, `${" ".repeat(numberWidth)}  ${before.join(" · ")}`];
}
