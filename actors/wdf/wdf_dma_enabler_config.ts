/**
 * WDF_DMA_ENABLER_CONFIG: what a driver tells WdfDmaEnablerCreate. Begin with {@link wdfDmaEnablerConfigInit} and
 * change only what must differ (S1-21). Windows DDI, WDF_DMA_ENABLER_CONFIG.
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import type { WdfDmaEnabler } from "./wdf_dma_enabler.ts";
import type { WdfDmaProfile } from "./wdf_dma_profile.ts";

/** WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION: the HAL makes the lists (Get), no buffers are kept (Build). */
export const WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION = 0x1;
/** WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER: rather fail a transaction than cut it (S1-19, S1-24). */
export const WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER = 0x2;

/** A power callback of an enabler. */
export type EvtDmaEnabler = (dmaEnabler: WdfDmaEnabler) => NtStatus;

/** WDF_DMA_ENABLER_CONFIG. */
export interface WdfDmaEnablerConfig {
  /** The kind of device. */
  readonly profile: WdfDmaProfile;
  /** The longest single transfer in bytes: a page at least, often MiB. Not the PCIe payload (S1-20). */
  readonly maximumLength: number;
  /** EvtDmaEnablerFill: power-up, first. */
  readonly evtDmaEnablerFill: EvtDmaEnabler | null;
  /** EvtDmaEnablerFlush: power-down, last. */
  readonly evtDmaEnablerFlush: EvtDmaEnabler | null;
  /** EvtDmaEnablerDisable: power-down. */
  readonly evtDmaEnablerDisable: EvtDmaEnabler | null;
  /** EvtDmaEnablerEnable: power-up. */
  readonly evtDmaEnablerEnable: EvtDmaEnabler | null;
  /** EvtDmaEnablerSelfManagedIoStart: power-up, last. */
  readonly evtDmaEnablerSelfManagedIoStart: EvtDmaEnabler | null;
  /** EvtDmaEnablerSelfManagedIoStop: power-down, first. */
  readonly evtDmaEnablerSelfManagedIoStop: EvtDmaEnabler | null;
  /** Address lines of the device where the profile's 32 or 64 are wrong; 0 otherwise. */
  readonly addressWidthOverride: number;
  /** The version of DMA_OPERATIONS to ask for; 0 for the platform's. */
  readonly wdmDmaVersionOverride: number;
  /** Flags, as WDF_DMA_ENABLER_CONFIG has them. */
  readonly flags: number;
}

/** WDF_DMA_ENABLER_CONFIG_INIT: callbacks null, overrides 0, flags 0. */
export function wdfDmaEnablerConfigInit(profile: WdfDmaProfile, maximumLength: number): WdfDmaEnablerConfig {
  return {
    profile,
    maximumLength,
    evtDmaEnablerFill: null,
    evtDmaEnablerFlush: null,
    evtDmaEnablerDisable: null,
    evtDmaEnablerEnable: null,
    evtDmaEnablerSelfManagedIoStart: null,
    evtDmaEnablerSelfManagedIoStop: null,
    addressWidthOverride: 0,
    wdmDmaVersionOverride: 0,
    flags: 0,
  };
}
