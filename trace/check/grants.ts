/** The Classic model: AllocateAdapterChannel(Ex), what AdapterControl returns, and the ways a grant goes back. */
import { GRANT } from "./charts.ts";
import { lendContext, moveContext } from "./contexts.ts";
import { noteFailure } from "./failures.ts";
import type { LogFinding } from "./finding.ts";
import { FollowedLife } from "./life.ts";
import { judgeHeld, letGo } from "./held.ts";
import type { CallLine } from "./log_line.ts";
import type { AdapterRecord, ContextRecord, GrantRecord } from "./records.ts";
import { actionOf, count, hasFlag, outcomeOf, pointer } from "./values.ts";
import type { Action } from "./values.ts";
import type { World } from "./world.ts";

const WAITING_KEPT = 256;
const NO_RANGE = { mdl: null, offset: null, length: null, byOffset: false, pageOffset: 0 };

/** AllocateAdapterChannel and AllocateAdapterChannelEx. */
export function allocateChannel(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { name: call, args, out } = line;
  const { judge } = world;
  const registers = count(args.NumberOfMapRegisters);
  const at = pointer(args.DmaTransferContext);
  const context = at === null ? null : world.context(at);
  const resource = `adapter 0x${adapter.pointer}`;
  const synchronous = hasFlag(args.Flags, 1, "DMA_SYNCHRONOUS_CALLBACK") === true;
  const withRoutine = call === "AllocateAdapterChannel" || (args.ExecutionRoutine ?? null) !== null || !synchronous;

  endUnused(adapter);
  judgeSecond(world, call, adapter, pointer(args.DeviceObject));
  if (registers !== null && registers > adapter.mapRegisters) {
    const details = `${registers} registers, and IoGetDmaAdapter granted ${adapter.mapRegisters}`;
    judge.report("TooManyRegistersAtOnce", { call, resource, since: adapter.line, details });
  }
  lendContext(world, line, context, adapter);

  const outcome = outcomeOf(line.ret);
  if (outcome === "failure") {
    moveContext(context, "REFUSE");
    noteFailure(world, line, adapter, { range: NO_RANGE, registers, form: { synchronous, withRoutine }, buffer: null });
    return;
  }
  adapter.successes++;
  adapter.lastFailed = false;
  adapter.failure = null;
  const early = adapter.early.findIndex(({ is }) => is === "grant");
  if (withRoutine && early >= 0) {
    const ran = adapter.early.splice(early, 1)[0] as GrantRecord;
    Object.assign(ran, { registers, context, deviceObject: pointer(args.DeviceObject) });
    judgeSum(world, call, ran);
    moveContext(context, "GRANT");
    if (adapter.running !== ran) moveContext(context, "RELEASE");
    return;
  }
  const grant = newGrant(world, adapter, registers, context, pointer(args.DeviceObject));
  grant.life.send({ type: "ALLOCATE_ADAPTER_CHANNEL" });
  if (withRoutine) {
    adapter.life.send(demand(false, false));
    moveContext(context, "QUEUE");
    adapter.waiting.push(grant);
    if (adapter.waiting.length > WAITING_KEPT) forgetOldest(adapter);
    return;
  }
  if (adapter.life.has("channelHeld")) {
    judgeHeld(world, call, adapter, adapter.life.send(demand(true, true)), outcome === "success");
    letGo(adapter);
  }
  adapter.life.send(demand(true, true));
  grant.base = out.MapRegisterBase === undefined ? undefined : pointer(out.MapRegisterBase);
  grant.life.send({ type: "GRANT" });
  grant.life.send({ type: "RETURN_KEEP_OBJECT" });
  grant.returned = true;
  moveContext(context, "GRANT");
  adapter.channelUnknown = false;
  judgeSum(world, call, grant);
  adapter.grants.add(grant);
  adapter.holder = { line: judge.line, list: null, grant, context, accused: false, reinitialised: null };
}

/** A NULL base is never freed: its grant is over once nothing is mapped through it and the next one is asked for. */
function endUnused({ grants, holder, running, early }: AdapterRecord): void {
  for (const grant of grants) {
    const { base, returned, mappings } = grant;
    const over = base === null && returned && mappings.length === 0;
    if (over && holder?.grant !== grant && running !== grant && !early.includes(grant)) grants.delete(grant);
  }
}

/** Where routines are not traced, grants are never seen: the oldest has come long ago. */
function forgetOldest(adapter: AdapterRecord): void {
  const index = adapter.waiting.findIndex(({ is }) => is === "grant");
  if (index < 0) return;
  adapter.waiting.splice(index, 1);
  adapter.life.send({ type: "CANCEL_ADAPTER_CHANNEL" });
}

function demand(synchronous: boolean, registersAvailable: boolean) {
  return {
    type: "ALLOCATE_ADAPTER_CHANNEL" as const,
    registers: 0,
    synchronous,
    withRoutine: !synchronous,
    registersAvailable,
    memoryAvailable: true,
  };
}

/** A grant that nothing has happened to. */
export function newGrant(
  world: World,
  adapter: AdapterRecord,
  registers: number | null,
  context: ContextRecord | null,
  deviceObject: string | null,
): GrantRecord {
  return {
    is: "grant",
    base: undefined,
    adapter,
    deviceObject,
    line: world.judge.line,
    registers,
    life: new FollowedLife(GRANT),
    context,
    mappings: [],
    mappedNothing: false,
    returned: false,
    accused: false,
    ended: false,
  };
}

/** One request per device object, and none from inside AdapterControl. */
function judgeSecond(world: World, call: string, adapter: AdapterRecord, deviceObject: string | null): void {
  const running = adapter.running?.is === "grant" ? adapter.running : null;
  if (running !== null) {
    world.judge.report("SecondChannelInAdapterControl", {
      call,
      resource: `adapter 0x${adapter.pointer}`,
      state: running.life.state,
      expected: running.life.legal,
      since: running.line,
      details: "AdapterControl is running",
    });
    return;
  }
  if (call !== "AllocateAdapterChannel" || deviceObject === null) return;
  for (const waiting of adapter.waiting) {
    if (waiting.is !== "grant" || waiting.deviceObject !== deviceObject) continue;
    world.judge.reportWhen("routine", "SecondChannelInAdapterControl", {
      call,
      resource: `adapter 0x${adapter.pointer}`,
      state: waiting.life.state,
      expected: waiting.life.legal,
      since: waiting.line,
      details: `device object 0x${deviceObject} has a request queued`,
    });
    return;
  }
}

/** Names a grant with which those of its adapter hold more registers together than N. One that waits holds none. */
export function judgeSum(world: World, call: string, granted: GrantRecord): LogFinding | null {
  const { adapter, registers, base } = granted;
  if (registers === null || typeof base !== "string") return null;
  let sum = registers;
  let oldest: GrantRecord | null = null;
  for (const grant of adapter.grants) {
    // Registers are only held where it is known that they were kept.
    if (grant === granted || !grant.returned || typeof grant.base !== "string") continue;
    sum += grant.registers ?? 0;
    oldest ??= grant;
  }
  if (sum <= adapter.mapRegisters || oldest === null) return null;
  return world.judge.report("RegisterLimitExceeded", {
    call,
    resource: `adapter 0x${adapter.pointer}`,
    state: adapter.life.state,
    since: oldest.line,
    // The call that asked is the one that was wrong, although only its grant makes it certain.
    line: Math.max(granted.line, oldest.line),
    details: `${sum - registers} registers are kept, ${registers} more make ${sum} of ${adapter.mapRegisters}`,
  });
}

/** AdapterControl has returned, as a line said or as what follows shows. */
export function routineReturned(world: World, grant: GrantRecord, action: Action, call: string): void {
  const { adapter } = grant;
  const { state, legal } = grant.life;
  const site = {
    call,
    resource: grantText(grant),
    state,
    expected: legal,
    since: grant.mappings[0]?.line ?? grant.line,
  };
  adapter.life.send({ type: "ROUTINE_RETURNED", action });
  moveContext(grant.context, "RELEASE");
  grant.returned = true;
  const type = action === "KeepObject"
    ? "RETURN_KEEP_OBJECT"
    : action === "DeallocateObject"
    ? "RETURN_DEALLOCATE_OBJECT"
    : "RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS";
  world.judge.reportFirst(grant.life.send({ type }), site);
  if (action === "DeallocateObject") buryGrant(world, grant);
  if (action === "DeallocateObjectKeepRegisters" && grant.base === null) {
    // A NULL base holds no registers, and must not be freed.
    adapter.life.send({ type: "FREE_MAP_REGISTERS" });
  }
  if (action === "KeepObject") {
    adapter.holder = { line: grant.line, list: null, grant, context: null, accused: false, reinitialised: null };
  }
}

/** The grant has ended. */
export function buryGrant(world: World, grant: GrantRecord): void {
  const { adapter, base } = grant;
  adapter.grants.delete(grant);
  if (typeof base === "string") world.freedBases.bury(base, { line: world.judge.line, adapter: adapter.pointer });
}

/** How a grant is called in findings. */
export function grantText({ base, adapter }: GrantRecord): string {
  return typeof base === "string" ? `map registers 0x${base}` : `channel of adapter 0x${adapter.pointer}`;
}

/** What a routine returns, by name or number; registers are kept where a log does not say. */
export function returnedAction(value: unknown): Action {
  return actionOf(value) ?? "DeallocateObjectKeepRegisters";
}
