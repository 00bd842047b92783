/** A way to drive one channel: what runs in the callback, in the ISR and in the DPC, step by step. */
import type { ChannelPort } from "./channel_world.ts";

/** The paths of the X-DMA article, from the moment when a request has its list. */
export interface Recipe {
  /** What people call it. */
  readonly name: string;
  /** Path 2, AdapterListControl: start the device or queue the request (S2-22). */
  readonly callback: (channel: ChannelPort, request: number) => void;
  /** Path 3, the ISR (S2-23). */
  readonly interrupt: (channel: ChannelPort) => void;
  /** Path 4, the DPC: drains ready-to-complete (S2-24). */
  readonly drain: (channel: ChannelPort) => void;
}

/** The first half of every ISR: match, and hand the finished request to the DPC. False if it was not for us. */
export function matchInterrupt(channel: ChannelPort): boolean {
  if (!channel.service()) return false;
  const request = channel.match();
  if (request === 0) return false;
  channel.insertReady(request);
  return true;
}

/** The DPC of every recipe: one DPC may stand for several interrupts, so it drains. */
export function drainReady(channel: ChannelPort): void {
  for (let request = channel.popReady(); request !== 0; request = channel.popReady()) channel.complete(request);
}
