/** FreeAdapterObject, FreeAdapterChannel and FreeMapRegisters: the channel goes back, or kept registers do. */
import { moveContext } from "./contexts.ts";
import { buryGrant, grantText, routineReturned } from "./grants.ts";
import type { CallLine } from "./log_line.ts";
import { takeFreed } from "./meanwhile.ts";
import { findGrant } from "./transfers.ts";
import type { AdapterRecord, Holder } from "./records.ts";
import { actionOf, count, pointer } from "./values.ts";
import type { Action } from "./values.ts";
import type { World } from "./world.ts";

/** FreeAdapterObject and FreeAdapterChannel. */
export function freeChannel(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { judge } = world;
  const { name: call } = line;
  const action: Action | null = call === "FreeAdapterChannel"
    ? "DeallocateObject"
    : actionOf(line.args.AllocationAction);
  const freed = takeFreed(adapter);
  if (freed !== null) return judgeFreed(world, line, adapter, freed, action);
  if (adapter.channelUnknown && !adapter.life.has("channelHeld")) {
    // Held before the log began; from here on it is known to be free.
    adapter.channelUnknown = false;
    return;
  }
  if (!adapter.life.has("channelHeld")) implyKeepObject(world, adapter, call);
  const { holder } = adapter;
  const { state, legal } = adapter.life;
  const site = {
    call,
    resource: `adapter 0x${adapter.pointer}`,
    state,
    expected: legal,
    since: holder?.line ?? (adapter.lastFailed ? adapter.failure?.line ?? null : adapter.line),
  };
  const type = call === "FreeAdapterChannel" ? "FREE_ADAPTER_CHANNEL" : "FREE_ADAPTER_OBJECT";
  // An action that the line does not tell is taken for the right one.
  const misuses = adapter.life.send({ type, action: action ?? "DeallocateObjectKeepRegisters" });
  const grant = holder?.grant ?? null;
  const frees = grant === null || action === "KeepObject"
    ? misuses
    : [...misuses, ...grant.life.send({ type: action === "DeallocateObject" ? "FREE_ADAPTER_CHANNEL" : KEEP })];
  if (misuses[0]?.rule === "FreeAdapterObjectKeepObject") {
    // The documented pattern of system DMA ends with this call, which does nothing: worth a word, and no accusation.
    const idle = adapter.master === false;
    judge.reportFirst(frees, idle ? { ...site, severity: "note" } : site);
    if (holder !== null && !idle) holder.accused = true;
    return;
  }
  judge.reportFirst(frees, site);
  judgeReinitialised(world, holder);
  if (grant !== null && action === "DeallocateObject") buryGrant(world, grant);
  // A NULL base holds no registers, and must not be freed.
  if (grant?.base === null && action !== "DeallocateObject") adapter.life.send({ type: "FREE_MAP_REGISTERS" });
  moveContext(holder?.context ?? null, "RELEASE");
  adapter.holder = null;
}

/** The line of a call that has freed the channel already: what its action did to the holder's registers. */
function judgeFreed(
  world: World,
  { name: call }: CallLine,
  adapter: AdapterRecord,
  { line: since, list, grant }: Holder,
  action: Action | null,
): void {
  const { state, legal: expected } = adapter.life;
  const site = { call, resource: `adapter 0x${adapter.pointer}`, state, expected, since };
  if (grant !== null) {
    const type = action === "DeallocateObject" ? "FREE_ADAPTER_CHANNEL" : KEEP;
    world.judge.reportFirst(grant.life.send({ type }), site);
    if (action === "DeallocateObject") buryGrant(world, grant);
  } else if (list !== null && action === "DeallocateObject") {
    const live = adapter.lists.has(list);
    world.judge.report(live ? "RegistersFreedUnderSgl" : "MapRegistersDoubleFree", site);
  }
}

/** The context was initialised under its own transaction, which only now ends. */
function judgeReinitialised(world: World, holder: Holder | null): void {
  if (holder === null || holder.reinitialised === null || holder.context === null) return;
  world.judge.report("TransferContextBusy", {
    call: "InitializeDmaTransferContext",
    resource: `context 0x${holder.context.pointer}`,
    state: "inUse",
    since: holder.line,
    line: holder.reinitialised,
    details: `its transaction ends in line ${world.judge.line}`,
  });
}

const KEEP = "RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS";

/** Where routines are not traced, FreeAdapterChannel shows that AdapterControl ran and kept the object. */
function implyKeepObject(world: World, adapter: AdapterRecord, call: string): void {
  if (call !== "FreeAdapterChannel" || world.judge.hasSeen("routine")) return;
  for (const grant of adapter.grants) {
    if (grant.returned) continue;
    adapter.life.send({ type: "GRANT", form: "channel" });
    routineReturned(world, grant, "KeepObject", call);
    return;
  }
}

/** FreeMapRegisters. */
export function freeMapRegisters(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { judge } = world;
  const { name: call, args } = line;
  if (args.MapRegisterBase === undefined) return judge.miss();
  const base = pointer(args.MapRegisterBase);
  const resource = base === null ? "map registers NULL" : `map registers 0x${base}`;
  const since = adapter.line;
  if (base === null) {
    judge.report("RegisterBaseUnknown", { call, resource, since, byItself: true, details: "the base is NULL" });
    return;
  }
  const list = world.lists.get(base);
  if (list !== undefined) {
    const { state, legal: expected } = list.life;
    const details = "it is a scatter/gather list: PutScatterGatherList frees its registers";
    judge.report("FreeWithWrongFunction", { call, resource, state, expected, since: list.line, details });
    return;
  }
  const grant = findGrant(world, adapter, base);
  if (grant === null) return judgeForeign(world, call, adapter, base, resource);
  if (!grant.returned && adapter.running !== grant) {
    routineReturned(world, grant, "DeallocateObjectKeepRegisters", call);
  }
  const registers = count(args.NumberOfMapRegisters);
  const { state, legal: expected } = grant.life;
  const from = grant.mappings[0]?.line ?? grant.line;
  const site = { call, resource: grantText(grant), state, expected, since: from, follows: grant.accused };
  if (judge.reportFirst(grant.life.send({ type: "FREE_MAP_REGISTERS" }), site)) {
    if (grant.life.state !== "idle") return;
  } else if (registers !== null && grant.registers !== null && registers !== grant.registers) {
    const details = `${grant.registers} registers were allocated, ${registers} are freed`;
    judge.report("FreeSizeMismatch", { ...site, since: grant.line, details });
  }
  adapter.life.send({ type: "FREE_MAP_REGISTERS" });
  buryGrant(world, grant);
}

function judgeForeign(world: World, call: string, adapter: AdapterRecord, base: string, resource: string): void {
  const freed = world.freedBases.find(base);
  const site = { call, resource, since: freed?.line ?? null, suspected: adapter.adopted };
  if (freed !== undefined) world.judge.report("MapRegistersDoubleFree", { ...site, state: "idle" });
  else if (!adapter.adopted) {
    world.judge.report("RegisterBaseUnknown", { ...site, details: "no grant of this adapter has this base" });
  }
}
