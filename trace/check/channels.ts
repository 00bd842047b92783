/** The device's channels with their queues: who was started in which order, and who was forgotten. */
import type { CallLine, EventLine } from "./log_line.ts";
import type { ListRecord } from "./records.ts";
import { irqlText, pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** A list head. */
interface QueueRecord {
  readonly head: Pointer;
  role: string | null;
  channel: string | null;
  interlockedLine: number | null;
  plainLine: number | null;
  /** Used with an ordinary routine in an ISR. */
  isrLine: number | null;
  /** That it is used so outside of it too was reported. */
  shared: boolean;
  lock: Pointer | null;
  /** Entries in it, with the lines of their insertion, the first in front. */
  readonly entries: { readonly entry: Pointer | null; readonly line: number }[];
}

/** The processor of a line that tells none. */
const NO_CPU = -1;

const DISPATCH_LEVEL = 2;
const INTERLOCKED: readonly string[] = ["ExInterlockedInsertTailList", "ExInterlockedRemoveHeadList"];

/** A DPC that runs. */
interface RunningDpc {
  readonly line: number;
  removed: number;
  /** The queue it took from last, unless that was empty. */
  queue: QueueRecord | null;
}

/** All channels, queues, ISRs and DPCs of a log. */
export class Channels {
  readonly #queues = new Map<Pointer, QueueRecord>();
  /** Lists that a channel was given and has not finished; null for a doorbell without a list. */
  readonly #busy = new Map<string, (ListRecord | null)[]>();
  /** By processor: the channel whose ISR runs there. */
  readonly #isr = new Map<number, string>();
  /** Channels whose ISR runs where no line tells the processor. */
  readonly #isrSomewhere = new Set<string>();
  readonly #dpc = new Map<number, RunningDpc>();
  #doorbellSeen = false;
  #dpcRequestedLine = 0;

  /** How many records are kept. */
  get kept(): number {
    let kept = this.#isr.size + this.#isrSomewhere.size + this.#dpc.size;
    for (const { entries } of this.#queues.values()) kept += 1 + entries.length;
    for (const busy of this.#busy.values()) kept += 1 + busy.length;
    return kept;
  }

  /** True if an ISR runs on this processor. */
  inIsr(cpu: number): boolean {
    return cpu === NO_CPU ? this.#isrSomewhere.size > 0 : this.#isr.has(cpu);
  }

  /** True if the ISR of this channel runs on this processor; where a line tells none, on any. */
  #mayBeIsrOf(channel: string, cpu: number): boolean {
    if (this.#isr.get(cpu) === channel || this.#isrSomewhere.has(channel)) return true;
    return cpu === NO_CPU && [...this.#isr.values()].includes(channel);
  }

  /** `queue`: what a list head is for. */
  describe({ fields }: EventLine): void {
    const head = pointer(fields.list);
    if (head === null) return;
    const queue = this.#queue(head);
    queue.role = typeof fields.role === "string" ? fields.role : queue.role;
    queue.channel = fields.channel === undefined ? queue.channel : String(fields.channel);
  }

  /** The list routines, interlocked and ordinary. */
  listCall(world: World, line: CallLine): void {
    const { name: call, args } = line;
    const head = pointer(args.ListHead);
    if (head === null) return;
    const queue = this.#queue(head);
    if (!judgeDiscipline(world, line, queue)) this.#judgePlain(world, line, queue);
    world.irps.judgeEntry(world, line);
    if (call.includes("Insert")) {
      const one = { entry: pointer(args.ListEntry), line: world.judge.line };
      if (call.includes("Head")) queue.entries.unshift(one);
      else queue.entries.push(one);
      if (queue.role === "waiting") world.judge.see("waiting-insert");
      return;
    }
    const taken = line.ret !== null;
    const entry = pointer(line.ret);
    if (taken) {
      const index = entry === null ? 0 : queue.entries.findIndex((other) => other.entry === entry);
      if (index >= 0) queue.entries.splice(index, 1);
    } else queue.entries.length = 0;
    const dpc = this.#dpc.get(line.cpu);
    if (dpc === undefined) return;
    if (taken) dpc.removed++;
    dpc.queue = taken ? queue : null;
  }

  /** Ordinary routines shut no interrupt out: an ISR and its DPC may not share a list that is used with them. */
  #judgePlain(world: World, { name: call, cpu, irql }: CallLine, queue: QueueRecord): void {
    if (call.startsWith("ExInterlocked")) return;
    const atIsr = this.inIsr(cpu);
    if (irql === null ? atIsr : irql > DISPATCH_LEVEL) queue.isrLine ??= world.judge.line;
    else if (irql !== null && !atIsr && queue.isrLine !== null && !queue.shared) {
      queue.shared = true;
      world.judge.report("MixedListDiscipline", {
        call,
        resource: `queue 0x${queue.head}`,
        state: queue.entries.length === 0 ? "empty" : "occupied",
        expected: INTERLOCKED,
        since: queue.isrLine,
        details: `line ${queue.isrLine} uses it in an ISR, this one at ${irqlText(irql)}`,
        kind: "isr",
        // At PASSIVE_LEVEL the interrupt may have been disconnected.
        suspected: irql < DISPATCH_LEVEL,
      });
    }
  }

  #queue(head: Pointer): QueueRecord {
    let queue = this.#queues.get(head);
    if (queue === undefined) {
      const lines = { interlockedLine: null, plainLine: null, isrLine: null };
      const unknown = { role: null, channel: null, ...lines, shared: false, lock: null };
      this.#queues.set(head, queue = { head, ...unknown, entries: [] });
    }
    return queue;
  }

  /** `doorbell`: the request should be on the waiting queue of its channel by now. */
  started(world: World, { name: call, fields, cpu }: EventLine, list: ListRecord | null): void {
    const channel = String(fields.channel ?? "");
    this.#doorbellSeen = true;
    const busy = this.#busy.get(channel);
    if (busy === undefined) this.#busy.set(channel, [list]);
    else if (busy.length < 4096) busy.push(list);
    if (this.#mayBeIsrOf(channel, cpu)) return;
    for (const queue of this.#queues.values()) {
      if (queue.role !== "waiting" || queue.channel !== channel) continue;
      const entry = list?.mdl === undefined || list.mdl === null ? null : world.irps.entryOf(list.mdl);
      const there = entry === null ? queue.entries.length > 0 : queue.entries.some((one) => one.entry === entry);
      if (there) continue;
      world.judge.reportWhen("waiting-insert", "ProgramBeforeEnqueue", {
        call,
        resource: `channel ${channel}`,
        state: "idle",
        since: null,
        details: `the waiting queue 0x${queue.head} does not hold the request`,
      });
    }
  }

  /** `device-done`. */
  done(channel: string, list: ListRecord | null): void {
    const busy = this.#busy.get(channel);
    if (busy === undefined) return;
    if (list === null) {
      for (const one of busy) one?.life.send({ type: "DEVICE_DONE" });
      busy.length = 0;
      return;
    }
    // One completion may cover several doorbells of the same list.
    for (let index = busy.length - 1; index >= 0; index--) {
      if (busy[index] === list || busy[index] === null) busy.splice(index, 1);
    }
  }

  /** `isr-enter` and `isr-leave`. */
  isr({ name, fields, cpu }: EventLine): void {
    const channel = fields.channel === undefined ? null : String(fields.channel);
    if (name === "isr-enter") {
      if (cpu === NO_CPU) this.#isrSomewhere.add(channel ?? "");
      else this.#isr.set(cpu, channel ?? "");
      return;
    }
    if (this.#isr.delete(cpu)) return;
    if (channel === null) {
      if (cpu === NO_CPU && this.#isrSomewhere.size === 0) this.#isr.clear();
      return this.#isrSomewhere.clear();
    }
    // An interrupt's ISR runs once at a time, so its channel says which it is where a line tells no processor.
    if (this.#isrSomewhere.delete(channel) || cpu !== NO_CPU) return;
    for (const [where, running] of this.#isr) if (running === channel) this.#isr.delete(where);
  }

  /** `dpc-enter` and `dpc-leave`. */
  dpc(world: World, { name: call, fields, cpu }: EventLine): void {
    if (call === "dpc-enter") {
      this.#dpc.set(cpu, { line: world.judge.line, removed: 0, queue: null });
      return;
    }
    const dpc = this.#dpc.get(cpu);
    this.#dpc.delete(cpu);
    if (dpc === undefined || dpc.removed === 0 || dpc.queue === null) return;
    const left = dpc.queue.entries.filter(({ line }) => line < dpc.line);
    if (left.length === 0 || this.#dpcRequestedLine > dpc.line) return;
    world.judge.reportWhen("dpc", "DpcHandledOne", {
      call,
      resource: `queue 0x${dpc.queue.head}`,
      state: "occupied",
      since: left[0]!.line,
      details: `${dpc.removed} taken, ${left.length} left on channel ${String(fields.channel ?? "?")}`,
    });
  }

  /** IoRequestDpc. */
  requestDpc(world: World): void {
    this.#dpcRequestedLine = world.judge.line;
    world.judge.see("dpc");
  }

  /** The end of the log or of the driver: work that nobody is going to start. */
  conclude(world: World, call: string): void {
    if (!this.#doorbellSeen) return;
    for (const queue of this.#queues.values()) {
      const { channel, entries: [oldest] } = queue;
      if (queue.role !== "work" || channel === null || oldest === undefined) continue;
      if ((this.#busy.get(channel)?.length ?? 0) > 0) continue;
      world.judge.report("LostWakeup", {
        call,
        resource: `channel ${channel}`,
        state: "idle",
        since: oldest.line,
        details: `${
          queue.entries.length === 1 ? "1 request is" : `${queue.entries.length} requests are`
        } queued on 0x${queue.head}`,
        beside: true,
      });
    }
  }
}

/** One list, one discipline, one lock. True if that was broken. */
function judgeDiscipline(world: World, { name: call, args }: CallLine, queue: QueueRecord): boolean {
  const { line } = world.judge;
  const interlocked = call.startsWith("ExInterlocked");
  const other = interlocked ? queue.plainLine : queue.interlockedLine;
  const lock = interlocked ? pointer(args.Lock) : null;
  const site = { call, resource: `queue 0x${queue.head}`, state: queue.entries.length === 0 ? "empty" : "occupied" };
  const expected = INTERLOCKED;
  let broken = true;
  if (other !== null && (interlocked ? queue.interlockedLine : queue.plainLine) === null) {
    world.judge.report("MixedListDiscipline", { ...site, expected, since: other, details: `compare line ${other}` });
  } else if (lock !== null && queue.lock !== null && lock !== queue.lock) {
    const details = `lock 0x${lock} here, lock 0x${queue.lock} in line ${queue.interlockedLine}`;
    world.judge.report("MixedListDiscipline", { ...site, expected, since: queue.interlockedLine, details });
  } else broken = false;
  if (interlocked) queue.interlockedLine ??= line;
  else queue.plainLine ??= line;
  queue.lock ??= lock;
  return broken;
}
