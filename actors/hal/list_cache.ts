/**
 * Lists that a Get routine made and a Put gave back, kept for the next Get: the HAL allocates, and caches (S0-20). How
 * Windows does it is undocumented; we keep a few and take the first that is large enough.
 */
import type { KernelPool } from "../../sim/memory/mod.ts";
import type { HalList } from "./hal_list.ts";

/** The look-aside list of one HAL. */
export class ListCache {
  readonly #pool: KernelPool;
  readonly #depth: number;
  readonly #lists: HalList[] = [];

  /** Keeps up to `depth` lists of this pool for the next request. */
  constructor(pool: KernelPool, depth: number) {
    this.#pool = pool;
    this.#depth = depth;
  }

  /** A kept list of at least that size, or null. */
  take(lengthBytes: number): HalList | null {
    const lists = this.#lists;
    for (let place = 0; place < lists.length; place++) {
      const list = lists[place]!;
      if (list.capacityBytes < lengthBytes) continue;
      for (let next = place + 1; next < lists.length; next++) lists[next - 1] = lists[next]!;
      lists.pop();
      return list;
    }
    return null;
  }

  /** Keeps a list, or gives its memory back. The list itself stays: somebody may still hold a stale pointer. */
  keep(list: HalList): void {
    if (this.#lists.length < this.#depth) this.#lists.push(list);
    else list.freeMemory(this.#pool);
  }
}
