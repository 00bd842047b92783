/** Levels, requests, queues and the framework: each rule provoked, and nothing else. */
import type { Over } from "../log.ts";
import { build, BUILT, call, END, event, free, get, init, on, provokes, put, putAdapter, silent } from "../log.ts";

const at = (irql: unknown, name: string, args: Over = {}): string => on(name, args, undefined, undefined, { irql });

Deno.test("WrongIrql: a routine that requires exactly one level", () => {
  const lines = [...BUILT, at("PASSIVE", "PutScatterGatherList", { ScatterGather: "0xB1", WriteToDevice: true })];
  provokes("WrongIrql", [...lines, putAdapter()], { line: 5, verifier: "0x13", kind: "1" });
  const common = on("AllocateCommonBuffer", { Length: 64 }, null, {}, { irql: "DISPATCH" });
  provokes("WrongIrql", [get(), common, putAdapter()], { line: 2 });
});

Deno.test("IrqlTooHigh: a kernel routine above its maximum", () => {
  provokes("IrqlTooHigh", [call("IoMarkIrpPending", { Irp: "0x91" }, undefined, undefined, { irql: 5 })], {
    line: 1,
    kind: "kernel",
  });
});

Deno.test("HalCallAtDirql: a DMA routine at DIRQL, and between isr-enter and isr-leave [S2-23]", () => {
  provokes("HalCallAtDirql", [get(), at("DIRQL", "GetDmaAlignment"), putAdapter()], { line: 2 });
  const isr = (name: string): string => event(name, { channel: "h2c0", cpu: 1 });
  const inside = on("FreeAdapterObject", { AllocationAction: 3 }, undefined, undefined, { cpu: 1 });
  const lines = [get(), init(), build(), isr("isr-enter"), inside, isr("isr-leave"), ...END];
  provokes("HalCallAtDirql", lines, { line: 5 });
});

Deno.test("BadDescriptionVersion: version 9", () => {
  provokes("BadDescriptionVersion", [get({ Version: 9 }, null)], { line: 1, verifier: "0x25" });
});

Deno.test("ObsoleteHalGetAdapter: the old name", () => {
  provokes("ObsoleteHalGetAdapter", [call("HalGetAdapter", {}, "0xA1"), putAdapter()], { line: 1, verifier: "0x1E" });
});

Deno.test("MaxLengthLooksLikeTlp: 128 bytes is a packet, and the first request fails [S1-20]", () => {
  provokes("MaxLengthLooksLikeTlp", [get({ MaximumLength: 128 }), putAdapter()], { line: 1, severity: "warning" });
  const fails = build({}, "STATUS_INSUFFICIENT_RESOURCES", { reason: "perTransferLimit" });
  const lines = [get({ MaximumLength: 4096 }, "0xA1", 2), init(), fails, putAdapter()];
  provokes("MaxLengthLooksLikeTlp", lines, { line: 3, since: 1, severity: "error" });
});

Deno.test("RetryOnPermanentFailure: the third identical call [S1-15]", () => {
  const fails = build({}, "STATUS_INSUFFICIENT_RESOURCES", { reason: "perTransferLimit" });
  const lines = [get(), init(), fails, init(), fails, init(), fails, putAdapter()];
  provokes("RetryOnPermanentFailure", lines, { line: 7, since: 3 });
  silent([get(), init(), fails, init(), build({ Length: 4096 }), free(), ...END]);
  // Without a reason in the log, the length alone shows that 257 registers are not enough.
  const long = build({ Length: 2_097_152 }, "STATUS_INSUFFICIENT_RESOURCES");
  provokes("RetryOnPermanentFailure", [get(), init(), long, init(), long, init(), long, putAdapter()], {
    line: 7,
    since: 3,
  });
});

Deno.test("ResumeNeverPossible: the loop stops on a failure that no Put can cure [S0-10]", () => {
  const fails = build({ Length: 16_777_216 }, "STATUS_INSUFFICIENT_RESOURCES", { reason: "perTransferLimit" });
  provokes("ResumeNeverPossible", [...BUILT, put(), init(), fails, event("end")], { line: 8, since: 7 });
  // A request that was completed with the failure does not wait for a Put.
  const requests = [call("IoMarkIrpPending", { Irp: "0x91" }), call("IoCompleteRequest", { Irp: "0x91" })];
  silent([...BUILT, put(), init(), requests[0]!, fails, requests[1]!, putAdapter(), event("driver-unload")]);
});

Deno.test("CompletedBeforePut: the request completed while its list is live [S2-24]", () => {
  const irp = event("irp", { irp: "0x91", state: "received", mdl: "0x51" });
  const complete = call("IoCompleteRequest", { Irp: "0x91" });
  provokes("CompletedBeforePut", [get(), irp, init(), build(), free(), complete, ...END], { line: 6, since: 4 });
});

Deno.test("IrpCompletedTwice: bug check 0x44 [X-3]", () => {
  const complete = call("IoCompleteRequest", { Irp: "0x91" });
  const pending = call("IoMarkIrpPending", { Irp: "0x91" });
  provokes("IrpCompletedTwice", [pending, complete, complete], {
    line: 3,
    since: 2,
    bugcheck: "0x44",
    severity: "error",
  });
  silent([pending, complete, pending, complete]);
});

Deno.test("IrpTouchedAfterCompletion: marked pending when it is gone, in a log that tells every beginning", () => {
  const lines = [event("irp", { irp: "0x91", state: "received" }), call("IoCompleteRequest", { Irp: "0x91" })];
  provokes("IrpTouchedAfterCompletion", [...lines, call("IoMarkIrpPending", { Irp: "0x91" })], { line: 3, since: 2 });
});

const QUEUES = [
  event("queue", { list: "0x71", role: "work", channel: "h2c0" }),
  event("queue", { list: "0x72", role: "waiting", channel: "h2c0" }),
  event("queue", { list: "0x73", role: "ready", channel: "h2c0" }),
];
const insert = (list: string, entry: string, over: Over = {}): string =>
  call("ExInterlockedInsertTailList", { ListHead: list, ListEntry: entry, Lock: "0x79", ...over }, null);
const remove = (list: string, entry: string | null): string =>
  call("ExInterlockedRemoveHeadList", { ListHead: list, Lock: "0x79" }, entry);

Deno.test("MixedListDiscipline: ordinary and interlocked on one list, and two locks [S2-19]", () => {
  const plain = call("InsertTailList", { ListHead: "0x71", ListEntry: "0x92" });
  provokes("MixedListDiscipline", [insert("0x71", "0x91"), plain], { line: 2, since: 1 });
  provokes("MixedListDiscipline", [insert("0x71", "0x91"), insert("0x71", "0x92", { Lock: "0x78" })], {
    line: 2,
    since: 1,
  });
});

Deno.test("ProgramBeforeEnqueue: the doorbell before the insert, and not inside the ISR [S2-22]", () => {
  const doorbell = event("doorbell", { channel: "h2c0", sgl: "0xB1" });
  const late = [doorbell, insert("0x72", "0x91")];
  provokes("ProgramBeforeEnqueue", [...QUEUES, ...BUILT, ...late, ...END], { line: 8 });
  const isr = (name: string): string => event(name, { channel: "h2c0" });
  silent([...QUEUES, ...BUILT, isr("isr-enter"), ...late, isr("isr-leave"), ...END]);
});

Deno.test("ProgramBeforeEnqueue: which processor runs the ISR matters only where the lines tell it [S2-22]", () => {
  const at = (name: string, cpu?: number, sgl?: string): string => event(name, { channel: "h2c0", cpu, sgl });
  const late = insert("0x72", "0x91");
  for (const [isr, bell] of [[0, undefined], [undefined, 0], [0, 0]]) {
    const inside = [at("isr-enter", isr), at("doorbell", bell, "0xB1"), late, at("isr-leave", isr)];
    silent([...QUEUES, ...BUILT, ...inside, ...END]);
  }
  // Two ISRs at a time, and nobody tells where.
  const other = (name: string): string => event(name, { channel: "c2h0" });
  const [enter, leave] = [at("isr-enter"), at("isr-leave")];
  const nested = [enter, other("isr-enter"), other("isr-leave"), at("doorbell", undefined, "0xB1"), late, leave];
  silent([...QUEUES, ...BUILT, ...nested, ...END]);
  const elsewhere = [at("isr-enter", 0), at("doorbell", 1, "0xB1"), late, at("isr-leave", 0)];
  provokes("ProgramBeforeEnqueue", [...QUEUES, ...BUILT, ...elsewhere, ...END], { line: 9 });
  // An ISR that has ended is no excuse, whichever of its two lines tells the processor.
  for (const [enter, leave] of [[0, undefined], [undefined, 0], [0, 0], [undefined, undefined]]) {
    const behind = [at("isr-enter", enter), at("isr-leave", leave), at("doorbell", 0, "0xB1"), late];
    provokes("ProgramBeforeEnqueue", [...QUEUES, ...BUILT, ...behind, ...END], { line: 10 });
  }
});

Deno.test("MixedListDiscipline: ordinary routines on a list that an ISR uses [S2-19]", () => {
  const plain = (name: string, irql: string, ListHead = "0x75"): string =>
    call(name, { ListHead, ListEntry: "0x92" }, undefined, undefined, { irql });
  const isr = (name: string): string => event(name, { channel: "h2c0" });
  const [inserted, removed] = [plain("InsertTailList", "DIRQL"), plain("RemoveHeadList", "DISPATCH")];
  const inside = [isr("isr-enter"), inserted, isr("isr-leave")];
  provokes("MixedListDiscipline", [...inside, removed, removed], { line: 4, since: 2, kind: "isr" });
  // Outside of ISRs a lock of the driver's own may do; under the interrupt's lock it runs at DIRQL.
  silent([plain("InsertTailList", "DISPATCH"), removed]);
  silent([...inside, plain("RemoveHeadList", "DIRQL")]);
  silent([plain("InsertTailList", "PASSIVE"), ...inside]);
});

Deno.test("IrpTouchedAfterCompletion: the LIST_ENTRY of a completed request is queued again [X-3]", () => {
  const received = event("irp", { irp: "0x91", state: "received", entry: "0x95" });
  const lines = [received, insert("0x71", "0x95"), remove("0x71", "0x95"), call("IoCompleteRequest", { Irp: "0x91" })];
  provokes("IrpTouchedAfterCompletion", [...lines, insert("0x71", "0x95")], { line: 5, since: 4 });
  silent([...lines, received, insert("0x71", "0x95")]);
  silent([...lines, event("irp", { irp: "0x90", state: "received", entry: "0x95" }), insert("0x71", "0x95")]);
});

Deno.test("LostWakeup: the device idle, work queued, the log at its end [S2-22]", () => {
  const started = [
    event("doorbell", { channel: "h2c0", sgl: "0xB1" }),
    event("device-done", { channel: "h2c0", sgl: "0xB1" }),
  ];
  const lines = [...QUEUES, ...BUILT, ...started, put(), insert("0x71", "0x91"), putAdapter(), event("end")];
  provokes("LostWakeup", lines, { line: 13, since: 11 });
});

Deno.test("DpcHandledOne: one taken, others left, no further DPC [S2-24]", () => {
  const dpc = (name: string): string => event(name, { channel: "h2c0", cpu: 0 });
  const queued = [insert("0x73", "0x91"), insert("0x73", "0x92"), call("IoRequestDpc", { DeviceObject: "0xD0" })];
  const onCpu = call("ExInterlockedRemoveHeadList", { ListHead: "0x73", Lock: "0x79" }, "0x91", undefined, { cpu: 0 });
  provokes("DpcHandledOne", [...QUEUES, ...queued, dpc("dpc-enter"), onCpu, dpc("dpc-leave")], { line: 9, since: 5 });
  silent([...QUEUES, ...queued, dpc("dpc-enter"), onCpu, remove("0x73", "0x92"), dpc("dpc-leave")]);
});

Deno.test("SingleTransferNeedsV3: a single-transfer enabler with version 2 [S1-19]", () => {
  const Config = { Profile: "WdfDmaProfilePacket64", MaximumLength: 65_536, Flags: 2, WdmDmaVersionOverride: 2 };
  provokes("SingleTransferNeedsV3", [call("WdfDmaEnablerCreate", { Config }, "STATUS_INVALID_PARAMETER")], { line: 1 });
  silent([call("WdfDmaEnablerCreate", { Config: { ...Config, WdmDmaVersionOverride: 3 } }, "STATUS_SUCCESS")]);
});

Deno.test("WdfTransactionWrongState: Execute twice, bug check 0x10D", () => {
  const wdf = (name: string, ret: unknown = "STATUS_SUCCESS", out?: Over): string =>
    call(`WdfDmaTransaction${name}`, { DmaTransaction: "0x88" }, ret, out);
  const made = call("WdfDmaTransactionCreate", { DmaEnabler: "0x87" }, "STATUS_SUCCESS", { DmaTransaction: "0x88" });
  const lines = [made, wdf("Initialize"), wdf("Execute")];
  provokes("WdfTransactionWrongState", [...lines, wdf("Execute")], { line: 4, bugcheck: "0x10D", kind: "4" });
  silent([...lines, wdf("DmaCompleted", false), wdf("DmaCompleted", true), wdf("Release"), wdf("Initialize")]);
});
