/** Descriptors and table entries against the list that they were copied from. PG195, SG descriptor; S0-28, S1-8. */
import type { ListRecord } from "./records.ts";
import { addressOf, pointer } from "./values.ts";
import type { Element } from "./values.ts";
import type { World } from "./world.ts";

/** The constant in the upper half of an XDMA descriptor's first word. */
const MAGIC = 0xad4b;
/** Descriptors lie on 32-byte boundaries. */
const DESCRIPTOR_BYTES = 32;
/** A block of adjacent descriptors does not cross such an edge. */
const BLOCK_BYTES = 4096;
/** The length field has 28 bits. */
const LENGTH_MAX_BYTES = 0x0fff_ffff;
/** Control word, bit 0. */
const STOP = 1;
const LUT_BLOCK_BYTES = 0x1_0000;

type Descriptor = readonly [unknown, number, unknown?, unknown?];

/** Compares what was written for the device with the list. */
export function judgeDescriptors(
  world: World,
  list: ListRecord,
  descriptors: readonly Descriptor[],
  format: unknown,
): void {
  const { elements } = list;
  const site = {
    call: "descriptors-written",
    resource: `list 0x${list.pointer}`,
    state: list.life.state,
    expected: list.life.legal,
    since: list.line,
  };
  if (format === "lut64k") {
    const index = elements === null ? -1 : descriptors.findIndex((entry) => !isGoodEntry(entry, elements));
    if (index < 0) return;
    const details = `entry ${index} is ${String(descriptors[index]![0])}`;
    world.judge.report("BadLutEntry", { ...site, details });
    return;
  }
  const long = descriptors.findIndex(([, lengthBytes]) => lengthBytes > LENGTH_MAX_BYTES);
  if (long >= 0) {
    const details = `descriptor ${long} carries ${descriptors[long]![1]} bytes`;
    world.judge.report("ElementTooLong", { ...site, details });
    return;
  }
  const wrong = firstWrong(descriptors, elements) ?? wrongStop(descriptors, elements);
  if (wrong === null) return;
  const { field: kind, details, suspected } = wrong;
  world.judge.report("DescriptorFilledWrong", { ...site, kind, details, suspected: suspected === true });
}

interface Wrong {
  readonly field: "address" | "length" | "magic" | "next" | "adjacent" | "stop";
  readonly details: string;
  /** It depends on what is rung how often. */
  readonly suspected?: boolean;
}

function firstWrong(descriptors: readonly Descriptor[], elements: readonly Element[] | null): Wrong | null {
  for (const [index, [, , magic, next]] of descriptors.entries()) {
    if (magic !== undefined && magic !== null && !isMagic(magic)) {
      return { field: "magic", details: `descriptor ${index} has magic ${shown(magic)}, expected 0xad4b` };
    }
    const at = pointer(next);
    if (at !== null && addressOf(at) % DESCRIPTOR_BYTES !== 0) {
      return { field: "next", details: `descriptor ${index} points to 0x${at}, which is no multiple of 32` };
    }
    const adjacent = adjacentOf(magic);
    const room = at === null ? Infinity : (BLOCK_BYTES - addressOf(at) % BLOCK_BYTES) / DESCRIPTOR_BYTES - 1;
    if (adjacent > room) {
      const details = `descriptor ${index} announces ${adjacent} behind the next one at 0x${at}, ` +
        `where only ${room} stand before the edge of 4 KiB`;
      return { field: "adjacent", details };
    }
  }
  return elements === null ? null : firstAstray(descriptors, elements);
}

/**
 * The Stop bit ends a transfer, so it belongs into the last descriptor and no other. Without it, and with no successor,
 * the engine fetches a descriptor from address 0. Behind one in the middle of a block, the block's rest is dropped;
 * behind one at the end of a block the device only goes on if it is started once more.
 */
function wrongStop(descriptors: readonly Descriptor[], elements: readonly Element[] | null): Wrong | null {
  const end = descriptors.length - 1;
  const last = descriptors[end];
  if (last === undefined || !descriptors.every(([, , magic]) => isControlWord(magic))) return null;
  let blockRest = 0;
  for (const [index, [, , magic]] of descriptors.entries()) {
    if (index < end && (valueOf(magic) & STOP) !== 0) {
      const details = `descriptor ${index} of ${end + 1} has Stop, and the engine leaves what is behind it`;
      return { field: "stop", details, suspected: blockRest === 0 };
    }
    // The adjacent count tells of those behind the next one.
    blockRest = blockRest > 0 ? blockRest - 1 : adjacentOf(magic);
  }
  const [, , magic, next] = last;
  if ((valueOf(magic) & STOP) !== 0 || next === undefined || pointer(next) !== null) return null;
  // A batch that does not reach the end of its list may be linked to the next one before it is started.
  const bytes = (sum: number, lengthBytes: number): number => sum + lengthBytes;
  const written = descriptors.map(([, lengthBytes]) => lengthBytes).reduce(bytes, 0);
  if (elements !== null && written < elements.map(({ lengthBytes }) => lengthBytes).reduce(bytes, 0)) return null;
  const details = `descriptor ${end}, the last, has neither Stop nor a successor: the engine fetches from address 0`;
  return { field: "stop", details, suspected: elements === null };
}

/**
 * Follows the elements byte by byte. A descriptor may be shorter than its element, and longer where the next element
 * lies behind it; a batch may begin at any element.
 */
function firstAstray(descriptors: readonly Descriptor[], elements: readonly Element[]): Wrong | null {
  const [first] = descriptors;
  if (first === undefined) return null;
  let element = elements.findIndex(({ address }) => address === pointer(first[0]));
  if (element < 0) return { field: "address", details: `descriptor 0 has ${shown(first[0])}, where no element begins` };
  let done = 0;
  for (const [index, [address, lengthBytes]] of descriptors.entries()) {
    const expected = elements[element];
    if (expected === undefined) return { field: "address", details: `descriptor ${index} has no element any more` };
    const at = addressOf(expected.address) + done;
    if (addressOf(pointer(address) ?? "0") !== at) {
      const details = `descriptor ${index} has ${shown(address)}, the list has 0x${at.toString(16)}`;
      return { field: "address", details };
    }
    let left = lengthBytes;
    while (left > 0) {
      const present = elements[element]!;
      const part = Math.min(left, present.lengthBytes - done);
      left -= part;
      done += part;
      if (done < present.lengthBytes) break;
      const behind = addressOf(present.address) + present.lengthBytes;
      done = 0;
      element++;
      const next = elements[element];
      if (left > 0 && (next === undefined || addressOf(next.address) !== behind)) {
        const details = `descriptor ${index} carries ${lengthBytes} bytes, ${left} more than its element has`;
        return { field: "length", details };
      }
    }
  }
  if (done === 0) return null;
  const last = descriptors.length - 1;
  const missing = elements[element]!.lengthBytes - done;
  return { field: "length", details: `descriptor ${last} leaves ${missing} bytes of its element out` };
}

function isGoodEntry([address, lengthBytes]: Descriptor, elements: readonly Element[]): boolean {
  const at = addressOf(pointer(address) ?? "0");
  const bytes = lengthBytes === 0 ? LUT_BLOCK_BYTES : Math.min(lengthBytes, LUT_BLOCK_BYTES);
  if (at % LUT_BLOCK_BYTES !== 0) return false;
  return elements.some((element) => {
    const start = addressOf(element.address);
    return at >= start && at + bytes <= start + element.lengthBytes;
  });
}

function isMagic(magic: unknown): boolean {
  const value = typeof magic === "string" ? parseInt(magic, 16) : magic;
  return value === MAGIC || (typeof value === "number" && value > 0xffff && Math.floor(value / 0x1_0000) === MAGIC);
}

/** True where the log has the whole control word, not the constant alone. */
function isControlWord(magic: unknown): boolean {
  return valueOf(magic) > 0xffff;
}

/** nxt_adj, bits 13:8, where the log has the whole control word; 0 where it has the constant alone. */
function adjacentOf(magic: unknown): number {
  return isControlWord(magic) ? (valueOf(magic) >>> 8) & 0x3f : 0;
}

function valueOf(magic: unknown): number {
  return typeof magic === "string" ? parseInt(magic, 16) : typeof magic === "number" ? magic : 0;
}

function shown(value: unknown): string {
  return typeof value === "number" ? `0x${value.toString(16)}` : String(value);
}
