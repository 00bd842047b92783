/// <reference lib="dom" />
/** One run as swim lanes: a lane for each channel, a mark for each finding, the position, and what happens there. */
import { counted } from "../../examples/units.ts";
import { ACTIVITIES, ACTIVITY_TEXT, spentNs, stretchAt } from "../record/recording.ts";
import type { Lane, Recording } from "../record/recording.ts";
import { guttersOf, pixelAt, timeAt, timeText } from "./axis.ts";
import { contextOf, fitted, made } from "./dom.ts";
import { paintLane } from "./lane_painter.ts";
import type { Shown, Store } from "./store.ts";
import { colour, themeVersion } from "./theme.ts";

/** Eight lanes and eight more beside them fit a screen; one or two may be taller. */
const LANE_PX = 22;
const TALL_LANE_PX = 38;
const GAP_PX = 4;
const TOP_PX = 8;
const BUSY = ACTIVITIES.indexOf("busy");

/** What a channel does at a time: `irp 12`, or why it is idle. */
export function doingAt(lane: Lane, atNs: number): string {
  const stretch = stretchAt(lane, atNs);
  const activity = ACTIVITIES[lane.activity[stretch] ?? 0] ?? "none";
  const irp = lane.irp[stretch] ?? -1;
  return activity === "busy" && irp >= 0 ? `irp ${irp}` : ACTIVITY_TEXT[activity];
}

/** The lanes of one run. */
export class LanesView {
  readonly element: HTMLElement;
  readonly #store: Store;
  readonly #run: Recording;
  /** Its place among the runs that are shown. */
  readonly #place: number;
  readonly #canvas: HTMLCanvasElement = document.createElement("canvas");
  /** The lanes as they were painted last; painted again only when the window, the size or the colours change. */
  readonly #painted: HTMLCanvasElement = document.createElement("canvas");
  #paintedAs = "";

  /** `tip` shows a text near the pointer; without a text it goes away. */
  constructor(store: Store, run: Recording, place: number, tip: (text: string, event?: PointerEvent) => void) {
    this.#store = store;
    this.#run = run;
    this.#place = place;
    const title = store.now.runs.length > 2 ? this.#chooser() : run.label;
    const head = made("div", "head", made("h2", "", title), made("span", "", figuresOf(run)));
    this.element = made("section", "run", head, this.#canvas);
    this.element.setAttribute("aria-label", run.label);
    this.#canvas.style.height = `${this.#heightPx}px`;
    this.#canvas.setAttribute("role", "img");
    this.#canvas.setAttribute("aria-label", `Lanes of ${run.channels.length} channels under ${run.label}`);
    head.addEventListener("click", () => this.#takeFocus());
    this.#listen(tip);
  }

  /** Draws what changed. */
  draw(now: Shown): void {
    this.element.classList.toggle("focus", now.shown.length > 1 && now.focus === this.#place);
    const { widthPx, scale } = fitted(this.#canvas, this.#heightPx);
    const as = [now.fromNs, now.toNs, this.#canvas.width, this.#canvas.height, themeVersion()].join(" ");
    if (as !== this.#paintedAs) this.#paint(now, widthPx, scale);
    this.#paintedAs = as;
    const context = contextOf(this.#canvas);
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#painted, 0, 0);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    this.#drawPosition(context, now, widthPx);
  }

  /** Where there are more runs than places, each place can show any of them. */
  #chooser(): HTMLSelectElement {
    const { runs, shown } = this.#store.now;
    const select = made("select", "", ...runs.map(({ label }, index) => new Option(label, `${index}`)));
    select.value = `${shown[this.#place]}`;
    select.setAttribute("aria-label", this.#place === 0 ? "First run" : "Second run");
    select.addEventListener("change", () => {
      this.#store.change({ shown: shown.map((each, place) => place === this.#place ? Number(select.value) : each) });
      this.#store.zoomTo(0, this.#store.endNs);
      this.#store.goTo(0);
    });
    return select;
  }

  get #lanePx(): number {
    return this.#run.lanes.length > 2 ? LANE_PX : TALL_LANE_PX;
  }

  get #heightPx(): number {
    return TOP_PX + this.#run.lanes.length * (this.#lanePx + GAP_PX);
  }

  #top(lane: number): number {
    return TOP_PX + lane * (this.#lanePx + GAP_PX);
  }

  #paint(now: Shown, widthPx: number, scale: number): void {
    this.#painted.width = this.#canvas.width;
    this.#painted.height = this.#canvas.height;
    const context = contextOf(this.#painted);
    const { left, right } = guttersOf(widthPx);
    const [x, width] = [Math.round(left * scale), Math.round((widthPx - left - right) * scale)];
    this.#run.lanes.forEach((lane, index) => {
      const [y, height] = [Math.round(this.#top(index) * scale), Math.round(this.#lanePx * scale)];
      const { fromNs, toNs } = now;
      paintLane(context, lane, { x, y, width, height, fromNs, toNs, endNs: this.#run.endNs, scale });
    });
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.textBaseline = "middle";
    this.#run.lanes.forEach((lane, index) => {
      const middle = this.#top(index) + this.#lanePx / 2 + 0.5;
      context.textAlign = "left";
      context.font = `600 12px ${colour("mono")}`;
      context.fillStyle = colour("ink");
      context.fillText(lane.channel, 0, middle);
      if (left < 60) return;
      context.textAlign = "right";
      context.font = `11px ${colour("sans")}`;
      context.fillStyle = colour("quiet");
      context.fillText(`${Math.round(share(lane, BUSY, this.#run.endNs) * 100)} %`, left - 8, middle);
    });
    context.fillStyle = colour("error");
    for (const event of this.#run.findings) {
      const at = pixelAt(this.#run.events.atNs[event] ?? 0, now, widthPx);
      if (at < left - 1 || at > widthPx - right + 1) continue;
      context.beginPath();
      context.moveTo(at, TOP_PX - 1);
      context.lineTo(at - 4, 0);
      context.lineTo(at + 4, 0);
      context.fill();
    }
  }

  #drawPosition(context: CanvasRenderingContext2D, now: Shown, widthPx: number): void {
    const { left, right } = guttersOf(widthPx);
    const at = pixelAt(now.atNs, now, widthPx);
    if (at >= left - 1 && at <= widthPx - right + 1) {
      context.fillStyle = colour("cursor");
      context.fillRect(Math.round(at), 0, 1, this.#heightPx);
    }
    if (right < 60) return;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.font = `12px ${colour("sans")}`;
    this.#run.lanes.forEach((lane, index) => {
      const text = now.atNs > this.#run.endNs ? "over" : doingAt(lane, now.atNs);
      context.fillStyle = colour(text.startsWith("irp") ? "ink" : "quiet");
      context.fillText(text, widthPx - right + 10, this.#top(index) + this.#lanePx / 2 + 0.5, right - 10);
    });
  }

  // The pointer -----------------------------------------------------------------------------------------------------

  #takeFocus(): void {
    const { now } = this.#store;
    this.#store.change({ focus: this.#place });
    this.#store.goTo(now.atNs);
  }

  #laneAt(event: PointerEvent): Lane | undefined {
    return this.#run.lanes[Math.floor((event.offsetY - TOP_PX + GAP_PX / 2) / (this.#lanePx + GAP_PX))];
  }

  #timeAt(event: PointerEvent | WheelEvent): number {
    return timeAt(event.offsetX, this.#store.now, this.#canvas.clientWidth);
  }

  #listen(tip: (text: string, event?: PointerEvent) => void): void {
    const canvas = this.#canvas;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      if (this.#store.now.focus !== this.#place) this.#takeFocus();
      const lane = this.#laneAt(event);
      const isName = event.offsetX < guttersOf(canvas.clientWidth).left;
      const atNs = this.#timeAt(event);
      if (lane === undefined) return;
      if (isName) return this.#store.change({ actor: `channel:${lane.channel}` });
      this.#store.goTo(atNs);
      const irp = lane.irp[stretchAt(lane, atNs)] ?? -1;
      this.#store.change({ actor: irp >= 0 ? `irp:${irp}` : `channel:${lane.channel}` });
    });
    canvas.addEventListener("pointermove", (event) => {
      const atNs = this.#timeAt(event);
      if (canvas.hasPointerCapture(event.pointerId)) this.#store.goTo(atNs);
      const lane = this.#laneAt(event);
      tip(lane === undefined ? "" : tipText(lane, atNs, this.#run.endNs), event);
    });
    canvas.addEventListener("pointerleave", () => tip(""));
    canvas.addEventListener("wheel", (event) => {
      // Without a key the wheel scrolls the page, as everywhere.
      if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
      event.preventDefault();
      this.#store.zoomBy(event.deltaY > 0 ? 1.25 : 0.8, this.#timeAt(event));
    }, { passive: false });
  }
}

function share(lane: Lane, activity: number, endNs: number): number {
  return endNs === 0 ? 0 : spentNs(lane, activity, endNs) / endNs;
}

function tipText(lane: Lane, atNs: number, endNs: number): string {
  const stretch = stretchAt(lane, atNs);
  const [from, to] = [lane.fromNs[stretch] ?? 0, lane.fromNs[stretch + 1] ?? endNs];
  return `${lane.channel}: ${doingAt(lane, atNs)}, ${timeText(to - from)} from ${timeText(from)}`;
}

/** `615.8 µs, 128 requests, engines 46 % busy`. */
function figuresOf({ endNs, requests, lanes, findings }: Recording): string {
  const busy = lanes.reduce((sum, lane) => sum + share(lane, BUSY, endNs), 0) / Math.max(1, lanes.length);
  const parts = [timeText(endNs, 1)];
  if (requests > 0) parts.push(counted(requests, "request"));
  if (lanes.length > 0) parts.push(`engines ${(busy * 100).toFixed(1)} % busy`);
  if (findings.length > 0) parts.push(counted(findings.length, "finding"));
  return parts.join(" · ");
}
