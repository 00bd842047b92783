/**
 * A tracer may write a line when the call is made or when it returns. What ran inside the call then stands behind it or
 * before it, and neither is a misuse.
 */
import { assertEquals } from "@std/assert";
import {
  build,
  buildLater,
  BUILT,
  call,
  checked,
  classic,
  event,
  free,
  freeRegisters,
  get,
  init,
  on,
  provokes,
  put,
  putAdapter,
  silent,
} from "./log.ts";
import type { Over } from "./log.ts";

const ran = (sgl: string): string[] => [
  event("routine-enter", { routine: "AdapterListControl", adapter: "0xA1", sgl }),
  event("routine-leave", { routine: "AdapterListControl", adapter: "0xA1", sgl }),
];
const OTHER = { DmaTransferContext: "0xC2", ScatterGatherBuffer: "0xB2", Mdl: "0x52" };
const HELD = [get(), init(), build(), init(OTHER), buildLater(OTHER)];

Deno.test("the line of a FreeAdapterObject may stand behind the routine of the waiter that it served", () => {
  const end = [put(), put({ ScatterGather: "0xB2" }), putAdapter(), event("driver-unload")];
  silent([...HELD, ...ran("0xB2"), free(), ...end]);
  silent([...HELD, free(), ...ran("0xB2"), ...end]);
});

Deno.test("a FreeAdapterObject whose line comes late is still judged: DeallocateObject, and one too many", () => {
  const end = [put(), put({ ScatterGather: "0xB2" }), putAdapter()];
  const lines = [...HELD, ...ran("0xB2")];
  provokes("RegistersFreedUnderSgl", [...lines, free("DeallocateObject"), ...end], { line: 8, since: 3 });
  provokes("ChannelDoubleFree", [...lines, free(), free(), ...end], { line: 9 });
  const left = [...lines, free(), put(), putAdapter()];
  provokes("PutAdapterWithSgl", left, { line: 10, since: 5 });
});

Deno.test("the line of a FreeAdapterChannel may stand behind the AdapterControl that it let run", () => {
  const second = classic(2, "KeepObject", "0xE2").map((line) => line.replace("0xD0", "0xD9"));
  const [asked, ...control] = second;
  const channel = on("FreeAdapterChannel");
  const first = classic(2, "KeepObject");
  silent([get(), ...first, asked!, ...control, channel, channel, putAdapter()]);
  silent([get(), ...first, asked!, channel, ...control, channel, putAdapter()]);
  const lines = [get(), ...first, asked!, ...control, channel, channel];
  provokes("ChannelDoubleFree", [...lines, channel, putAdapter()], { line: 10 });
  const kept = classic(2, "DeallocateObjectKeepRegisters", "0xE2").map((line) => line.replace("0xD0", "0xD9"));
  const back = freeRegisters({ MapRegisterBase: "0xE2" });
  silent([get(), ...first, ...kept, channel, back, putAdapter()]);
});

Deno.test("RegisterLimitExceeded is only suspected where the next call gives the registers back", () => {
  const [asked, ...control] = classic(200, "DeallocateObjectKeepRegisters", "0xE2");
  const second = asked!.replace("0xD0", "0xD9");
  const back = (MapRegisterBase: string): string => freeRegisters({ MapRegisterBase, NumberOfMapRegisters: 200 });
  const lines = [get(), ...classic(200), second, ...control];
  const end = [back("0xE2"), putAdapter()];
  provokes("RegisterLimitExceeded", [...lines, back("0xE1"), ...end], { since: 2, severity: "warning" });
  const held = [...lines, on("GetDmaAlignment"), back("0xE1"), ...end];
  provokes("RegisterLimitExceeded", held, { since: 2, severity: "error" });
  silent([get(), ...classic(200), second, back("0xE1"), ...control, ...end]);
});

const LIST = { Mdl: "0x51", CurrentVa: "0x7000", Length: 4096, ExecutionRoutine: "0xF1", WriteToDevice: true };
const ask = on("GetScatterGatherList", LIST, "STATUS_SUCCESS");

Deno.test("the line of a Put may stand behind the routine of the waiter that gets the same list address", () => {
  silent([get(), ask, ...ran("0xB1"), ask, ...ran("0xB1"), put(), put(), putAdapter()]);
  silent([get(), ask, ...ran("0xB1"), ask, put(), ...ran("0xB1"), put(), putAdapter()]);
  // Granted at once on another processor, before either line.
  silent([get(), ask, ...ran("0xB1"), ...ran("0xB1"), ask, put(), put(), putAdapter()]);
});

Deno.test("a Put whose line comes late is still judged: the direction, one too many, one too few", () => {
  const lines = [get(), ask, ...ran("0xB1"), ask, ...ran("0xB1")];
  const wrong = put({ WriteToDevice: false });
  provokes("PutDirectionMismatch", [...lines, wrong, put(), putAdapter()], { line: 8, since: 2 });
  provokes("SglDoublePut", [...lines, put(), put(), put(), putAdapter()], { line: 10 });
  provokes("PutAdapterWithSgl", [...lines, put(), putAdapter()], { line: 9, since: 5 });
});

const wdf = (name: string, ret: unknown = "STATUS_SUCCESS", out?: Over): string =>
  call(`WdfDmaTransaction${name}`, { DmaTransaction: "0x88" }, ret, out);
const READY = [
  call("WdfDmaTransactionCreate", { DmaEnabler: "0x87" }, "STATUS_SUCCESS", { DmaTransaction: "0x88" }),
  wdf("Initialize"),
];
const gone = call("WdfObjectDelete", { Object: "0x88" });

Deno.test("a transaction may be completed, used again and deleted before the line of its Execute", () => {
  const [done, more] = [wdf("DmaCompleted", true), wdf("DmaCompleted", false)];
  silent([...READY, done, wdf("Execute"), gone, event("driver-unload")]);
  silent([...READY, more, done, wdf("Execute"), wdf("Release"), ...READY.slice(1), wdf("Execute"), done, gone]);
  silent([...READY, done, gone, wdf("Execute"), event("driver-unload")]);
  const again = [wdf("Release"), wdf("Initialize"), wdf("DmaCompletedFinal", true)];
  silent([...READY, done, ...again, wdf("Execute"), wdf("Execute"), gone, event("driver-unload")]);
});

Deno.test("WdfTransactionWrongState: completed and never executed is certain when the driver has gone", () => {
  const lines = [...READY, wdf("DmaCompleted", true), gone];
  const wrong = { line: 3, since: 1, kind: "3", state: "initialized" };
  provokes("WdfTransactionWrongState", [...lines, event("driver-unload")], { ...wrong, severity: "error" });
  // The log may have stopped inside Execute.
  provokes("WdfTransactionWrongState", lines, { ...wrong, severity: "warning" });
});

const received = (irp: string, over: Over = {}): string => event("irp", { irp, state: "received", ...over });
const complete = (irp: string): string => call("IoCompleteRequest", { Irp: irp });
const pending = (irp: string): string => call("IoMarkIrpPending", { Irp: irp });

Deno.test("a request may be received again at the same address before the line of its IoCompleteRequest", () => {
  const twice = [received("0x91", { mdl: "0x51" }), pending("0x91"), received("0x91", { mdl: "0x51" })];
  silent([...twice, complete("0x91"), pending("0x91"), complete("0x91")]);
  const other = [received("0x91", { mdl: "0x51" }), received("0x91", { mdl: "0x52" }), complete("0x91")];
  silent([...other, pending("0x91"), complete("0x91")]);
  // What is mapped by now is the new request's, though its MDL has the old one's address.
  const again = [received("0x91", { mdl: "0x51" }), received("0x91", { mdl: "0x51" }), ...BUILT, complete("0x91")];
  silent([...again, put(), complete("0x91"), putAdapter()]);
  // One more is one too many.
  const lines = [...twice, complete("0x91"), pending("0x91"), complete("0x91"), complete("0x91")];
  provokes("IrpCompletedTwice", lines, { line: 7, since: 6, severity: "error" });
  // Where no line tells of beginnings, it can only be suspected.
  const marked = [pending("0x91"), pending("0x91"), complete("0x91"), complete("0x91")];
  provokes("IrpCompletedTwice", marked, { line: 4, severity: "warning" });
});

Deno.test("a request that is completed late in the log still leaves what it left mapped", () => {
  const lines = [received("0x91", { mdl: "0x51" }), ...BUILT, received("0x91", { mdl: "0x52" }), complete("0x91")];
  const { findings } = checked([...lines, put(), putAdapter()]);
  assertEquals(findings.map(({ line, rule }) => `${line} ${rule}`), ["7 CompletedBeforePut"]);
});
