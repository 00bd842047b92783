/**
 * The driver's part of the teaching card, and its kit. The card has no descriptors, so it shares no memory: what is
 * prepared stays with the driver until it is written into four registers, the command last.
 */
import { assert, deviceChannelMachine } from "../mod.ts";
import type { ChannelWiring, DeviceChannel, DeviceChannelEvent, DeviceKit, Direction } from "../mod.ts";
import type { HostPieces, Life, ServiceResult } from "../mod.ts";
import { COMMAND, REGISTER, STATUS, TeachingCard } from "./teaching_card.ts";

/** A kit whose one channel carries in this direction. */
export function teachingKit(direction: Direction): DeviceKit<TeachingCard> {
  return {
    name: "edu0",
    addressBits: 28,
    scatterGather: false,
    master: true,
    plug: (slot) => {
      const card = new TeachingCard();
      card.plug(slot);
      return {
        card,
        channels: [{ direction, number: 0, vector: 0 }],
        sharedBytes: () => 0,
        openChannel: (_index, wiring) => new TeachingChannel(card, direction, wiring),
        enableInterrupts: () => {}, // Each command asks for its own.
      };
    },
  };
}

interface Prepared {
  readonly source: number;
  readonly destination: number;
  readonly count: number;
}

class TeachingChannel implements DeviceChannel {
  readonly name;
  readonly index = 0;
  readonly direction: Direction;
  readonly life: Life<Record<string, never>, DeviceChannelEvent>;
  readonly slotCount: number;
  lastStatus = 0;
  readonly #card: TeachingCard;
  readonly #slots: Prepared[] = [];

  constructor(card: TeachingCard, direction: Direction, { lives, slotCount, polling }: ChannelWiring) {
    if (polling) throw new RangeError("Cannot poll the teaching card: it writes nothing back, so it must interrupt");
    this.#card = card;
    this.direction = direction;
    this.name = `${direction}0` as const;
    this.slotCount = slotCount;
    this.life = lives.create(deviceChannelMachine, `channel:${this.name}`, undefined);
  }

  prepare(slot: number, { numberOfElements, addresses, lengths }: HostPieces, cardAddress: number): void {
    assert(numberOfElements === 1, `The teaching card takes one piece, not ${numberOfElements}`);
    const [host, count] = [addresses[0]!, lengths[0]!];
    const [source, destination] = this.direction === "h2c" ? [host, cardAddress] : [cardAddress, host];
    this.#slots[slot] = { source, destination, count };
  }

  start(slot: number): void {
    const prepared = this.#slots[slot];
    assert(prepared !== undefined, `Slot ${slot} was not prepared`);
    this.life.send({ type: "START" });
    this.#card.write32(0, REGISTER.source, prepared.source);
    this.#card.write32(0, REGISTER.destination, prepared.destination);
    this.#card.write32(0, REGISTER.count, prepared.count);
    const way = this.direction === "h2c" ? 0 : COMMAND.toHost;
    this.#card.write32(0, REGISTER.command, COMMAND.start | COMMAND.interrupt | way);
  }

  service(): ServiceResult {
    const status = this.lastStatus = this.#card.read32(0, REGISTER.status);
    if ((status & STATUS.done) === 0) return "running";
    this.#card.write32(0, REGISTER.acknowledge, status);
    if ((status & STATUS.failed) === 0) {
      this.life.send({ type: "COMPLETED" });
      return "completed";
    }
    this.life.send({ type: "FAILED" });
    this.life.send({ type: "STOP" }); // The engine is idle again as soon as the status was read.
    return "failed";
  }

  polled(): boolean {
    return false;
  }
}
