/** Two proofs that a look-up table is right: every block by arithmetic, and some blocks by the card's own writes. */
import { assert } from "../../sim/assert.ts";
import { Prng } from "../../sim/prng.ts";
import { LARGE_PAGE_SIZE, PAGE_SIZE } from "../../sim/units.ts";
import type { Address } from "../../sim/units.ts";
import type { System } from "../system.ts";
import { allocateBuffer, fillBuffer } from "./buffers.ts";
import type { InvariantWatch } from "./invariants.ts";
import { LUT_BLOCK_BYTES } from "./lut_table.ts";
import type { Lut } from "./lut_table.ts";
import { randomBytes } from "./pattern.ts";

/** For every block: offset to slot, slot to address, address back, and to the frame that the process has there. */
export function countRoundTrips({ memory, deviceObject }: System, lut: Lut, va: Address): number {
  const { domain } = memory.port(deviceObject.name);
  let right = 0;
  for (let block = 0; block < lut.slotCount; block++) {
    const offset = block * LUT_BLOCK_BYTES;
    const address = lut.address(lut.slotAt(offset));
    const sameFrame = domain.translate(address, PAGE_SIZE, true) === memory.space.physicalAddress(va + offset);
    if (lut.offsetAt(address) === offset && sameFrame) right++;
  }
  return right;
}

/**
 * Lets the card write to `count` blocks by their slots, for the pending request; returns how many the process then
 * reads right. The world must poll: a stream does not interrupt for each block, so its request stays in
 * waiting-for-device.
 */
export function probeBlocks(
  system: System,
  watch: InvariantWatch,
  lut: Lut,
  { va, irp }: { readonly va: Address; readonly irp: number },
  count: number,
): number {
  const { scheduler, memory } = system;
  // Other I/O, while the request is pending: what the card will write is sent to it first.
  const prng = new Prng(system.clock.nowNs).fork("lut");
  const sent = randomBytes(LARGE_PAGE_SIZE / 2, prng);
  const buffer = allocateBuffer(system, sent.length);
  fillBuffer(system, buffer, sent);
  scheduler.onCompleted((request) => watch.completed(request));
  scheduler.start([]);
  watch.submitted(0, 0);
  const request = {
    channelIndex: 0,
    mdl: buffer.mdl,
    lengthBytes: sent.length,
    cardAddress: 0,
    tag: 0,
    directIo: true,
  };
  assert(scheduler.submit(request), "A running scheduler takes requests");
  system.run();

  const { device, parts: { waitingForDevice } } = system.channels[1]!;
  assert(waitingForDevice.exInterlockedInsertTailList(irp), "Nothing else waits for that engine");
  const found = new Uint8Array(LUT_BLOCK_BYTES);
  const lengths = Float64Array.of(LUT_BLOCK_BYTES);
  let right = 0;
  for (let number = 0; number < count; number++) {
    const slot = Math.floor(number * (lut.slotCount - 1) / Math.max(1, count - 1));
    // Overlapping windows of what was sent, so that every block gets other bytes.
    const from = number * PAGE_SIZE % (sent.length - LUT_BLOCK_BYTES);
    device.prepare(0, { numberOfElements: 1, addresses: Float64Array.of(lut.address(slot)), lengths }, from);
    device.start(0);
    system.run();
    assert(device.service() === "completed", `The engine did not write block ${slot}`);
    memory.space.read(va + slot * LUT_BLOCK_BYTES, found, 0, found.length);
    if (found.every((byte, at) => byte === sent[from + at])) right++;
  }
  waitingForDevice.exInterlockedRemoveHeadList();
  return right;
}
