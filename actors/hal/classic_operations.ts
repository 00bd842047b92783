/** The routines of the Classic channel, for one adapter. */
import type { Adapter } from "./adapter.ts";
import { ClassicChannel } from "./classic_channel.ts";
import type { ClassicChannelOperations } from "./classic_channel.ts";
import { ClassicTransfer } from "./classic_transfer.ts";
import type { ClassicTransferOperations } from "./classic_transfer.ts";

/** Makes the routines of one adapter. Called once for each. */
export function classicOperations(adapter: Adapter): ClassicChannelOperations & ClassicTransferOperations {
  const channel = new ClassicChannel(adapter);
  return { ...channel.operations(), ...new ClassicTransfer(channel).operations() };
}
