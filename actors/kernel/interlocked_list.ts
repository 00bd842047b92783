/**
 * One of a driver's request queues that dispatch routines, ISR and DPC share: a bounded FIFO of request numbers.
 *
 * Only the ExInterlocked* routines may touch it, because they take their spin lock with interrupts off; there are
 * InsertTail and RemoveHead, nothing that takes from the middle. The ordinary routines are here too, and are named as
 * misuse (S2-19). A full queue is a result that the caller sees. Windows DDI, ExInterlockedInsertTailList,
 * ExInterlockedRemoveHeadList.
 */
import { irpQueueMachine } from "../../machines/irp_queue.ts";
import type { IrpQueueContext, IrpQueueEvent } from "../../machines/irp_queue.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import type { Tracer } from "../../trace/event.ts";
import { lasting } from "../lasting_event.ts";
import type { Life, Lives } from "../life.ts";
import type { CallDoor } from "./door.ts";
import { irpListEntryPointer } from "./irp_routines.ts";

/** What RemoveHeadList answers for an empty list: NULL, as a number. */
export const EMPTY_LIST: number = -1;

const INSERT = lasting("EX_INTERLOCKED_INSERT_TAIL_LIST");
const REMOVE = lasting("EX_INTERLOCKED_REMOVE_HEAD_LIST");
const ORDINARY_INSERT = lasting("INSERT_TAIL_LIST");
const ORDINARY_REMOVE = lasting("REMOVE_HEAD_LIST");

/** What a list needs of its world. */
export interface ListWorld {
  /** Virtual time of this world. */
  readonly clock: VirtualClock;
  /** Where events go. */
  readonly trace: Tracer;
  /** Where lifecycles come from. */
  readonly lives: Lives;
  /** What every DDI routine passes first: IRQL checks, the call log. */
  readonly door: CallDoor;
}

/** A bounded FIFO of request numbers with its life. */
export class InterlockedList {
  /** `work-to-do:h2c0`: role and channel. */
  readonly name: string;
  /** Its life: `empty`, `occupied`, `full`; depth and peak in the context. */
  readonly life: Life<IrpQueueContext, IrpQueueEvent>;
  readonly #world: ListWorld;
  // Numbers are below 2^53 and may pass 2^31.
  readonly #ring: Float64Array<ArrayBuffer>;
  #head = 0;
  #depth = 0;

  /** An empty list with room for `capacity` requests. */
  constructor(name: string, capacity: number, world: ListWorld) {
    this.name = name;
    this.#world = world;
    this.#ring = new Float64Array(capacity);
    this.life = world.lives.create(irpQueueMachine, name, { capacity });
    const { door } = world;
    if (door.tracing) door.introduce(name, door.pointers.of(this)!);
  }

  /** How many requests are in it. */
  get depth(): number {
    return this.#depth;
  }

  /** True if nothing is in it (IsListEmpty). */
  get isEmpty(): boolean {
    return this.#depth === 0;
  }

  /** How many it can hold. */
  get capacity(): number {
    return this.#ring.length;
  }

  /** The number at the head, which stays where it is; {@link EMPTY_LIST} if there is none. */
  get first(): number {
    return this.#depth === 0 ? EMPTY_LIST : this.#ring[this.#head]!;
  }

  /** ExInterlockedInsertTailList. False if the list is full; nothing was inserted then. */
  exInterlockedInsertTailList(irp: number): boolean {
    return this.#insert(irp, "ExInterlockedInsertTailList");
  }

  /** ExInterlockedRemoveHeadList: the number of the first request, or {@link EMPTY_LIST}. */
  exInterlockedRemoveHeadList(): number {
    return this.#remove("ExInterlockedRemoveHeadList");
  }

  /** InsertTailList, which nobody may use on a list that an ISR shares. It is named, and then inserts all the same. */
  insertTailList(irp: number): boolean {
    this.life.send(ORDINARY_INSERT);
    return this.#insert(irp, "InsertTailList");
  }

  /** RemoveHeadList, which nobody may use on a list that an ISR shares. It is named, and then removes all the same. */
  removeHeadList(): number {
    this.life.send(ORDINARY_REMOVE);
    return this.#remove("RemoveHeadList");
  }

  #insert(irp: number, call: string): boolean {
    const inserted = this.life.send(INSERT).refusal === null;
    if (inserted) {
      let tail = this.#head + this.#depth;
      if (tail >= this.#ring.length) tail -= this.#ring.length;
      this.#ring[tail] = irp;
      this.#depth++;
    }
    if (this.#world.trace.on) this.#tell(call, "insert", irp, inserted ? this.#depth - 1 : -1);
    return inserted;
  }

  #remove(call: string): number {
    this.life.send(REMOVE);
    const irp = this.first;
    if (irp !== EMPTY_LIST) {
      if (++this.#head === this.#ring.length) this.#head = 0;
      this.#depth--;
    }
    if (this.#world.trace.on) this.#tell(call, "remove", irp, irp);
    return irp;
  }

  /** `moved` is negative where nothing moved: full, or empty. */
  #tell(call: string, operation: "insert" | "remove", irp: number, moved: number): void {
    const { door, trace, clock } = this.#world;
    const ListHead = door.pointers.of(this);
    if (operation === "insert") door.record(call, { ListHead, ListEntry: irpListEntryPointer(irp) }, moved >= 0);
    else door.record(call, { ListHead }, irp === EMPTY_LIST ? null : irpListEntryPointer(irp));
    if (moved < 0) return;
    trace.emit({ kind: "queue", atNs: clock.nowNs, queue: this.name, operation, irp, depth: this.#depth });
  }
}
