/**
 * The framework's part when the device gets and loses power: it calls the enabler's callbacks in order. Windows DDI,
 * WDF_DMA_ENABLER_CONFIG; KMDF's public source for what follows a failure.
 *
 * Up: Fill, Enable, SelfManagedIoStart; the first failure stops it. Down: SelfManagedIoStop always, Disable unless Fill
 * failed, Flush unless Fill or Enable failed; failures stop nothing, and the first is what is returned.
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { ntSuccess } from "../../machines/ntstatus.ts";
import type { WdfDmaEnabler } from "./wdf_dma_enabler.ts";
import type { EvtDmaEnabler, WdfDmaEnablerConfig } from "./wdf_dma_enabler_config.ts";

type Callback = keyof WdfDmaEnablerConfig & `evt${string}`;

/** Which callback a state of the power loop stands for. */
const CALLBACKS: ReadonlyMap<string, Callback> = new Map([
  ["configured.filling", "evtDmaEnablerFill"],
  ["configured.enabling", "evtDmaEnablerEnable"],
  ["configured.starting", "evtDmaEnablerSelfManagedIoStart"],
  ["configured.stopping", "evtDmaEnablerSelfManagedIoStop"],
  ["configured.disabling", "evtDmaEnablerDisable"],
  ["configured.flushing", "evtDmaEnablerFlush"],
]);

/** The device enters D0. */
export function dmaEnablerPowerUp(dmaEnabler: WdfDmaEnabler): NtStatus {
  dmaEnabler.life.send({ type: "POWER_UP" });
  return runCallbacks(dmaEnabler);
}

/** The device leaves D0. */
export function dmaEnablerPowerDown(dmaEnabler: WdfDmaEnabler): NtStatus {
  dmaEnabler.life.send({ type: "POWER_DOWN" });
  return runCallbacks(dmaEnabler);
}

/** Runs the callback that the chart's state stands for, until it stands for none. The first failure. */
function runCallbacks(dmaEnabler: WdfDmaEnabler): NtStatus {
  const { life, config } = dmaEnabler;
  let first: NtStatus = "STATUS_SUCCESS";
  for (let name = CALLBACKS.get(life.state); name !== undefined; name = CALLBACKS.get(life.state)) {
    const callback: EvtDmaEnabler | null = config[name];
    const status = callback === null ? "STATUS_SUCCESS" : callback(dmaEnabler);
    life.send({ type: ntSuccess(status) ? "CALLBACK_SUCCEEDED" : "CALLBACK_FAILED" });
    if (ntSuccess(first)) first = status;
  }
  return first;
}
