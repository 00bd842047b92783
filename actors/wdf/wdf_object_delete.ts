/** WdfObjectDelete, for the objects that DMA has. An enabler takes its transactions and common buffers with it. */
import { WdfCommonBuffer } from "./wdf_common_buffer.ts";
import { WdfDmaEnabler } from "./wdf_dma_enabler.ts";
import type { WdfDmaTransaction } from "./wdf_dma_transaction.ts";

/** WdfObjectDelete: <= DISPATCH_LEVEL; common buffers and enablers at PASSIVE_LEVEL, where the HAL takes them back. */
export function wdfObjectDelete(object: WdfDmaEnabler | WdfDmaTransaction | WdfCommonBuffer): void {
  const enabler = object instanceof WdfDmaEnabler ? object : object.enabler;
  const { door } = enabler.device.hal;
  door.checkIrql("WdfObjectDelete", "<= DISPATCH_LEVEL", enabler.name);
  if (door.tracing) door.record("WdfObjectDelete", { Object: door.pointers.of(object) });
  if (object === enabler) deleteEnabler(enabler);
  else deleteChild(enabler, object as WdfDmaTransaction | WdfCommonBuffer);
}

function deleteEnabler(enabler: WdfDmaEnabler): void {
  if (enabler.life.send({ type: "WDF_OBJECT_DELETE" }).misuses.length > 0) return;
  for (const child of [...enabler.children]) deleteChild(enabler, child);
  enabler.putAdapters();
}

function deleteChild(enabler: WdfDmaEnabler, child: WdfDmaTransaction | WdfCommonBuffer): void {
  if (!enabler.children.delete(child)) {
    // Deleted twice: a transaction's chart names it, a buffer has nothing left.
    if (!(child instanceof WdfCommonBuffer)) child.life.send({ type: "WDF_OBJECT_DELETE" });
    return;
  }
  if (child instanceof WdfCommonBuffer) {
    child.free();
    return;
  }
  child.life.send({ type: "WDF_OBJECT_DELETE" });
  child.way.release(true);
  child.way.dispose();
}
