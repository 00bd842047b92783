/// <reference lib="dom" />
/** The form: which story, which strategies beside each other, seed and options, all from the stories' own table. */
import type { OptionCard, StoryCard } from "../worker/messages.ts";
import { byId, made } from "./dom.ts";

/** Chosen first: the typical driver beside the article's. */
const FIRST_STRATEGIES = ["new-model", "isr-reprogram"] as const;
/** What the option takes for every strategy there is. */
const ALL = "all";
/** A small text does not keep eight channels busy: so much from the seed does. */
const PAGE_FALLBACKS: Readonly<Record<string, string>> = { file: "4 MiB" };
/** These have a place of their own in the form. */
const OWN_PLACE: ReadonlySet<string> = new Set(["strategy", "seed"]);

/** The form. */
export class StoryForm {
  readonly #story: HTMLSelectElement = byId("story", HTMLSelectElement);
  readonly #strategies: HTMLElement = byId("strategies", HTMLElement);
  readonly #first: HTMLSelectElement = byId("strategy-a", HTMLSelectElement);
  readonly #second: HTMLSelectElement = byId("strategy-b", HTMLSelectElement);
  readonly #seed: HTMLInputElement = byId("seed", HTMLInputElement);
  readonly #fields: HTMLElement = byId("option-fields", HTMLElement);
  #cards: readonly StoryCard[] = [];

  /** `run` is called when the person wants the story told; `choose` when they want to choose a file to send. */
  constructor(run: () => void, choose: () => void) {
    const form = byId("form", HTMLFormElement);
    const options = byId("options", HTMLDetailsElement);
    document.addEventListener("pointerdown", ({ target }) => {
      if (target instanceof Node && !options.contains(target)) options.open = false;
    });
    options.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") options.open = false;
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      options.open = false;
      run();
    });
    this.#story.addEventListener("change", () => {
      this.#showStory(new URLSearchParams());
      run();
    });
    for (const select of [this.#first, this.#second]) select.addEventListener("change", run);
    this.#fields.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLButtonElement) choose();
    });
  }

  /** Fills the form: with the stories, and with what an address says. False if it asks for a story that is none. */
  fill(cards: readonly StoryCard[], query: URLSearchParams): boolean {
    this.#cards = cards;
    this.#story.replaceChildren(...cards.map(({ name, title }) => {
      const option = new Option(name, name);
      option.title = title;
      return option;
    }));
    const asked = query.get("story");
    const isKnown = asked === null || cards.some(({ name }) => name === asked);
    if (asked !== null && isKnown) this.#story.value = asked;
    this.#showStory(query);
    return isKnown;
  }

  /** The words of a command line: the story, and what differs from its defaults. */
  arguments(): string[] {
    const card = this.#card;
    if (card === undefined) return [];
    const args = [card.name];
    for (const option of card.options) {
      const text = this.#valueOf(option);
      if (text === "" || (text === option.fallback && option.name !== "seed")) continue;
      if (option.value !== "") args.push(`--${option.name}=${text}`);
      else if (text === "true") args.push(`--${option.name}`);
    }
    return args;
  }

  /** The address that shows the same again. */
  query(): string {
    const card = this.#card;
    const query = new URLSearchParams(card === undefined ? [] : [["story", card.name]]);
    for (const option of card?.options ?? []) {
      const text = this.#valueOf(option);
      const usual = PAGE_FALLBACKS[option.name] ?? option.fallback;
      if (text !== "" && text !== usual) query.set(option.name, text);
    }
    return `?${query}`;
  }

  /** A file was chosen: it goes. */
  sendFile(name: string): void {
    const field = this.#field("file");
    if (field !== null) field.value = name;
  }

  get #card(): StoryCard | undefined {
    return this.#cards.find(({ name }) => name === this.#story.value);
  }

  #field(name: string): HTMLInputElement | HTMLSelectElement | null {
    return this.#fields.querySelector(`[name="${name}"]`);
  }

  #valueOf({ name }: OptionCard): string {
    if (name === "seed") return this.#seed.value.trim();
    if (name === "strategy") {
      const [first, second] = [this.#first.value, this.#second.value];
      return first === ALL || second === "" ? first : `${first},${second}`;
    }
    const field = this.#field(name);
    if (field instanceof HTMLInputElement && field.type === "checkbox") return `${field.checked}`;
    return field?.value.trim() ?? "";
  }

  #showStory(query: URLSearchParams): void {
    const options = this.#card?.options ?? [];
    const strategy = options.find(({ name }) => name === "strategy");
    this.#strategies.hidden = strategy === undefined;
    const names = strategy?.choices ?? [];
    const asked = query.get("strategy")?.split(",") ?? FIRST_STRATEGIES;
    // More than two run as well; which of them are seen is chosen at the runs.
    const [first, second] = asked.length > 2 ? [asked.join(), ""] : [asked[0] ?? ALL, asked[1] ?? ""];
    const firsts = [...names, ALL, ...(names.includes(first) || first === ALL ? [] : [first])];
    this.#first.replaceChildren(...firsts.map((name) => new Option(name, name, false, name === first)));
    this.#second.replaceChildren(
      new Option("nothing", "", false, second === ""),
      ...names.map((name) => new Option(name, name, false, name === second)),
    );
    this.#seed.value = query.get("seed") ?? options.find(({ name }) => name === "seed")?.fallback ?? "0";
    this.#fields.replaceChildren(
      ...options.filter(({ name }) => !OWN_PLACE.has(name)).flatMap((option) => {
        return fieldOf(option, query.get(option.name) ?? PAGE_FALLBACKS[option.name] ?? option.fallback);
      }),
    );
  }
}

/** Label, field and explanation of an option. */
function fieldOf(option: OptionCard, text: string): HTMLElement[] {
  const field = inputOf(option, text);
  field.id = `option-${option.name}`;
  const named = field.matches("input, select") ? field : field.querySelector("input")!;
  named.setAttribute("name", option.name);
  const label = made("label", "", option.name);
  label.htmlFor = field.id;
  const says = option.without === "" ? option.says : `changes nothing here: ${option.without}`;
  return [label, field, made("small", "", says)];
}

function inputOf({ name, value, choices }: OptionCard, text: string): HTMLElement {
  if (choices.length > 0) {
    const select = made("select", "", ...choices.map((each) => new Option(each, each, false, each === text)));
    return select;
  }
  const input = made("input", "");
  if (value === "") {
    input.type = "checkbox";
    input.checked = text === "true";
    return made("span", "", input);
  }
  input.value = text;
  input.size = 14;
  if (name !== "file") return input;
  const button = made("button", "", "Choose …");
  button.type = "button";
  return made("span", "pair", input, button);
}
