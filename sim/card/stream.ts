/**
 * The AXI4-Stream loopback: what an H2C channel sends comes back on the C2H channel of the same number, packets kept
 * apart. A ring of bytes with a queue of the places where packets end.
 */
import type { HostMemoryPort } from "../ports.ts";
import { BUS_OK } from "../ports.ts";
import type { BusStatus } from "../ports.ts";
import type { Address } from "../units.ts";

/** Who sits at an end of a stream: hears of new data (the receiver) or of new room (the sender). */
export interface StreamEnd {
  /** The other end sent or received. */
  streamMoved(): void;
  /** This end received into its current descriptor. */
  dataTaken(): void;
}

/** One stream from an H2C channel to a C2H channel. */
export class LoopbackStream {
  /** Bytes the stream can hold. */
  readonly capacityBytes: number;
  /** Who sends; null if the card has no such H2C channel. */
  sender: StreamEnd | null = null;
  /** Who receives; null if the card has no such C2H channel: then what is sent is gone. */
  receiver: StreamEnd | null = null;
  readonly #ring: Uint8Array;
  #written = 0;
  #read = 0;
  #packetEnds: number[] = [];

  /** An empty loopback that holds so many bytes. */
  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
    this.#ring = new Uint8Array(capacityBytes);
  }

  /** Room for the sender. */
  get freeBytes(): number {
    return this.capacityBytes - (this.#written - this.#read);
  }

  /** Bytes waiting, over all packets. */
  get waitingBytes(): number {
    return this.#written - this.#read;
  }

  /** Bytes the receiver may take before the packet ends or the stream runs dry. */
  get availableBytes(): number {
    return (this.#packetEnds[0] ?? this.#written) - this.#read;
  }

  /** True if the receiver stands exactly where a packet ends. */
  get atPacketEnd(): boolean {
    return this.#packetEnds.length > 0 && this.#packetEnds[0] === this.#read;
  }

  /** Takes data out of host memory. At most {@link freeBytes}. */
  pushFrom(memory: HostMemoryPort, busAddress: Address, lengthBytes: number): BusStatus {
    for (let done = 0; done < lengthBytes;) {
      const at = (this.#written + done) % this.capacityBytes;
      const count = Math.min(lengthBytes - done, this.capacityBytes - at);
      const status = memory.read(busAddress + done, this.#ring, at, count);
      if (status !== BUS_OK) return status;
      done += count;
    }
    this.#written += lengthBytes;
    if (this.receiver === null) this.#read = this.#written;
    return BUS_OK;
  }

  /** User logic sends bytes of its own, and perhaps ends the packet. Returns how many found room. */
  push(bytes: Uint8Array, endOfPacket = true): number {
    const count = Math.min(bytes.length, this.freeBytes);
    for (let index = 0; index < count; index++) {
      this.#ring[(this.#written + index) % this.capacityBytes] = bytes[index]!;
    }
    this.#written += count;
    if (endOfPacket && count === bytes.length) this.endPacket();
    this.receiver?.streamMoved();
    return count;
  }

  /** tlast: the packet ends behind the last byte written. */
  endPacket(): void {
    if (this.receiver !== null && this.#written > this.#read) this.#packetEnds.push(this.#written);
  }

  /** Gives data to host memory. At most {@link availableBytes}. Posted: nobody hears of a fault. */
  popTo(memory: HostMemoryPort, busAddress: Address, lengthBytes: number): void {
    for (let done = 0; done < lengthBytes;) {
      const at = (this.#read + done) % this.capacityBytes;
      const count = Math.min(lengthBytes - done, this.capacityBytes - at);
      if (busAddress >= 0) memory.write(busAddress + done, this.#ring, at, count);
      done += count;
    }
    this.#read += lengthBytes;
  }

  /** The receiver has taken note of a packet's end. */
  passPacketEnd(): void {
    this.#packetEnds.shift();
  }

  /** Nothing waiting. */
  clear(): void {
    this.#written = 0;
    this.#read = 0;
    this.#packetEnds = [];
  }
}
