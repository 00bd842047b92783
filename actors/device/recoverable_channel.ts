/**
 * An XDMA engine that a driver can give up: an XDMA channel with a way out for transfers that do not end.
 *
 * ```text
 * look      is the engine still at work?                 Status, without clearing it
 * giveUp    Run off; the memory stays the engine's until Status says that it is idle
 * service   then answers "lost", once: the request is completed with STATUS_IO_TIMEOUT
 * restore   after a reset of the function: the registers that the driver had set up at start
 * ```
 * PG195, channel control and status registers.
 */
import type { DeviceChannelEvent } from "../../machines/device_channel.ts";
import { assert } from "../../sim/assert.ts";
import { enableMsix } from "../../sim/card/msix.ts";
import { CHANNEL, CONTROL_RUN, STATUS_BUSY } from "../../sim/card/registers.ts";
import type { XdmaCard } from "../../sim/card/xdma_card.ts";
import type { ChannelName } from "../../trace/event.ts";
import type { DeviceChannel, Direction, HostPieces, ServiceResult } from "./device.ts";
import type { DeviceKit, PluggedDevice } from "./device_kit.ts";
import { XdmaChannel } from "./xdma_channel.ts";
import { probeXdma, routeInterrupts } from "./xdma_device.ts";
import { xdmaKit } from "./xdma_kit.ts";
import type { XdmaKitOptions } from "./xdma_kit.ts";

const TIMED_OUT: DeviceChannelEvent = { type: "TIMED_OUT" };
const STOPPED: DeviceChannelEvent = { type: "STOPPED" };
const RESET: DeviceChannelEvent = { type: "RESET" };

/** One engine, with a way out. */
export class RecoverableChannel implements DeviceChannel {
  /** `h2c0`, `c2h3`: direction and number. */
  readonly name: ChannelName;
  readonly index: number;
  readonly direction: Direction;
  readonly life: DeviceChannel["life"];
  readonly slotCount: number;
  readonly #channel: XdmaChannel;
  readonly #card: XdmaCard;
  readonly #registers: number;
  #givenUp = false;

  /** Around an open channel. */
  constructor(channel: XdmaChannel, card: XdmaCard) {
    const { name, index, direction, life, slotCount } = channel;
    this.name = name;
    this.index = index;
    this.direction = direction;
    this.life = life;
    this.slotCount = slotCount;
    this.#channel = channel;
    this.#card = card;
    this.#registers = (direction === "h2c" ? 0x0000 : 0x1000) + Number(name.slice(direction.length)) * 0x100;
  }

  get lastStatus(): number {
    return this.#channel.lastStatus;
  }

  /** The status word as it is now; reading it so clears nothing. */
  get status(): number {
    return this.#card.read32(this.#card.configBar, this.#registers + CHANNEL.status);
  }

  /** True while the engine owns its memory. */
  get atWork(): boolean {
    return (this.status & STATUS_BUSY) !== 0;
  }

  prepare(slot: number, pieces: HostPieces, cardAddress: number): void {
    this.#channel.prepare(slot, pieces, cardAddress);
  }

  start(slot: number): void {
    this.#channel.start(slot);
  }

  service(): ServiceResult {
    if (!this.#givenUp) return this.#channel.service();
    if (this.atWork) return "running";
    this.#givenUp = false;
    this.life.send(STOPPED);
    return "lost";
  }

  polled(): boolean {
    return this.#channel.polled();
  }

  /** Nobody waits for this transfer any more: Run is cleared; {@link service} says so once the engine is idle. */
  giveUp(): void {
    this.#givenUp = true;
    this.life.send(TIMED_OUT);
    this.#card.write32(this.#card.configBar, this.#registers + CHANNEL.controlW1C, CONTROL_RUN);
  }

  /** The function was reset: its registers as they were at start. What the engine worked on is gone. */
  restore(): void {
    this.life.send(RESET);
    this.#channel.initialise();
  }
}

/** Resets the function and sets it up again, as after start: vectors, masks, every channel. */
export function resetFunction(card: XdmaCard, channels: readonly RecoverableChannel[]): void {
  card.reset("function");
  enableMsix(card);
  const probe = probeXdma(card);
  if (probe === null) return;
  for (const channel of channels) channel.restore();
  routeInterrupts(card, probe);
}

/** Opens a channel that can be given up, around an XDMA channel. */
export type OpenRecoverable = (channel: XdmaChannel, card: XdmaCard) => RecoverableChannel;

/** A kit for XDMA cards whose channels can be given up. `open`: which kind; default {@link RecoverableChannel}. */
export function recoverableKit(
  options: XdmaKitOptions = {},
  open: OpenRecoverable = (channel, card) => new RecoverableChannel(channel, card),
): DeviceKit<XdmaCard> {
  const kit = xdmaKit(options);
  const { name, addressBits, scatterGather, master } = kit;
  return {
    name,
    addressBits,
    scatterGather,
    master,
    plug: (slot): PluggedDevice<XdmaCard> => {
      const device = kit.plug(slot);
      const { card, channels } = device;
      return {
        card,
        channels,
        sharedBytes: (slotCount, bytes) => device.sharedBytes(slotCount, bytes),
        openChannel: (index, wiring) => {
          const channel = device.openChannel(index, wiring);
          assert(channel instanceof XdmaChannel, "The kit of an XDMA card opens XDMA channels");
          return open(channel, card);
        },
        enableInterrupts: () => device.enableInterrupts(),
      };
    },
  };
}
