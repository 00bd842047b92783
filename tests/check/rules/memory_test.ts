/** MDLs and the ranges of transfers: each rule provoked, and nothing else. */
import type { Over } from "../log.ts";
import { assertEquals } from "@std/assert";
import { build, call, checked, END, event, free, get, init, mdl, on, provokes, putAdapter, silent } from "../log.ts";

const mm = (name: string, args: Over = {}, ret?: unknown): string =>
  call(name, { MemoryDescriptorList: "0x51", ...args }, ret);
const ALLOCATED = call("IoAllocateMdl", { VirtualAddress: "0x7000", Length: 8192 }, "0x51");
const after = (...lines: string[]): string[] => [get(), ...lines, init(), build(), free(), ...END];

Deno.test("VaOutsideMdl: a system mapping, and StartVa of an unaligned buffer [S1-14]", () => {
  const calculate = (CurrentVa: string): string =>
    on("CalculateScatterGatherList", { Mdl: "0x51", CurrentVa, Length: 4096 }, "STATUS_INVALID_PARAMETER");
  const described = mdl({ startVa: "0xFFFFC00012345000", byteOffset: 0x120 });
  provokes("VaOutsideMdl", [get(), described, calculate("0xFFFFE00000001120"), putAdapter()], {
    line: 3,
    verifier: "0x1B",
  });
  provokes("VaOutsideMdl", [get(), described, calculate("0xFFFFC00012345000"), putAdapter()], { line: 3, since: 2 });
  silent([get(), described, calculate("0xFFFFC00012345120"), putAdapter()]);
});

Deno.test("MdlShorterThanLength: more bytes than the MDL has", () => {
  const lines = [get(), mdl({ byteCount: 4096 }), init(), build(), free(), ...END];
  provokes("MdlShorterThanLength", lines, { line: 4, since: 2, verifier: "0x24" });
});

Deno.test("ZeroLengthMap: a Build of nothing", () => {
  const lines = [get(), init(), build({ Length: 0 }, "STATUS_INVALID_PARAMETER"), putAdapter()];
  provokes("ZeroLengthMap", lines, { line: 3, verifier: "0x21" });
});

Deno.test("DmaOnUnlockedBuffer: an MDL that nobody locked, and one mapped without a lock [S1-28]", () => {
  provokes("DmaOnUnlockedBuffer", after(ALLOCATED), { line: 4, since: 2, verifier: "0x0E" });
  provokes("DmaOnUnlockedBuffer", after(mdl({ locked: false })), { line: 4, since: 2 });
  provokes("DmaOnUnlockedBuffer", [ALLOCATED, mm("MmGetSystemAddressForMdlSafe", {}, "0xFFFF9000")], { line: 2 });
  silent(after(ALLOCATED, mm("MmProbeAndLockPages")));
});

Deno.test("DmaFromStack and DmaFromCodeOrConst: memory that no device may be given", () => {
  provokes("DmaFromStack", after(mdl({ pool: "stack" })), { line: 4, since: 2, linux: "L12" });
  provokes("DmaFromCodeOrConst", after(mdl({ pool: "image" })), { line: 4, since: 2, linux: "L13" });
});

Deno.test("InvalidAddress: an MDL over an address that cannot be", () => {
  provokes("InvalidAddress", [call("IoAllocateMdl", { VirtualAddress: "0x8000000000001000", Length: 64 }, "0x51")], {
    line: 1,
    linux: "L22",
  });
});

Deno.test("MdlMisuse: unlocked twice, freed while mapped, used after IoFreeMdl", () => {
  const locked = [ALLOCATED, mm("MmProbeAndLockPages")];
  const twice = [...locked, mm("MmUnlockPages"), mm("MmUnlockPages"), mm("IoFreeMdl")];
  provokes("MdlMisuse", twice, { line: 4, kind: "0x7C", bugcheck: "0xC4" });
  const mapped = [...locked, mm("MmGetSystemAddressForMdlSafe", {}, "0xFFFF9000"), mm("IoFreeMdl")];
  provokes("MdlMisuse", mapped, { line: 4, kind: "0xB8" });
  provokes("MdlMisuse", [ALLOCATED, mm("IoFreeMdl"), mm("MmProbeAndLockPages")], { line: 3, kind: "freed" });
});

Deno.test("MissingUnmap: unlocked with a mapping of its own [S1-27]", () => {
  const map = mm("MmMapLockedPagesSpecifyCache", { AccessMode: "KernelMode", CacheType: "MmCached" }, "0xFFFF9000");
  const lines = [ALLOCATED, mm("MmProbeAndLockPages"), map, mm("MmUnlockPages"), mm("IoFreeMdl")];
  provokes("MissingUnmap", lines, { line: 4, since: 2 });
});

Deno.test("CacheAttributeConflict: cached pages mapped non-cached [S1-18]", () => {
  const map = mm("MmMapLockedPagesSpecifyCache", { AccessMode: "KernelMode", CacheType: "MmNonCached" }, "0xFFFF9000");
  provokes("CacheAttributeConflict", [mdl({ cache: "cached" }), map, mm("MmUnmapLockedPages")], { line: 2, since: 1 });
});

Deno.test("KernelMemoryMappedToUser: non-paged pool in a process is a warning [S1-10]", () => {
  const map = mm("MmMapLockedPagesSpecifyCache", { AccessMode: "UserMode", CacheType: "MmCached" }, "0x7FF0000");
  const lines = [mdl({ pool: "nonpaged" }), map, mm("MmUnmapLockedPages")];
  provokes("KernelMemoryMappedToUser", lines, { line: 2, severity: "warning" });
});

Deno.test("ProcessExitWithLockedPages: bug check 0x76 [S1-29]", () => {
  const lines = [ALLOCATED, mm("MmProbeAndLockPages"), event("process-exit")];
  provokes("ProcessExitWithLockedPages", lines, { line: 3, since: 2, bugcheck: "0x76" });
});

Deno.test("DriverUnlockedDirectIo: the driver unlocks what the I/O manager locked [S1-26]", () => {
  const irp = event("irp", { irp: "0x91", state: "received", mdl: "0x51" });
  provokes("DriverUnlockedDirectIo", [mdl(), irp, mm("MmUnlockPages")], { line: 3 });
});

Deno.test("DmaBufferInvalid: follows as a note that carries the kind of 0xE6/0x1F", () => {
  const noted = (lines: string[]): unknown[] =>
    checked(lines).findings.filter(({ severity }) => severity === "note").map((
      { rule, kind, line },
    ) => [rule, kind, line]);
  const behind = [get(), mdl(), init(), build({ Offset: 9000 }, "STATUS_INVALID_PARAMETER"), putAdapter()];
  assertEquals(noted(behind), [["DmaBufferInvalid", "2", 4]]);
  const longer = [get(), mdl(), init(), build({ Length: 12_288 }, "STATUS_INVALID_PARAMETER"), putAdapter()];
  assertEquals(noted(longer), [["DmaBufferInvalid", "3", 4]]);
});
