/**
 * For whom the strategies are: packet-based bus masters (S2-30). A device that the system's DMA controller serves has
 * no engine of its own that a driver could reprogram, and only one request passes the controller's channel at a time.
 */
import type { DeviceDescription } from "../hal/device_description.ts";
import type { Strategy } from "./strategy.ts";

/** Why a strategy cannot drive the device that is described so; null if it can. One sentence. */
export function outOfScope({ name }: Strategy, { master, interfaceType }: DeviceDescription): string | null {
  if (master) return null;
  return `Cannot run ${name} on a subordinate of the system's DMA controller (${interfaceType}, Master FALSE): ` +
    "expected a packet-based bus master";
}
