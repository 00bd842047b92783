/** The Classic model and common buffers: each rule provoked, and nothing else. */
import { assert, assertEquals } from "@std/assert";
import {
  checked,
  classic,
  event,
  flush,
  free,
  freeRegisters,
  get,
  map,
  mdl,
  on,
  provokes,
  putAdapter,
} from "../log.ts";

const HEAD: readonly string[] = [get(), mdl()];
const GRANTED: readonly string[] = [...HEAD, ...classic()];

Deno.test("MapRegistersDoubleFree: FreeMapRegisters twice", () => {
  const lines = [...GRANTED, freeRegisters(), freeRegisters(), putAdapter()];
  provokes("MapRegistersDoubleFree", lines, { line: 7, since: 6, verifier: "0x05" });
});

Deno.test("PutAdapterWithMapRegisters: registers kept when the adapter is put", () => {
  provokes("PutAdapterWithMapRegisters", [...GRANTED, putAdapter()], { line: 6, since: 3, verifier: "0x09" });
});

Deno.test("TooManyRegistersAtOnce: more than IoGetDmaAdapter granted", () => {
  const asks = on("AllocateAdapterChannel", { NumberOfMapRegisters: 300 }, "STATUS_INSUFFICIENT_RESOURCES");
  provokes("TooManyRegistersAtOnce", [get(), asks, putAdapter()], { line: 2, since: 1, verifier: "0x0C" });
});

Deno.test("RegisterLimitExceeded: two allocations together", () => {
  const second = classic(200, "DeallocateObject", "0xE2");
  const lines = [get(), ...classic(200), ...second, freeRegisters({ NumberOfMapRegisters: 200 }), putAdapter()];
  provokes("RegisterLimitExceeded", lines, { line: 5, since: 2, verifier: "0x15" });
});

Deno.test("MissingFlush: more mapped than was allocated, and the IRP completed without a flush", () => {
  const third = map({ CurrentVa: "0x8000" });
  const lines = [
    get(),
    mdl({ byteCount: 16384 }),
    ...classic(1),
    map(),
    third,
    flush(),
    flush({ CurrentVa: "0x8000" }),
  ];
  provokes("MissingFlush", [...lines, freeRegisters({ NumberOfMapRegisters: 1 }), putAdapter()], { line: 7, since: 6 });
  const irp = [get(), event("irp", { irp: "0x91", state: "received", mdl: "0x51" }), ...classic(), map()];
  const ends = [on("IoCompleteRequest", { Irp: "0x91" })];
  provokes("MissingFlush", [...irp, ...ends, flush(), freeRegisters(), putAdapter()], { line: 7, since: 6 });
});

Deno.test("FreeWhileMapped: FreeMapRegisters before the flush", () => {
  provokes("FreeWhileMapped", [...GRANTED, map(), freeRegisters(), putAdapter()], {
    line: 7,
    since: 6,
    verifier: "0x10",
  });
});

Deno.test("FlushUnmappedBuffer: a flush without a mapping, and a second one", () => {
  provokes("FlushUnmappedBuffer", [...GRANTED, flush(), freeRegisters(), putAdapter()], { line: 6, verifier: "0x16" });
  provokes("FlushUnmappedBuffer", [...GRANTED, map(), flush(), flush(), freeRegisters(), putAdapter()], { line: 8 });
});

Deno.test("FlushUnmappedRegister: a flush with another base", () => {
  const wrong = flush({ MapRegisterBase: "0xE7" });
  const lines = [...GRANTED, map(), wrong, flush(), freeRegisters(), putAdapter()];
  provokes("FlushUnmappedRegister", lines, { line: 7, verifier: "0x20" });
});

Deno.test("MapFlushMismatch: a flush of another range", () => {
  const lines = [...GRANTED, map(), flush({ CurrentVa: "0x7800" }), freeRegisters(), putAdapter()];
  provokes("MapFlushMismatch", lines, { line: 7, since: 6 });
});

Deno.test("FlushPastRegisterFile: a flush longer than what was mapped", () => {
  const lines = [...GRANTED, map(), flush({ Length: 8192 }), freeRegisters(), putAdapter()];
  provokes("FlushPastRegisterFile", lines, { line: 7, since: 6, verifier: "0x00" });
});

Deno.test("FlushDirectionMismatch: a flush in the other direction", () => {
  const lines = [...GRANTED, map(), flush({ WriteToDevice: false }), freeRegisters(), putAdapter()];
  provokes("FlushDirectionMismatch", lines, { line: 7, since: 6, linux: "L16" });
});

Deno.test("RangeAlreadyMapped: the same range twice without a flush", () => {
  const lines = [...GRANTED, map(), map(), flush(), freeRegisters(), putAdapter()];
  provokes("RangeAlreadyMapped", lines, { line: 7, since: 6, verifier: "0x1D" });
});

Deno.test("RegisterBaseUnknown: a NULL base freed, and one of nobody", () => {
  const granted = [get(), ...classic(2, "DeallocateObject")];
  const wrong = freeRegisters({ MapRegisterBase: null });
  provokes("RegisterBaseUnknown", [...granted, wrong, putAdapter()], { line: 5 });
  provokes("RegisterBaseUnknown", [...granted, freeRegisters({ MapRegisterBase: "0xE8" }), putAdapter()], { line: 5 });
});

Deno.test("FreeSizeMismatch: another number of registers, another length", () => {
  const lines = [...GRANTED, freeRegisters({ NumberOfMapRegisters: 1 }), putAdapter()];
  provokes("FreeSizeMismatch", lines, { line: 6, since: 3, linux: "L6" });
});

Deno.test("SecondChannelInAdapterControl: AllocateAdapterChannel inside AdapterControl [S2-11]", () => {
  const [asks, enter, leave] = classic(2, "DeallocateObject");
  const nested = on("AllocateAdapterChannel", { DeviceObject: "0xD0", NumberOfMapRegisters: 1 }, "0xC000009A");
  const lines = [get(), asks!, enter!, nested, leave!, putAdapter()];
  provokes("SecondChannelInAdapterControl", lines, { line: 4, since: 2 });
});

Deno.test("FlushRunningChannel: a system-DMA channel flushed before its completion routine", () => {
  const completed = event("routine-enter", { routine: "DmaCompletionRoutine", adapter: "0xA1" });
  const granted = [get({ Master: false }), mdl(), ...classic()];
  const lines = [...granted, map(), flush(), completed, freeRegisters(), putAdapter()];
  provokes("FlushRunningChannel", lines, { line: 7, since: 6, verifier: "0x23" });
});

Deno.test("NonContiguousMappedAsSingle: one descriptor for more than MapTransfer mapped", () => {
  const descriptors = [["0x10000000", 8192]];
  const long = map({ Length: 8192 });
  const written = event("descriptors-written", { channel: "h2c0", descriptors });
  const lines = [...GRANTED, long, written, flush(), freeRegisters(), putAdapter()];
  provokes("NonContiguousMappedAsSingle", lines, { line: 7, since: 6 });
});

Deno.test("ChannelDoubleFree: a kept channel freed twice with FreeAdapterObject", () => {
  const kept = [get(), ...classic(2, "KeepObject"), free("DeallocateObject"), free("DeallocateObject"), putAdapter()];
  provokes("ChannelDoubleFree", kept, { line: 6 });
});

const COMMON = { Length: 4096, CacheEnabled: true };
const ALLOCATED = on("AllocateCommonBuffer", COMMON, "0xFFFF8000", { LogicalAddress: "0x30000000" });
const freed = (over = {}): string =>
  on("FreeCommonBuffer", { ...COMMON, LogicalAddress: "0x30000000", VirtualAddress: "0xFFFF8000", ...over });

Deno.test("CommonBufferDoubleFree: a common buffer freed twice", () => {
  provokes("CommonBufferDoubleFree", [get(), ALLOCATED, freed(), freed(), putAdapter()], { line: 4, verifier: "0x03" });
});

Deno.test("SglNotFromThisAdapter: a common buffer freed with another adapter names both", () => {
  const other = { DmaAdapter: "0xA2" };
  const lines = [get(), get({}, "0xA2"), ALLOCATED, freed(other), putAdapter(), on("PutDmaAdapter", other)];
  const { message } = provokes("SglNotFromThisAdapter", lines, { line: 4, since: 3, kind: "common-buffer" });
  assert(message.endsWith("allocated with adapter 0xa1, freed with adapter 0xa2."), message);
});

Deno.test("PutAdapterWithCommonBuffers: a common buffer left", () => {
  provokes("PutAdapterWithCommonBuffers", [get(), ALLOCATED, putAdapter()], { line: 3, since: 2, verifier: "0x07" });
});

Deno.test("DeviceRemovedWithDma: the driver unloads with a common buffer", () => {
  provokes("DeviceRemovedWithDma", [get(), ALLOCATED, event("driver-unload")], { line: 3, since: 2, linux: "L3" });
});

Deno.test("FreeVaMismatch: a common buffer freed with another address", () => {
  const wrong = freed({ LogicalAddress: "0x30001000" });
  provokes("FreeVaMismatch", [get(), ALLOCATED, wrong, putAdapter()], { line: 3, since: 2, linux: "L8" });
});

Deno.test("CommonBufferVectorMisuse: freed with buffers left, index out of range", () => {
  const args = { NumberOfElements: 2, SizeOfElements: 4096 };
  const vector = on("AllocateCommonBufferVector", args, "STATUS_SUCCESS", { VectorOut: "0x99" });
  const gone = on("FreeCommonBufferVector", { Vector: "0x99" });
  provokes("CommonBufferVectorMisuse", [get(), vector, gone, putAdapter()], { line: 3, kind: "2", bugcheck: "0x1DC" });
  const beyond = on("GetCommonBufferFromVectorByIndex", { Vector: "0x99", Index: 2 });
  const all = [0, 1].map((Index) => on("FreeCommonBufferFromVector", { Vector: "0x99", Index }));
  provokes("CommonBufferVectorMisuse", [get(), vector, beyond, ...all, gone, putAdapter()], { line: 3, kind: "3" });
});

Deno.test("DmaOnUnlockedBuffer: a MapTransfer that maps nothing, and the flush behind it follows as a note", () => {
  const lines = [
    get(),
    mdl({ locked: false }),
    ...classic(2),
    map({}, "0x0", 0),
    flush(),
    freeRegisters(),
    putAdapter(),
  ];
  const report = checked(lines);
  assertEquals(report.findings.map(({ severity, rule, line }) => `${severity} ${rule} ${line}`), [
    "error DmaOnUnlockedBuffer 6",
    "note FlushUnmappedBuffer 7",
  ]);
  provokes("DmaOnUnlockedBuffer", lines, { line: 6 });
});
