/// <reference lib="dom" />
/** The axis of time: where its marks stand, how times are written, where a time lies on the screen. */
import { contextOf, fitted } from "./dom.ts";
import type { Shown } from "./store.ts";
import { colour } from "./theme.ts";

/** Space to the left of time for names, and to the right for what happens at the position, in CSS pixels. */
export interface Gutters {
  readonly left: number;
  readonly right: number;
}

/** The gutters of a stage so wide: a narrow one has no room to the right. */
export function guttersOf(widthPx: number): Gutters {
  return widthPx < 560 ? { left: 46, right: 6 } : { left: 78, right: 168 };
}

/** Where a time lies, in CSS pixels from the left edge. */
export function pixelAt(atNs: number, { fromNs, toNs }: Shown, widthPx: number): number {
  const { left, right } = guttersOf(widthPx);
  return left + (atNs - fromNs) / (toNs - fromNs) * (widthPx - left - right);
}

/** The time at a place. */
export function timeAt(pixel: number, { fromNs, toNs }: Shown, widthPx: number): number {
  const { left, right } = guttersOf(widthPx);
  const share = (pixel - left) / Math.max(1, widthPx - left - right);
  return fromNs + Math.min(1, Math.max(0, share)) * (toNs - fromNs);
}

/** A time as people read it: microseconds, in groups of three digits. */
export function timeText(ns: number, digits = 3): string {
  const text = (ns / 1000).toFixed(digits);
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${grouped}${fraction === undefined ? "" : `.${fraction}`} µs`;
}

/** The distance of marks so that they stand at least `leastPx` apart: 1, 2 or 5 times a power of ten nanoseconds. */
export function stepOf(spanNs: number, widthPx: number, leastPx = 90): number {
  const least = Math.max(1, spanNs / Math.max(1, widthPx) * leastPx);
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power * 10;
}

/** The marks in the window. */
export function marksOf(now: Shown, widthPx: number): { readonly atNs: number; readonly text: string }[] {
  const { left, right } = guttersOf(widthPx);
  const step = stepOf(now.toNs - now.fromNs, widthPx - left - right);
  const digits = step >= 1000 ? 0 : step >= 100 ? 1 : step >= 10 ? 2 : 3;
  const marks = [];
  for (let k = Math.ceil(now.fromNs / step); k * step <= now.toNs; k++) {
    marks.push({ atNs: k * step, text: timeText(k * step, digits) });
  }
  return marks;
}

const HEIGHT_PX = 20;

/** Draws the axis. */
export function drawAxis(canvas: HTMLCanvasElement, now: Shown): void {
  const { widthPx, scale } = fitted(canvas, HEIGHT_PX);
  const context = contextOf(canvas);
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, widthPx, HEIGHT_PX);
  context.font = `11px ${colour("sans")}`;
  context.textBaseline = "middle";
  context.textAlign = "center";
  const { right } = guttersOf(widthPx);
  for (const { atNs, text } of marksOf(now, widthPx)) {
    const x = pixelAt(atNs, now, widthPx);
    context.fillStyle = colour("line");
    context.fillRect(x, 0, 1, 4);
    context.fillStyle = colour("quiet");
    const half = context.measureText(text).width / 2;
    if (x + half <= widthPx - Math.min(right, 6)) context.fillText(text, x, 12);
  }
}
