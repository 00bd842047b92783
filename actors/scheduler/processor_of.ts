/** Which processor runs the dispatch routine, setup and copies of a channel. */
import type { Direction } from "../device/device.ts";

/**
 * The processor of a channel, of `count`. H2C and C2H never share one where there are two: a driver that sets up a long
 * line of writes would otherwise keep reads waiting.
 */
export function processorOf(direction: Direction, number: number, count: number): number {
  const forH2c = Math.ceil(count / 2);
  const forC2h = count - forH2c;
  if (direction === "h2c" || forC2h === 0) return number % forH2c;
  return forH2c + number % forC2h;
}
