/** Lists, contexts and the channel of an adapter: each rule provoked, and nothing else. */
import { assertEquals } from "@std/assert";
import {
  build,
  buildLater,
  BUILT,
  checked,
  END,
  event,
  free,
  get,
  init,
  on,
  provokes,
  put,
  putAdapter,
} from "../log.ts";

Deno.test("SglDoublePut: a list put twice [S0-2]", () => {
  provokes("SglDoublePut", [...BUILT, put(), put(), putAdapter()], {
    line: 6,
    since: 5,
    verifier: "0x06",
    state: "put",
  });
});

Deno.test("PutAdapterWithSgl: the leaked list and the blue screen at unload [S0-2]", () => {
  const lines = [...BUILT, putAdapter(), event("driver-unload")];
  provokes("PutAdapterWithSgl", lines, { line: 5, since: 3, verifier: "0x0A", severity: "error" });
});

Deno.test("PutAdapterWithChannel: FreeAdapterObject forgotten, the list put [S0-2]", () => {
  const lines = [get(), init(), build(), put(), putAdapter()];
  provokes("PutAdapterWithChannel", lines, { line: 5, since: 3 });
  const note = checked(lines).findings.find(({ rule }) => rule === "ChannelNeverFreed");
  assertEquals([note?.severity, note?.expected], ["note", ["FreeAdapterObject"]]);
});

Deno.test("MissingPut: a list never put, and the driver unloads [S0-3]", () => {
  provokes("MissingPut", [...BUILT, event("driver-unload")], { line: 5, since: 3 });
  provokes("MissingPut", [...BUILT, event("end")], { line: 5, since: 3 });
});

Deno.test("AdapterNotPut: the driver unloads without PutDmaAdapter [S0-5]", () => {
  provokes("AdapterNotPut", [...BUILT, put(), event("driver-unload")], { line: 6, since: 1 });
});

Deno.test("AdapterRefLeak: an asynchronous request still waits when the adapter is put", () => {
  const traced = [event("routine-enter", { routine: "AdapterListControl", adapter: "0xA2", sgl: "0xB9" })];
  provokes("AdapterRefLeak", [get(), ...traced, init(), buildLater(), putAdapter()], { line: 5, since: 4 });
});

Deno.test("a request that waits behind a held channel is AdapterRefLeak, also where no routine is traced", () => {
  const over = { DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2" };
  const held = [get(), init(), init({ DmaTransferContext: "0xC2" }), build(), buildLater(over), put(), putAdapter()];
  const rules = checked(held).findings.filter(({ severity }) => severity === "error").map(({ rule }) => rule);
  assertEquals(rules, ["AdapterRefLeak", "PutAdapterWithChannel"]);
  // Asked before the holder, it was granted before him, unseen.
  const unseen = [get(), init({ DmaTransferContext: "0xC2" }), buildLater(over), init(), build(), free(), put()];
  provokes("PutAdapterWithSgl", [...unseen, putAdapter()], { line: 8, since: 3 });
});

Deno.test("ChannelOverlap: the second Build before FreeAdapterObject [S0-12]", () => {
  const second = build({ DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2" }, "STATUS_INSUFFICIENT_RESOURCES");
  const lines = [get(), init(), init({ DmaTransferContext: "0xC2" }), build(), second, free(), ...END];
  provokes("ChannelOverlap", lines, { line: 5, since: 4, verifier: "0x0B", state: "live.heldByList" });
});

Deno.test("ChannelOverlap: it leads also where the holder's context is used again", () => {
  provokes("ChannelOverlap", [get(), init(), build(), put(), build(), free(), ...END], { line: 5, since: 3 });
  provokes("ChannelOverlap", [get(), init(), build(), put(), init(), build(), free(), ...END], { line: 6, since: 3 });
});

Deno.test("ChannelNeverFreed: no FreeAdapterObject and no second Build before the end [S0-4]", () => {
  provokes("ChannelNeverFreed", [get(), init(), build(), put(), event("end")], { line: 5, since: 3 });
});

Deno.test("ChannelDoubleFree: FreeAdapterObject twice, and after the form with a routine [S0-4]", () => {
  provokes("ChannelDoubleFree", [...BUILT, free(), ...END], { line: 5, verifier: "0x04" });
  const withRoutine = build({ ExecutionRoutine: "0xF1" });
  provokes("ChannelDoubleFree", [get(), init(), withRoutine, free(), ...END], { line: 4 });
});

Deno.test("FreeWithoutGrant: FreeAdapterObject right after a failed Build is a warning", () => {
  const lines = [get(), init(), build({}, "0xC000009A"), free(), putAdapter()];
  provokes("FreeWithoutGrant", lines, { line: 4, severity: "warning" });
});

Deno.test("FreeAdapterObjectKeepObject: the action that does nothing [S0-4]", () => {
  const lines = [get(), init(), build(), free(1), free(3), ...END];
  provokes("FreeAdapterObjectKeepObject", lines, { line: 4, since: 3 });
});

Deno.test("RegistersFreedUnderSgl: DeallocateObject under a live list [S0-4]", () => {
  const lines = [get(), init(), build(), free("DeallocateObject"), ...END];
  provokes("RegistersFreedUnderSgl", lines, { line: 4, since: 3 });
});

Deno.test("TransferContextNotReinitialised: a context for two transactions [S0-8]", () => {
  const lines = [...BUILT, put(), build(), free(), ...END];
  provokes("TransferContextNotReinitialised", lines, { line: 6, severity: "error", state: "spent" });
});

Deno.test("TransferContextNotInitialised: a Build with a raw context [S0-8]", () => {
  provokes("TransferContextNotInitialised", [get(), build(), free(), ...END], { line: 2 });
});

Deno.test("TransferContextBusy: one context for two requests in flight [S0-8]", () => {
  const second = buildLater({ ScatterGatherBuffer: "0xB2", WriteToDevice: true });
  const ran = (sgl: string): string[] => [
    event("routine-enter", { routine: "AdapterListControl", adapter: "0xA1", sgl }),
    event("routine-leave", { routine: "AdapterListControl", adapter: "0xA1" }),
  ];
  const lines = [
    get(),
    init(),
    buildLater(),
    second,
    ...ran("0xB1"),
    ...ran("0xB2"),
    put(),
    put({ ScatterGather: "0xB2" }),
  ];
  provokes("TransferContextBusy", [...lines, putAdapter()], { line: 4, since: 3 });
});

Deno.test("TransferContextBusy: initialised under its own transaction", () => {
  provokes("TransferContextBusy", [get(), init(), build(), init(), free(), ...END], { line: 4, since: 3 });
});

Deno.test("SglBufferInUse: a Build into the buffer of a live list", () => {
  provokes("SglBufferInUse", [...BUILT, init(), build(), free(), ...END], { line: 6, since: 3 });
});

Deno.test("PutBeforeCallback: put before the execution routine ran", () => {
  const traced = event("routine-enter", { routine: "AdapterListControl", adapter: "0xA9", sgl: "0xB9" });
  provokes("PutBeforeCallback", [get(), traced, init(), buildLater(), put(), putAdapter()], { line: 5, since: 4 });
  const ran = ["routine-enter", "routine-leave"]
    .map((name) => event(name, { routine: "AdapterListControl", adapter: "0xA1", sgl: "0xB1" }));
  provokes("PutBeforeCallback", [get(), init(), buildLater(), put(), ...ran, putAdapter()], { line: 4, since: 3 });
});

Deno.test("PutDirectionMismatch: Build to the device, Put from it", () => {
  provokes("PutDirectionMismatch", [...BUILT, put({ WriteToDevice: false }), putAdapter()], { line: 5, linux: "L10" });
});

Deno.test("PutUnknown: a list that nobody built", () => {
  provokes("PutUnknown", [get(), put({ ScatterGather: "0xB7" }), putAdapter()], { line: 2, since: null });
});

Deno.test("SglNotFromThisAdapter: put with another adapter", () => {
  const lines = [get(), get({}, "0xA2"), init(), build(), free(), put({ DmaAdapter: "0xA2" }), putAdapter()];
  provokes("SglNotFromThisAdapter", [...lines, on("PutDmaAdapter", { DmaAdapter: "0xA2" })], { line: 6, since: 4 });
});

Deno.test("FreeOfFailedMapping: Put after a Build that failed", () => {
  const lines = [get(), init(), build({}, "STATUS_INSUFFICIENT_RESOURCES"), put(), putAdapter()];
  provokes("FreeOfFailedMapping", lines, { line: 4, since: 3, linux: "L4" });
});

Deno.test("FreeWithWrongFunction: FreeMapRegisters on a list", () => {
  const wrong = on("FreeMapRegisters", { MapRegisterBase: "0xB1", NumberOfMapRegisters: 2 });
  provokes("FreeWithWrongFunction", [...BUILT, wrong, ...END], { line: 5, since: 3 });
});

Deno.test("UseAfterPutAdapter: a call on an adapter that was put", () => {
  provokes("UseAfterPutAdapter", [...BUILT, put(), putAdapter(), init()], { line: 7, since: 6, verifier: "0x18" });
});

Deno.test("NullAdapter: a routine with a NULL adapter", () => {
  provokes("NullAdapter", [init({ DmaAdapter: null })], { line: 1, verifier: "0x19" });
});

Deno.test("OperationNotInGrantedVersion: an Ex routine of a version 2 adapter", () => {
  provokes("OperationNotInGrantedVersion", [get({ Version: 2 }), init(), putAdapter()], { line: 2, since: 1 });
});

Deno.test("OverlappingDeviceWrites: two live lists let the device write the same bytes", () => {
  const read = { WriteToDevice: false };
  const second = { ...read, DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2" };
  const lines = [get(), init(), build(read), free(), init({ DmaTransferContext: "0xC2" }), build(second), free()];
  const out = [put(read), put({ ...read, ScatterGather: "0xB2" }), putAdapter()];
  provokes("OverlappingDeviceWrites", [...lines, ...out], { line: 6, since: 3, linux: "L1" });
});

Deno.test("MappingLeakSuspected: the same bytes mapped nine times at a time", () => {
  const lines = [get()];
  for (let number = 0; number < 9; number++) {
    const context = { DmaTransferContext: `0xC${number}` };
    lines.push(init(context), build({ ...context, ScatterGatherBuffer: `0xB${number}` }), free());
  }
  provokes("MappingLeakSuspected", lines, { line: 27, severity: "warning", linux: "L2" });
});

Deno.test("ElementCrossesBoundary: an element across the device's 4 GiB", () => {
  const elements = [["0xFFFFF000", 8192]];
  const lines = [get({ DmaAddressWidth: 32 }), init(), build({}, "STATUS_SUCCESS", { elements }), free(), ...END];
  provokes("ElementCrossesBoundary", lines, { line: 3, linux: "L21" });
});

Deno.test("PagedSglBuffer: the list buffer is paged [S1-33]", () => {
  const paged = event("memory", { va: "0xB0", length: 4096, pool: "paged" });
  provokes("PagedSglBuffer", [get(), init(), paged, build(), free(), ...END], { line: 4, since: 3, bugcheck: "0xD1" });
});
