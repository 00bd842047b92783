/**
 * The framework's façade: WDFDMAENABLER, WDFDMATRANSACTION and WDFCOMMONBUFFER over the same machines as the HAL's
 * calls (S0-33). Callback based where the HAL's routine-less form is object based.
 *
 * @module
 */
export * from "./wdf_device.ts";
export * from "./wdf_dma_profile.ts";
export * from "./wdf_dma_enabler_config.ts";
export * from "./wdf_dma_enabler.ts";
export * from "./wdf_dma_enabler_power.ts";
export * from "./wdf_common_buffer.ts";
export * from "./wdf_dma_transaction.ts";
export * from "./wdf_transaction_initialize.ts";
export * from "./wdf_transaction_execute.ts";
export * from "./wdf_transaction_settings.ts";
export * from "./wdf_object_delete.ts";
export type { EvtReserveDma } from "./packet_way.ts";
export type { TransferWay } from "./transfer_way.ts";
export type { ChainPlace } from "./fragment.ts";
export * from "./suggest_framework.ts";
export * from "./net_adapter.ts";
