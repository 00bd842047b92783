/**
 * The checker: takes the lines of a call log one by one, follows every resource through its lifecycle chart, and
 * collects what broke one. What it keeps is bounded by what is alive in the log, not by its length.
 */
import { concludeDriver, concludeProcess } from "./conclude.ts";
import { judgeKind } from "./device_kind.ts";
import { descriptorsWritten, deviceAccess, deviceDone, doorbell } from "./device.ts";
import type { CheckReport, DamagedLine, LogNote } from "./finding.ts";
import { Judge } from "./judge.ts";
import type { Profile } from "./judge.ts";
import { judgeLevel } from "./levels.ts";
import { damaged, NO_OBJECT, readLine } from "./log_line.ts";
import type { CallLine, EventLine } from "./log_line.ts";
import { mdlDescribed } from "./mdls.ts";
import { perhapsFreedBefore } from "./meanwhile.ts";
import { nearest } from "./nearest.ts";
import { EVENT_NAMES, strangeInCall, strangeInEvent } from "./parameters.ts";
import type { StrangeName } from "./parameters.ts";
import type { AdapterRecord } from "./records.ts";
import { ADAPTER_ROUTINES, KERNEL_ROUTINES, TRANSACTION_ROUTINE } from "./routine_table.ts";
import { routineEnter, routineLeave } from "./routines.ts";
import { statusNames } from "./statuses.ts";
import { tallied } from "./tally.ts";
import { count, isPointer, outcomeOf, pointer } from "./values.ts";
import { World } from "./world.ts";

/** How a log is judged. */
export interface CheckOptions {
  /** `s0` (the default): a transfer context is initialised before each transaction. `kmdf`: sequential reuse warns. */
  readonly profile?: Profile;
}

/** How many lines in a row are told that are no call log at all. */
const NO_OBJECTS_TOLD = 3;
/** How many notes, and descriptions of damaged lines, are kept. */
const REMARKS_KEPT = 100;
/** Routines of Windows that are not checked, and too like one that is. */
const OTHER_ROUTINES: ReadonlySet<string> = new Set(["MmMapLockedPages"]);
/** Routines that give something back: after a PutDmaAdapter with leftovers they are part of the same misuse. */
const GIVES_BACK = /^(?:Put|Free|Flush)/;

/** Checks one call log, pushed line by line. */
export class CallLogChecker {
  readonly #judge: Judge;
  readonly #world: World;
  readonly #damaged: DamagedLine[] = [];
  readonly #notes: LogNote[] = [];
  /** Names that nobody knows; true for one that was probably meant for another, so that its line is missing. */
  readonly #unknown = new Map<string, boolean>();
  #damagedCount = 0;
  /** The log is JSON over several lines: to tell each of them as damaged would help nobody. */
  #spread = false;
  /** Lines in a row that are no object. */
  #noObjects = 0;
  #calls = 0;
  #events = 0;

  /** A checker for one log. */
  constructor({ profile = "s0" }: CheckOptions = {}) {
    this.#judge = new Judge(profile);
    this.#world = new World(this.#judge);
  }

  /** How many lines were read. */
  get lines(): number {
    return this.#judge.line;
  }

  /** How many records of things in the log are kept now: bounded by what is alive, whatever the length of the log. */
  get kept(): number {
    return this.#world.kept + this.#judge.findings.length;
  }

  /** Takes the next line, without its line end. */
  push(text: string): void {
    const first = this.#judge.line === 0;
    this.#judge.line++;
    const line = readLine(first && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
    if (this.#calls + this.#events + this.#damagedCount === 0 && /^\ufeff?\s{0,99}[[{]\s{0,99}$/.test(text)) {
      this.#damage(damaged(1, "JSON over several lines, expected one object a line"));
      this.#spread = true;
      return;
    }
    if (line.is === "call") this.#call(line);
    else if (line.is === "event") this.#event(line);
    else if (line.is === "damaged") this.#damage(line);
  }

  /** Takes a line that could not be handed on as text, with the reason. */
  pushDamaged(message: string, column = 1): void {
    this.#judge.line++;
    this.#damage(damaged(column, message));
  }

  /** Nothing more comes. Leaks are not concluded here: a log may stop early. */
  finish(): CheckReport {
    if (this.#calls + this.#events + this.#damagedCount === 0) this.#note(0, "the log is empty");
    this.#world.earlyExecutes.conclude(this.#judge, true);
    const counts = {
      lines: this.#judge.line,
      calls: this.#calls,
      events: this.#events,
      damaged: this.#damagedCount,
    };
    return tallied(this.#judge, counts, this.#damaged, this.#notes);
  }

  #damage({ column, message }: { readonly column: number; readonly message: string }): void {
    this.#damagedCount++;
    this.#judge.miss();
    if (this.#spread) return;
    // Some other kind of text: to tell each of its lines as damaged would help nobody.
    if (message === NO_OBJECT && ++this.#noObjects > NO_OBJECTS_TOLD) return;
    if (this.#damaged.length < REMARKS_KEPT) this.#damaged.push({ line: this.#judge.line, column, message });
  }

  #note(line: number, message: string): void {
    if (this.#notes.length < REMARKS_KEPT) this.#notes.push({ line, message });
  }

  /** Says once that a name is unknown, with what was probably meant. True if something was. */
  #unknownName(what: string, then: string, expected: () => readonly string[]): boolean {
    let misspelt = this.#unknown.get(what);
    if (misspelt === undefined && this.#unknown.size < REMARKS_KEPT) {
      const meant = expected();
      misspelt = meant.length > 0;
      this.#unknown.set(what, misspelt);
      this.#note(this.#judge.line, `unknown ${what}, ${then}${misspelt ? `; expected ${meant.join(", ")}` : ""}`);
    }
    return misspelt === true;
  }

  readonly #strange = ({ what, expected }: StrangeName): void => void this.#unknownName(what, "not read", expected);

  /** A routine, an event or a status that nobody knows. If it is like one that is known, its line is missing. */
  #misspelt(kind: string, name: string, then: string, known: Iterable<string>): void {
    const meant = (): string[] => {
      const likely = OTHER_ROUTINES.has(name) ? null : nearest(name, known);
      return likely === null ? [] : [likely];
    };
    if (this.#unknownName(`${kind} ${name}`, then, meant)) this.#judge.miss();
  }

  /** A status whose name nobody knows says nothing about how its call ended. */
  #judgeStatus({ name, ret }: CallLine): void {
    if (typeof ret !== "string" || ret === "STATUS_SUCCESS" || outcomeOf(ret) !== "unknown") return;
    const isNumber: boolean = isPointer(ret);
    if (!isNumber) this.#misspelt("status", ret, `so nobody knows how ${name} ended`, statusNames());
  }

  #call(line: CallLine): void {
    this.#calls++;
    this.#noObjects = 0;
    const world = this.#world;
    strangeInCall(line.name, line.keys, line.args, this.#strange);
    this.#judgeStatus(line);
    const routine = ADAPTER_ROUTINES.get(line.name);
    if (routine !== undefined) {
      const adapter = this.#adapterOf(line);
      const atIsr = world.channels.inIsr(line.cpu);
      judgeLevel(world, line, routine.level, adapter, { atIsr, vector: routine.vector === true });
      if (adapter === null) return;
      if (adapter.version !== null && Math.max(adapter.version, 1) < routine.version) {
        const details = `version ${routine.version} has it, the description says ${adapter.version}`;
        const resource = `adapter 0x${adapter.pointer}`;
        const site = { call: line.name, resource, since: adapter.line, details };
        this.#judge.report("OperationNotInGrantedVersion", site);
      }
      judgeKind(world, line, adapter);
      perhapsFreedBefore(adapter, line.name);
      routine.on(world, line, adapter);
      return;
    }
    const other = KERNEL_ROUTINES.get(line.name) ??
      (line.name.startsWith("WdfDmaTransaction") ? TRANSACTION_ROUTINE : undefined);
    if (other === undefined) {
      return this.#misspelt("routine", line.name, "not checked", [
        ...ADAPTER_ROUTINES.keys(),
        ...KERNEL_ROUTINES.keys(),
      ]);
    }
    judgeLevel(world, line, other.level, null);
    other.on(world, line);
  }

  /** The adapter that a member of DMA_OPERATIONS was called with; null where there is none to go on with. */
  #adapterOf({ name: call, args }: CallLine): AdapterRecord | null {
    const { DmaAdapter } = args;
    if (DmaAdapter === undefined) {
      this.#judge.miss();
      return null;
    }
    const at = pointer(DmaAdapter);
    if (at === null) {
      this.#judge.report("NullAdapter", {
        call,
        resource: "adapter NULL",
        state: "absent",
        since: null,
        byItself: true,
      });
      return null;
    }
    const adapter = this.#world.adapters.get(at);
    if (adapter !== undefined) return adapter;
    const released = this.#world.released.find(at);
    if (released === undefined) return this.#world.obtainAdapter(at);
    this.#judge.report("UseAfterPutAdapter", {
      call,
      resource: `adapter 0x${at}`,
      state: "released",
      since: released.line,
      follows: released.leftovers && GIVES_BACK.test(call),
    });
    return null;
  }

  #event(event: EventLine): void {
    this.#events++;
    this.#noObjects = 0;
    const world = this.#world;
    strangeInEvent(event.name, event.fields, this.#strange);
    switch (event.name) {
      case "mdl":
        return mdlDescribed(world, event);
      case "memory":
        return this.#memory(event);
      case "routine-enter":
        return routineEnter(world, event);
      case "routine-leave":
        return routineLeave(world, event);
      case "descriptors-written":
        return descriptorsWritten(world, event);
      case "doorbell":
        return doorbell(world, event);
      case "device-done":
        return deviceDone(world, event);
      case "device-access":
        return deviceAccess(world, event);
      case "isr-enter":
      case "isr-leave":
        return world.channels.isr(event);
      case "dpc-enter":
      case "dpc-leave":
        return world.channels.dpc(world, event);
      case "irp":
        return world.irps.happened(world, event);
      case "queue":
        return world.channels.describe(event);
      case "buffer-read":
      case "buffer-write":
        return this.#buffer(event);
      case "driver-unload":
      case "end":
        return concludeDriver(world, event.name);
      case "process-exit":
        return concludeProcess(world);
      case "interrupt":
        return;
      default:
        return this.#misspelt("event", event.name, "not checked", EVENT_NAMES);
    }
  }

  #memory({ fields }: EventLine): void {
    const va = pointer(fields.va);
    const length = count(fields.length);
    if (va === null || length === null || typeof fields.pool !== "string") return;
    this.#world.describeMemory({ va, length, pool: fields.pool, line: this.#judge.line });
  }

  /** The CPU touched the buffer: bytes beyond the MDL are not its own. */
  #buffer({ name: call, fields }: EventLine): void {
    const at = pointer(fields.mdl);
    const mdl = at === null ? undefined : this.#world.mdls.get(at);
    const offset = count(fields.offset) ?? 0;
    const length = count(fields.length);
    if (mdl === undefined || mdl.byteCount === null || length === null) return;
    if (offset + length <= mdl.byteCount) return;
    const details = `${length} bytes at offset ${offset} of ${mdl.byteCount}`;
    const site = { call, resource: `mdl 0x${at}`, since: mdl.line, details, kind: "5" };
    this.#judge.report("BufferOverrun", site);
  }
}
