/**
 * Real bytes: `payload.ts <path|copy> <rounds> <transfers>`. Transfers of 64 KiB over eight channels through the path,
 * or a plain loop that copies the same bytes from and to the same places.
 */
import { createMovingEngine } from "../../../fastpath/device.ts";
import { prepareDescriptors } from "../../../fastpath/3_map.ts";
import { pathLives } from "../../../fastpath/lives.ts";
import { createOneThread } from "../../../fastpath/one_thread.ts";
import type { OneThread } from "../../../fastpath/one_thread.ts";
import { createPathMemory } from "../../../fastpath/slots.ts";
import { measureRounds, order } from "./rounds.ts";

const TRANSFER_BYTES = 64 * 1024;
const CHANNELS = 8;
const REQUESTS = 64;
const HOST_BYTES = TRANSFER_BYTES * REQUESTS;

const bytes = new Uint8Array(new SharedArrayBuffer(2 * HOST_BYTES));
for (let at = 0; at < HOST_BYTES; at++) bytes[at] = Math.imul(at, 2654435761) >>> 24;

function createPath(): OneThread {
  const sizes = { channelCount: CHANNELS, slotCount: 8, descriptorsPerSlot: 1, elementBytes: TRANSFER_BYTES };
  const memory = createPathMemory({ ...sizes, requestCount: REQUESTS }, pathLives());
  prepareDescriptors(memory, 0x1000, 0);
  for (let request = 0; request < REQUESTS; request++) {
    memory.requestFlags[request] = 3;
    memory.requestLength[request] = TRANSFER_BYTES;
    memory.requestHostLow[request] = memory.requestCardLow[request] = request * TRANSFER_BYTES;
  }
  return createOneThread(memory, createMovingEngine(bytes, HOST_BYTES));
}

function runPath(path: OneThread, transfers: number): void {
  for (let completed = 0; completed < transfers;) {
    for (let channel = 0; channel < CHANNELS; channel++) path.submit(channel, channel * 8, 8);
    path.serve();
    completed += path.drain();
  }
}

function copyPlainly(transfers: number): void {
  for (let transfer = 0; transfer < transfers; transfer++) {
    const from = (transfer & (REQUESTS - 1)) * TRANSFER_BYTES;
    bytes.copyWithin(HOST_BYTES + from, from, from + TRANSFER_BYTES);
  }
}

function checksum(): number {
  let sum = 0;
  for (let at = HOST_BYTES; at < bytes.length; at += 97) sum = (Math.imul(sum, 31) + bytes[at]!) | 0;
  return sum >>> 0;
}

const { what, rounds, count } = order();
const path = createPath();
measureRounds({ rounds, operations: count, warmRounds: 3 }, {
  prepare: () => void bytes.fill(0, HOST_BYTES),
  run: () => what === "copy" ? copyPlainly(count) : runPath(path, count),
  checksum,
});
