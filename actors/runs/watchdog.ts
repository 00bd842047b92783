/**
 * The driver's timer for transfers that do not end. A request that is longer in the device than it may be is looked at:
 *
 * ```text
 * 1 the engine is idle    its interrupt was lost: the ISR's work is done now, and the request completes as if nothing
 *                         had happened
 * 2 it is still at work, or idle without a word (it stopped on an error whose enable bit is 0)
 *                         Run off on every engine, the function is reset and set up again; what the engines had
 *                         completes with STATUS_IO_TIMEOUT, its lists go back, and the next ones start
 * ```
 * KeSynchronizeExecution: the ISR's work is done at DIRQL, so that no ISR of that interrupt runs beside it.
 */
import { assert } from "../../sim/assert.ts";
import type { XdmaCard } from "../../sim/card/xdma_card.ts";
import { DIRQL } from "../../sim/kernel/irql.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { CardSystem } from "../card_system.ts";
import { RecoverableChannel, resetFunction } from "../device/recoverable_channel.ts";
import { EMPTY_LIST } from "../kernel/mod.ts";
import type { ChannelDriver } from "../scheduler/channel_driver.ts";

/** One thing that the watchdog did. */
export interface WatchdogAct {
  /** When. */
  readonly atNs: Nanoseconds;
  /** For which request. */
  readonly irp: number;
  /** What it found. */
  readonly found: "interrupt lost" | "engine hangs";
}

/** Watches the channels of one world. */
export class Watchdog {
  /** Everything it did, in order. */
  readonly acts: WatchdogAct[] = [];
  readonly #system: CardSystem<XdmaCard>;
  readonly #timeoutNs: Nanoseconds;

  /** A request may be `timeoutNs` in the device. Somebody looks twice in that time. */
  constructor(system: CardSystem<XdmaCard>, timeoutNs: Nanoseconds) {
    this.#system = system;
    this.#timeoutNs = timeoutNs;
  }

  /** Starts the timer; it ends when no request is under way any more. */
  start(): void {
    this.#system.clock.after(Math.ceil(this.#timeoutNs / 2), this.#tick);
  }

  readonly #tick = (): void => {
    for (const channel of this.#system.channels) this.#look(channel);
    if (this.#system.irps.outstanding > 0) this.start();
  };

  #look(channel: ChannelDriver): void {
    const { clock, driver } = this.#system;
    const number = channel.parts.waitingForDevice.first;
    if (number === EMPTY_LIST) return;
    const { startedNs } = driver.requests.at(number);
    if (clock.nowNs - startedNs < this.#timeoutNs) return;
    if (!recoverable(channel).atWork) this.#serve(channel);
    const hangs = channel.parts.waitingForDevice.first === number;
    this.acts.push({ atNs: clock.nowNs, irp: number, found: hangs ? "engine hangs" : "interrupt lost" });
    if (hangs) this.#reset();
  }

  /** The function has one reset: what its other engines work on is gone too, and is completed as timed out. */
  #reset(): void {
    const { card, channels } = this.#system;
    const working = channels.filter(({ device }) => device.life.has("mayTouchMemory"));
    for (const channel of working) recoverable(channel).giveUp();
    resetFunction(card, channels.map(recoverable));
    for (const channel of working) this.#serve(channel);
  }

  /** The ISR's work, at its level. */
  #serve(channel: ChannelDriver): void {
    const { clock, irql, scheduler } = this.#system;
    channel.noteInterrupt(clock.nowNs);
    irql.run(DIRQL, irql.cpu, (index) => scheduler.interrupt(index), channel.device.index);
  }
}

function recoverable({ device }: ChannelDriver): RecoverableChannel {
  assert(device instanceof RecoverableChannel, "A watchdog needs channels that can be given up");
  return device;
}
