/** The kernel's allocator, and how it fails. */

import { assert, assertEquals } from "@std/assert";
import { ACCESS_UNMAPPED, SYSTEM_BASE } from "../../sim/memory/mod.ts";
import { buffer, cpuRead, host, MIB, pattern } from "./make.ts";

Deno.test("the pool counts what it gives and takes, and knows its peak", () => {
  const { pool } = host();
  const blocks = [100, 200, 300].map((lengthBytes) => pool.allocate("SgLi", lengthBytes, "nonpaged"));
  assertEquals([pool.allocations, pool.outstanding, pool.outstandingBytes, pool.peakBytes], [3, 3, 600, 600]);
  const [first] = blocks;
  assert(first != null);
  assert(pool.free(first));
  assert(!pool.free(first), "the second time it says no");
  assertEquals([pool.allocations, pool.outstanding, pool.outstandingBytes, pool.peakBytes], [3, 2, 500, 600]);
  assertEquals([first.tag, first.live], ["SgLi", false]);
});

Deno.test("a block has memory once it is asked for, of its own kind, and none after its end", () => {
  const memory = host();
  const free = memory.physical.freeFrames;
  const block = memory.pool.allocate("Priv", 5000, "paged");
  assert(block !== null);
  assertEquals(memory.physical.freeFrames, free);
  assert(block.va >= SYSTEM_BASE);
  assertEquals(memory.space.regionAt(block.va)?.kind, "paged");
  assertEquals(memory.physical.freeFrames, free - 2);
  memory.space.write(block.va, pattern(5000), 0, 5000);
  assertEquals(cpuRead(memory, block.va, 5000), pattern(5000));
  const { va } = block;
  memory.pool.free(block);
  assertEquals(memory.physical.freeFrames, free);
  assertEquals(memory.space.read(va, new Uint8Array(1), 0, 1), ACCESS_UNMAPPED);
  assertEquals([block.va, block.region], [-1, null]);
});

Deno.test("the pool fails when its limit is reached, and serves again after a free", () => {
  const { pool } = host({ pool: { limitBytes: 1000 } });
  const block = pool.allocate("a", 900, "nonpaged");
  assert(block !== null);
  assertEquals(pool.allocate("b", 101, "paged"), null);
  assert(pool.allocate("c", 100, "paged") !== null);
  pool.free(block);
  assert(pool.allocate("d", 900, "nonpaged") !== null);
  assertEquals([pool.allocations, pool.failures], [3, 1]);
});

Deno.test("failures come by plan: all, every n-th, or by luck that a seed repeats", () => {
  const outcome = (faults: Parameters<ReturnType<typeof host>["pool"]["setFaults"]>[0], seed = 1): string => {
    const { pool } = host({ pool: { faults }, seed });
    return Array.from({ length: 40 }, () => pool.allocate("x", 8, "nonpaged") === null ? "-" : "+").join("");
  };
  assertEquals(outcome({}), "+".repeat(40));
  assertEquals(outcome({ failAll: true }), "-".repeat(40));
  assertEquals(outcome({ failEvery: 4 }), "+++-".repeat(10));
  assertEquals(outcome({ probability: 0.5 }), outcome({ probability: 0.5 }));
  assert(outcome({ probability: 0.5 }, 1) !== outcome({ probability: 0.5 }, 2));
  assert(/\+/.test(outcome({ probability: 0.5 })) && /-/.test(outcome({ probability: 0.5 })));
  const { pool } = host({ pool: { faults: { failAll: true } } });
  assertEquals(pool.allocate("x", 8, "nonpaged"), null);
  pool.setFaults({});
  assert(pool.allocate("x", 8, "nonpaged") !== null);
  assertEquals([pool.allocations, pool.failures, pool.outstanding], [1, 1, 1]);
  pool.setFaults({ failEvery: 3 });
  const next = Array.from({ length: 6 }, () => pool.allocate("x", 8, "nonpaged") === null ? "-" : "+").join("");
  assertEquals(next, "++-++-", "a plan counts from the moment it is set");
});

Deno.test("a block whose memory cannot be had has no address, and is freed all the same", () => {
  const memory = host({ physicalBytes: 32 * MIB });
  buffer(memory, memory.physical.freeFrames * 4096, { kind: "nonpaged" });
  const block = memory.pool.allocate("big", 4096, "nonpaged");
  assert(block !== null);
  assertEquals(block.va, -1);
  assert(memory.pool.free(block));
});
