/** Rules from the requirements, the documentation and users' reports that neither Driver Verifier nor Linux names. */
import type { DriverRule } from "../../machines/rule.ts";
import { rules } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** Rules with neither a verifier nor a Linux number. */
export const DRIVER_RULES: Readonly<Record<DriverRule, Rule<DriverRule>>> = rules<DriverRule>({
  TransferContextNotReinitialised: {
    source: "S0-8",
    sentence: "A transfer context was used again without InitializeDmaTransferContext.",
    fix: "InitializeDmaTransferContext before every transaction, not once.",
  },
  TransferContextNotInitialised: {
    source: "S0-8",
    sentence: "A transfer context was used that was never initialised.",
    fix: "InitializeDmaTransferContext before every transaction.",
  },
  TransferContextBusy: {
    source: "S0-8",
    sentence: "A transfer context was used while another request still uses it.",
    fix: "One context for each request in flight.",
  },
  ChannelNeverFreed: {
    source: "S0-4",
    sentence: "The channel was never freed after a routine-less synchronous Build.",
    fix: "FreeAdapterObject(DeallocateObjectKeepRegisters) as soon as the list is copied.",
  },
  FreeAdapterObjectKeepObject: {
    source: "S0-4; Windows DDI, FreeAdapterObject",
    sentence: "FreeAdapterObject(KeepObject) has no effect: the channel stays as it is.",
    fix: "Pass DeallocateObjectKeepRegisters.",
  },
  FreeWithoutGrant: {
    severity: "warning",
    source: "Network-Adapter-Class-Extension, cx/xlat/nxdma.cpp does so",
    sentence: "FreeAdapterObject although the Build before it failed.",
    fix: "Free the channel only after STATUS_SUCCESS.",
  },
  RegistersFreedUnderSgl: {
    source: "S0-4",
    sentence: "DeallocateObject freed map registers that a live list still uses.",
    fix: "Pass DeallocateObjectKeepRegisters; Put frees the registers.",
  },
  RegisterBaseUnknown: {
    source: "Windows DDI, FreeMapRegisters",
    sentence: "The map-register base is NULL, or of no grant of this adapter.",
    fix: "Pass the base that AdapterControl received; do not free a NULL base.",
  },
  SglReadAfterPut: {
    source: "S1-13",
    sentence: "A list was used after it was put.",
    fix: "Copy the elements and start the device before PutScatterGatherList.",
  },
  SglUsedBeforeCallback: {
    source: "S1-12",
    sentence: "A list was used before its execution routine ran.",
    fix: "Use the list in AdapterListControl, or build synchronously.",
  },
  SglBufferInUse: {
    source: "Windows DDI, BuildScatterGatherList",
    sentence: "A list was built into a buffer that holds a live list.",
    fix: "One list buffer for each list in flight; Put before the buffer is used again.",
  },
  PutBeforeCallback: {
    source: "S0-3",
    sentence: "A list was put before its execution routine ran.",
    fix: "CancelAdapterChannel takes a waiting request back; Put is for lists that were granted.",
  },
  PutWhileDeviceActive: {
    source: "S0-19; ibm-openbmc/pldm#286",
    sentence: "A list was put while the device may still touch its memory.",
    fix: "Put after the interrupt or the write-back that says the device is done.",
  },
  MissingPut: {
    source: "S0-3; lwfinger/rtl8190p#1",
    sentence: "A list was never put.",
    fix: "PutScatterGatherList after every successful Build or Get, with or without a routine.",
  },
  AdapterNotPut: {
    source: "S0-5",
    sentence: "The driver unloaded without PutDmaAdapter.",
    fix: "PutDmaAdapter on the way out; FreeAdapterObject does not replace it.",
  },
  DeviceGivenRawPhysical: {
    source: "S0-31, S1-5",
    sentence: "The device was given an address that no list, mapping or common buffer holds.",
    fix: "Give the device the logical addresses of the list.",
  },
  RetryOnPermanentFailure: {
    source: "S1-15",
    sentence: "A request that needs more map registers than the adapter has was tried again and again.",
    fix: "Split the request, or get the adapter with a larger MaximumLength: no retry can help.",
  },
  ResumeNeverPossible: {
    source: "S0-10, S0-11",
    sentence: "The driver waits for a Put after a failure that no Put can cure.",
    fix: "Compare the registers a request needs with NumberOfMapRegisters before the loop stops for it.",
  },
  PagedSglBuffer: {
    bugcheck: "0xD1",
    source: "S1-33",
    sentence: "The buffer for the list is paged memory.",
    fix: "Allocate list buffers from non-paged pool.",
  },
  CacheAttributeConflict: {
    source: "S1-18",
    sentence: "Pages were mapped a second time with another cache attribute.",
    fix: "Map with the cache attribute that the pages already have.",
  },
  MaxLengthLooksLikeTlp: {
    source: "S1-20",
    sentence: "MaximumLength looks like the size of a PCIe packet or of one page, not like that of a transfer.",
    fix: "MaximumLength is the longest transfer in bytes: it decides how many map registers the adapter gets.",
  },
  SingleTransferNeedsV3: {
    source: "S1-19",
    sentence: "A single-transfer enabler needs version 3 of the DMA operations.",
    fix: "Set WdmDmaVersionOverride to 3 with WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER.",
  },
  DescriptorFilledWrong: {
    source: "S0-28, S0-29; Xilinx/dma_ip_drivers#48",
    sentence: "A descriptor does not say what the list says.",
    fix: "Copy address and length of every element, and the constants of the format, field by field.",
  },
  StaleDescriptorSuspected: {
    source: "S0-29",
    sentence: "The device seems to have read an old copy of a descriptor.",
    fix: "Keep descriptors in a common buffer, or flush them before the doorbell.",
    undecidable: "a call log does not show the device's view of memory beside that of the CPU",
  },
  HalCallAtDirql: {
    verifier: "0x13",
    source: "S2-23",
    sentence: "A DMA routine was called inside an ISR.",
    fix: "IoRequestDpc, and call it from the DPC; an ISR touches registers and interlocked lists only.",
  },
  MixedListDiscipline: {
    source: "S2-19",
    sentence: "One list is used with interlocked and with ordinary routines, or with two locks.",
    fix: "ExInterlocked* with one lock, by everybody who touches the list.",
  },
  ProgramBeforeEnqueue: {
    source: "S2-22",
    sentence: "The device was started before its request was on the waiting-for-device queue.",
    fix: "Insert first, ring the doorbell last.",
  },
  LostWakeup: {
    source: "S2-22; aws/aws-fpga#491",
    sentence: "The device is idle, work is queued, and nobody is going to start it.",
    fix: "After inserting, test the device again; before going idle, test the queue again.",
  },
  DpcHandledOne: {
    source: "S2-24",
    sentence: "The DPC took one request and left others, with no further DPC queued.",
    fix: "Drain the queue: interrupts and DPCs do not come in pairs.",
  },
  CompletedBeforePut: {
    source: "S2-24",
    sentence: "The request was completed while its list is live.",
    fix: "Put the list, then IoCompleteRequest: completion unlocks the pages.",
  },
  BadLutEntry: {
    source: "S1-8",
    sentence: "An entry of the 64 KiB table does not lie inside one element, or is not aligned.",
    fix: "Fill the table from elements that are multiples of 64 KiB and aligned to 64 KiB.",
  },
  SecondChannelInAdapterControl: {
    source: "S2-11",
    sentence: "A channel was asked for while the device object's last request is not through.",
    fix: "One request per device object; none inside AdapterControl.",
  },
  EmergencyNotReserved: {
    source: "S4-7, S4-8",
    sentence: "The path that must make progress without memory had nothing in reserve.",
    fix: "Keep one preallocated set of list, context and registers, lent to one request at a time.",
    undecidable: "a call log does not say which requests must make progress without memory; the simulator names it",
  },
  IrpCompletedTwice: {
    bugcheck: "0x44",
    source: "X-3; Windows, bug check 0x44",
    sentence: "The request was completed twice.",
    fix: "Complete a request once; whoever takes it off the queue owns it.",
  },
  IrpTouchedAfterCompletion: {
    source: "X-3",
    sentence: "The request was touched after it was completed.",
    fix: "IoCompleteRequest last.",
  },
  ProcessExitWithLockedPages: {
    bugcheck: "0x76",
    source: "S1-29; Windows, bug check 0x76",
    sentence: "The process ended with pages locked by the driver.",
    fix: "MmUnlockPages in cleanup, at the latest.",
  },
  DriverUnlockedDirectIo: {
    source: "S1-26",
    sentence: "The driver unlocked or freed an MDL that the I/O manager locked.",
    fix: "Leave the MDL of a direct I/O request to the I/O manager.",
  },
  MissingUnmap: {
    source: "S1-27",
    sentence: "A mapping was left when its pages were unlocked.",
    fix: "MmUnmapLockedPages for every MmMapLockedPagesSpecifyCache, before the unlock.",
  },
  UnlockedWhileMapped: {
    source: "S0-34, S3-12; ReactOS, HalPutScatterGatherList reads the MDL",
    sentence: "Pages were unlocked, or their MDL freed, while they are mapped for the device.",
    fix: "When the device is done: PutScatterGatherList or FlushAdapterBuffers, then MmUnlockPages, then IoFreeMdl.",
  },
  WdfTransactionWrongState: {
    bugcheck: "0x10D",
    source: "Windows-Driver-Frameworks, fxdmatransactionbase.cpp",
    sentence: "A DMA transaction was used in a state that does not allow the call.",
    fix: "Initialize, Execute, DmaCompleted until TRUE, Release; then Initialize again.",
  },
  CommonBufferVectorMisuse: {
    bugcheck: "0x1DC",
    source: "Windows, bug check 0x1DC",
    sentence: "A common-buffer vector was misused.",
    fix: "Free every index once, then the vector; fetch live indices below the count.",
  },
  MdlMisuse: {
    bugcheck: "0xC4",
    source: "Windows, bug check 0xC4",
    sentence: "An MDL was locked, mapped or freed in the wrong order.",
    fix: "Lock, map, unmap, unlock, free: each once.",
  },
  OperationNotInGrantedVersion: {
    source: "Windows DDI, DMA_OPERATIONS",
    sentence: "A routine was called that the adapter's version of DMA_OPERATIONS does not have.",
    fix: "Describe the device with DEVICE_DESCRIPTION_VERSION3 for the Ex routines.",
  },
  RoutineNotForDevice: {
    source: "Windows DDI, GetScatterGatherListEx, ReadDmaCounter, ConfigureAdapterChannel, CancelMappedTransfer",
    sentence: "A routine was called that is for another kind of device.",
    fix: "GetScatterGatherListEx and BuildScatterGatherListEx are for bus masters; ReadDmaCounter, " +
      "ConfigureAdapterChannel and CancelMappedTransfer for system DMA.",
  },
  KernelMemoryMappedToUser: {
    severity: "warning",
    source: "S1-10, S3-19",
    sentence: "Kernel memory was mapped into a process.",
    fix: "Let the process allocate the memory and lock it, or copy.",
  },
  RestartBeforeIdle: {
    source: "Xilinx/dma_ip_drivers#55",
    sentence: "The engine was started before it was idle.",
    fix: "Wait for busy to go to 0 after clearing Run, also after a timeout.",
    undecidable: "a call log does not show the Run and busy bits; a second doorbell may extend a running chain",
  },
  UnexpectedEvent: {
    source: "ours",
    sentence: "A lifecycle met something that it has no name for.",
    fix: "Report it with the log: the checker should know.",
    undecidable: "says that our charts and our code disagree; no driver can provoke it",
  },
});
