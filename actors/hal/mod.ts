/**
 * The HAL's DMA calls: adapters, map registers, scatter/gather lists, as doors over the lifecycles. Names and
 * parameters are the DDI's in camelCase.
 *
 * @module
 */
export * from "./dma_operations.ts";
export * from "./device_description.ts";
export * from "./scatter_gather.ts";
export * from "./map_registers.ts";
export * from "./hal.ts";
export * from "./adapter.ts";
export * from "./adapter_counters.ts";
export * from "./channel_request.ts";
export * from "./hal_list.ts";
export * from "./list_buffer.ts";
export * from "./pool.ts";
export * from "./transfer_context.ts";
export * from "./transfer_info.ts";
export * from "./conservation.ts";
export * from "./driver_unload.ts";
export * from "./crash_figures.ts";
export * from "./classic_operations.ts";
export * from "./common_buffer_operations.ts";
export * from "./common_buffer_memory.ts";
export * from "./aligned_common_buffer.ts";
export * from "./channel_grant.ts";
export * from "./common_buffers.ts";
export type { Route } from "./route.ts";
export type { ListCache } from "./list_cache.ts";
export type { LiveLists } from "./live_lists.ts";
export type { MappedList } from "./mapped_list.ts";
export type { ClassicChannelOperations } from "./classic_channel.ts";
export type { ClassicTransferOperations } from "./classic_transfer.ts";
export type { CommonBufferVectorOperations } from "./common_buffer_vectors.ts";
export type { DmaDomainOperations } from "./dma_domains.ts";
