/**
 * Interrupt request levels: who may run what. The simulated kernel runs one routine at a time to its end, so the level
 * is a dynamic extent: raised around a body, restored after it.
 */
import { assert } from "../assert.ts";

/** A level, as wdm.h numbers the lower ones; every device interrupt runs at {@link DIRQL} here. */
export type Irql = 0 | 1 | 2 | 3;

/** Threads, dispatch routines. */
export const PASSIVE_LEVEL = 0;
/** Threads that take no asynchronous procedure calls. */
export const APC_LEVEL = 1;
/** DPCs, StartIo, AdapterControl, AdapterListControl. */
export const DISPATCH_LEVEL = 2;
/** The interrupt service routine of a device. */
export const DIRQL = 3;

/** The levels' names, as Windows writes them. */
export const IRQL_NAMES: readonly ["PASSIVE_LEVEL", "APC_LEVEL", "DISPATCH_LEVEL", "DIRQL"] = [
  "PASSIVE_LEVEL",
  "APC_LEVEL",
  "DISPATCH_LEVEL",
  "DIRQL",
];

/** The level at which the present routine runs, and on which processor. */
export class IrqlState {
  #level: Irql = PASSIVE_LEVEL;
  #cpu = 0;

  /** KeGetCurrentIrql. */
  get level(): Irql {
    return this.#level;
  }

  /** The level's name. */
  get name(): (typeof IRQL_NAMES)[number] {
    return IRQL_NAMES[this.#level];
  }

  /** The number of the processor on which the present routine runs. */
  get cpu(): number {
    return this.#cpu;
  }

  /** Runs `callback(argument)` at `level` on processor `cpu`, as the kernel starts a routine. */
  run(level: Irql, cpu: number, callback: (argument: number) => void, argument: number): void {
    const oldLevel = this.#level;
    const oldCpu = this.#cpu;
    this.#level = level;
    this.#cpu = cpu;
    try {
      callback(argument);
    } finally {
      this.#level = oldLevel;
      this.#cpu = oldCpu;
    }
  }

  /** KeRaiseIrql, the body, KeLowerIrql. Raising to a lower level is a bug of the caller and asserted. */
  raised<T>(level: Irql, body: () => T): T {
    assert(level >= this.#level, `Cannot raise from ${IRQL_NAMES[this.#level]} to ${IRQL_NAMES[level]}`);
    const old = this.#level;
    this.#level = level;
    try {
      return body();
    } finally {
      this.#level = old;
    }
  }
}
