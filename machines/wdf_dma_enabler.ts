/**
 * The life of one WDFDMAENABLER: created from a profile, configured with one DMA adapter or two, led through the power
 * loop, disposed. Windows DDI, WdfDmaEnablerCreate, WDF_DMA_ENABLER_CONFIG and its callbacks; KMDF's public source
 * decides where the pages are silent. S1-19, S1-34.
 *
 * Profiles of system DMA, which wait for WdfDmaEnablerConfigureSystemProfile, are not modelled.
 */
import { assign, emit, setup } from "xstate";
import type { Lifecycle, LifecycleMeta, LifecycleNote, MisuseParams, RefusalParams } from "./lifecycle.ts";

/** What the power loop remembers: how far power-up came. */
export interface WdfDmaEnablerContext {
  /** EvtDmaEnablerFill failed: neither Disable nor Flush follows. */
  fillFailed: boolean;
  /** EvtDmaEnablerEnable failed: Flush does not follow. */
  enableFailed: boolean;
}

/** What WDF_DMA_ENABLER_CONFIG asks for, against what profile and platform need. */
export interface WdfDmaEnablerCreation {
  /** The profile reaches 64 bits. */
  dma64BitAddresses: boolean;
  /** AddressWidthOverride; 0 for none. */
  addressWidthOverride: number;
  /** WdmDmaVersionOverride; 0 for none. */
  wdmDmaVersionOverride: number;
  /** The version of DMA_OPERATIONS that profile, platform and address width need. */
  requiredVersion: number;
  /** WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER. */
  requireSingleTransfer: boolean;
  /** The driver is built for a KMDF that knows single transfers: 1.19 or later. */
  knowsSingleTransfer: boolean;
}

/** Calls of the driver, and what the framework and the driver's callbacks answer. */
export type WdfDmaEnablerEvent =
  | { type: "WDF_DMA_ENABLER_CREATE" } & WdfDmaEnablerCreation
  | { type: "ADAPTERS_OBTAINED" }
  | { type: "ADAPTERS_REFUSED" }
  | { type: "POWER_UP" }
  | { type: "CALLBACK_SUCCEEDED" }
  | { type: "CALLBACK_FAILED" }
  | { type: "POWER_DOWN" }
  | { type: "WDF_OBJECT_DELETE" };

/** The states of an enabler. `configured` says where in the power loop it is. */
export type WdfDmaEnablerState =
  | "creating"
  | "obtainingAdapters"
  | {
    configured: "off" | "filling" | "enabling" | "starting" | "on" | "failed" | "stopping" | "disabling" | "flushing";
  }
  | "disposed";

/** `configured`: it has its adapters, and transactions may be created. */
export type WdfDmaEnablerTag = "configured";

/** The lifecycle of a WDFDMAENABLER. */
export const wdfDmaEnablerMachine: Lifecycle<
  WdfDmaEnablerContext,
  WdfDmaEnablerEvent,
  WdfDmaEnablerState,
  WdfDmaEnablerTag
> = setup({
  types: {
    context: {} as WdfDmaEnablerContext,
    events: {} as WdfDmaEnablerEvent,
    emitted: {} as LifecycleNote,
    meta: {} as LifecycleMeta,
    tags: {} as WdfDmaEnablerTag,
  },
  guards: {
    widerThanProfile: ({ event }) =>
      event.type === "WDF_DMA_ENABLER_CREATE" && !event.dma64BitAddresses && event.addressWidthOverride > 32,
    versionBelowNeed: ({ event }) =>
      event.type === "WDF_DMA_ENABLER_CREATE" && event.wdmDmaVersionOverride !== 0 &&
      event.wdmDmaVersionOverride < event.requiredVersion,
    singleTransferBelowVersion3: ({ event }) =>
      event.type === "WDF_DMA_ENABLER_CREATE" && event.requireSingleTransfer && event.knowsSingleTransfer &&
      (event.wdmDmaVersionOverride === 0 ? event.requiredVersion : event.wdmDmaVersionOverride) !== 3,
    singleTransferUnknown: ({ event }) =>
      event.type === "WDF_DMA_ENABLER_CREATE" && event.requireSingleTransfer && !event.knowsSingleTransfer,
    fillHadFailed: ({ context }) => context.fillFailed,
    enableHadFailed: ({ context }) => context.enableFailed,
  },
  actions: {
    misuse: emit((_, params: MisuseParams) => ({ type: "misuse" as const, ...params })),
    refuse: emit((_, params: RefusalParams) => ({ type: "refused" as const, ...params })),
    forgetFailures: assign({ fillFailed: false, enableFailed: false }),
    rememberFill: assign({ fillFailed: true }),
    rememberEnable: assign({ enableFailed: true }),
  },
}).createMachine({
  id: "wdfDmaEnabler",
  description: "A device's way to DMA in the framework: it owns the adapters, their limits and the list buffers.",
  context: { fillFailed: false, enableFailed: false },
  initial: "creating",
  on: {
    "*": {
      description: "Anything an enabler does not know here.",
      actions: { type: "misuse", params: { rule: "UnexpectedEvent" } },
    },
  },
  states: {
    creating: {
      description: "The object is there, its configuration has not been looked at.",
      on: {
        WDF_DMA_ENABLER_CREATE: [
          {
            guard: "widerThanProfile",
            target: "disposed",
            description: "AddressWidthOverride above 32 with a profile of 32 bits.",
            actions: { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            meta: { ddi: "WdfDmaEnablerCreate", irql: "= PASSIVE_LEVEL" },
          },
          {
            guard: "versionBelowNeed",
            target: "disposed",
            description: "WdmDmaVersionOverride below what profile, platform or address width need.",
            actions: { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            meta: { ddi: "WdfDmaEnablerCreate", irql: "= PASSIVE_LEVEL" },
          },
          {
            guard: "singleTransferBelowVersion3",
            target: "disposed",
            description: "Only version 3 can say beforehand whether one transfer is enough (S1-19).",
            actions: [
              { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
              { type: "misuse", params: { rule: "SingleTransferNeedsV3" } },
            ],
          },
          {
            guard: "singleTransferUnknown",
            target: "disposed",
            description: "A driver of KMDF before 1.19 asks for single transfers.",
            actions: { type: "refuse", params: { status: "STATUS_INVALID_PARAMETER" } },
            meta: { ddi: "WdfDmaEnablerCreate", irql: "= PASSIVE_LEVEL" },
          },
          {
            target: "obtainingAdapters",
            description: "The configuration makes sense.",
            meta: { ddi: "WdfDmaEnablerCreate", irql: "= PASSIVE_LEVEL" },
          },
        ],
      },
    },
    obtainingAdapters: {
      description: "IoGetDmaAdapter is called once, or twice for a duplex profile: first read, then write.",
      on: {
        ADAPTERS_OBTAINED: { target: "configured", description: "Adapters and limits are settled." },
        ADAPTERS_REFUSED: {
          target: "disposed",
          description: "IoGetDmaAdapter returned NULL.",
          actions: { type: "refuse", params: { status: "STATUS_UNSUCCESSFUL" } },
        },
      },
    },
    configured: {
      description:
        "Transactions and common buffers can be created; the adapter pointers stay valid until it is deleted.",
      tags: ["configured"],
      initial: "off",
      on: {
        WDF_OBJECT_DELETE: {
          target: "disposed",
          description: "Children first, then PutDmaAdapter for read, then for write.",
          meta: { ddi: "WdfObjectDelete", irql: "<= DISPATCH_LEVEL" },
        },
      },
      states: {
        off: {
          description: "The device has no power.",
          on: {
            POWER_UP: {
              target: "filling",
              description: "The device enters D0. That earlier failures are forgotten is ours.",
              actions: "forgetFailures",
            },
          },
        },
        filling: {
          description: "EvtDmaEnablerFill runs.",
          on: {
            CALLBACK_SUCCEEDED: { target: "enabling", description: "Filled, or no callback." },
            CALLBACK_FAILED: { target: "failed", description: "Power-up stops here.", actions: "rememberFill" },
          },
        },
        enabling: {
          description: "EvtDmaEnablerEnable runs.",
          on: {
            CALLBACK_SUCCEEDED: { target: "starting", description: "Enabled, or no callback." },
            CALLBACK_FAILED: { target: "failed", description: "Power-up stops here.", actions: "rememberEnable" },
          },
        },
        starting: {
          description: "EvtDmaEnablerSelfManagedIoStart runs.",
          on: {
            CALLBACK_SUCCEEDED: { target: "on", description: "The device may move data." },
            CALLBACK_FAILED: { target: "failed", description: "Power-up stops here." },
          },
        },
        on: {
          description: "Powered and enabled.",
          on: { POWER_DOWN: { target: "stopping", description: "The device leaves D0." } },
        },
        failed: {
          description: "A callback of power-up failed; only power-down follows.",
          on: { POWER_DOWN: { target: "stopping", description: "What had begun is undone." } },
        },
        stopping: {
          description: "EvtDmaEnablerSelfManagedIoStop runs, whatever happened before.",
          on: {
            CALLBACK_SUCCEEDED: [
              { guard: "fillHadFailed", target: "off", description: "Neither Disable nor Flush: Fill had failed." },
              { target: "disabling", description: "Stopped." },
            ],
            CALLBACK_FAILED: [
              { guard: "fillHadFailed", target: "off", description: "A failure stops nothing on the way down." },
              { target: "disabling", description: "A failure stops nothing on the way down." },
            ],
          },
        },
        disabling: {
          description: "EvtDmaEnablerDisable runs.",
          on: {
            CALLBACK_SUCCEEDED: [
              { guard: "enableHadFailed", target: "off", description: "No Flush: Enable had failed." },
              { target: "flushing", description: "Disabled." },
            ],
            CALLBACK_FAILED: [
              { guard: "enableHadFailed", target: "off", description: "A failure stops nothing on the way down." },
              { target: "flushing", description: "A failure stops nothing on the way down." },
            ],
          },
        },
        flushing: {
          description: "EvtDmaEnablerFlush runs.",
          on: {
            CALLBACK_SUCCEEDED: { target: "off", description: "Flushed." },
            CALLBACK_FAILED: { target: "off", description: "A failure stops nothing on the way down." },
          },
        },
      },
    },
    disposed: { description: "Gone, or never came to be." },
  },
});
