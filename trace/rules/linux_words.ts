/**
 * The rules that a trace of Linux' dma events can show, in the words of the Linux DMA API, and what the kernel itself
 * says with CONFIG_DMA_API_DEBUG. Sources: torvalds/linux, kernel/dma/debug.c and Documentation/core-api/dma-api.rst.
 */

/** What a trace of Linux' dma events can show. */
export type LinuxTraceRule =
  | "SglDoublePut"
  | "CommonBufferDoubleFree"
  | "PutUnknown"
  | "FreeOfFailedMapping"
  | "FreeSizeMismatch"
  | "FreeWithWrongFunction"
  | "SglElementCountChanged"
  | "PutDirectionMismatch"
  | "FlushUnmappedBuffer"
  | "FlushPastRegisterFile"
  | "FlushDirectionMismatch"
  | "FlushForCpuOnWrite"
  | "FlushForDeviceOnRead";

/** A rule as a kernel developer would say it. */
export interface LinuxWords {
  /** What was done, in one sentence. */
  readonly sentence: string;
  /** What to call, or to do, instead. */
  readonly fix: string;
  /** What the kernel's DMA-API debugging prints for it, without the figures: to be searched in its log. */
  readonly kernel: string;
  /** The same, where it is a `dma_sync_*` that is wrong; absent where that makes no difference. */
  readonly kernelAtSync?: string;
}

/** By rule. The type is the proof that none is missing. */
export const LINUX_WORDS: Readonly<Record<LinuxTraceRule, LinuxWords>> = {
  SglDoublePut: {
    sentence: "DMA memory was unmapped twice.",
    fix: "Call dma_unmap_* once for each dma_map_*, and clear the driver's record of the mapping there.",
    kernel: "device driver tries to free DMA memory it has not allocated",
  },
  CommonBufferDoubleFree: {
    sentence: "Allocated DMA memory was freed twice.",
    fix: "Call dma_free_coherent once for each dma_alloc_coherent, and clear the pointer there; memory of a dma_pool " +
      "goes back with dma_pool_free, and that of dmam_alloc_coherent is freed when the driver detaches.",
    kernel: "device driver tries to free DMA memory it has not allocated",
  },
  PutUnknown: {
    sentence: "DMA memory was unmapped or freed that the device does not hold.",
    fix: "Unmap exactly the DMA address that the mapping returned, for the same struct device. If the mapping is " +
      "older than the trace, nothing is wrong: enable the events before the driver is bound.",
    kernel: "device driver tries to free DMA memory it has not allocated",
  },
  FreeOfFailedMapping: {
    sentence: "A mapping was unmapped that had failed.",
    fix: "Ask dma_mapping_error after each dma_map_single and dma_map_page, test what dma_map_sg returns for 0, and " +
      "unmap only what succeeded.",
    kernel: "device driver tries to free an invalid DMA memory address",
  },
  FreeSizeMismatch: {
    sentence: "DMA memory was unmapped or freed with another size than it was mapped or allocated with.",
    fix: "Keep the size beside the DMA address and pass it unchanged.",
    kernel: "device driver frees DMA memory with different size",
  },
  FreeWithWrongFunction: {
    sentence: "DMA memory was unmapped or freed with the wrong function.",
    fix: "Give back with the counterpart: dma_unmap_single or dma_unmap_page for one range, dma_unmap_sg for a " +
      "scatterlist, dma_free_coherent for dma_alloc_coherent, dma_pool_free for dma_pool_alloc.",
    kernel: "device driver frees DMA memory with wrong function",
  },
  SglElementCountChanged: {
    sentence: "The nents of a scatterlist are not those that dma_map_sg was called with.",
    fix: "Pass the nents that dma_map_sg was called with, not the number that it returned; dma_map_sgtable and " +
      "dma_unmap_sgtable keep both.",
    kernel: "device driver frees DMA sg list with different entry count",
    kernelAtSync: "device driver syncs DMA sg list with different entry count",
  },
  PutDirectionMismatch: {
    sentence: "DMA memory was unmapped with another direction than it was mapped with.",
    fix: "Unmap with the direction of the mapping: caches are maintained, and swiotlb buffers copied, by it.",
    kernel: "device driver frees DMA memory with different direction",
  },
  FlushUnmappedBuffer: {
    sentence: "DMA memory was synced that is not mapped any more.",
    fix: "Call dma_sync_* only between dma_map_* and dma_unmap_*.",
    kernel: "device driver tries to sync DMA memory it has not allocated",
  },
  FlushPastRegisterFile: {
    sentence: "A sync runs past the end of the mapping.",
    fix: "Sync at most what was mapped: offset and size together stay within the mapping.",
    // The kernel looks for a mapping that holds the whole range; its message for too long a sync is out of reach.
    kernel: "device driver tries to sync DMA memory it has not allocated",
  },
  FlushDirectionMismatch: {
    sentence: "DMA memory was synced with another direction than it was mapped with.",
    fix: "Sync with the direction of the mapping.",
    kernel: "device driver syncs DMA memory with different direction",
  },
  FlushForCpuOnWrite: {
    sentence: "Memory that the device only reads (DMA_TO_DEVICE) was synced for the CPU.",
    fix: "A DMA_TO_DEVICE mapping needs dma_sync_*_for_device after the CPU has written, and no dma_sync_*_for_cpu.",
    kernel: "device driver syncs device read-only DMA memory for cpu",
  },
  FlushForDeviceOnRead: {
    sentence: "Memory that the device only writes (DMA_FROM_DEVICE) was synced for the device.",
    fix: "A DMA_FROM_DEVICE mapping needs dma_sync_*_for_cpu before the CPU reads, and no dma_sync_*_for_device as " +
      "long as the CPU does not write into it.",
    kernel: "device driver syncs device write-only DMA memory to device",
  },
};
