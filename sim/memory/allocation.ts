/**
 * What may be allocated, and which frames it gets: the rules of VirtualAlloc, ExAllocatePool2 and
 * MmAllocateContiguousMemory that matter to DMA.
 */
import { address, bytesToPages, LARGE_PAGE_SIZE, PAGE_SIZE } from "../units.ts";
import type { Address } from "../units.ts";
import { largePageFrames } from "./physical.ts";
import type { PhysicalMemory } from "./physical.ts";
import type { Placement, Zone } from "./ram.ts";
import type { CacheType, MemoryKind } from "./region.ts";

/** What to allocate. */
export interface AllocateOptions {
  /** Where the memory comes from. */
  readonly kind: MemoryKind;
  /** 4096 (default) or 2 MiB ({@link LARGE_PAGE_SIZE}). */
  readonly pageSize?: number;
  /** Where the frames lie. Default `"any"`. */
  readonly zone?: Zone;
  /** Frames wholly below this physical address. */
  readonly belowAddress?: Address;
  /** True for one physically contiguous run. Default false. */
  readonly contiguous?: boolean;
  /** Alignment of a contiguous run in bytes. Default one page. */
  readonly alignmentBytes?: number;
  /** Where in its first page the memory begins (0 to 4095). Default 0. */
  readonly byteOffset?: number;
  /** Default `"cached"`. */
  readonly cache?: CacheType;
}

/** An allocation that was refused: expected trouble, with its NTSTATUS and the reason. */
export interface AllocationRefusal {
  /** Tells a refusal from a region. */
  readonly kind: "refused";
  /** What the system would return or set as last status. */
  readonly status:
    | "STATUS_PRIVILEGE_NOT_HELD"
    | "STATUS_INVALID_PARAMETER"
    | "STATUS_NO_MEMORY"
    | "STATUS_INSUFFICIENT_RESOURCES";
  /** The same for a person. */
  readonly reason: string;
}

/** The frames of an allocation that was granted. */
export interface GrantedFrames {
  /** Tells frames from a refusal. */
  readonly kind: "granted";
  /** One a 4 KiB page, for large pages too. */
  readonly pfns: Uint32Array;
  /** Large pages were asked for. */
  readonly large: boolean;
  /** Where the frames had to lie. */
  readonly placement: Placement;
}

/**
 * Takes the frames for an allocation, or says why not. `privilege`: the process holds SeLockMemoryPrivilege.
 *
 * @throws {RangeError} if a number cannot be an allocation of anything.
 */
export function framesFor(
  memory: PhysicalMemory,
  lengthBytes: number,
  options: AllocateOptions,
  privilege: boolean,
): GrantedFrames | AllocationRefusal {
  const byteOffset = address(options.byteOffset ?? 0, "byte offset");
  if (address(lengthBytes, "length") === 0 || byteOffset >= PAGE_SIZE) {
    throw new RangeError(`Cannot allocate ${lengthBytes} bytes at page offset ${byteOffset}`);
  }
  const pageSize = options.pageSize ?? PAGE_SIZE;
  if (pageSize !== PAGE_SIZE && pageSize !== LARGE_PAGE_SIZE) {
    throw new RangeError(`Cannot use pages of ${pageSize} bytes: expected 4096 or ${LARGE_PAGE_SIZE}`);
  }
  const large = pageSize === LARGE_PAGE_SIZE;
  if (large && options.kind === "user" && !privilege) {
    return refusal("STATUS_PRIVILEGE_NOT_HELD", "large pages need SeLockMemoryPrivilege");
  }
  if (large && (lengthBytes % LARGE_PAGE_SIZE !== 0 || byteOffset !== 0)) {
    return refusal("STATUS_INVALID_PARAMETER", `${lengthBytes} bytes are not a whole number of 2 MiB pages`);
  }
  const pageCount = bytesToPages(byteOffset + lengthBytes);
  const placement: Placement = {
    zone: options.zone ?? "any",
    ...(options.belowAddress !== undefined ? { belowAddress: options.belowAddress } : {}),
  };
  const pfns = take(memory, pageCount, placement, large, options);
  if (pfns === null) {
    return large || options.contiguous === true
      ? refusal("STATUS_INSUFFICIENT_RESOURCES", `no ${large ? "free large pages" : "contiguous run"} of that size`)
      : refusal("STATUS_NO_MEMORY", `fewer than ${pageCount} frames are free there`);
  }
  return { kind: "granted", pfns, large, placement };
}

function take(
  memory: PhysicalMemory,
  pageCount: number,
  placement: Placement,
  large: boolean,
  options: AllocateOptions,
): Uint32Array | null {
  if (options.contiguous === true) {
    const alignmentBytes = Math.max(options.alignmentBytes ?? PAGE_SIZE, large ? LARGE_PAGE_SIZE : PAGE_SIZE);
    const first = memory.allocateContiguous(pageCount, { ...placement, alignmentBytes });
    return first < 0 ? null : Uint32Array.from({ length: pageCount }, (_, index) => first + index);
  }
  if (!large) return memory.allocateFrames(pageCount, placement);
  const first = memory.allocateLargePages(pageCount / (LARGE_PAGE_SIZE / PAGE_SIZE), placement);
  return first === null ? null : largePageFrames(first);
}

function refusal(status: AllocationRefusal["status"], reason: string): AllocationRefusal {
  return { kind: "refused", status, reason };
}
