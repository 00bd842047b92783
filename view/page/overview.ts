/// <reference lib="dom" />
/** The whole run in one strip: how busy the engines are, where the window and the position lie; drag to scrub. */
import { ACTIVITIES, spentNs } from "../record/recording.ts";
import type { Recording } from "../record/recording.ts";
import { timeText } from "./axis.ts";
import { contextOf, fitted } from "./dom.ts";
import { endOf, shownRuns } from "./store.ts";
import type { Shown, Store } from "./store.ts";
import { colour, themeVersion } from "./theme.ts";

const HEIGHT_PX = 34;
const BUSY = ACTIVITIES.indexOf("busy");

/** The strip. */
export class OverviewView {
  readonly #canvas: HTMLCanvasElement;
  readonly #painted: HTMLCanvasElement = document.createElement("canvas");
  #paintedAs = "";
  #paintedRuns: readonly Recording[] = [];

  constructor(canvas: HTMLCanvasElement, store: Store) {
    this.#canvas = canvas;
    const scrub = (event: PointerEvent): void => {
      store.goTo(event.offsetX / Math.max(1, canvas.clientWidth) * store.endNs);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      scrub(event);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (canvas.hasPointerCapture(event.pointerId)) scrub(event);
    });
  }

  /** Draws what changed. */
  draw(now: Shown): void {
    const canvas = this.#canvas;
    const { widthPx, scale } = fitted(canvas, HEIGHT_PX);
    const endNs = endOf(now);
    const as = [canvas.width, now.shown.join(), endNs, themeVersion()].join(" ");
    if (as !== this.#paintedAs || now.runs !== this.#paintedRuns) this.#paint(now, endNs);
    this.#paintedAs = as;
    this.#paintedRuns = now.runs;
    const context = contextOf(canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(this.#painted, 0, 0);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const at = (ns: number): number => ns / endNs * widthPx;
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    context.strokeRect(at(now.fromNs) + 1, 1, Math.max(2, at(now.toNs) - at(now.fromNs) - 2), HEIGHT_PX - 2);
    context.fillStyle = colour("cursor");
    context.fillRect(Math.min(widthPx - 2, Math.round(at(now.atNs))), 0, 2, HEIGHT_PX);
    canvas.setAttribute("aria-valuemax", `${endNs}`);
    canvas.setAttribute("aria-valuenow", `${now.atNs}`);
    canvas.setAttribute("aria-valuetext", timeText(now.atNs));
  }

  /** For each run a band whose height is the share of engines that are busy. */
  #paint(now: Shown, endNs: number): void {
    const { width, height } = this.#canvas;
    this.#painted.width = width;
    this.#painted.height = height;
    const context = contextOf(this.#painted);
    context.fillStyle = colour("soft");
    context.fillRect(0, 0, width, height);
    context.fillStyle = colour("busy");
    const runs = shownRuns(now);
    const band = height / Math.max(1, runs.length);
    runs.forEach(({ lanes }, index) => {
      const spent = new Float64Array(width + 1);
      for (const lane of lanes) {
        for (let x = 0; x <= width; x++) spent[x]! += spentNs(lane, BUSY, x / width * endNs);
      }
      for (let x = 0; x < width; x++) {
        const share = (spent[x + 1]! - spent[x]!) / (endNs / width * Math.max(1, lanes.length));
        const tall = Math.min(1, share) * (band - 2);
        context.fillRect(x, (index + 1) * band - tall, 1, tall);
      }
    });
  }
}
