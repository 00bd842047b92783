/**
 * Charts, compiled, and the way of a request at the speed of the machine: lock-free, over one shared memory.
 *
 * @example A chart as a table, one look-up a step
 * ```ts
 * import { compileTable, eventIndex, stateIndex } from "@dmactor/dmactor/fastpath";
 * import { scatterGatherListMachine } from "@dmactor/dmactor/machines";
 *
 * const table = compileTable(scatterGatherListMachine);
 * const at = stateIndex(table, "deviceOwned") * table.eventCount + eventIndex(table, "PUT_SCATTER_GATHER_LIST");
 * console.log(table.notes[table.verdict[at]!]); // [{ type: "misuse", rule: "PutWhileDeviceActive" }]
 * ```
 *
 * @module
 */
export * from "./rows.ts";
export * from "./table.ts";
export * from "./joint_table.ts";
export { pathLives, REQUEST_EVENTS } from "./lives.ts";
export type { PathLives } from "./lives.ts";
export { createPathMemory, FLAG_LOCKED, FLAG_WRITE, NO_ROW, PathMemory } from "./slots.ts";
export type { PathSizes } from "./slots.ts";
export type { ControlAtomics } from "./control_words.ts";
export { prepareDescriptors } from "./3_map.ts";
export { createOneThread } from "./one_thread.ts";
export type { OneThread } from "./one_thread.ts";
export { createDispatchSide } from "./dispatch_side.ts";
export type { DispatchSide } from "./dispatch_side.ts";
export { createMovingEngine } from "./device.ts";
export type { Engine } from "./device.ts";
export { createDeviceSide } from "./device_side.ts";
export type { DeviceSide } from "./device_side.ts";
export type { DeviceWorkerOrder, DeviceWorkerReport } from "./device_worker.ts";
export { isStopping, stopAll } from "./parking.ts";
export { misuseOf } from "./misuse.ts";
export type { PathMisuse } from "./misuse.ts";
export { giveRow, takeRow } from "./free_rows.ts";
export * from "./ring.ts";
export { cancelRequest, fetchEntry, finishEntry, helpedRingWords, insertRequest } from "./helped_ring.ts";
export { claimReady, openHelpedRing, retireRequest, RING_REQUESTS_MAX, startOldest } from "./helped_ring.ts";
export { NONE as NO_REQUEST } from "./helped_ring.ts";
export type { HelpedRing } from "./helped_ring.ts";
export * from "./explore/mod.ts";
