/**
 * Text on its way to a file: lines are gathered and handed over in pieces of some ten kilobytes, so that a run of a
 * million events neither keeps them in memory nor pays for a million small writes. Pieces end at line ends, so a file
 * that breaks off has whole lines.
 */
import type { WriteText } from "./event.ts";

const PIECE_CHARACTERS = 16 * 1024;

/** Gathers lines. */
export class TextStream {
  readonly #write: WriteText;
  #text = "";

  constructor(write: WriteText) {
    this.#write = write;
  }

  /** Takes one or more whole lines, line ends included. */
  add(lines: string): void {
    this.#text += lines;
    if (this.#text.length >= PIECE_CHARACTERS) this.flush();
  }

  /** Hands over what is left. */
  flush(): void {
    if (this.#text === "") return;
    const text = this.#text;
    this.#text = "";
    this.#write(text);
  }
}
