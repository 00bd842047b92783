/**
 * The lifecycles, as pure charts in the order in which a request meets them. Each can be pasted into Stately.
 *
 * @example What may happen to a list that the device owns
 * ```ts
 * import { scatterGatherListMachine } from "@dmactor/dmactor/machines";
 * import { createActor } from "xstate";
 *
 * const list = createActor(scatterGatherListMachine);
 * list.on("misuse", (note) => console.log(note));
 * list.start();
 * list.send({ type: "FILL" });
 * list.send({ type: "DOORBELL" });
 * list.send({ type: "PUT_SCATTER_GATHER_LIST" }); // { type: "misuse", rule: "PutWhileDeviceActive" }
 * ```
 *
 * @module
 */
export * from "./lifecycle.ts";
export * from "./ntstatus.ts";
export * from "./rule.ts";
export * from "./scheduler.ts";
export * from "./irp.ts";
export * from "./mdl.ts";
export * from "./dma_adapter.ts";
export * from "./transfer_context.ts";
export * from "./map_register_pool.ts";
export * from "./scatter_gather_list.ts";
export * from "./adapter_channel.ts";
export * from "./common_buffer.ts";
export * from "./common_buffer_vector.ts";
export * from "./emergency_reserve.ts";
export * from "./irp_queue.ts";
export * from "./device_channel.ts";
export * from "./wdf_dma_enabler.ts";
export * from "./wdf_dma_transaction.ts";
