/// <reference lib="dom" />
/**
 * Paints one lane. Where stretches are wide each is a box of its own: what is busy fills the height and names its
 * request, what waits is a thin bar in the colour of its reason. Where there are more stretches than pixels, a column
 * of pixels shows the shares of its time: busy from below, what waited on top of it. So ten thousand requests cost no
 * more to draw than ten.
 */
import { firstAfter } from "../record/column.ts";
import { ACTIVITIES } from "../record/recording.ts";
import type { Activity, Lane } from "../record/recording.ts";
import { colour, pixelOf } from "./theme.ts";

/** Where a lane lies on a canvas, in its own pixels, and which time it shows. */
export interface LaneBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fromNs: number;
  readonly toNs: number;
  /** The end of the run: nothing is painted behind it. */
  readonly endNs: number;
  /** Pixels of the canvas in one of the page. */
  readonly scale: number;
}

const BUSY = ACTIVITIES.indexOf("busy");
const NONE = ACTIVITIES.indexOf("none");
/** Shares are stacked in this order: what is done below, what waits above it, nothing on top. */
const STACK: readonly number[] = [
  BUSY,
  ...ACTIVITIES.map((_, code) => code).filter((code) => code !== BUSY && code !== NONE),
  NONE,
];
/** A box narrower than this, on average, is painted as shares. */
const LEAST_BOX_PIXELS = 2;
const WAITING_HEIGHT = 0.34;
const NAME_WIDTH_PX = 40;

/** Paints a lane. */
export function paintLane(context: CanvasRenderingContext2D, lane: Lane, box: LaneBox): void {
  const first = Math.max(0, firstAfter(lane.fromNs, box.fromNs) - 1);
  const last = firstAfter(lane.fromNs, box.toNs) - 1;
  if ((last - first + 1) * LEAST_BOX_PIXELS > box.width) paintShares(context, lane, box);
  else paintBoxes(context, lane, box, first, last);
}

function paintBoxes(context: CanvasRenderingContext2D, lane: Lane, box: LaneBox, first: number, last: number): void {
  const { x, y, width, height, fromNs, toNs, endNs, scale } = box;
  const place = (ns: number): number =>
    x + Math.round((Math.min(toNs, Math.max(fromNs, ns)) - fromNs) / (toNs - fromNs) * width);
  const right = place(endNs);
  context.fillStyle = colour("none");
  context.fillRect(x, y, right - x, height);
  context.font = `600 ${11 * scale}px ${colour("mono")}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (let i = first; i <= last; i++) {
    const activity = ACTIVITIES[lane.activity[i]!]!;
    if (activity === "none") continue;
    const left = place(lane.fromNs[i]!);
    const wide = Math.max(1, place(lane.fromNs[i + 1] ?? endNs) - left);
    const tall = activity === "busy" ? height : Math.round(height * WAITING_HEIGHT);
    context.fillStyle = colour(activity);
    context.fillRect(left, y + height - tall, activity === "busy" && wide > 3 * scale ? wide - 1 : wide, tall);
    const irp = lane.irp[i]!;
    if (activity !== "busy" || irp < 0 || wide < NAME_WIDTH_PX * scale) continue;
    const text = `irp ${irp}`;
    if (context.measureText(text).width + 10 * scale > wide) continue;
    context.fillStyle = colour("on-accent");
    context.fillText(text, left + 6 * scale, y + height / 2 + scale / 2);
  }
}

function paintShares(context: CanvasRenderingContext2D, lane: Lane, box: LaneBox): void {
  const { x, y, width, height, fromNs, toNs, endNs } = box;
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = ACTIVITIES.map((activity: Activity) => pixelOf(colour(activity)));
  const before = new Float64Array(ACTIVITIES.length);
  const after = new Float64Array(ACTIVITIES.length);
  const columnNs = (toNs - fromNs) / width;
  let stretch = spentBefore(lane, fromNs, 0, before);
  for (let column = 0; column < width; column++) {
    const beginNs = fromNs + column * columnNs;
    if (beginNs >= endNs) break;
    stretch = spentBefore(lane, Math.min(endNs, beginNs + columnNs), stretch, after);
    const wholeNs = Math.min(endNs, beginNs + columnNs) - beginNs;
    let done = 0;
    let spentNs = 0;
    for (const code of STACK) {
      spentNs += after[code]! - before[code]!;
      const upTo = code === NONE ? height : Math.min(height, Math.round(spentNs / wholeNs * height));
      for (; done < upTo; done++) pixels[(height - 1 - done) * width + column] = colours[code]!;
    }
    before.set(after);
  }
  context.putImageData(image, x, y);
}

/** Nanoseconds of each activity before a time, from a stretch on. Returns the stretch that holds the time. */
function spentBefore(lane: Lane, atNs: number, from: number, spentNs: Float64Array): number {
  const { fromNs, activity, beforeNs } = lane;
  let stretch = from;
  // The next column is mostly a few stretches on; a first one may be anywhere.
  if (from === 0) stretch = Math.max(0, firstAfter(fromNs, atNs) - 1);
  else while (stretch + 1 < fromNs.length && fromNs[stretch + 1]! <= atNs) stretch++;
  for (let code = 0; code < spentNs.length; code++) spentNs[code] = beforeNs[code]![stretch] ?? 0;
  spentNs[activity[stretch]!]! += Math.max(0, atNs - (fromNs[stretch] ?? 0));
  return stretch;
}
