/** Which engine an interrupt is for: files name channels, the card counts its sources. */
import type { ChannelName, InterruptEvent } from "./event.ts";

/** The channels of a card with four engines each way, as its interrupt sources count them: H2C first, then C2H. */
export const EIGHT_CHANNELS: readonly ChannelName[] = [
  ...["h2c0", "h2c1", "h2c2", "h2c3"] as const,
  ...["c2h0", "c2h1", "c2h2", "c2h3"] as const,
];

/** What a file of a run needs to know beforehand. */
export interface ChannelOptions {
  /** The channels in the order of the card's interrupt sources. Default {@link EIGHT_CHANNELS}. */
  readonly channels?: readonly ChannelName[];
}

const SOURCE = "channel ";

/** The engine behind an interrupt; undefined for pins and user logic. */
export function interruptChannel(
  { channel, source }: InterruptEvent,
  names: readonly ChannelName[],
): ChannelName | undefined {
  return channel ?? (source.startsWith(SOURCE) ? names[Number(source.slice(SOURCE.length))] : undefined);
}
