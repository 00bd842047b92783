/** Every row of every point as one table: the axes first, then the figures of the rows. */
import type { Finished } from "./shard_file.ts";
import { pointAt } from "./grid.ts";
import type { Grid } from "./grid.ts";

/** What stands in a cell. */
export type Cell = string | number | boolean | null;

/** Rows in the order of the points, whoever ran them. */
export interface SweepTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
}

/** Lists and objects of a row have no place in a table of cells. */
function isCell(value: unknown): value is Cell {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** Makes the table. A figure of the same name as an axis stands in its place: it says the same, row by row. */
export function tableOf(grid: Grid, finished: readonly Finished[]): SweepTable {
  const columns = new Set(Object.keys(grid.axes));
  const rows = finished.toSorted((one, other) => one.point - other.point).flatMap(({ point, rows: own, failures }) => {
    const { settings } = pointAt(grid, point);
    return own.map((row) => {
      const cells = Object.entries(row).filter((entry): entry is [string, Cell] => isCell(entry[1]));
      for (const [name] of cells) columns.add(name);
      return { ...settings, ...Object.fromEntries(cells), failures: failures.length };
    });
  });
  columns.add("failures");
  return { columns: [...columns], rows };
}

/** Comma-separated values (RFC 4180, with plain line ends). */
export function csv({ columns, rows }: SweepTable): string {
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name] ?? null))];
  return lines.map((cells) => cells.map(csvCell).join(",") + "\n").join("");
}

function csvCell(cell: Cell): string {
  const text = cell === null ? "" : String(cell);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
