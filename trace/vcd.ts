/**
 * A run as waves, for GTKWave or Surfer, with the layout file that GTKWave opens beside it.
 *
 * ```text
 * host      requests under way, free map registers, pins INTA–INTD
 * h2c0 …    run, state, completed, descriptor   the engine: Run, its state's name, completed count, descriptor address
 *           driver                              the channel's lifecycle, as the driver sees it
 *           irq                                 high from the interrupt to the end of its ISR
 *           workToDo, waitingForDevice, readyToComplete     depths of the driver's queues
 * ```
 * Source of truth for what an engine does: PG195. One moment has one value: what happens and unhappens within one
 * nanosecond is not seen.
 */
import { EIGHT_CHANNELS, interruptChannel } from "./channels.ts";
import type { ChannelOptions } from "./channels.ts";
import type { ChannelName, FileTracer, InterruptEvent, TraceEvent, WriteText } from "./event.ts";
import { TOP, VcdFile } from "./vcd_file.ts";
import type { Signal } from "./vcd_file.ts";

interface ChannelSignals {
  readonly run: Signal;
  readonly state: Signal;
  readonly driver: Signal;
  readonly completed: Signal;
  readonly descriptor: Signal;
  readonly irq: Signal;
}

const BIT = { type: "wire" } as const;
const TEXT = { type: "string" } as const;
const DEPTH = { type: "integer", bits: 16 } as const;
const COUNT = { type: "integer", bits: 32 } as const;
const ADDRESS = { type: "integer", bits: 64 } as const;

/** Queues by their names in events, and as signals. */
const QUEUES = [
  ["work-to-do", "workToDo"],
  ["waiting-for-device", "waitingForDevice"],
  ["ready-to-complete", "readyToComplete"],
] as const;
const PINS = ["INTA", "INTB", "INTC", "INTD"] as const;
const FREE_REGISTERS = "mapRegisterPool.free";

/**
 * Writes waves.
 *
 * @example Waves of a burst
 * ```ts
 * import { BURST_TIMES, runBurst, VcdTracer } from "@dmactor/dmactor";
 *
 * let text = "";
 * const trace = new VcdTracer((piece) => text += piece, { channels: ["h2c0"] });
 * runBurst({ strategy: "isr-reprogram", transferCount: 8, times: BURST_TIMES, trace });
 * trace.close();
 * console.log(text.startsWith("$version dmactor $end")); // true
 * ```
 */
export class VcdTracer implements FileTracer {
  readonly on = true;
  readonly #file: VcdFile;
  readonly #names: readonly ChannelName[];
  readonly #channels = new Map<string, ChannelSignals>();
  readonly #queues = new Map<string, Signal>();
  readonly #pins = new Map<string, Signal>();
  readonly #requests: Signal;
  readonly #registersFree: Signal;

  /** `write` gets the text in pieces. */
  constructor(write: WriteText, options: ChannelOptions = {}) {
    const file = this.#file = new VcdFile(write);
    this.#names = options.channels ?? EIGHT_CHANNELS;
    this.#requests = file.declare("host", "requests", COUNT, 0);
    this.#registersFree = file.declare("host", "mapRegistersFree", COUNT, "x");
    for (const pin of PINS) this.#pins.set(pin, file.declare("host", pin, BIT, 0));
    for (const name of this.#names) {
      this.#channels.set(name, {
        run: file.declare(name, "run", BIT, 0),
        state: file.declare(name, "state", TEXT, "idle"),
        driver: file.declare(name, "driver", TEXT, "idle"),
        completed: file.declare(name, "completed", COUNT, 0),
        descriptor: file.declare(name, "descriptor", ADDRESS, 0),
        irq: file.declare(name, "irq", BIT, 0),
      });
      for (const [queue, signal] of QUEUES) this.#queues.set(`${queue}:${name}`, file.declare(name, signal, DEPTH, 0));
    }
    file.begin();
  }

  /** The layout that GTKWave opens: one group a channel. `dumpFile` is the path of the VCD file, if it is known. */
  layout(dumpFile?: string): string {
    return gtkwLayout(this.#file.names, dumpFile);
  }

  /**
   * Takes one event.
   *
   * @throws {RangeError} if time goes back: a file holds one run.
   */
  emit(event: TraceEvent): void {
    const file = this.#file;
    file.at(event.atNs);
    switch (event.kind) {
      case "engine": {
        const channel = this.#channels.get(event.channel);
        if (channel === undefined) return;
        file.set(channel.run, event.state === "running" || event.state === "stopping" ? 1 : 0);
        file.set(channel.state, event.state);
        return file.set(channel.completed, event.completedCount);
      }
      case "descriptor": {
        const channel = this.#channels.get(event.channel);
        return channel === undefined ? undefined : file.set(channel.descriptor, event.address);
      }
      case "state": {
        if (!event.actor.startsWith("channel:")) return;
        const channel = this.#channels.get(event.actor.slice("channel:".length));
        return channel === undefined ? undefined : file.set(channel.driver, event.to);
      }
      case "interrupt":
        return this.#interrupt(event);
      case "isr": {
        const channel = this.#channels.get(event.channel);
        return channel === undefined || event.phase === "enter" ? undefined : file.set(channel.irq, 0);
      }
      case "queue": {
        const queue = this.#queues.get(event.queue);
        return queue === undefined ? undefined : file.set(queue, event.depth);
      }
      case "irp": {
        const change = event.state === "received" ? 1 : event.state === "completed" ? -1 : 0;
        return change === 0 ? undefined : file.set(this.#requests, Number(file.get(this.#requests)) + change);
      }
      case "counter":
        return event.counter === FREE_REGISTERS ? file.set(this.#registersFree, event.value) : undefined;
    }
  }

  close(): void {
    this.#file.close();
  }

  #interrupt(event: InterruptEvent): void {
    const name = interruptChannel(event, this.#names);
    const signal = name === undefined ? this.#pins.get(event.source) : this.#channels.get(name)?.irq;
    if (signal !== undefined) this.#file.set(signal, event.asserted ? 1 : 0);
  }
}

// How GTKWave shows a signal (its TraceFlag bits): right-justified binary, hexadecimal, text, decimal in
// steps; a label.
const AS_BIT = "@28";
const AS_HEX = "@22";
const AS_TEXT = "@820";
const AS_STEPS = "@8024";
const AS_LABEL = "@200";

/** A save file of GTKWave for signals by their full names: a label for each scope, then its signals. */
export function gtkwLayout(names: readonly string[], dumpFile?: string): string {
  const lines = dumpFile === undefined ? [] : [`[dumpfile] ${JSON.stringify(dumpFile)}`];
  lines.push("[timestart] 0", "[size] 1280 800", `[treeopen] ${TOP}.`);
  let scope = "";
  for (const name of names) {
    const own = name.split(".")[1] ?? "";
    if (own !== scope) lines.push(AS_LABEL, `-${own}`);
    scope = own;
    lines.push(formatOf(name), name);
  }
  return lines.join("\n") + "\n";
}

function formatOf(name: string): string {
  if (name.endsWith("[63:0]")) return AS_HEX;
  if (name.endsWith(":0]")) return AS_STEPS;
  return /\.(state|driver)$/.test(name) ? AS_TEXT : AS_BIT;
}
