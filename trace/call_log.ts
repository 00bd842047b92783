/**
 * A run as a call log: JSON Lines that say which DDI routine was called with what, and what happened between the calls.
 * A real driver's own tracing can write the same lines, so one checker reads both.
 *
 * Calls are written as they stand in the trace. Happenings come from lifecycles:
 *
 * ```text
 * sgl:7       READ              → descriptors-written
 * sgl:7       DOORBELL, then channel:h2c0 START            → doorbell
 * channel:h2c0 COMPLETED, FAILED, STOPPED, ALL_ONES, RESET → device-done
 * descriptor of an engine       → device-access, the host's side of it
 * mdl:3       locked, unlocked  → mdl
 * ```
 * Where no event has said which address an actor has in calls ({@link ObjectEvent}), the line is written without it, or
 * not at all if it would say nothing.
 */
import { EIGHT_CHANNELS, interruptChannel } from "./channels.ts";
import type { ChannelOptions } from "./channels.ts";
import { hexText } from "./event.ts";
import type {
  CallEvent,
  ChannelName,
  DescriptorEvent,
  FileTracer,
  ObjectEvent,
  QueueEvent,
  RequestEvent,
  RoutineEvent,
  StateEvent,
  TraceEvent,
  TraceValue,
  WriteText,
} from "./event.ts";
import { TextStream } from "./text_stream.ts";
import { TimeText } from "./time_text.ts";

/** What a list head is for, by the first part of its name. */
const ROLES: Readonly<Record<string, string>> = {
  "work-to-do": "work",
  "waiting-for-device": "waiting",
  "ready-to-complete": "ready",
};

/** The channel is done with the memory it was given: the NTSTATUS of it. */
const DONE: Readonly<Record<string, string>> = {
  COMPLETED: "STATUS_SUCCESS",
  FAILED: "STATUS_DEVICE_HARDWARE_ERROR",
  STOPPED: "STATUS_CANCELLED",
  ALL_ONES: "STATUS_IO_TIMEOUT",
  RESET: "STATUS_CANCELLED",
};

/** What locks and unlocks the pages of an MDL without a call that says so. */
const LOCKS: Readonly<Record<string, boolean>> = { IO_MANAGER_LOCK: true, IO_MANAGER_UNLOCK: false };

/** Routines that return a pointer: null is NULL there. Elsewhere it means that nothing is returned. */
const RETURNS_POINTER = /^(?:Allocate|IoAllocate|IoGet|HalGet|MmGet|MmMap|WdfCommon)|RemoveHeadList$/;

const PAGE_BYTES = 4096;
/** Bits 27:0 of a descriptor's length word count (PG195, SG descriptor). */
const LENGTH_MASK = 0x0fff_ffff;

/** A key and its value, each behind a comma; nothing for a value that nobody knows. Names and addresses are plain. */
function text(key: string, value: string | null | undefined): string {
  return value === undefined || value === null ? "" : `,"${key}":"${value}"`;
}

/** The same for any value. */
function json(key: string, value: TraceValue | undefined): string {
  return value === undefined ? "" : `,"${key}":${JSON.stringify(value)}`;
}

/**
 * Writes a call log.
 *
 * @example The first call of a burst
 * ```ts
 * import { BURST_TIMES, CallLogTracer, runBurst } from "@dmactor/dmactor";
 *
 * let text = "";
 * const trace = new CallLogTracer((piece) => text += piece);
 * runBurst({ strategy: "isr-reprogram", transferCount: 1, times: BURST_TIMES, trace });
 * trace.close();
 * console.log(JSON.parse(text.slice(0, text.indexOf("\n"))).call); // IoGetDmaAdapter
 * ```
 */
export class CallLogTracer implements FileTracer {
  readonly on = true;
  readonly #stream: TextStream;
  readonly #time = new TimeText();
  readonly #names: readonly ChannelName[];
  /** The address of each actor, as far as it was said. */
  readonly #pointers = new Map<string, ObjectEvent>();
  readonly #channelOfRequest = new Map<string, ChannelName>();
  /** Queues whose role is written. */
  readonly #queues = new Set<string>();
  /** Channels that were started and are not done: the list they work on, or null. */
  readonly #working = new Map<string, string | null>();
  /** The list whose doorbell is about to ring; the channel whose descriptors are about to be written. */
  #ringing: string | null = null;
  #mappingFor: ChannelName | undefined;
  #listHead: TraceValue = null;
  #nowNs = 0;

  /** `write` gets the text in pieces. */
  constructor(write: WriteText, options: ChannelOptions = {}) {
    this.#stream = new TextStream(write);
    this.#names = options.channels ?? EIGHT_CHANNELS;
  }

  emit(event: TraceEvent): void {
    this.#nowNs = event.atNs;
    switch (event.kind) {
      case "object":
        return this.#object(event);
      case "call":
        return this.#call(event);
      case "routine":
        return this.#routine(event);
      case "state":
        return this.#state(event);
      case "descriptor":
        return this.#access(event);
      case "interrupt": {
        const channel = interruptChannel(event, this.#names);
        return event.asserted ? this.#happening("interrupt", text("channel", channel)) : undefined;
      }
      case "isr":
      case "dpc":
        return this.#happening(`${event.kind}-${event.phase}`, `,"channel":"${event.channel}","cpu":${event.cpu}`);
      case "irp":
        return this.#request(event);
      case "queue":
        return this.#queue(event);
      case "happening":
        return this.#happening(
          event.happening,
          Object.entries(event.fields).map(([key, one]) => json(key, one)).join(""),
        );
    }
  }

  /** The run is over and nothing may be left: the log says so, and is handed over. */
  end(): void {
    this.#happening("end", "");
    this.close();
  }

  /** Hands over what is left. The log just stops, so nobody concludes that something leaked. */
  close(): void {
    this.#stream.flush();
  }

  #call({ call, cpu, irql, args, ret, out, atNs }: CallEvent): void {
    const head = `{"t":${this.#time.of(atNs)},"cpu":${cpu},"irql":"${irql}","call":"${call}"`;
    const returned = ret === null && !RETURNS_POINTER.test(call) ? "" : `,"ret":${JSON.stringify(ret)}`;
    const written = out === null ? "" : `,"out":${JSON.stringify(out)}`;
    this.#stream.add(`${head},"args":${JSON.stringify(args)}${returned}${written}}\n`);
    this.#listHead = args["ListHead"] ?? null;
    if (call === "IoAllocateMdl" && typeof ret === "string") this.#describeMdl(ret, args);
  }

  /** An MDL is described before its first use. That it is not locked yet is said by what locks it. */
  #describeMdl(mdl: string, args: CallEvent["args"]): void {
    const { VirtualAddress: va, Length: byteCount } = args;
    if (typeof va !== "string") return;
    const byteOffset = Number.parseInt(va.slice(-3), 16) % PAGE_BYTES;
    const startVa = va.length > "0x000".length ? va.slice(0, -3) + "000" : "0x0";
    const range = `${text("startVa", startVa)},"byteOffset":${byteOffset}${json("byteCount", byteCount)}`;
    this.#happening("mdl", text("mdl", mdl) + range);
  }

  #routine({ phase, routine, adapter, sgl, elements, mapRegisterBase, action, cpu }: RoutineEvent): void {
    const who = text("routine", routine) + text("adapter", this.#pointer(adapter));
    const what = json("sgl", sgl) + json("elements", elements) + json("mapRegisterBase", mapRegisterBase);
    this.#happening(`routine-${phase}`, who + what + text("action", action) + json("cpu", cpu));
  }

  #state({ actor, event, from, to }: StateEvent): void {
    // Most events are of this kind, and most say nothing here: no name is cut before it is needed.
    if (actor.startsWith("irp:")) {
      if (event === "MAP") this.#mappingFor = this.#channelOfRequest.get(actor);
    } else if (actor.startsWith("sgl:")) this.#list(actor, event, to);
    else if (actor.startsWith("channel:")) this.#channel(actor, event);
    else if (actor.startsWith("mdl:")) this.#mdl(actor, event, from !== to, to);
  }

  #mdl(actor: string, event: string, moved: boolean, to: string): void {
    const locked = LOCKS[event];
    if (locked !== undefined && moved) {
      const mdl = this.#pointer(actor);
      if (mdl !== undefined) this.#happening("mdl", `,"mdl":"${mdl}","locked":${locked}`);
    }
    if (to === "freed") this.#pointers.delete(actor);
  }

  #list(actor: string, event: string, to: string): void {
    const sgl = this.#pointer(actor);
    if (event === "DOORBELL") this.#ringing = actor;
    if (event === "READ" && this.#mappingFor !== undefined) {
      if (sgl !== undefined) {
        this.#happening("descriptors-written", text("channel", this.#mappingFor) + text("sgl", sgl));
      }
      this.#mappingFor = undefined;
    }
    // A buffer that gets a new list says its address again.
    if (to === "put") this.#pointers.delete(actor);
  }

  #channel(actor: string, event: string): void {
    const isStart = event === "START" || event === "RESTART";
    const status = DONE[event];
    if (!isStart && status === undefined) return;
    const channel = actor.slice("channel:".length);
    if (isStart) {
      const sgl = this.#ringing === null ? undefined : this.#pointer(this.#ringing);
      this.#ringing = null;
      if (event === "RESTART") this.#done(channel, "STATUS_SUCCESS");
      this.#working.set(channel, sgl ?? null);
      return this.#happening("doorbell", text("channel", channel) + text("sgl", sgl));
    }
    if (status !== undefined) this.#done(channel, status);
  }

  /** The channel is done with what it was started for, if it was. */
  #done(channel: string, status: string): void {
    const sgl = this.#working.get(channel);
    if (sgl === undefined) return;
    this.#working.delete(channel);
    this.#happening("device-done", text("channel", channel) + text("sgl", sgl) + text("status", status));
  }

  /** The host's side of a descriptor: what the device reads or writes there. */
  #access({ channel, lengthBytes, sourceAddress, destinationAddress }: DescriptorEvent): void {
    const write = channel.startsWith("c2h");
    const place = `,"channel":"${channel}","address":"${hexText(write ? destinationAddress : sourceAddress)}"`;
    this.#happening("device-access", `${place},"length":${lengthBytes & LENGTH_MASK},"write":${write}`);
  }

  #request({ irp, state, channel, mdl }: RequestEvent): void {
    const actor = `irp:${irp}`;
    const object = this.#pointers.get(actor);
    if (state === "received") this.#channelOfRequest.set(actor, channel);
    if (object !== undefined) {
      const who = `,"irp":"${object.pointer}","state":"${state}"`;
      this.#happening("irp", who + text("mdl", mdl) + text("entry", object.entry));
    }
    if (state !== "completed") return;
    this.#pointers.delete(actor);
    this.#channelOfRequest.delete(actor);
  }

  /** Says what a list head is for, if its object did not: the call before this event has its address. */
  #queue({ queue }: QueueEvent): void {
    if (typeof this.#listHead === "string") this.#role(queue, this.#listHead);
  }

  #object(object: ObjectEvent): void {
    this.#pointers.set(object.actor, object);
    this.#role(object.actor, object.pointer);
  }

  #role(queue: string, list: string): void {
    if (this.#queues.has(queue)) return;
    const end = queue.indexOf(":");
    const role = ROLES[queue.slice(0, end)];
    if (role === undefined) return;
    const channel = queue.slice(end + 1);
    this.#queues.add(queue);
    this.#happening("queue", text("list", list) + text("role", role) + text("channel", channel));
  }

  #pointer(actor: string): string | undefined {
    return this.#pointers.get(actor)?.pointer;
  }

  /** Writes a line; `fields` begin with a comma each. */
  #happening(event: string, fields: string): void {
    this.#stream.add(`{"t":${this.#time.of(this.#nowNs)},"event":"${event}"${fields}}\n`);
  }
}
