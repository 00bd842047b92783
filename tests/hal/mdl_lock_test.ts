/** What locking does and does not: pages stay, nothing is mapped, somebody must unlock. */
import { assert, assertEquals } from "@std/assert";
import { ACCESS_OK } from "../../sim/memory/mod.ts";
import { allocate, calls, describe, ENGINES, kernelWorld, rules } from "../kernel/world.ts";

for (const engine of ENGINES) {
  Deno.test(`the I/O manager locks a direct request's pages and unlocks them at completion (${engine}) [S1-26]`, () => {
    const world = kernelWorld({ engine });
    const { region, mdl } = describe(world, 8192);
    const irp = world.irps.create({ mdl, length: 8192, writeToDevice: false, channel: "c2h0", directIo: true })!;
    assertEquals([mdl.lockCount, region.lockedPages], [1, 2]);
    world.irps.ioMarkIrpPending(irp);
    world.irps.step(irp, "START");
    world.irps.step(irp, "DEVICE_DONE");
    assertEquals(mdl.lockCount, 1);
    world.irps.ioCompleteRequest(irp, "STATUS_SUCCESS", 8192);
    assertEquals([mdl.lockCount, region.lockedPages], [0, 0]);
    assertEquals(rules(world), []);
  });

  Deno.test(`a driver that unlocks a direct request's pages is named and changes nothing (${engine}) [S1-26]`, () => {
    const world = kernelWorld({ engine });
    const { mdl } = describe(world, 4096);
    world.irps.create({ mdl, length: 4096, writeToDevice: true, channel: "h2c0", directIo: true });
    world.mdls.mmUnlockPages(mdl);
    assertEquals(rules(world), ["DriverUnlockedDirectIo"]);
    assertEquals(mdl.lockCount, 1);
  });
}

Deno.test("a process that ends with locked pages is named, one with unlocked pages is not [S1-29]", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 3 * 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoWriteAccess");
  assertEquals(world.mdls.processExit(), 3);
  assertEquals(rules(world), ["ProcessExitWithLockedPages"]);
  world.mdls.mmUnlockPages(mdl);
  assertEquals(world.mdls.processExit(), 0);
  assertEquals(rules(world), ["ProcessExitWithLockedPages"]);
});

Deno.test("a pending direct request keeps its process from ending [S1-29]", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  world.irps.create({ mdl, length: 4096, writeToDevice: false, channel: "c2h0", directIo: true });
  world.mdls.processExit();
  assertEquals(rules(world), ["ProcessExitWithLockedPages directIo"]);
});

Deno.test("non-paged pool may stay described when a process ends [S1-29]", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096, { kind: "nonpaged" });
  world.mdls.mmBuildMdlForNonPagedPool(mdl);
  assertEquals(world.mdls.processExit(), 0);
  assertEquals(rules(world), []);
});

Deno.test("locked is not mapped for the device: a pinned buffer has no logical address [S3-12]", () => {
  const world = kernelWorld({ iommu: true });
  const port = world.memory.port("card");
  const { mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  assert(world.mdls.lifeOf(mdl).has("resident"));
  assertEquals(port.domain.mappedPages, 0);
  // Its physical address, the only one there is, means nothing to the device.
  const physical = mdl.pfns[0]! * 4096;
  assert(port.read(physical, new Uint8Array(64), 0, 64) !== 0);
  assertEquals(world.memory.iommu.faultCount, 1);
});

Deno.test("the pager passes locked pages by; unlocked ones go, and come back elsewhere [S3-13]", () => {
  const world = kernelWorld();
  const { region, mdl } = describe(world, 4 * 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const frames = [...region.pfns];
  const other = allocate(world, 4096, { kind: "user" });
  assertEquals(world.memory.space.pager.trim(), { pagedOut: 1, skippedLocked: 4 });
  assertEquals([...region.pfns], frames);
  assert(other.pfns[0] !== frames[0]);
  world.mdls.mmUnlockPages(mdl);
  assertEquals(world.memory.space.pager.trim().pagedOut, 4);
});

Deno.test("copying costs the same locked or not while pages are resident; only paging costs [S3-16]", () => {
  const world = kernelWorld();
  const { pager } = world.memory.space;
  const target = new Uint8Array(16 * 4096);
  /** Page-ins that one copy of the buffer costs: the only cost that locking can avoid. */
  const copy = (va: number): number => {
    const before = pager.pageIns;
    assertEquals(world.memory.space.read(va, target, 0, target.length), ACCESS_OK);
    return pager.pageIns - before;
  };
  const locked = describe(world, target.length);
  const loose = describe(world, target.length);
  for (const { region } of [locked, loose]) {
    world.memory.space.write(region.va, target.fill(7), 0, target.length);
  }
  world.mdls.mmProbeAndLockPages(locked.mdl, "UserMode", "IoReadAccess");
  assertEquals([copy(locked.region.va), copy(loose.region.va)], [0, 0]);
  pager.trim();
  assertEquals([copy(locked.region.va), copy(loose.region.va)], [0, 16]);
});

Deno.test("large pages need the privilege and whole 2 MiB; 4 MiB are two of them [S1-31]", () => {
  const { memory } = kernelWorld({ physicalBytes: 2 ** 31, layout: "contiguous" });
  const size = 2 ** 21;
  const plain = memory.space.allocate(2 * size, { kind: "user", pageSize: size });
  assertEquals(plain.kind === "refused" && plain.status, "STATUS_PRIVILEGE_NOT_HELD");
  memory.space.lockMemoryPrivilege = true;
  const odd = memory.space.allocate(3 * size / 2, { kind: "user", pageSize: size });
  assertEquals(odd.kind === "refused" && odd.status, "STATUS_INVALID_PARAMETER");
  const two = memory.space.allocate(2 * size, { kind: "user", pageSize: size });
  assert(two.kind !== "refused");
  assertEquals([two.lengthBytes / two.pageSize, two.pfns.length], [2, 1024]);
});

Deno.test("probing what is not there, or for writing what is constant, ends in a status and locks nothing", () => {
  const world = kernelWorld();
  const nothing = world.mdls.ioAllocateMdl(0x1000, 4096)!;
  assertEquals(world.mdls.mmProbeAndLockPages(nothing, "UserMode", "IoReadAccess"), "STATUS_ACCESS_VIOLATION");
  const { mdl } = describe(world, 4096, { kind: "image" });
  assertEquals(world.mdls.mmProbeAndLockPages(mdl, "KernelMode", "IoWriteAccess"), "STATUS_ACCESS_VIOLATION");
  assertEquals([nothing.lockCount, mdl.lockCount, mdl.life.state], [0, 0, "described"]);
  assertEquals(world.mdls.mmProbeAndLockPages(mdl, "KernelMode", "IoReadAccess"), "STATUS_SUCCESS");
  assertEquals(rules(world), []);
});

Deno.test("pageable memory is locked at APC_LEVEL at most", () => {
  const world = kernelWorld();
  const paged = describe(world, 4096, { kind: "paged" });
  const resident = describe(world, 4096, { kind: "nonpaged" });
  world.memory.space.pager.trim();
  world.irql.raised(2, () => {
    assertEquals(world.mdls.mmProbeAndLockPages(paged.mdl, "KernelMode", "IoReadAccess"), "STATUS_IN_PAGE_ERROR");
    assertEquals(world.mdls.mmProbeAndLockPages(resident.mdl, "KernelMode", "IoReadAccess"), "STATUS_SUCCESS");
  });
  assertEquals(rules(world), ["IrqlTooHigh pageable"]);
});

Deno.test("each wrong order of lock, unlock and free is named as Windows numbers it", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  world.mdls.mmUnlockPages(mdl);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  world.mdls.ioFreeMdl(mdl);
  world.mdls.mmUnlockPages(mdl);
  const pool = describe(world, 4096, { kind: "nonpaged" });
  world.mdls.mmBuildMdlForNonPagedPool(pool.mdl);
  world.mdls.mmUnlockPages(pool.mdl);
  assertEquals(rules(world), ["MdlMisuse 0x7C", "MdlMisuse freed-locked", "MdlMisuse freed", "MdlMisuse 0x7D"]);
});

Deno.test("DMA is legal on locked pages and named on others; only the MDLs that the range touches are asked", () => {
  const world = kernelWorld();
  const first = describe(world, 4096);
  const second = describe(world, 4096);
  first.mdl.next = second.mdl;
  assertEquals(world.mdls.mayDma(first.mdl, 0, 4096), false);
  world.mdls.mmProbeAndLockPages(first.mdl, "UserMode", "IoReadAccess");
  assertEquals(world.mdls.mayDma(first.mdl, 0, 4096), true);
  assertEquals(world.mdls.mayDma(first.mdl, 4095, 2), false);
  world.mdls.mmProbeAndLockPages(second.mdl, "UserMode", "IoReadAccess");
  assertEquals(world.mdls.mayDma(first.mdl), true);
  assertEquals(rules(world), ["DmaOnUnlockedBuffer", "DmaOnUnlockedBuffer"]);
});

Deno.test("the calls are in the trace with their DDI parameter names, and one pointer an object", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoWriteAccess");
  world.mdls.mmUnlockPages(mdl);
  const pointer = calls(world, "IoAllocateMdl")[0]!.ret;
  assert(typeof pointer === "string" && /^0x[0-9a-f]{16}$/.test(pointer));
  assertEquals(calls(world, "MmProbeAndLockPages")[0], {
    kind: "call",
    atNs: 0,
    cpu: 0,
    irql: "PASSIVE",
    call: "MmProbeAndLockPages",
    args: { MemoryDescriptorList: pointer, AccessMode: "UserMode", Operation: "IoWriteAccess" },
    ret: "STATUS_SUCCESS",
    out: null,
  });
  assertEquals(calls(world, "MmUnlockPages")[0]!.args, { MemoryDescriptorList: pointer });
});
