/**
 * What every routine of the kernel and the HAL does before and after its work: is this the right IRQL, and the line in
 * the call trace. The call itself always goes on, as it does on Windows without Driver Verifier.
 */
import type { IrqlRequirement } from "../../machines/lifecycle.ts";
import type { RuleName } from "../../machines/rule.ts";
import type { VirtualClock } from "../../sim/clock.ts";
import { DIRQL, DISPATCH_LEVEL, IRQL_NAMES, PASSIVE_LEVEL } from "../../sim/kernel/irql.ts";
import type { Irql, IrqlState } from "../../sim/kernel/irql.ts";
import type { Tracer, TraceValue } from "../../trace/event.ts";
import type { CrashFigures } from "../bug_checks.ts";
import type { FindingLog } from "../findings.ts";
import { Pointers } from "./pointers.ts";

/** DDI parameter names with what was passed. */
export type TraceArguments = { readonly [name: string]: TraceValue };

/** IRQLs as call logs write them. */
export const CALL_LOG_IRQL: readonly string[] = IRQL_NAMES.map((name) => name.replace("_LEVEL", ""));

/** The levels at which a routine may be called, as numbers. */
interface Levels {
  readonly lowest: Irql;
  readonly highest: Irql;
}

const LEVELS: Readonly<Record<IrqlRequirement, Levels>> = {
  "= PASSIVE_LEVEL": { lowest: PASSIVE_LEVEL, highest: PASSIVE_LEVEL },
  "<= DISPATCH_LEVEL": { lowest: PASSIVE_LEVEL, highest: DISPATCH_LEVEL },
  "= DISPATCH_LEVEL": { lowest: DISPATCH_LEVEL, highest: DISPATCH_LEVEL },
  "= DIRQL": { lowest: DIRQL, highest: DIRQL },
  any: { lowest: PASSIVE_LEVEL, highest: DIRQL },
};

/** Where routines of one world check in and leave their lines. */
export class CallDoor {
  /** The addresses that objects have in the trace. */
  readonly pointers: Pointers;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #irql: IrqlState;
  readonly #findings: FindingLog;

  /** The door of one world. */
  constructor(
    clock: VirtualClock,
    trace: Tracer,
    irql: IrqlState,
    findings: FindingLog,
    pointers: Pointers = new Pointers(),
  ) {
    this.#clock = clock;
    this.#trace = trace;
    this.#irql = irql;
    this.#findings = findings;
    this.pointers = pointers;
  }

  /** True while somebody listens: build arguments for {@link CallDoor.record} only then. */
  get tracing(): boolean {
    return this.#trace.on;
  }

  /**
   * Names a call at the wrong IRQL: `HalCallAtDirql` for a DMA routine inside an ISR, `WrongIrql` where exactly one
   * level is right, `IrqlTooHigh` above a maximum (Driver Verifier 0xE6/0x13 for DMA routines; others are of the kind
   * `kernel` and have no number). True if the level is right.
   */
  checkIrql(call: string, requirement: IrqlRequirement, resource: string, isDmaRoutine = false): boolean {
    const level = this.#irql.level;
    if (requirement === "<= DISPATCH_LEVEL" && level <= DISPATCH_LEVEL) return true;
    const { lowest, highest } = LEVELS[requirement];
    const inIsr = level === DIRQL && isDmaRoutine;
    if (level >= lowest && level <= highest && !inIsr) return true;
    const rule: RuleName = inIsr ? "HalCallAtDirql" : lowest === highest ? "WrongIrql" : "IrqlTooHigh";
    const details = `called at ${IRQL_NAMES[level]}, expected ${requirement}`;
    this.misuse(rule, call, resource, details, isDmaRoutine ? undefined : "kernel", {
      expectedIrql: highest,
      currentIrql: level,
    });
    return false;
  }

  /** Names a misuse that the arguments of a call show by themselves, whatever state anything is in. */
  misuse(
    rule: RuleName,
    call: string,
    resource: string,
    details: string,
    misuseKind?: string,
    figures: CrashFigures = {},
  ): void {
    const site = { resource, state: "", call, expected: [], sinceNs: null, details, figures };
    this.#findings.add(misuseKind === undefined ? { rule } : { rule, misuseKind }, site);
  }

  /** Says that `actor` is at `pointer` in calls. Only while {@link CallDoor.tracing}. */
  introduce(actor: string, pointer: string, entry?: string): void {
    const atNs = this.#clock.nowNs;
    this.#trace.emit(
      entry === undefined ? { kind: "object", atNs, actor, pointer } : { kind: "object", atNs, actor, pointer, entry },
    );
  }

  /** Tells what no call says, such as the end of a process, under its name in call logs. */
  tell(happening: string, fields: TraceArguments = {}): void {
    if (this.#trace.on) this.#trace.emit({ kind: "happening", atNs: this.#clock.nowNs, happening, fields });
  }

  /** Writes the line of a call. Only while {@link CallDoor.tracing}. */
  record(call: string, args: TraceArguments, ret: TraceValue = null, out: TraceArguments | null = null): void {
    this.#trace.emit({
      kind: "call",
      atNs: this.#clock.nowNs,
      cpu: this.#irql.cpu,
      irql: CALL_LOG_IRQL[this.#irql.level]!,
      call,
      args,
      ret,
      out,
    });
  }
}
