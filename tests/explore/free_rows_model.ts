/** The free list's own code as a model: threads that take a row, have it for a moment, and give it back. */
import { freeRowsWords, giveRow, openFreeRows, takeRow } from "../../fastpath/free_rows.ts";
import { NO_ROW } from "../../fastpath/slots.ts";
import type { Model } from "../../fastpath/explore/mod.ts";
import { AtomicWords } from "./atomic_words.ts";

/** How many rows stand in the list; -1 if it goes round in circles. */
export function countFree(words: Int32Array, head: number, behind: readonly number[]): number {
  const seen = new Set<number>();
  let row = words[head]! & 0xffff;
  for (; row !== NO_ROW && !seen.has(row); row = words[behind[row]!]!) seen.add(row);
  return row === NO_ROW ? seen.size : -1;
}

/** Builds the model: a thread for each number, which takes and gives so many times. Without `tags`, the mutant. */
export function freeRowsModel(turns: readonly number[], rowCount: number, tags: boolean): Model {
  const rows = openFreeRows(new Int32Array(freeRowsWords(rowCount)), 0, rowCount, true);
  const all = new AtomicWords();
  const head = all.watch("head", rows.words, rows.headAt);
  const numbers = Array.from({ length: rowCount }, (_, row) => row);
  const behind = numbers.map((row) => all.watch(`behind ${row}`, rows.next, row));
  const owners = numbers.map((row) => all.own(`owners of ${row}`));
  if (!tags) all.mutate(head, 0xffff);
  const everything = all.bits([head, ...behind, ...owners]);
  return {
    name: `free list, ${turns.length} threads on ${rowCount} rows`,
    words: all.first(),
    participants: turns.map((count, thread) => ({
      name: `thread ${thread}`,
      runs: "once",
      reach: { reads: everything, writes: everything },
      run: (touch, keep) =>
        all.run(touch, (word) => {
          for (let turn = 0; turn < count; turn++) {
            const row = keep(takeRow(rows));
            if (row !== NO_ROW) {
              word.add(owners[row]!, 1);
              word.add(owners[row]!, -1);
              keep(row);
              giveRow(rows, row);
            } else keep(row);
            keep(0);
          }
        }),
    })),
    findings: (words) => owners.some((word) => words[word]! > 1) ? 1 : 0,
    findingsAtEnd: (words) => {
      return countFree(words, head, behind) === rowCount ? 0 : 2;
    },
    findingNames: ["TwoOwners", "RowLost"],
    describe: (words) => all.describe(words),
  };
}
