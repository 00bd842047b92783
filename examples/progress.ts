/** A progress bar for runs that last: one line on a terminal, redrawn in place, wiped at the end. */

/** Where a bar is drawn. */
export interface Terminal {
  /** False: nothing is ever drawn, as when the stream is a file. */
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  /** Wall time, for people who wait; nothing that is simulated depends on it. */
  readonly nowMs: () => number;
}

/** Shorter runs show no bar. */
const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
const CELLS = 40;

/** One bar for one story. */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #begunMs: number;
  #drawnMs = 0;
  #drawn = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    this.#begunMs = terminal.nowMs();
  }

  /** `share` of the work is done, from 0 to 1; `label` says what is being done. */
  show(share: number, label: string): void {
    if (!this.#terminal.isTerminal) return;
    const nowMs = this.#terminal.nowMs();
    if (nowMs - this.#begunMs < PATIENCE_MS || nowMs - this.#drawnMs < REDRAW_MS) return;
    this.#drawnMs = nowMs;
    this.#drawn = true;
    const full = Math.round(Math.min(1, share) * CELLS);
    const bar = "█".repeat(full) + "░".repeat(CELLS - full);
    this.#terminal.write(`\r\x1b[K  ${bar} ${Math.floor(share * 100).toString().padStart(3)} %  ${label}`);
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#drawn) this.#terminal.write("\r\x1b[K");
    this.#drawn = false;
  }
}

/** Runs one after the other under a bar that names the one that runs. */
export function underBar<Item, Result>(
  terminal: Terminal,
  items: readonly Item[],
  nameOf: (item: Item) => string,
  run: (item: Item) => Result,
): Result[] {
  const bar = new ProgressBar(terminal);
  try {
    return items.map((item, index) => {
      bar.show(index / items.length, nameOf(item));
      return run(item);
    });
  } finally {
    bar.end();
  }
}
