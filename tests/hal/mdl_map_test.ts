/** What mapping does and does not: one more address for the same bytes, never a lock, never another cache attribute. */
import { assert, assertEquals } from "@std/assert";
import { calls, describe, ENGINES, kernelWorld, rules } from "../kernel/world.ts";

const PATTERN = Uint8Array.of(0xde, 0xc0, 0xad, 0x0b, 0xef, 0xbe, 0xad, 0xde);
const ONES = new Uint8Array(8).fill(0xff);

for (const engine of ENGINES) {
  Deno.test(`user and driver see the same bytes through two addresses (${engine}) [S1-30]`, () => {
    const world = kernelWorld({ engine });
    const { space } = world.memory;
    const { region, mdl } = describe(world, 64, { kind: "user", byteOffset: 0x123 });
    // 0xDEADBEEF0BADC0DE, little-endian.
    space.write(region.va, PATTERN, 0, 8);
    world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
    const system = world.mdls.mmGetSystemAddressForMdlSafe(mdl);
    assert(system !== null && system !== region.va);
    assertEquals(system % 4096, 0x123);
    const seen = new Uint8Array(8);
    space.read(system, seen, 0, 8);
    assertEquals(seen, PATTERN);
    space.write(system, ONES, 0, 8);
    space.read(region.va, seen, 0, 8);
    assertEquals(seen, ONES);
    world.mdls.mmUnlockPages(mdl);
    assertEquals(rules(world), []);
  });

  Deno.test(`a mapping by MmMapLockedPages… that is not unmapped is named at the unlock (${engine}) [S1-27]`, () => {
    const world = kernelWorld({ engine });
    const { mdl } = describe(world, 4096);
    const lock = (): unknown => world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
    lock();
    const va = world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached")!;
    world.mdls.mmUnmapLockedPages(va, mdl);
    world.mdls.mmUnlockPages(mdl);
    assertEquals(rules(world), []);
    lock();
    world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached");
    world.mdls.mmUnlockPages(mdl);
    assertEquals(rules(world), ["MissingUnmap"]);
  });
}

Deno.test("MmGetSystemAddressForMdlSafe maps and does not lock; an unlocked MDL gets no address [S1-28]", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  assertEquals(world.mdls.mmGetSystemAddressForMdlSafe(mdl), null);
  assertEquals(rules(world), ["DmaOnUnlockedBuffer mapped-unlocked"]);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const va = world.mdls.mmGetSystemAddressForMdlSafe(mdl);
  assert(va !== null);
  assertEquals(mdl.lockCount, 1);
  assertEquals(world.mdls.mmGetSystemAddressForMdlSafe(mdl), va);
  world.mdls.mmUnlockPages(mdl);
  assertEquals(world.memory.space.regionAt(va), null);
});

Deno.test("a non-cached second mapping of cached pages is named; the pages keep their attribute [S1-18]", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  const va = world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmNonCached");
  assertEquals(rules(world), ["CacheAttributeConflict"]);
  assertEquals(world.memory.space.regionAt(va!)!.cache, "cached");
});

Deno.test("a mapping with the attribute that the pages have is in order [S1-18]", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096, { kind: "user", cache: "noncached" });
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  assert(world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmNonCached") !== null);
  assertEquals(rules(world), []);
});

Deno.test("one system mapping an MDL: a second one is 0xB2, an unmap too many 0xB6, a free while mapped 0xB8", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  const va = world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached")!;
  assertEquals(world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached"), null);
  world.mdls.mmUnmapLockedPages(va, mdl);
  world.mdls.mmUnmapLockedPages(va, mdl);
  world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached");
  world.mdls.ioFreeMdl(mdl);
  assertEquals(rules(world), ["MdlMisuse 0xB2", "MdlMisuse 0xB6", "MdlMisuse 0xB8"]);
});

Deno.test("kernel memory can be mapped into a process, and the mapping taken away again", () => {
  const world = kernelWorld();
  const { space } = world.memory;
  const { region, mdl } = describe(world, 4096, { kind: "nonpaged" });
  world.mdls.mmBuildMdlForNonPagedPool(mdl);
  assertEquals(world.mdls.mmGetSystemAddressForMdlSafe(mdl), region.va);
  const user = world.mdls.mmMapLockedPagesSpecifyCache(mdl, "UserMode", "MmCached")!;
  space.write32(region.va, 0x1234);
  assertEquals(space.read32(user), 0x1234);
  assertEquals(space.regionAt(user)!.kind, "userMapping");
  world.mdls.mmUnmapLockedPages(user, mdl);
  assertEquals(space.regionAt(user), null);
  world.mdls.ioFreeMdl(mdl);
  assertEquals(rules(world), []);
});

Deno.test("unmapping another address than the mapping returned is named", () => {
  const world = kernelWorld();
  const { mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  const va = world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached")!;
  world.mdls.mmUnmapLockedPages(va + 4096, mdl);
  assertEquals(rules(world), ["MdlMisuse wrong-address"]);
});

Deno.test("no system addresses left: both mapping routines answer NULL and the MDL is as it was", () => {
  const world = kernelWorld({ systemMappingPages: 1 });
  const { mdl } = describe(world, 2 * 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  assertEquals(world.mdls.mmGetSystemAddressForMdlSafe(mdl), null);
  assertEquals(world.mdls.mmMapLockedPagesSpecifyCache(mdl, "KernelMode", "MmCached"), null);
  assertEquals(mdl.life.state, "locked");
  world.mdls.mmUnlockPages(mdl);
  assertEquals(rules(world), []);
});

Deno.test("KeFlushIoBuffers is called and has no effect where devices snoop [S2-2]", () => {
  const world = kernelWorld({ coherent: true });
  const port = world.memory.port("card");
  const { region, mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  world.memory.space.write(region.va, ONES, 0, 8);
  const before = new Uint8Array(8);
  port.read(mdl.pfns[0]! * 4096, before, 0, 8);
  world.mdls.keFlushIoBuffers(mdl, false, true);
  const after = new Uint8Array(8);
  port.read(mdl.pfns[0]! * 4096, after, 0, 8);
  assertEquals([before, after], [ONES, ONES]);
  assertEquals(calls(world, "KeFlushIoBuffers").map(({ args }) => [args["ReadOperation"], args["DmaOperation"]]), [
    [false, true],
  ]);
});

Deno.test("where devices do not snoop, KeFlushIoBuffers is what lets a device read what the CPU wrote [S2-2]", () => {
  const world = kernelWorld({ coherent: false });
  const port = world.memory.port("card");
  const { region, mdl } = describe(world, 4096);
  world.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoModifyAccess");
  world.memory.space.write(region.va, ONES, 0, 8);
  const seen = new Uint8Array(8);
  const physical = mdl.pfns[0]! * 4096;
  port.read(physical, seen, 0, 8);
  assertEquals(seen, new Uint8Array(8));
  world.mdls.keFlushIoBuffers(mdl, false, true);
  port.read(physical, seen, 0, 8);
  assertEquals(seen, ONES);
  // And before a read of the device, no dirty line may be left, nor an old copy.
  world.mdls.keFlushIoBuffers(mdl, true, true);
  port.write(physical, PATTERN, 0, 8);
  world.memory.space.read(region.va, seen, 0, 8);
  assertEquals(seen, PATTERN);
});
