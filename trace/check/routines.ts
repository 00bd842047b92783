/** The driver's own routines, as `routine-enter` and `routine-leave` tell them, before or after the call's line. */
import { LIST } from "./charts.ts";
import { moveContext } from "./contexts.ts";
import { judgeSum, newGrant, returnedAction, routineReturned } from "./grants.ts";
import { FollowedLife } from "./life.ts";
import { freedMeanwhile, putMeanwhile } from "./meanwhile.ts";
import { judgeElements, judgeOverlap } from "./overlap.ts";
import type { EventLine } from "./log_line.ts";
import type { AdapterRecord, GrantRecord, ListRecord } from "./records.ts";
import { elementsOf, pointer } from "./values.ts";
import type { World } from "./world.ts";

/** `routine-enter`. */
export function routineEnter(world: World, event: EventLine): void {
  const adapter = adapterNamed(world, event);
  const { routine } = event.fields;
  if (routine === "DmaCompletionRoutine") {
    world.judge.see("dma-completion");
    if (adapter !== null) { for (const grant of adapter.grants) grant.ended = true; }
    return;
  }
  // Only lines that say whose routine it is, and for which list, show that routines are traced.
  const whole = typeof event.fields.adapter === "string" &&
    (routine !== "AdapterListControl" || event.fields.sgl !== undefined);
  if (whole) world.judge.see("routine");
  if (adapter === null) return;
  if (routine === "AdapterListControl") enterListControl(world, event, adapter);
  else if (routine === "AdapterControl") enterControl(world, event, adapter);
}

/** `routine-leave`. */
export function routineLeave(world: World, event: EventLine): void {
  const adapter = adapterNamed(world, event);
  const running = adapter?.running ?? null;
  if (adapter === null || running === null) return;
  adapter.running = null;
  if (running.is === "grant") {
    routineReturned(world, running, returnedAction(event.fields.action), "AdapterControl");
    return;
  }
  adapter.life.send({ type: "ROUTINE_RETURNED", action: "DeallocateObjectKeepRegisters" });
  moveContext(running.context, "RELEASE");
}

function adapterNamed(world: World, { fields }: EventLine): AdapterRecord | null {
  const at = pointer(fields.adapter);
  return at === null ? null : world.adapters.get(at) ?? null;
}

function enterListControl(world: World, { fields }: EventLine, adapter: AdapterRecord): void {
  const at = pointer(fields.sgl);
  const elements = elementsOf(fields.elements);
  const waiting = waitingList(adapter, at);
  if (waiting === null && at !== null && adapter.putEarly.delete(at)) return;
  const there = at === null ? undefined : world.lists.get(at);
  if (at !== null && there !== undefined && there !== waiting && there.shownByHal) putMeanwhile(world, at, there);
  const list = waiting ?? justBuilt(world, at);
  if (list !== null) {
    const index = adapter.waiting.indexOf(list);
    if (index >= 0) {
      adapter.waiting.splice(index, 1);
      freedMeanwhile(adapter);
      if (!adapter.life.has("channelHeld")) {
        adapter.life.send({ type: "GRANT", form: "list" });
        adapter.running = list;
      }
      list.life.send({ type: "FILL" });
      moveContext(list.context, "GRANT");
      if (list.pointer === null && at !== null) {
        list.pointer = at;
        list.shownByHal = true;
        world.lists.set(at, list);
        world.putLists.forget(at);
      }
    }
    list.elements = elements ?? list.elements;
    judgeElements(world, "AdapterListControl", list);
    judgeOverlap(world, "AdapterListControl", list);
    return;
  }
  if (at === null || world.lists.has(at)) return;
  // The call's own line is still to come: it is written when the call returns.
  const early: ListRecord = {
    is: "list",
    pointer: at,
    adapter,
    line: world.judge.line,
    life: new FollowedLife(LIST),
    writeToDevice: null,
    mdl: null,
    offset: null,
    length: null,
    context: null,
    elements,
    putLine: null,
    accused: false,
    released: null,
    unsure: false,
    counted: true,
    shownByHal: false,
  };
  early.life.send({ type: "FILL" });
  grantInRoutine(adapter, "list");
  adapter.early.push(early);
  if (adapter.early.length > 64) adapter.early.shift();
  adapter.running = early;
  world.keepList(early);
}

function waitingList(adapter: AdapterRecord, at: string | null): ListRecord | null {
  let nameless: ListRecord | null = null;
  for (const waiting of adapter.waiting) {
    if (waiting.is !== "list") continue;
    if (at === null || waiting.pointer === at) return waiting;
    if (waiting.pointer === null) nameless ??= waiting;
  }
  return nameless;
}

/** A synchronous form whose line was written when the call was entered: the list is there already. */
function justBuilt(world: World, at: string | null): ListRecord | null {
  return at === null ? null : world.lists.get(at) ?? null;
}

function enterControl(world: World, { fields }: EventLine, adapter: AdapterRecord): void {
  const base = fields.mapRegisterBase === undefined ? undefined : pointer(fields.mapRegisterBase);
  const index = adapter.waiting.findIndex(({ is }) => is === "grant");
  let grant: GrantRecord;
  if (index >= 0) {
    grant = adapter.waiting.splice(index, 1)[0] as GrantRecord;
    freedMeanwhile(adapter);
    adapter.life.send({ type: "GRANT", form: "channel" });
    moveContext(grant.context, "GRANT");
  } else {
    grant = newGrant(world, adapter, null, null, null);
    grant.life.send({ type: "ALLOCATE_ADAPTER_CHANNEL" });
    grantInRoutine(adapter, "channel");
    adapter.early.push(grant);
    if (adapter.early.length > 64) adapter.early.shift();
  }
  grant.base = base;
  const excess = judgeSum(world, "AdapterControl", grant);
  adapter.excess = index >= 0 ? excess : null;
  grant.life.send({ type: "GRANT" });
  adapter.grants.add(grant);
  adapter.running = grant;
}

function grantInRoutine(adapter: AdapterRecord, form: "list" | "channel"): void {
  if (adapter.life.has("channelHeld")) return;
  adapter.life.send({
    type: form === "list" ? "BUILD_SCATTER_GATHER_LIST" : "ALLOCATE_ADAPTER_CHANNEL",
    registers: 0,
    synchronous: true,
    withRoutine: true,
    registersAvailable: true,
    memoryAvailable: true,
  });
}
