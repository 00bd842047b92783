/**
 * Four requests at a time: what the stages do with neighbours that are all ordinary. JavaScript has no instructions for
 * four words at once, so these loops are WebAssembly, put together from the columns of one memory when it is opened.
 *
 * They do, word for word, what the loops over one request do, and every request's state is compared and every step
 * looked up in the tables all the same; only the entry that four requests share is read once. Where the next four are
 * not all valid, not all in the same state, fail, wrap around the ring, or are fewer than four, they stop, with nothing
 * done to them, and the loops over one go on.
 */
import { assemble } from "./assembler.ts";
import { fillFours } from "./fours_dispatch.ts";
import { drainFours } from "./fours_dpc.ts";
import { serveFours } from "./fours_interrupt.ts";
import type { PathMemory } from "./slots.ts";

/** The loops over four. */
export interface Fours {
  /** Steps 1 to 3. Returns how many requests it took: a multiple of four. */
  readonly fill: (channel: number, position: number, firstRequest: number, count: number) => number;
  /** Step 5. Returns where it stopped: at `to`, or with that request in the device and nothing done to it. */
  readonly serve: (channel: number, from: number, to: number) => number;
  /** Steps 6 and 7. Returns where it stopped. */
  readonly drain: (channel: number, from: number, to: number) => number;
}

const PAGE_BYTES = 1 << 16;

const opened = new WeakMap<WebAssembly.Memory, Fours>();

/** The loops over one memory, or null if it was opened by its buffer alone. */
export function foursOf(memory: PathMemory): Fours | null {
  // A view of some columns only has no such handle.
  const handle = memory.wasm ?? null;
  if (handle === null) return null;
  let fours = opened.get(handle);
  if (fours === undefined) {
    const pages = memory.buffer.byteLength / PAGE_BYTES;
    const module = new WebAssembly.Module(assemble(pages, [fillFours(memory), serveFours(memory), drainFours(memory)]));
    const { exports } = new WebAssembly.Instance(module, { path: { memory: handle } });
    const { fill, serve, drain } = exports as unknown as Fours;
    opened.set(handle, fours = { fill, serve, drain });
  }
  return fours;
}

/** A loop that stops where it begins: what stands in for `serve` and `drain` where there is none over four. */
export function nothing(_channel: number, from: number): number {
  return from;
}
