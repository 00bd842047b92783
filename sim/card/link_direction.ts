/**
 * One direction of the link as a server: it carries one piece at a time and divides itself fairly among the channels.
 *
 * The server's time is the time at the far end: a piece is "carried" when its bytes are in card memory (H2C) or in host
 * memory (C2H). The latency of the way is in the moment from which a piece may be carried at all; so a pipeline of
 * pieces costs its latency once, and the server never idles while any channel has something ready (it is
 * work-conserving).
 *
 * Sharing is deficit round robin: each turn is worth 4 KiB, what is left of a turn carries over, pieces end at 4 KiB
 * boundaries of host memory. Long descriptors and short ones get the same bytes per second, at one clock event a piece.
 *
 * Time is whole nanoseconds; the fraction that a piece leaves over is carried into the next, so N bytes take N/B within
 * one nanosecond however they were cut.
 */
import type { VirtualClock } from "../clock.ts";
import { COMPLETION_OVERHEAD_BYTES, REQUEST_OVERHEAD_BYTES } from "./link.ts";
import type { Link, TransferDirection } from "./link.ts";

/** What the server asks of a channel. Indices run from 0 to 3 within the direction. */
export interface LinkClient {
  /** Bytes of the piece this channel wants carried next; 0 if it has nothing ready. */
  nextPieceBytes(): number;
  /** The piece has arrived: move the bytes. */
  pieceCarried(lengthBytes: number): void;
  /** Everybody's state is settled: say to the outside what the piece brought about. */
  publish(): void;
}

const TURN_BYTES = 4096;
const IDLE = -1;

/** One direction of the link. */
export class LinkDirection {
  readonly #link: Link;
  readonly #clock: VirtualClock;
  readonly #clients: (LinkClient | null)[] = [null, null, null, null];
  readonly #deficitBytes: Int32Array = new Int32Array(4);
  readonly #packetBytes: number;
  readonly #overheadBytes: number;
  readonly #wireNsPerByte: number;
  readonly #ceilingNsPerByte: number;
  // Where the read requests of this direction go (H2C only).
  readonly #upwards: LinkDirection | null;
  #freeNs = 0;
  #fractionNs = 0;
  #waiting = 0;
  #turn = 0;
  #carrying = IDLE;
  #carryingBytes = 0;
  #carriedBytes = 0;
  #busyNs = 0;
  #epoch = 0;

  constructor(link: Link, direction: TransferDirection, clock: VirtualClock, upwards: LinkDirection | null) {
    this.#link = link;
    this.#clock = clock;
    this.#upwards = upwards;
    this.#packetBytes = direction === "h2c" ? link.completionBytes : link.maxPayloadBytes;
    this.#overheadBytes = direction === "h2c" ? COMPLETION_OVERHEAD_BYTES : REQUEST_OVERHEAD_BYTES;
    this.#wireNsPerByte = 1 / link.packetBytesPerNs;
    this.#ceilingNsPerByte = 1 / (direction === "h2c" ? link.h2cCeilingBytesPerNs : link.c2hCeilingBytesPerNs);
  }

  /** Payload carried so far. */
  get carriedBytes(): number {
    return this.#carriedBytes;
  }

  /** How long the server has been carrying payload, in nanoseconds. */
  get busyNs(): number {
    return this.#busyNs;
  }

  /** Makes a channel known. */
  connect(index: number, client: LinkClient): void {
    this.#clients[index] = client;
  }

  /** Forgets whatever is under way (reset, link down). Bytes on the wire are lost. */
  clear(): void {
    this.#waiting = 0;
    this.#carrying = IDLE;
    this.#deficitBytes.fill(0);
    this.#epoch++;
  }

  /** A channel has a piece ready. May be called while it already waits. */
  request(index: number): void {
    this.#waiting |= 1 << index;
    if (this.#carrying === IDLE) this.#carryNext();
  }

  /** A channel has nothing ready any more. */
  withdraw(index: number): void {
    this.#waiting &= ~(1 << index);
    this.#deficitBytes[index] = 0;
  }

  /** Small traffic that nobody waits for (requests, descriptors, write-backs, messages) takes its share of the wire. */
  charge(wireBytes: number): void {
    const nowNs = this.#clock.nowNs;
    if (this.#freeNs < nowNs) {
      this.#freeNs = nowNs;
      this.#fractionNs = 0;
    }
    this.#advance(wireBytes * this.#wireNsPerByte);
  }

  #advance(durationNs: number): void {
    const exactNs = durationNs + this.#fractionNs;
    const wholeNs = Math.floor(exactNs);
    this.#freeNs += wholeNs;
    this.#fractionNs = exactNs - wholeNs;
  }

  #carryNext(): void {
    while (this.#waiting !== 0) {
      // 1. Whose turn is it? Stay with the channel until its turn is used up, then go on to the next that waits.
      let index = this.#turn;
      if ((this.#waiting & (1 << index)) === 0) {
        index = this.#nextWaiting(index);
        this.#beginTurn(index);
      }
      const client = this.#clients[index]!;
      const lengthBytes = client.nextPieceBytes();
      if (lengthBytes === 0) {
        this.withdraw(index);
        continue;
      }
      if (lengthBytes > this.#deficitBytes[index]!) {
        this.#beginTurn(this.#nextWaiting(index));
        continue;
      }
      this.#deficitBytes[index]! -= lengthBytes;
      // 2. How long does it take, and from when?
      const nowNs = this.#clock.nowNs;
      if (this.#freeNs < nowNs) {
        this.#freeNs = nowNs;
        this.#fractionNs = 0;
      }
      const packets = Math.ceil(lengthBytes / this.#packetBytes);
      const wireNs = (lengthBytes + packets * this.#overheadBytes) * this.#wireNsPerByte;
      const ceilingNs = lengthBytes * this.#ceilingNsPerByte;
      const startNs = this.#freeNs;
      this.#advance(wireNs > ceilingNs ? wireNs : ceilingNs);
      this.#busyNs += this.#freeNs - startNs;
      if (this.#upwards !== null) {
        this.#upwards.charge(Math.ceil(lengthBytes / this.#link.maxReadRequestBytes) * REQUEST_OVERHEAD_BYTES);
      }
      this.#carrying = index;
      this.#carryingBytes = lengthBytes;
      this.#clock.at(this.#freeNs, this.#arrived, this.#epoch);
      return;
    }
  }

  #beginTurn(index: number): void {
    this.#turn = index;
    this.#deficitBytes[index]! += TURN_BYTES;
  }

  #nextWaiting(after: number): number {
    for (let step = 1; step <= 4; step++) {
      const index = (after + step) & 3;
      if ((this.#waiting & (1 << index)) !== 0) return index;
    }
    return after;
  }

  readonly #arrived = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    const client = this.#clients[this.#carrying]!;
    const lengthBytes = this.#carryingBytes;
    this.#carrying = IDLE;
    this.#carriedBytes += lengthBytes;
    client.pieceCarried(lengthBytes);
    if (this.#carrying === IDLE) this.#carryNext();
    // Last, because a driver's ISR may run inside and come back to our registers.
    client.publish();
  };
}
