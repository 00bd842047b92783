/**
 * CalculateScatterGatherList (its type is PCALCULATE_SCATTER_GATHER_LIST_SIZE; S1-17): how many bytes a list would
 * take and how many map registers. It reserves nothing.
 *
 * 1 version 3 with an MDL: is CurrentVa inside it?        INVALID_PARAMETER (undocumented, reported from the field)
 * 2 is the chain long enough, give or take a page?        BUFFER_TOO_SMALL
 * 3 R > N?                                                INSUFFICIENT_RESOURCES, for ever
 * 4 the bytes of a list with an element a page
 */
import { mdlChainByteCount, mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import type { Address } from "../../sim/units.ts";
import { ADAPTER_GONE } from "./adapter.ts";
import type { Adapter } from "./adapter.ts";
import type { TraceArguments } from "../kernel/door.ts";
import { traceReason } from "./call_arguments.ts";
import type { Failure, Result } from "./dma_operations.ts";
import { CHAIN_TOO_SHORT, registersForOffset, registersForRange, registersForVa } from "./map_registers.ts";
import { scatterGatherListBytes } from "./scatter_gather.ts";
import { hexText } from "../../trace/event.ts";

/** What CalculateScatterGatherList is asked. */
export interface CalculateParameters {
  readonly mdl: Mdl | null;
  readonly currentVa: Address;
  readonly length: number;
}

type Calculation = Result<{ readonly scatterGatherListSize: number; readonly numberOfMapRegisters: number }>;

/** CalculateScatterGatherList. Any IRQL. */
export function calculateScatterGatherList(adapter: Adapter, p: CalculateParameters): Calculation {
  const alive = adapter.enter("CalculateScatterGatherList", "any");
  const result = alive ? calculate(adapter, p) : ADAPTER_GONE;
  const { door } = adapter.hal;
  if (door.tracing) {
    const args = {
      DmaAdapter: door.pointers.of(adapter),
      Mdl: door.pointers.of(p.mdl),
      CurrentVa: hexText(p.currentVa),
      Length: p.length,
    };
    const out: TraceArguments | null = result.status === "STATUS_SUCCESS"
      ? { ScatterGatherListSize: result.scatterGatherListSize, NumberOfMapRegisters: result.numberOfMapRegisters }
      : traceReason(result);
    door.record("CalculateScatterGatherList", args, result.status, out);
  }
  return result;
}

function calculate(adapter: Adapter, { mdl, currentVa, length }: CalculateParameters): Calculation {
  const registers = mdl === null ? registersForRange(currentVa, length) : inMdl(adapter, mdl, currentVa, length);
  if (typeof registers !== "number") return registers;
  const granted = adapter.numberOfMapRegisters;
  if (registers > granted) {
    return {
      status: "STATUS_INSUFFICIENT_RESOURCES",
      reason: "perTransferLimit",
      why: `needs ${registers} map registers, adapter was granted ${granted}`,
    };
  }
  return {
    status: "STATUS_SUCCESS",
    scatterGatherListSize: scatterGatherListBytes(registers),
    numberOfMapRegisters: registers,
  };
}

function inMdl(adapter: Adapter, mdl: Mdl, currentVa: Address, length: number): number | Failure {
  const offset = currentVa - mmGetMdlVirtualAddress(mdl);
  const total = mdlChainByteCount(mdl);
  const version3 = adapter.operationsVersion === 3;
  if (offset < 0 || offset >= (version3 ? total : mdl.byteCount)) {
    const why = `CurrentVa ${hexText(currentVa)} is not an address of the MDL, which describes ${total} bytes from ${
      hexText(mmGetMdlVirtualAddress(mdl))
    }`;
    const { door } = adapter.hal;
    const figures = { virtualAddress: hexText(currentVa), mdl: door.pointers.of(mdl)! };
    door.misuse("VaOutsideMdl", "CalculateScatterGatherList", adapter.name, why, undefined, figures);
    if (version3) return { status: "STATUS_INVALID_PARAMETER", why };
  }
  const registers = version3 ? registersForOffset(mdl, offset, length) : registersForVa(mdl, currentVa, length);
  if (registers !== CHAIN_TOO_SHORT) return registers;
  return { status: "STATUS_BUFFER_TOO_SMALL", why: `Length ${length} goes beyond an MDL chain of ${total} bytes` };
}
