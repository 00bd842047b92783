/** The path on two threads: everything submitted comes back exactly once, whatever the interleaving. */
import { assertEquals } from "@std/assert";
import { SUCCESS } from "../../fastpath/2_validate.ts";
import { startDeviceThread } from "../../fastpath/device_thread.ts";
import type { DeviceWorkerReport } from "../../fastpath/device_worker.ts";
import { createDeviceSide } from "../../fastpath/device_side.ts";
import { createQueue } from "../../fastpath/4_queue.ts";
import { jointRow } from "../../fastpath/joint_table.ts";
import { CHANNEL_ROW, PathMemory } from "../../fastpath/slots.ts";
import { createServeRange } from "../../fastpath/5_interrupt.ts";
import { MAGIC_STOPPED } from "../../fastpath/device.ts";
import { createDispatchSide } from "../../fastpath/dispatch_side.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import { stopAll } from "../../fastpath/parking.ts";
import { Prng } from "../../sim/prng.ts";
import { lives, makeMemory } from "./fixture.ts";

Deno.test("both halves in one thread, in any order of passes, lose nothing and break no rule", () => {
  const memory = makeMemory({ channelCount: 3 });
  const driver = createDispatchSide(memory);
  const device = createDeviceSide(memory);
  const prng = new Prng(11);
  let [submitted, served, completed] = [0, 0, 0];
  for (let step = 0; step < 20_000; step++) {
    if (prng.chance(0.6)) submitted += driver.submit(prng.below(3), prng.below(25), prng.between(1, 7));
    if (prng.chance(0.4)) served += device.serve();
    if (prng.chance(0.3)) completed += driver.drain();
  }
  served += device.serve();
  completed += driver.drain();
  assertEquals([served, completed], [submitted, submitted]);
  assertEquals(device.hasWork(), false);
  assertEquals(misuseOf(memory, lives), null);
});

Deno.test("the token goes to one of two, and an engine that stands on an error is no lost race but a misuse", () => {
  const memory = makeMemory();
  const { takeToken, releaseToken } = createQueue(memory);
  assertEquals([takeToken(1), takeToken(1)], [true, false]);
  assertEquals(misuseOf(memory, lives), null);
  releaseToken(1);
  assertEquals(takeToken(1), true);

  const halted = lives.channel.first.states.indexOf("halted");
  memory.control[memory.controlWord(1, CHANNEL_ROW)] = jointRow(lives.channel, halted, 0);
  assertEquals(takeToken(1), false);
  const notes = [{ type: "misuse", rule: "RestartBeforeIdle" }] as const;
  assertEquals(misuseOf(memory, lives), { count: 1, channel: 1, subject: "engine", slot: null, notes });
});

Deno.test("an engine that failed is started again without ever looking idle to those who wait for the token", () => {
  const memory = makeMemory();
  const { submit } = createDispatchSide(memory);
  submit(0, 0, 3);
  memory.descriptors[memory.descriptorsPerSlot * 8] = 0;
  const seen = new Set<number>();
  const control = new Proxy(memory.control, {
    get: (target, key) => Reflect.get(target, key),
    set: (target, key, value: number) => {
      if (Number(key) === CHANNEL_ROW) seen.add(value);
      return Reflect.set(target, key, value);
    },
  });
  const busy = memory.control[CHANNEL_ROW]!;
  createServeRange({ ...memory, control } as PathMemory)(0, 0, 3);
  assertEquals(memory.slotMoved[1], MAGIC_STOPPED);
  assertEquals([...seen], [busy]);
  assertEquals(misuseOf(memory, lives), null);
});

// One that WebAssembly shares goes four at a time on both sides; with the buffer the other side goes one by one.
for (const handle of ["wasm", "buffer"] as const) {
  Deno.test(`on two threads, under load and with pauses, every request comes back once (by its ${handle})`, async () => {
    const memory = makeMemory({ channelCount: 8, slotCount: 16, requestCount: 128 });
    const report = new Promise<DeviceWorkerReport>((resolve, reject) => {
      const onLost = (why: string): void => reject(new Error(why));
      startDeviceThread(new PathMemory(memory[handle]!), { onStopped: resolve, onLost });
    });
    const { submit, drain } = createDispatchSide(memory);
    const prng = new Prng(3);
    let [submitted, completed] = [0, 0];
    for (let pass = 0; pass < 30_000; pass++) {
      // Every channel has 16 rows of its own, the next ones in turn, so that no row is used twice at once.
      for (let channel = 0; channel < 8; channel++) {
        const row = memory.control[memory.controlWord(channel, 0)]! & 15;
        submitted += submit(channel, channel * 16 + row, prng.between(1, 16 - row));
      }
      completed += drain();
      if (pass % 10_000 === 0) {
        // Long enough for the worker to finish and to park; it must wake again.
        while (completed < submitted) completed += drain();
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    while (completed < submitted) completed += drain();
    stopAll(memory);
    assertEquals((await report).served, submitted);
    assertEquals(completed, submitted);
    assertEquals(misuseOf(memory, lives), null);
    for (let request = 0; request < 128; request++) {
      assertEquals([memory.requestStatus[request], memory.requestInformation[request]], [SUCCESS, 4 * (request + 1)]);
    }
  });
}
