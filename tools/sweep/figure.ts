/** Figures of a sweep as people read them: the unit is in the name, the size decides its prefix. */

/** How to write the values of one axis of a plot. */
export interface Measure {
  /** What stands beside the axis: `simulated, ms`. */
  readonly label: string;
  /** A tick's text. */
  readonly text: (value: number) => string;
}

interface Unit {
  readonly ending: RegExp;
  /** The largest prefix of which the largest value is at least one. */
  readonly steps: readonly (readonly [factor: number, unit: string])[];
}

const UNITS: readonly Unit[] = [
  { ending: /Ns$|-ns$/, steps: [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]] },
  { ending: /[bB]ytesPerSecond$/, steps: [[1e9, "GB/s"], [1e6, "MB/s"], [1e3, "kB/s"], [1, "B/s"]] },
  { ending: /Bytes$|^bytes$/, steps: [[2 ** 30, "GiB"], [2 ** 20, "MiB"], [1024, "KiB"], [1, "bytes"]] },
  { ending: /^utilisation$/, steps: [[0.01, "%"]] },
];

/** How values up to `largest` of a column are written. */
export function measureOf(name: string, largest: number): Measure {
  const unit = UNITS.find(({ ending }) => ending.test(name));
  const [factor, symbol] = unit?.steps.find(([size]) => largest >= size) ?? unit?.steps.at(-1) ?? [1, ""];
  const words = name.replace(unit?.ending ?? /$^/, (found) => unit?.steps.length === 1 ? found : "")
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll("-", " ").trim();
  const title = words === "" ? name : words;
  return {
    label: symbol === "" ? title : `${title}, ${symbol}`,
    text: (value) => String(Number((value / factor).toPrecision(6))),
  };
}

/** Round numbers from 0 or below the least to the largest or above it, about `wanted` of them. */
export function ticks(least: number, largest: number, wanted: number): number[] {
  const span = largest - least || Math.abs(largest) || 1;
  const power = 10 ** Math.floor(Math.log10(span / wanted));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => span / size <= wanted) ?? span;
  const first = Math.floor(least / step + 1e-9);
  const last = Math.ceil(largest / step - 1e-9);
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, index) => (first + index) * step);
}
