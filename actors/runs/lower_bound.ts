/**
 * What no driver can beat that pays as much for each request: the least time in which a file can go to the card and
 * come back, from link and CPU alone.
 *
 * The file goes in passes (first half out; second half out while the first comes back; second half back), and a pass
 * begins when the one before is complete. Which channel carries which piece is given. In each pass each resource has
 * its work, what must come before its first piece and after its last; the pass takes at least the largest of these:
 *
 * ```text
 * CPU      ΣO of a processor's pieces           then D + L     the processor with the most to do
 * channel  O, then ΣD + (n - 1) Li of its own   then L         the channel with the most to move, alone on its link
 * wire     (m + 1) O + R, then T_m              then L         each direction, for every m: see below
 * upward   (m + 1) O + R, then T_up             then L         C2H data and H2C read requests together, likewise
 * ```
 * O is what a request occupies a processor for (setup, or the copy); R the round trips before the first byte (and, card
 * to host, the write's way); D a piece alone on its link, R included; Li the ISR between two doorbells; L = Li + Ld + P
 * what follows the last interrupt. A DPC that drains can be under way already when the last interrupt comes; then only
 * Li + P is certain. T_m is the payload of the pass at full link speed less what each processor can have set up in m
 * turns: whatever the wire did before, this part of it cannot begin before turn m + 1 is done. T_0 is all of it.
 */
import { linkTimeBothNs, linkTimeNs } from "../../sim/card/link.ts";
import type { Link } from "../../sim/card/link.ts";
import { bytesToPages } from "../../sim/units.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Direction } from "../device/device.ts";
import type { Costs } from "../scheduler/costs.ts";
import { processorOf } from "../scheduler/processor_of.ts";

/** The formula as `--explain` prints it. */
export const LOWER_BOUND_FORMULA: string = "Σ over passes of max( ΣO + D + L, O + ΣD + (n-1)Li + L, " +
  "(m+1)O + R + T_m + L for every m, each direction and upward )";

/** One pass: for each channel the lengths in bytes of the pieces that it carries. */
export interface Pass {
  /** Lengths by H2C channel. */
  readonly h2c: readonly (readonly number[])[];
  /** Lengths by C2H channel. */
  readonly c2h: readonly (readonly number[])[];
}

/** What the bound depends on. */
export interface RoundTrip {
  /** Its name: `registered` has no setup and `copy` copies instead; any other obtains a list for each request. */
  readonly strategy: string;
  /** What things cost. */
  readonly costs: Costs;
  /** The link that all channels share. */
  readonly link: Link;
  /** Processors for dispatch routines. */
  readonly processors: number;
  /** The passes, one after the other. */
  readonly passes: readonly Pass[];
  /** Completion by the write-back of the card instead of interrupts. */
  readonly polling: boolean;
  /** Each request has a KDPC of its own. */
  readonly dpcPerRequest: boolean;
}

/** The bound of one pass, and its parts by resource; 0 where a resource has nothing to do. */
export interface PassBound {
  /** The largest of the parts. */
  readonly boundNs: Nanoseconds;
  /** The busiest processor. */
  readonly cpuNs: Nanoseconds;
  /** The busiest channel. */
  readonly channelNs: Nanoseconds;
  /** The wire downwards. */
  readonly h2cNs: Nanoseconds;
  /** The wire upwards, C2H data alone. */
  readonly c2hNs: Nanoseconds;
  /** The wire upwards, read requests included. */
  readonly upwardNs: Nanoseconds;
}

/** The bound, pass by pass. */
export interface LowerBound {
  /** The sum over all passes. */
  readonly boundNs: Nanoseconds;
  /** The same, pass by pass. */
  readonly passes: readonly PassBound[];
}

/** The least time for a file to go to the card and back. */
export function roundTripBound(trip: RoundTrip): LowerBound {
  const passes = trip.passes.map((pass) => passBound(trip, pass));
  return { boundNs: sum(passes.map(({ boundNs }) => boundNs)), passes };
}

interface ChannelLoad {
  readonly direction: Direction;
  readonly pieces: readonly number[];
  readonly processor: number;
}

function passBound(trip: RoundTrip, pass: Pass): PassBound {
  const { costs, link, processors } = trip;
  const loads = [...channelLoads("h2c", pass.h2c, processors), ...channelLoads("c2h", pass.c2h, processors)];
  if (loads.length === 0) return { boundNs: 0, cpuNs: 0, channelNs: 0, h2cNs: 0, c2hNs: 0, upwardNs: 0 };
  const isrNs = trip.polling ? 0 : costs.isrNs;
  const tailNs = isrNs + costs.postNs + (trip.dpcPerRequest ? costs.dpcNs : 0);
  const occupied = (pieces: readonly number[]): number[] => pieces.map((bytes) => occupiedNs(trip, bytes));
  const alone = ({ direction, pieces }: ChannelLoad): number[] =>
    pieces.map((bytes) => linkTimeNs(link, direction, bytes) + roundTripsNs(link, direction));

  const perProcessor = Array.from({ length: processors }, (_, processor) => {
    const mine = loads.filter((load) => load.processor === processor);
    return mine.length === 0
      ? 0
      : sum(mine.flatMap(({ pieces }) => occupied(pieces))) + least(mine.flatMap(alone)) + tailNs;
  });
  const perChannel = loads.map((load) =>
    least(occupied(load.pieces)) + sum(alone(load)) + (load.pieces.length - 1) * isrNs + tailNs
  );
  const wireNs = (direction: Direction): number => {
    const mine = loads.filter((load) => load.direction === direction);
    if (mine.length === 0) return 0;
    const turnNs = least(mine.flatMap(({ pieces }) => occupied(pieces)));
    // The copy of a card-to-host request comes after its transfer, so only one turn is certain there.
    const turns = trip.strategy === "copy" && direction === "c2h" ? 1 : turnsOf(mine);
    return longestTurn(turns, (done) => {
      const timeNs = linkTimeNs(link, direction, leftAfter(mine, done));
      return timeNs === 0 ? 0 : (done + 1) * turnNs + roundTripsNs(link, direction) + timeNs + tailNs;
    });
  };
  const upwardNs = (): number => {
    const inward = loads.filter(({ direction }) => direction === "h2c");
    const outward = loads.filter(({ direction }) => direction === "c2h");
    if (inward.length === 0 || outward.length === 0) return 0;
    const turnNs = least(loads.flatMap(({ pieces }) => occupied(pieces)));
    return longestTurn(trip.strategy === "copy" ? 1 : turnsOf(loads), (done) => {
      const timeNs = linkTimeBothNs(link, leftAfter(inward, done), leftAfter(outward, done));
      return timeNs === 0 ? 0 : (done + 1) * turnNs + link.readLatencyNs + timeNs + tailNs;
    });
  };
  // Whatever drains: the first request of a channel has a DPC of its own.
  const firstNs = least(loads.flatMap(({ pieces }) => occupied(pieces))) + least(loads.flatMap(alone)) + isrNs +
    costs.dpcNs + costs.postNs;

  const parts = {
    cpuNs: Math.floor(Math.max(...perProcessor)),
    channelNs: Math.floor(Math.max(firstNs, ...perChannel)),
    h2cNs: Math.floor(wireNs("h2c")),
    c2hNs: Math.floor(wireNs("c2h")),
    upwardNs: Math.floor(upwardNs()),
  };
  return { boundNs: Math.max(...Object.values(parts)), ...parts };
}

/** What must come before the first byte of a transfer lands: fetch its descriptor, then fetch or deliver the data. */
function roundTripsNs(link: Link, direction: Direction): Nanoseconds {
  return link.readLatencyNs + (direction === "h2c" ? link.readLatencyNs : link.writeLatencyNs);
}

/** Bytes that are certainly not set up yet when every processor has done `turns` of its pieces. */
function leftAfter(loads: readonly ChannelLoad[], turns: number): number {
  const processors = new Set(loads.map(({ processor }) => processor));
  return sum([...processors].map((processor) => {
    const pieces = loads.filter((load) => load.processor === processor).flatMap((load) => load.pieces);
    return Math.max(0, sum(pieces) - turns * Math.max(...pieces));
  }));
}

/** How many pieces the channel with the most of them has. */
function turnsOf(loads: readonly ChannelLoad[]): number {
  return Math.max(...loads.map(({ pieces }) => pieces.length));
}

/** The longest that a wire needs, over every number of turns that the processors may have done before. */
function longestTurn(turns: number, neededNs: (done: number) => number): number {
  return Array.from({ length: turns }, (_, done) => neededNs(done)).reduce((most, ns) => Math.max(most, ns), 0);
}

function channelLoads(
  direction: Direction,
  channels: readonly (readonly number[])[],
  processors: number,
): ChannelLoad[] {
  return channels
    .map((pieces, number) => ({ direction, pieces, processor: processorOf(direction, number, processors) }))
    .filter(({ pieces }) => pieces.length > 0);
}

function occupiedNs({ strategy, costs }: RoundTrip, bytes: number): Nanoseconds {
  const pages = bytesToPages(bytes);
  if (strategy === "registered") return 0;
  if (strategy === "copy") return costs.copyNs + costs.copyPerPageNs * pages;
  return costs.setupNs + costs.setupPerPageNs * pages;
}

function sum(figures: readonly number[]): number {
  return figures.reduce((total, figure) => total + figure, 0);
}

function least(figures: readonly number[]): number {
  return figures.reduce((smallest, figure) => Math.min(smallest, figure), Infinity);
}
