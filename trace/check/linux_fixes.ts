/** What to do instead, in the words of the Linux DMA API: its traces share rules with Windows, not routines. */
import type { RuleName } from "../../machines/rule.ts";

/** By rule; those that a trace of Linux can show. */
export const LINUX_FIXES: Partial<Readonly<Record<RuleName, string>>> = {
  FreeWithWrongFunction: "Unmap with the counterpart of what mapped: dma_unmap_single or dma_unmap_page for one " +
    "range, dma_unmap_sg for a scatterlist, dma_free_coherent for coherent memory.",
  FreeSizeMismatch: "Keep the size beside the DMA address and pass it unchanged.",
  SglElementCountChanged: "Pass the nents that dma_map_sg was called with, not the number that it returned.",
  PutDirectionMismatch: "Unmap with the direction of the mapping.",
  FreeOfFailedMapping: "Ask dma_mapping_error after each mapping; unmap only what succeeded.",
  CommonBufferDoubleFree: "Free once; clear the pointer where it is freed.",
  SglDoublePut: "Unmap once; clear the DMA address where it is unmapped.",
  PutUnknown: "Unmap exactly the DMA address, of the same device, that the mapping returned.",
  FlushUnmappedBuffer: "Sync only between map and unmap.",
  FlushPastRegisterFile: "Sync at most what was mapped.",
  FlushForCpuOnWrite: "A DMA_TO_DEVICE mapping is synced for the device only, after the CPU has written.",
  FlushForDeviceOnRead: "A DMA_FROM_DEVICE mapping is synced for the CPU only, after the device has written.",
  FlushDirectionMismatch: "Sync with the direction of the mapping.",
};

/** The event that gives back what one mapped or allocated: `dma_map_phys` → `dma_unmap_phys`. */
export function counterpart(call: string): string {
  return call.replace("dma_map_", "dma_unmap_").replace("dma_alloc", "dma_free");
}
