/**
 * Atomic operations on the words of the control blocks. `Atomics` in JavaScript are calls into the engine, 7 to 11 ns
 * each; the same operations as exports of a WebAssembly module are the processor's instructions behind a cheap call.
 * Both are sequentially consistent, and either side of a hand-over may use either.
 */
import { assemble, loadAtomic, shiftLeft, storeAtomic, swapAtomic, writeFunction } from "./assembler.ts";
import type { PathMemory } from "./slots.ts";

/** Atomic operations by index into {@link PathMemory.control}. */
export interface ControlAtomics {
  /** As `Atomics.load`. */
  readonly load: (index: number) => number;
  /** As `Atomics.load` on {@link PathMemory.header}. */
  readonly loadHeader: (index: number) => number;
  /** As `Atomics.store`. */
  readonly store: (index: number, value: number) => number;
  /** As `Atomics.compareExchange`. */
  readonly compareExchange: (index: number, expected: number, value: number) => number;
}

const PAGE_BYTES = 1 << 16;

/** The operations for a memory that WebAssembly shares. */
export function createControlAtomics(
  memory: WebAssembly.Memory,
  control: Int32Array,
  header: Int32Array,
): ControlAtomics {
  const load = writeFunction("load", ["index"], ({ index }) => [loadAtomic(control, shiftLeft(index, 2))]);
  const loadHeader = writeFunction("loadHeader", ["index"], ({ index }) => [loadAtomic(header, shiftLeft(index, 2))]);
  const store = writeFunction("store", ["index", "value"], ({ index, value }) => [
    storeAtomic(control, shiftLeft(index, 2), value),
    value,
  ]);
  const compareExchange = writeFunction(
    "compareExchange",
    ["index", "expected", "value"],
    ({ index, expected, value }) => [swapAtomic(control, shiftLeft(index, 2), expected, value)],
  );
  const bytes = assemble(memory.buffer.byteLength / PAGE_BYTES, [load, loadHeader, store, compareExchange]);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { path: { memory } });
  return { ...exports } as unknown as ControlAtomics;
}

/** The operations as `Atomics` has them. */
export function plainControlAtomics(control: Int32Array, header: Int32Array): ControlAtomics {
  return {
    load: (index) => Atomics.load(control, index),
    loadHeader: (index) => Atomics.load(header, index),
    store: (index, value) => Atomics.store(control, index, value),
    compareExchange: (index, expected, value) => Atomics.compareExchange(control, index, expected, value),
  };
}

/** The operations over one memory. */
export function controlAtomics(memory: PathMemory): ControlAtomics {
  // A view of some columns only has none of its own, and its columns notice what `Atomics` does with them.
  return memory.atomics ?? plainControlAtomics(memory.control, memory.header);
}
