/** What an adapter counts for viewers and tests: the figures that a debugger's `!dma` shows, and a few more. */

/** Every routine that an adapter counts, by its DDI name, in the order of Windows' structure. */
export const ROUTINE_NAMES = [
  "PutDmaAdapter",
  "AllocateCommonBuffer",
  "FreeCommonBuffer",
  "AllocateAdapterChannel",
  "FlushAdapterBuffers",
  "FreeAdapterChannel",
  "FreeMapRegisters",
  "MapTransfer",
  "GetDmaAlignment",
  "ReadDmaCounter",
  "GetScatterGatherList",
  "PutScatterGatherList",
  "CalculateScatterGatherList",
  "BuildScatterGatherList",
  "BuildMdlFromScatterGatherList",
  "GetDmaAdapterInfo",
  "GetDmaTransferInfo",
  "InitializeDmaTransferContext",
  "AllocateCommonBufferEx",
  "AllocateAdapterChannelEx",
  "ConfigureAdapterChannel",
  "CancelAdapterChannel",
  "MapTransferEx",
  "GetScatterGatherListEx",
  "BuildScatterGatherListEx",
  "FlushAdapterBuffersEx",
  "FreeAdapterObject",
  "CancelMappedTransfer",
  "AllocateDomainCommonBuffer",
  "FlushDmaBuffer",
  "JoinDmaDomain",
  "LeaveDmaDomain",
  "GetDmaDomain",
  "AllocateCommonBufferWithBounds",
  "AllocateCommonBufferVector",
  "GetCommonBufferFromVectorByIndex",
  "FreeCommonBufferFromVector",
  "FreeCommonBufferVector",
  "CreateCommonBufferFromMdl",
] as const;

/** The DDI name of a routine. */
export type RoutineName = (typeof ROUTINE_NAMES)[number];

/** The counters of one adapter. */
export class AdapterCounters {
  /** How often each routine was called. */
  readonly calls: Record<RoutineName, number>;
  /** Lists that were filled, by Get or Build. */
  listsBuilt = 0;
  /** Lists that were put. */
  listsPut = 0;
  /** The most lists that were outstanding at one time. */
  listsPeak = 0;
  /** Map registers taken from the pool so far. */
  registersAllocated = 0;
  /** Map registers given back so far. */
  registersFreed = 0;
  /** The most map registers that this adapter ever held at one time. */
  registersPeak = 0;
  /** Pool allocations that the HAL made for this adapter's lists; Build routines make none (S4-2). */
  poolAllocations = 0;
  /** Bytes copied through bounce pages, both ways. */
  bytesBounced = 0;

  constructor() {
    this.calls = Object.fromEntries(ROUTINE_NAMES.map((name) => [name, 0])) as Record<RoutineName, number>;
  }

  /** All calls together. */
  get callCount(): number {
    return Object.values(this.calls).reduce((sum, count) => sum + count, 0);
  }

  /** Lists built and not put. */
  get listsOutstanding(): number {
    return this.listsBuilt - this.listsPut;
  }

  /** Map registers held now. */
  get registersHeld(): number {
    return this.registersAllocated - this.registersFreed;
  }

  /** Registers came from the pool. */
  addRegisters(count: number): void {
    this.registersAllocated += count;
    this.registersPeak = Math.max(this.registersPeak, this.registersHeld);
  }

  /** Registers went back. */
  dropRegisters(count: number): void {
    this.registersFreed += count;
  }
}
