/** Which of the known names a misspelt one was probably meant for. */

/** How many letters may be wrong; of a short name, one in four. More would take one routine for another. */
const MISTAKES_MAX = 2;
const LETTERS_PER_MISTAKE = 4;
const NAME_CHARACTERS_MAX = 64;

/** The known name that is most like this one; null if none is. Upper and lower case are one. */
export function nearest(name: string, known: Iterable<string>): string | null {
  if (name.length > NAME_CHARACTERS_MAX) return null;
  let best: string | null = null;
  let fewest = Math.min(MISTAKES_MAX, Math.floor(name.length / LETTERS_PER_MISTAKE)) + 1;
  const letters = name.toLowerCase();
  for (const other of known) {
    if (Math.abs(other.length - name.length) >= fewest) continue;
    const mistakes = mistakesBetween(letters, other.toLowerCase());
    if (mistakes >= fewest) continue;
    fewest = mistakes;
    best = other;
  }
  return best;
}

/** How many letters must be put in, left out or replaced (Levenshtein's distance). */
function mistakesBetween(one: string, other: string): number {
  let above = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row++) {
    const present = [row];
    for (let column = 1; column <= other.length; column++) {
      const replaced = above[column - 1]! + (one[row - 1] === other[column - 1] ? 0 : 1);
      present.push(Math.min(replaced, above[column]! + 1, present[column - 1]! + 1));
    }
    above = present;
  }
  return above[other.length]!;
}
