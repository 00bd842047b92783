/// <reference lib="dom" />
/** The events of the run in focus, as many rows as fit: a list of 700 000 costs no more than one of 20. */
import { firstAfter } from "../record/column.ts";
import { detailOf, eventText } from "../record/event_text.ts";
import type { Recording } from "../record/recording.ts";
import { timeText } from "./axis.ts";
import { byId, made } from "./dom.ts";
import { filtered } from "./event_filter.ts";
import { focused } from "./store.ts";
import type { Shown, Store } from "./store.ts";

const ROW_PX = 20;
/** Browsers do not draw elements much higher than this: beyond it rows are found by the share of the way. */
const TALLEST_PX = 8_000_000;

/** The list. */
export class EventListView {
  readonly #store: Store;
  readonly #box: HTMLElement = byId("event-rows", HTMLElement);
  readonly #space: HTMLElement = byId("event-space", HTMLElement);
  readonly #words: HTMLInputElement = byId("filter", HTMLInputElement);
  readonly #onlyActor: HTMLInputElement = byId("only-actor", HTMLInputElement);
  readonly #registers: HTMLInputElement = byId("registers", HTMLInputElement);
  #run: Recording | undefined;
  #filteredAs = "";
  #passing: Uint32Array | null = null;
  #event = -2;
  #drawnAs = "";

  constructor(store: Store) {
    this.#store = store;
    const again = (): void => store.change({});
    this.#box.addEventListener("scroll", again);
    for (const input of [this.#words, this.#onlyActor, this.#registers]) input.addEventListener("input", again);
  }

  /** Draws what changed. */
  draw(now: Shown): void {
    const run = focused(now);
    const actor = this.#onlyActor.checked ? now.actor : "";
    const words = this.#words.value.trim();
    const withRegisters = this.#registers.checked;
    const filteredAs = [words, actor, withRegisters].join("\n");
    const isOther = run !== this.#run || filteredAs !== this.#filteredAs;
    if (isOther) {
      this.#passing = run === undefined ? null : filtered(run, { words, actor, withRegisters });
      this.#run = run;
      this.#filteredAs = filteredAs;
      this.#space.style.height = `${Math.min(TALLEST_PX, this.#count * ROW_PX)}px`;
      this.#drawnAs = "";
    }
    if (isOther || now.event !== this.#event) this.#reveal(now.event);
    this.#event = now.event;
    this.#drawRows(now);
  }

  /** The next event that passes the filter; the one before with -1. */
  neighbour(event: number, step: 1 | -1): number | undefined {
    const row = this.#rowOf(event) + (step === 1 ? 1 : this.#isShown(event) ? -1 : 0);
    return row < 0 || row >= this.#count ? undefined : this.#eventOf(row);
  }

  get #count(): number {
    return this.#passing?.length ?? this.#run?.events.count ?? 0;
  }

  #eventOf(row: number): number {
    return this.#passing === null ? row : this.#passing[row]!;
  }

  /** The row of an event, or of the last one before it that passes. */
  #rowOf(event: number): number {
    return this.#passing === null ? event : firstAfter(this.#passing, event) - 1;
  }

  #isShown(event: number): boolean {
    const row = this.#rowOf(event);
    return row >= 0 && this.#eventOf(row) === event;
  }

  /** How far a pixel of scrolling goes. */
  get #stretch(): number {
    return Math.max(
      1,
      (this.#count * ROW_PX - this.#box.clientHeight) / Math.max(1, TALLEST_PX - this.#box.clientHeight),
    );
  }

  #reveal(event: number): void {
    const top = Math.max(0, this.#rowOf(event)) * ROW_PX;
    const { clientHeight } = this.#box;
    const seen = this.#box.scrollTop * this.#stretch;
    if (top < seen + ROW_PX || top > seen + clientHeight - 2 * ROW_PX) {
      this.#box.scrollTop = (top - clientHeight / 2) / this.#stretch;
    }
  }

  #drawRows(now: Shown): void {
    const run = this.#run;
    const scroll = this.#box.scrollTop;
    const first = Math.max(0, Math.floor(scroll * this.#stretch / ROW_PX));
    const count = Math.ceil(this.#box.clientHeight / ROW_PX) + 1;
    const as = `${first} ${count} ${now.event} ${scroll}`;
    if (as === this.#drawnAs) return;
    this.#drawnAs = as;
    const rows = [];
    const current = this.#rowOf(now.event);
    for (let row = first; row < Math.min(this.#count, first + count); row++) {
      const element = this.#row(run!, this.#eventOf(row), row - current);
      element.style.top = `${scroll + row * ROW_PX - scroll * this.#stretch}px`;
      rows.push(element);
    }
    this.#space.replaceChildren(...rows);
  }

  /** `fromNow` is 0 for the last event that has happened, more for what is still to come. */
  #row(run: Recording, event: number, fromNow: number): HTMLElement {
    const { kind, subject, text } = eventText(run, event);
    const time = made("time", "", timeText(run.events.atNs[event] ?? 0));
    const row = made("div", `event ${kind}`, time, made("b", "", subject), made("span", "", text));
    row.classList.toggle("now", fromNow === 0);
    row.classList.toggle("later", fromNow > 0);
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", `${fromNow === 0}`);
    row.title = detailOf(run, event).slice(0, 2000);
    row.addEventListener("click", () => {
      this.#store.goToEvent(event);
      if (kind === "state" || kind === "irp" || kind === "finding") this.#store.change({ actor: subject });
    });
    return row;
  }
}
