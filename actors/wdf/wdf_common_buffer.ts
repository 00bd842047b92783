/**
 * WDFCOMMONBUFFER: memory that driver and device share, aligned as the device wants it. Windows DDI,
 * WdfCommonBufferCreate(WithConfig) and its getters; S0-26, S0-27.
 *
 * Alignment is a mask: 15 for 16 bytes. Up to 4095 both addresses are aligned, because common buffers begin on a page.
 * Above, so many bytes more are allocated, and only the **logical** address is sure to be aligned; the virtual one
 * stays as far into the buffer as the logical one.
 */
import type { Address } from "../../sim/units.ts";
import { allocateAlignedCommonBuffer } from "../hal/aligned_common_buffer.ts";
import type { AlignedCommonBuffer } from "../hal/aligned_common_buffer.ts";
import { commonBufferWords } from "../hal/common_buffer_memory.ts";
import type { Result } from "../hal/dma_operations.ts";
import type { WdfDmaEnabler } from "./wdf_dma_enabler.ts";

/** WDF_COMMON_BUFFER_CONFIG. */
export interface WdfCommonBufferConfig {
  /** A mask, such as 31 for 32 bytes. */
  readonly alignmentRequirement: number;
}

/** A common buffer in the framework. Made by {@link wdfCommonBufferCreate}. */
export class WdfCommonBuffer {
  /** Its parent. */
  readonly enabler: WdfDmaEnabler;
  /** The memory, aligned as asked. */
  readonly memory: AlignedCommonBuffer;
  #freed = false;

  /** Made by wdfCommonBufferCreate. */
  constructor(enabler: WdfDmaEnabler, memory: AlignedCommonBuffer) {
    this.enabler = enabler;
    this.memory = memory;
  }

  /** A CPU store of a little-endian word: how a driver writes descriptors. `offset` is a multiple of 4. */
  write32(offset: number, value: number): void {
    commonBufferWords(this.memory.raw).write32(this.memory.rawOffset + offset, value);
  }

  /** A CPU load of a little-endian word. `offset` is a multiple of 4. */
  read32(offset: number): number {
    return commonBufferWords(this.memory.raw).read32(this.memory.rawOffset + offset);
  }

  /** FreeCommonBuffer with the values of the allocation, once. */
  free(): void {
    if (!this.#freed) commonBufferAdapter(this.enabler).dmaOperations.freeCommonBuffer(this.memory.raw);
    this.#freed = true;
  }
}

/** WdfCommonBufferCreate: aligned as the device object and the HAL want it. = PASSIVE_LEVEL. */
export function wdfCommonBufferCreate(
  dmaEnabler: WdfDmaEnabler,
  length: number,
): Result<{ readonly commonBuffer: WdfCommonBuffer }> {
  return create("WdfCommonBufferCreate", dmaEnabler, length, defaultAlignment(dmaEnabler));
}

/** WdfCommonBufferCreateWithConfig: aligned as asked. = PASSIVE_LEVEL. */
export function wdfCommonBufferCreateWithConfig(
  dmaEnabler: WdfDmaEnabler,
  length: number,
  config: WdfCommonBufferConfig,
): Result<{ readonly commonBuffer: WdfCommonBuffer }> {
  return create("WdfCommonBufferCreateWithConfig", dmaEnabler, length, config.alignmentRequirement);
}

/** The device object's mask or the HAL's alignment, whichever is larger; packet profiles ask for none. */
function defaultAlignment(dmaEnabler: WdfDmaEnabler): number {
  if (!dmaEnabler.traits.scatterGather) return 0;
  const bytes = commonBufferAdapter(dmaEnabler).dmaOperations.getDmaAlignment();
  return Math.max(dmaEnabler.device.alignmentRequirement, bytes - 1);
}

function commonBufferAdapter(dmaEnabler: WdfDmaEnabler): ReturnType<WdfDmaEnabler["adapterInfo"]>["dmaAdapter"] {
  return dmaEnabler.adapterInfo("WdfDmaDirectionWriteToDevice").dmaAdapter;
}

function create(
  call: string,
  dmaEnabler: WdfDmaEnabler,
  length: number,
  mask: number,
): Result<{ readonly commonBuffer: WdfCommonBuffer }> {
  const { door } = dmaEnabler.device.hal;
  door.checkIrql(call, "= PASSIVE_LEVEL", dmaEnabler.name);
  const result = obtain(dmaEnabler, length, mask);
  if (door.tracing) {
    const args = { DmaEnabler: door.pointers.of(dmaEnabler), Length: length, AlignmentRequirement: mask };
    const made = result.status === "STATUS_SUCCESS" ? result.commonBuffer : null;
    door.record(call, args, result.status, made === null ? null : { CommonBuffer: door.pointers.of(made) });
  }
  return result;
}

function obtain(
  dmaEnabler: WdfDmaEnabler,
  length: number,
  alignmentRequirement: number,
): Result<{ readonly commonBuffer: WdfCommonBuffer }> {
  const { dmaOperations } = commonBufferAdapter(dmaEnabler);
  const result = allocateAlignedCommonBuffer(dmaOperations, { length, cacheEnabled: true, alignmentRequirement });
  if (result.status !== "STATUS_SUCCESS") return result;
  const commonBuffer = new WdfCommonBuffer(dmaEnabler, result.buffer);
  dmaEnabler.children.add(commonBuffer);
  return { status: "STATUS_SUCCESS", commonBuffer };
}

/** WdfCommonBufferGetAlignedVirtualAddress: where the CPU finds it. */
export function wdfCommonBufferGetAlignedVirtualAddress(commonBuffer: WdfCommonBuffer): Address {
  return commonBuffer.memory.alignedVirtualAddress;
}

/** WdfCommonBufferGetAlignedLogicalAddress: where the device finds it (S0-27). */
export function wdfCommonBufferGetAlignedLogicalAddress(commonBuffer: WdfCommonBuffer): Address {
  return commonBuffer.memory.alignedLogicalAddress;
}

/** WdfCommonBufferGetLength: bytes that were asked for. */
export function wdfCommonBufferGetLength(commonBuffer: WdfCommonBuffer): number {
  return commonBuffer.memory.length;
}
