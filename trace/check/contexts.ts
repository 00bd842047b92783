/** Transfer contexts: initialised, lent to one request, spent. */
import type { AdapterRecord, ContextRecord } from "./records.ts";
import { CONTEXT } from "./charts.ts";
import { FollowedLife } from "./life.ts";
import type { CallLine } from "./log_line.ts";
import { outcomeOf, pointer, statusName } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** InitializeDmaTransferContext. */
export function initializeContext(world: World, { name, args, ret }: CallLine, adapter: AdapterRecord): void {
  const at = pointer(args.DmaTransferContext);
  if (at === null || outcomeOf(ret) === "failure") return;
  const context = world.context(at);
  const { state, legal } = context.life;
  const { holder } = adapter;
  if (holder?.context === context && state === "inUse") {
    // Either FreeAdapterObject comes late, and this was too early; or it never comes, and that is the misuse.
    holder.reinitialised = world.judge.line;
    restart(context);
    return;
  }
  const misuses = context.life.send({ type: "INITIALIZE_DMA_TRANSFER_CONTEXT" });
  const [misuse] = misuses;
  if (misuse !== undefined) {
    const site = { call: name, resource: `context 0x${at}`, state, expected: legal, since: context.line };
    // That a request still waits is only certain where routines are traced.
    if (state === "pending") world.judge.reportWhen("routine", misuse.rule, { ...site, line: world.judge.line });
    else world.judge.report(misuse.rule, site);
    restart(context);
  }
  context.line = world.judge.line;
}

/** A request is made with a context; `ret` is how it ended. */
export function lendContext(
  world: World,
  { name: call, ret }: CallLine,
  context: ContextRecord | null,
  adapter: AdapterRecord,
): void {
  if (context === null) return;
  const refused = outcomeOf(ret) === "failure";
  const forContext = refused && statusName(ret) !== "STATUS_INSUFFICIENT_RESOURCES";
  if (adapter.holder?.context === context && !forContext) {
    // The holder of the channel asks again with its context: the channel's overlap is the misuse.
    restart(context);
    context.life.send({ type: "ALLOCATE" });
    return;
  }
  const { state, legal } = context.life;
  const misuses = context.life.send({ type: "ALLOCATE" });
  world.judge.reportFirst(misuses, {
    call,
    resource: `context 0x${context.pointer}`,
    state,
    expected: legal,
    since: state === "raw" ? null : context.line,
    suspected: state === "raw" && world.startsInTheMiddle,
  });
  if (context.life.state !== "asked" && !refused) {
    // Whatever it was, the request is being made with it now.
    restart(context);
    context.life.send({ type: "ALLOCATE" });
  }
  context.line = world.judge.line;
}

/** The outcome of the request, or its end. Out of turn it says nothing: the log may lack a line. */
export function moveContext(
  context: ContextRecord | null,
  type: "GRANT" | "QUEUE" | "REFUSE" | "RELEASE" | "CANCEL_ADAPTER_CHANNEL" | "FLUSH",
): void {
  context?.life.send({ type });
}

/** A cancel names a context that nobody initialised; one that this log never met may have been before it began. */
export function judgeRaw(world: World, { name: call }: CallLine, at: Pointer): void {
  const context = world.contexts.get(at);
  if (context !== undefined && context.life.state !== "raw") return;
  const { life } = context ?? world.context(at);
  const { state, legal: expected } = life;
  const [misuse] = life.send({ type: "CANCEL_ADAPTER_CHANNEL" });
  if (misuse === undefined) return;
  const resource = `context 0x${at}`;
  world.judge.report(misuse.rule, {
    call,
    resource,
    state,
    expected,
    since: null,
    suspected: world.startsInTheMiddle,
  });
}

/** CancelMappedTransfer. */
export function cancelMapped(world: World, { name, args }: CallLine): void {
  const at = pointer(args.DmaTransferContext);
  if (at === null) return;
  const context = world.contexts.get(at);
  if (context === undefined) return;
  const { state, legal } = context.life;
  const [misuse] = context.life.send({ type: "CANCEL_MAPPED_TRANSFER" });
  if (misuse === undefined || misuse.rule === "UnexpectedEvent") return;
  world.judge.report(misuse.rule, {
    call: name,
    resource: `context 0x${at}`,
    state,
    expected: legal,
    since: context.line,
  });
}

function restart(context: ContextRecord): void {
  const fresh: ContextRecord["life"] = new FollowedLife(CONTEXT);
  fresh.send({ type: "INITIALIZE_DMA_TRANSFER_CONTEXT" });
  context.life = fresh;
}
