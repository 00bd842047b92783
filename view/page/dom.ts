/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Elements of the page, found and made with their types. */

/**
 * The element of that name.
 *
 * @throws {Error} if the page has none of that type: page and script do not belong together.
 */
export function byId<Type extends Element>(id: string, type: new () => Type): Type {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${type.name} "${id}"`);
  return found;
}

/** A new element with a class and contents. Text stays text. */
export function made<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  ...contents: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...contents);
  return element;
}

/** What canvases draw on. */
export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser has no canvas to draw on");
  return context;
}

/** Makes a canvas as sharp as the screen. Returns its size in CSS pixels. */
export function fitted(canvas: HTMLCanvasElement, heightPx: number): { widthPx: number; scale: number } {
  const widthPx = Math.max(1, canvas.clientWidth);
  const scale = Math.max(1, globalThis.devicePixelRatio);
  const [width, height] = [Math.round(widthPx * scale), Math.round(heightPx * scale)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return { widthPx, scale };
}
