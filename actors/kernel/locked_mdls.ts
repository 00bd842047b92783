/**
 * The MDLs that lock pages now. Every transfer enters and leaves, so an MDL knows its own place here, and nothing is
 * searched for or hashed.
 */
import type { Mdl } from "../../sim/memory/mdl.ts";

/** A set of MDLs. Each belongs to one such set at most: that of its world. */
export class LockedMdls {
  readonly #mdls: Mdl[] = [];
  #count = 0;

  /** Takes an MDL in that is not here. */
  add(mdl: Mdl): void {
    mdl.lockNumber = this.#count++;
    mdl.lockPlace = this.#mdls.push(mdl) - 1;
  }

  /** Lets an MDL go; the last one takes its place. */
  remove(mdl: Mdl): void {
    const last = this.#mdls.pop()!;
    if (last === mdl) return;
    this.#mdls[mdl.lockPlace] = last;
    last.lockPlace = mdl.lockPlace;
  }

  /** All of them, in the order in which they were locked. */
  inOrder(): readonly Mdl[] {
    return this.#mdls.toSorted((left, right) => left.lockNumber - right.lockNumber);
  }
}
