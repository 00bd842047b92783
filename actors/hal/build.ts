/**
 * GetScatterGatherList(Ex) and BuildScatterGatherList(Ex). Get and Build do the same; only the list's memory differs
 * (S0-20). The forms of the Ex routines:
 *
 * ```text
 * synchronous  routine  list pointer
 *     no         no         any       INVALID_PARAMETER
 *     no         yes      optional    success now, routine later
 *     yes        no          no       INVALID_PARAMETER
 *     yes        no         yes       list on return; FreeAdapterObject, then Put
 *     yes        yes      optional    routine runs before the return; only Put
 * ```
 */
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import { hexText } from "../../trace/event.ts";
import type { TraceValue } from "../../trace/event.ts";
import { ADAPTER_GONE } from "./adapter.ts";
import type { Adapter } from "./adapter.ts";
import type { RoutineName } from "./adapter_counters.ts";
import { listPointer, traceElements, tracePointer, traceReason } from "./call_arguments.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "./dma_operations.ts";
import type {
  BuildScatterGatherListExParameters,
  BuildScatterGatherListParameters,
  Failure,
  GetScatterGatherListExParameters,
  GetScatterGatherListParameters,
  Result,
} from "./dma_operations.ts";
import { HalList } from "./hal_list.ts";
import type { ListOrder } from "./hal_list.ts";
import { obtainList } from "./obtain_list.ts";
import type { ScatterGatherList } from "./scatter_gather.ts";
import { livingContext } from "./transfer_context.ts";

const NOBODY: Failure = {
  status: "STATUS_INVALID_PARAMETER",
  why: "synchronous, with neither an execution routine nor a place for the list: nobody could be told",
};

/** GetScatterGatherList: HAL-owned list, with a routine, queued if need be. = DISPATCH_LEVEL. */
export function getScatterGatherList(adapter: Adapter, p: GetScatterGatherListParameters): Result {
  const alive = adapter.enter("GetScatterGatherList", "= DISPATCH_LEVEL");
  const outcome = alive ? obtainList("GetScatterGatherList", routineOrder(adapter, p), null) : ADAPTER_GONE;
  if (adapter.hal.door.tracing) trace(adapter, "GetScatterGatherList", p, outcome);
  return outcome instanceof HalList ? SUCCESS : outcome;
}

/** BuildScatterGatherList: the same in the caller's buffer, without allocating. = DISPATCH_LEVEL. */
export function buildScatterGatherList(adapter: Adapter, p: BuildScatterGatherListParameters): Result {
  const alive = adapter.enter("BuildScatterGatherList", "= DISPATCH_LEVEL");
  const outcome = alive ? obtainList("BuildScatterGatherList", routineOrder(adapter, p), p) : ADAPTER_GONE;
  if (adapter.hal.door.tracing) trace(adapter, "BuildScatterGatherList", p, outcome);
  return outcome instanceof HalList ? SUCCESS : outcome;
}

/** GetScatterGatherListEx: HAL-owned list, in any of the forms. <= DISPATCH_LEVEL. */
export function getScatterGatherListEx(adapter: Adapter, p: GetScatterGatherListExParameters): ListResult {
  const alive = adapter.enter("GetScatterGatherListEx", "<= DISPATCH_LEVEL");
  const outcome = alive ? obtainEx(adapter, "GetScatterGatherListEx", p, false) : ADAPTER_GONE;
  if (adapter.hal.door.tracing) trace(adapter, "GetScatterGatherListEx", p, outcome);
  return result(outcome, p.wantScatterGatherList);
}

/** BuildScatterGatherListEx: the same in the caller's buffer, without allocating. = DISPATCH_LEVEL. */
export function buildScatterGatherListEx(adapter: Adapter, p: BuildScatterGatherListExParameters): ListResult {
  const alive = adapter.enter("BuildScatterGatherListEx", "= DISPATCH_LEVEL");
  const outcome = alive ? obtainEx(adapter, "BuildScatterGatherListEx", p, true) : ADAPTER_GONE;
  if (adapter.hal.door.tracing) trace(adapter, "BuildScatterGatherListEx", p, outcome);
  return result(outcome, p.wantScatterGatherList);
}

type ListResult = Result<{ readonly scatterGatherList: ScatterGatherList | null }>;

const SUCCESS: Result = { status: "STATUS_SUCCESS" };
const SUCCESS_WITHOUT_LIST: ListResult = { status: "STATUS_SUCCESS", scatterGatherList: null };

function result(outcome: HalList | Failure, wanted: boolean): ListResult {
  if (!(outcome instanceof HalList)) return outcome;
  return wanted ? { status: "STATUS_SUCCESS", scatterGatherList: outcome } : SUCCESS_WITHOUT_LIST;
}

function obtainEx(
  adapter: Adapter,
  call: RoutineName,
  p: GetScatterGatherListExParameters | BuildScatterGatherListExParameters,
  inBuffer: boolean,
): HalList | Failure {
  if (!adapter.description.master) {
    adapter.hal.door.misuse("RoutineNotForDevice", call, adapter.name, "it is for bus masters");
  }
  const synchronous = (p.flags & DMA_SYNCHRONOUS_CALLBACK) !== 0;
  if (synchronous && p.executionRoutine === null && !p.wantScatterGatherList) return NOBODY;
  const order: ListOrder = {
    adapter,
    deviceObject: p.deviceObject,
    transferContext: livingContext(p.dmaTransferContext),
    mdl: p.mdl,
    offset: p.offset,
    length: p.length,
    synchronous,
    routine: p.executionRoutine,
    context: p.context,
    writeToDevice: p.writeToDevice,
  };
  return obtainList(call, order, inBuffer ? p as BuildScatterGatherListExParameters : null);
}

/** The order of a routine of versions 1 and 2: always with a routine, always willing to wait. */
function routineOrder(adapter: Adapter, p: GetScatterGatherListParameters): ListOrder {
  return {
    adapter,
    deviceObject: p.deviceObject,
    transferContext: null,
    mdl: p.mdl,
    offset: p.currentVa - mmGetMdlVirtualAddress(p.mdl),
    length: p.length,
    synchronous: false,
    routine: p.executionRoutine,
    context: p.context,
    writeToDevice: p.writeToDevice,
  };
}

function trace(
  adapter: Adapter,
  call: RoutineName,
  p: GetScatterGatherListParameters | GetScatterGatherListExParameters | BuildScatterGatherListParameters,
  outcome: HalList | Failure,
): void {
  const { hal } = adapter;
  const { pointers } = hal.door;
  const args: Record<string, TraceValue> = {
    DmaAdapter: pointers.of(adapter),
    DeviceObject: pointers.of(p.deviceObject),
  };
  if ("dmaTransferContext" in p) args.DmaTransferContext = pointers.of(p.dmaTransferContext);
  args.Mdl = pointers.of(p.mdl);
  if ("currentVa" in p) args.CurrentVa = hexText(p.currentVa);
  else args.Offset = p.offset;
  args.Length = p.length;
  if ("flags" in p) args.Flags = p.flags === DMA_SYNCHRONOUS_CALLBACK ? "DMA_SYNCHRONOUS_CALLBACK" : p.flags;
  args.ExecutionRoutine = tracePointer(hal, p.executionRoutine);
  args.Context = tracePointer(hal, p.context);
  args.WriteToDevice = p.writeToDevice;
  if ("scatterGatherBuffer" in p) {
    args.ScatterGatherBuffer = hexText(p.scatterGatherBuffer.va);
    args.ScatterGatherLength = p.scatterGatherLength;
  }
  if (!(outcome instanceof HalList)) {
    hal.door.record(call, args, outcome.status, traceReason(outcome));
    return;
  }
  const wanted = "wantScatterGatherList" in p && p.wantScatterGatherList;
  const out = wanted
    ? { ScatterGatherList: listPointer(hal, outcome), elements: outcome.life.has("live") ? traceElements(outcome) : [] }
    : null;
  hal.door.record(call, args, "STATUS_SUCCESS", out);
}
