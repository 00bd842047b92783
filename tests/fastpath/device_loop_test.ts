/** The thread of the device's half: nothing that was submitted is left behind when it is asked to stop. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runDeviceSide } from "../../fastpath/device_loop.ts";
import { createDeviceSide } from "../../fastpath/device_side.ts";
import { startDeviceThread } from "../../fastpath/device_thread.ts";
import { createDispatchSide } from "../../fastpath/dispatch_side.ts";
import { isParked, stopAll } from "../../fastpath/parking.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { makeMemory } from "./fixture.ts";

Deno.test("what was submitted before the word to stop is served, even right after a pass that found nothing", () => {
  for (const passesBefore of [0, 1, 5]) {
    const memory = makeMemory();
    const { submit, drain } = createDispatchSide(memory);
    const device = createDeviceSide(memory);
    let passes = 0;
    const served = runDeviceSide(memory, {
      hasWork: device.hasWork,
      serve() {
        const now = device.serve();
        if (passes++ === passesBefore) {
          // The driver does both between this pass and the look at the word.
          submit(1, 0, 3);
          stopAll(memory);
        }
        return now;
      },
    });
    assertEquals([served, drain()], [3, 3], `after ${passesBefore} passes`);
  }
});

const waitUntil = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
};

/** Starts the thread; how many it served, or why it was lost. */
function outcome(memory: PathMemory): Promise<number | string> {
  return new Promise((resolve) => {
    startDeviceThread(memory, { onStopped: ({ served }) => resolve(served), onLost: resolve });
  });
}

Deno.test("a thread that is asked to stop before it has begun serves what is there", async () => {
  const memory = makeMemory();
  const { submit, drain } = createDispatchSide(memory);
  submit(0, 0, 8);
  stopAll(memory);
  assertEquals([await outcome(memory), drain()], [8, 8]);
});

Deno.test("a thread that has parked is woken by a request, and again by the word to stop", async () => {
  const memory = makeMemory();
  const { submit, drain } = createDispatchSide(memory);
  const ended = outcome(memory);
  await waitUntil(() => isParked(memory, 0));
  submit(0, 0, 5);
  let completed = 0;
  await waitUntil(() => (completed += drain()) === 5);
  await waitUntil(() => isParked(memory, 0));
  stopAll(memory);
  assertEquals(await ended, 5);
});

Deno.test("a thread that breaks is told to its owner with the reason", async () => {
  const foreign = { wasm: null, buffer: new SharedArrayBuffer(4096) } as PathMemory;
  assertStringIncludes(String(await outcome(foreign)), "no memory of the fast path");
});
