/**
 * Charts, compiled, and the way of a request at the speed of the machine over one shared memory: never a wait, and no
 * object a request. What stands still when somebody stops half-way is said in the README beside this file; the pieces
 * that are lock-free say so themselves.
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
 * @example The way of a request in one thread: 10 000 bytes to the card, and back to another place
 * ```ts
 * import { createMovingEngine, createOneThread, createPathMemory, FLAG_LOCKED, FLAG_WRITE, misuseOf, pathLives } from
 *   "@dmactor/dmactor/fastpath";
 * import { NTSTATUS } from "@dmactor/dmactor/machines";
 *
 * const sizes = { channelCount: 2, slotCount: 8, descriptorsPerSlot: 4, elementBytes: 4096, requestCount: 16 };
 * const memory = createPathMemory({ ...sizes, directions: ["h2c", "c2h"] }, pathLives());
 * const bytes = new Uint8Array(2 << 16); // host memory, the card's behind it
 * bytes.fill(42, 0, 10_000);
 * memory.requestFlags.set([FLAG_WRITE | FLAG_LOCKED, FLAG_LOCKED]);
 * memory.requestLength.set([10_000, 10_000]);
 * memory.requestHostLow.set([0, 20_000]);
 * memory.requestCardLow.set([4096, 4096]);
 *
 * const { submit, serve, drain } = createOneThread(memory, createMovingEngine(bytes, 1 << 16));
 * for (const row of [0, 1]) {
 *   submit(row, row, 1); // row 0 to channel 0, row 1 to channel 1
 *   serve();
 *   drain();
 * }
 * console.log(memory.requestStatus[1] === NTSTATUS.STATUS_SUCCESS, memory.requestInformation[1]); // true 10000
 * console.log(bytes[20_000], bytes[29_999], misuseOf(memory, pathLives())); // 42 42 null
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
export type { PathDirection, PathSizes } from "./slots.ts";
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
export { runDeviceSide } from "./device_loop.ts";
export { startDeviceThread } from "./device_thread.ts";
export type { DeviceThreadOptions } from "./device_thread.ts";
export type { DeviceWorkerOrder, DeviceWorkerReport } from "./device_worker.ts";
export { breathe, DEVICE_WORKER, isParked, isStopping, park, stopAll, wake } from "./parking.ts";
export { misuseOf } from "./misuse.ts";
export type { PathMisuse } from "./misuse.ts";
export { freeRequests, freeRowsWords, giveRow, hasRow, openFreeRows, takeRow } from "./free_rows.ts";
export type { FreeRows } from "./free_rows.ts";
export * from "./ring.ts";
export { fetchEntry, finishEntry, helpedRingWords, insertRequest } from "./helped_ring.ts";
export { claimReady, openHelpedRing, retireRequest, RING_REQUESTS_MAX, startOldest } from "./helped_ring.ts";
export { NONE as NO_REQUEST } from "./helped_ring.ts";
export type { HelpedRing } from "./helped_ring.ts";
export { cancelRequest, claimRequest, isCancelled, openClaim } from "./claims.ts";
export type { CancelOutcome } from "./claims.ts";
export * from "./explore/mod.ts";
