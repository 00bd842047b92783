/** What is wrong about an unmap, a free or a sync, given the mapping that it means. The order is the kernel's. */
import type { LinuxTraceRule } from "../rules/mod.ts";
import { addressesIn } from "./linux_event.ts";
import type { DmaEvent } from "./linux_event.ts";
import type { Mapping, MappingShape } from "./linux_mappings.ts";

/** A misuse. */
export interface Verdict {
  readonly rule: LinuxTraceRule;
  /** A clause with the figures that decided. */
  readonly details: string;
  /** The kernel's own debugging lets it pass, and its own drivers do so: nothing breaks. */
  readonly isTolerated: boolean;
}

/** Judges an unmap or a free; `shape` is what it says about itself. */
export function judgeEnd({ call }: DmaEvent, shape: MappingShape, mapping: Mapping): Verdict | null {
  const { kind, size, direction, entries } = shape;
  const isAllocated = mapping.kind === "coherent";
  if (kind !== mapping.kind) {
    const made = isAllocated ? "allocated" : "mapped";
    return wrong("FreeWithWrongFunction", `${made} by ${mapping.madeBy}, given to ${call}`);
  }
  if (kind !== "sg" && size !== null && mapping.size !== null && size !== mapping.size) {
    const [made, gone] = isAllocated ? ["allocated", "freed"] : ["mapped", "unmapped"];
    return wrong("FreeSizeMismatch", `${mapping.size} bytes ${made}, ${size} bytes ${gone}`);
  }
  if (entries !== null && mapping.entries !== null && entries !== mapping.entries) {
    return wrong("SglElementCountChanged", `mapped with nents ${mapping.entries}, unmapped with ${entries}`);
  }
  if (!isAllocated && differ(direction, mapping.direction)) {
    return wrong("PutDirectionMismatch", `mapped with ${mapping.direction}, unmapped with ${direction}`);
  }
  return null;
}

/** Judges a sync; `address` is where it begins, `shape` what it says about itself. */
export function judgeSync(event: DmaEvent, address: string, shape: MappingShape, mapping: Mapping): Verdict | null {
  const { call, fields } = event;
  const { kind, size, direction } = shape;
  if (mapping.kind !== "sg" && size !== null && mapping.size !== null) {
    const offset = parseInt(address, 16) - mapping.start;
    if (offset + size > mapping.size) {
      return wrong(
        "FlushPastRegisterFile",
        `${size} bytes from offset ${offset} of a mapping of ${mapping.size} bytes`,
      );
    }
  }
  if (kind === "sg" && mapping.entries !== null) {
    const count = addressesIn(fields).length;
    if (count !== mapping.entries) {
      return wrong("SglElementCountChanged", `mapped with nents ${mapping.entries}, synced with ${count}`);
    }
  }
  const isDifferent = differ(direction, mapping.direction);
  const toCpu = call.endsWith("_for_cpu");
  if (mapping.direction === "DMA_TO_DEVICE" && toCpu) return wrongWay("FlushForCpuOnWrite", mapping, direction);
  if (mapping.direction === "DMA_FROM_DEVICE" && !toCpu) return wrongWay("FlushForDeviceOnRead", mapping, direction);
  if (!isDifferent) return null;
  const isTolerated = mapping.direction === "DMA_BIDIRECTIONAL";
  return { rule: "FlushDirectionMismatch", details: bothWays(mapping, direction, isTolerated), isTolerated };
}

/** A sync for who has nothing to see: the kernel minds only where the sync names another direction, too. */
function wrongWay(rule: LinuxTraceRule, mapping: Mapping, direction: string): Verdict {
  const isTolerated = !differ(direction, mapping.direction);
  return { rule, details: bothWays(mapping, direction, isTolerated), isTolerated };
}

function bothWays(mapping: Mapping, direction: string, isTolerated: boolean): string {
  const made = mapping.kind === "coherent" ? "allocated" : "mapped";
  const ways = differ(direction, mapping.direction)
    ? `${made} with ${mapping.direction}, synced with ${direction}`
    : `${made} and synced with ${mapping.direction}`;
  return isTolerated ? `${ways}, which the kernel lets pass` : ways;
}

function wrong(rule: LinuxTraceRule, details: string): Verdict {
  return { rule, details, isTolerated: false };
}

/** True for two directions that are both known and not the same. */
function differ(one: string, other: string): boolean {
  return one !== "" && other !== "" && one !== other;
}
