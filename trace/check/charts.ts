/** The charts that the checker follows, compiled once. */
import { adapterChannelMachine } from "../../machines/adapter_channel.ts";
import { commonBufferMachine } from "../../machines/common_buffer.ts";
import { commonBufferVectorMachine } from "../../machines/common_buffer_vector.ts";
import { dmaAdapterMachine } from "../../machines/dma_adapter.ts";
import { irpMachine } from "../../machines/irp.ts";
import { mdlMachine } from "../../machines/mdl.ts";
import { scatterGatherListMachine } from "../../machines/scatter_gather_list.ts";
import { transferContextMachine } from "../../machines/transfer_context.ts";
import { wdfDmaTransactionMachine } from "../../machines/wdf_dma_transaction.ts";
import { followed } from "./life.ts";
import type { FollowedChart } from "./life.ts";

/** DMA_ADAPTER. */
export const ADAPTER: FollowedChart = followed(dmaAdapterMachine);
/** SCATTER_GATHER_LIST. */
export const LIST: FollowedChart = followed(scatterGatherListMachine);
/** DMA_TRANSFER_CONTEXT. */
export const CONTEXT: FollowedChart = followed(transferContextMachine);
/** One grant of the Classic model. */
export const GRANT: FollowedChart = followed(adapterChannelMachine);
/** A common buffer. */
export const COMMON_BUFFER: FollowedChart = followed(commonBufferMachine);
/** A common-buffer vector. */
export const VECTOR: FollowedChart = followed(commonBufferVectorMachine);
/** MDL. */
export const MDL: FollowedChart = followed(mdlMachine);
/** IRP. */
export const IRP: FollowedChart = followed(irpMachine);
/** WDFDMATRANSACTION. */
export const TRANSACTION: FollowedChart = followed(wdfDmaTransactionMachine);
