/**
 * The Classic model: AllocateAdapterChannel and its relatives. Channel and map registers come in one call, with a
 * callback when everything is amassed (S2-4); only one request at a time passes the channel (S4-11), and asking again
 * from inside the callback, or while a request of the same device object waits, crashes (S2-11). Windows DDI of the
 * routines' names. What is mapped through a grant is in `classic_transfer.ts`.
 */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import type { RuleName } from "../../machines/rule.ts";
import type { Adapter } from "./adapter.ts";
import { tracePointer } from "./call_arguments.ts";
import { ChannelGrant } from "./channel_grant.ts";
import type { ChannelOrder } from "./channel_grant.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "./dma_operations.ts";
import type { DeviceObject, DmaOperations, Failure, MapRegisterBase, Result } from "./dma_operations.ts";
import { livingContext } from "./transfer_context.ts";

/** The members of DMA_OPERATIONS that this file supplies. */
export type ClassicChannelOperations = Required<
  Pick<
    DmaOperations,
    "allocateAdapterChannel" | "allocateAdapterChannelEx" | "freeAdapterChannel" | "freeMapRegisters"
  >
>;

// Versions 1 and 2 keep a waiting request in the device object, so there is room for one.
const requestOf = new WeakMap<DeviceObject, ChannelGrant>();

const GONE: Failure = { status: "STATUS_INVALID_DEVICE_REQUEST", why: "the adapter was put" };

/** The Classic grants of one adapter. */
export class ClassicChannel {
  readonly adapter: Adapter;
  /** Grants that wait, hold the channel, hold registers or have something mapped; oldest first. */
  readonly grants: Set<ChannelGrant>;
  #count = 0;

  constructor(adapter: Adapter) {
    this.adapter = adapter;
    this.grants = adapter.grants;
  }

  /** The routines that take and give back. */
  operations(): ClassicChannelOperations {
    return {
      allocateAdapterChannel: (p) => this.#allocate(p),
      allocateAdapterChannelEx: (p) => this.#allocateEx(p),
      freeAdapterChannel: () => this.#freeChannel(),
      freeMapRegisters: (p) => this.#freeRegisters(p.mapRegisterBase, p.numberOfMapRegisters),
    };
  }

  #allocate(p: Parameters<ClassicChannelOperations["allocateAdapterChannel"]>[0]): Result {
    const { adapter } = this;
    const { deviceObject, numberOfMapRegisters, executionRoutine: routine, context } = p;
    if (!adapter.admits("AllocateAdapterChannel", "= DISPATCH_LEVEL")) return GONE;
    const before = requestOf.get(deviceObject);
    let result: Result;
    if (before?.occupiesDeviceObject) {
      before.life.send({ type: "ALLOCATE_ADAPTER_CHANNEL" });
      const why = `${deviceObject.name} already has ${before.name}, which is ${before.life.state}`;
      result = { status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy", why };
    } else {
      const grant = this.#grant(
        { deviceObject, numberOfMapRegisters, routine, context, synchronous: false, transferContext: null },
      );
      requestOf.set(deviceObject, grant);
      result = this.#ask(grant) ?? { status: "STATUS_SUCCESS" };
    }
    const { door } = adapter.hal;
    if (door.tracing) {
      const args = {
        DmaAdapter: door.pointers.of(adapter),
        DeviceObject: door.pointers.of(deviceObject),
        NumberOfMapRegisters: numberOfMapRegisters,
        ExecutionRoutine: tracePointer(adapter.hal, routine),
        Context: tracePointer(adapter.hal, context),
      };
      door.record("AllocateAdapterChannel", args, result.status);
    }
    return result;
  }

  #allocateEx(
    p: Parameters<ClassicChannelOperations["allocateAdapterChannelEx"]>[0],
  ): Result<{ readonly mapRegisterBase: MapRegisterBase }> {
    const { adapter } = this;
    if (!adapter.admits("AllocateAdapterChannelEx", "= DISPATCH_LEVEL")) return GONE;
    const result = exTrouble(p) ?? this.#obtainEx(p);
    const { door } = adapter.hal;
    if (door.tracing) {
      const args = {
        DmaAdapter: door.pointers.of(adapter),
        DeviceObject: door.pointers.of(p.deviceObject),
        DmaTransferContext: door.pointers.of(p.dmaTransferContext),
        NumberOfMapRegisters: p.numberOfMapRegisters,
        Flags: p.flags,
        ExecutionRoutine: tracePointer(adapter.hal, p.executionRoutine),
        ExecutionContext: tracePointer(adapter.hal, p.executionContext),
      };
      const out = result.status === "STATUS_SUCCESS" && p.wantMapRegisterBase
        ? { MapRegisterBase: door.pointers.of(result.mapRegisterBase) }
        : null;
      door.record("AllocateAdapterChannelEx", args, result.status, out);
    }
    return result;
  }

  #obtainEx(
    p: Parameters<ClassicChannelOperations["allocateAdapterChannelEx"]>[0],
  ): Result<{ readonly mapRegisterBase: MapRegisterBase }> {
    const transferContext = livingContext(p.dmaTransferContext);
    const refused = transferContext.allocate();
    if (refused !== null) return refused;
    const grant = this.#grant({
      deviceObject: p.deviceObject,
      numberOfMapRegisters: p.numberOfMapRegisters,
      routine: p.executionRoutine,
      context: p.executionContext,
      synchronous: (p.flags & DMA_SYNCHRONOUS_CALLBACK) !== 0,
      transferContext,
    });
    return this.#ask(grant) ?? { status: "STATUS_SUCCESS", mapRegisterBase: grant.base };
  }

  #grant(order: ChannelOrder): ChannelGrant {
    for (const old of this.grants) old.endIfUnused();
    const name = `adapterChannel:${this.adapter.name.replace("adapter:", "")}.${this.#count++}`;
    const grant = new ChannelGrant(name, this.adapter, order, {
      granted: (granted) => this.#judgeSum(granted),
      ended: (ended) => void this.grants.delete(ended),
    });
    this.grants.add(grant);
    return grant;
  }

  /** Asks the adapter. Null if channel and registers were granted, or will be. */
  #ask(grant: ChannelGrant): Failure | null {
    const { adapter } = this;
    const { transferContext } = grant.order;
    const outcome = adapter.ask(grant);
    if (outcome === "granted") grant.granted();
    else if (outcome === "queued") {
      transferContext?.queue(grant);
      adapter.hal.serve();
    } else {
      if (outcome.reason === "perTransferLimit") {
        // Driver Verifier 0xE6/0x0C.
        this.#misuse("TooManyRegistersAtOnce", grant, `${grant.mapRegisters} map registers at once`);
      }
      transferContext?.refuse();
      grant.withdrawn();
      return outcome;
    }
    return null;
  }

  /** Driver Verifier 0xE6/0x15: what the adapter keeps and this grant are more than N together. */
  #judgeSum(grant: ChannelGrant): void {
    let kept = 0;
    for (const { life, registers } of this.grants) if (life.state === "registersOnly") kept += registers.count;
    if (kept === 0 || kept + grant.registers.count <= this.adapter.numberOfMapRegisters) return;
    this.#misuse("RegisterLimitExceeded", grant, `${kept} map registers are kept, ${grant.registers.count} more came`);
  }

  #misuse(rule: RuleName, { name, order }: ChannelGrant, details: string): void {
    const { hal, numberOfMapRegisters } = this.adapter;
    const call = order.transferContext === null ? "AllocateAdapterChannel" : "AllocateAdapterChannelEx";
    hal.door.misuse(rule, call, name, `${details}, the adapter was granted ${numberOfMapRegisters}`);
  }

  #freeChannel(): void {
    const { adapter } = this;
    if (!adapter.admits("FreeAdapterChannel", "= DISPATCH_LEVEL")) return;
    const action: IoAllocationAction = "DeallocateObject";
    adapter.release({ type: "FREE_ADAPTER_CHANNEL" }, action);
    const { door } = adapter.hal;
    if (door.tracing) door.record("FreeAdapterChannel", { DmaAdapter: door.pointers.of(adapter) });
  }

  #freeRegisters(base: MapRegisterBase, numberOfMapRegisters: number): void {
    const { adapter } = this;
    const { door } = adapter.hal;
    if (!adapter.admits("FreeMapRegisters", "= DISPATCH_LEVEL")) return;
    if (door.tracing) {
      door.record("FreeMapRegisters", {
        DmaAdapter: door.pointers.of(adapter),
        MapRegisterBase: door.pointers.of(base),
        NumberOfMapRegisters: numberOfMapRegisters,
      });
    }
    if (!(base instanceof ChannelGrant) || base.adapter !== adapter) {
      const what = base === null ? "a NULL base, which nobody may free" : "a base of another adapter";
      door.misuse("RegisterBaseUnknown", "FreeMapRegisters", adapter.name, what);
      return;
    }
    const held = base.life.state === "registersOnly";
    base.life.send({ type: "FREE_MAP_REGISTERS" });
    if (!held) return;
    if (numberOfMapRegisters !== base.mapRegisters) {
      const details = `${base.mapRegisters} map registers were allocated, ${numberOfMapRegisters} freed`;
      door.misuse("FreeSizeMismatch", "FreeMapRegisters", base.name, details);
    }
    adapter.life.send({ type: "FREE_MAP_REGISTERS" });
    base.giveUp();
    adapter.hal.serve();
  }
}

/** What the parameters of AllocateAdapterChannelEx forbid; null if nothing. A base beside a routine is accepted. */
function exTrouble(p: Parameters<ClassicChannelOperations["allocateAdapterChannelEx"]>[0]): Failure | null {
  const synchronous = (p.flags & DMA_SYNCHRONOUS_CALLBACK) !== 0;
  if (!synchronous && p.executionRoutine === null) return invalid("asynchronous without an execution routine");
  if (!synchronous && p.wantMapRegisterBase) return invalid("an asynchronous call has no MapRegisterBase to return");
  if (p.executionRoutine === null && !p.wantMapRegisterBase) {
    return invalid("neither an execution routine nor a place for MapRegisterBase");
  }
  return null;
}

function invalid(why: string): Failure {
  return { status: "STATUS_INVALID_PARAMETER", why };
}
