/**
 * What an engine says of itself to its driver: Status, completed count, poll-mode write-back and interrupt source.
 */
import type { HostMemoryPort } from "../ports.ts";
import { addressFromHalves } from "../units.ts";
import type { InterruptBlock } from "./interrupts.ts";
import { SIGNAL_WIRE_BYTES } from "./link.ts";
import type { LinkDirection } from "./link_direction.ts";
import { CONTROL_POLLMODE_WB, STATUS_ERROR_BITS, STATUS_LOGGED_BITS } from "./registers.ts";
import { encodePollWriteback, POLL_WRITEBACK_BYTES } from "./writeback.ts";

/** The reporting side of one engine. */
export class EngineReport {
  /** Interrupt Enable Mask register. */
  interruptMask = 0;
  /** Poll-mode write-back address, low half. */
  writebackLow = 0;
  /** Poll-mode write-back address, high half. */
  writebackHigh = 0;
  /** Status bits 23:1. */
  logged = 0;
  /** Completed Descriptor Count register. */
  completedCount = 0;
  readonly #memory: HostMemoryPort;
  readonly #interrupts: InterruptBlock;
  readonly #engineIndex: number;
  readonly #upwards: LinkDirection | null;
  readonly #writeback: Uint8Array = new Uint8Array(POLL_WRITEBACK_BYTES);
  readonly #writebackView: DataView = new DataView(this.#writeback.buffer);

  /** `upwards`: where write-backs take their share of the wire; null if time is not the link's. */
  constructor(
    memory: HostMemoryPort,
    interrupts: InterruptBlock,
    engineIndex: number,
    upwards: LinkDirection | null,
  ) {
    this.#memory = memory;
    this.#interrupts = interrupts;
    this.#engineIndex = engineIndex;
    this.#upwards = upwards;
  }

  /** Reset values. */
  reset(): void {
    this.interruptMask = 0;
    this.writebackLow = 0;
    this.writebackHigh = 0;
    this.beginRun();
  }

  /** The rising edge of Run clears Status and count. */
  beginRun(): void {
    this.logged = 0;
    this.completedCount = 0;
  }

  /** One more descriptor is done. */
  count(): void {
    this.completedCount = (this.completedCount + 1) >>> 0;
  }

  /** Logs a Status bit if its ie bit in Control is set: they stand at the same places. */
  log(bit: number, control: number): void {
    this.logged |= bit & control & STATUS_LOGGED_BITS;
  }

  /** Poll-mode write-back, if Control wants one. Posted: nobody hears of a fault. */
  writeBack(control: number): void {
    if ((control & CONTROL_POLLMODE_WB) === 0) return;
    const address = addressFromHalves(this.writebackLow, this.writebackHigh);
    if (address < 0) return;
    encodePollWriteback(this.#writebackView, this.completedCount, (this.logged & STATUS_ERROR_BITS) !== 0);
    this.#memory.write(address, this.#writeback, 0, POLL_WRITEBACK_BYTES);
    this.#upwards?.charge(SIGNAL_WIRE_BYTES);
  }

  /** Lets the interrupt source follow Status AND mask. A message goes out inside, and an ISR may run. */
  publish(): void {
    this.#interrupts.setChannel(this.#engineIndex, (this.logged & this.interruptMask) !== 0);
  }

  /** An interrupt without a cause: for the fault that reports too early. */
  interruptEarly(): void {
    this.#interrupts.sendForChannel(this.#engineIndex);
  }
}
