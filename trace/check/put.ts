/** PutScatterGatherList: a list goes back, or what was taken for one. */
import { moveContext } from "./contexts.ts";
import { grantUnseen } from "./lists.ts";
import type { CallLine } from "./log_line.ts";
import { takePut } from "./meanwhile.ts";
import type { AdapterRecord, ListRecord } from "./records.ts";
import { namePutAfterRelease } from "./released_memory.ts";
import { flag, pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

const PUT_EARLY_KEPT = 64;
const PUT = { type: "PUT_SCATTER_GATHER_LIST" } as const;

/** PutScatterGatherList. */
export function putList(world: World, line: CallLine, adapter: AdapterRecord): void {
  if (line.args.ScatterGather === undefined) return world.judge.miss();
  const at = pointer(line.args.ScatterGather);
  const due = at === null ? null : takePut(adapter, at);
  if (due !== null) return judgePut(world, line, adapter, due);
  const list = at === null ? undefined : world.lists.get(at);
  if (list !== undefined) return put(world, line, adapter, list);
  const unseen = grantedUnseen(world, adapter, flag(line.args.WriteToDevice));
  if (at !== null && unseen !== null) {
    grantUnseen(adapter, unseen);
    unseen.pointer = at;
    world.lists.set(at, unseen);
    return put(world, line, adapter, unseen);
  }
  judgeUnknown(world, line, adapter, at);
}

function put(world: World, line: CallLine, adapter: AdapterRecord, list: ListRecord): void {
  const owner = list.adapter ?? adapter;
  const { state } = list.life;
  judgePut(world, line, adapter, list);
  if (state === "requested") grantUnseen(owner, list);
  if (list.counted) owner.life.send(PUT);
  // The context may serve another request by now.
  const { context } = list;
  if (context?.line === list.line && context.life.state === "inUse" && owner.holder?.list !== list) {
    moveContext(context, "RELEASE");
  }
  world.dropList(list);
}

/** What the line of a Put shows about its list: another adapter, another direction, too early. */
function judgePut(world: World, line: CallLine, adapter: AdapterRecord, list: ListRecord): void {
  const { judge } = world;
  const { name: call } = line;
  const { state, legal } = list.life;
  const site = { call, resource: `list 0x${list.pointer}`, state, expected: legal, since: list.line };
  const owner = list.adapter ?? adapter;
  if (owner !== adapter) {
    const details = `built with adapter 0x${owner.pointer}, put with adapter 0x${adapter.pointer}`;
    judge.report("SglNotFromThisAdapter", { ...site, details });
  }
  const direction = flag(line.args.WriteToDevice);
  if (direction !== null && list.writeToDevice !== null && direction !== list.writeToDevice) {
    const details = `built with WriteToDevice ${list.writeToDevice}, put with ${direction}`;
    judge.report("PutDirectionMismatch", { ...site, details });
  }
  namePutAfterRelease(world, list);
  const [misuse] = list.life.send(PUT);
  if (misuse?.rule === "PutBeforeCallback") {
    judge.reportWhen("routine", misuse.rule, site);
    if (owner.putEarly.size >= PUT_EARLY_KEPT) owner.putEarly.clear();
    if (list.pointer !== null) owner.putEarly.add(list.pointer);
  } else if (misuse?.rule === "PutWhileDeviceActive") judge.reportWhen("device-done", misuse.rule, site);
  else if (misuse !== undefined) judge.report(misuse.rule, site);
}

/** The oldest request for a list of the HAL's own whose grant no line showed; of the same direction, if one is. */
function grantedUnseen(world: World, adapter: AdapterRecord, direction: boolean | null): ListRecord | null {
  if (world.judge.hasSeen("routine")) return null;
  let oldest: ListRecord | null = null;
  for (const waiting of adapter.waiting) {
    if (waiting.is !== "list" || waiting.pointer !== null) continue;
    if (waiting.writeToDevice === direction) return waiting;
    oldest ??= waiting;
  }
  return oldest;
}

/** A pointer that is no live list: put before, never built, or something else. */
function judgeUnknown(world: World, line: CallLine, adapter: AdapterRecord, at: Pointer | null): void {
  const { judge } = world;
  const { name: call } = line;
  const before = at === null ? undefined : world.putLists.find(at);
  const resource = `list ${at === null ? "NULL" : `0x${at}`}`;
  const site = { call, resource, state: "put", expected: [], since: null };
  const grant = at === null ? null : world.grantWithBase(at);
  if (at === null ? adapter.lastFailed : adapter.failedBuffers.has(at)) {
    const since = adapter.failure?.line ?? null;
    judge.report("FreeOfFailedMapping", { ...site, state: "empty", since });
  } else if (before !== undefined) {
    judge.report("SglDoublePut", {
      ...site,
      expected: before.life.legal,
      since: before.putLine,
      details: `put before in line ${before.putLine}, built in line ${before.line}`,
    });
  } else if (grant !== null) {
    const details = `0x${at} is the map-register base of line ${grant.line}: FlushAdapterBuffers, FreeMapRegisters`;
    judge.report("FreeWithWrongFunction", { ...site, state: grant.life.state, since: grant.line, details });
  } else if (at !== null && adapter.commonBuffers.has(at)) {
    const { line: since, life } = adapter.commonBuffers.get(at)!;
    judge.report("FreeWithWrongFunction", { ...site, state: life.state, since, details: "it is a common buffer" });
  } else if (!adapter.adopted) {
    const details = "no Get or Build in this log made it";
    judge.report("PutUnknown", { ...site, state: "empty", details, suspected: world.startsInTheMiddle });
  }
}
