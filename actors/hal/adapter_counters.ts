/** What an adapter counts for viewers and tests: the figures that a debugger's `!dma` shows, and a few more. */

/** Every routine that is counted, none called yet. One literal, so that all counts have the same fast shape. */
export const NO_CALLS = {
  PutDmaAdapter: 0,
  AllocateCommonBuffer: 0,
  FreeCommonBuffer: 0,
  AllocateAdapterChannel: 0,
  FlushAdapterBuffers: 0,
  FreeAdapterChannel: 0,
  FreeMapRegisters: 0,
  MapTransfer: 0,
  GetDmaAlignment: 0,
  ReadDmaCounter: 0,
  GetScatterGatherList: 0,
  PutScatterGatherList: 0,
  CalculateScatterGatherList: 0,
  BuildScatterGatherList: 0,
  BuildMdlFromScatterGatherList: 0,
  GetDmaAdapterInfo: 0,
  GetDmaTransferInfo: 0,
  InitializeDmaTransferContext: 0,
  AllocateCommonBufferEx: 0,
  AllocateAdapterChannelEx: 0,
  ConfigureAdapterChannel: 0,
  CancelAdapterChannel: 0,
  MapTransferEx: 0,
  GetScatterGatherListEx: 0,
  BuildScatterGatherListEx: 0,
  FlushAdapterBuffersEx: 0,
  FreeAdapterObject: 0,
  CancelMappedTransfer: 0,
  AllocateDomainCommonBuffer: 0,
  FlushDmaBuffer: 0,
  JoinDmaDomain: 0,
  LeaveDmaDomain: 0,
  GetDmaDomain: 0,
  AllocateCommonBufferWithBounds: 0,
  AllocateCommonBufferVector: 0,
  GetCommonBufferFromVectorByIndex: 0,
  FreeCommonBufferFromVector: 0,
  FreeCommonBufferVector: 0,
  CreateCommonBufferFromMdl: 0,
};

/** The DDI name of a routine. */
export type RoutineName = keyof typeof NO_CALLS;

/** Every routine that an adapter counts, by its DDI name, in the order of Windows' structure. */
export const ROUTINE_NAMES: readonly RoutineName[] = Object.keys(NO_CALLS) as RoutineName[];

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
    this.calls = { ...NO_CALLS };
  }

  /** Counts a call. */
  count(routine: RoutineName): void {
    // By name where every transfer calls: a name that is only known at run time has to be searched for.
    if (routine === "GetScatterGatherList") this.calls.GetScatterGatherList++;
    else if (routine === "PutScatterGatherList") this.calls.PutScatterGatherList++;
    else this.calls[routine]++;
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
