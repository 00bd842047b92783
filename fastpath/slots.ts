/**
 * The memory of the fast path: one SharedArrayBuffer, sized once, one typed array a column. The buffer is that of a
 * shared WebAssembly.Memory, so that loops of WebAssembly can stand over the same columns.
 *
 * ```text
 * header       16-word lines: sizes | stop | misuse | free list | parking, one line a worker
 * control      64 words a channel, one 16-word cache line for each writer:
 *                line 0  the dispatcher      SUBMITTED, DIRECTION
 *                line 1  the token's holder  CHANNEL_ROW, STARTED, DOORBELL
 *                line 2  the ISR             READY
 *                line 3  the DPC             DONE
 * tables       the request's and the engine's table, compiled from their charts
 * requests     one row each: flags, length, host address, card address; status and information; next free row
 * slots        channelCount x slotCount rows: row of the request's table, request, bytes moved
 * descriptors  descriptorsPerSlot x 8 words for every slot, as the card reads them (PG195, "Descriptors")
 * ```
 *
 * A channel is one ring of slots, and the list slot is the ring position. Four cursors cut it into the three queues:
 * ```text
 *          DONE               READY                STARTED           SUBMITTED
 * free  |    ready-to-complete  |  waiting-for-device  |   work-to-do    |   free
 * ```
 * A position counts slots since the beginning and wraps at 2^32; `position & (slotCount - 1)` is the place in the
 * ring.
 * Between two cursors a slot belongs to one participant, who writes it with plain stores; moving the cursor hands it
 * on.
 */
import { assert } from "../sim/assert.ts";
import { createControlAtomics, plainControlAtomics } from "./control_words.ts";
import type { ControlAtomics } from "./control_words.ts";
import type { PathLives } from "./lives.ts";

/** Which way a channel's data goes: host to card, or card to host (PG195's H2C and C2H). */
export type PathDirection = "h2c" | "c2h";

/** How large the memory is. Counts of slots and descriptors are powers of two. */
export interface PathSizes {
  /** Engines, each with a ring of its own: at most 64. */
  readonly channelCount: number;
  /** Slots of one channel: how many of its requests can be under way at once. */
  readonly slotCount: number;
  /** The longest list. */
  readonly descriptorsPerSlot: number;
  /**
   * The longest piece of memory that one descriptor covers, in bytes: a multiple of 4 below 2^28. A whole list stays
   * below 2^31 bytes.
   */
  readonly elementBytes: number;
  /** Which way each channel goes; the ones that are not named here go from host to card. */
  readonly directions?: readonly PathDirection[];
  /** Rows for requests: a power of two, at most 32 768. */
  readonly requestCount: number;
}

/** Words of the header: what is written while the path runs stands on lines of its own. */
export const HEADER_WORDS = 256;
/** Header: nonzero tells every worker to finish its pass and return. */
export const HEADER_STOP = 16;
/** Header: how many steps the charts called misuse. */
export const HEADER_MISUSE_COUNT = 32;
/** Header: the first misuse, what it was and whose it was in one word (`misuse.ts`). */
export const HEADER_FIRST_MISUSE = 33;
/** Header: first free request row and its generation tag. */
export const HEADER_FREE_REQUESTS = 48;
/** Header: 1 while the worker of that line is parked, 2 until it is up; one line a worker from here on. */
export const HEADER_PARKED = 64;

/** Words of a channel's control block. */
export const CONTROL_WORDS = 64;
/** End of work-to-do. Written by the channel's dispatcher. */
export const SUBMITTED = 0;
/** {@link FLAG_WRITE} for a host-to-card channel, 0 for a card-to-host one. */
export const DIRECTION = 1;
/** The engine's row. Busy is the token: who moved it from idle to busy may start requests. */
export const CHANNEL_ROW = 16;
/** End of waiting-for-device. Written by the token's holder. */
export const STARTED = 17;
/** The position behind the one that the engine was last told to move. Written by the token's holder. */
export const DOORBELL = 18;
/** End of ready-to-complete. Written by the ISR. */
export const READY = 32;
/** Slots before it are free. Written by the DPC. */
export const DONE = 48;

/** Request flag: data goes to the device (host to card), else to the host. A channel takes its own direction only. */
export const FLAG_WRITE = 1;
/** Request flag: its pages are locked. */
export const FLAG_LOCKED = 2;

/** Words of one descriptor. */
export const DESCRIPTOR_WORDS = 8;
/** The longest that one descriptor can be: bits 27:0 of its length (PG195, "Descriptors"), in whole words. */
const DESCRIPTOR_LENGTH_MAX = 0x0fff_fffc;
/** The longest that one request can be: its length is a signed word, and so is what the engine reports. */
const LENGTH_MAX = 0x7fff_ffff;
const LINE_BYTES = 64;
const PAGE_BYTES = 1 << 16;
/** What 32 address bits reach: 4 GiB. */
const PAGES_MAX = 1 << 16;
// Columns whose lengths are powers of two would all fall into the same cache sets without it.
const STAGGER_LINES = 5;
const MAGIC = 0x444d4132;
const REQUESTS_MAX = 1 << 15;

/** The columns. Every participant, on whatever thread, has one of its own over the same buffer. */
export class PathMemory {
  /** All of it; what another thread can be given. */
  readonly buffer: SharedArrayBuffer;
  /** See {@link PathSizes}. */
  readonly channelCount: number;
  /** See {@link PathSizes}. */
  readonly slotCount: number;
  /** See {@link PathSizes}. */
  readonly descriptorsPerSlot: number;
  /** See {@link PathSizes}. */
  readonly elementBytes: number;
  /** See {@link PathSizes}. */
  readonly requestCount: number;
  /** What keeps a slot number inside its columns. */
  readonly slotMask: number;
  /** What keeps a request's row inside its columns. */
  readonly requestMask: number;
  /** Row of a request that has just arrived. */
  readonly arrivedRow: number;
  /** Row of a free slot. */
  readonly freeRow: number;
  /** Row of an idle engine. */
  readonly idleRow: number;

  /** Words that belong to no channel. */
  readonly header: Int32Array;
  /** Cursors and tokens, {@link CONTROL_WORDS} a channel. */
  readonly control: Int32Array;
  /** The request's joint table. */
  readonly requestTable: Int32Array;
  /** The engine's table. */
  readonly channelTable: Int32Array;
  /** By request: {@link FLAG_WRITE}, {@link FLAG_LOCKED}. */
  readonly requestFlags: Int32Array;
  /** By request: bytes to move. */
  readonly requestLength: Int32Array;
  /** By request: logical address in host memory, bits 31:0. */
  readonly requestHostLow: Int32Array;
  /** By request: logical address in host memory, bits 63:32. */
  readonly requestHostHigh: Int32Array;
  /** By request: address on the card, bits 31:0. */
  readonly requestCardLow: Int32Array;
  /** By request: address on the card, bits 63:32. */
  readonly requestCardHigh: Int32Array;
  /** By request: NTSTATUS as a signed word: STATUS_PENDING from submit on, until it is complete. */
  readonly requestStatus: Int32Array;
  /** By request: bytes moved, once it is complete. */
  readonly requestInformation: Int32Array;
  /** By request: the row behind it in the free list. */
  readonly requestNextFree: Int32Array;
  /** By slot: row of the request's table. */
  readonly slotRow: Int32Array;
  /** By slot: the request in it. */
  readonly slotRequest: Int32Array;
  /** By slot: what the engine reported. */
  readonly slotMoved: Int32Array;
  /** By slot: its descriptors, {@link DESCRIPTOR_WORDS} each. */
  readonly descriptors: Int32Array;

  // Private, so that a view of some columns only, as the explorer makes it, has no loops that would go past it.
  readonly #wasm: WebAssembly.Memory | null;
  readonly #atomics: ControlAtomics;

  /** Opens the memory that {@link createPathMemory} made, on this or another thread, from either of its handles. */
  constructor(handle: SharedArrayBuffer | WebAssembly.Memory) {
    this.#wasm = handle instanceof WebAssembly.Memory ? handle : null;
    const buffer = handle instanceof WebAssembly.Memory ? handle.buffer as unknown as SharedArrayBuffer : handle;
    const header = new Int32Array(buffer, 0, HEADER_WORDS);
    assert(header[0] === MAGIC, "This buffer is no memory of the fast path");
    this.buffer = buffer;
    this.header = header;
    this.channelCount = header[1]!;
    this.slotCount = header[2]!;
    this.descriptorsPerSlot = header[3]!;
    this.elementBytes = header[4]!;
    this.requestCount = header[5]!;
    this.arrivedRow = header[8]!;
    this.freeRow = header[9]!;
    this.idleRow = header[10]!;
    const slots = slotRows(this.channelCount, this.slotCount);
    let at = HEADER_WORDS * 4;
    const column = (words: number): Int32Array => {
      const array = new Int32Array(buffer, at, words);
      at += columnBytes(words);
      return array;
    };
    this.slotMask = slots - 1;
    this.requestMask = this.requestCount - 1;
    this.control = column(this.channelCount * CONTROL_WORDS);
    this.requestTable = column(header[6]!);
    this.channelTable = column(header[7]!);
    this.requestFlags = column(this.requestCount);
    this.requestLength = column(this.requestCount);
    this.requestHostLow = column(this.requestCount);
    this.requestHostHigh = column(this.requestCount);
    this.requestCardLow = column(this.requestCount);
    this.requestCardHigh = column(this.requestCount);
    this.requestStatus = column(this.requestCount);
    this.requestInformation = column(this.requestCount);
    this.requestNextFree = column(this.requestCount);
    this.slotRow = column(slots);
    this.slotRequest = column(slots);
    this.slotMoved = column(slots);
    this.descriptors = column(slots * this.descriptorsPerSlot * DESCRIPTOR_WORDS);
    this.#atomics = handle instanceof WebAssembly.Memory
      ? createControlAtomics(handle, this.control, header)
      : plainControlAtomics(this.control, header);
    assert(at <= buffer.byteLength, `The columns end at ${at}, the buffer at ${buffer.byteLength}`);
  }

  /**
   * The same memory for WebAssembly, or null if it was opened by its buffer alone. Who gives this to another thread
   * gives it the loops over four requests at a time (`fours.ts`); with the buffer it goes one by one.
   */
  get wasm(): WebAssembly.Memory | null {
    return this.#wasm;
  }

  /** Atomic operations on the control blocks. */
  get atomics(): ControlAtomics {
    return this.#atomics;
  }

  /** The word of a channel's control block. */
  controlWord(channel: number, word: number): number {
    return channel * CONTROL_WORDS + word;
  }
}

/**
 * Makes the memory: every slot free, every channel idle, every request row in the free list.
 *
 * @throws {RangeError} with one sentence, if a size or a direction cannot be.
 */
export function createPathMemory(sizes: PathSizes, lives: PathLives): PathMemory {
  checkSizes(sizes);
  const { channelCount, slotCount, descriptorsPerSlot, elementBytes, requestCount } = sizes;
  const slots = slotRows(channelCount, slotCount);
  const requestWords = lives.request.next.length;
  const channelWords = lives.channel.next.length;
  const columns = [channelCount * CONTROL_WORDS, requestWords, channelWords]
    .concat(new Array<number>(9).fill(requestCount), [slots, slots, slots])
    .concat(slots * descriptorsPerSlot * DESCRIPTOR_WORDS);
  const bytes = columns.reduce((sum, words) => sum + columnBytes(words), HEADER_WORDS * 4);
  const pages = Math.ceil(bytes / PAGE_BYTES);
  if (pages > PAGES_MAX) throw new RangeError(`Cannot use a memory of ${bytes} bytes: expected at most 4 GiB`);
  const wasm = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  new Int32Array(wasm.buffer, 0, 12).set([
    ...[MAGIC, channelCount, slotCount, descriptorsPerSlot, elementBytes, requestCount, requestWords, channelWords],
    ...[lives.arrivedRow, lives.freeRow, lives.idleRow],
  ]);
  const memory = new PathMemory(wasm);
  memory.requestTable.set(lives.request.next);
  memory.channelTable.set(lives.channel.next);
  memory.slotRow.fill(lives.freeRow);
  for (let channel = 0; channel < channelCount; channel++) {
    memory.control[channel * CONTROL_WORDS + CHANNEL_ROW] = lives.idleRow;
    memory.control[channel * CONTROL_WORDS + DIRECTION] = sizes.directions?.[channel] === "c2h" ? 0 : FLAG_WRITE;
  }
  for (let row = 0; row < requestCount; row++) memory.requestNextFree[row] = row + 1 < requestCount ? row + 1 : NO_ROW;
  memory.header[HEADER_FREE_REQUESTS] = 0;
  return memory;
}

/** No row: the free list is empty. */
export const NO_ROW = 0xffff;

/** Rows of the slots' columns: a power of two, so that a mask tells the compiler that an index is in bounds. */
function slotRows(channelCount: number, slotCount: number): number {
  return slotCount * 2 ** Math.ceil(Math.log2(channelCount));
}

function columnBytes(words: number): number {
  return (Math.ceil(words * 4 / LINE_BYTES) + STAGGER_LINES) * LINE_BYTES;
}

function checkSizes(sizes: PathSizes): void {
  const { channelCount, slotCount, descriptorsPerSlot, elementBytes, requestCount, directions = [] } = sizes;
  const inRange = (name: string, value: number, most: number): void => {
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw new RangeError(`Cannot use ${value} as ${name}: expected a whole number from 1 to ${most}`);
    }
  };
  const powerOfTwo = (name: string, value: number, most: number): void => {
    inRange(name, value, most);
    if ((value & (value - 1)) !== 0) throw new RangeError(`Cannot use ${value} as ${name}: expected a power of two`);
  };
  inRange("channelCount", channelCount, 64);
  powerOfTwo("slotCount", slotCount, 1 << 16);
  powerOfTwo("descriptorsPerSlot", descriptorsPerSlot, 64);
  inRange("elementBytes", elementBytes, DESCRIPTOR_LENGTH_MAX);
  if (elementBytes % 4 !== 0) {
    throw new RangeError(`Cannot use ${elementBytes} as elementBytes: expected a multiple of 4`);
  }
  if (elementBytes * descriptorsPerSlot > LENGTH_MAX) {
    const list = `${descriptorsPerSlot} descriptors of ${elementBytes} bytes`;
    throw new RangeError(`Cannot use ${list}: expected a list of at most ${LENGTH_MAX} bytes`);
  }
  powerOfTwo("requestCount", requestCount, REQUESTS_MAX);
  if (directions.length > channelCount) {
    throw new RangeError(`Cannot use ${directions.length} directions: expected at most one for each channel`);
  }
  for (const direction of directions) {
    if (direction !== "h2c" && direction !== "c2h") {
      throw new RangeError(`Cannot use ${JSON.stringify(direction)} as a direction: expected "h2c" or "c2h"`);
    }
  }
}
