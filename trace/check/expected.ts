/**
 * What a finding says would have been legal instead. A chart knows everything that leads on from a state; a reader
 * wants what cures: neither the call that was just refused, nor all that a driver may do at that time.
 */
import type { RuleName } from "../../machines/rule.ts";

const FREES_CHANNEL = ["FreeAdapterObject", "FreeAdapterChannel", "routine-leave"];
const FLUSHES = ["FlushAdapterBuffers", "FlushAdapterBuffersEx"];

/** What leads out of a misuse, as far as it is legal where that happens; all that is legal for rules not listed. */
const CURES: { readonly [Name in RuleName]?: readonly string[] } = {
  ChannelOverlap: FREES_CHANNEL,
  ChannelNeverFreed: FREES_CHANNEL,
  SecondChannelInAdapterControl: FREES_CHANNEL,
  FreeWhileMapped: FLUSHES,
  MissingFlush: FLUSHES,
  RangeAlreadyMapped: FLUSHES,
  TooManyRegistersAtOnce: [],
  CompletedBeforePut: ["PutScatterGatherList"],
  MissingPut: ["PutScatterGatherList"],
  ProcessExitWithLockedPages: ["MmUnlockPages", "MmUnmapLockedPages"],
  DmaOnUnlockedBuffer: ["MmProbeAndLockPages", "MmBuildMdlForNonPagedPool"],
  // Nothing was to be freed there.
  ChannelDoubleFree: [],
  FreeWithoutGrant: [],
  // The call was the right one, with other arguments.
  FreeAdapterObjectKeepObject: [],
  RegistersFreedUnderSgl: [],
  FreeSizeMismatch: [],
  PutDirectionMismatch: [],
  FlushDirectionMismatch: [],
  MapFlushMismatch: [],
  FlushPastRegisterFile: [],
  SglNotFromThisAdapter: [],
};

/** `legal`: what leads on from where the misuse happened, or what its judge already picked from that. */
export function expectedThere(
  rule: RuleName,
  kind: string | undefined,
  call: string,
  legal: readonly string[],
): readonly string[] {
  if (rule === "ProcessExitWithLockedPages" && kind === "directIo") return ["IoCompleteRequest"];
  const cures = CURES[rule];
  return legal.filter((name) => name !== call && (cures === undefined || cures.includes(name)));
}
