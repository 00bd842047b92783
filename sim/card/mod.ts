/**
 * A simulated XDMA card: registers, descriptors, engines, interrupts, card memory, streams and the link, after AMD's
 * product guide PG195.
 *
 * ```ts
 * import { VirtualClock } from "../clock.ts";
 * import { SILENT } from "../../trace/event.ts";
 * import { CHANNEL, enableMsix, XdmaCard } from "./mod.ts";
 *
 * const card = new XdmaCard({ h2cCount: 2, c2hCount: 2, link: "gen3x8" });
 * const memory = { read: () => 0 as const, write: () => 0 as const };
 * const interrupts = { message: () => {}, level: () => {} };
 * card.plug({ clock: new VirtualClock(), memory, interrupts, trace: SILENT });
 * enableMsix(card);
 * card.read32(card.configBar, CHANNEL.identifier); // 0x1fc00006
 * ```
 *
 * @module
 */
export * from "./xdma_card.ts";
export * from "./options.ts";
export * from "./link.ts";
export * from "./registers.ts";
export * from "./descriptor.ts";
export * from "./writeback.ts";
export * from "./msix.ts";
export type { InterruptMode } from "./interrupts.ts";
export * from "./card_memory.ts";
export * from "./stream.ts";
export * from "./faults.ts";
export * from "./notices.ts";
