/**
 * A living pool of map registers: which are free, who waits, and the bounce page behind each. The chart decides who is
 * served; this file keeps the line and the bitmap. S2-3, S2-14 to S2-16, X-1.
 *
 * The HAL serves waiters strictly in order: a head that does not fit holds up everybody behind it, even those who would
 * fit. Open re-implementation of the HAL; for Windows the same is visible in its public structures only.
 */
import { mapRegisterPoolMachine } from "../../machines/map_register_pool.ts";
import type { MapRegisterPoolContext, MapRegisterPoolEvent } from "../../machines/map_register_pool.ts";
import { assert } from "../../sim/assert.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import type { HostMemory } from "../../sim/memory/mod.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import type { Life, Lives } from "../life.ts";
import type { ChannelRequest, HeldRegisters } from "./channel_request.ts";

/** What a pool is made of. */
export interface PoolDescription {
  /** `mapRegisterPool`; with fewer than 32 address lines, their number too. */
  readonly name: string;
  /** Registers that there are. */
  readonly size: number;
  /** Every bounce page lies wholly below this. */
  readonly belowAddress: Address;
}

/** Where a pool lives. */
export interface PoolWorld {
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** The host's memory. */
  readonly memory: HostMemory;
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** Where events go. */
  readonly trace: Tracer;
}

/** Map registers shared by all adapters of one reach. */
export class MapRegisterPool {
  /** `mapRegisterPool`; with fewer than 32 address lines, their number too. */
  readonly name: string;
  /** Registers that there are. */
  readonly size: number;
  /** Its lifecycle. */
  readonly life: Life<MapRegisterPoolContext, MapRegisterPoolEvent>;
  /** Who waits, first come first. */
  readonly line: ChannelRequest[] = [];
  /** The most registers that were ever held at one time. */
  peak = 0;
  /** Registers ever handed out. */
  allocatedCount = 0;
  /** Registers ever given back. */
  freedCount = 0;
  readonly #world: PoolWorld;
  readonly #belowAddress: Address;
  readonly #used: Uint8Array;
  #frames: Uint32Array | null = null;
  #cursor = 0;
  readonly #scratch: Uint8Array = new Uint8Array(PAGE_SIZE);

  /** All registers are free. */
  constructor(description: PoolDescription, world: PoolWorld) {
    this.name = description.name;
    this.size = description.size;
    this.#belowAddress = description.belowAddress;
    this.#world = world;
    this.#used = new Uint8Array(description.size);
    this.life = world.lives.create(mapRegisterPoolMachine, description.name, { size: description.size });
  }

  /** Registers that nobody holds. */
  get free(): number {
    return this.life.context.free;
  }

  /** True if these registers could be taken now: nobody waits, enough are free, and in one piece where that matters. */
  available(count: number, contiguous: boolean): boolean {
    const { free, waiting } = this.life.context;
    return waiting === 0 && count <= free && (!contiguous || this.#findRun(count) >= 0);
  }

  /** Takes registers that are {@link MapRegisterPool.available}. */
  take(count: number, contiguous: boolean, into: HeldRegisters): void {
    const { refusal } = this.life.send({ type: "ALLOCATE", count, synchronous: true, inOnePiece: true });
    assert(refusal === null, "Cannot take map registers that the pool called available");
    this.#mark(count, contiguous, into);
  }

  /** Puts a request at the end of the line. */
  join(request: ChannelRequest): void {
    const inOnePiece = !request.contiguous || this.#findRun(request.poolRegisters) >= 0;
    const { refusal } = this.life.send({
      type: "ALLOCATE",
      count: request.poolRegisters,
      synchronous: false,
      inOnePiece,
    });
    if (refusal === null) this.#mark(request.poolRegisters, request.contiguous, request.registers);
    else {
      assert(refusal.status === "STATUS_PENDING", "Cannot queue a request that the pool can never serve");
      this.line.push(request);
    }
  }

  /** Takes the registers for the head of the line, if they are there. Returns the request that was served. */
  serveHead(): ChannelRequest | null {
    const head = this.line[0];
    if (head === undefined) return null;
    const { poolRegisters: count, contiguous } = head;
    const inOnePiece = !contiguous || this.#findRun(count) >= 0;
    if (this.life.send({ type: "GRANT_WAITER", count, inOnePiece }).refusal !== null) return null;
    this.line.shift();
    this.#mark(count, contiguous, head.registers);
    return head;
  }

  /** Takes a request out of the line. False if it does not stand there. */
  leave(request: ChannelRequest): boolean {
    const place = this.line.indexOf(request);
    if (place < 0) return false;
    this.line.splice(place, 1);
    this.life.send({ type: "LEAVE" });
    return true;
  }

  /** Takes registers back. */
  give(held: HeldRegisters): void {
    const { count, indexes } = held;
    if (count === 0) return;
    this.life.send({ type: "FREE", count });
    for (let number = 0; number < count; number++) {
      assert(this.#used[indexes[number]!] === 1, "Cannot take back a map register that nobody holds");
      this.#used[indexes[number]!] = 0;
    }
    held.count = 0;
    this.freedCount += count;
    this.#tell();
  }

  /** Registers that the bitmap calls taken; for bookkeeping that is checked against itself. */
  markedCount(): number {
    return this.#used.reduce((sum, used) => sum + used, 0);
  }

  /** The frame of a register's bounce page. */
  frame(register: number): number {
    return this.#backing()[register]!;
  }

  /** The physical address of a register's bounce page. */
  address(register: number): Address {
    return this.frame(register) * PAGE_SIZE;
  }

  /**
   * Copies within one page between a buffer and the page of a register, as the CPU does it: through the cache on the
   * buffer's side, straight to RAM on the other, where bounce pages are mapped noncached.
   */
  copy(register: number, inPage: number, buffer: Address, lengthBytes: number, towardsDevice: boolean): void {
    const { cache, physical } = this.#world.memory;
    const bounce = this.address(register) + inPage;
    if (towardsDevice) {
      cache.read(buffer, this.#scratch, 0, lengthBytes);
      physical.write(bounce, this.#scratch, 0, lengthBytes);
    } else {
      physical.read(bounce, this.#scratch, 0, lengthBytes);
      cache.write(buffer, this.#scratch, 0, lengthBytes);
    }
  }

  #mark(count: number, contiguous: boolean, into: HeldRegisters): void {
    if (into.indexes.length < count) into.indexes = new Int32Array(count);
    into.count = count;
    if (contiguous) {
      const first = this.#findRun(count);
      for (let number = 0; number < count; number++) into.indexes[number] = first + number;
      this.#used.fill(1, first, first + count);
    } else {
      for (let number = 0; number < count; number++) {
        while (this.#used[this.#cursor] === 1) this.#cursor = (this.#cursor + 1) % this.size;
        this.#used[this.#cursor] = 1;
        into.indexes[number] = this.#cursor;
      }
    }
    this.allocatedCount += count;
    this.peak = Math.max(this.peak, this.size - this.free);
    this.#tell();
  }

  /** The first of `count` free registers whose pages follow each other; -1 if there is no such run. */
  #findRun(count: number): number {
    const frames = this.#backing();
    let start = 0;
    for (let register = 0; register < this.size; register++) {
      if (this.#used[register] === 1) start = register + 1;
      else if (register > start && frames[register] !== frames[register - 1]! + 1) start = register;
      if (register - start + 1 >= count && this.#used[register] === 0) return start;
    }
    return -1;
  }

  /**
   * The pages behind the registers, obtained at first use in pieces as large as memory allows: a HAL takes them at
   * boot, when memory is whole; we come later.
   */
  #backing(): Uint32Array {
    if (this.#frames !== null) return this.#frames;
    const frames = this.#frames = new Uint32Array(this.size);
    let filled = 0;
    let piece = this.size;
    while (filled < this.size) {
      const count = Math.min(piece, this.size - filled);
      const bank = this.#world.memory.bounce({ count, belowAddress: this.#belowAddress, contiguous: true });
      if (bank !== null) {
        frames.set(bank.pfns, filled);
        filled += count;
      } else if (count > 1) piece = Math.ceil(count / 2);
      else {
        const where = `below 0x${this.#belowAddress.toString(16)}`;
        throw new RangeError(
          `Cannot back ${this.size} map registers ${where}: there are not so many pages; expected fewer`,
        );
      }
    }
    return frames;
  }

  #tell(): void {
    const { trace, clock } = this.#world;
    if (!trace.on) return;
    trace.emit({ kind: "counter", atNs: clock.nowNs, counter: `${this.name}.free`, value: this.free });
  }
}
