/** A sweep as a picture: SVG that needs nothing else, readable in dark and light; a panel beside the other. */
import { measureOf, ticks } from "./figure.ts";
import type { Measure } from "./figure.ts";
import type { PlotPlan } from "./grid.ts";
import type { Panel, Place, Series } from "./series.ts";
import type { Cell } from "./table.ts";

const PANEL = { width: 460, height: 320 };
const MARGIN = { left: 64, right: 18, top: 34, bottom: 52 };
const HEAD = 46;
const LEGEND_LINE = 20;
/** Told apart by people who see colours differently (Okabe and Ito), then again with another dash. */
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a8a8a"];
const DASHES = ["", "6 3", "2 3"];

/** Values onto pixels. */
interface Scale {
  readonly at: (value: Cell) => number;
  readonly marks: readonly { readonly at: number; readonly text: string }[];
  readonly label: string;
}

/** Draws panels; `title` stands above all. */
export function plot(title: string, panels: readonly Panel[], { x, y, lines }: PlotPlan): string {
  const places = panels.flatMap(({ series }) => series.flatMap((line) => line.places));
  const across = xScale(x, places.map((place) => place.x));
  const up = yScale(y, places);
  const names = [...new Set(panels.flatMap(({ series }) => series.map(({ name }) => name)))];
  const columns = panels.length === 1 ? 1 : panels.length === 2 || panels.length === 4 ? 2 : 3;
  const width = Math.max(columns, 1) * PANEL.width;
  const legendWidth = 56 + 7.5 * Math.max(0, ...names.map(({ length }) => length));
  const perLine = Math.max(1, Math.floor((width - MARGIN.left) / legendWidth));
  const panelsTop = HEAD + Math.ceil(names.length / perLine) * LEGEND_LINE;
  const height = panelsTop + Math.ceil(panels.length / columns) * PANEL.height;
  const styles = new Map(names.map((name, index) => [name, styleOf(index)]));
  const legend = names.map((name, index) => {
    const left = round(MARGIN.left + index % perLine * legendWidth);
    const top = HEAD + Math.floor(index / perLine) * LEGEND_LINE;
    const sample = `<path d="M${left} ${top - 4}h26" ${styles.get(name)}/>`;
    return `${sample}<text x="${left + 33}" y="${top}">${escaped(name)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    STYLE,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="title" x="${MARGIN.left}" y="24">${escaped(title)}: ${escaped(up.label)} by ${escaped(lines)}</text>`,
    ...legend,
    ...panels.map((panel, index) => {
      const place = `${index % columns * PANEL.width} ${panelsTop + Math.floor(index / columns) * PANEL.height}`;
      return `<g transform="translate(${place})">${drawn(panel, across, up, styles)}</g>`;
    }),
    "</svg>\n",
  ].join("\n");
}

function drawn({ name, series }: Panel, across: Scale, up: Scale, styles: ReadonlyMap<string, string>): string {
  const right = PANEL.width - MARGIN.right;
  const bottom = PANEL.height - MARGIN.bottom;
  const rows = up.marks.map(({ at, text }) =>
    `<path class="grid" d="M${MARGIN.left} ${at}H${right}"/>` +
    `<text class="up" x="${MARGIN.left - 8}" y="${round(at + 4)}">${escaped(text)}</text>`
  );
  const marks = across.marks.map(({ at, text }) =>
    `<path class="axis" d="M${at} ${bottom}v5"/><text class="across" x="${at}" y="${bottom + 19}">${
      escaped(text)
    }</text>`
  );
  return [
    ...(name === "" ? [] : [`<text class="panel" x="${MARGIN.left}" y="${MARGIN.top - 12}">${escaped(name)}</text>`]),
    ...rows,
    `<path class="axis" d="M${MARGIN.left} ${bottom}H${right}"/>`,
    ...marks,
    `<text class="across" x="${(MARGIN.left + right) / 2}" y="${bottom + 39}">${escaped(across.label)}</text>`,
    ...series.map((line) => lineOf(line, across, up, styles.get(line.name) ?? "")),
  ].join("\n");
}

/** A line through the means; where points differ in what is not drawn, a bar from the least to the largest. */
function lineOf({ places }: Series, across: Scale, up: Scale, style: string): string {
  const sorted = places.map((place) => ({ ...place, left: across.at(place.x) })).sort((one, two) =>
    one.left - two.left
  );
  const points = sorted.map(({ left, mean }) => `${left} ${up.at(mean)}`);
  const bars = sorted.filter(({ least, largest }) => least < largest)
    .map(({ left, least, largest }) => `<path d="M${left} ${up.at(least)}V${up.at(largest)}" ${style} opacity=".5"/>`);
  const dots = sorted.map(({ left, mean }) => `<circle cx="${left}" cy="${up.at(mean)}" r="2.6" ${style}/>`);
  return [`<path d="M${points.join("L")}" ${style}/>`, ...bars, ...(sorted.length > 40 ? [] : dots)].join("");
}

/** Numbers in proportion; anything else side by side. */
function xScale(name: string, values: readonly Cell[]): Scale {
  const [from, to] = [MARGIN.left + 10, PANEL.width - MARGIN.right - 10];
  const unique = [...new Set(values)];
  const numbers = unique.filter((value): value is number => typeof value === "number");
  if (numbers.length < unique.length) {
    const at = (value: Cell): number => round(from + (unique.indexOf(value) + 0.5) * (to - from) / unique.length);
    return { at, marks: unique.map((value) => ({ at: at(value), text: String(value) })), label: name };
  }
  const [least, largest] = [Math.min(...numbers), Math.max(...numbers)];
  const { label, text }: Measure = measureOf(name, largest);
  const at = (value: Cell): number => round(from + (Number(value) - least) / (largest - least || 1) * (to - from));
  const few = numbers.length <= 8 ? numbers : ticks(least, largest, 6).filter((one) => one >= least && one <= largest);
  return { at, marks: few.map((value) => ({ at: at(value), text: text(value) })), label };
}

function yScale(name: string, places: readonly Place[]): Scale {
  const largest = Math.max(0, ...places.map((place) => place.largest));
  const steps = ticks(Math.min(0, ...places.map(({ least }) => least)), largest, 6);
  const [first, last] = [steps[0]!, steps.at(-1)!];
  const { label, text }: Measure = measureOf(name, largest);
  const span = PANEL.height - MARGIN.bottom - MARGIN.top;
  const at = (value: Cell): number => round(MARGIN.top + (last - Number(value)) / (last - first) * span);
  return { at, marks: steps.map((value) => ({ at: at(value), text: text(value) })), label };
}

function styleOf(index: number): string {
  const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length]!;
  return `class="line" stroke="${COLOURS[index % COLOURS.length]}"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

const STYLE = `<style>
.page{fill:#fff}text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}
.panel{font-weight:600}.up{text-anchor:end;fill:#57606a}.across{text-anchor:middle;fill:#57606a}
.grid{stroke:#d8dee4}.axis{stroke:#8c959f;fill:none}.line{fill:none;stroke-width:2;stroke-linejoin:round}
circle.line{fill:#fff}
@media (prefers-color-scheme:dark){.page{fill:#0d1117}text{fill:#e6edf3}.up,.across{fill:#9198a1}
.grid{stroke:#262c36}.axis{stroke:#656d76}circle.line{fill:#0d1117}}
</style>`;
