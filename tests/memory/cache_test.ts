/** What the CPU sees and what RAM holds. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { CpuCache, PhysicalMemory } from "../../sim/memory/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { buffer, cpuRead, host, MIB, pattern, ramRead } from "./make.ts";

Deno.test("on a coherent platform device and CPU see the same bytes without any operation [S0-32]", () => {
  const memory = host({ coherent: true });
  const region = buffer(memory, 8192, { kind: "nonpaged", contiguous: true });
  const at = memory.space.physicalAddress(region.va);
  memory.space.write(region.va, pattern(8192), 0, 8192);
  assertEquals(ramRead(memory, at, 8192), pattern(8192));
  memory.physical.write(at, pattern(100, 9), 0, 100);
  assertEquals(cpuRead(memory, region.va, 100), pattern(100, 9));
  assertEquals(memory.cache.clean(at, 8192) + memory.cache.invalidate(at, 8192) + memory.cache.flush(at, 8192), 0);
});

Deno.test("on a non-coherent one the device sees old bytes until cleaned, the CPU until invalidated [S0-32]", () => {
  const memory = host({ coherent: false });
  const region = buffer(memory, 8192, { kind: "nonpaged", contiguous: true });
  const at = memory.space.physicalAddress(region.va);
  memory.space.write(region.va, pattern(8192), 0, 8192);
  assertEquals(ramRead(memory, at, 8192), new Uint8Array(8192));
  assertEquals(memory.cache.clean(at, 8192), 128);
  assertEquals(ramRead(memory, at, 8192), pattern(8192));
  assertEquals(memory.cache.clean(at, 8192), 0);
  memory.physical.write(at, pattern(8192, 77), 0, 8192);
  assertEquals(cpuRead(memory, region.va, 8192), pattern(8192));
  assertEquals(memory.cache.invalidate(at, 8192), 0);
  assertEquals(cpuRead(memory, region.va, 8192), pattern(8192, 77));
});

Deno.test("memory that is mapped noncached needs no operation anywhere", () => {
  const memory = host({ coherent: false });
  const region = buffer(memory, 4096, { kind: "nonpaged", cache: "noncached" });
  const at = memory.space.physicalAddress(region.va);
  memory.space.write(region.va, pattern(4096), 0, 4096);
  assertEquals(ramRead(memory, at, 4096), pattern(4096));
  memory.physical.write(at, pattern(4096, 3), 0, 4096);
  assertEquals(cpuRead(memory, region.va, 4096), pattern(4096, 3));
  memory.space.write32(region.va + 8, 0x12345678);
  assertEquals(memory.physical.read32(at + 8), 0x12345678);
  memory.physical.write32(at + 8, 5);
  assertEquals(memory.space.read32(region.va + 8), 5);
});

Deno.test("invalidating a shared dirty line loses the neighbour's bytes, and the count says so", () => {
  const memory = host({ coherent: false });
  const region = buffer(memory, 4096, { kind: "nonpaged" });
  const at = memory.space.physicalAddress(region.va);
  // The buffer is bytes 64 to 111; a neighbour keeps a counter at byte 112, in the same line.
  memory.space.write(region.va + 112, new Uint8Array([42]), 0, 1);
  memory.physical.write(at + 64, pattern(48), 0, 48);
  assertEquals(memory.cache.invalidate(at + 64, 48), 1);
  assertEquals(cpuRead(memory, region.va + 64, 48), pattern(48));
  assertEquals(cpuRead(memory, region.va + 112, 1), new Uint8Array([0]));
});

Deno.test("cleaning a shared line overwrites what the device put beside it", () => {
  const memory = host({ coherent: false });
  const region = buffer(memory, 4096, { kind: "nonpaged" });
  const at = memory.space.physicalAddress(region.va);
  memory.space.write(region.va, new Uint8Array([1]), 0, 1);
  memory.physical.write(at + 32, new Uint8Array([9]), 0, 1);
  memory.cache.clean(at, 1);
  assertEquals([...ramRead(memory, at, 33)].filter((byte) => byte !== 0), [1]);
});

Deno.test("operations reach whole lines and not one more; an empty range reaches none", () => {
  const memory = host({ coherent: false, lineBytes: 128 });
  const region = buffer(memory, 4096, { kind: "nonpaged" });
  const at = memory.space.physicalAddress(region.va);
  memory.space.write(region.va, pattern(4096), 0, 4096);
  assertEquals(memory.cache.clean(at + 130, 0), 0);
  assertEquals(memory.cache.clean(at + 127, 2), 2);
  const ram = ramRead(memory, at, 4096);
  assertEquals(ram.subarray(0, 256), pattern(4096).subarray(0, 256));
  assert(ram.subarray(256).every((byte) => byte === 0));
  assertEquals(memory.cache.flush(at, 4096), 30);
  assertThrows(() => new CpuCache(memory.physical, false, 48), RangeError);
});

Deno.test("a line keeps its old copy after its neighbours were invalidated", () => {
  const physical = new PhysicalMemory({ sizeBytes: 64 * MIB });
  const cache = new CpuCache(physical, false);
  const bytes = new Uint8Array(192);
  cache.read(MIB, bytes, 0, 192);
  physical.write(MIB, pattern(192), 0, 192);
  cache.invalidate(MIB + 64, 64);
  cache.read(MIB, bytes, 0, 192);
  const seen = pattern(192).map((byte, index) => index >= 64 && index < 128 ? byte : 0);
  assertEquals(bytes, seen);
});

Deno.test("the cache does what a model with one entry a line does", () => {
  for (let seed = 0; seed < 20; seed++) {
    const prng = new Prng(`cache ${seed}`);
    const physical = new PhysicalMemory({ sizeBytes: 64 * MIB });
    const cache = new CpuCache(physical, false);
    const size = 4096 * 2;
    const base = 2 * MIB - 4096;
    const ram = new Uint8Array(size);
    const lines = new Map<number, { bytes: Uint8Array; dirty: boolean }>();
    const load = (line: number): { bytes: Uint8Array; dirty: boolean } => {
      let entry = lines.get(line);
      if (entry === undefined) {
        lines.set(line, entry = { bytes: ram.slice(line * 64, line * 64 + 64), dirty: false });
      }
      return entry;
    };
    for (let action = 0; action < 300; action++) {
      const lengthBytes = prng.below(300);
      const at = prng.below(size - lengthBytes);
      const bytes = pattern(lengthBytes, prng.below(256));
      const range = Array.from({ length: size / 64 }, (_, line) => line)
        .filter((line) => lengthBytes > 0 && line * 64 < at + lengthBytes && (line + 1) * 64 > at);
      switch (prng.below(6)) {
        case 0:
          cache.write(base + at, bytes, 0, lengthBytes);
          bytes.forEach((byte, index) => {
            const entry = load((at + index) >> 6);
            entry.bytes[(at + index) & 63] = byte;
            entry.dirty = true;
          });
          break;
        case 1:
          cache.read(base + at, bytes, 0, lengthBytes);
          bytes.forEach((byte, index) => assertEquals(byte, load((at + index) >> 6).bytes[(at + index) & 63]));
          break;
        case 2:
          physical.write(base + at, bytes, 0, lengthBytes);
          ram.set(bytes, at);
          break;
        default: {
          const operation = prng.pick(["clean", "invalidate", "flush"] as const);
          let dirty = 0;
          for (const line of range) {
            const entry = lines.get(line);
            if (entry?.dirty) {
              dirty++;
              if (operation !== "invalidate") ram.set(entry.bytes, line * 64);
              entry.dirty = false;
            }
            if (operation !== "clean") lines.delete(line);
          }
          assertEquals(cache[operation](base + at, lengthBytes), dirty);
        }
      }
      const word = 4 * prng.below(size / 4);
      assertEquals(cache.read32(base + word), new DataView(load(word >> 6).bytes.buffer).getUint32(word & 63, true));
      if (prng.chance(0.2)) {
        cache.write32(base + word, action);
        const entry = load(word >> 6);
        new DataView(entry.bytes.buffer).setUint32(word & 63, action, true);
        entry.dirty = true;
      }
      const seen = new Uint8Array(size);
      physical.read(base, seen, 0, size);
      assertEquals(seen, ram);
    }
  }
});
