/**
 * The one event type that everything emits: actors, tables, HAL calls, the card, IRQL changes. A leaf: it imports
 * nothing, and every room may import it.
 *
 * Events are stamped in virtual time when they happen. Recording is off unless somebody listens: emitters ask
 * {@link Tracer.on} first, so a run without a listener builds no event objects.
 */

/** The engine an event belongs to: `h2c0` … `h2c3`, `c2h0` … `c2h3`. */
export type ChannelName = `${"h2c" | "c2h"}${number}`;

/** A value that survives JSON: what HAL calls carry as arguments. Pointers and handles are hex strings. */
export type TraceValue = string | number | boolean | null | readonly TraceValue[] | {
  readonly [key: string]: TraceValue;
};

const HEX_BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * A whole number below 2^53 as events write pointers and handles: `0xffff8000`. Engines turn numbers above 31 bits into
 * hex by long division, digit by digit; a recorded run writes a dozen for each request.
 */
export function hexText(value: number): string {
  if (value < 0x8000_0000) return `0x${value.toString(16)}`;
  const above = Math.floor(value / 0x1_0000);
  const word = value - above * 0x1_0000;
  return hexText(above) + HEX_BYTES[word >>> 8]! + HEX_BYTES[word & 0xff]!;
}

/** How bad a finding is. */
export type Severity = "error" | "warning" | "note";

/** A misuse by the driver under test, named. */
export interface Finding {
  /** The rule's name, such as `SglDoublePut`. */
  readonly rule: string;
  /** A kind inside the rule, such as the p2 of a verifier code; or null. */
  readonly kind: string | null;
  /** Errors make a run not clean. */
  readonly severity: Severity;
  /** The resource it happened to, such as `sgl:7`. */
  readonly resource: string;
  /** The state of that resource's lifecycle when it happened. */
  readonly state: string;
  /** The call or happening that was wrong. */
  readonly call: string;
  /** What would have been legal there: the events of the lifecycle that lead on. */
  readonly expected: readonly string[];
  /** When what is wrong was created, in virtual nanoseconds; or null where nothing was. */
  readonly sinceNs: number | null;
  /** Numbers for a person: who held what. */
  readonly details: string;
}

/** When an event happened, in virtual nanoseconds. */
export interface Stamp {
  /** Virtual nanoseconds since the start of the run. */
  readonly atNs: number;
}

/** A lifecycle moved, or refused to. */
export interface StateEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "state";
  /** Whose life it is, such as `sgl:7`. */
  readonly actor: string;
  /** The event it got. */
  readonly event: string;
  /** The state before, nested ones dotted. */
  readonly from: string;
  /** The state after; the same if it stayed. */
  readonly to: string;
}

/** A HAL or kernel routine was called. `args` and `out` carry DDI parameter names. */
export interface CallEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "call";
  /** The number of the processor. */
  readonly cpu: number;
  /** `PASSIVE`, `APC`, `DISPATCH` or `DIRQL`. */
  readonly irql: string;
  /** The routine's DDI name. */
  readonly call: string;
  /** What was passed, by DDI parameter names. */
  readonly args: { readonly [name: string]: TraceValue };
  /** What was returned; null for NULL and for nothing. */
  readonly ret: TraceValue;
  /** What was written back, or null. */
  readonly out: { readonly [name: string]: TraceValue } | null;
}

/**
 * A resource that calls name by its address came to life: from here on, `actor` and `pointer` mean the same. Said again
 * when a caller's buffer gets a new list.
 */
export interface ObjectEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "object";
  /** Its name in other events, such as `sgl:7`, `mdl:3`, `irp:12`, `adapter:0`, `work-to-do:h2c0`. */
  readonly actor: string;
  /** Its address in the arguments of calls. */
  readonly pointer: string;
  /** The address of its LIST_ENTRY: requests only. */
  readonly entry?: string;
}

/** A callback of the driver (AdapterControl, AdapterListControl) began or ended. */
export interface RoutineEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "routine";
  /** Whether it begins or ends. */
  readonly phase: "enter" | "leave";
  /** `AdapterControl` or `AdapterListControl`. */
  readonly routine: string;
  /** The actor's name, such as `adapter:0`. */
  readonly adapter: string;
  /** The number of the processor. */
  readonly cpu?: number;
  /** The address of the list that an AdapterListControl got. */
  readonly sgl?: TraceValue;
  /** Its elements, `[address, length]` each, address as a hex string. */
  readonly elements?: TraceValue;
  /** The base that an AdapterControl got; null is NULL: no register is needed. */
  readonly mapRegisterBase?: TraceValue;
  /** What an AdapterControl returned: the name of an IO_ALLOCATION_ACTION. On leaving only. */
  readonly action?: string;
}

/** A processor began or ended a piece of work for a request: setting up a list, copying a buffer. */
export interface WorkEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "work";
  /** Whether it begins or ends. */
  readonly phase: "enter" | "leave";
  /** Such as `cpu:0`. */
  readonly processor: string;
  /** The number of the request. */
  readonly irp: number;
}

/** A register of the card was read or written. */
export interface RegisterEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "register";
  /** What the driver did. */
  readonly access: "read" | "write";
  /** The base address register. */
  readonly bar: number;
  /** Bytes from its beginning. */
  readonly offset: number;
  /** The 32-bit word. */
  readonly value: number;
}

/** An engine of the card took a descriptor. */
export interface DescriptorEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "descriptor";
  /** The engine. */
  readonly channel: ChannelName;
  /** Where the descriptor lies in host memory. */
  readonly address: number;
  /** Its first word: magic, adjacent count, control bits (PG195, SG descriptor). */
  readonly control: number;
  /** Its length word; bits 31:28 do not count. */
  readonly lengthBytes: number;
  /** Where its data comes from: host memory for H2C, card memory for C2H. */
  readonly sourceAddress: number;
  /** Where its data goes. */
  readonly destinationAddress: number;
}

/** An engine of the card changed state. */
export interface EngineEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "engine";
  /** The engine. */
  readonly channel: ChannelName;
  /** `idle`, `running`, `stopping` or `halted`. */
  readonly state: string;
  /** Descriptors completed in this run. */
  readonly completedCount: number;
}

/** The card raised or dropped an interrupt. `vector` is -1 for a legacy pin. */
export interface InterruptEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "interrupt";
  /** `channel 3`, `user 0`, or the name of a pin, such as `INTA`. */
  readonly source: string;
  /** The message; -1 for a pin. */
  readonly vector: number;
  /** False when a pin is released; messages are only asserted. */
  readonly asserted: boolean;
  /** The engine behind the source, where there is one. */
  readonly channel?: ChannelName;
}

/** A routine of the driver ran at a raised level: ISR or DPC. */
export interface LevelEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "isr" | "dpc";
  /** Whether it begins or ends. */
  readonly phase: "enter" | "leave";
  /** The number of the processor. */
  readonly cpu: number;
  /** The engine that it serves. */
  readonly channel: ChannelName;
}

/** A request moved on. */
export interface RequestEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "irp";
  /** The number of the request. */
  readonly irp: number;
  /** `received`, `cancelled` or `completed`; the steps between are events of the actor `irp:N`. */
  readonly state: string;
  /** The engine that carries it. */
  readonly channel: ChannelName;
  /** Bytes to move. */
  readonly lengthBytes?: number;
  /** The address of its MDL; null for a request without one. */
  readonly mdl?: string | null;
}

/** A queue of requests changed. */
export interface QueueEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "queue";
  /** Its name, such as `work-to-do:h2c0`. */
  readonly queue: string;
  /** At the tail, or from the head. */
  readonly operation: "insert" | "remove";
  /** The number of the request that moved. */
  readonly irp: number;
  /** How many are in it now. */
  readonly depth: number;
}

/** A figure worth plotting changed: registers free, bytes in flight. */
export interface CounterEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "counter";
  /** Its name, such as `mapRegisterPool.free`. */
  readonly counter: string;
  /** Its value from now on. */
  readonly value: number;
}

/** The card or the bus saw something a person should know: a fault, an odd descriptor. */
export interface NoticeEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "notice";
  /** Who saw it: an engine, the bus. */
  readonly source: string;
  /** A name that stays the same, such as `AdjacentBlockCrosses4KiB`. */
  readonly name: string;
  /** Numbers for a person. */
  readonly details: string;
}

/** What neither a call nor a lifecycle says and a driver would log by itself: a call log takes it as it is. */
export interface HappeningEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "happening";
  /** Its name in call logs, such as `descriptors-written`, `driver-unload`, `process-exit`. */
  readonly happening: string;
  /** Its keys in call logs; pointers are hex strings. */
  readonly fields: { readonly [name: string]: TraceValue };
}

/** A misuse was named. */
export interface FindingEvent extends Stamp {
  /** Tells events apart. */
  readonly kind: "finding";
  /** What was named. */
  readonly finding: Finding;
}

/** Everything that can happen. */
export type TraceEvent =
  | ObjectEvent
  | StateEvent
  | CallEvent
  | RoutineEvent
  | WorkEvent
  | RegisterEvent
  | DescriptorEvent
  | EngineEvent
  | InterruptEvent
  | LevelEvent
  | RequestEvent
  | QueueEvent
  | CounterEvent
  | NoticeEvent
  | HappeningEvent
  | FindingEvent;

/** Where events go. */
export interface Tracer {
  /** False while nobody listens: emitters build no event then. */
  readonly on: boolean;
  /** Takes one event. Called only while {@link Tracer.on}. */
  emit(event: TraceEvent): void;
}

/** The tracer of a run that nobody watches. */
export const SILENT: Tracer = { on: false, emit: () => {} };

/** A tracer that hands every event to several: one run, many files. */
export function tee(...tracers: readonly Tracer[]): Tracer {
  const listening = tracers.filter(({ on }) => on);
  if (listening.length === 0) return SILENT;
  if (listening.length === 1) return listening[0]!;
  return {
    on: true,
    emit: (event) => {
      for (const tracer of listening) tracer.emit(event);
    },
  };
}

/** Where a sink writes: it gets text in pieces of whole lines, in order. */
export type WriteText = (text: string) => void;

/** A tracer that writes a file as a stream. Everything is handed over once {@link FileTracer.close} was called. */
export interface FileTracer extends Tracer {
  /** Ends the file. Nothing may be emitted afterwards. */
  close(): void;
}

/** A tracer that keeps everything in memory: for tests and short runs. */
export class Recorder implements Tracer {
  readonly on = true;
  /** Everything so far, in order. */
  readonly events: TraceEvent[] = [];

  emit(event: TraceEvent): void {
    this.events.push(event);
  }

  /** The events as JSON Lines: the bytes by which two runs are compared. */
  toJsonLines(): string {
    return this.events.map((event) => JSON.stringify(event) + "\n").join("");
  }
}
