/** A driver of the Classic model in a few lines: allocate, map until all is mapped, and what the tests look at. */
import type { MapRegisterBase } from "../../actors/hal/dma_operations.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import type { Machine } from "./fixture.ts";

/** A channel that AdapterControl was called for, or not yet. */
export interface Grant {
  granted: boolean;
  base: MapRegisterBase;
  status: string;
  reason: string | undefined;
}

/** AllocateAdapterChannel for one device object, with an AdapterControl that does `inside` and returns `action`. */
export function allocate(
  machine: Machine,
  adapter: Adapter,
  numberOfMapRegisters: number,
  action: IoAllocationAction = "DeallocateObjectKeepRegisters",
  inside: (base: MapRegisterBase) => void = () => {},
  deviceObject: { name: string } = { name: "device" },
): Grant {
  const grant: Grant = { granted: false, base: null, status: "", reason: undefined };
  const executionRoutine = (_device: unknown, base: MapRegisterBase): IoAllocationAction => {
    grant.granted = true;
    grant.base = base;
    inside(base);
    return action;
  };
  const result = machine.dispatch(() =>
    adapter.dmaOperations.allocateAdapterChannel({
      deviceObject,
      numberOfMapRegisters,
      executionRoutine,
      context: null,
    })
  );
  grant.status = result.status;
  if ("reason" in result) grant.reason = result.reason;
  return grant;
}

/** One range of a buffer: byte `offset` of the MDL on. */
export interface Part {
  readonly base: MapRegisterBase;
  readonly mdl: Mdl;
  readonly offset?: number;
  readonly length: number;
  readonly writeToDevice?: boolean;
}

function parameters({ base, mdl, offset = 0, length, writeToDevice = true }: Part) {
  const currentVa = mmGetMdlVirtualAddress(mdl) + offset;
  return { mdl, mapRegisterBase: base, currentVa, length, writeToDevice };
}

/** MapTransfer until the range is mapped or nothing more can be: pairs of address and length. */
export function mapAll(adapter: Adapter, part: Part): [address: number, lengthBytes: number][] {
  const pieces: [number, number][] = [];
  const { offset = 0, length } = part;
  for (let done = 0; done < length;) {
    const next = { ...part, offset: offset + done, length: length - done };
    const { logicalAddress, length: mapped } = adapter.dmaOperations.mapTransfer(parameters(next));
    if (mapped === 0) break;
    pieces.push([logicalAddress, mapped]);
    done += mapped;
  }
  return pieces;
}

/** MapTransfer once. */
export function map(adapter: Adapter, part: Part): { logicalAddress: number; length: number } {
  return adapter.dmaOperations.mapTransfer(parameters(part));
}

/** FlushAdapterBuffers. */
export function flush(adapter: Adapter, part: Part): boolean {
  return adapter.dmaOperations.flushAdapterBuffers(parameters(part));
}

/** FreeMapRegisters. */
export function freeRegisters(machine: Machine, adapter: Adapter, base: MapRegisterBase, count: number): void {
  machine.dispatch(() =>
    adapter.dmaOperations.freeMapRegisters({ mapRegisterBase: base, numberOfMapRegisters: count })
  );
}

/** What the device reads through mapped pieces. */
export function deviceRead(machine: Machine, pieces: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, [, length]) => sum + length, 0));
  let at = 0;
  for (const [address, length] of pieces) {
    const status = machine.memory.port("xdma0").read(address, bytes, at, length);
    if (status !== 0) throw new Error(`bus status ${status} at ${address.toString(16)}`);
    at += length;
  }
  return bytes;
}

/** What the device writes through mapped pieces. */
export function deviceWrite(
  machine: Machine,
  pieces: readonly (readonly [number, number])[],
  bytes: Uint8Array,
): void {
  let at = 0;
  for (const [address, length] of pieces) {
    const status = machine.memory.port("xdma0").write(address, bytes, at, length);
    if (status !== 0) throw new Error(`bus status ${status} at ${address.toString(16)}`);
    at += length;
  }
}
