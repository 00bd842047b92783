/** What findings say would have been legal there. */
import { assertEquals } from "@std/assert";
import { build, BUILT, call, checked, classic, event, free, freeRegisters, get, init, map, mdl, put } from "../log.ts";
import type { Over } from "../log.ts";

function expectedIn(...lines: string[]): Record<string, readonly string[]> {
  return Object.fromEntries(checked(lines).findings.map(({ rule, expected }) => [rule, expected]));
}

Deno.test("what was just refused is not what is expected, and only what cures is", () => {
  const other: Over = { DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2" };
  const again = [init({ DmaTransferContext: "0xC2" }), build(other)];
  assertEquals(expectedIn(get(), init(), build(), ...again), { ChannelOverlap: ["FreeAdapterObject"] });
  const mapped = [get(), mdl(), ...classic(), map()];
  const flushes = ["FlushAdapterBuffers", "FlushAdapterBuffersEx"];
  assertEquals(expectedIn(...mapped, freeRegisters()), { FreeWhileMapped: flushes });
  const size = freeRegisters({ NumberOfMapRegisters: 1 });
  assertEquals(expectedIn(get(), mdl(), ...classic(), size), { FreeSizeMismatch: [] });
  assertEquals(expectedIn(...BUILT, free()), { ChannelDoubleFree: [] });
  assertEquals(expectedIn(...BUILT, put({ WriteToDevice: false })), { PutDirectionMismatch: [] });
});

Deno.test("at the end of a process, what unlocks the pages is expected: the driver's unlock, or the completion", () => {
  const lock = call("MmProbeAndLockPages", { MemoryDescriptorList: "0x51" });
  const exit = event("process-exit");
  assertEquals(expectedIn(mdl({ locked: false }), lock, exit), { ProcessExitWithLockedPages: ["MmUnlockPages"] });
  const received = event("irp", { irp: "0x91", state: "received", mdl: "0x51" });
  assertEquals(expectedIn(received, exit), { ProcessExitWithLockedPages: ["IoCompleteRequest"] });
});
