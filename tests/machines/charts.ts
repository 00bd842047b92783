/**
 * Every chart of the `machines` room with what a walk needs: its file, an input, one sample of each event for each way
 * it can go, and where counters stop. A chart that is missing here is found by the text test.
 */
import type { AnyStateMachine, EventObject } from "xstate";
import * as room from "../../machines/mod.ts";

/** What a snapshot is to a walk. */
export interface Walked {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
}

/** One chart and how to walk it. */
export interface Chart {
  /** File name in `machines/`. */
  readonly file: string;
  readonly machine: AnyStateMachine;
  readonly input?: unknown;
  /** A second input, where a chart goes another way with it. */
  readonly otherInput?: unknown;
  /** Each event with every payload that makes a difference. */
  readonly samples: readonly EventObject[];
  /** Leaf states, dotted, where a life may end. */
  readonly ends: readonly string[];
  /** The most that a counter is walked to. */
  readonly counterMax?: number;
}

/** Events without payload. */
function plain(...types: string[]): EventObject[] {
  return types.map((type) => ({ type }));
}

const ACTIONS = ["KeepObject", "DeallocateObject", "DeallocateObjectKeepRegisters"] as const;

/** A request for the channel that would be granted at once, and everything that may stand in its way. */
const ASKED = { registers: 2, synchronous: true, withRoutine: false, registersAvailable: true, memoryAvailable: true };
const REQUESTS: readonly Partial<typeof ASKED>[] = [
  {},
  { withRoutine: true },
  { synchronous: false, withRoutine: true },
  { synchronous: false },
  { registers: 5 },
  { registers: 5, synchronous: false, withRoutine: true },
  { registersAvailable: false },
  { registersAvailable: false, synchronous: false, withRoutine: true },
  { memoryAvailable: false },
  { memoryAvailable: false, synchronous: false, withRoutine: true },
];

/** What a driver may ask of a WDFDMAENABLER, and everything that makes it refuse. */
const CREATION = {
  dma64BitAddresses: true,
  addressWidthOverride: 0,
  wdmDmaVersionOverride: 0,
  requiredVersion: 2,
  requireSingleTransfer: false,
  knowsSingleTransfer: true,
};
const CREATIONS: readonly Partial<typeof CREATION>[] = [
  {},
  { dma64BitAddresses: false, addressWidthOverride: 40 },
  { requiredVersion: 3, wdmDmaVersionOverride: 2 },
  { requireSingleTransfer: true },
  { requireSingleTransfer: true, wdmDmaVersionOverride: 3 },
  { requireSingleTransfer: true, knowsSingleTransfer: false },
];

/** How a transfer may end: all moved, some left, half of it moved, more than it had, one transfer demanded. */
const MOVED = { transferredLength: 8, fragmentLength: 8, remainingLength: 0, requireSingleTransfer: false };
const COMPLETIONS: readonly Partial<typeof MOVED>[] = [
  {},
  { remainingLength: 8 },
  { transferredLength: 4 },
  { transferredLength: 9 },
  { transferredLength: 4, requireSingleTransfer: true },
];

/** All charts, in the order of `machines/mod.ts`. */
export const CHARTS: readonly Chart[] = [
  {
    file: "scheduler.ts",
    machine: room.schedulerMachine,
    samples: plain("START", "READY", "ARRIVE", "COMPLETE", "DRAIN", "WORKER_LOST", "STOP"),
    ends: ["stopped"],
    counterMax: 3,
  },
  {
    file: "irp.ts",
    machine: room.irpMachine,
    samples: plain("MARK_PENDING", "MAP", "QUEUE", "START", "NEXT_PIECE", "DEVICE_DONE", "PUT", "FAIL")
      .concat(plain("CANCEL", "COMPLETE")),
    ends: ["completed"],
  },
  {
    file: "mdl.ts",
    machine: room.mdlMachine,
    samples: [
      ...plain("MM_PROBE_AND_LOCK_PAGES", "MM_UNLOCK_PAGES", "MM_BUILD_MDL_FOR_NON_PAGED_POOL"),
      ...plain("MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE", "MM_UNMAP_LOCKED_PAGES", "IO_MANAGER_LOCK", "IO_MANAGER_UNLOCK"),
      ...plain("DMA", "PROCESS_EXIT", "IO_FREE_MDL"),
      ...[true, false].flatMap((sameCacheType) =>
        [true, false].map((userMode) => ({ type: "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE", sameCacheType, userMode }))
      ),
    ] as EventObject[],
    ends: ["freed"],
  },
  {
    file: "dma_adapter.ts",
    machine: room.dmaAdapterMachine,
    input: { numberOfMapRegisters: 4 },
    samples: [
      ...plain("IO_GET_DMA_ADAPTER", "CALL", "CANCEL_ADAPTER_CHANNEL", "FREE_ADAPTER_CHANNEL", "FREE_MAP_REGISTERS"),
      ...plain("PUT_SCATTER_GATHER_LIST", "ALLOCATE_COMMON_BUFFER", "FREE_COMMON_BUFFER", "PUT_DMA_ADAPTER"),
      ...plain("DRIVER_UNLOAD"),
      ...["list", "channel"].map((form) => ({ type: "GRANT", form })),
      ...ACTIONS.flatMap((action) => ["ROUTINE_RETURNED", "FREE_ADAPTER_OBJECT"].map((type) => ({ type, action }))),
      ...["BUILD_SCATTER_GATHER_LIST", "ALLOCATE_ADAPTER_CHANNEL"]
        .flatMap((type) => REQUESTS.map((request) => ({ type, ...ASKED, ...request }))),
    ] as EventObject[],
    ends: ["released"],
    counterMax: 1,
  },
  {
    file: "transfer_context.ts",
    machine: room.transferContextMachine,
    samples: plain("INITIALIZE_DMA_TRANSFER_CONTEXT", "ALLOCATE", "GRANT", "QUEUE", "REFUSE", "RELEASE", "FLUSH")
      .concat(plain("CANCEL_ADAPTER_CHANNEL", "CANCEL_MAPPED_TRANSFER")),
    ends: ["raw", "initialised", "spent"],
  },
  {
    file: "map_register_pool.ts",
    machine: room.mapRegisterPoolMachine,
    input: { size: 4 },
    samples: [
      ...[1, 3, 5].flatMap((count) => [true, false].map((synchronous) => ({ type: "ALLOCATE", count, synchronous }))),
      ...[1, 3].map((count) => ({ type: "GRANT_WAITER", count })),
      ...[1, 3].map((count) => ({ type: "FREE", count })),
      { type: "LEAVE" },
    ] as EventObject[],
    ends: ["open"],
    counterMax: 4,
  },
  {
    file: "scatter_gather_list.ts",
    machine: room.scatterGatherListMachine,
    samples: plain("REQUEST", "FILL", "CANCEL", "READ", "DOORBELL", "DEVICE_DONE", "PUT_SCATTER_GATHER_LIST")
      .concat(plain("DRIVER_UNLOAD")),
    ends: ["empty", "put"],
  },
  {
    file: "adapter_channel.ts",
    machine: room.adapterChannelMachine,
    samples: [
      ...plain("ALLOCATE_ADAPTER_CHANNEL", "GRANT", "CANCEL", "MAP_TRANSFER", "FREE_ADAPTER_CHANNEL"),
      ...plain("RETURN_KEEP_OBJECT", "RETURN_DEALLOCATE_OBJECT", "RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS"),
      ...plain("FREE_MAP_REGISTERS"),
      ...[0, 1, 2].map((mappings) => ({ type: "FLUSH_ADAPTER_BUFFERS", mappings })),
    ] as EventObject[],
    ends: ["idle"],
    counterMax: 3,
  },
  {
    file: "common_buffer.ts",
    machine: room.commonBufferMachine,
    samples: [
      ...plain("ALLOCATE_COMMON_BUFFER", "DEVICE_ACCESS", "OVERRUN"),
      { type: "FREE_COMMON_BUFFER", sameLength: true, sameAddresses: true },
      { type: "FREE_COMMON_BUFFER", sameLength: false, sameAddresses: true },
      { type: "FREE_COMMON_BUFFER", sameLength: true, sameAddresses: false },
    ] as EventObject[],
    ends: ["absent", "freed"],
  },
  {
    file: "common_buffer_vector.ts",
    machine: room.commonBufferVectorMachine,
    input: { count: 2 },
    samples: [
      ...plain("FREE_COMMON_BUFFER_VECTOR", "WRONG_IRQL", "LEAK"),
      ...[-1, 0, 1, 2].flatMap((index) => ["GET_COMMON_BUFFER", "FREE_COMMON_BUFFER"].map((type) => ({ type, index }))),
    ] as EventObject[],
    ends: ["gone"],
  },
  {
    file: "emergency_reserve.ts",
    machine: room.emergencyReserveMachine,
    input: { maximumLengthBytes: 65536 },
    samples: [
      ...plain("RETURN", "LEAVE"),
      ...[65536, 65537].map((lengthBytes) => ({ type: "BORROW", lengthBytes })),
    ] as EventObject[],
    ends: ["kept"],
    counterMax: 3,
  },
  {
    file: "irp_queue.ts",
    machine: room.irpQueueMachine,
    input: { capacity: 3 },
    otherInput: { capacity: 1 },
    samples: plain("EX_INTERLOCKED_INSERT_TAIL_LIST", "EX_INTERLOCKED_REMOVE_HEAD_LIST", "INSERT_TAIL_LIST")
      .concat(plain("REMOVE_HEAD_LIST")),
    ends: ["empty"],
  },
  {
    file: "device_channel.ts",
    machine: room.deviceChannelMachine,
    samples: plain("START", "COMPLETED", "RESTART", "FAILED", "TIMED_OUT", "STOP", "STOPPED", "ALL_ONES", "RESET"),
    ends: ["idle"],
  },
  {
    file: "wdf_dma_enabler.ts",
    machine: room.wdfDmaEnablerMachine,
    samples: [
      ...plain("ADAPTERS_OBTAINED", "ADAPTERS_REFUSED", "POWER_UP", "CALLBACK_SUCCEEDED", "CALLBACK_FAILED"),
      ...plain("POWER_DOWN", "WDF_OBJECT_DELETE"),
      ...CREATIONS.map((creation) => ({ type: "WDF_DMA_ENABLER_CREATE", ...CREATION, ...creation })),
    ] as EventObject[],
    ends: ["disposed"],
  },
  {
    file: "wdf_dma_transaction.ts",
    machine: room.wdfDmaTransactionMachine,
    samples: [
      ...plain("WDF_DMA_TRANSACTION_INITIALIZE", "INITIALIZE_FAILED", "WDF_DMA_TRANSACTION_FREE_RESOURCES"),
      ...plain("WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION", "WDF_DMA_TRANSACTION_GET_TRANSFER_INFO"),
      ...plain("WDF_DMA_TRANSACTION_EXECUTE", "TRANSFER_FAILED", "WDF_DMA_TRANSACTION_RELEASE", "WDF_OBJECT_DELETE"),
      ...[0, 3].map((requiredMapRegisters) => ({
        type: "WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES",
        requiredMapRegisters,
      })),
      ...[true, false].map((cancelled) => ({ type: "WDF_DMA_TRANSACTION_CANCEL", cancelled })),
      ...["", "_WITH_LENGTH", "_FINAL"].flatMap((form) =>
        COMPLETIONS.map((end) => ({ type: `WDF_DMA_TRANSACTION_DMA_COMPLETED${form}`, ...MOVED, ...end }))
      ),
    ] as EventObject[],
    ends: ["deleted"],
  },
];

/** A state value as a dotted path: `live.free`. */
export function dotted(value: unknown): string {
  if (typeof value === "string") return value;
  const [entry] = Object.entries(value as Record<string, unknown>);
  return entry === undefined ? "" : `${entry[0]}.${dotted(entry[1])}`;
}
