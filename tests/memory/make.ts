/** What the memory tests share: machines, buffers that must exist, and bytes that can be recognised. */

import { SILENT } from "../../trace/event.ts";
import type { Tracer } from "../../trace/event.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { HostMemory } from "../../sim/memory/mod.ts";
import type { AllocateOptions, HostMemoryOptions, Region } from "../../sim/memory/mod.ts";

/** 2^30. */
export const GIB = 0x4000_0000;

/** 2^20. */
export const MIB = 0x10_0000;

/** A host; 8 GiB unless the options say otherwise, which leaves half of it above 4 GiB. */
export function host(
  options: HostMemoryOptions = {},
  clock: VirtualClock = new VirtualClock(),
  trace: Tracer = SILENT,
): HostMemory {
  return new HostMemory(clock, { physicalBytes: 8 * GIB, ...options }, trace);
}

/** An allocation that the test takes for granted. */
export function buffer(memory: HostMemory, lengthBytes: number, options: AllocateOptions): Region {
  const region = memory.space.allocate(lengthBytes, options);
  if (region.kind === "refused") throw new Error(`${region.status}: ${region.reason}`);
  return region;
}

/** Bytes in which no two neighbouring KiB are alike. */
export function pattern(lengthBytes: number, salt = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  for (let index = 0; index < lengthBytes; index++) bytes[index] = (index * 31 + (index >>> 8) * 7 + salt) & 0xff;
  return bytes;
}

/** What the CPU reads at a virtual address; throws where it cannot. */
export function cpuRead(memory: HostMemory, va: number, lengthBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  const status = memory.space.read(va, bytes, 0, lengthBytes);
  if (status !== 0) throw new Error(`Cannot read ${lengthBytes} bytes at ${va.toString(16)}: status ${status}`);
  return bytes;
}

/** What lies in RAM at a physical address. */
export function ramRead(memory: HostMemory, physicalAddress: number, lengthBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  memory.physical.read(physicalAddress, bytes, 0, lengthBytes);
  return bytes;
}
