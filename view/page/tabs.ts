/// <reference lib="dom" />
/** Tabs: one of several panels is shown. Arrow keys go from tab to tab. */
import { byId } from "./dom.ts";

const NAMES = ["events", "findings", "told"] as const;

/** The name of a panel. */
export type TabName = (typeof NAMES)[number];

/** Sets the tabs up. Returns what shows one of them. */
export function startTabs(): (name: TabName) => void {
  const tabs = NAMES.map((name) => ({
    name,
    tab: byId(`tab-${name}`, HTMLButtonElement),
    panel: byId(name, HTMLElement),
  }));
  const show = (shown: TabName): void => {
    for (const { name, tab, panel } of tabs) {
      const isShown = name === shown;
      tab.setAttribute("aria-selected", `${isShown}`);
      tab.tabIndex = isShown ? 0 : -1;
      panel.hidden = !isShown;
    }
  };
  tabs.forEach(({ name, tab }, index) => {
    tab.addEventListener("click", () => show(name));
    tab.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const other = tabs[(index + step + tabs.length) % tabs.length];
      if (step === 0 || other === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      show(other.name);
      other.tab.focus();
    });
  });
  show("events");
  return show;
}
