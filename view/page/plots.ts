/// <reference lib="dom" />
/** Queue depths and map registers over the same time as the lanes, drawn by uPlot. */
import uPlot from "uplot";
import type { Recording, Series } from "../record/recording.ts";
import { guttersOf, pixelAt, timeAt } from "./axis.ts";
import { made } from "./dom.ts";
import { grouped } from "../../examples/units.ts";
import { sampled } from "./sampled.ts";
import { shownRuns } from "./store.ts";
import type { Shown, Store } from "./store.ts";
import { colour, themeVersion } from "./theme.ts";

const HEIGHT_PX = 78;
const QUEUES = ["work-to-do", "waiting-for-device", "ready-to-complete"] as const;
const FREE_REGISTERS = "mapRegisterPool.free";
const LISTS = "lists out";
const LARGEST_POINTS = 1200;

interface Curve {
  readonly label: string;
  readonly series: Series;
  readonly endNs: number;
}

interface Plot {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly element: HTMLElement;
  chart: uPlot | undefined;
}

/** All plots. */
export class PlotsView {
  readonly #element: HTMLElement;
  readonly #line: HTMLElement = made("div", "plot-line");
  #plots: Plot[] = [];
  #runs: readonly Recording[] = [];
  #madeAs = "";
  #filledAs = "";

  constructor(element: HTMLElement, store: Store) {
    this.#element = element;
    const scrub = (event: PointerEvent): void => {
      const { left } = element.getBoundingClientRect();
      store.goTo(timeAt(event.clientX - left, store.now, element.clientWidth));
    };
    element.addEventListener("pointerdown", (event) => {
      element.setPointerCapture(event.pointerId);
      scrub(event);
    });
    element.addEventListener("pointermove", (event) => {
      if (element.hasPointerCapture(event.pointerId)) scrub(event);
    });
  }

  /** Draws what changed. */
  draw(now: Shown): void {
    const runs = shownRuns(now);
    const widthPx = this.#element.clientWidth;
    const isNew = runs.length !== this.#runs.length || runs.some((run, index) => run !== this.#runs[index]);
    const as = `${widthPx} ${themeVersion()}`;
    if (isNew || as !== this.#madeAs) this.#make(runs, widthPx);
    const filledAs = `${now.fromNs} ${now.toNs}`;
    if (isNew || as !== this.#madeAs || filledAs !== this.#filledAs) {
      for (const plot of this.#plots) fill(plot, now, widthPx);
    }
    this.#runs = runs;
    this.#madeAs = as;
    this.#filledAs = filledAs;
    const at = pixelAt(now.atNs, now, widthPx);
    const { left, right } = guttersOf(widthPx);
    this.#line.hidden = at < left - 1 || at > widthPx - right + 1;
    this.#line.style.transform = `translateX(${Math.round(at)}px)`;
  }

  #make(runs: readonly Recording[], widthPx: number): void {
    for (const { chart } of this.#plots) chart?.destroy();
    this.#plots = plotsOf(runs);
    this.#element.replaceChildren(...this.#plots.map(({ element }) => element), this.#line);
    for (const plot of this.#plots) plot.chart = chartOf(plot, widthPx);
  }
}

/** The depths of the queues of each run; then what is held, all runs in one. */
function plotsOf(runs: readonly Recording[]): Plot[] {
  const queues = runs.flatMap((run) => {
    const curves = QUEUES.flatMap((name) => curveOf(run, name, name));
    return curves.length === 0 ? [] : [plot(runs.length > 1 ? `Queues, ${run.label}` : "Queues", curves)];
  });
  const registers = runs.flatMap((run) => curveOf(run, FREE_REGISTERS, run.label));
  const lists = runs.flatMap((run) => curveOf(run, LISTS, run.label));
  return [
    ...queues,
    ...(registers.length === 0 ? [] : [plot("Map registers free", registers)]),
    ...(lists.length === 0 ? [] : [plot("Lists that are out", lists)]),
  ];
}

function curveOf({ series, endNs }: Recording, name: string, label: string): Curve[] {
  return series.filter((each) => each.name === name).map((each) => ({ label, series: each, endNs }));
}

function plot(title: string, curves: readonly Curve[]): Plot {
  const labels = curves.map(({ label }, index) => made("span", "", made("i", `curve-${index % 3 + 1}`), label));
  const element = made("div", "", made("h2", "", made("b", "", title), ...labels));
  return { title, curves, element, chart: undefined };
}

function chartOf({ curves, element }: Plot, widthPx: number): uPlot {
  const { left, right } = guttersOf(widthPx);
  const axis = { stroke: colour("quiet"), font: `10.5px ${colour("sans")}`, ticks: { show: false } };
  const options: uPlot.Options = {
    width: widthPx,
    height: HEIGHT_PX,
    padding: [6, right, 4, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, auto: false }, y: { range: (_, _least, most) => [0, Math.max(1, most * 1.08)] } },
    axes: [
      { ...axis, show: false },
      {
        ...axis,
        size: left,
        gap: 6,
        space: 26,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000],
        grid: { stroke: colour("line"), width: 1 },
        values: (_, splits) => splits.map((each) => grouped(each)),
      },
    ],
    series: [
      {},
      ...curves.map(({ label }, index) => ({
        label,
        stroke: colour(`curve-${index % 3 + 1}`),
        width: 1.5,
        points: { show: false },
        paths: uPlot.paths.stepped?.({ align: 1 }),
      })),
    ],
  };
  return new uPlot(options, [[0], ...curves.map(() => [0])] as uPlot.AlignedData, element);
}

function fill({ curves, chart }: Plot, { fromNs, toNs }: Shown, widthPx: number): void {
  if (chart === undefined) return;
  const { left, right } = guttersOf(widthPx);
  const count = Math.max(2, Math.min(LARGEST_POINTS, Math.round(widthPx - left - right)));
  const times = Array.from({ length: count }, (_, part) => fromNs + part * (toNs - fromNs) / count);
  const data = [times, ...curves.map(({ series, endNs }) => sampled(series, fromNs, toNs, count, endNs))];
  chart.batch(() => {
    chart.setData(data as uPlot.AlignedData, false);
    chart.setScale("x", { min: fromNs, max: toNs });
  });
}
