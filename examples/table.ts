/** Tables of fixed width for a terminal: a heading, a rule, rows; numbers to the right, words to the left. */

/** One column: how it is headed, and to which side it is set. */
export interface Column {
  readonly heading: string;
  readonly align: "left" | "right";
}

/** A column of words. */
export function words(heading: string): Column {
  return { heading, align: "left" };
}

/** A column of figures. */
export function figures(heading: string): Column {
  return { heading, align: "right" };
}

const GAP = "  ";

/** The lines of a table. Every row has one cell a column. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  indent: string = GAP,
): string[] {
  const widths = columns.map(({ heading }, column) =>
    Math.max(width(heading), ...rows.map((row) => width(row[column] ?? "")))
  );
  const line = (cells: readonly string[]): string =>
    indent + columns.map(({ align }, column) => {
      const cell = cells[column] ?? "";
      const space = " ".repeat(widths[column]! - width(cell));
      return align === "left" ? cell + space : space + cell;
    }).join(GAP).trimEnd();
  return [
    line(columns.map(({ heading }) => heading)),
    indent + widths.map((count) => "─".repeat(count)).join(GAP),
    ...rows.map(line),
  ];
}

/** Lines of `name   value`, the values in one column. */
export function factLines(facts: readonly (readonly [name: string, value: string])[], indent: string = GAP): string[] {
  const nameWidth = Math.max(...facts.map(([name]) => width(name)));
  return facts.map(([name, value]) => `${indent}${name}${" ".repeat(nameWidth - width(name))}  ${value}`);
}

/** A space at which a line may end: not inside `1 234 µs`. */
const BREAK = /(?<!\d) | (?!\d{3}(?!\d)|[µmn]s\b|%|GB\/s|[KMG]iB\b)/;

/** Text in lines of at most `columns` characters, broken between words. */
export function wrapped(text: string, indent: string = GAP, columns = 110): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(BREAK)) {
    if (line !== "" && width(indent) + width(line) + 1 + width(word) > columns) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

/** Columns that a text takes: no combining marks and no wide characters are used here. */
function width(text: string): number {
  return [...text].length;
}
