/// <reference lib="dom" />
/** What the story says in the end: its verdict under the form, everything else under its tab. */
import type { StoryTold } from "../worker/messages.ts";
import { byId, made } from "./dom.ts";

/** The words of a story. */
export class ToldView {
  readonly #verdict: HTMLElement = byId("verdict", HTMLElement);
  readonly #told: HTMLElement = byId("told", HTMLElement);

  /** One line while something runs, or is refused. */
  say(sentence: string, isRefusal = false): void {
    this.#verdict.textContent = sentence;
    this.#verdict.classList.toggle("refused", isRefusal);
  }

  /** The story is over. */
  tell({ title, lines, verdict, failures, notes }: StoryTold): void {
    this.say(verdict, failures.length > 0);
    this.#told.replaceChildren(
      made("p", "", title),
      made("pre", "", lines.join("\n")),
      ...[...failures, ...notes].map((each) => made("p", "quiet", each)),
    );
  }

  /** There is no story: a file was opened. */
  clear(): void {
    this.#told.replaceChildren(made("p", "quiet", "No story: a file is shown."));
  }
}
