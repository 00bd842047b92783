/**
 * What the system finds when a driver is unloaded: everything that was taken and never given back, each thing by its
 * name. Windows finds most of it only under Driver Verifier, and otherwise by a blue screen later (S0-2).
 */
import type { Hal } from "./hal.ts";

const DRIVER_UNLOAD = { type: "DRIVER_UNLOAD" } as const;

/** The driver is unloaded. What is left behind becomes findings; nothing is cleaned up. */
export function driverUnload(hal: Hal): void {
  hal.door.tell("driver-unload");
  for (const adapter of hal.adapters) {
    // What was left at PutDmaAdapter has been named there.
    if (!adapter.life.has("live")) continue;
    for (const list of adapter.lists) list.life.send(DRIVER_UNLOAD);
    adapter.life.send(DRIVER_UNLOAD);
  }
}
