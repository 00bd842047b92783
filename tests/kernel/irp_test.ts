/** Requests: numbered, found by number, completed once. */
import { assert, assertEquals } from "@std/assert";
import type { KernelWorld } from "./world.ts";
import { calls, describe, ENGINES, kernelWorld, rules } from "./world.ts";
import type { Irp } from "../../actors/kernel/mod.ts";

/** A request without a buffer, which the driver's dispatch routine just got. */
function dispatch(world: KernelWorld): Irp {
  const irp = world.irps.create({ mdl: null, length: 0, writeToDevice: true, channel: "h2c0", directIo: false });
  if (irp === null) throw new Error("The test's request was refused");
  return irp;
}

for (const engine of ENGINES) {
  Deno.test(`a request completed twice is named, and keeps its first status (${engine}) [X-3]`, () => {
    const world = kernelWorld({ engine });
    const irp = dispatch(world);
    world.irps.ioCompleteRequest(irp, "STATUS_SUCCESS", 7);
    world.irps.ioCompleteRequest(irp, "STATUS_CANCELLED");
    assertEquals(rules(world), ["IrpCompletedTwice"]);
    assertEquals([irp.status, irp.information, world.irps.outstanding], ["STATUS_SUCCESS", 7, 0]);
  });

  Deno.test(`a request is pending until it is completed, and only then gone (${engine})`, () => {
    const world = kernelWorld({ engine });
    const irp = dispatch(world);
    world.irps.ioMarkIrpPending(irp);
    world.irps.step(irp, "MAP");
    world.irps.step(irp, "START");
    assertEquals([irp.life.state, irp.life.has("inDevice")], ["inDevice", true]);
    world.irps.step(irp, "DEVICE_DONE");
    world.irps.step(irp, "PUT");
    assertEquals([irp.status, irp.completed, world.irps.get(irp.number)], ["STATUS_PENDING", false, irp]);
    world.irps.ioCompleteRequest(irp, "STATUS_SUCCESS", 4096);
    assertEquals([irp.status, irp.completed, world.irps.get(irp.number)], ["STATUS_SUCCESS", true, null]);
    assertEquals(rules(world), []);
  });
}

Deno.test("a completion with the list still out is named", () => {
  const world = kernelWorld();
  const irp = dispatch(world);
  world.irps.ioMarkIrpPending(irp);
  world.irps.step(irp, "MAP");
  world.irps.ioCompleteRequest(irp, "STATUS_SUCCESS");
  assertEquals(rules(world), ["CompletedBeforePut"]);
});

Deno.test("numbers rise, are never given twice, and pass by a row that a long-lived request holds", () => {
  const world = kernelWorld({ irpCapacity: 4 });
  const hanging = dispatch(world);
  const numbers: number[] = [];
  for (let count = 0; count < 9; count++) {
    const irp = dispatch(world);
    numbers.push(irp.number);
    world.irps.ioCompleteRequest(irp, "STATUS_SUCCESS");
  }
  assertEquals(hanging.number, 0);
  assertEquals(numbers, [1, 2, 3, 5, 6, 7, 9, 10, 11]);
  assertEquals([world.irps.get(0), world.irps.get(4), world.irps.get(11)], [hanging, null, null]);
});

Deno.test("a full table refuses the next request before the driver sees it, and locks nothing for it", () => {
  const world = kernelWorld({ irpCapacity: 2 });
  const first = dispatch(world);
  dispatch(world);
  const { mdl } = describe(world, 4096);
  const refused = () => world.irps.create({ mdl, length: 4096, writeToDevice: true, channel: "h2c0", directIo: true });
  assertEquals(refused(), null);
  assertEquals(mdl.lockCount, 0);
  world.irps.ioCompleteRequest(first, "STATUS_SUCCESS");
  assert(refused() !== null);
});

Deno.test("a direct request whose buffer cannot be locked never reaches the driver", () => {
  const world = kernelWorld();
  const mdl = world.mdls.ioAllocateMdl(0x1000, 4096);
  assertEquals(world.irps.create({ mdl, length: 4096, writeToDevice: true, channel: "h2c0", directIo: true }), null);
  assertEquals(world.irps.outstanding, 0);
});

Deno.test("cancel takes effect until the device owns the memory, and is too late after", () => {
  const world = kernelWorld();
  const queued = dispatch(world);
  world.irps.ioMarkIrpPending(queued);
  world.irps.step(queued, "QUEUE");
  assertEquals([world.irps.ioCancelIrp(queued), queued.life.state], [true, "cancelled"]);
  world.irps.ioCompleteRequest(queued, "STATUS_CANCELLED");
  const started = dispatch(world);
  world.irps.ioMarkIrpPending(started);
  world.irps.step(started, "START");
  assertEquals([world.irps.ioCancelIrp(started), started.cancel], [false, true]);
  assertEquals(rules(world), []);
});

Deno.test("completing inside the ISR is named", () => {
  const world = kernelWorld();
  const irp = dispatch(world);
  world.irql.run(3, 1, () => world.irps.ioCompleteRequest(irp, "STATUS_SUCCESS"), 0);
  assertEquals(rules(world), ["IrqlTooHigh kernel"]);
  assertEquals(calls(world, "IoCompleteRequest").map(({ cpu, irql }) => [cpu, irql]), [[1, "DIRQL"]]);
});
