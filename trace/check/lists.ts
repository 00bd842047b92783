/**
 * Scatter/gather lists: asked for, granted, given back. The forms of the routines decide who holds the channel:
 *
 * ```text
 * synchronous, no routine    held until FreeAdapterObject
 * synchronous, routine       the routine has run when the call returns; the channel is free again
 * with a routine, waiting    in line until `routine-enter`, where the log shows routines
 * ```
 */
import { LIST } from "./charts.ts";
import { lendContext, moveContext } from "./contexts.ts";
import { noteFailure } from "./failures.ts";
import { judgeHeld, letGo } from "./held.ts";
import { FollowedLife } from "./life.ts";
import type { CallLine } from "./log_line.ts";
import { judgeMemory, judgeRange, rangeOf, registersFor } from "./mdl_range.ts";
import { judgeElements, judgeOverlap } from "./overlap.ts";
import type { AdapterRecord, ListRecord } from "./records.ts";
import { distance, elementsOf, flag, hasFlag, outcomeOf, pointer, statusName } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** How a call asks for its list. */
interface Form {
  readonly synchronous: boolean;
  readonly withRoutine: boolean;
}

/** The four Get and Build routines. */
export function obtainList(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { args, out, name } = line;
  const resource = `adapter 0x${adapter.pointer}`;
  const range = rangeOf(world, args);
  const buffer = pointer(args.ScatterGatherBuffer);
  const form = formOf(line);
  const at = pointer(args.DmaTransferContext);
  const context = at === null ? null : world.context(at);
  const outcome = outcomeOf(line.ret);

  // 1 what the arguments show by themselves
  const wrong = judgeRange(world, range, name, resource) || judgeMemory(world, range, name);
  if (buffer !== null) judgeBuffer(world, name, buffer);
  const inUse = outcome === "failure" && buffer !== null && judgeRefusedBuffer(world, line, buffer);

  // 2 the context belongs to this request from here on, unless it was refused for its arguments
  const refusedBefore = outcome === "failure" && (wrong || inUse);
  if (!refusedBefore) lendContext(world, line, context, adapter);

  const registers = registersFor(world, range);
  if (outcome === "failure") {
    if (!refusedBefore) moveContext(context, "REFUSE");
    noteFailure(world, line, adapter, { range, registers, form, buffer });
    return;
  }

  // 3 the list's memory: a buffer that holds a live list is overwritten
  const pointerNow = buffer ?? pointer(out.ScatterGatherList);
  const early = form.withRoutine ? takeEarly(adapter, pointerNow) : null;
  // Built again by the holder of the channel, into its own buffer: the overlap is the misuse. And a list of the HAL's
  // own at an address that seems live says that a line is missing.
  const overlap = form.synchronous && adapter.holder?.list?.pointer === pointerNow;
  if (early === null && pointerNow !== null) judgeBufferFree(world, name, pointerNow, overlap || buffer === null);

  const list: ListRecord = {
    is: "list",
    pointer: pointerNow ?? early?.pointer ?? null,
    adapter,
    line: world.judge.line,
    life: new FollowedLife(LIST),
    writeToDevice: flag(args.WriteToDevice),
    mdl: range.mdl,
    offset: range.offset,
    length: range.length,
    context,
    elements: elementsOf(out.elements) ?? early?.elements ?? null,
    putLine: null,
    accused: false,
    released: null,
    unsure: outcome === "unknown",
    counted: true,
    shownByHal: buffer === null && pointerNow !== null && (!form.withRoutine || early !== null),
  };
  adapter.successes++;
  adapter.lastFailed = false;
  adapter.failure = null;
  if (list.pointer !== null) adapter.failedBuffers.delete(list.pointer);
  // A line that tells neither flags nor routine does not say who holds the channel now.
  if (name.endsWith("Ex") && args.ExecutionRoutine === undefined && args.Flags === undefined) {
    adapter.channelUnknown = true;
  }

  // 4 the adapter's one channel
  if (early !== null) return adoptEarly(world, adapter, list, early);
  world.keepList(list);
  if (form.withRoutine && !form.synchronous) enterLine(adapter, list, registers);
  else grantNow(world, name, adapter, list, form, registers);
  if (list.life.has("live")) {
    judgeElements(world, name, list);
    judgeOverlap(world, name, list);
  }
}

function formOf({ name, args, out }: CallLine): Form {
  if (!name.endsWith("Ex")) return { synchronous: false, withRoutine: true };
  const { ExecutionRoutine: routine } = args;
  const synchronous = hasFlag(args.Flags, 1, "DMA_SYNCHRONOUS_CALLBACK");
  // A missing routine or flag is told by the other: without a routine only the synchronous form exists.
  const withRoutine = routine === undefined
    ? synchronous === false || out.ScatterGatherList === undefined
    : routine !== null;
  return { synchronous: synchronous ?? !withRoutine, withRoutine };
}

function grantNow(
  world: World,
  call: string,
  adapter: AdapterRecord,
  list: ListRecord,
  { withRoutine }: Form,
  registers: number | null,
): void {
  const demand = {
    type: "BUILD_SCATTER_GATHER_LIST" as const,
    registers: Math.min(registers ?? 0, adapter.mapRegisters),
    synchronous: true,
    withRoutine,
    registersAvailable: true,
    memoryAvailable: true,
  };
  if (adapter.life.has("channelHeld")) {
    judgeHeld(world, call, adapter, adapter.life.send(demand), !list.unsure);
    letGo(adapter);
  }
  leaveLineQuietly(adapter);
  adapter.life.send(demand);
  list.life.send({ type: "FILL" });
  moveContext(list.context, "GRANT");
  adapter.channelUnknown = false;
  if (withRoutine) {
    adapter.life.send({ type: "ROUTINE_RETURNED", action: "DeallocateObjectKeepRegisters" });
    moveContext(list.context, "RELEASE");
  } else {adapter.holder = {
      line: world.judge.line,
      list,
      grant: null,
      context: list.context,
      accused: false,
      reinitialised: null,
    };}
}

/** A synchronous grant is a proof that nobody waits: those who waited were granted unseen. */
function leaveLineQuietly(adapter: AdapterRecord): void {
  for (const waiting of [...adapter.waiting]) if (waiting.is === "list") grantUnseen(adapter, waiting);
}

/** A list whose routine ran, though no line showed it. */
export function grantUnseen(adapter: AdapterRecord, list: ListRecord): void {
  const index = adapter.waiting.indexOf(list);
  if (index < 0) return;
  adapter.waiting.splice(index, 1);
  list.counted = !adapter.life.has("channelHeld");
  if (list.counted) {
    adapter.life.send({ type: "GRANT", form: "list" });
    adapter.life.send({ type: "ROUTINE_RETURNED", action: "DeallocateObjectKeepRegisters" });
  } else adapter.life.send({ type: "CANCEL_ADAPTER_CHANNEL" });
  list.life.send({ type: "FILL" });
  moveContext(list.context, "GRANT");
  moveContext(list.context, "RELEASE");
}

function enterLine(adapter: AdapterRecord, list: ListRecord, registers: number | null): void {
  adapter.life.send({
    type: "BUILD_SCATTER_GATHER_LIST",
    registers: Math.min(registers ?? 0, adapter.mapRegisters),
    synchronous: false,
    withRoutine: true,
    registersAvailable: false,
    memoryAvailable: true,
  });
  list.life.send({ type: "REQUEST" });
  moveContext(list.context, "QUEUE");
  adapter.waiting.push(list);
}

function takeEarly(adapter: AdapterRecord, at: Pointer | null): ListRecord | null {
  const index = adapter.early.findIndex((early) => early.is === "list" && (at === null || early.pointer === at));
  if (index < 0) return null;
  return adapter.early.splice(index, 1)[0] as ListRecord;
}

/** The routine ran before this line was written: what is known of the list is joined. */
function adoptEarly(world: World, adapter: AdapterRecord, list: ListRecord, early: ListRecord): void {
  const joined: ListRecord = { ...list, life: early.life, accused: early.accused };
  if (early.life.state === "put") {
    moveContext(list.context, "GRANT");
    moveContext(list.context, "RELEASE");
    return;
  }
  world.dropList(early);
  if (early.pointer !== null) world.putLists.forget(early.pointer);
  world.keepList(joined);
  moveContext(list.context, "GRANT");
  if (adapter.running === early) adapter.running = joined;
  else moveContext(list.context, "RELEASE");
  judgeElements(world, "AdapterListControl", joined);
  judgeOverlap(world, "AdapterListControl", joined);
}

function judgeBuffer(world: World, call: string, buffer: Pointer): void {
  for (const memory of world.pagedMemory.values()) {
    const inside = distance(memory.va, buffer);
    if (inside < 0 || inside >= memory.length) continue;
    world.judge.report("PagedSglBuffer", { call, resource: `buffer 0x${buffer}`, since: memory.line });
    return;
  }
}

/** STATUS_INVALID_PARAMETER for a buffer that holds a live list says what it is about. True if it does. */
function judgeRefusedBuffer(world: World, { name: call, ret }: CallLine, at: Pointer): boolean {
  const live = statusName(ret) === "STATUS_INVALID_PARAMETER" ? world.lists.get(at) : undefined;
  if (live === undefined || live.unsure) return false;
  const { state, legal: expected } = live.life;
  const site = { call, resource: `list 0x${at}`, state, expected, since: live.line };
  if (state === "requested") world.judge.reportWhen("routine", "SglBufferInUse", site);
  else world.judge.report("SglBufferInUse", site);
  return true;
}

function judgeBufferFree(world: World, call: string, at: Pointer, quiet: boolean): void {
  const live = world.lists.get(at);
  if (live === undefined) return;
  const { adapter } = live;
  const { state, legal } = live.life;
  const site = { call, resource: `list 0x${at}`, state, expected: legal, since: live.line };
  const [misuse] = live.life.send({ type: "FILL" });
  if (!quiet && !live.unsure) {
    if (state === "requested") world.judge.reportWhen("routine", "SglBufferInUse", site);
    else if (misuse !== undefined) world.judge.report(misuse.rule, site);
  }
  // The new list takes the old one's place; that the old one was never put is part of the same misuse.
  world.dropList(live);
  if (adapter === null) return;
  const index = adapter.waiting.indexOf(live);
  if (index >= 0) {
    adapter.waiting.splice(index, 1);
    adapter.life.send({ type: "CANCEL_ADAPTER_CHANNEL" });
  } else if (live.counted) adapter.life.send({ type: "PUT_SCATTER_GATHER_LIST" });
}
