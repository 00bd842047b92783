/// <reference lib="dom" />
/** Dark or light: as the system says, until the person says otherwise; and the colours for what is drawn. */
import { byId } from "./dom.ts";

/** Gives the colour of a name in page.css, such as `busy`. */
export type Palette = (name: string) => string;

/** Counts changes, so that drawings know when their colours are old. */
let version = 0;
let known = new Map<string, string>();

/** Sets the theme up; `changed` is called when colours are new. */
export function startTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const button = byId("theme", HTMLButtonElement);
  const set = (isDark: boolean): void => {
    document.documentElement.dataset["theme"] = isDark ? "dark" : "light";
    button.textContent = isDark ? "Light" : "Dark";
    version++;
    known = new Map();
    changed();
  };
  const toggle = (): void => set(document.documentElement.dataset["theme"] !== "dark");
  button.addEventListener("click", toggle);
  system.addEventListener("change", () => set(system.matches));
  set(system.matches);
  return toggle;
}

/** Which set of colours is in force. */
export function themeVersion(): number {
  return version;
}

/** A colour of page.css. */
export const colour: Palette = (name) => {
  let value = known.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    known.set(name, value);
  }
  return value;
};

/** A colour `#rrggbb` as the bytes of a canvas' pixel, in the order in which a `Uint32Array` writes them. */
export function pixelOf(hexColour: string): number {
  const rgb = parseInt(hexColour.slice(1), 16);
  return (0xff << 24 | (rgb & 0xff) << 16 | (rgb & 0xff00) | rgb >>> 16) >>> 0;
}
