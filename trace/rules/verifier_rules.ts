/**
 * The rules of Driver Verifier's DMA verification: bug check 0xE6, one rule for every first parameter of its public
 * table that speaks of the DMA routines. Source: Windows debugger documentation, bug check 0xE6.
 */
import type { VerifierRule } from "../../machines/rule.ts";
import { rules } from "./rule.ts";
import type { Rule } from "./rule.ts";

const source = "Windows, bug check 0xE6";

/** Rules with a number of Driver Verifier. */
export const VERIFIER_RULES: Readonly<Record<VerifierRule, Rule<VerifierRule>>> = rules<VerifierRule>({
  FlushPastRegisterFile: {
    verifier: "0x00",
    linux: "L15",
    source,
    sentence: "A flush runs past the end of what was mapped.",
    fix: "Flush the CurrentVa (Offset) and the length that MapTransfer returned, not the length that was asked for.",
  },
  ContiguousRegistersExhausted: {
    verifier: "0x00",
    source,
    sentence: "The HAL has no run of contiguous map registers of that length left.",
    fix: "Hold fewer map registers at a time, or describe the device as scatter/gather.",
    undecidable: "a call log does not say how many map registers the platform has",
  },
  CommonBufferDoubleFree: {
    verifier: "0x03",
    linux: "L5",
    source,
    sentence: "A common buffer was freed twice.",
    fix: "Free a common buffer once; forget its pointer afterwards.",
  },
  ChannelDoubleFree: {
    verifier: "0x04",
    source: `${source}; S0-4`,
    sentence: "The adapter's channel was freed although nobody holds it.",
    fix: "Call FreeAdapterObject once per successful routine-less synchronous Build or Get; the forms with an " +
      "execution routine release the channel by themselves.",
  },
  MapRegistersDoubleFree: {
    verifier: "0x05",
    source,
    sentence: "Map registers were freed twice.",
    fix: "Free registers once: with FreeMapRegisters after DeallocateObjectKeepRegisters, or with Put for a list.",
  },
  SglDoublePut: {
    verifier: "0x06",
    linux: "L5",
    source: `${source}; S0-2`,
    sentence: "A scatter/gather list was put twice.",
    fix: "Put each list once; clear the pointer where it is put.",
  },
  PutAdapterWithCommonBuffers: {
    verifier: "0x07",
    linux: "L3",
    source,
    sentence: "The adapter was put while common buffers are allocated.",
    fix: "FreeCommonBuffer for each of them, then PutDmaAdapter.",
  },
  PutAdapterWithChannel: {
    verifier: "0x08",
    linux: "L3",
    source: `${source}; S0-2`,
    sentence: "The adapter was put while its channel is held.",
    fix:
      "FreeAdapterObject(DeallocateObjectKeepRegisters) as soon as the list is copied, then Put, then PutDmaAdapter.",
  },
  PutAdapterWithMapRegisters: {
    verifier: "0x09",
    linux: "L3",
    source,
    sentence: "The adapter was put while map registers are kept.",
    fix: "FlushAdapterBuffers and FreeMapRegisters first, then PutDmaAdapter.",
  },
  PutAdapterWithSgl: {
    verifier: "0x0A",
    linux: "L3",
    source: `${source}; S0-2`,
    sentence: "The adapter was put while scatter/gather lists are live.",
    fix: "PutScatterGatherList for every list that was built, when the device is done with it; then PutDmaAdapter.",
  },
  ChannelOverlap: {
    verifier: "0x0B",
    source: `${source}; S0-12`,
    sentence: "A second request for the adapter's one channel came before the first holder freed it.",
    fix: "FreeAdapterObject(DeallocateObjectKeepRegisters) before the next Build, or one adapter per channel.",
  },
  TooManyRegistersAtOnce: {
    verifier: "0x0C",
    source,
    sentence: "More map registers were asked for than the adapter may use at a time.",
    fix: "Ask for at most the NumberOfMapRegisters that IoGetDmaAdapter returned, and split the transfer.",
  },
  MissingFlush: {
    verifier: "0x0D",
    source,
    sentence: "A mapped transfer was not flushed.",
    fix: "FlushAdapterBuffers(Ex) after each transfer, before the next MapTransferEx and before the IRP completes.",
  },
  DmaOnUnlockedBuffer: {
    verifier: "0x0E",
    source: `${source}; S1-28`,
    sentence: "DMA was set up on memory whose pages are not locked.",
    fix: "MmProbeAndLockPages first, or use the MDL of a direct I/O request.",
  },
  BufferOverrun: {
    verifier: "0x0F",
    source,
    sentence: "Bytes beyond the end of a DMA buffer were touched.",
    fix: "Give the device the length that was allocated, and no more.",
  },
  FreeWhileMapped: {
    verifier: "0x10",
    source,
    sentence: "Map registers were freed while a transfer is mapped through them.",
    fix: "FlushAdapterBuffers(Ex) for what was mapped, then free the registers.",
  },
  AdapterRefLeak: {
    verifier: "0x11",
    source,
    sentence: "The adapter was put while requests still wait for it.",
    fix: "CancelAdapterChannel or wait for the routine, give back what it got, then PutDmaAdapter.",
  },
  MdlFlagsInvalid: {
    verifier: "0x12",
    source: "undocumented; the verification page speaks of MDLs with mangled flags",
    sentence: "The flags of an MDL were changed by hand.",
    fix: "Leave MdlFlags to the memory manager.",
    undecidable: "a call log does not carry the flags of an MDL",
  },
  WrongIrql: {
    verifier: "0x13",
    source: `${source}; S2-21`,
    sentence: "The routine was called at another IRQL than the one it requires.",
    fix: "Call it at the level that it requires: raise to DISPATCH_LEVEL (KeRaiseIrql), or leave it to a work item.",
  },
  IrqlTooHigh: {
    verifier: "0x13",
    source,
    sentence: "The routine was called above the highest IRQL that it allows.",
    fix: "Leave the work to a DPC, or to a thread at PASSIVE_LEVEL.",
  },
  RegisterLimitExceeded: {
    verifier: "0x15",
    source,
    sentence: "The allocations that one adapter holds together exceed its map registers.",
    fix: "Free the registers of a finished transfer before the next AllocateAdapterChannel.",
  },
  FlushUnmappedBuffer: {
    verifier: "0x16",
    linux: "L14",
    source,
    sentence: "A buffer was flushed that is not mapped.",
    fix: "Flush once per mapping, after MapTransfer.",
  },
  MapFlushMismatch: {
    verifier: "0x17",
    source: "undocumented number; the rule follows from the page of FlushAdapterBuffers",
    sentence: "The flush names another range than the one that was mapped.",
    fix: "Pass the Mdl, CurrentVa (Offset) and length of the mapping.",
  },
  UseAfterPutAdapter: {
    verifier: "0x18",
    source,
    sentence: "The adapter was used after PutDmaAdapter.",
    fix: "PutDmaAdapter last, when nobody holds the pointer any more.",
  },
  NullAdapter: {
    verifier: "0x19",
    source,
    sentence: "A DMA routine was called with a NULL adapter.",
    fix: "Check what IoGetDmaAdapter returned.",
  },
  VaOutsideMdl: {
    verifier: "0x1B",
    source: `${source}; S1-14`,
    sentence: "The address does not lie inside the MDL.",
    fix: "Pass MmGetMdlVirtualAddress(Mdl) + offset; never a system mapping, and never Mdl->StartVa.",
  },
  RangeAlreadyMapped: {
    verifier: "0x1D",
    source,
    sentence: "A range was mapped that is mapped already.",
    fix: "Flush the first mapping before the range is mapped again.",
  },
  ObsoleteHalGetAdapter: {
    verifier: "0x1E",
    source,
    sentence: "HalGetAdapter was called.",
    fix: "Call IoGetDmaAdapter.",
  },
  DmaBufferInvalid: {
    verifier: "0x1F",
    source,
    sentence: "The range of the transfer does not fit the MDL's buffer.",
    fix: "Keep address and length inside the MDL, whole cache lines where the CPU is not coherent.",
  },
  FlushUnmappedRegister: {
    verifier: "0x20",
    source,
    sentence: "The flush names a map-register base through which nothing was mapped.",
    fix: "Pass the MapRegisterBase of the grant with which the transfer was mapped.",
  },
  ZeroLengthMap: {
    verifier: "0x21",
    source,
    sentence: "A transfer of zero bytes was to be mapped.",
    fix: "Complete a request of zero bytes without DMA.",
  },
  NoSystemVa: {
    verifier: "0x22",
    source,
    sentence: "The HAL must bounce the data, and the MDL has no system mapping to copy from.",
    fix: "MmGetSystemAddressForMdlSafe before the transfer.",
    undecidable: "a call log does not say where the pages lie, so not whether the HAL bounces them",
  },
  FlushRunningChannel: {
    verifier: "0x23",
    source,
    sentence: "A system-DMA channel was flushed before its transfer ended or was cancelled.",
    fix: "Wait for the DmaCompletionRoutine, or CancelMappedTransfer, then flush.",
  },
  MdlShorterThanLength: {
    verifier: "0x24",
    source,
    sentence: "The transfer is longer than its MDLs.",
    fix: "Length is at most what the chain describes behind the offset.",
  },
  BadDescriptionVersion: {
    verifier: "0x25",
    source,
    sentence: "The device description has a Version that does not exist.",
    fix: "DEVICE_DESCRIPTION_VERSION3 for the version 3 routines; 0 to 3 exist.",
  },
  DeviceAccessOutsideMapping: {
    verifier: "0x26",
    source: `${source}; S0-31`,
    sentence: "The device touched memory that nothing maps for it.",
    fix: "Put a list, or free a common buffer, only when the device is done; give the device logical addresses only.",
  },
});
