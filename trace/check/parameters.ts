/**
 * The keys of a line, the parameters of each routine, and what each happening says. A misspelt name would make a rule
 * stay silent, so a name that is not here is noted. Windows DDI, the syntax of each routine.
 */
import type { Fields } from "./log_line.ts";

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "));

const CALL_KEYS = set("call args out ret irql cpu t");
const EVENT_KEYS = "event irql cpu t";

const RANGE = "Mdl CurrentVa Length";
const LEGACY_MAP = `DmaAdapter ${RANGE} MapRegisterBase WriteToDevice`;
const LEGACY_LIST = `DmaAdapter DeviceObject ${RANGE} ExecutionRoutine Context WriteToDevice`;
// The pages of the Ex routines and the older ones name the length of the list's buffer differently.
const BUFFER = "ScatterGatherBuffer ScatterGatherLength ScatterGatherBufferLength";
const COMPLETION = "DmaCompletionRoutine CompletionContext";
const LIST = "DmaAdapter DeviceObject DmaTransferContext Mdl Offset Length Flags ExecutionRoutine Context " +
  `WriteToDevice ${COMPLETION} ScatterGatherList`;
const COMMON_BUFFER = "DmaAdapter Length LogicalAddress CacheEnabled";
const LOCATED = "DmaAdapter MaximumAddress Length Flags CacheType PreferredNode LogicalAddress";
const MM = "MemoryDescriptorList Mdl";
const QUEUE = "ListHead ListEntry Lock";

/** Parameters by routine. Where a routine is missing, nobody knows what it takes. */
const PARAMETERS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    IoGetDmaAdapter: "PhysicalDeviceObject DeviceDescription NumberOfMapRegisters",
    HalGetAdapter: "DeviceDescription NumberOfMapRegisters",
    PutDmaAdapter: "DmaAdapter",
    AllocateCommonBuffer: COMMON_BUFFER,
    FreeCommonBuffer: `${COMMON_BUFFER} VirtualAddress`,
    AllocateAdapterChannel: "DmaAdapter DeviceObject NumberOfMapRegisters ExecutionRoutine Context",
    FlushAdapterBuffers: LEGACY_MAP,
    FreeAdapterChannel: "DmaAdapter",
    FreeMapRegisters: "DmaAdapter MapRegisterBase NumberOfMapRegisters",
    MapTransfer: LEGACY_MAP,
    GetDmaAlignment: "DmaAdapter",
    ReadDmaCounter: "DmaAdapter",
    GetScatterGatherList: LEGACY_LIST,
    PutScatterGatherList: "DmaAdapter ScatterGather WriteToDevice",
    CalculateScatterGatherList: `DmaAdapter ${RANGE} ScatterGatherListSize pNumberOfMapRegisters NumberOfMapRegisters`,
    BuildScatterGatherList: `${LEGACY_LIST} ${BUFFER}`,
    BuildMdlFromScatterGatherList: "DmaAdapter ScatterGather OriginalMdl TargetMdl",
    GetDmaAdapterInfo: "DmaAdapter AdapterInfo",
    GetDmaTransferInfo: "DmaAdapter Mdl Offset Length WriteOnly TransferInfo",
    InitializeDmaTransferContext: "DmaAdapter DmaTransferContext",
    AllocateCommonBufferEx: `${COMMON_BUFFER} MaximumAddress PreferredNode`,
    AllocateAdapterChannelEx: "DmaAdapter DeviceObject DmaTransferContext NumberOfMapRegisters Flags " +
      "ExecutionRoutine ExecutionContext MapRegisterBase",
    ConfigureAdapterChannel: "DmaAdapter FunctionNumber Context",
    CancelAdapterChannel: "DmaAdapter DeviceObject DmaTransferContext",
    MapTransferEx: `DmaAdapter Mdl MapRegisterBase Offset DeviceOffset Length WriteToDevice ${BUFFER} ${COMPLETION}`,
    GetScatterGatherListEx: LIST,
    BuildScatterGatherListEx: `${LIST} ${BUFFER}`,
    FlushAdapterBuffersEx: "DmaAdapter Mdl MapRegisterBase Offset Length WriteToDevice",
    FreeAdapterObject: "DmaAdapter AllocationAction",
    CancelMappedTransfer: "DmaAdapter DmaTransferContext",
    AllocateDomainCommonBuffer: `${LOCATED} DomainHandle VirtualAddress`,
    FlushDmaBuffer: "DmaAdapter Mdl ReadOperation",
    JoinDmaDomain: "DmaAdapter DomainHandle",
    LeaveDmaDomain: "DmaAdapter",
    GetDmaDomain: "DmaAdapter",
    AllocateCommonBufferWithBounds: `${LOCATED} MinimumAddress`,
    AllocateCommonBufferVector:
      "DmaAdapter LowAddress HighAddress CacheType IdealNode Flags NumberOfElements SizeOfElements VectorOut",
    GetCommonBufferFromVectorByIndex: "DmaAdapter Vector Index VirtualAddressOut LogicalAddressOut",
    FreeCommonBufferFromVector: "DmaAdapter Vector Index",
    FreeCommonBufferVector: "DmaAdapter Vector",
    KeFlushIoBuffers: "Mdl ReadOperation DmaOperation",
    IoAllocateMdl: "VirtualAddress Length SecondaryBuffer ChargeQuota Irp",
    IoFreeMdl: MM,
    MmProbeAndLockPages: `${MM} AccessMode Operation`,
    MmUnlockPages: MM,
    MmBuildMdlForNonPagedPool: MM,
    MmMapLockedPagesSpecifyCache: `${MM} AccessMode CacheType RequestedAddress BugCheckOnFailure Priority`,
    MmUnmapLockedPages: `BaseAddress ${MM}`,
    MmGetSystemAddressForMdlSafe: `${MM} Priority`,
    IoMarkIrpPending: "Irp",
    // What the request ends with stands in the IRP; a tracer may say it here.
    IoCompleteRequest: "Irp PriorityBoost Status Information",
    IoCancelIrp: "Irp",
    IoSetCancelRoutine: "Irp CancelRoutine",
    IoRequestDpc: "DeviceObject Irp Context",
    KeInsertQueueDpc: "Dpc SystemArgument1 SystemArgument2",
    ExInterlockedInsertTailList: QUEUE,
    ExInterlockedInsertHeadList: QUEUE,
    ExInterlockedRemoveHeadList: QUEUE,
    InsertTailList: QUEUE,
    InsertHeadList: QUEUE,
    RemoveHeadList: QUEUE,
    WdfDmaEnablerCreate: "Device Config Attributes DmaEnabler DmaEnablerHandle",
    WdfDmaEnablerWdmGetDmaAdapter: "DmaEnabler DmaDirection",
    WdfDmaTransactionCreate: "DmaEnabler Attributes DmaTransaction DmaTransactionHandle",
    WdfObjectDelete: "Object",
  }).map(([name, words]) => [name, set(words)]),
);

/** What parameters that are structures have: DEVICE_DESCRIPTION, WDF_DMA_ENABLER_CONFIG. */
const MEMBERS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "DeviceDescription",
    set(
      "Version Master ScatterGather DemandMode AutoInitialize Dma32BitAddresses IgnoreCount Reserved1 " +
        "Dma64BitAddresses BusNumber DmaChannel InterfaceType DmaWidth DmaSpeed MaximumLength DmaPort " +
        "DmaAddressWidth DmaControllerInstance DmaRequestLine DeviceAddress",
    ),
  ],
  [
    "Config",
    set(
      "Size Profile MaximumLength EvtDmaEnablerFill EvtDmaEnablerFlush EvtDmaEnablerDisable EvtDmaEnablerEnable " +
        "EvtDmaEnablerSelfManagedIoStart EvtDmaEnablerSelfManagedIoStop AddressWidthOverride " +
        "WdmDmaVersionOverride Flags",
    ),
  ],
]);

/** What a happening says, by its name. */
const SAID: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    "mdl": "mdl startVa byteOffset byteCount next locked pool cache",
    "memory": "va length pool",
    "routine-enter": "routine adapter sgl elements mapRegisterBase",
    "routine-leave": "routine adapter sgl elements mapRegisterBase action",
    "descriptors-written": "channel sgl descriptors format",
    "doorbell": "channel sgl address",
    "device-done": "channel sgl status",
    "device-access": "channel address length write",
    "interrupt": "channel",
    "isr-enter": "channel",
    "isr-leave": "channel",
    "dpc-enter": "channel",
    "dpc-leave": "channel",
    "irp": "irp state mdl entry",
    "queue": "list role channel",
    "buffer-read": "mdl offset length",
    "buffer-write": "mdl offset length",
    "driver-unload": "",
    "process-exit": "",
    "end": "",
  }).map(([name, words]) => [name, set(`${words} ${EVENT_KEYS}`)]),
);

/** Every happening that a log may tell. */
export const EVENT_NAMES: readonly string[] = [...SAID.keys()];

/** A name that a line should not have. */
export interface StrangeName {
  /** Such as `argument DmaAdaptor of PutDmaAdapter`. */
  readonly what: string;
  /** What it may have and does not: one of them was probably meant. */
  readonly expected: () => readonly string[];
}

/** Calls `found` for each name of a call that is none: keys, arguments, members of a structure among them. */
export function strangeInCall(
  routine: string,
  line: Fields,
  args: Fields,
  found: (strange: StrangeName) => void,
): void {
  compare(line, CALL_KEYS, "key", "a call", found);
  const known = PARAMETERS.get(routine);
  if (known === undefined) return;
  compare(args, known, "argument", routine, found);
  for (const [name, members] of MEMBERS) {
    const value = args[name];
    if (typeof value === "object" && value !== null) compare(value as Fields, members, "member", name, found);
  }
}

/** Calls `found` for each key of a happening that it has not. */
export function strangeInEvent(name: string, line: Fields, found: (strange: StrangeName) => void): void {
  const known = SAID.get(name);
  if (known !== undefined) compare(line, known, "key", `the event ${name}`, found);
}

function compare(
  fields: Fields,
  known: ReadonlySet<string>,
  kind: string,
  owner: string,
  found: (strange: StrangeName) => void,
): void {
  for (const name in fields) {
    if (known.has(name)) continue;
    const expected = () => [...known].filter((each) => each !== "" && !Object.hasOwn(fields, each));
    found({ what: `${kind} ${name} of ${owner}`, expected });
  }
}
