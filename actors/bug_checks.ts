/**
 * Which bug check Windows shows for a rule, and what its parameters are. 0xE6 needs Driver Verifier with DMA checking
 * (except 0x26, which the IOMMU raises by itself); without it Windows goes on with what is corrupted by then. Source:
 * Windows debugger documentation, the page of each bug check.
 */
import type { RuleName } from "../machines/rule.ts";

/** A number that a world can say of a misuse, for the parameters of a bug check. */
export type CrashFigure =
  | "pointer"
  | "kind"
  | "listsBuilt"
  | "listsPut"
  | "listsLeft"
  | "commonBuffersLeft"
  | "registersLeft"
  | "references"
  | "expectedIrql"
  | "currentIrql"
  | "virtualAddress"
  | "mdl"
  | "deviceObject"
  | "faultAddress"
  | "registersGranted"
  | "lockedPages";

/** What a world can say of a misuse. A figure that is missing is not known there. */
export type CrashFigures = { readonly [Figure in CrashFigure]?: number | string };

/** One parameter as the documentation has it. */
export interface ParameterMeaning {
  /** What stands there. */
  readonly means: string;
  /** A value that never differs, such as the first parameter of 0xE6. */
  readonly fixed?: string;
  /** Where its value comes from, if the simulator knows it. */
  readonly figure?: CrashFigure;
}

/** A bug check for a rule. */
export interface BugCheckRow {
  /** The stop code, such as 0xE6. */
  readonly code: number;
  /** Its symbolic name. */
  readonly codeName: string;
  /** The documented parameters, the first one first; at most four. */
  readonly parameters: readonly ParameterMeaning[];
  /** Another one that Windows shows in its place, and under which setting. */
  readonly instead?: { readonly where: string; readonly row: BugCheckRow };
}

const ADAPTER: ParameterMeaning = { means: "the adapter", figure: "pointer" };
const MDL: ParameterMeaning = { means: "the MDL", figure: "pointer" };
const INTERNAL: ParameterMeaning = { means: "the verifier's own data" };

function verifier(number: string, means: string, ...more: readonly ParameterMeaning[]): BugCheckRow {
  const parameters = [{ means, fixed: number }, ...more];
  return { code: 0xe6, codeName: "DRIVER_VERIFIER_DMA_VIOLATION", parameters };
}

function irql(violation: string, expected: string): BugCheckRow {
  return verifier(
    "0x13",
    "a DMA routine was called at an improper IRQL",
    { means: violation === "0x1" ? "not the required level" : "above the highest level", fixed: violation },
    { means: expected, figure: "expectedIrql" },
    { means: "current IRQL", figure: "currentIrql" },
  );
}

/** Kinds of those rules for which Windows shows nothing of the kind: no DMA routine, or no documented number. */
const NONE_FOR: { readonly [Name in RuleName]?: readonly string[] } = {
  TooManyRegistersAtOnce: ["mapped"],
  WrongIrql: ["kernel"],
  IrqlTooHigh: ["kernel", "pageable"],
  MdlMisuse: ["freed-locked"],
};

/** What Windows shows for a misuse of that kind; null if it would go on. */
export function bugCheckRow(rule: string, kind: string | null): BugCheckRow | null {
  if (kind !== null && NONE_FOR[rule as RuleName]?.includes(kind) === true) return null;
  return BUG_CHECKS[rule as RuleName] ?? null;
}

/** The rules for which Windows stops, with what it shows. */
export const BUG_CHECKS: { readonly [Name in RuleName]?: BugCheckRow } = {
  FlushPastRegisterFile: verifier(
    "0x00",
    "miscellaneous",
    { means: "flushed past the end of the map registers", fixed: "0x1" },
    { means: "bytes left in the MDL" },
    { means: "bytes left to flush" },
  ),
  ContiguousRegistersExhausted: verifier(
    "0x00",
    "miscellaneous",
    { means: "no contiguous map registers", fixed: "0x2" },
    { means: "map registers needed" },
    { means: "contiguous map registers" },
  ),
  CommonBufferDoubleFree: verifier("0x03", "too many common buffers freed", { means: "extra ones freed", fixed: "1" }),
  ChannelDoubleFree: verifier("0x04", "too many adapter channels freed", { means: "extra ones freed", fixed: "1" }),
  MapRegistersDoubleFree: verifier("0x05", "too many map registers freed", { means: "extra ones freed" }),
  SglDoublePut: verifier(
    "0x06",
    "too many scatter/gather lists freed",
    { means: "lists allocated", figure: "listsBuilt" },
    { means: "lists freed", figure: "listsPut" },
  ),
  PutAdapterWithCommonBuffers: verifier("0x07", "the adapter was released with common buffers left", ADAPTER, {
    means: "common buffers left",
    figure: "commonBuffersLeft",
  }, INTERNAL),
  PutAdapterWithChannel: verifier("0x08", "the adapter was released with an adapter channel left", ADAPTER, {
    means: "adapter channels left",
    fixed: "1",
  }, INTERNAL),
  PutAdapterWithMapRegisters: verifier("0x09", "the adapter was released with map registers left", ADAPTER, {
    means: "map registers left",
    figure: "registersLeft",
  }, INTERNAL),
  PutAdapterWithSgl: verifier("0x0A", "the adapter was released with scatter/gather lists left", ADAPTER, {
    means: "scatter/gather lists left",
    figure: "listsLeft",
  }, INTERNAL),
  ChannelOverlap: verifier("0x0B", "more than one adapter channel at a time", {
    means: "channels outstanding",
    fixed: "1",
  }),
  TooManyRegistersAtOnce: verifier(
    "0x0C",
    "too many map registers at a time",
    { means: "map registers required" },
    { means: "the most there may be", figure: "registersGranted" },
  ),
  MissingFlush: verifier(
    "0x0D",
    "adapter buffers were not flushed",
    { means: "bytes mapped" },
    { means: "the most bytes mapped at a time" },
  ),
  DmaOnUnlockedBuffer: verifier("0x0E", "DMA on a buffer that is not locked", MDL),
  BufferOverrun: verifier("0x0F", "written outside the DMA buffer", { means: "what was hit", figure: "kind" }),
  FreeWhileMapped: verifier("0x10", "map registers freed while mapped", { means: "registers still mapped" }),
  AdapterRefLeak: verifier(
    "0x11",
    "too many references to the adapter left",
    { means: "references", figure: "references" },
    ADAPTER,
    INTERNAL,
  ),
  MdlFlagsInvalid: verifier("0x12", "the flags of an MDL were changed (not in the public table)"),
  WrongIrql: irql("0x1", "expected IRQL"),
  IrqlTooHigh: irql("0x2", "highest IRQL expected"),
  HalCallAtDirql: irql("0x2", "highest IRQL expected"),
  RegisterLimitExceeded: verifier(
    "0x15",
    "too many map registers allocated",
    { means: "map registers allocated" },
    { means: "the most there may be", figure: "registersGranted" },
  ),
  FlushUnmappedBuffer: verifier("0x16", "flush of a buffer that is not mapped", { means: "the map register" }),
  MapFlushMismatch: verifier("0x17", "map and flush differ (not in the public table)"),
  UseAfterPutAdapter: verifier("0x18", "an adapter that was released is used", ADAPTER, INTERNAL),
  NullAdapter: verifier("0x19", "a NULL adapter"),
  VaOutsideMdl: verifier(
    "0x1B",
    "an address outside its MDL",
    { means: "the address", figure: "virtualAddress" },
    { means: "the MDL", figure: "mdl" },
  ),
  RangeAlreadyMapped: verifier(
    "0x1D",
    "a range that is mapped already",
    { means: "start of the range" },
    { means: "end of the range" },
    { means: "address that is mapped already" },
  ),
  ObsoleteHalGetAdapter: verifier("0x1E", "HalGetAdapter was called"),
  DmaBufferInvalid: verifier("0x1F", "an invalid DMA buffer", { means: "what is wrong with it", figure: "kind" }),
  FlushUnmappedRegister: verifier(
    "0x20",
    "flush of a map register that is not mapped",
    { means: "map register base" },
    { means: "start of the DMA buffer" },
    { means: "the MDL" },
  ),
  ZeroLengthMap: verifier("0x21", "a buffer of no length was mapped", INTERNAL),
  NoSystemVa: verifier("0x22", "the buffer is not mapped in system space", MDL),
  FlushRunningChannel: verifier(
    "0x23",
    "flush of a channel that neither completed nor was cancelled",
    { means: "illegal channel flush", fixed: "0x0" },
    { means: "controller" },
    { means: "channel" },
  ),
  MdlShorterThanLength: verifier("0x24", "the buffer is shorter than the length", { means: "bytes unaccounted for" }),
  BadDescriptionVersion: verifier("0x25", "an unknown version of DEVICE_DESCRIPTION"),
  DeviceAccessOutsideMapping: verifier(
    "0x26",
    "the IOMMU caught the device",
    { means: "device object", figure: "deviceObject" },
    { means: "faulting address, usually", figure: "faultAddress" },
    { means: "kind of fault" },
  ),
  PagedSglBuffer: {
    code: 0xd1,
    codeName: "DRIVER_IRQL_NOT_LESS_OR_EQUAL",
    parameters: [
      { means: "address referenced" },
      { means: "IRQL", fixed: "2" },
      { means: "0 read, 1 write" },
      { means: "who referenced it" },
    ],
  },
  IrpCompletedTwice: {
    code: 0x44,
    codeName: "MULTIPLE_IRP_COMPLETE_REQUESTS",
    parameters: [{ means: "the IRP", figure: "pointer" }],
  },
  ProcessExitWithLockedPages: {
    code: 0x76,
    codeName: "PROCESS_HAS_LOCKED_PAGES",
    parameters: [
      { means: "the process ends with locked pages", fixed: "0x0" },
      { means: "the process object" },
      { means: "locked pages", figure: "lockedPages" },
      { means: "driver stacks, if they are tracked" },
    ],
    instead: {
      where: "TrackLockedPages is 1",
      row: {
        code: 0xcb,
        codeName: "DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS",
        parameters: [
          { means: "who locked the pages" },
          { means: "who called that" },
          MDL,
          { means: "locked pages", figure: "lockedPages" },
        ],
      },
    },
  },
  WdfTransactionWrongState: {
    code: 0x10d,
    codeName: "WDF_VIOLATION",
    parameters: [
      { means: "WDF_DMA_FATAL_ERROR", fixed: "0x8" },
      { means: "handle of the transaction", figure: "pointer" },
      { means: "number of its state" },
    ],
  },
  CommonBufferVectorMisuse: {
    code: 0x1dc,
    codeName: "DMA_COMMON_BUFFER_VECTOR_ERROR",
    parameters: [{ means: "what was wrong", figure: "kind" }],
  },
  MdlMisuse: {
    code: 0xc4,
    codeName: "DRIVER_VERIFIER_DETECTED_VIOLATION",
    parameters: [{ means: "what was wrong", figure: "kind" }, MDL],
  },
};
