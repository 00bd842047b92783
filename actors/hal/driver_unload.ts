/**
 * What the system finds when a driver is unloaded: everything that was taken and never given back, each thing by its
 * name. Windows finds most of it only under Driver Verifier, and otherwise by a blue screen later (S0-2).
 */
import type { Hal } from "./hal.ts";

const CALL = "DriverUnload";

/** The driver is unloaded. What is left behind becomes findings; nothing is cleaned up. */
export function driverUnload(hal: Hal): void {
  for (const adapter of hal.adapters) {
    if (!adapter.life.has("live")) continue;
    if (adapter.life.has("channelHeld")) {
      hal.door.misuse("ChannelNeverFreed", CALL, adapter.name, `the channel is ${adapter.life.state}`);
    }
    for (const list of adapter.lists) {
      const { length } = list.order;
      const details =
        `${length} bytes are mapped since ${list.life.sinceNs} ns, with ${list.registers.count} registers`;
      hal.door.misuse("MissingPut", CALL, list.name, details);
    }
    hal.door.misuse("AdapterNotPut", CALL, adapter.name, "PutDmaAdapter was never called");
  }
}
