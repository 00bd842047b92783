/** Every lifecycle chart under the name of its file, in the order in which a request meets them. */
import type { AnyStateMachine } from "xstate";
import {
  adapterChannelMachine,
  commonBufferMachine,
  commonBufferVectorMachine,
  deviceChannelMachine,
  dmaAdapterMachine,
  emergencyReserveMachine,
  irpMachine,
  irpQueueMachine,
  mapRegisterPoolMachine,
  mdlMachine,
  scatterGatherListMachine,
  schedulerMachine,
  transferContextMachine,
  wdfDmaEnablerMachine,
  wdfDmaTransactionMachine,
} from "../../machines/mod.ts";

/** A chart as people look for it. */
export interface NamedChart {
  /** The name of its file in `machines/`, without `.ts`. */
  readonly name: string;
  /** The chart itself. */
  readonly machine: AnyStateMachine;
}

/** All charts. */
export const CHARTS: readonly NamedChart[] = [
  { name: "scheduler", machine: schedulerMachine },
  { name: "irp", machine: irpMachine },
  { name: "mdl", machine: mdlMachine },
  { name: "dma_adapter", machine: dmaAdapterMachine },
  { name: "transfer_context", machine: transferContextMachine },
  { name: "map_register_pool", machine: mapRegisterPoolMachine },
  { name: "scatter_gather_list", machine: scatterGatherListMachine },
  { name: "adapter_channel", machine: adapterChannelMachine },
  { name: "common_buffer", machine: commonBufferMachine },
  { name: "common_buffer_vector", machine: commonBufferVectorMachine },
  { name: "emergency_reserve", machine: emergencyReserveMachine },
  { name: "irp_queue", machine: irpQueueMachine },
  { name: "device_channel", machine: deviceChannelMachine },
  { name: "wdf_dma_enabler", machine: wdfDmaEnablerMachine },
  { name: "wdf_dma_transaction", machine: wdfDmaTransactionMachine },
];
