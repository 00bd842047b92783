/** Requests: received, marked pending, completed once, and not before their lists are put. */
import { IRP } from "./charts.ts";
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
  /** Some line told where it came from; otherwise the same address may be a new request at any time. */
  readonly introduced: boolean;
  /** An `irp` event told when it was received: such a log tells every beginning. */
  readonly received: boolean;
  readonly life: FollowedLife<IrpEvent>;
  mdl: Pointer | null;
  entry: Pointer | null;
}

interface CompletedIrp {
  readonly line: number;
  readonly introduced: boolean;
  readonly received: boolean;
}

/** All requests of a log. */
export class Irps {
  readonly #live = new Map<Pointer, IrpRecord>();
  readonly #byMdl = new Map<Pointer, IrpRecord>();
  readonly #completed = new Graveyard<Pointer, CompletedIrp>();

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
    return this.#live.size + this.#byMdl.size + this.#completed.size;
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
    if (irp === undefined || fields.state === "received") irp = this.#begin(world, at, true, true);
    const mdl = pointer(fields.mdl);
    irp.entry = pointer(fields.entry) ?? irp.entry;
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
    const irp = this.#live.get(at) ?? this.#begin(world, at, true);
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
    const before = this.#completed.find(at);
    const irp = this.#live.get(at);
    if (irp === undefined && before !== undefined) {
      const suspected = !before.introduced;
      judge.report("IrpCompletedTwice", { call, resource, state: "completed", since: before.line, suspected });
      return;
    }
    const ending = irp ?? this.#begin(world, at, false);
    judgeLeftMapped(world, call, ending);
    this.#forget(ending);
    const { introduced, received } = ending;
    this.#completed.bury(at, { line: judge.line, introduced, received });
    if (ending.mdl !== null) unlockDirectIo(world, call, ending.mdl);
  }
}

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
      const details = "IoCompleteRequest came first";
      const resource = `irp 0x${irp.pointer}`;
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
