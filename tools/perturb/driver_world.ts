/** The machine that a driver's steps run on: host memory, kernel, HAL, and the call log that is written on the way. */
import { CallDoor, FindingLog, Hal, IrpRoutines, MdlRoutines, TableLives } from "../../actors/mod.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { IrqlState } from "../../sim/kernel/irql.ts";
import { HostMemory } from "../../sim/memory/mod.ts";
import { CallLogTracer } from "../../trace/call_log.ts";
import type { TraceValue } from "../../trace/event.ts";
import type { LegalDriver } from "./legal_driver.ts";

const PHYSICAL_BYTES = 0x2_0000_0000;
const BOUNCED = "above4GiB";

/** One machine. */
export class DriverWorld {
  readonly irql: IrqlState = new IrqlState();
  readonly findings: FindingLog;
  readonly lives: TableLives;
  readonly memory: HostMemory;
  readonly door: CallDoor;
  readonly mdls: MdlRoutines;
  readonly irps: IrpRoutines;
  readonly hal: Hal;
  /** Virtual addresses of the driver's regions. */
  readonly regions: readonly number[];
  readonly #tracer: CallLogTracer;
  #log = "";

  /** A machine for the driver. */
  constructor({ seed, mapRegisters, regions }: LegalDriver) {
    const clock = new VirtualClock();
    const { irql } = this;
    const trace = this.#tracer = new CallLogTracer((piece) => this.#log += piece);
    this.findings = new FindingLog(clock, trace);
    const { findings } = this;
    this.lives = new TableLives({ clock, trace, findings });
    const { lives } = this;
    const memory = this.memory = new HostMemory(clock, { seed, physicalBytes: PHYSICAL_BYTES }, trace);
    const door = this.door = new CallDoor(clock, trace, irql, findings);
    const mdls = this.mdls = new MdlRoutines(memory, irql, lives, door);
    this.irps = new IrpRoutines({ clock, trace, irql, lives, door, mdls }, 64);
    this.hal = new Hal({ clock, trace, irql, lives, findings, memory, door, mdls, options: { mapRegisters } });
    this.regions = regions.map((lengthBytes) => {
      const region = memory.space.allocate(lengthBytes, { kind: "user", zone: BOUNCED });
      if (region.kind === "refused") throw new Error(`no region of ${lengthBytes} bytes: ${region.reason}`);
      return region.va;
    });
  }

  /** Writes a happening that no call says. */
  happened(event: string, keys: { readonly [key: string]: TraceValue } = {}): void {
    this.#tracer.close();
    this.#log += `${JSON.stringify({ event, ...keys })}\n`;
  }

  /** The log so far. */
  get log(): string {
    this.#tracer.close();
    return this.#log;
  }
}
