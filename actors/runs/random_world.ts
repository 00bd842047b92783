/**
 * Random worlds: one seed draws a whole machine, a strategy and a file, runs it, and holds every invariant. Whole
 * categories are switched off in most worlds, so that each world is odd in a few ways rather than in all. One world of
 * three has faults, too (`world_faults.ts`), and what it must keep then says `world_witness.ts`.
 */
import { Prng } from "../../sim/prng.ts";
import { LINK_NAMES } from "../../sim/card/options.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import type { Tracer } from "../../trace/event.ts";
import { costs, FILE_COSTS } from "../scheduler/costs.ts";
import { STRATEGIES } from "../scheduler/strategies/mod.ts";
import type { StrategyName } from "../scheduler/strategy.ts";
import type { System } from "../system.ts";
import { leftovers } from "./leftovers.ts";
import { runRoundTrip } from "./round_trip.ts";
import type { PlannedCancel, RoundTripOptions } from "./round_trip.ts";
import { drawTrouble } from "./world_faults.ts";
import type { WorldTrouble } from "./world_faults.ts";
import { broken, runInTrouble } from "./world_in_trouble.ts";
import type { WorldOptions, WorldOutcome } from "./world_in_trouble.ts";

/** A world as drawn, and how it went. */
export interface WorldResult extends WorldOutcome {
  readonly seed: number;
  readonly options: Omit<WorldOptions, "bytes" | "trace">;
  readonly fileBytes: number;
  /** What went wrong in it; mostly nothing. */
  readonly trouble: WorldTrouble;
}

const FILE_BYTES_MAX = 192 * 1024;
const CANCELS_MAX = 12;
/** From short to long worlds. */
const CANCELS_UNTIL_NS = [30_000, 150_000, 800_000] as const;

/** In one world of four somebody loses patience. Drawn apart, so that the rest of a world is what it was without. */
function drawCancels(seed: number, requestCount: number): PlannedCancel[] {
  const prng = new Prng(seed).fork("cancels");
  const count = prng.below(4) === 0 ? prng.between(1, CANCELS_MAX) : 0;
  const untilNs = prng.pick(CANCELS_UNTIL_NS);
  return Array.from({ length: count }, () => ({ atNs: prng.below(untilNs), irp: prng.below(requestCount) }));
}

/** Draws the options of the world of a seed. */
export function drawWorld(seed: number): { options: WorldResult["options"]; bytes: Uint8Array } {
  const prng = new Prng(seed).fork("world");
  const odd = (oneIn: number): boolean => prng.below(oneIn) === 0;
  const narrow = odd(4);
  const scatterGather = !odd(6);
  let strategy = prng.pick(Object.keys(STRATEGIES) as StrategyName[]);
  const pieceBytes = PAGE_SIZE * prng.between(1, 16);
  const byteOffset = odd(3) ? prng.below(PAGE_SIZE) : 0;
  const usesRegisters = narrow || !scatterGather;
  // Registering every buffer of a device that needs registers takes them all for good: that is a story of its own.
  if (strategy === "registered" && usesRegisters) strategy = "isr-reprogram";
  const bytes = new Uint8Array(1 + prng.below(FILE_BYTES_MAX));
  for (let index = 0; index < bytes.length; index++) bytes[index] = prng.next32() & 0xff;
  return {
    bytes,
    options: {
      strategy,
      seed,
      pieceBytes,
      byteOffset,
      h2cCount: prng.between(1, 4),
      c2hCount: prng.between(1, 4),
      link: prng.pick(LINK_NAMES),
      iommu: odd(3),
      polling: odd(5),
      processors: prng.between(1, 3),
      engine: odd(2) ? "chart" : "table",
      cancels: drawCancels(seed, 2 * Math.ceil(bytes.length / pieceBytes)),
      costs: costs(FILE_COSTS, {
        setupNs: prng.below(20_000),
        setupPerPageNs: prng.below(500),
        isrNs: prng.below(6_000),
        dpcNs: prng.below(40_000),
        postNs: odd(2) ? prng.below(20_000) : 0,
        wakeNs: prng.below(40_000),
        copyPerPageNs: prng.below(600),
        halLockNs: odd(3) ? prng.below(3_000) : 0,
        pollNs: prng.between(100, 2_000),
      }),
      system: {
        layout: prng.pick(["contiguous", "fragmented", "mixed"]),
        coherent: !odd(4),
        addressBits: narrow ? 32 : 64,
        scatterGather,
        // Enough for the largest request, sometimes for little more: the line for registers is then used.
        mapRegisters: odd(2) ? pieceBytes / PAGE_SIZE + 2 + prng.below(8) : undefined,
        adapters: odd(3) ? "per-channel" : "shared",
        dpcPerRequest: odd(2),
        queueDepth: prng.pick([1, 2, 5, 32]),
      },
    },
  };
}

/** Runs the world of a seed; `alwaysFaults`: under a plan of faults, whether or not it draws one by itself. */
export function runWorld(seed: number, trace?: Tracer, alwaysFaults = false): WorldResult {
  const { options, bytes } = drawWorld(seed);
  const trouble = drawTrouble(seed, alwaysFaults);
  return { seed, options, trouble, fileBytes: bytes.length, ...runIn(trouble, { ...options, bytes, trace }) };
}

function runIn(trouble: WorldTrouble, options: WorldOptions): WorldOutcome {
  return trouble.plan.faults.length === 0 ? runUndisturbed(options) : runInTrouble(trouble, options);
}

function runUndisturbed(options: RoundTripOptions): WorldOutcome {
  const systems: System[] = [];
  const result = runRoundTrip({ ...options, onStarted: (system) => systems.push(system) });
  const wrong = broken(result);
  if (result.failed > 0) wrong.push(`${result.failed} requests failed`);
  const back = result.bytes.slice();
  for (const { offset, length } of result.cancelled) back.set(options.bytes.subarray(offset, offset + length), offset);
  if (back.some((byte, index) => byte !== options.bytes[index])) wrong.push("what came back is not what was sent");
  if (result.violations.length === 0) wrong.push(...leftovers(systems[0]!));
  return { result, wrong, struck: {}, endings: {} };
}

/** Enough for several requests a channel, little enough for many worlds a second. */
const TOLD_BYTES = 12_000;
const TOLD_PIECE_BYTES = 2 * PAGE_SIZE;

/** Tells the world of a seed under any strategy, on one of the two engines: every event of it goes to `trace`. */
export function tellWorld(
  seed: number,
  strategy: StrategyName,
  engine: "chart" | "table",
  trace: Tracer,
  alwaysFaults = false,
): void {
  const { options, bytes } = drawWorld(seed);
  // Registering everything on a device that needs map registers would take them all.
  const system = strategy === "registered"
    ? { ...options.system, addressBits: 64, scatterGather: true }
    : options.system;
  const pieceBytes = Math.min(options.pieceBytes ?? TOLD_PIECE_BYTES, TOLD_PIECE_BYTES);
  const told = { ...options, system, strategy, engine, trace, pieceBytes, bytes: bytes.subarray(0, TOLD_BYTES) };
  runIn(drawTrouble(seed, alwaysFaults), told);
}

/** What is wrong with a world, one sentence each; nothing if it held. */
export function complaints({ wrong }: WorldResult): readonly string[] {
  return wrong;
}
