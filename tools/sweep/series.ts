/** What a plot draws: panels, in each some lines, in each a place for each x with the spread that is left. */
import type { PlotPlan } from "./grid.ts";
import type { Cell, SweepTable } from "./table.ts";

/** All y of one x: points that differ in other axes only. */
export interface Place {
  readonly x: Cell;
  readonly mean: number;
  readonly least: number;
  readonly largest: number;
}

/** One line. */
export interface Series {
  readonly name: string;
  readonly places: readonly Place[];
}

/** One panel. */
export interface Panel {
  readonly name: string;
  readonly series: readonly Series[];
}

/** Groups of rows by a column, in the order of first appearance. */
function groups<Row extends Readonly<Record<string, Cell>>>(rows: readonly Row[], column: string): [Cell, Row[]][] {
  const found = new Map<Cell, Row[]>();
  for (const row of rows) {
    const key = row[column] ?? null;
    const group = found.get(key);
    if (group === undefined) found.set(key, [row]);
    else group.push(row);
  }
  return [...found];
}

/** The panels of a table; a sentence, if a column of the plan is not there, or is no figure. */
export function panelsOf({ columns, rows }: SweepTable, { x, y, lines, panels }: PlotPlan): readonly Panel[] | string {
  for (const [field, column] of Object.entries({ x, y, lines, ...(panels === undefined ? {} : { panels }) })) {
    if (columns.includes(column)) continue;
    return `Cannot draw plot.${field} "${column}": expected one of ${columns.join(", ")}`;
  }
  const odd = rows.find((row) => typeof row[y] !== "number");
  if (odd !== undefined) return `Cannot draw plot.y "${y}": it is ${JSON.stringify(odd[y] ?? null)}, expected numbers`;
  return groups(rows, panels ?? "").map(([panel, own]) => ({
    name: panels === undefined ? "" : `${panels} ${panel}`,
    series: groups(own, lines).map(([line, points]) => ({
      name: String(line),
      places: groups(points, x).map(([place, same]): Place => {
        const values = same.map((row) => Number(row[y]));
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
        return { x: place, mean, least: Math.min(...values), largest: Math.max(...values) };
      }),
    })),
  }));
}
