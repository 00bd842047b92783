/**
 * Value Change Dump files, the way GTKWave, Surfer and every HDL simulator know them: signals in scopes, then times and
 * changes, written as a stream. Source of truth: IEEE 1364-2005, clause 18; the type `string` and its `s` values are
 * GTKWave's extension, which Surfer reads too.
 *
 * A signal that changes several times in one moment is written once, with its last value: a wave has one level at a
 * time.
 */
import type { WriteText } from "./event.ts";
import { TextStream } from "./text_stream.ts";

/** One bit; a whole number of so many bits; text. */
export type SignalType = { readonly type: "wire" } | { readonly type: "integer"; readonly bits: number } | {
  readonly type: "string";
};

/** A signal, once declared: its place among the others. */
export type Signal = number;

interface Declared {
  readonly scope: string;
  readonly name: string;
  readonly type: SignalType;
  readonly code: string;
}

const FIRST_CODE = 33;
const CODES = 94;

/** Writes one file: declare signals, then set values in the order of time. */
export class VcdFile {
  readonly #stream: TextStream;
  readonly #signals: Declared[] = [];
  readonly #values: (number | string)[] = [];
  readonly #written: (number | string)[] = [];
  readonly #changed: Signal[] = [];
  readonly #isChanged: boolean[] = [];
  #nowNs = -1;

  constructor(write: WriteText) {
    this.#stream = new TextStream(write);
  }

  /**
   * Declares a signal with its first value, `"x"` if that is unknown. All of a scope one after the other, before
   * {@link VcdFile.begin}.
   */
  declare(scope: string, name: string, type: SignalType, value: number | string): Signal {
    const signal = this.#signals.length;
    this.#signals.push({ scope, name, type, code: codeOf(signal) });
    this.#values.push(value);
    this.#written.push(value);
    this.#isChanged.push(false);
    return signal;
  }

  /** Names of all signals, as wave viewers write them: `top.h2c0.completed[31:0]`. */
  get names(): readonly string[] {
    return this.#signals.map(({ scope, name, type }) => `${TOP}.${scope}.${name}${range(type)}`);
  }

  /** Writes the declarations and the first values. */
  begin(): void {
    this.#stream.add(`$version dmactor $end\n$timescale 1 ns $end\n$scope module ${TOP} $end\n`);
    let scope = "";
    for (const { scope: own, name, type, code } of this.#signals) {
      if (own !== scope) this.#stream.add(`${scope === "" ? "" : "$upscope $end\n"}$scope module ${own} $end\n`);
      scope = own;
      this.#stream.add(`$var ${type.type} ${bits(type)} ${code} ${name}${range(type)} $end\n`);
    }
    this.#stream.add(`$upscope $end\n$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n`);
    for (let signal = 0; signal < this.#signals.length; signal++) this.#writeValue(signal);
    this.#stream.add("$end\n");
    this.#nowNs = 0;
  }

  /**
   * Goes on to a moment.
   *
   * @throws {RangeError} if it lies before the last one: a file holds one run, and its time never goes back.
   */
  at(nowNs: number): void {
    if (nowNs === this.#nowNs) return;
    if (nowNs < this.#nowNs) {
      throw new RangeError(`Cannot write a VCD of two runs: time went back from ${this.#nowNs} to ${nowNs} ns`);
    }
    this.#writeMoment();
    this.#nowNs = nowNs;
  }

  /** The present value of a signal. */
  get(signal: Signal): number | string {
    return this.#values[signal] ?? 0;
  }

  /** Sets a signal, from the present moment on. */
  set(signal: Signal, value: number | string): void {
    this.#values[signal] = value;
    if (this.#isChanged[signal]) return;
    this.#isChanged[signal] = true;
    this.#changed.push(signal);
  }

  /** Writes what is left, and one nanosecond more, so that viewers show the last values. */
  close(): void {
    this.#writeMoment();
    this.#stream.add(`#${this.#nowNs + 1}\n`);
    this.#stream.flush();
  }

  #writeMoment(): void {
    let isTimeWritten = this.#nowNs === 0;
    for (const signal of this.#changed) {
      this.#isChanged[signal] = false;
      if (this.#values[signal] === this.#written[signal]) continue;
      if (!isTimeWritten) this.#stream.add(`#${this.#nowNs}\n`);
      isTimeWritten = true;
      this.#writeValue(signal);
    }
    this.#changed.length = 0;
  }

  #writeValue(signal: Signal): void {
    const declared = this.#signals[signal];
    const value = this.#values[signal];
    if (declared === undefined || value === undefined) return;
    const { type: { type }, code } = declared;
    this.#written[signal] = value;
    if (type === "wire") this.#stream.add(`${value}${code}\n`);
    else if (type === "integer") this.#stream.add(`b${value.toString(2)} ${code}\n`);
    else this.#stream.add(`s${String(value).replaceAll(/\s/g, "_")} ${code}\n`);
  }
}

/** The outermost scope. */
export const TOP = "dmactor";

function bits(type: SignalType): number {
  return type.type === "integer" ? type.bits : 1;
}

function range(type: SignalType): string {
  return type.type === "integer" ? `[${type.bits - 1}:0]` : "";
}

/** Identifier codes of printable characters, the shortest first. */
function codeOf(number: number): string {
  const first = String.fromCharCode(FIRST_CODE + number % CODES);
  return number < CODES ? first : first + codeOf(Math.floor(number / CODES) - 1);
}
