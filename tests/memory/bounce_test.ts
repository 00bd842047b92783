/** Map registers' memory: copies for devices that cannot reach. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { HARDWARE_RUNS, ioAllocateMdl, lockMdlPages, mdlRuns, RunList } from "../../sim/memory/mod.ts";
import type { HostMemory } from "../../sim/memory/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { buffer, cpuRead, host, pattern } from "./make.ts";

function runsOf(memory: HostMemory, va: number, lengthBytes: number): RunList {
  const mdl = ioAllocateMdl(va, lengthBytes);
  lockMdlPages(memory.space, mdl, true);
  const runs = new RunList();
  mdlRuns(mdl, 0, lengthBytes, HARDWARE_RUNS, runs);
  return runs;
}

function bank(memory: HostMemory, count: number, contiguous: boolean): NonNullable<ReturnType<HostMemory["bounce"]>> {
  const made = memory.bounce({ count, belowAddress: 2 ** 32, contiguous });
  assert(made !== null);
  return made;
}

Deno.test("every bounce page lies below the device's limit; a contiguous bank is one run", () => {
  for (const bits of [24, 28, 32]) {
    const memory = host({ layout: "fragmented" });
    const free = memory.physical.freeFrames;
    const scattered = memory.bounce({ count: 64, belowAddress: 2 ** bits });
    const whole = memory.bounce({ count: 64, belowAddress: 2 ** bits, contiguous: true });
    assert(scattered !== null && whole !== null);
    for (let register = 0; register < 64; register++) {
      assert(scattered.address(register) + 4096 <= 2 ** bits);
      assertEquals(whole.address(register), whole.address(0) + register * 4096);
    }
    assert(whole.address(63) + 4096 <= 2 ** bits);
    const runs = new RunList();
    whole.runs(3, 100, 50_000, HARDWARE_RUNS, runs);
    assertEquals([runs.count, runs.address(0), runs.length(0)], [1, whole.address(3) + 100, 50_000]);
    scattered.free();
    whole.free();
    assertEquals(memory.physical.freeFrames, free);
    assertEquals(memory.bounce({ count: 2 ** 21, belowAddress: 2 ** bits }), null);
  }
});

Deno.test("a 32-bit device reaches a buffer above 4 GiB through bounce pages, both ways and unchanged", () => {
  for (const coherent of [true, false]) {
    const memory = host({ layout: "fragmented", coherent });
    const region = buffer(memory, 60_000, { kind: "user", zone: "above4GiB", byteOffset: 1234 });
    const runs = runsOf(memory, region.va, 60_000);
    const registers = bank(memory, 20, true);
    const port = memory.port("old", 32);
    assertEquals(port.read(runs.address(0), new Uint8Array(1), 0, 1), 1);
    memory.space.write(region.va, pattern(60_000), 0, 60_000);
    registers.copyIn(runs, 0, 2, 1234, 60_000);
    const seen = new Uint8Array(60_000);
    assertEquals(port.read(registers.address(2) + 1234, seen, 0, 60_000), 0);
    assertEquals(seen, pattern(60_000));
    assertEquals(port.write(registers.address(2) + 1234, pattern(60_000, 5), 0, 60_000), 0);
    assertEquals(cpuRead(memory, region.va, 60_000), pattern(60_000), "nothing is seen before the copy out");
    registers.copyOut(runs, 0, 2, 1234, 60_000);
    assertEquals(cpuRead(memory, region.va, 60_000), pattern(60_000, 5));
  }
});

Deno.test("any piece of a buffer goes to any place of a bank and back, and nothing beside it changes", () => {
  const prng = new Prng("bounce");
  for (let round = 0; round < 40; round++) {
    const memory = host({ layout: prng.pick(["contiguous", "fragmented", "mixed"]), seed: round });
    const size = prng.between(1, 30_000);
    const region = buffer(memory, size, { kind: "user", byteOffset: prng.below(4096) });
    const runs = runsOf(memory, region.va, size);
    const registers = bank(memory, 16, prng.chance(0.5));
    const truth = pattern(size);
    memory.space.write(region.va, truth, 0, size);
    for (let draw = 0; draw < 10; draw++) {
      const from = prng.below(size);
      const to = prng.below(size);
      const lengthBytes = prng.below(Math.min(size - Math.max(from, to), 16 * 4096 - 4095) + 1);
      const [register, byteOffset] = [0, prng.below(4096)];
      registers.copyIn(runs, from, register, byteOffset, lengthBytes);
      registers.copyOut(runs, to, register, byteOffset, lengthBytes);
      truth.copyWithin(to, from, from + lengthBytes);
      assertEquals(cpuRead(memory, region.va, size), truth);
    }
  }
});

Deno.test("more than the bank or the buffer holds is a bug of ours", () => {
  const memory = host();
  const region = buffer(memory, 8192, { kind: "user" });
  const runs = runsOf(memory, region.va, 8192);
  const registers = bank(memory, 2, false);
  assertThrows(() => registers.copyIn(runs, 0, 0, 1, 8192), AssertionFailure, "there are 2");
  assertThrows(() => registers.copyIn(runs, 1, 0, 0, 8192), AssertionFailure, "buffer");
  assertThrows(() => registers.address(2), AssertionFailure);
  registers.copyIn(runs, 0, 0, 0, 8192);
});
