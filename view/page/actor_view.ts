/// <reference lib="dom" />
/** The chart of the actor that the page shows, in its state at the position; and which actor that is. */
import { chartOfActor } from "../../trace/charts/chart_of_actor.ts";
import { kindOf, subjectOf } from "../record/event_text.ts";
import { whereabouts } from "../record/recording.ts";
import type { Recording, Whereabouts } from "../record/recording.ts";
import { timeText } from "./axis.ts";
import { ChartPanel } from "./chart_panel.ts";
import { byId } from "./dom.ts";
import { focused } from "./store.ts";
import type { Shown, Store } from "./store.ts";

const NOWHERE: Whereabouts = { state: "", event: -1 };
/** So many names are offered while somebody types. */
const MOST_OFFERED = 60;

/** The panel with the chart. */
export class ActorView {
  readonly #store: Store;
  readonly #panel = new ChartPanel(byId("chart-picture", HTMLElement));
  readonly #name: HTMLInputElement = byId("actor", HTMLInputElement);
  readonly #offered: HTMLElement = byId("actors", HTMLElement);
  readonly #state: HTMLElement = byId("state", HTMLElement);
  readonly #since: HTMLElement = byId("since", HTMLElement);
  readonly #follow: HTMLInputElement = byId("follow", HTMLInputElement);
  #drawnAs = "";
  #run: Recording | undefined;

  constructor(store: Store) {
    this.#store = store;
    this.#name.addEventListener("input", () => this.#offer());
    this.#name.addEventListener("change", () => store.change({ actor: this.#name.value.trim() }));
    this.#follow.addEventListener("change", () => store.change({}));
    const whole = byId("chart-fit", HTMLButtonElement);
    whole.addEventListener("click", () => whole.textContent = this.#panel.toggleWhole() ? "Close" : "Whole");
    const misuse = byId("misuse", HTMLInputElement);
    misuse.addEventListener("change", () => {
      this.#panel.withMisuse(misuse.checked);
      this.#drawnAs = "";
      store.change({});
    });
  }

  /** Draws what changed. */
  draw(now: Shown): void {
    const run = focused(now);
    const actor = this.#followed(now, run) ?? now.actor;
    const { state, event } = run === undefined ? NOWHERE : whereabouts(run, actor, now.event);
    const as = `${actor} ${state} ${event}`;
    if (run !== this.#run) {
      this.#run = run;
      this.#drawnAs = "";
      this.#offer();
    }
    if (as === this.#drawnAs) return;
    this.#drawnAs = as;
    if (document.activeElement !== this.#name) this.#name.value = actor;
    this.#state.textContent = state;
    this.#since.textContent = run === undefined || event === -1
      ? ""
      : `by ${run.names[run.events.verb[event]!] || "?"} at ${timeText(run.events.atNs[event] ?? 0)}`;
    const chart = chartOfActor(actor);
    if (chart !== undefined) this.#panel.showActor(chart.machine, state);
    else this.#panel.showNothing(actor === "" ? "No actor" : `${actor} has no chart`);
  }

  /** The actor of the last event that moved one, if the person wants to follow events. */
  #followed(now: Shown, run: Recording | undefined): string | undefined {
    if (!this.#follow.checked || run === undefined || now.event < 0) return undefined;
    if (kindOf(run, now.event) !== "state") return undefined;
    const actor = subjectOf(run, now.event);
    if (actor !== now.actor) queueMicrotask(() => this.#store.change({ actor }));
    return actor;
  }

  #offer(): void {
    const run = this.#run;
    if (run === undefined) return;
    const typed = this.#name.value.trim();
    const offered: string[] = [];
    for (const number of run.actors.actors) {
      const name = run.names[number] ?? "";
      if (name.includes(typed) && offered.push(name) >= MOST_OFFERED) break;
    }
    this.#offered.replaceChildren(...offered.map((name) => new Option(name)));
  }
}
