/** With the chart engine every resource is an XState actor in one system, found by name and seen by an inspector. */
import { assert, assertEquals } from "@std/assert";
import { ChartLives } from "../../actors/chart_lives.ts";
import { allocateBuffer } from "../../actors/runs/buffers.ts";
import { System } from "../../actors/system.ts";
import type { VirtualClock } from "../../sim/clock.ts";

Deno.test("adapter, pool, channels, queues and scheduler are actors of one system, each in its state", () => {
  const system = new System({ engine: "chart", h2cCount: 4, c2hCount: 4 });
  assert(system.lives instanceof ChartLives);
  const family = system.lives.root.system;
  const value = (name: string): unknown => family.get(name)?.getSnapshot().value;
  assertEquals(value("scheduler"), "stopped");
  assertEquals(value("adapter:0"), { live: "free" });
  assertEquals(value("mapRegisterPool"), "open");
  for (const { device: { name } } of system.channels) {
    assertEquals(value(`channel:${name}`), "idle");
    for (const role of ["work-to-do", "waiting-for-device", "ready-to-complete"]) {
      assertEquals(value(`${role}:${name}`), "empty");
    }
  }
  assertEquals(system.channels.length, 8);
});

Deno.test("an inspector sees every actor of the family and every event of a transfer, in virtual time", () => {
  const seen = new Set<string>();
  const times: number[] = [];
  let clock: VirtualClock | null = null;
  const system = new System({
    engine: "chart",
    h2cCount: 1,
    c2hCount: 0,
    inspect: (event) => {
      if (event.type !== "@xstate.event") return;
      seen.add(`${(event.actorRef as { readonly id?: string }).id} ${event.event.type}`);
      times.push(clock?.nowNs ?? 0);
    },
  });
  clock = system.clock;
  const { mdl } = allocateBuffer(system, 4096);
  system.scheduler.start([]);
  system.scheduler.submit({ channelIndex: 0, mdl, lengthBytes: 4096, cardAddress: 0, tag: 0, directIo: true });
  system.run();
  const expected = ["scheduler ARRIVE", "channel:h2c0 START", "irp:0 COMPLETE"];
  expected.push("adapter:0 PUT_SCATTER_GATHER_LIST", "work-to-do:h2c0 EX_INTERLOCKED_REMOVE_HEAD_LIST");
  for (const event of expected) assert(seen.has(event), `${event} was not seen`);
  assertEquals(times, times.toSorted((left, right) => left - right));
  assert(times.at(-1)! > 160_000, "the last event comes after the setup");
});
