/** Small call logs for tests: every function makes one line; `over` changes or adds parameters. */
import { assertEquals } from "@std/assert";
import type { RuleName } from "../../machines/rule.ts";
import { CallLogChecker } from "../../trace/check/mod.ts";
import type { CheckOptions, CheckReport, LogFinding } from "../../trace/check/mod.ts";

/** Parameters of a line. */
export type Over = Readonly<Record<string, unknown>>;

/** A call's line. */
export function call(name: string, args: Over = {}, ret?: unknown, out?: Over, more: Over = {}): string {
  return JSON.stringify({ ...more, call: name, args, ret, out });
}

/** A happening's line. */
export function event(name: string, fields: Over = {}): string {
  return JSON.stringify({ event: name, ...fields });
}

const DESCRIPTION = { Version: 3, Master: true, ScatterGather: true, DmaAddressWidth: 64, MaximumLength: 1_048_576 };

/** IoGetDmaAdapter: adapter 0xA1 with 257 map registers. */
export function get(over: Over = {}, ret: unknown = "0xA1", registers = 257): string {
  const args = { PhysicalDeviceObject: "0xD0", DeviceDescription: { ...DESCRIPTION, ...over } };
  return call("IoGetDmaAdapter", args, ret, { NumberOfMapRegisters: registers });
}

/** A routine of adapter 0xA1. */
export function on(name: string, args: Over = {}, ret?: unknown, out?: Over, more: Over = {}): string {
  return call(name, { DmaAdapter: "0xA1", ...args }, ret, out, more);
}

/** InitializeDmaTransferContext of 0xC1. */
export function init(over: Over = {}): string {
  return on("InitializeDmaTransferContext", { DmaTransferContext: "0xC1", ...over }, "STATUS_SUCCESS");
}

const BUILD = {
  DeviceObject: "0xD0",
  DmaTransferContext: "0xC1",
  Mdl: "0x51",
  Offset: 0,
  Length: 8192,
  Flags: "DMA_SYNCHRONOUS_CALLBACK",
  ExecutionRoutine: null,
  WriteToDevice: true,
  ScatterGatherBuffer: "0xB1",
  ScatterGatherLength: 256,
};
const ELEMENTS = [["0x10000000", 4096], ["0x20001000", 4096]];

/** BuildScatterGatherListEx, synchronous, no routine: list 0xB1 with two elements of a page. */
export function build(over: Over = {}, ret: unknown = "STATUS_SUCCESS", out?: Over): string {
  const written = ret === "STATUS_SUCCESS"
    ? { ScatterGatherList: over.ScatterGatherBuffer ?? "0xB1", elements: ELEMENTS, ...out }
    : out;
  return on("BuildScatterGatherListEx", { ...BUILD, ...over }, ret, written);
}

/** The asynchronous form: the routine comes later. */
export function buildLater(over: Over = {}): string {
  return on("BuildScatterGatherListEx", { ...BUILD, Flags: 0, ExecutionRoutine: "0xF1", ...over }, "STATUS_SUCCESS");
}

/** FreeAdapterObject. */
export function free(action: unknown = "DeallocateObjectKeepRegisters"): string {
  return on("FreeAdapterObject", { AllocationAction: action });
}

/** PutScatterGatherList of 0xB1. */
export function put(over: Over = {}): string {
  return on("PutScatterGatherList", { ScatterGather: "0xB1", WriteToDevice: true, ...over });
}

/** PutDmaAdapter. */
export function putAdapter(): string {
  return on("PutDmaAdapter");
}

/** AllocateAdapterChannel of so many registers, its routine with base 0xE1 and what the routine returned. */
export function classic(registers = 2, action = "DeallocateObjectKeepRegisters", base: unknown = "0xE1"): string[] {
  return [
    on("AllocateAdapterChannel", { DeviceObject: "0xD0", NumberOfMapRegisters: registers }, "STATUS_SUCCESS"),
    event("routine-enter", { routine: "AdapterControl", adapter: "0xA1", mapRegisterBase: base }),
    event("routine-leave", { routine: "AdapterControl", adapter: "0xA1", action }),
  ];
}

const RANGE = { Mdl: "0x51", MapRegisterBase: "0xE1", CurrentVa: "0x7000", Length: 4096, WriteToDevice: true };

/** MapTransfer of a page at 0x7000. */
export function map(over: Over = {}, ret: unknown = "0x10000000", mapped = 4096): string {
  return on("MapTransfer", { ...RANGE, ...over }, ret, { Length: mapped });
}

/** FlushAdapterBuffers of a page at 0x7000. */
export function flush(over: Over = {}): string {
  return on("FlushAdapterBuffers", { ...RANGE, ...over }, true);
}

/** FreeMapRegisters of 0xE1. */
export function freeRegisters(over: Over = {}): string {
  return on("FreeMapRegisters", { MapRegisterBase: "0xE1", NumberOfMapRegisters: 2, ...over });
}

/** MDL 0x51: two locked pages at 0x7000. */
export function mdl(over: Over = {}): string {
  return event("mdl", { mdl: "0x51", startVa: "0x7000", byteOffset: 0, byteCount: 8192, locked: true, ...over });
}

/** The recipe up to the free channel: lines 1 to 4, list 0xB1 live. */
export const BUILT: readonly string[] = [get(), init(), build(), free()];
/** The way out. */
export const END: readonly string[] = [put(), putAdapter(), event("driver-unload")];

/** Checks lines. */
export function checked(lines: readonly string[], options: CheckOptions = {}): CheckReport {
  const checker = new CallLogChecker(options);
  for (const line of lines) checker.push(line);
  return checker.finish();
}

/** Holds that a log shows one misuse, and nothing else worse than a note. */
export function provokes(rule: RuleName, lines: readonly string[], expected: Partial<LogFinding> = {}): LogFinding {
  const report = checked(lines);
  const serious = report.findings.filter(({ severity }) => severity !== "note");
  assertEquals(serious.map((finding) => `${finding.line} ${finding.rule}`), [`${serious[0]?.line} ${rule}`]);
  assertEquals(report.damaged, []);
  const [finding] = serious;
  for (const [key, value] of Object.entries(expected)) assertEquals(finding![key as keyof LogFinding], value, key);
  return finding!;
}

/** Holds that a log shows nothing worse than a note. */
export function silent(lines: readonly string[], options: CheckOptions = {}): void {
  const { findings, damaged } = checked(lines, options);
  const serious = findings.filter(({ severity }) => severity !== "note");
  assertEquals(serious.map(({ line, rule, message }) => `${line} ${rule} ${message}`), []);
  assertEquals(damaged, []);
}
