/** A kernel without a HAL: memory, levels, lives, MDLs and requests, for tests. */
import { ChartLives } from "../../actors/chart_lives.ts";
import { FindingLog } from "../../actors/findings.ts";
import { CallDoor, IrpRoutines, MdlRoutines } from "../../actors/kernel/mod.ts";
import type { LivingMdl } from "../../actors/kernel/mod.ts";
import type { Lives } from "../../actors/life.ts";
import { TableLives } from "../../actors/table_lives.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { IrqlState } from "../../sim/kernel/irql.ts";
import { HostMemory } from "../../sim/memory/mod.ts";
import type { AllocateOptions, HostMemoryOptions, Region } from "../../sim/memory/mod.ts";
import { Recorder } from "../../trace/event.ts";
import type { CallEvent } from "../../trace/event.ts";

/** Both ways in which a life is lived; what holds for one must hold for the other. */
export const ENGINES = ["chart", "table"] as const;

/** The engine of a world's lives. */
export type Engine = (typeof ENGINES)[number];

/** What a test holds on to. */
export interface KernelWorld {
  readonly clock: VirtualClock;
  readonly trace: Recorder;
  readonly irql: IrqlState;
  readonly findings: FindingLog;
  readonly lives: Lives;
  readonly memory: HostMemory;
  readonly door: CallDoor;
  readonly mdls: MdlRoutines;
  readonly irps: IrpRoutines;
}

/** Builds a world of 1 GiB; a test says what else it needs. */
export function kernelWorld(
  options: HostMemoryOptions & { engine?: Engine; irpCapacity?: number } = {},
): KernelWorld {
  const clock = new VirtualClock();
  const trace = new Recorder();
  const irql = new IrqlState();
  const findings = new FindingLog(clock, trace);
  const telling = { clock, trace, findings };
  const lives = options.engine === "chart" ? new ChartLives(telling) : new TableLives(telling);
  const memory = new HostMemory(clock, { physicalBytes: 2 ** 30, ...options }, trace);
  const door = new CallDoor(clock, trace, irql, findings);
  const mdls = new MdlRoutines(memory, irql, lives, door);
  const irps = new IrpRoutines({ clock, trace, irql, lives, door, mdls }, options.irpCapacity);
  return { clock, trace, irql, findings, lives, memory, door, mdls, irps };
}

/** Allocates memory that a test needs; anything else is a mistake in the test. */
export function allocate(world: KernelWorld, lengthBytes: number, options: AllocateOptions): Region {
  const region = world.memory.space.allocate(lengthBytes, options);
  if (region.kind === "refused") throw new Error(`The test's memory was refused: ${region.reason}`);
  return region;
}

/** A buffer and an MDL over all of it, not locked. */
export function describe(
  world: KernelWorld,
  lengthBytes: number,
  options: AllocateOptions = { kind: "user" },
): { readonly region: Region; readonly mdl: LivingMdl } {
  const region = allocate(world, lengthBytes, options);
  const mdl = world.mdls.ioAllocateMdl(region.va, lengthBytes);
  if (mdl === null) throw new Error("The test's MDL was refused");
  return { region, mdl };
}

/** Names of the findings so far, with the kind where there is one. */
export function rules(world: { readonly findings: FindingLog }): string[] {
  return world.findings.all.map(({ rule, kind }) => kind === null ? rule : `${rule} ${kind}`);
}

/** The calls of one routine in the trace. */
export function calls(world: { readonly trace: Recorder }, call: string): CallEvent[] {
  return world.trace.events.filter((event) => event.kind === "call").filter((event) => event.call === call);
}
