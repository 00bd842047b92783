/**
 * The performance monitor of one channel (PG195, "Performance Monitor Control" and counters): AXI clock cycles and data
 * beats, 42 bits each, with a saturation flag.
 *
 * Bit 2 arms it and counting begins once Control.Run is set; bit 1 clears; bit 0 (Auto) stops at a Stop descriptor and
 * clears when Control.Run is set. Common driver headers have bits 0 and 2 exchanged but always write both.
 */
import { CHANNEL } from "./registers.ts";

const AUTO = 1 << 0;
const CLEAR = 1 << 1;
const RUN = 1 << 2;
const TWO_32 = 0x1_0000_0000;
const LIMIT = 2 ** 42;
const SATURATED = 1 << 16;

/** Counters of one channel. */
export class PerfMonitor {
  readonly #datapathBytes: number;
  readonly #cyclesPerNs: number;
  #control = 0;
  #counting = false;
  #sinceNs = 0;
  #countedNs = 0;
  #beats = 0;

  constructor(datapathBytes: number, axiClockMhz: number) {
    this.#datapathBytes = datapathBytes;
    this.#cyclesPerNs = axiClockMhz / 1000;
  }

  /** Reset values. */
  reset(): void {
    this.#control = 0;
    this.#counting = false;
    this.#clear(0);
  }

  /** Control.Run went up. */
  engineStarted(nowNs: number): void {
    if ((this.#control & AUTO) !== 0) this.#clear(nowNs);
    if ((this.#control & RUN) !== 0) this.#count(nowNs);
  }

  /** A descriptor with Stop is done. */
  stopDescriptorDone(nowNs: number): void {
    if ((this.#control & AUTO) !== 0) this.#halt(nowNs);
  }

  /** Data moved. */
  moved(lengthBytes: number): void {
    if (this.#counting) this.#beats += Math.ceil(lengthBytes / this.#datapathBytes);
  }

  /** Writes the control register. `running`: Control.Run is set. */
  writeControl(value: number, nowNs: number, running: boolean): void {
    if ((value & CLEAR) !== 0) this.#clear(nowNs);
    this.#control = value & (AUTO | RUN);
    if ((value & RUN) === 0) this.#halt(nowNs);
    else if (running) this.#count(nowNs);
  }

  /** Reads one of its registers. */
  read(offset: number, nowNs: number): number {
    switch (offset) {
      case CHANNEL.perfControl:
        return this.#control;
      case CHANNEL.perfCyclesLow:
        return low(this.#cycles(nowNs));
      case CHANNEL.perfCyclesHigh:
        return high(this.#cycles(nowNs));
      case CHANNEL.perfDataLow:
        return low(this.#beats);
      case CHANNEL.perfDataHigh:
        return high(this.#beats);
      default:
        return 0;
    }
  }

  #cycles(nowNs: number): number {
    const runningNs = this.#counting ? nowNs - this.#sinceNs : 0;
    return Math.floor((this.#countedNs + runningNs) * this.#cyclesPerNs);
  }

  #count(nowNs: number): void {
    if (this.#counting) return;
    this.#counting = true;
    this.#sinceNs = nowNs;
  }

  #halt(nowNs: number): void {
    if (!this.#counting) return;
    this.#counting = false;
    this.#countedNs += nowNs - this.#sinceNs;
  }

  #clear(nowNs: number): void {
    this.#countedNs = 0;
    this.#sinceNs = nowNs;
    this.#beats = 0;
  }
}

function low(count: number): number {
  return Math.min(count, LIMIT - 1) % TWO_32;
}

function high(count: number): number {
  return count < LIMIT ? Math.floor(count / TWO_32) : Math.floor((LIMIT - 1) / TWO_32) | SATURATED;
}
