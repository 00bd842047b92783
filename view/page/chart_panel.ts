/// <reference lib="dom" />
/**
 * A lifecycle chart with the present state lit. Knows nothing of runs: whoever has a chart and the name of a state can
 * show them. Drag moves the picture, the wheel with Ctrl makes it larger or smaller.
 */
import { chartGraph } from "../../trace/charts/chart_graph.ts";
import type { ChartGraph, ChartState } from "../../trace/charts/chart_graph.ts";
import { svg } from "../../trace/charts/svg.ts";

/** What can be shown: a chart as it runs, such as `CHARTS[0].machine`. */
export type Definition = Parameters<typeof chartGraph>[0];

/** A part of the picture, in its own units. */
interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Picture {
  readonly element: SVGSVGElement;
  readonly whole: Part;
  /** Path of a state → its box. */
  readonly states: ReadonlyMap<string, SVGGElement>;
}

/** Pixels of the screen for one unit of the picture when it is close: text is as large as elsewhere. */
const CLOSE = 0.92;

/** Shows charts inside an element. */
export class ChartPanel {
  readonly #element: HTMLElement;
  readonly #pictures = new Map<string, Picture>();
  #picture: Picture | undefined;
  #state = "";
  #part: Part = { x: 0, y: 0, width: 1, height: 1 };
  /** The whole chart is shown, not the surroundings of the state. */
  #isWhole = false;
  #withMisuse = false;

  constructor(element: HTMLElement) {
    this.#element = element;
    this.#listen();
  }

  /** Shows an actor: its chart, and the path of its state, such as `live.free`. An empty state lights nothing. */
  showActor(definition: Definition, state: string): void {
    const picture = this.#pictureOf(definition);
    const isOther = picture !== this.#picture;
    if (isOther) this.#element.replaceChildren(picture.element);
    if (!isOther && state === this.#state) return;
    this.#picture = picture;
    this.#state = state;
    for (const [path, box] of picture.states) {
      box.classList.toggle("lit", path === state || state.startsWith(`${path}.`));
    }
    this.#element.setAttribute("aria-label", `Chart ${definition.id}, in state ${state === "" ? "unknown" : state}`);
    this.#frame();
  }

  /** Shows nothing but a sentence. */
  showNothing(sentence: string): void {
    this.#picture = undefined;
    this.#state = "";
    this.#element.textContent = sentence;
  }

  /** The whole chart, or close to the state. Returns whether it is the whole now. */
  toggleWhole(): boolean {
    this.#isWhole = !this.#isWhole;
    this.#frame();
    return this.#isWhole;
  }

  /** With the arrows that break rules, or without. The chart is shown again by the next {@link showActor}. */
  withMisuse(isShown: boolean): void {
    this.#withMisuse = isShown;
    this.#pictures.clear();
    this.#picture = undefined;
  }

  #pictureOf(definition: Definition): Picture {
    let picture = this.#pictures.get(definition.id);
    if (picture === undefined) {
      const graph = chartGraph(definition);
      const edges = this.#withMisuse ? graph.edges : graph.edges.filter(({ rules }) => rules.length === 0);
      this.#pictures.set(definition.id, picture = drawn({ ...graph, edges }));
    }
    return picture;
  }

  /** Decides which part is seen. */
  #frame(): void {
    const picture = this.#picture;
    if (picture === undefined) return;
    const { clientWidth, clientHeight } = this.#element;
    const [width, height] = [clientWidth / CLOSE, clientHeight / CLOSE];
    const { whole } = picture;
    const box = picture.states.get(this.#state)?.querySelector("rect");
    if (this.#isWhole || box == null) return this.#see(whole);
    const middle = (axis: "x" | "y", size: "width" | "height"): number =>
      box[axis].baseVal.value + box[size].baseVal.value / 2;
    const along = (at: number, seen: number, all: number): number =>
      seen >= all ? (all - seen) / 2 : Math.min(all - seen, Math.max(0, at - seen / 2));
    this.#see({
      x: along(middle("x", "width"), width, whole.width),
      y: along(middle("y", "height"), height, whole.height),
      width,
      height,
    });
  }

  #see(part: Part): void {
    this.#part = part;
    this.#picture?.element.setAttribute("viewBox", `${part.x} ${part.y} ${part.width} ${part.height}`);
  }

  #listen(): void {
    const element = this.#element;
    element.addEventListener("pointerdown", (event) => element.setPointerCapture(event.pointerId));
    element.addEventListener("pointermove", (event) => {
      if (!element.hasPointerCapture(event.pointerId)) return;
      const unit = this.#unit();
      const { x, y } = this.#part;
      this.#see({ ...this.#part, x: x - event.movementX * unit, y: y - event.movementY * unit });
    });
    element.addEventListener("wheel", (event) => {
      // Without a key the wheel scrolls the page, as everywhere.
      if (this.#picture === undefined || !(event.ctrlKey || event.metaKey || event.altKey)) return;
      event.preventDefault();
      const { x, y, width, height } = this.#part;
      const factor = event.deltaY > 0 ? 1.2 : 1 / 1.2;
      const box = element.getBoundingClientRect();
      const [right, down] = [(event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height];
      const [less, lower] = [width * (1 - factor), height * (1 - factor)];
      this.#see({ x: x + less * right, y: y + lower * down, width: width * factor, height: height * factor });
    }, { passive: false });
  }

  /** Units of the picture in a pixel. */
  #unit(): number {
    const { clientWidth, clientHeight } = this.#element;
    return Math.max(this.#part.width / Math.max(1, clientWidth), this.#part.height / Math.max(1, clientHeight));
  }
}

/** Draws a chart. Colours come from the page's style, so the picture's own are left out. */
function drawn(graph: ChartGraph): Picture {
  const text = svg(graph).replace(/<style>[^]*?<\/style>/, "");
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const element = document.importNode(parsed.documentElement, true) as unknown as SVGSVGElement;
  element.querySelector(":scope > title")?.remove();
  const { width, height } = element.viewBox.baseVal;
  // Groups and states stand in the order of the graph.
  const isGroup = ({ initial }: ChartState): boolean => initial !== "";
  const states = new Map<string, SVGGElement>();
  const take = (selector: string, ofThem: readonly ChartState[]): void => {
    element.querySelectorAll<SVGGElement>(selector).forEach((box, index) => {
      const state = ofThem[index];
      if (state !== undefined) states.set(state.path, box);
    });
  };
  take("g.state", graph.states.filter((state) => !isGroup(state)));
  take("g.group", graph.states.filter(isGroup));
  return { element, whole: { x: 0, y: 0, width, height }, states };
}
