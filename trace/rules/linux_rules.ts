/**
 * The rules of Linux' DMA-API debugging that Driver Verifier does not have, under the name of their Windows analogue.
 * Source: torvalds/linux, kernel/dma/debug.c; `L` numbers count its messages in order.
 */
import type { LinuxRule } from "../../machines/rule.ts";
import { rules } from "./rule.ts";
import type { Rule } from "./rule.ts";

const source = "Linux, kernel/dma/debug.c";

/** Rules with a Linux number and none of Driver Verifier. */
export const LINUX_RULES: Readonly<Record<LinuxRule, Rule<LinuxRule>>> = rules<LinuxRule>({
  OverlappingDeviceWrites: {
    linux: "L1",
    source,
    sentence: "Two live mappings let the device write the same cache line.",
    fix: "Put the first list before the same bytes are mapped for reading from the device again.",
  },
  MappingLeakSuspected: {
    linux: "L2",
    severity: "warning",
    source,
    sentence: "The same bytes are mapped so often at a time that a leak is likely.",
    fix: "Put each list when its transfer is over.",
  },
  DeviceRemovedWithDma: {
    linux: "L3",
    source,
    sentence: "The driver left with DMA resources still allocated.",
    fix: "Give everything back before the driver unloads.",
  },
  FreeOfFailedMapping: {
    linux: "L4",
    source,
    sentence: "A mapping was given back that was never made: the call that should have made it failed.",
    fix: "Check the status; give back only what succeeded.",
  },
  PutUnknown: {
    linux: "L5",
    source,
    sentence: "Something was given back that was never obtained.",
    fix: "Give back exactly the pointer that the routine handed out.",
  },
  SglNotFromThisAdapter: {
    linux: "L5",
    source,
    sentence: "A list was put with another adapter than the one that built it.",
    fix: "Keep the adapter beside the list.",
  },
  FreeSizeMismatch: {
    linux: "L6",
    source,
    sentence: "Freed with another size than it was allocated with.",
    fix: "Keep the length (the number of registers) beside the pointer and pass it unchanged.",
  },
  FreeWithWrongFunction: {
    linux: "L7",
    source,
    sentence: "Given back with a routine for another kind of resource.",
    fix: "PutScatterGatherList for lists, FreeMapRegisters for kept registers, FreeAdapterChannel for a kept channel.",
  },
  FreeVaMismatch: {
    linux: "L8",
    source,
    sentence: "A common buffer was freed with other addresses than it was allocated with.",
    fix: "Pass the VirtualAddress and LogicalAddress of the allocation.",
  },
  SglElementCountChanged: {
    linux: "L9",
    source,
    sentence: "A list went back with another number of elements than it was built with.",
    fix: "Leave the list as the HAL (the kernel) wrote it.",
  },
  PutDirectionMismatch: {
    linux: "L10",
    source,
    sentence: "Given back with another direction than it was mapped with.",
    fix: "Pass the same WriteToDevice to Build and Put: a bounce buffer is copied by it.",
  },
  StatusNotChecked: {
    linux: "L11",
    severity: "warning",
    source,
    sentence: "A list was used although the call that should have built it failed.",
    fix: "Check the status of every Build and Get.",
  },
  DmaFromStack: {
    linux: "L12",
    source,
    sentence: "DMA was set up on stack memory.",
    fix: "Take non-paged pool or a common buffer.",
  },
  DmaFromCodeOrConst: {
    linux: "L13",
    source,
    sentence: "DMA was set up on code or constant data of an image.",
    fix: "Copy the data into non-paged pool first.",
  },
  FlushDirectionMismatch: {
    linux: "L16",
    source,
    sentence: "Flushed with another direction than it was mapped with.",
    fix: "Pass the WriteToDevice of the mapping.",
  },
  FlushForCpuOnWrite: {
    linux: "L17",
    source,
    sentence: "Memory that the device only reads was synced for the CPU.",
    fix: "Sync for the CPU only what the device writes.",
  },
  FlushForDeviceOnRead: {
    linux: "L18",
    source,
    sentence: "Memory that the device only writes was synced for the device.",
    fix: "Sync for the device only what the CPU writes.",
  },
  ElementTooLong: {
    linux: "L20",
    source: `${source}; PG195, descriptor length`,
    sentence: "A segment is longer than the device can take.",
    fix: "Split what is longer: a descriptor of XDMA carries at most 268 435 455 bytes.",
  },
  ElementCrossesBoundary: {
    linux: "L21",
    source,
    sentence: "A segment crosses a boundary that the device cannot cross.",
    fix: "Describe the device's address width truthfully and split at its boundary.",
  },
  InvalidAddress: {
    linux: "L22",
    source,
    sentence: "The address is none: it belongs to no area of memory.",
    fix: "Describe memory that was allocated or received.",
  },
  NonContiguousMappedAsSingle: {
    linux: "L23",
    source,
    sentence: "The device was given one piece where only a part of it was mapped contiguously.",
    fix: "Use the length that MapTransfer wrote back, and map the rest with further calls.",
  },
});
