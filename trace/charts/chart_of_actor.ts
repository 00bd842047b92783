/** Which chart an actor lives by: events name actors, and the first part of a name says what it is. */
import { CHARTS } from "./list.ts";
import type { NamedChart } from "./list.ts";

/** The first part of a name → the chart's name. */
const CHART_NAMES: Readonly<Record<string, string>> = {
  scheduler: "scheduler",
  irp: "irp",
  mdl: "mdl",
  adapter: "dma_adapter",
  context: "transfer_context",
  mapRegisterPool: "map_register_pool",
  sgl: "scatter_gather_list",
  adapterChannel: "adapter_channel",
  commonBuffer: "common_buffer",
  commonBufferVector: "common_buffer_vector",
  emergencyReserve: "emergency_reserve",
  "work-to-do": "irp_queue",
  "waiting-for-device": "irp_queue",
  "ready-to-complete": "irp_queue",
  channel: "device_channel",
  enabler: "wdf_dma_enabler",
  transaction: "wdf_dma_transaction",
};

const BY_NAME: ReadonlyMap<string, NamedChart> = new Map(CHARTS.map((chart) => [chart.name, chart]));

/** The chart of an actor such as `sgl:7`; undefined for one that has none. */
export function chartOfActor(actor: string): NamedChart | undefined {
  // A buffer that no routine of the adapter allocated is named after the adapter.
  const kind = actor.endsWith(".foreign") ? "commonBuffer" : actor.split(":")[0] ?? "";
  return BY_NAME.get(CHART_NAMES[kind] ?? "");
}
