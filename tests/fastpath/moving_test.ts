/** Engines that move bytes: content arrives, both ways, on one thread and on two; what is out of reach fails. */
import { assertEquals } from "@std/assert";
import { DEVICE_ERROR, SUCCESS } from "../../fastpath/2_validate.ts";
import { createMovingEngine } from "../../fastpath/device.ts";
import { startDeviceThread } from "../../fastpath/device_thread.ts";
import { createDispatchSide } from "../../fastpath/dispatch_side.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import { createOneThread } from "../../fastpath/one_thread.ts";
import { stopAll } from "../../fastpath/parking.ts";
import { DIRECTION, FLAG_LOCKED } from "../../fastpath/slots.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { Prng } from "../../sim/prng.ts";
import { lives, makeMemory } from "./fixture.ts";

const HOST_BYTES = 1 << 18;

function makePayload(): Uint8Array {
  const bytes = new Uint8Array(new SharedArrayBuffer(HOST_BYTES * 2));
  const prng = new Prng(5);
  for (let at = 0; at < bytes.length; at++) bytes[at] = prng.below(256);
  return bytes;
}

/** Every request moves other bytes, one list in three is long; host addresses are its row's, the card's its mirror. */
function spread(memory: PathMemory): void {
  for (let request = 0; request < memory.requestCount; request++) {
    memory.requestLength[request] = request % 3 === 0 ? 8192 - 4 : 1000 + 4 * request;
    memory.requestHostLow[request] = request * 8192;
    memory.requestCardLow[request] = (memory.requestCount - 1 - request) * 8192;
  }
}

function assertMoved(memory: PathMemory, bytes: Uint8Array): void {
  for (let request = 0; request < memory.requestCount; request++) {
    const [host, card] = [memory.requestHostLow[request]!, memory.requestCardLow[request]! + HOST_BYTES];
    const length = memory.requestLength[request]!;
    assertEquals(bytes.subarray(host, host + length), bytes.subarray(card, card + length), `request ${request}`);
    assertEquals([memory.requestStatus[request], memory.requestInformation[request]], [SUCCESS, length]);
  }
  assertEquals(misuseOf(memory, lives), null);
}

Deno.test("bytes arrive in either direction, short lists and long ones", () => {
  for (const direction of [1, 0]) {
    const memory = makeMemory();
    spread(memory);
    for (const channel of [0, 1]) memory.control[memory.controlWord(channel, DIRECTION)] = direction;
    memory.requestFlags.fill(direction | FLAG_LOCKED);
    const bytes = makePayload();
    const before = bytes.slice();
    const { submit, serve, drain } = createOneThread(memory, createMovingEngine(bytes, HOST_BYTES));
    for (let request = 0; request < 32; request += 16) {
      assertEquals([submit(0, request, 8), submit(1, request + 8, 8), serve(), drain()], [8, 8, 16, 16]);
    }
    assertMoved(memory, bytes);
    const source = direction === 1 ? 0 : HOST_BYTES;
    assertEquals(bytes.subarray(source, source + HOST_BYTES), before.subarray(source, source + HOST_BYTES));
  }
});

Deno.test("an address out of reach fails that request only, and nothing is written", () => {
  const memory = makeMemory();
  spread(memory);
  memory.requestCardLow[1] = HOST_BYTES - 4;
  memory.requestHostHigh[2] = 1;
  const bytes = makePayload();
  const before = bytes.slice();
  const { submit, serve, drain } = createOneThread(memory, createMovingEngine(bytes, HOST_BYTES));
  assertEquals([submit(0, 0, 4), serve(), drain()], [4, 4, 4]);
  assertEquals([...memory.requestStatus.subarray(0, 4)], [SUCCESS, DEVICE_ERROR, DEVICE_ERROR, SUCCESS]);
  for (const request of [0, 1, 2, 3]) {
    const target = memory.requestCardLow[request]! + HOST_BYTES;
    const end = Math.min(target + memory.requestLength[request]!, bytes.length);
    const isSame = bytes.subarray(target, end).every((byte, at) => byte === before[target + at]);
    assertEquals(isSame, request === 1 || request === 2, `request ${request}`);
  }
  assertEquals(misuseOf(memory, lives), null);
});

Deno.test("on two threads every byte of every request arrives", async () => {
  const memory = makeMemory();
  spread(memory);
  const bytes = makePayload();
  const payload = bytes.buffer as SharedArrayBuffer;
  const stopped = new Promise((resolve) => {
    startDeviceThread(memory, { payload, cardOffset: HOST_BYTES, onStopped: resolve });
  });
  const { submit, drain } = createDispatchSide(memory);
  let [submitted, completed] = [0, 0];
  while (completed < 32) {
    if (submitted < 32) submitted += submit(submitted & 1, submitted, Math.min(5, 32 - submitted));
    completed += drain();
  }
  stopAll(memory);
  assertEquals(await stopped, { served: 32 });
  assertMoved(memory, bytes);
});
