/** Buffers of a requester: user memory with an MDL over it. */
import { assert } from "../../sim/assert.ts";
import { ACCESS_OK } from "../../sim/memory/address_space.ts";
import type { Region } from "../../sim/memory/region.ts";
import type { Mdl } from "../../sim/memory/mdl.ts";
import type { System } from "../system.ts";

/** A requester's buffer. */
export interface UserBuffer {
  readonly region: Region;
  readonly mdl: Mdl;
}

/** Allocates user memory of a world, `byteOffset` bytes into its first page. */
export function allocateBuffer(system: System, lengthBytes: number, byteOffset = 0): UserBuffer {
  const region = system.memory.space.allocate(lengthBytes, { kind: "user", byteOffset });
  assert(region.kind !== "refused", `Cannot allocate ${lengthBytes} bytes of user memory`);
  const living = system.mdls.ioAllocateMdl(region.va, lengthBytes);
  assert(living !== null, "Cannot describe a user buffer by an MDL");
  return { region, mdl: living };
}

/** Puts bytes into a buffer, as the process would. */
export function fillBuffer(system: System, { region }: UserBuffer, bytes: Uint8Array): void {
  const status = system.memory.space.write(region.va, bytes, 0, bytes.length);
  assert(status === ACCESS_OK, "A user buffer can be written");
}

/** Reads a buffer, as the process would. */
export function readBuffer(
  system: System,
  { region }: UserBuffer,
  into: Uint8Array,
  offset: number,
  length: number,
): void {
  const status = system.memory.space.read(region.va, into, offset, length);
  assert(status === ACCESS_OK, "A user buffer can be read");
}
