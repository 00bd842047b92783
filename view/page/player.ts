/// <reference lib="dom" />
/** Plays a run: virtual time goes on with the person's, as fast as they like. */
import { byId } from "./dom.ts";
import type { Store } from "./store.ts";

/** A speed: so that the whole run lasts so many seconds, or so many nanoseconds in each. */
interface Speed {
  readonly text: string;
  readonly nsPerSecond: (endNs: number) => number;
}

const SPEEDS: readonly Speed[] = [
  { text: "1 µs a second", nsPerSecond: () => 1000 },
  { text: "10 µs a second", nsPerSecond: () => 10_000 },
  { text: "100 µs a second", nsPerSecond: () => 100_000 },
  { text: "all in 60 s", nsPerSecond: (endNs) => endNs / 60 },
  { text: "all in 20 s", nsPerSecond: (endNs) => endNs / 20 },
  { text: "all in 5 s", nsPerSecond: (endNs) => endNs / 5 },
];
const USUAL = 4;
/** A frame that took longer, as in a hidden tab, does not make time jump. */
const LONGEST_FRAME_MS = 100;

/** Play, pause and speed. */
export class Player {
  readonly #store: Store;
  readonly #button: HTMLButtonElement = byId("play", HTMLButtonElement);
  readonly #select: HTMLSelectElement = byId("speed", HTMLSelectElement);
  #lastMs = 0;

  constructor(store: Store) {
    this.#store = store;
    this.#select.append(...SPEEDS.map(({ text }, index) => new Option(text, `${index}`, false, index === USUAL)));
    this.#button.addEventListener("click", () => this.toggle());
  }

  /** Plays, or pauses. At the end it begins anew. */
  toggle(): void {
    const { isPlaying, atNs } = this.#store.now;
    if (!isPlaying && atNs >= this.#store.endNs) this.#store.goTo(0);
    this.#set(!isPlaying);
  }

  /** Stops where it is. */
  pause(): void {
    if (this.#store.now.isPlaying) this.#set(false);
  }

  /** The next speed, or the one before. */
  change(step: 1 | -1): void {
    this.#select.selectedIndex = Math.min(SPEEDS.length - 1, Math.max(0, this.#select.selectedIndex + step));
  }

  #set(isPlaying: boolean): void {
    this.#button.textContent = isPlaying ? "Pause" : "Play";
    this.#store.change({ isPlaying });
    if (!isPlaying) return;
    this.#lastMs = performance.now();
    requestAnimationFrame((nowMs) => this.#tick(nowMs));
  }

  #tick(nowMs: number): void {
    if (!this.#store.now.isPlaying) return;
    const passedMs = Math.max(0, Math.min(LONGEST_FRAME_MS, nowMs - this.#lastMs));
    this.#lastMs = nowMs;
    const endNs = this.#store.endNs;
    const speed = SPEEDS[this.#select.selectedIndex] ?? SPEEDS[USUAL]!;
    const atNs = this.#store.now.atNs + passedMs / 1000 * speed.nsPerSecond(endNs);
    this.#store.goTo(atNs);
    if (atNs >= endNs) this.#set(false);
    else requestAnimationFrame((nextMs) => this.#tick(nextMs));
  }
}
