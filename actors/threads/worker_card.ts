/**
 * The card on its Worker, and the driver's register accesses to it: the only place where either of them touches the
 * other. Its virtual time runs as fast as it can.
 *
 * ```text
 * open     1 in its slot: a clock, windows of shared memory, interrupt lines     2 MSI-X granted, probed, routed
 *          3 channels set up: addresses advance, errors and stops are logged and interrupt
 * start    4 Run off   5 where the first descriptor is, and how many stand behind it   6 Run on: the doorbell, last
 * service  7 the status is read, which clears it
 * ```
 * Source: PG195, "Register Space".
 */
import { packedChannels, probeXdma, routeInterrupts } from "../device/xdma_device.ts";
import { assert } from "../../sim/assert.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import type { XdmaOptions } from "../../sim/card/options.ts";
import {
  CHANNEL,
  CONTROL_NON_INCREMENTING,
  CONTROL_RUN,
  SGDMA,
  STATUS_DESCRIPTOR_STOPPED,
  STATUS_ERROR_BITS,
} from "../../sim/card/registers.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { highHalf, lowHalf } from "../../sim/units.ts";
import { SILENT } from "../../trace/event.ts";
import { DESCRIPTOR_ADDRESS, RAM_ADDRESS } from "./shared_parts.ts";
import type { SharedParts } from "./shared_parts.ts";
import { WindowPort } from "./window_port.ts";

/** What kind of card it is; plain values, so that they can be sent to its Worker. */
export type CardSettings = Pick<XdmaOptions, "link" | "timing" | "cardMemoryBytes">;

/** What the driver learns when an engine interrupts. */
export type Outcome = "running" | "completed" | "failed";

/** An engine came to rest at a Stop, or any error: one that stopped without a word would never be heard of again. */
const INTERRUPT_ENABLE: number = STATUS_DESCRIPTOR_STOPPED | STATUS_ERROR_BITS;

/** A card whose driver is on the same thread and whose host memory is shared with others. */
export class WorkerCard {
  /** The card's time. */
  readonly clock: VirtualClock = new VirtualClock();
  readonly #card: XdmaCard;
  readonly #bar: number;
  /** By engine: where its channel registers are. */
  readonly #registers: readonly number[];

  /** `isr` runs at an engine's interrupt, as a moment of its own. `descriptors` are the slots' columns as bytes. */
  constructor(parts: SharedParts, descriptors: Uint8Array, settings: CardSettings, isr: (engine: number) => void) {
    const { h2cCount, c2hCount } = parts.sizes;
    const { clock } = this;
    const card = this.#card = new XdmaCard({ ...settings, h2cCount, c2hCount });
    const ram = { busAddress: RAM_ADDRESS, bytes: new Uint8Array(parts.ram) };
    const memory = new WindowPort([ram, { busAddress: DESCRIPTOR_ADDRESS, bytes: descriptors }]);
    const interrupts = {
      message: (vector: number): void => void clock.after(0, isr, vector),
      level: (): void => assert(false, "A card with MSI-X does not drive a pin"),
    };
    card.plug({ clock, memory, interrupts, trace: SILENT });
    enableMsix(card);
    const probe = probeXdma(card);
    assert(
      probe !== null && probe.h2cCount === h2cCount && probe.c2hCount === c2hCount,
      "The card is not as it was made",
    );
    this.#bar = probe.bar;
    this.#registers = packedChannels(probe).map(([direction, number]) =>
      (direction === "h2c" ? 0x0000 : 0x1000) + number * 0x100
    );
    for (const at of this.#registers) {
      card.write32(this.#bar, at + CHANNEL.controlW1C, CONTROL_NON_INCREMENTING);
      card.write32(this.#bar, at + CHANNEL.interruptMask, INTERRUPT_ENABLE);
    }
    routeInterrupts(card, probe);
  }

  /** What the card saw and a person should know; the first few. */
  get notices(): readonly string[] {
    return this.#card.notices.slice(0, 8).map(({ source, name, details }) => `${source} ${name}: ${details}`);
  }

  /** Starts an engine on a list: `adjacent` descriptors stand right behind the first. */
  start(engine: number, firstDescriptor: number, adjacent: number): void {
    const at = this.#registers[engine]!;
    const sgdma = at + 0x4000;
    this.#write(at + CHANNEL.controlW1C, CONTROL_RUN);
    this.#write(sgdma + SGDMA.firstLow, lowHalf(firstDescriptor));
    this.#write(sgdma + SGDMA.firstHigh, highHalf(firstDescriptor));
    this.#write(sgdma + SGDMA.firstAdjacent, adjacent);
    this.#write(at + CHANNEL.control, INTERRUPT_ENABLE | CONTROL_RUN);
  }

  /** What an engine has to say after its interrupt. An engine that failed is ready again. */
  service(engine: number): Outcome {
    const at = this.#registers[engine]!;
    const status = this.#card.read32(this.#bar, at + CHANNEL.statusRC);
    if ((status & STATUS_ERROR_BITS) !== 0) {
      this.#write(at + CHANNEL.controlW1C, CONTROL_RUN);
      return "failed";
    }
    return (status & STATUS_DESCRIPTOR_STOPPED) !== 0 ? "completed" : "running";
  }

  #write(offset: number, value: number): void {
    this.#card.write32(this.#bar, offset, value);
  }
}
