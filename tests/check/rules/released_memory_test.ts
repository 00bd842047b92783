/** Pages unlocked, or their MDL freed, before the Put or the flush. */
import { assertEquals } from "@std/assert";
import {
  build,
  call,
  checked,
  classic,
  END,
  event,
  flush,
  free,
  freeRegisters,
  get,
  init,
  map,
  mdl,
  on,
  provokes,
  put,
  putAdapter,
  silent,
} from "../log.ts";

const unlock = (at = "0x51"): string => call("MmUnlockPages", { MemoryDescriptorList: at });
const gone = (at = "0x51"): string => call("IoFreeMdl", { Mdl: at });
const LIVE = [get(), mdl(), init(), build(), free()];
const DONE = event("device-done", { channel: "h2c0", sgl: "0xB1" });
const STARTED = event("doorbell", { channel: "h2c0", sgl: "0xB1" });

function told(...lines: string[]): string[] {
  return checked(lines).findings.map(({ line, severity, rule }) => `${line} ${severity} ${rule}`);
}

Deno.test("UnlockedWhileMapped: pages unlocked, or an MDL freed, before the list over them is put", () => {
  const finding = provokes("UnlockedWhileMapped", [...LIVE, unlock(), ...END], { line: 6, since: 4, verifier: null });
  assertEquals([finding.call, finding.state, finding.bugcheck], ["MmUnlockPages", "filled", null]);
  provokes("UnlockedWhileMapped", [...LIVE, unlock(), gone(), ...END], { line: 6, since: 4 });
  const pool = [get(), mdl({ pool: "nonpaged" }), init(), build(), free()];
  provokes("UnlockedWhileMapped", [...pool, gone(), ...END], { line: 6, call: "IoFreeMdl" });
  silent([...LIVE, put(), unlock(), gone(), putAdapter()]);
  silent([...pool, put(), gone(), putAdapter()]);
});

Deno.test("unlocking is named at once while the device runs on the pages", () => {
  const again = [init(), build(), free(), STARTED];
  const before = [...LIVE, STARTED, DONE, put(), ...again];
  assertEquals(told(...before, unlock()), ["13 error UnlockedWhileMapped"]);
  assertEquals(told(...before, unlock(), DONE, ...END), ["13 error UnlockedWhileMapped"]);
});

Deno.test("a list that is never put is the misuse, not that its pages were unlocked meanwhile [S0-2]", () => {
  assertEquals(told(...LIVE, unlock(), gone(), putAdapter()), ["8 error PutAdapterWithSgl"]);
});

Deno.test("UnlockedWhileMapped: the second MDL of a chain counts if the list reaches it", () => {
  const chain = [get(), mdl({ next: "0x52" }), mdl({ mdl: "0x52", startVa: "0xA000", next: null }), init()];
  const both = [...chain, build({ Length: 12288 }, "STATUS_SUCCESS", { elements: undefined }), free()];
  provokes("UnlockedWhileMapped", [...both, unlock("0x52"), ...END], { line: 7, since: 5 });
  silent([...chain, build(), free(), unlock("0x52"), ...END]);
});

Deno.test("UnlockedWhileMapped: before the flush of what MapTransfer mapped", () => {
  const mapped = [get(), mdl(), ...classic(), map()];
  const rest = [flush(), freeRegisters(), putAdapter()];
  provokes("UnlockedWhileMapped", [...mapped, unlock(), ...rest], { line: 7, since: 6 });
  silent([...mapped, flush(), unlock(), ...rest.slice(1)]);
});

Deno.test("a transfer of more registers than were allocated is told so, with the macro that counts them", () => {
  const unaligned = mdl({ byteOffset: 0x800 });
  const mapped = map({ CurrentVa: "0x7800", Length: 8192 }, "0x10000000", 8192);
  const lines = [get(), unaligned, ...classic(2), mapped, flush({ CurrentVa: "0x7800", Length: 8192 })];
  const finding = provokes("TooManyRegistersAtOnce", [...lines, freeRegisters(), putAdapter()], {
    line: 6,
    kind: "mapped",
    verifier: null,
    message: "A transfer needs more map registers than were allocated for it: 3 registers would be mapped at a time, " +
      "2 were allocated.",
  });
  assertEquals(finding.fix.split(",")[0], "Allocate ADDRESS_AND_SIZE_TO_SPAN_PAGES(CurrentVa");
});

Deno.test("a first request beyond N is told in its own words, unless MaximumLength is a packet's or a page's", () => {
  const fails = (Length: number): string => build({ Length }, "STATUS_INSUFFICIENT_RESOURCES");
  const said = (maximumLength: number, registers: number): string[] =>
    checked([get({ MaximumLength: maximumLength }, "0xA1", registers), init(), fails(1_056_768), putAdapter()])
      .findings.map(({ severity, kind, call, message }) => `${severity} ${kind} ${call}: ${message}`);
  const build_ = "BuildScatterGatherListEx";
  assertEquals(said(1_048_576, 16), [
    `warning platform ${build_}: The first request needs more map registers than the platform grants the adapter: ` +
    "N is 16, MaximumLength is 1048576.",
  ]);
  assertEquals(said(65_536, 17), [
    `warning description ${build_}: The first request needs more map registers than the adapter may use: ` +
    "N is 17, MaximumLength is 65536.",
  ]);
  assertEquals(said(4096, 2), [
    `error undefined ${build_}: MaximumLength looks like the size of a PCIe packet or of one page, not like that of ` +
    "a transfer: the first request needs more than 2 map registers, MaximumLength is 4096.",
  ]);
});

Deno.test("the cure of a wrong level leads to the level that the routine requires [S2-21]", () => {
  const at = (irql: string, name: string): string =>
    checked([get(), on(name, { Length: 64 }, null, {}, { irql })]).findings[0]?.fix ?? "";
  assertEquals(at("PASSIVE", "FreeMapRegisters").split(" ").slice(0, 3), ["Raise", "to", "DISPATCH_LEVEL"]);
  assertEquals(at("DISPATCH", "AllocateCommonBuffer").split(":")[0], "Call it at PASSIVE_LEVEL");
});

Deno.test("a kernel routine at a wrong level has no number of the DMA verifier, and is called on its object", () => {
  const dirql = { irql: "DIRQL" };
  const [complete] = checked([call("IoCompleteRequest", { Irp: "0x91" }, undefined, {}, dirql)]).findings;
  assertEquals([complete?.rule, complete?.verifier, complete?.resource], ["IrqlTooHigh", null, "irp 0x91"]);
  const probe = { MemoryDescriptorList: "0x51", AccessMode: "UserMode" };
  const lines = [mdl({ locked: false, pool: "user" }), call("MmProbeAndLockPages", probe, undefined, {}, { irql: 2 })];
  const [locking] = checked(lines).findings;
  assertEquals([locking?.kind, locking?.verifier], ["pageable", null]);
  assertEquals(locking?.fix.includes("DPC: IoRequestDpc"), false);
});

Deno.test("a process that ends with a direct request pending: complete the request, do not unlock [S1-26, S1-29]", () => {
  const lines = [event("irp", { irp: "0x91", state: "received", mdl: "0x51" }), event("process-exit")];
  const { kind, bugcheck, fix, message } = provokes("ProcessExitWithLockedPages", lines, { line: 2 });
  assertEquals([kind, bugcheck], ["directIo", "0x76"]);
  assertEquals([fix.includes("MmUnlockPages"), message.includes("by the driver")], [false, false]);
});
