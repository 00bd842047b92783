/**
 * A card to learn from: one DMA engine that moves one contiguous piece at a time; no descriptors, 28 address lines, one
 * interrupt with status and acknowledge. Its registers follow QEMU's "edu" device; the failure bit is ours.
 */
import { BUS_OK } from "../mod.ts";
import type { Card, CardDescription, CardIdentity, ResetKind, Slot, TimerId } from "../mod.ts";

/** Register offsets in BAR 0. */
export const REGISTER = {
  status: 0x24,
  acknowledge: 0x64,
  source: 0x80,
  destination: 0x88,
  count: 0x90,
  command: 0x98,
};
/** Bits of the command: start, card to host, interrupt at the end. */
export const COMMAND = { start: 1, toHost: 2, interrupt: 4 };
/** Bits of the status: the transfer is over; and it failed. */
export const STATUS = { done: 0x100, failed: 0x200 };
/** The memory on the card, in its own address space. */
export const MEMORY = { start: 0x4_0000, bytes: 0x8_0000 };

/** How long the engine takes: 1 µs, then 250 MB/s. */
export function transferNs(countBytes: number): number {
  return 1_000 + 4 * countBytes;
}

/** The card. */
export class TeachingCard implements Card {
  /** For viewers and tests; a driver reaches it by DMA. */
  readonly memory: Uint8Array = new Uint8Array(MEMORY.bytes);
  /** The registers, by offset. */
  readonly #words = new Uint32Array(0x100);
  #slot!: Slot; // A card is plugged in before anything else.
  #timer: TimerId | null = null;

  plug(slot: Slot): void {
    this.#slot = slot;
  }

  probe(): CardIdentity {
    const bars = [{ index: 0, purpose: "registers", sizeBytes: 0x10_0000 }];
    return { vendorId: 0x1234, deviceId: 0x11e8, classCode: 0x00ff00, bars, interruptPin: 0, msixTableSize: 1 };
  }

  read32(bar: number, offset: number): number {
    const value = bar === 0 ? this.#words[offset] ?? 0 : 0xffff_ffff;
    this.#tell("read", bar, offset, value);
    return value;
  }

  write32(bar: number, offset: number, value: number): void {
    this.#tell("write", bar, offset, value);
    if (bar !== 0) return;
    if (offset === REGISTER.acknowledge) this.#words[REGISTER.status]! &= ~value;
    if (offset < REGISTER.source || this.#timer !== null) return; // A running engine does not listen.
    this.#words[offset] = value;
    if (offset !== REGISTER.command || (value & COMMAND.start) === 0) return;
    this.#timer = this.#slot.clock.after(transferNs(this.#words[REGISTER.count]!), () => this.#finish());
  }

  reset(kind: ResetKind): void {
    if (this.#timer !== null) this.#slot.clock.cancel(this.#timer);
    this.#timer = null;
    this.#words.fill(0);
    if (kind === "power") this.memory.fill(0);
  }

  describe(): CardDescription {
    const registers = Object.entries(REGISTER).map(([name, offset]) => {
      const access = name === "status" ? "RO" as const : name === "acknowledge" ? "WO" as const : "RW" as const;
      return { bar: 0, offset, name, access, reset: 0 };
    });
    return { name: "Teaching card", identity: this.probe(), registers };
  }

  /** The bytes move at the end of the engine's time, all at once. */
  #finish(): void {
    const { memory, interrupts } = this.#slot;
    const word = (offset: number): number => this.#words[offset]!;
    const [count, command] = [word(REGISTER.count), word(REGISTER.command)];
    const toHost = (command & COMMAND.toHost) !== 0;
    const host = word(toHost ? REGISTER.destination : REGISTER.source);
    const at = word(toHost ? REGISTER.source : REGISTER.destination) - MEMORY.start;
    let fine = at >= 0 && at + count <= MEMORY.bytes;
    // A write is posted: no card ever learns how it ended.
    if (fine && toHost) memory.write(host, this.memory, at, count);
    else if (fine) fine = memory.read(host, this.memory, at, count) === BUS_OK;
    this.#timer = null;
    this.#words[REGISTER.command] = command & ~COMMAND.start;
    this.#words[REGISTER.status]! |= fine ? STATUS.done : STATUS.done | STATUS.failed;
    if ((command & COMMAND.interrupt) !== 0) interrupts.message(0);
  }

  #tell(access: "read" | "write", bar: number, offset: number, value: number): void {
    const { trace, clock } = this.#slot;
    if (trace.on) trace.emit({ kind: "register", atNs: clock.nowNs, access, bar, offset, value });
  }
}
