/**
 * Why did the engine stop? A wrong magic word, a block that crosses 4 KiB and an old copy in RAM look alike to a
 * driver: status bit 4. This reads the descriptors twice, as the CPU sees them and as the card sees them, and compares
 * both with the list.
 *
 * ```text
 * 1 the CPU's view is not what the list says   DescriptorFilledWrong, with the field: the driver wrote it so
 * 2 the CPU's view is right, the card's is not StaleDescriptorSuspected: it is still in the CPU's cache
 * 3 both are right                             nothing: look elsewhere
 * ```
 * Where devices snoop the CPU's cache both views are one, so 2 cannot be (S0-29). PG195, SG descriptor.
 */
import type { RuleName } from "../../machines/rule.ts";
import {
  CONTROL_STOP,
  DESCRIPTOR_BYTES,
  DESCRIPTOR_MAGIC,
  DESCRIPTOR_WORDS,
  WORD_CONTROL,
  WORD_DESTINATION,
  WORD_LENGTH,
  WORD_NEXT,
  WORD_SOURCE,
} from "../../sim/card/descriptor.ts";
import type { AddressSpace } from "../../sim/memory/mod.ts";
import { BUS_OK } from "../../sim/ports.ts";
import type { HostMemoryPort } from "../../sim/ports.ts";
import { addressFromHalves, PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { Direction, HostPieces } from "./device.ts";
import { hexText } from "../../trace/event.ts";

/** Descriptors of one transfer: one an element, one behind the other. */
export interface DescriptorTable {
  /** Where the CPU finds the first. */
  readonly virtualAddress: Address;
  /** Where the card finds it. */
  readonly logicalAddress: Address;
  /** The engine's direction. */
  readonly direction: Direction;
  /** What they were filled from. */
  readonly pieces: HostPieces;
  /** Where on the card the transfer begins. */
  readonly cardAddress: Address;
}

/** The field that is wrong. */
export type DescriptorField = "magic" | "length" | "address" | "stop" | "next" | "adjacent";

/** What is wrong with a table. */
export interface DescriptorTrouble {
  /** Its name. */
  readonly rule: Extract<RuleName, "DescriptorFilledWrong" | "StaleDescriptorSuspected">;
  /** Which descriptor, from 0. */
  readonly index: number;
  /** The field; null for an old copy, which is the whole descriptor. */
  readonly field: DescriptorField | null;
  /** Found and expected. */
  readonly details: string;
}

/** Reads a table as the CPU sees it, eight words a descriptor; null if that memory cannot be read. */
export function readDescriptors(space: AddressSpace, { virtualAddress, pieces }: DescriptorTable): Uint32Array | null {
  const words = new Uint32Array(pieces.numberOfElements * DESCRIPTOR_WORDS);
  const bytes = new Uint8Array(words.buffer);
  return space.read(virtualAddress, bytes, 0, bytes.length) === 0 ? words : null;
}

/** Compares the CPU's view with the list, and the card's view with the CPU's; null if all agree. */
export function diagnoseDescriptors(
  space: AddressSpace,
  port: HostMemoryPort,
  table: DescriptorTable,
): DescriptorTrouble | null {
  const words = readDescriptors(space, table);
  if (words === null) return null;
  const filledWrong = firstWrong(words, table);
  if (filledWrong !== null) return { rule: "DescriptorFilledWrong", ...filledWrong };
  const device = new Uint32Array(words.length);
  const bytes = new Uint8Array(device.buffer);
  if (port.read(table.logicalAddress, bytes, 0, bytes.length) !== BUS_OK) return null;
  const word = words.findIndex((value, at) => value !== device[at]);
  if (word < 0) return null;
  const index = Math.floor(word / DESCRIPTOR_WORDS);
  const details = `word ${word % DESCRIPTOR_WORDS} of descriptor ${index} is ${hexText(words[word]!)} for the CPU and ${
    hexText(device[word]!)
  } in RAM`;
  return { rule: "StaleDescriptorSuspected", index, field: null, details };
}

type Wrong = Omit<DescriptorTrouble, "rule">;

function firstWrong(words: Uint32Array, table: DescriptorTable): Wrong | null {
  const { pieces, logicalAddress, direction } = table;
  const [hostWord, cardWord] = direction === "h2c" ? [WORD_SOURCE, WORD_DESTINATION] : [WORD_DESTINATION, WORD_SOURCE];
  let cardAddress = table.cardAddress;
  for (let index = 0; index < pieces.numberOfElements; index++) {
    const at = index * DESCRIPTOR_WORDS;
    const control = words[at + WORD_CONTROL]!;
    const wrong = (field: DescriptorField, found: number, expected: number): Wrong => ({
      index,
      field,
      details: `descriptor ${index} has ${field} ${hexText(found)}, expected ${hexText(expected)}`,
    });
    const address = (word: number): Address => addressFromHalves(words[at + word]!, words[at + word + 1]!);
    if (control >>> 16 !== DESCRIPTOR_MAGIC) return wrong("magic", control >>> 16, DESCRIPTOR_MAGIC);
    const length = words[at + WORD_LENGTH]!;
    if (length !== pieces.lengths[index]) return wrong("length", length, pieces.lengths[index]!);
    if (address(hostWord) !== pieces.addresses[index]) {
      return wrong("address", address(hostWord), pieces.addresses[index]!);
    }
    if (address(cardWord) !== cardAddress) return wrong("address", address(cardWord), cardAddress);
    cardAddress += length;
    const next = logicalAddress + (index + 1) * DESCRIPTOR_BYTES;
    const behind = pieces.numberOfElements - 1 - index;
    const stops = (control & CONTROL_STOP) !== 0;
    if (stops !== (behind === 0)) {
      const details = stops
        ? `descriptor ${index} has Stop, and ${behind} stand behind it`
        : `descriptor ${index} is the last and has no Stop: the engine fetches on at ${hexText(address(WORD_NEXT))}`;
      return { index, field: "stop", details };
    }
    if (stops) return null;
    if (address(WORD_NEXT) !== next) return wrong("next", address(WORD_NEXT), next);
    const adjacent = (control >>> 8) & 0x3f;
    const room = Math.floor((PAGE_SIZE - next % PAGE_SIZE) / DESCRIPTOR_BYTES) - 1;
    if (adjacent > room) {
      const details = `descriptor ${index} announces ${adjacent} behind the next one at ${hexText(next)}: ` +
        `only ${room} stand before the end of that 4 KiB page`;
      return { index, field: "adjacent", details };
    }
  }
  return null;
}
