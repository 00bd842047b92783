/**
 * The checker: takes the lines of a call log one by one, follows every resource through its lifecycle chart, and
 * collects what broke one. What it keeps is bounded by what is alive in the log, not by its length.
 */
import { concludeDriver, concludeProcess } from "./conclude.ts";
import { descriptorsWritten, deviceAccess, deviceDone, doorbell } from "./device.ts";
import type { CheckReport, DamagedLine, LogNote } from "./finding.ts";
import { Judge } from "./judge.ts";
import type { Profile } from "./judge.ts";
import { damaged, readLine } from "./log_line.ts";
import type { CallLine, EventLine } from "./log_line.ts";
import { mdlDescribed } from "./mdls.ts";
import { strangeInCall, strangeInEvent } from "./parameters.ts";
import type { StrangeName } from "./parameters.ts";
import type { AdapterRecord } from "./records.ts";
import { ADAPTER_ROUTINES, KERNEL_ROUTINES, TRANSACTION_ROUTINE } from "./routine_table.ts";
import type { Level } from "./routine_table.ts";
import { routineEnter, routineLeave } from "./routines.ts";
import { tallied } from "./tally.ts";
import { count, irqlText, pointer } from "./values.ts";
import { World } from "./world.ts";

/** How a log is judged. */
export interface CheckOptions {
  /** `s0` (the default): a transfer context is initialised before each transaction. `kmdf`: sequential reuse warns. */
  readonly profile?: Profile;
}

/** How many notes, and descriptions of damaged lines, are kept. */
const REMARKS_KEPT = 100;
/** Routines that give something back: after a PutDmaAdapter with leftovers they are part of the same misuse. */
const GIVES_BACK = /^(?:Put|Free|Flush)/;

/** Checks one call log, pushed line by line. */
export class CallLogChecker {
  readonly #judge: Judge;
  readonly #world: World;
  readonly #damaged: DamagedLine[] = [];
  readonly #notes: LogNote[] = [];
  readonly #unknown = new Set<string>();
  #damagedCount = 0;
  /** The log is JSON over several lines: to tell each of them as damaged would help nobody. */
  #spread = false;
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
    if (this.#spread) return;
    if (this.#damaged.length < REMARKS_KEPT) this.#damaged.push({ line: this.#judge.line, column, message });
  }

  #note(line: number, message: string): void {
    if (this.#notes.length < REMARKS_KEPT) this.#notes.push({ line, message });
  }

  /** Says once that a name is unknown. */
  #unknownName(what: string, means = () => "not checked"): void {
    if (this.#unknown.has(what) || this.#unknown.size >= REMARKS_KEPT) return;
    this.#unknown.add(what);
    this.#note(this.#judge.line, `unknown ${what}, ${means()}`);
  }

  readonly #strange = (name: StrangeName): void =>
    this.#unknownName(name.what, () => {
      const expected = name.expected();
      return expected.length === 0 ? "not read" : `not read; expected ${expected.join(", ")}`;
    });

  #call(line: CallLine): void {
    this.#calls++;
    const world = this.#world;
    strangeInCall(line.name, line.keys, line.args, this.#strange);
    const routine = ADAPTER_ROUTINES.get(line.name);
    if (routine !== undefined) {
      const adapter = this.#adapterOf(line);
      const atIsr = world.channels.inIsr(line.cpu);
      this.#judgeLevel(line, routine.level, atIsr, adapter, routine.vector === true);
      if (adapter === null) return;
      if (adapter.version !== null && Math.max(adapter.version, 1) < routine.version) {
        const details = `version ${routine.version} has it, the description says ${adapter.version}`;
        const resource = `adapter 0x${adapter.pointer}`;
        const site = { call: line.name, resource, since: adapter.line, details };
        this.#judge.report("OperationNotInGrantedVersion", site);
      }
      routine.on(world, line, adapter);
      return;
    }
    const other = KERNEL_ROUTINES.get(line.name) ??
      (line.name.startsWith("WdfDmaTransaction") ? TRANSACTION_ROUTINE : undefined);
    if (other === undefined) return this.#unknownName(`routine ${line.name}`);
    this.#judgeLevel(line, other.level, false, null, false);
    other.on(world, line);
  }

  /** The adapter that a member of DMA_OPERATIONS was called with; null where there is none to go on with. */
  #adapterOf({ name: call, args }: CallLine): AdapterRecord | null {
    const { DmaAdapter } = args;
    if (DmaAdapter === undefined) return null;
    const at = pointer(DmaAdapter);
    if (at === null) {
      this.#judge.report("NullAdapter", { call, resource: "adapter NULL", state: "absent", since: null });
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

  #judgeLevel(line: CallLine, level: Level, atIsr: boolean, adapter: AdapterRecord | null, vector: boolean): void {
    const { irql, name: call, args } = line;
    const at = pointer(args.DmaAdapter);
    const resource = at === null ? call : `adapter 0x${at}`;
    const site = { call, resource, state: adapter?.life.state ?? "", since: null, beside: true };
    const dmaRoutine = ADAPTER_ROUTINES.has(call) || call === "IoGetDmaAdapter";
    if (dmaRoutine && (atIsr || (irql !== null && irql > 2))) {
      const details = atIsr ? "an ISR runs on this processor" : "called at DIRQL";
      this.#judge.report("HalCallAtDirql", { ...site, details });
      return;
    }
    if (irql === null || level === "any") return;
    const exact = level === "=PASSIVE" ? 0 : level === "=DISPATCH" ? 2 : null;
    const highest = level === "<=APC" ? 1 : 2;
    const details = `called at ${irqlText(irql)}, expected ${exact === null ? "at most " : ""}${
      irqlText(exact ?? highest)
    }`;
    if (exact !== null && irql !== exact) {
      if (vector) this.#judge.report("CommonBufferVectorMisuse", { ...site, details, kind: "1" });
      else this.#judge.report("WrongIrql", { ...site, details, kind: "1" });
    } else if (exact === null && irql > highest) this.#judge.report("IrqlTooHigh", { ...site, details, kind: "2" });
  }

  #event(event: EventLine): void {
    this.#events++;
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
        return this.#unknownName(`event ${event.name}`);
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
