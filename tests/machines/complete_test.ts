/** Charts say everything: every state and step in words, each call with its routine and IRQL, each event's fate. */

import { assert, assertEquals } from "@std/assert";
import { readChartText } from "./chart_text.ts";
import { CHARTS } from "./charts.ts";
import { actionsOf, eventsOf, leavesOf, notesOf, type Tree, triedFor } from "./fates.ts";

const ROOM = new URL("../../machines/", import.meta.url);
const textOf = (file: string): string => Deno.readTextFileSync(new URL(file, ROOM));

interface Written {
  readonly where: string;
  readonly event: string;
  readonly transition: Tree;
  readonly rules: readonly string[];
}

function statesOf(node: Tree, path: string): { readonly path: string; readonly node: Tree }[] {
  const inner = Object.entries((node.states ?? {}) as Tree);
  return [{ path, node }, ...inner.flatMap(([name, child]) => statesOf(child as Tree, `${path}.${name}`))];
}

function transitionsOf(config: Tree, id: string): Written[] {
  return statesOf(config, id).flatMap(({ path, node }) =>
    Object.entries((node.on ?? {}) as Tree).flatMap(([event, entry]) =>
      ((Array.isArray(entry) ? entry : [entry]) as Tree[]).map((transition) => ({
        where: `${path} ${event}`,
        event,
        transition,
        rules: notesOf(transition, "misuse").map((params) => params.rule as string),
      }))
    )
  );
}

/** Where each routine may be called, as its page in the Windows DDI says; null where no public page says. */
const IRQL: Readonly<Record<string, string | null>> = {
  IoGetDmaAdapter: "= PASSIVE_LEVEL",
  PutDmaAdapter: "<= DISPATCH_LEVEL",
  AllocateCommonBuffer: "= PASSIVE_LEVEL",
  FreeCommonBuffer: "= PASSIVE_LEVEL",
  AllocateAdapterChannel: "= DISPATCH_LEVEL",
  AllocateAdapterChannelEx: "= DISPATCH_LEVEL",
  AdapterControl: "= DISPATCH_LEVEL",
  AdapterListControl: "= DISPATCH_LEVEL",
  FlushAdapterBuffers: "<= DISPATCH_LEVEL",
  FlushAdapterBuffersEx: "<= DISPATCH_LEVEL",
  FreeAdapterChannel: "= DISPATCH_LEVEL",
  FreeAdapterObject: "<= DISPATCH_LEVEL",
  FreeMapRegisters: "= DISPATCH_LEVEL",
  MapTransfer: "<= DISPATCH_LEVEL",
  GetScatterGatherList: "= DISPATCH_LEVEL",
  GetScatterGatherListEx: "<= DISPATCH_LEVEL",
  BuildScatterGatherListEx: "= DISPATCH_LEVEL",
  PutScatterGatherList: "= DISPATCH_LEVEL",
  InitializeDmaTransferContext: "<= DISPATCH_LEVEL",
  CancelAdapterChannel: "<= DISPATCH_LEVEL",
  CancelMappedTransfer: "<= DISPATCH_LEVEL",
  GetCommonBufferFromVectorByIndex: null,
  FreeCommonBufferFromVector: null,
  FreeCommonBufferVector: null,
  MmProbeAndLockPages: "<= DISPATCH_LEVEL",
  MmUnlockPages: "<= DISPATCH_LEVEL",
  MmBuildMdlForNonPagedPool: "<= DISPATCH_LEVEL",
  MmGetSystemAddressForMdlSafe: "<= DISPATCH_LEVEL",
  MmMapLockedPagesSpecifyCache: "<= DISPATCH_LEVEL",
  MmUnmapLockedPages: "<= DISPATCH_LEVEL",
  IoFreeMdl: "<= DISPATCH_LEVEL",
  IoMarkIrpPending: "<= DISPATCH_LEVEL",
  IoCompleteRequest: "<= DISPATCH_LEVEL",
  ExInterlockedInsertTailList: "any",
  ExInterlockedRemoveHeadList: "any",
  WdfDmaEnablerCreate: "= PASSIVE_LEVEL",
  WdfObjectDelete: "<= DISPATCH_LEVEL",
  WdfDmaTransactionInitialize: "<= DISPATCH_LEVEL",
  WdfDmaTransactionAllocateResources: "<= DISPATCH_LEVEL",
  WdfDmaTransactionFreeResources: "<= DISPATCH_LEVEL",
  WdfDmaTransactionSetImmediateExecution: "<= DISPATCH_LEVEL",
  WdfDmaTransactionGetTransferInfo: "<= DISPATCH_LEVEL",
  WdfDmaTransactionExecute: "<= DISPATCH_LEVEL",
  WdfDmaTransactionDmaCompleted: "<= DISPATCH_LEVEL",
  WdfDmaTransactionDmaCompletedWithLength: "<= DISPATCH_LEVEL",
  WdfDmaTransactionDmaCompletedFinal: "<= DISPATCH_LEVEL",
  WdfDmaTransactionCancel: "<= DISPATCH_LEVEL",
  WdfDmaTransactionRelease: "<= DISPATCH_LEVEL",
};

/** Routines that an event stands for although it is named otherwise: one event serves several forms of a call. */
const STANDS_FOR: Readonly<Record<string, readonly string[]>> = {
  BUILD_SCATTER_GATHER_LIST: ["BuildScatterGatherListEx", "GetScatterGatherList", "GetScatterGatherListEx"],
  ALLOCATE_ADAPTER_CHANNEL: ["AllocateAdapterChannel", "AllocateAdapterChannelEx"],
  ROUTINE_RETURNED: ["AdapterControl", "AdapterListControl"],
  RETURN_KEEP_OBJECT: ["AdapterControl"],
  RETURN_DEALLOCATE_OBJECT: ["AdapterControl"],
  RETURN_DEALLOCATE_OBJECT_KEEP_REGISTERS: ["AdapterControl", "FreeAdapterObject"],
  MARK_PENDING: ["IoMarkIrpPending"],
  FREE_COMMON_BUFFER: ["FreeCommonBuffer", "FreeCommonBufferFromVector"],
  GET_COMMON_BUFFER: ["GetCommonBufferFromVectorByIndex"],
};

/** `PUT_DMA_ADAPTER` stands for PutDmaAdapter, if there is such a routine. */
function routinesOf(event: string): readonly string[] {
  const pascal = event.split("_").map((word) => word.charAt(0) + word.slice(1).toLowerCase()).join("");
  return STANDS_FOR[event] ?? Object.keys(IRQL).filter((routine) => routine === pascal);
}

/** Names declared by the unions of `rule.ts`, `ntstatus.ts` and so on: every quoted word after `|` or `=`. */
function unionWords(file: string): ReadonlySet<string> {
  return new Set([...textOf(file).matchAll(/[|=]\s*"(\w+)"/g)].map(([, word]) => word ?? ""));
}

/**
 * Calls that have no rule of their own in some states, per chart and event. Each is either another life's beginning
 * (a second adapter, grant or buffer is a life of its own) or wrong in a way for which Windows has no name.
 */
const LEFT_TO_STAR: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "irp.ts": {
    MARK_PENDING: "pending bareQueued mapped mappedQueued inDevice bareInDevice readyToComplete bareReady unmapped " +
      "failed cancelled",
  },
  "mdl.ts": {
    MM_BUILD_MDL_FOR_NON_PAGED_POOL: "nonPaged nonPagedMapped locked lockedSafeMapped lockedMapped " +
      "lockedByIoManager lockedByIoManagerSafeMapped lockedByIoManagerMapped",
    MM_PROBE_AND_LOCK_PAGES: "nonPaged nonPagedMapped locked lockedSafeMapped lockedMapped " +
      "lockedByIoManager lockedByIoManagerSafeMapped lockedByIoManagerMapped",
  },
  "dma_adapter.ts": {
    IO_GET_DMA_ADAPTER:
      "live.free live.heldByList live.heldByChannel live.inListRoutine live.inChannelRoutine live.kept",
  },
  "transfer_context.ts": { CANCEL_MAPPED_TRANSFER: "initialised asked pending spent cancelLatched" },
  "adapter_channel.ts": { ALLOCATE_ADAPTER_CHANNEL: "kept registersOnly" },
  "common_buffer.ts": { ALLOCATE_COMMON_BUFFER: "allocated freed" },
  "wdf_dma_enabler.ts": {
    WDF_DMA_ENABLER_CREATE: "obtainingAdapters configured.off configured.filling configured.enabling " +
      "configured.starting configured.on configured.failed configured.stopping configured.disabling " +
      "configured.flushing disposed",
    WDF_OBJECT_DELETE: "creating obtainingAdapters disposed",
  },
};

/** Where an event that nobody knows breaks another rule than UnexpectedEvent, per chart or per state. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  "mdl.ts": "MdlMisuse",
  "irp.ts completed": "IrpTouchedAfterCompletion",
  "dma_adapter.ts absent": "NullAdapter",
  "dma_adapter.ts released": "UseAfterPutAdapter",
  "common_buffer_vector.ts gone": "CommonBufferVectorMisuse",
  "wdf_dma_transaction.ts": "WdfTransactionWrongState",
};

for (const { file, machine } of CHARTS) {
  const { config } = readChartText(textOf(file));
  const transitions = transitionsOf(config, machine.id);

  Deno.test(`${file}: every state and every transition is described`, () => {
    const silent = [
      ...statesOf(config, machine.id).map(({ path, node }) => ({ where: path, says: node.description })),
      ...transitions.map(({ where, transition }) => ({ where, says: transition.description })),
    ].filter(({ says }) => typeof says !== "string" || !/^\S.*[.?!]$/.test(says));
    assertEquals(silent, []);
  });

  Deno.test(`${file}: a transition that stands for a call names its routine, and where it may be called`, () => {
    for (const { where, event, transition, rules } of transitions) {
      const meta = transition.meta as Tree | undefined;
      const isWrong = rules.length > 0 || actionsOf(transition).includes("nameLeftovers");
      const routines = routinesOf(event);
      if (routines.length > 0 && !isWrong) {
        assert(routines.includes(meta?.ddi as string), `${where}: meta.ddi is ${meta?.ddi}, not one of ${routines}`);
      }
      if (meta === undefined) continue;
      assert((meta.ddi as string) in IRQL, `${where}: unknown routine ${meta.ddi}`);
      assertEquals(meta.irql ?? null, IRQL[meta.ddi as string] ?? null, where);
    }
  });

  Deno.test(`${file}: every rule, status and reason it names exists, and INSUFFICIENT_RESOURCES has its reason`, () => {
    const rules = unionWords("rule.ts");
    const words = unionWords("ntstatus.ts");
    for (const { where, transition, rules: named } of transitions) {
      for (const rule of named) assert(rules.has(rule), `${where}: no rule ${rule}`);
      for (const { status, reason } of notesOf(transition, "refuse")) {
        assert(words.has(status as string), `${where}: no status ${status}`);
        assertEquals(reason !== undefined, status === "STATUS_INSUFFICIENT_RESOURCES", `${where}: ${status} ${reason}`);
        if (reason !== undefined) assert(words.has(reason as string), `${where}: no reason ${reason}`);
      }
    }
  });

  Deno.test(`${file}: every event has a fate in every state, and so has one that nobody knows`, () => {
    for (const leaf of leavesOf(config)) {
      for (const event of [...eventsOf(config), "AN_EVENT_NOBODY_KNOWS"]) {
        const last = triedFor(leaf, event).at(-1);
        assert(last !== undefined, `${leaf.path} ${event}: falls through`);
        assertEquals(last.transition.guard, undefined, `${leaf.path} ${event}: falls through when no guard holds`);
      }
    }
  });

  Deno.test(`${file}: an event that nobody knows is named, and changes nothing`, () => {
    for (const leaf of leavesOf(config)) {
      const [tried, ...others] = triedFor(leaf, "AN_EVENT_NOBODY_KNOWS");
      assertEquals(others, []);
      assertEquals(tried?.transition.target, undefined, leaf.path);
      const rule = NAMED_OTHERWISE[`${file} ${leaf.path}`] ?? NAMED_OTHERWISE[file] ?? "UnexpectedEvent";
      assertEquals(notesOf(tried?.transition ?? {}, "misuse").map((params) => params.rule), [rule], leaf.path);
    }
  });

  Deno.test(`${file}: a call that a driver can make is left to "*" only where that is on purpose`, () => {
    const left: Record<string, string> = {};
    for (const leaf of leavesOf(config)) {
      // A state that names a rule for every event is gone or not there yet: its "*" says all there is to say.
      if (triedFor(leaf, "AN_EVENT_NOBODY_KNOWS")[0]?.transition !== starOf(config)) continue;
      for (const event of eventsOf(config)) {
        // The HAL calls AdapterControl and AdapterListControl; their return is no call of the driver's.
        if (routinesOf(event)[0]?.endsWith("Control") ?? true) continue;
        if (triedFor(leaf, event).some(({ byStar }) => byStar)) {
          left[event] = left[event] === undefined ? leaf.path : `${left[event]} ${leaf.path}`;
        }
      }
    }
    assertEquals(left, LEFT_TO_STAR[file] ?? {});
  });
}

/** The `"*"` that stands for "unexpected here", at the root or, where the root has none, in the composite state. */
function starOf(config: Tree): Tree | undefined {
  const on = (config.on ?? ((config.states as Tree).live as Tree).on) as Tree;
  return on["*"] as Tree;
}
