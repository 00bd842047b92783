/**
 * The IRQ block (PG195, "IRQ Block Registers"): from levels inside the card to messages or pin levels on the bus.
 *
 * 1. A channel's source is a level: the OR of its Status bits under its own mask. A user source is a level its logic
 *    holds.
 * 2. request = source AND enable bit.
 * 3. MSI-X and MSI send one message on each rising edge of a request; so enabling a source that is already high sends.
 *    INTx is the OR of the requests routed to a pin.
 *
 * Channels are packed: H2C 0 … n-1 at bits 0 … n-1, C2H right behind them.
 */
import type { Tracer } from "../../trace/event.ts";
import type { VirtualClock } from "../clock.ts";
import type { InterruptLines } from "../ports.ts";
import type { Faults } from "./faults.ts";
import { MsixTable } from "./msix.ts";
import type { Notices } from "./notices.ts";
import { IRQ } from "./registers.ts";

/** How the card signals. Hardware uses one kind only: MSI-X before MSI before legacy pins. */
export type InterruptMode = "msix" | "msi" | "intx";

/** What the block needs from the card. */
export interface InterruptWiring {
  readonly clock: VirtualClock;
  readonly trace: Tracer;
  readonly lines: InterruptLines;
  readonly faults: Faults;
  readonly notices: Notices;
  /** A message takes its share of the wire. */
  readonly messageSent: () => void;
}

const CHANNELS = 8;
const USERS = 16;
// Requests of both kinds in one word: channels at 7:0, users at 23:8.
const USER_SHIFT = 8;

/** The IRQ block. */
export class InterruptBlock {
  /** MSI-X table and pending bits. */
  readonly msix: MsixTable = new MsixTable();
  readonly #mode: InterruptMode;
  readonly #messageCount: number;
  readonly #channelBits: number;
  readonly #wiring: InterruptWiring;
  // Vector of request bit n, in the same packing as requests.
  readonly #vectors: Uint8Array = new Uint8Array(USER_SHIFT + USERS);
  readonly #acknowledges: Uint32Array = new Uint32Array(USERS);
  #channelSource = 0;
  #channelEnable = 0;
  #userSource = 0;
  #userEnable = 0;
  // Requests as they were, to see edges (messages only).
  #requests = 0;
  // Legacy pins that are asserted, and the user requests that were acknowledged with them.
  #pins = 0;
  #pinUsers = 0;

  /** `messageCount`: how many MSI messages were granted. */
  constructor(mode: InterruptMode, messageCount: number, channelCount: number, wiring: InterruptWiring) {
    this.#mode = mode;
    this.#messageCount = messageCount;
    this.#channelBits = (1 << channelCount) - 1;
    this.#wiring = wiring;
  }

  /** Reset values. Levels of the user logic stay as they are; pins are released. */
  reset(): void {
    this.#channelSource = 0;
    this.#channelEnable = 0;
    this.#userEnable = 0;
    this.#vectors.fill(0);
    this.msix.reset();
    this.#update();
  }

  /** How often user logic was told that its interrupt went out: once a message; for pins on assert and on deassert. */
  acknowledgeCount(user: number): number {
    return this.#acknowledges[user] ?? 0;
  }

  /** The level of a channel's source. Hands a message over as its last act, so a driver's ISR may run inside. */
  setChannel(channel: number, level: boolean): void {
    const bit = 1 << channel;
    if (((this.#channelSource & bit) !== 0) === level) return;
    this.#channelSource ^= bit;
    this.#update();
  }

  /** The level of usr_irq_req[`user`]. */
  setUser(user: number, level: boolean): void {
    const bit = 1 << user;
    if (((this.#userSource & bit) !== 0) === level) return;
    this.#userSource ^= bit;
    this.#update();
  }

  /** A message without a cause behind it: for the fault that reports too early. */
  sendForChannel(channel: number): void {
    if (this.#mode !== "intx") this.#send(channel);
  }

  /** `offset` is one that the table of the IRQ block lists as readable. */
  read(offset: number): number {
    switch (offset) {
      case IRQ.userMask:
        return this.#userEnable;
      case IRQ.channelMask:
        return this.#channelEnable;
      case IRQ.userRequest:
        return this.#userSource & this.#userEnable;
      case IRQ.channelRequest:
        return this.#channelSource & this.#channelEnable;
      case IRQ.userPending:
        return this.#userSource;
      case IRQ.channelPending:
        return this.#channelSource;
      default:
        return this.#readVectors(offset);
    }
  }

  /** `offset` is one that the table of the IRQ block lists as writable. */
  write(offset: number, value: number): void {
    switch (offset) {
      case IRQ.userMask:
        this.#userEnable = value & 0xffff;
        break;
      case IRQ.userMaskW1S:
        this.#userEnable |= value & 0xffff;
        break;
      case IRQ.userMaskW1C:
        this.#userEnable &= ~value;
        break;
      case IRQ.channelMask:
        this.#channelEnable = value & this.#channelBits;
        break;
      case IRQ.channelMaskW1S:
        this.#channelEnable |= value & this.#channelBits;
        break;
      case IRQ.channelMaskW1C:
        this.#channelEnable &= ~value;
        break;
      default:
        this.#writeVectors(offset, value);
    }
    this.#update();
  }

  /** Unmasking an entry of the MSI-X table may let a pending message go. */
  writeMsix(offset: number, value: number): void {
    const vector = this.msix.write(offset, value);
    if (vector >= 0) this.#deliver(vector, "msix");
  }

  #readVectors(offset: number): number {
    const first = firstOfVectorWord(offset);
    let value = 0;
    for (let byte = 0; byte < 4; byte++) value |= this.#vectors[first + byte]! << (8 * byte);
    return value >>> 0;
  }

  #writeVectors(offset: number, value: number): void {
    const first = firstOfVectorWord(offset);
    for (let byte = 0; byte < 4; byte++) this.#vectors[first + byte] = (value >>> (8 * byte)) & 0x1f;
  }

  #update(): void {
    const channels = this.#channelSource & this.#channelEnable;
    const users = this.#userSource & this.#userEnable;
    const requests = channels | (users << USER_SHIFT);
    if (this.#mode === "intx") return this.#drivePins(requests);
    const rising = requests & ~this.#requests;
    this.#requests = requests;
    for (let rest = rising; rest !== 0; rest &= rest - 1) this.#send(31 - Math.clz32(rest & -rest));
  }

  #send(request: number): void {
    if (request >= USER_SHIFT) this.#acknowledges[request - USER_SHIFT]!++;
    const vector = this.#vectors[request]!;
    if (request < CHANNELS && this.#wiring.faults.any) {
      if (this.#wiring.faults.take("lostInterrupt", request) >= 0) {
        this.#wiring.notices.add(sourceName(request), "FaultInjected", `lostInterrupt: vector ${vector} never arrives`);
        return;
      }
    }
    if (this.#mode === "msix") {
      if (this.msix.offer(vector)) this.#deliver(vector, sourceName(request));
    } else {
      // With fewer messages granted than vectors programmed, hardware is undocumented; we take the remainder.
      this.#deliver(vector % this.#messageCount, sourceName(request));
    }
  }

  #deliver(vector: number, source: string): void {
    const { trace, clock, lines } = this.#wiring;
    if (trace.on) trace.emit({ kind: "interrupt", atNs: clock.nowNs, source, vector, asserted: true });
    this.#wiring.messageSent();
    lines.message(vector);
  }

  #drivePins(requests: number): void {
    const { trace, clock, lines } = this.#wiring;
    let pins = 0;
    // Only the two low bits of a vector matter: INTA to INTD.
    for (let rest = requests; rest !== 0; rest &= rest - 1) {
      pins |= 1 << (this.#vectors[31 - Math.clz32(rest & -rest)]! & 3);
    }
    const changed = pins ^ this.#pins;
    this.#countPinAcknowledges(requests);
    this.#pins = pins;
    for (let pin = 0; pin < 4; pin++) {
      if ((changed & (1 << pin)) === 0) continue;
      const asserted = (pins & (1 << pin)) !== 0;
      const source = `INT${"ABCD"[pin]}`;
      if (trace.on) trace.emit({ kind: "interrupt", atNs: clock.nowNs, source, vector: -1, asserted });
      lines.level(pin + 1, asserted);
    }
  }

  #countPinAcknowledges(requests: number): void {
    const users = (requests >>> USER_SHIFT) & 0xffff;
    for (let rest = users ^ this.#pinUsers; rest !== 0; rest &= rest - 1) {
      this.#acknowledges[31 - Math.clz32(rest & -rest)]!++;
    }
    this.#pinUsers = users;
  }
}

function firstOfVectorWord(offset: number): number {
  return offset >= IRQ.channelVectors ? offset - IRQ.channelVectors : USER_SHIFT + (offset - IRQ.userVectors);
}

// Names are made beforehand: a message a microsecond is no place for string building.
const SOURCE_NAMES: readonly string[] = [
  ...Array.from({ length: CHANNELS }, (_, channel) => `channel ${channel}`),
  ...Array.from({ length: USERS }, (_, user) => `user ${user}`),
];

function sourceName(request: number): string {
  return SOURCE_NAMES[request]!;
}
