/**
 * FreeAdapterObject and PutDmaAdapter: the channel goes back, the adapter goes back. The first does not replace the
 * second (S0-5), and only the second asks whether everything was returned (S0-2). Windows DDI of those names.
 */
import type { IoAllocationAction } from "../../machines/dma_adapter.ts";
import type { Adapter } from "./adapter.ts";
import { nameLeakedVectors } from "./common_buffer_operations.ts";

/** FreeAdapterObject: step 4 of the recipe, with DeallocateObjectKeepRegisters (S0-16). <= DISPATCH_LEVEL. */
export function freeAdapterObject(adapter: Adapter, action: IoAllocationAction): void {
  const alive = adapter.enter("FreeAdapterObject", "<= DISPATCH_LEVEL");
  const { door } = adapter.hal;
  if (door.tracing) {
    door.record("FreeAdapterObject", { DmaAdapter: door.pointers.of(adapter), AllocationAction: action });
  }
  if (alive) adapter.release({ type: "FREE_ADAPTER_OBJECT", action }, action);
}

/** PutDmaAdapter. What was not returned first is named, each kind for itself. <= DISPATCH_LEVEL. */
export function putDmaAdapter(adapter: Adapter): void {
  const alive = adapter.enter("PutDmaAdapter", "<= DISPATCH_LEVEL");
  const { door } = adapter.hal;
  if (door.tracing) door.record("PutDmaAdapter", { DmaAdapter: door.pointers.of(adapter) });
  if (!alive) return;
  nameLeakedVectors(adapter);
  adapter.life.send({ type: "PUT_DMA_ADAPTER" });
  adapter.abandonLine();
  adapter.hal.serve();
}
