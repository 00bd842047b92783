/** A series in a window, at most one point for each pixel: the largest value in it, so that no peak gets lost. */
import { firstAfter } from "../record/column.ts";
import { valueAt } from "../record/recording.ts";
import type { Series } from "../record/recording.ts";

/** A value for each of `count` equal parts of the window; null where the series has not begun or the run is over. */
export function sampled(series: Series, fromNs: number, toNs: number, count: number, endNs: number): (number | null)[] {
  const values: (number | null)[] = [];
  const partNs = (toNs - fromNs) / count;
  let next = firstAfter(series.atNs, fromNs);
  let current = valueAt(series, fromNs) ?? null;
  for (let part = 0; part < count; part++) {
    const untilNs = fromNs + (part + 1) * partNs;
    if (untilNs - partNs > endNs) {
      values.push(null);
      continue;
    }
    let largest = current;
    while (next < series.atNs.length && series.atNs[next]! <= untilNs) {
      current = series.value[next]!;
      if (largest === null || current > largest) largest = current;
      next++;
    }
    values.push(largest);
  }
  return values;
}
