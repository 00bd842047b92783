/**
 * Stream movers (AXI4-Stream): between host memory and the loopback of the channel's number.
 */
import { BUS_OK, BUS_UNSUPPORTED_REQUEST } from "../ports.ts";
import type { BusStatus } from "../ports.ts";
import { addressFromHalves } from "../units.ts";
import { CONTROL_EOP, WORD_CONTROL, WORD_DESTINATION, WORD_SOURCE } from "./descriptor.ts";
import { toPageEnd } from "./mover.ts";
import type { Mover, MoverWiring } from "./mover.ts";
import { hostReadErrorBit, withDataFault } from "./mover_mm.ts";
import { CONTROL_NO_STREAM_WB, STATUS_INVALID_LENGTH } from "./registers.ts";
import type { LoopbackStream } from "./stream.ts";
import { encodeStreamResult, STREAM_RESULT_BYTES } from "./writeback.ts";

/** Every C2H stream descriptor is a multiple of this long. */
const C2H_LENGTH_UNIT = 64;

/** Host to stream. */
export class StreamMoverH2C implements Mover {
  remainingBytes = 0;
  readonly partialBytes = 0;
  readonly #wiring: MoverWiring;
  readonly #stream: LoopbackStream;
  #hostAddress = 0;
  #endOfPacket = false;

  constructor(wiring: MoverWiring, stream: LoopbackStream) {
    this.#wiring = wiring;
    this.#stream = stream;
  }

  get blocked(): boolean {
    return this.remainingBytes > 0 && this.#stream.freeBytes === 0;
  }

  begin(words: Uint32Array, at: number, lengthBytes: number): number {
    this.#hostAddress = addressFromHalves(words[at + WORD_SOURCE]!, words[at + WORD_SOURCE + 1]!);
    this.#endOfPacket = (words[at + WORD_CONTROL]! & CONTROL_EOP) !== 0;
    this.remainingBytes = lengthBytes;
    return 0;
  }

  pieceBytes(): number {
    return Math.min(this.remainingBytes, toPageEnd(this.#hostAddress), this.#stream.freeBytes);
  }

  move(lengthBytes: number): number {
    const { memory, faults } = this.#wiring;
    let status: BusStatus = this.#hostAddress < 0
      ? BUS_UNSUPPORTED_REQUEST
      : this.#stream.pushFrom(memory, this.#hostAddress, lengthBytes);
    if (faults.any) status = withDataFault(this.#wiring, status);
    if (status !== BUS_OK) return hostReadErrorBit(status);
    this.#hostAddress += lengthBytes;
    this.remainingBytes -= lengthBytes;
    if (this.remainingBytes === 0 && this.#endOfPacket) this.#stream.endPacket();
    this.#stream.receiver?.streamMoved();
    return 0;
  }

  /** A stream has no memory that could be late: the bytes move at once. */
  moveLater(lengthBytes: number): () => void {
    this.move(lengthBytes);
    return () => {};
  }

  finish(): void {}
}

/** Stream to host. A descriptor ends when it is full or when the packet ends. */
export class StreamMoverC2H implements Mover {
  remainingBytes = 0;
  readonly #wiring: MoverWiring;
  readonly #stream: LoopbackStream;
  readonly #result: Uint8Array = new Uint8Array(STREAM_RESULT_BYTES);
  readonly #resultView: DataView = new DataView(this.#result.buffer);
  #hostAddress = 0;
  #resultAddress = 0;
  #receivedBytes = 0;
  #endOfPacket = false;
  #writeResult = true;

  constructor(wiring: MoverWiring, stream: LoopbackStream) {
    this.#wiring = wiring;
    this.#stream = stream;
  }

  get blocked(): boolean {
    return this.remainingBytes > 0 && this.#stream.availableBytes === 0;
  }

  get partialBytes(): number {
    return this.#receivedBytes;
  }

  begin(words: Uint32Array, at: number, lengthBytes: number, control: number): number {
    this.#resultAddress = addressFromHalves(words[at + WORD_SOURCE]!, words[at + WORD_SOURCE + 1]!);
    this.#hostAddress = addressFromHalves(words[at + WORD_DESTINATION]!, words[at + WORD_DESTINATION + 1]!);
    this.#receivedBytes = 0;
    this.#endOfPacket = false;
    this.#writeResult = (control & CONTROL_NO_STREAM_WB) === 0;
    this.remainingBytes = lengthBytes;
    return lengthBytes % C2H_LENGTH_UNIT === 0 ? 0 : STATUS_INVALID_LENGTH;
  }

  pieceBytes(): number {
    return Math.min(this.remainingBytes, toPageEnd(this.#hostAddress), this.#stream.availableBytes);
  }

  move(lengthBytes: number): number {
    this.#stream.popTo(this.#wiring.memory, this.#hostAddress, lengthBytes);
    this.#took(lengthBytes);
    return 0;
  }

  moveLater(lengthBytes: number): () => void {
    const bytes = new Uint8Array(lengthBytes);
    const { memory } = this.#wiring;
    const hostAddress = this.#hostAddress;
    const keep = {
      read: memory.read.bind(memory),
      write: (address: number, source: Uint8Array, offset: number, count: number): BusStatus => {
        bytes.set(source.subarray(offset, offset + count), address);
        return BUS_OK;
      },
    };
    this.#stream.popTo(keep, 0, lengthBytes);
    this.#took(lengthBytes);
    return () => {
      if (hostAddress >= 0) memory.write(hostAddress, bytes, 0, lengthBytes);
    };
  }

  finish(): void {
    this.remainingBytes = 0;
    // Nothing received, nothing to report: a descriptor given up, or one of 0 bytes.
    if (!this.#writeResult || this.#resultAddress < 0 || this.#receivedBytes === 0) return;
    encodeStreamResult(this.#resultView, this.#receivedBytes, this.#endOfPacket);
    this.#wiring.memory.write(this.#resultAddress, this.#result, 0, STREAM_RESULT_BYTES);
  }

  #took(lengthBytes: number): void {
    this.#hostAddress += lengthBytes;
    this.remainingBytes -= lengthBytes;
    this.#receivedBytes += lengthBytes;
    if (this.#stream.atPacketEnd) {
      this.#stream.passPacketEnd();
      this.#endOfPacket = true;
      this.remainingBytes = 0;
    }
    this.#stream.sender?.streamMoved();
    this.#stream.receiver?.dataTaken();
  }
}
