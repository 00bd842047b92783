/** Requests: received, marked pending, completed once, and not before their lists are put. */
import { IRP } from "./charts.ts";
import { grantText } from "./grants.ts";
import { Graveyard } from "./graveyard.ts";
import { FollowedLife } from "./life.ts";
import type { CallLine, EventLine } from "./log_line.ts";
import { mdlLife } from "./mdl_life.ts";
import type { World } from "./world.ts";
import { pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { IrpEvent } from "../../machines/irp.ts";

interface IrpRecord {
  readonly pointer: Pointer;
  readonly line: number;
  /** One line told where it came from; otherwise the same address may be a new request at any time. */
  introduced: boolean;
  /** An `irp` event told when it was received: such a log tells every beginning. */
  readonly received: boolean;
  readonly life: FollowedLife<IrpEvent>;
  mdl: Pointer | null;
  entry: Pointer | null;
}

interface CompletedIrp {
  readonly pointer: Pointer;
  readonly line: number;
  readonly introduced: boolean;
  readonly received: boolean;
}

/** All requests of a log. */
export class Irps {
  readonly #live = new Map<Pointer, IrpRecord>();
  readonly #byMdl = new Map<Pointer, IrpRecord>();
  readonly #completed = new Graveyard<Pointer, CompletedIrp>();
  /** By the address of its LIST_ENTRY. */
  readonly #completedEntries = new Graveyard<Pointer, CompletedIrp>();
  /** Completed and received again, while the line of IoCompleteRequest is still to come. */
  readonly #completing: IrpRecord[] = [];

  /** True if a request is known that is not completed. */
  get outstanding(): boolean {
    return this.#live.size > 0;
  }

  /** True if the log tells of requests, and every one of them is completed: nobody waits for anything. */
  get allCompleted(): boolean {
    return this.#live.size === 0 && this.#completed.size > 0;
  }

  /** How many records are kept. */
  get kept(): number {
    const { size } = this.#completedEntries;
    return this.#live.size + this.#byMdl.size + this.#completed.size + size + this.#completing.length;
  }

  /** The LIST_ENTRY of the request that owns an MDL, or null. */
  entryOf(mdl: Pointer): Pointer | null {
    return this.#byMdl.get(mdl)?.entry ?? null;
  }

  /** `irp`. */
  happened(world: World, { fields }: EventLine): void {
    const at = pointer(fields.irp);
    if (at === null || fields.state === "completed") return;
    let irp = this.#live.get(at);
    if (irp?.received === true && fields.state === "received") this.#completedMeanwhile(irp);
    if (irp === undefined || fields.state === "received") irp = this.#begin(world, at, true, true);
    const mdl = pointer(fields.mdl);
    irp.entry = pointer(fields.entry) ?? irp.entry;
    if (irp.entry !== null) this.#completedEntries.forget(irp.entry);
    if (mdl === null) return;
    irp.mdl = mdl;
    this.#byMdl.set(mdl, irp);
    lockForDirectIo(world, mdl);
  }

  /** IoMarkIrpPending. */
  markPending(world: World, { name, args }: CallLine): void {
    const at = pointer(args.Irp);
    if (at === null) return;
    const before = this.#completed.find(at);
    if (before?.received === true && !this.#live.has(at)) {
      const site = { call: name, resource: `irp 0x${at}`, state: "completed", since: before.line };
      world.judge.report("IrpTouchedAfterCompletion", site);
      return;
    }
    const live = this.#live.get(at);
    // Marked again: by the same driver, or completed and used again before the line of its IoCompleteRequest.
    if (live?.received === false) live.introduced = false;
    const irp = live ?? this.#begin(world, at, true);
    irp.life.send({ type: "MARK_PENDING" });
  }

  #begin(world: World, at: Pointer, introduced: boolean, received = false): IrpRecord {
    const life: IrpRecord["life"] = new FollowedLife(IRP);
    const irp: IrpRecord = { pointer: at, line: world.judge.line, introduced, received, life, mdl: null, entry: null };
    this.#forget(this.#live.get(at));
    this.#live.set(at, irp);
    this.#completed.forget(at);
    return irp;
  }

  #forget(irp: IrpRecord | undefined): void {
    if (irp === undefined) return;
    this.#live.delete(irp.pointer);
    if (irp.mdl !== null && this.#byMdl.get(irp.mdl) === irp) this.#byMdl.delete(irp.mdl);
  }

  /** IoCompleteRequest. */
  complete(world: World, { name: call, args }: CallLine): void {
    const { judge } = world;
    const at = pointer(args.Irp);
    if (at === null) return;
    const resource = `irp 0x${at}`;
    const early = this.#completing.findIndex((one) => one.pointer === at);
    if (early >= 0) {
      const [done] = this.#completing.splice(early, 1);
      if (done!.mdl !== null && !this.#byMdl.has(done!.mdl)) this.#end(world, call, done!);
      return;
    }
    const before = this.#completed.find(at);
    const irp = this.#live.get(at);
    if (irp === undefined && before !== undefined) {
      const suspected = !before.introduced;
      judge.report("IrpCompletedTwice", { call, resource, state: "completed", since: before.line, suspected });
      return;
    }
    const ending = irp ?? this.#begin(world, at, false);
    this.#forget(ending);
    const { introduced, received, entry } = ending;
    const completed = { pointer: at, line: judge.line, introduced, received };
    this.#completed.bury(at, completed);
    if (entry !== null) this.#completedEntries.bury(entry, completed);
    this.#end(world, call, ending);
  }

  #end(world: World, call: string, irp: IrpRecord): void {
    judgeLeftMapped(world, call, irp);
    if (irp.mdl !== null) unlockDirectIo(world, call, irp.mdl);
  }

  /** Received again at the same address: a tracer writes IoCompleteRequest when it returns, and by then it may be. */
  #completedMeanwhile(irp: IrpRecord): void {
    this.#completing.push(irp);
    if (this.#completing.length > COMPLETING_KEPT) this.#completing.shift();
  }

  /** A list routine: the LIST_ENTRY of a completed request is no longer the driver's. */
  judgeEntry(world: World, { name: call, args }: CallLine): void {
    const entry = call.includes("Insert") ? pointer(args.ListEntry) : null;
    const before = entry === null ? undefined : this.#completedEntries.find(entry);
    // Another request may lie there by now, unless the log tells of each that is received.
    if (before === undefined || !before.received || this.#live.has(before.pointer)) return;
    const resource = `irp 0x${before.pointer}`;
    const details = `its LIST_ENTRY 0x${entry} is queued again`;
    world.judge.report("IrpTouchedAfterCompletion", {
      call,
      resource,
      state: "completed",
      since: before.line,
      details,
    });
  }
}

const COMPLETING_KEPT = 256;

/** Completion unlocks the pages: nothing of the request may still be mapped for the device. */
function judgeLeftMapped(world: World, call: string, irp: IrpRecord): void {
  const { mdl } = irp;
  if (mdl === null) return;
  for (const list of world.listsByMdl.get(mdl) ?? []) {
    if (!list.life.has("live")) continue;
    // The chart is asked where the request stands: pending, and mapped by that list.
    irp.life.send({ type: "MARK_PENDING" });
    irp.life.send({ type: "MAP" });
    const { state, legal } = irp.life;
    const resource = `irp 0x${irp.pointer}`;
    const details = `list 0x${list.pointer} of line ${list.line} is ${list.life.state}`;
    const site = { call, resource, state, expected: legal, since: list.line, details };
    world.judge.reportFirst(irp.life.send({ type: "COMPLETE" }), site);
    list.accused = true;
  }
  for (const adapter of world.adapters.values()) {
    for (const grant of adapter.grants) {
      const mapping = grant.mappings.find((one) => one.mdl === mdl);
      if (mapping === undefined) continue;
      const details = `IoCompleteRequest of irp 0x${irp.pointer} came first`;
      const resource = grantText(grant);
      world.judge.report("MissingFlush", { call, resource, state: grant.life.state, since: mapping.line, details });
      grant.accused = true;
    }
  }
}

/** The MDL of a direct I/O request is locked before the driver sees it. */
function lockForDirectIo(world: World, at: Pointer): void {
  const mdl = world.mdls.get(at) ?? world.describeMdl(at);
  if (mdl.life !== null && (mdl.lockedLine !== null || mdl.life.state === "nonPaged")) return;
  if (mdl.life !== null && mdl.life.state.startsWith("lockedBy")) return;
  mdl.life = mdlLife(false, null);
  mdl.life.send({ type: "IO_MANAGER_LOCK" });
}

function unlockDirectIo(world: World, call: string, at: Pointer): void {
  const mdl = world.mdls.get(at);
  if (mdl === undefined || mdl.life === null || !mdl.life.state.startsWith("lockedByIoManager")) return;
  const { state, legal } = mdl.life;
  const site = { call, resource: `mdl 0x${at}`, state, expected: legal, since: mdl.lockedLine ?? mdl.line };
  world.judge.reportFirst(mdl.life.send({ type: "IO_MANAGER_UNLOCK" }), site);
  world.mdls.delete(at);
}
