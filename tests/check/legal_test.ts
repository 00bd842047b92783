/** What looks odd and is legal: at most a note, or a warning where the catalogue says so. */
import { assertEquals } from "@std/assert";
import {
  build,
  buildLater,
  BUILT,
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
  put,
  putAdapter,
  silent,
} from "./log.ts";

const ran = (sgl = "0xB1"): string[] => [
  event("routine-enter", { routine: "AdapterListControl", adapter: "0xA1", sgl, elements: [["0x10000000", 8192]] }),
  event("routine-leave", { routine: "AdapterListControl", adapter: "0xA1" }),
];

Deno.test("the recipe of four calls is clean, also when 24 lists are out at a time [S0-9, S0-16]", () => {
  silent([...BUILT, ...END]);
  const names = Array.from({ length: 24 }, (_, number) => number.toString(16));
  const over = (name: string) => ({
    DmaTransferContext: `0xC${name}`,
    ScatterGatherBuffer: `0xB${name}`,
    Mdl: `0x5${name}`,
  });
  const built = names.flatMap((name) => [init(over(name)), build(over(name)), free()]);
  silent([get(), ...built, ...names.map((name) => put({ ScatterGather: `0xB${name}` })), putAdapter()]);
});

Deno.test("Put before FreeAdapterObject is legal", () => {
  silent([get(), init(), build(), put(), free(), putAdapter(), event("driver-unload")]);
});

Deno.test("an asynchronous Build behind a synchronous holder waits, and that is no overlap", () => {
  const later = buildLater({ DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2" });
  const second = init({ DmaTransferContext: "0xC2" });
  silent([
    get(),
    init(),
    build(),
    second,
    later,
    free(),
    ...ran("0xB2"),
    put(),
    put({ ScatterGather: "0xB2" }),
    putAdapter(),
  ]);
});

Deno.test("the lines of a callback may stand before or after the line of its call", () => {
  const later = buildLater();
  silent([get(), init(), later, ...ran(), ...END]);
  silent([get(), init(), ...ran(), later, ...END]);
  const inside = build({ ExecutionRoutine: "0xF1" });
  silent([get(), init(), inside, ...ran(), ...END]);
  silent([get(), init(), ...ran(), inside, ...END]);
  silent([get(), init(), later, ...END]);
  // Routines untraced, and the asynchronous list put while a synchronous one holds the channel.
  const other = { DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2", Mdl: "0x52" };
  const behind = [get(), init(), build(), init(other), buildLater(other), put({ ScatterGather: "0xB2" }), free()];
  silent([...behind, ...END]);
});

Deno.test("a log of calls only never guesses when a routine ran", () => {
  const hal = { Mdl: "0x51", Offset: 0, Length: 4096, ExecutionRoutine: "0xF1", WriteToDevice: true, Flags: 0 };
  const getList = on("GetScatterGatherListEx", { ...hal, DmaTransferContext: "0xC1" }, "STATUS_SUCCESS");
  silent([
    get(),
    init(),
    getList,
    put({ ScatterGather: "0xB9" }),
    init(),
    getList,
    put({ ScatterGather: "0xB9" }),
    putAdapter(),
  ]);
  const [allocate] = classic();
  silent([get(), mdl(), map(), allocate!, flush(), freeRegisters(), putAdapter()]);
  silent([get(), mdl(), allocate!, map(), flush(), freeRegisters(), putAdapter()]);
});

Deno.test("one flush may cover several MapTransfers of an allocation", () => {
  const second = map({ CurrentVa: "0x8000" }, "0x20000000");
  const lines = [get(), mdl(), ...classic(), map(), second, flush({ Length: 8192 }), freeRegisters(), putAdapter()];
  silent(lines);
});

Deno.test("a NULL map-register base is legal where the HAL handed it out, and holds nothing", () => {
  const granted = classic(2, "DeallocateObjectKeepRegisters", null);
  const base = { MapRegisterBase: null };
  silent([get(), mdl(), ...granted, map(base), flush(base), putAdapter(), event("driver-unload")]);
});

Deno.test("KMDF uses a context again inside a transaction: a warning in its profile, an error else", () => {
  const lines = [...BUILT, put(), build(), free(), ...END];
  assertEquals(checked(lines, { profile: "kmdf" }).findings.map(({ severity }) => severity), ["warning"]);
  assertEquals(checked(lines, { profile: "s0" }).findings.map(({ severity }) => severity), ["error"]);
});

Deno.test("addresses are used again after the end of a life", () => {
  silent([...BUILT, put(), putAdapter(), ...BUILT, put(), putAdapter()]);
  const common = on("AllocateCommonBuffer", { Length: 64 }, "0xFF00", { LogicalAddress: "0x3000" });
  const gone = on("FreeCommonBuffer", { Length: 64, VirtualAddress: "0xFF00", LogicalAddress: "0x3000" });
  silent([get(), common, gone, common, gone, putAdapter()]);
});

Deno.test("an adapter obtained again without its end in the log begins anew", () => {
  silent([...BUILT, get(), put(), init(), build(), free(), ...END]);
});

Deno.test("a log that starts in the middle of a run is given the benefit of the doubt", () => {
  silent([put({ ScatterGather: "0xB8" }), free(), init(), build(), free(), ...END]);
  silent([free(), flush(), freeRegisters(), putAdapter()]);
  silent([call("IoCompleteRequest", { Irp: "0x91" }), call("MmUnlockPages", { MemoryDescriptorList: "0x51" })]);
});

Deno.test("leaks are not concluded at the plain end of the file", () => {
  silent(BUILT);
  silent([get(), init(), build()]);
});

Deno.test("missing parameters decide nothing", () => {
  silent([
    call("PutScatterGatherList"),
    call("FreeAdapterObject", { DmaAdapter: "0xA1" }),
    on("MapTransfer"),
    on("FreeMapRegisters"),
  ]);
  silent([get(), on("BuildScatterGatherListEx", {}, "STATUS_SUCCESS"), on("FreeAdapterObject")]);
});

Deno.test("several adapters interleave the recipe [S0-13]", () => {
  const other = { DmaAdapter: "0xA2", DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2", Mdl: "0x52" };
  const two = [get(), get({}, "0xA2"), init(), init(other), build(), build(other), free()];
  const out = [on("FreeAdapterObject", { DmaAdapter: "0xA2", AllocationAction: 3 }), put()];
  silent([
    ...two,
    ...out,
    put({ DmaAdapter: "0xA2", ScatterGather: "0xB2" }),
    putAdapter(),
    on("PutDmaAdapter", { DmaAdapter: "0xA2" }),
  ]);
});

Deno.test("what follows from a reported misuse is a note", () => {
  const kept = checked([get(), init(), build(), free("KeepObject"), put(), putAdapter()]).findings;
  assertEquals(kept.map(({ rule, severity }) => `${severity} ${rule}`), [
    "error FreeAdapterObjectKeepObject",
    "note PutAdapterWithChannel",
    "note ChannelNeverFreed",
  ]);
  const swapped = checked([...BUILT, putAdapter(), put()]).findings;
  assertEquals(swapped.map(({ rule, severity }) => `${severity} ${rule}`), [
    "error PutAdapterWithSgl",
    "note UseAfterPutAdapter",
  ]);
});

Deno.test("the oddities that documentation and framework contradict each other in are warned of at most [X-6]", () => {
  const worst = (lines: readonly string[], options = {}): string => {
    const found = checked(lines, options).findings.filter(({ severity }) => severity !== "note");
    return found.map(({ severity, rule }) => `${severity} ${rule}`).join();
  };
  // Put before FreeAdapterObject, as NetAdapterCx does on its error path.
  assertEquals(worst([get(), init(), build(), put(), free(), putAdapter()]), "");
  // FreeAdapterObject although the Build failed, as it does too.
  const failed = build({}, "STATUS_INSUFFICIENT_RESOURCES", { reason: "poolExhausted" });
  assertEquals(worst([get(), init(), failed, free(), putAdapter()]), "warning FreeWithoutGrant");
  // One context for the transfers of a transaction, as KMDF uses it.
  const reused = [...BUILT, put(), build(), free(), put(), putAdapter()];
  assertEquals(worst(reused, { profile: "kmdf" }), "warning TransferContextNotReinitialised");
  // System DMA that ends with FreeAdapterObject(KeepObject), which has no effect.
  const asked = { DeviceObject: "0xD0", DmaTransferContext: "0xC1", NumberOfMapRegisters: 1, Flags: 1 };
  const allocate = on("AllocateAdapterChannelEx", asked, "STATUS_SUCCESS", { MapRegisterBase: "0xE1" });
  const system = [get({ Master: false }), init(), allocate, free("KeepObject"), free("DeallocateObject"), putAdapter()];
  assertEquals(worst(system), "");
  // The version 3 pattern that ends with FreeAdapterChannel.
  assertEquals(worst([get(), init(), allocate, on("FreeAdapterChannel"), putAdapter()]), "");
  // A base and a routine in one call.
  const both = on("AllocateAdapterChannelEx", { ...asked, ExecutionRoutine: "0xF1" }, "STATUS_SUCCESS", {
    MapRegisterBase: null,
  });
  assertEquals(worst([get(), init(), both, putAdapter()]), "");
});
