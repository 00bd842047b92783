/**
 * What the page shows: runs, a position in time, a window of time, an actor. One object; whoever changes it says what,
 * and everybody who draws is called once in the next frame.
 */
import type { Recording } from "../record/recording.ts";
import { eventAt } from "../record/recording.ts";

/** The state of the page. */
export interface Shown {
  /** Every run that was recorded. */
  readonly runs: readonly Recording[];
  /** Which of them are shown: one, or two on one axis of time. */
  readonly shown: readonly number[];
  /** Which of the shown ones events, findings and charts are of: 0 or 1. */
  readonly focus: number;
  /** The position in virtual time. */
  readonly atNs: number;
  /** The last event that has happened there, in the run in focus; -1 before the first. */
  readonly event: number;
  /** The window of time. */
  readonly fromNs: number;
  readonly toNs: number;
  /** The actor whose chart is shown; empty for none. */
  readonly actor: string;
  readonly isPlaying: boolean;
  /** Nanoseconds of the run in a second of the person. */
  readonly nsPerSecond: number;
}

const NOTHING: Shown = {
  runs: [],
  shown: [],
  focus: 0,
  atNs: 0,
  event: -1,
  fromNs: 0,
  toNs: 1,
  actor: "",
  isPlaying: false,
  nsPerSecond: 1,
};

/** The least that a window shows. */
const LEAST_WINDOW_NS = 20;

/** Holds the state. */
export class Store {
  #now: Shown = NOTHING;
  readonly #changed: () => void;

  /** `changed` is called at each change. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** The state now. */
  get now(): Shown {
    return this.#now;
  }

  /** The run that events, findings and charts are of. */
  get run(): Recording | undefined {
    return focused(this.#now);
  }

  /** The end of the axis: that of the longest run shown. */
  get endNs(): number {
    return endOf(this.#now);
  }

  /** Changes some of it. */
  change(some: Partial<Shown>): void {
    this.#now = { ...this.#now, ...some };
    this.#changed();
  }

  /** Goes to a time. The window follows if it does not hold it. */
  goTo(atNs: number): void {
    const inside = Math.min(this.endNs, Math.max(0, atNs));
    const run = this.run;
    this.change({ atNs: inside, event: run === undefined ? -1 : eventAt(run, inside), ...this.#around(inside) });
  }

  /** Goes to an event of the run in focus. */
  goToEvent(event: number): void {
    const run = this.run;
    if (run === undefined || run.events.count === 0) return;
    const inside = Math.min(run.events.count - 1, Math.max(0, event));
    const atNs = run.events.atNs[inside] ?? 0;
    this.change({ event: inside, atNs, ...this.#around(atNs) });
  }

  /** Shows so much of the time; never less than some nanoseconds, never more than there is. */
  zoomTo(fromNs: number, toNs: number): void {
    const endNs = this.endNs;
    const span = Math.min(endNs, Math.max(LEAST_WINDOW_NS, toNs - fromNs));
    const from = Math.min(Math.max(0, fromNs), endNs - span);
    this.change({ fromNs: from, toNs: from + span });
  }

  /** Shows a share of the present window, around a time that stays where it is. */
  zoomBy(share: number, aroundNs: number): void {
    const { fromNs, toNs } = this.#now;
    const span = Math.min(this.endNs, (toNs - fromNs) * share);
    const place = (aroundNs - fromNs) / (toNs - fromNs);
    this.zoomTo(aroundNs - place * span, aroundNs + (1 - place) * span);
  }

  /** The window that holds a time: the present one, or one of the same size with the time near its beginning. */
  #around(atNs: number): Pick<Shown, "fromNs" | "toNs"> {
    const { fromNs, toNs } = this.#now;
    if (atNs >= fromNs && atNs <= toNs) return { fromNs, toNs };
    const span = toNs - fromNs;
    const from = Math.min(Math.max(0, atNs - span * 0.15), Math.max(0, this.endNs - span));
    return { fromNs: from, toNs: from + span };
  }
}

/** The run in focus. */
export function focused({ runs, shown, focus }: Shown): Recording | undefined {
  return runs[shown[focus] ?? shown[0] ?? -1];
}

/** The runs that are shown, in their order. */
export function shownRuns({ runs, shown }: Shown): Recording[] {
  return shown.flatMap((index) => runs[index] ?? []);
}

/** The end of the axis. */
export function endOf(now: Shown): number {
  return Math.max(LEAST_WINDOW_NS, ...shownRuns(now).map(({ endNs }) => endNs));
}
