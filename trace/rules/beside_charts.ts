/**
 * Rules that no lifecycle chart names, and why. All others are what a chart says about an event: an illegal one, a
 * broken guard, a leftover. A chart knows one resource and its states; it does not know bytes, levels, or what its
 * neighbours do.
 */
import type { RuleName } from "../../machines/rule.ts";

/** Why a chart is not the place for a rule. */
export type BesideCharts =
  | "range"
  | "argument"
  | "level"
  | "description"
  | "memory"
  | "device"
  | "order"
  | "end"
  | "failure";

/** Each reason in one sentence. */
export const WHY_BESIDE_CHARTS: Readonly<Record<BesideCharts, string>> = {
  range: "Bytes, pages and counts of one call against those of another: arithmetic, not a state.",
  argument: "An argument that is another one than when the resource was made: the life goes on all the same.",
  level: "The level at which a call is made says nothing about any resource.",
  description: "What a driver writes into a description before anything lives.",
  memory: "What kind of memory it is, which it was all its life.",
  device: "Words that were written for the device, or accesses of the device, against what is mapped for it.",
  order: "The order of events on several resources, of which each alone is in a legal state.",
  end: "What several charts have left over together when the driver has gone.",
  failure: "Calls that failed: what never came into being has no life.",
};

/** The rules, each with its reason. */
export const BESIDE_CHARTS: Readonly<Partial<Record<RuleName, BesideCharts>>> = {
  FlushPastRegisterFile: "range",
  MapFlushMismatch: "range",
  RangeAlreadyMapped: "range",
  VaOutsideMdl: "range",
  DmaBufferInvalid: "range",
  ZeroLengthMap: "range",
  MdlShorterThanLength: "range",
  ElementTooLong: "range",
  ElementCrossesBoundary: "range",
  NonContiguousMappedAsSingle: "range",
  OverlappingDeviceWrites: "range",
  MappingLeakSuspected: "range",
  InvalidAddress: "range",
  TooManyRegistersAtOnce: "range",
  RegisterLimitExceeded: "range",
  SglElementCountChanged: "range",
  ContiguousRegistersExhausted: "range",
  FlushUnmappedRegister: "argument",
  SglNotFromThisAdapter: "argument",
  PutDirectionMismatch: "argument",
  FlushDirectionMismatch: "argument",
  FlushForCpuOnWrite: "argument",
  FlushForDeviceOnRead: "argument",
  WrongIrql: "level",
  IrqlTooHigh: "level",
  HalCallAtDirql: "level",
  BadDescriptionVersion: "description",
  ObsoleteHalGetAdapter: "description",
  MaxLengthLooksLikeTlp: "description",
  OperationNotInGrantedVersion: "description",
  RoutineNotForDevice: "description",
  DmaFromStack: "memory",
  DmaFromCodeOrConst: "memory",
  PagedSglBuffer: "memory",
  KernelMemoryMappedToUser: "memory",
  MdlFlagsInvalid: "memory",
  NoSystemVa: "memory",
  DescriptorFilledWrong: "device",
  BadLutEntry: "device",
  DeviceGivenRawPhysical: "device",
  StaleDescriptorSuspected: "device",
  FlushRunningChannel: "order",
  UnlockedWhileMapped: "order",
  ProgramBeforeEnqueue: "order",
  LostWakeup: "order",
  DpcHandledOne: "order",
  DeviceRemovedWithDma: "end",
  FreeOfFailedMapping: "failure",
  StatusNotChecked: "failure",
  RetryOnPermanentFailure: "failure",
  ResumeNeverPossible: "failure",
};
