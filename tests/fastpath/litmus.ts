/**
 * Two threads and the words between them, round after round, over whatever operations they are given:
 *
 * ```text
 *          side 0            side 1             never, if the operations are sequentially consistent:
 * store    X = round         Y = round
 * load     Y                 X                  both see the round before (Dekker; "store buffering")
 * exchange T: round-1→round  T: round-1→round   both succeed, or none
 * ```
 * Processors let a plain load overtake a plain store: the store waits for the cache line, the load has its own at hand.
 * So both sides look at both lines before they meet, and then go at the same time.
 */
import { assemble, equal, read, set, shiftLeft, when, write, writeFunction } from "../../fastpath/assembler.ts";
import type { ControlAtomics } from "../../fastpath/control_words.ts";
import { PathMemory } from "../../fastpath/slots.ts";

/** What both sides are given. */
export interface LitmusOrder {
  readonly wasm: WebAssembly.Memory;
  readonly side: 0 | 1;
  /** Real operations, or the same without order: what a mutant of `control_words.ts` would be. */
  readonly kind: "atomic" | "plain";
  readonly rounds: number;
  /** By side and round, what it saw: the other's round, and whether its exchange succeeded. */
  readonly seen: SharedArrayBuffer;
}

/** Index into the control words, a cache line each: X and Y, who has arrived, the word of the exchange. */
const DATA = [0, 16] as const;
const ARRIVED = [32, 48] as const;
const TOKEN = 64;
/** How long the last to arrive waits at most, in turns of an empty loop: about as long as the first needs to see it. */
const JITTER = 256;
/** Looks for the other before this side gives its processor away, and for how long. */
const SPINS = 2000;
const NAP_MS = 0.05;
/** A session ends when there were enough rounds, or when there was not enough machine for that. */
const GIVE_UP_MS = 600;

/** Load, store and compareExchange over the same words, but nothing keeps their order. */
export function plainOperations(memory: PathMemory): Pick<ControlAtomics, "load" | "store" | "compareExchange"> {
  const { control, wasm } = memory;
  const load = writeFunction("load", ["index"], ({ index }) => [read(control, shiftLeft(index, 2))]);
  const store = writeFunction("store", ["index", "value"], ({ index, value }) => [
    write(control, shiftLeft(index, 2), value),
    value,
  ]);
  const compareExchange = writeFunction(
    "compareExchange",
    ["index", "expected", "value"],
    ({ index, expected, value }, { words }) => {
      const { old } = words("old");
      return [
        set(old, read(control, shiftLeft(index, 2))),
        when(equal(old, expected), write(control, shiftLeft(index, 2), value)),
        old,
      ];
    },
  );
  const module = new WebAssembly.Module(assemble(memory.buffer.byteLength >>> 16, [load, store, compareExchange]));
  return new WebAssembly.Instance(module, { path: { memory: wasm! } }).exports as unknown as ControlAtomics;
}

/** How far one side came. */
export interface LitmusReport {
  /** Rounds that it had. */
  readonly done: number;
  /** Those in which both had a processor, so that they could be at it at the same time. */
  readonly met: number;
}

/** One side. */
export function runSide({ wasm, side, kind, rounds, seen }: LitmusOrder): LitmusReport {
  const memory = new PathMemory(wasm);
  const { load, store, compareExchange } = kind === "atomic" ? memory.atomics : plainOperations(memory);
  const { control } = memory;
  const results = new Int32Array(seen, side * rounds * 8, rounds * 2);
  const [mine, other, here, there] = [DATA[side], DATA[1 - side]!, ARRIVED[side], ARRIVED[1 - side]!];
  const endMs = performance.now() + GIVE_UP_MS;
  const nobody = new Int32Array(new SharedArrayBuffer(4));
  let random = side + 1;
  let met = 0;
  for (let round = 1; round <= rounds; round++) {
    load(mine);
    load(other);
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    Atomics.store(control, here, round);
    let spins = 0;
    for (; Atomics.load(control, there) < round; spins++) {
      if (spins < SPINS) continue;
      // The other has no processor. If there are not two for us, it gets this one.
      if (performance.now() > endMs) return { done: round - 1, met };
      Atomics.wait(nobody, 0, 0, NAP_MS);
    }
    if (spins < SPINS) met++;
    // Who was there first learns of the other a little later than the other of it.
    if (spins === 0) { for (let turns = (random >>> 8) % JITTER; turns > 0; turns--); }
    store(mine, round);
    results[2 * round - 2] = load(other);
    results[2 * round - 1] = compareExchange(TOKEN, round - 1, round) === round - 1 ? 1 : 0;
  }
  return { done: rounds, met };
}

/** What must not happen, counted over the rounds that both sides had. */
export function forbidden(seen: SharedArrayBuffer, rounds: number, done: number): { overtaken: number; torn: number } {
  const results = new Int32Array(seen);
  const of = (side: number, round: number, what: number): number => results[(side * rounds + round - 1) * 2 + what]!;
  let [overtaken, torn] = [0, 0];
  for (let round = 1; round <= done; round++) {
    if (of(0, round, 0) === round - 1 && of(1, round, 0) === round - 1) overtaken++;
    if (of(0, round, 1) + of(1, round, 1) !== 1) torn++;
  }
  return { overtaken, torn };
}
