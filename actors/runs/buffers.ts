/** Buffers of a requester: user memory with an MDL over it. */
import { assert } from "../../sim/assert.ts";
import { ACCESS_OK } from "../../sim/memory/address_space.ts";
import type { Region } from "../../sim/memory/region.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { Card } from "../../sim/ports.ts";
import type { CardSystem } from "../card_system.ts";

/** A requester's buffer. */
export interface UserBuffer {
  /** Its user memory. */
  readonly region: Region;
  /** The MDL over all of it. */
  readonly mdl: Mdl;
}

/** Allocates user memory of a world, `byteOffset` bytes into its first page. */
export function allocateBuffer(system: CardSystem<Card>, lengthBytes: number, byteOffset = 0): UserBuffer {
  const region = system.memory.space.allocate(lengthBytes, { kind: "user", byteOffset });
  assert(region.kind !== "refused", `Cannot allocate ${lengthBytes} bytes of user memory`);
  const living = system.mdls.ioAllocateMdl(region.va, lengthBytes);
  assert(living !== null, "Cannot describe a user buffer by an MDL");
  return { region, mdl: living };
}

/** Puts bytes into a buffer, as the process would. */
export function fillBuffer(system: CardSystem<Card>, { region }: UserBuffer, bytes: Uint8Array): void {
  const status = system.memory.space.write(region.va, bytes, 0, bytes.length);
  assert(status === ACCESS_OK, "A user buffer can be written");
}

/** Reads a buffer, as the process would. */
export function readBuffer(
  system: CardSystem<Card>,
  { region }: UserBuffer,
  into: Uint8Array,
  offset: number,
  length: number,
): void {
  const status = system.memory.space.read(region.va, into, offset, length);
  assert(status === ACCESS_OK, "A user buffer can be read");
}
