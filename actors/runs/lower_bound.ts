/**
 * What no driver can beat: the least time in which a file can go to the card and come back, from link and CPU alone.
 *
 * Four resources, each with what must come before its first byte of work and after its last:
 *
 * ```text
 * CPU      (n_in·O + n_out·O) / k   then the last piece out:  D_out + L
 * H2C wire O + T_in(all bytes)      then that piece back:     L + O + D_out + L
 * C2H wire O + D_in + L + O         before; then T_out(all bytes) + L
 * upward   O                        before; then C2H data and H2C read requests together, + L
 * ```
 * O is what a request occupies a processor for (setup, or the copy), k the processors, L = Li + Ld + P, D a piece alone
 * on its link. The bound is the largest of the four.
 */
import { linkTimeBothNs, linkTimeNs } from "../../sim/card/link.ts";
import type { Link } from "../../sim/card/link.ts";
import { bytesToPages } from "../../sim/units.ts";
import type { Nanoseconds } from "../../sim/units.ts";
import type { Costs } from "../scheduler/costs.ts";
import type { StrategyName } from "../scheduler/strategy.ts";

/** The formula as `--explain` prints it. */
export const LOWER_BOUND_FORMULA =
  "max( 2n·O/k + D_out + L,  O + T_in + L + O + D_out + L,  O + D_in + L + O + T_out + L,  O + T_up + L )";

/** What the bound depends on. */
export interface RoundTrip {
  readonly strategy: StrategyName;
  readonly costs: Costs;
  readonly link: Link;
  readonly processors: number;
  /** Length of each piece in bytes, in order; page aligned. */
  readonly pieces: readonly number[];
  readonly polling: boolean;
}

/** The bound, and its four parts by name. */
export interface LowerBound {
  readonly boundNs: Nanoseconds;
  readonly cpuNs: Nanoseconds;
  readonly h2cNs: Nanoseconds;
  readonly c2hNs: Nanoseconds;
  readonly upwardNs: Nanoseconds;
}

/** The least time for a file to go to the card and back. */
export function roundTripBound({ strategy, costs, link, processors, pieces, polling }: RoundTrip): LowerBound {
  const occupied = (bytes: number): Nanoseconds => {
    const pages = bytesToPages(bytes);
    if (strategy === "registered") return 0;
    if (strategy === "copy") return costs.copyNs + costs.copyPerPageNs * pages;
    return costs.setupNs + costs.setupPerPageNs * pages;
  };
  const totalBytes = pieces.reduce((sum, bytes) => sum + bytes, 0);
  const smallest = Math.min(...pieces);
  const leastOccupiedNs = Math.min(...pieces.map(occupied));
  // A polling driver can notice at once and needs no DPC; only the post work is certain.
  const latencyNs = costs.postNs + (polling ? 0 : costs.isrNs + costs.dpcNs);
  const outNs = linkTimeNs(link, "c2h", smallest);
  const inNs = linkTimeNs(link, "h2c", smallest);
  const cpuNs = 2 * pieces.reduce((sum, bytes) => sum + occupied(bytes), 0) / processors +
    (strategy === "copy" ? 0 : outNs + latencyNs);
  const h2cNs = leastOccupiedNs + linkTimeNs(link, "h2c", totalBytes) + latencyNs + leastOccupiedNs + outNs + latencyNs;
  const c2hNs = leastOccupiedNs + inNs + latencyNs + leastOccupiedNs + linkTimeNs(link, "c2h", totalBytes) + latencyNs;
  const upwardNs = leastOccupiedNs + linkTimeBothNs(link, totalBytes, totalBytes) + latencyNs;
  return {
    boundNs: Math.floor(Math.max(cpuNs, h2cNs, c2hNs, upwardNs)),
    cpuNs: Math.floor(cpuNs),
    h2cNs: Math.floor(h2cNs),
    c2hNs: Math.floor(c2hNs),
    upwardNs: Math.floor(upwardNs),
  };
}
