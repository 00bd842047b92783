/// <reference lib="dom" />
/** A text near the pointer. */
import { byId } from "./dom.ts";

const AWAY_PX = 14;

/** Shows a text near the pointer; an empty one goes away. */
export function tip(text: string, event?: PointerEvent): void {
  const element = byId("tip", HTMLElement);
  element.hidden = text === "" || event === undefined;
  if (element.hidden || event === undefined) return;
  element.textContent = text;
  const { width } = element.getBoundingClientRect();
  const left = Math.max(4, Math.min(event.clientX + AWAY_PX, innerWidth - width - 8));
  element.style.transform = `translate(${left}px, ${event.clientY + AWAY_PX}px)`;
}
