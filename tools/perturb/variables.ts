/** The variables of a driver while its steps are carried out: what each call gave it, by the number in the steps. */
import { createTransferContext } from "../../actors/mod.ts";
import type { CommonBuffer, DmaAdapter, DmaOperations, InterlockedList, Irp } from "../../actors/mod.ts";
import type { ListBuffer, LivingMdl, MapRegisterBase, ScatterGatherList, TransferContext } from "../../actors/mod.ts";
import { dmaAdapterMachine } from "../../machines/dma_adapter.ts";
import type { DriverWorld } from "./driver_world.ts";

/** A list, and what the driver knows of it. */
export interface HeldList {
  readonly list: ScatterGatherList;
  readonly obtained: boolean;
  left: boolean;
}

/** A grant of the Classic model, and what the driver knows of it. */
export interface HeldGrant {
  readonly base: MapRegisterBase;
  readonly obtained: boolean;
  left: boolean;
}

/** All variables. */
export class Variables {
  readonly world: DriverWorld;
  readonly adapters: Map<number, DmaAdapter> = new Map();
  readonly mdls: Map<number, LivingMdl> = new Map();
  /** Addresses that MmMapLockedPagesSpecifyCache returned. */
  readonly mappings: Map<number, number> = new Map();
  readonly irps: Map<number, Irp> = new Map();
  readonly buffers: Map<number, ListBuffer> = new Map();
  readonly lists: Map<number, HeldList> = new Map();
  readonly grants: Map<number, HeldGrant> = new Map();
  readonly commonBuffers: Map<number, CommonBuffer> = new Map();
  readonly queues: Map<number, InterlockedList> = new Map();
  /** What a MapTransfer mapped and no flush ended, with the base it went through. */
  readonly mapped: Map<unknown, MapRegisterBase> = new Map();
  /** Lists that the device works on. */
  readonly started: Set<ScatterGatherList> = new Set();
  readonly #devices = new Map<number, { readonly name: string }>();
  readonly #contexts = new Map<number, TransferContext>();

  /** Nothing is filled. */
  constructor(world: DriverWorld) {
    this.world = world;
  }

  /** A routine of an adapter; undefined, and named, where it cannot be called. */
  routine<Name extends keyof DmaOperations>(
    call: string,
    adapter: number,
    name: Name,
  ): NonNullable<DmaOperations[Name]> | undefined {
    const { door, lives } = this.world;
    const at = this.adapters.get(adapter);
    if (at === undefined) {
      door.record(call, { DmaAdapter: null });
      lives.create(dmaAdapterMachine, "adapter NULL", { numberOfMapRegisters: 0 }).send({ type: "CALL" });
      return undefined;
    }
    const routine = at.dmaOperations[name];
    if (routine !== undefined) return routine;
    door.misuse("OperationNotInGrantedVersion", call, at.name, "a NULL pointer in DMA_OPERATIONS");
    door.record(call, { DmaAdapter: door.pointers.of(at) });
    return undefined;
  }

  /** The device object of an adapter. */
  device(adapter: number): { readonly name: string } {
    return once(this.#devices, adapter, () => ({ name: `card${adapter}` }));
  }

  /** The device object of a grant: AllocateAdapterChannel queues one request a device object. */
  deviceOfGrant(grant: number): { readonly name: string } {
    return once(this.#devices, -1 - grant, () => ({ name: `channel${grant}` }));
  }

  /** Memory for a transfer context, which the driver always has. */
  context(number: number): TransferContext {
    return once(this.#contexts, number, () => createTransferContext(this.world.hal));
  }
}

/** What is there under this number, or what is made now. */
export function once<T>(map: Map<number, T>, number: number, make: () => T): T {
  let found = map.get(number);
  if (found === undefined) map.set(number, found = make());
  return found;
}
