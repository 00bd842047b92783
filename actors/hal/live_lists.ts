/**
 * The lists of one adapter that are built and not put, oldest first. A chain through the lists themselves, because
 * every transfer enters and leaves it.
 */
import type { HalList } from "./hal_list.ts";

/** A chain of lists. */
export class LiveLists {
  #oldest: HalList | null = null;
  #newest: HalList | null = null;

  /** Appends a list. */
  add(list: HalList): void {
    list.previous = this.#newest;
    list.next = null;
    if (this.#newest === null) this.#oldest = list;
    else this.#newest.next = list;
    this.#newest = list;
  }

  /** Takes a list out. */
  remove(list: HalList): void {
    if (list.previous === null) this.#oldest = list.next;
    else list.previous.next = list.next;
    if (list.next === null) this.#newest = list.previous;
    else list.next.previous = list.previous;
    list.previous = list.next = null;
  }

  /** The lists, oldest first. */
  *[Symbol.iterator](): Generator<HalList, void, void> {
    for (let list = this.#oldest; list !== null; list = list.next) yield list;
  }
}
