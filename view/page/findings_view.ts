/// <reference lib="dom" />
/** The findings of the run in focus, each with its story: what was done, who held what since when, and the cure. */
import { ruleOfKind, RULES } from "../../trace/rules/mod.ts";
import type { Rule } from "../../trace/rules/mod.ts";
import { findingOf, legalThere } from "../record/event_text.ts";
import type { Recording } from "../record/recording.ts";
import { timeText } from "./axis.ts";
import { byId, made } from "./dom.ts";
import { focused } from "./store.ts";
import type { Shown, Store } from "./store.ts";

/** So many cards are made; whoever has more has one mistake many times. */
const MOST_CARDS = 200;

/** The list of findings, and its tab. */
export class FindingsView {
  readonly #store: Store;
  readonly #element: HTMLElement = byId("findings", HTMLElement);
  readonly #tab: HTMLElement = byId("tab-findings", HTMLElement);
  #run: Recording | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Draws what changed. */
  draw(now: Shown): void {
    const run = focused(now);
    if (run === this.#run) return;
    this.#run = run;
    const count = run?.findings.length ?? 0;
    this.#tab.textContent = count === 0 ? "Findings" : `Findings ${count}`;
    const cards = run === undefined
      ? []
      : [...run.findings.subarray(0, MOST_CARDS)].map((event) => this.#card(run, event));
    if (count === 0) cards.push(made("p", "quiet", "Nothing was done wrong in this run."));
    if (count > MOST_CARDS) cards.push(made("p", "quiet", `… and ${count - MOST_CARDS} more`));
    this.#element.replaceChildren(...cards);
  }

  /** The finding after an event, or before it. */
  neighbour(event: number, step: 1 | -1): number | undefined {
    const findings = this.#run?.findings ?? new Uint32Array();
    return step === 1 ? findings.find((each) => each > event) : findings.findLast((each) => each < event);
  }

  #card(run: Recording, event: number): HTMLElement {
    const finding = findingOf(run, event);
    const { rule, kind, severity, resource, state, call, sinceNs, details } = finding;
    const known = ruleNamed(rule, kind);
    const atNs = run.events.atNs[event] ?? 0;
    const card = made("button", `finding-card ${severity}`, made("time", "", timeText(atNs)), made("b", "", rule));
    card.type = "button";
    if (kind !== null) card.append(` ${kind}`);
    const verifier = known?.verifier ?? null;
    if (verifier !== null) card.append(` · bug check 0xE6/${verifier}`);
    else if (known !== undefined && known.bugcheck !== null) card.append(` · bug check ${known.bugcheck}`);
    if (known !== undefined) card.append(made("p", "", known.sentence), made("p", "fix", known.fix));
    const since = sinceNs === null ? "" : `, since ${timeText(sinceNs)}`;
    card.append(made("small", "", `${call} on ${resource}, which is ${state}${since}. ${details}`));
    const legal = legalThere(finding);
    if (legal.length > 0) card.append(made("small", "", `Legal there: ${legal.join(", ")}`));
    card.addEventListener("click", () => {
      this.#store.goToEvent(event);
      this.#store.change({ actor: resource });
    });
    return card;
  }
}

/** The rule as it reads for this kind of misuse; undefined for a name from somewhere else. */
function ruleNamed(name: string, kind: string | null): Rule | undefined {
  const rule: Rule | undefined = (RULES as Readonly<Record<string, Rule>>)[name];
  return rule === undefined ? undefined : ruleOfKind(rule, kind);
}
