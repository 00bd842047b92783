/**
 * WDFDMAENABLER: a device's way to DMA in the framework. Windows DDI, WdfDmaEnablerCreate and its relatives; KMDF's
 * public source decides what the pages leave open. S1-19, S1-21, S1-34.
 *
 * ```text
 * 1 profile and overrides            → DEVICE_DESCRIPTION, or INVALID_PARAMETER
 * 2 IoGetDmaAdapter                  once, or for duplex twice: read, then write
 * 3 MaximumFragmentLength            min(MaximumLength, (N - 1) pages): any alignment fits N registers
 * 4 the size of a list buffer        as CalculateScatterGatherList says for N pages
 * 5 the look-aside list of buffers   unless NO_SGLIST_PREALLOCATION
 * ```
 */
import { wdfDmaEnablerMachine } from "../../machines/wdf_dma_enabler.ts";
import type { WdfDmaEnablerContext, WdfDmaEnablerEvent } from "../../machines/wdf_dma_enabler.ts";
import { assert } from "../../sim/assert.ts";
import { PAGE_SIZE } from "../../sim/units.ts";
import { deviceDescription } from "../hal/device_description.ts";
import type { DeviceDescription } from "../hal/device_description.ts";
import type { DmaAdapter, Failure, Result } from "../hal/dma_operations.ts";
import { createScatterGatherBuffer } from "../hal/list_buffer.ts";
import type { ScatterGatherBuffer } from "../hal/scatter_gather.ts";
import type { TraceArguments } from "../kernel/door.ts";
import type { Life } from "../life.ts";
import type { WdfCommonBuffer } from "./wdf_common_buffer.ts";
import type { WdfDevice } from "./wdf_device.ts";
import {
  WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION,
  WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER,
} from "./wdf_dma_enabler_config.ts";
import type { WdfDmaEnablerConfig } from "./wdf_dma_enabler_config.ts";
import { PROFILE_TRAITS } from "./wdf_dma_profile.ts";
import type { ProfileTraits, WdfDmaDirection } from "./wdf_dma_profile.ts";
import type { WdfDmaTransaction } from "./wdf_dma_transaction.ts";

/** WDF_DMA_ENABLER_UNLIMITED_FRAGMENTS: the device takes lists of any length. */
export const WDF_DMA_ENABLER_UNLIMITED_FRAGMENTS = 0xffff_ffff;

/** What the framework keeps of one adapter. */
export interface WdfAdapterInfo {
  /** The adapter. */
  readonly dmaAdapter: DmaAdapter;
  /** N. */
  readonly numberOfMapRegisters: number;
  /** The longest transfer that N registers carry at any alignment. */
  readonly maximumFragmentLength: number;
  /** Bytes of a list buffer for N pages; 0 for packet profiles. */
  readonly listBytes: number;
}

/** A DMA enabler. Made by {@link wdfDmaEnablerCreate}. */
export class WdfDmaEnabler {
  /** Names it in traces. */
  readonly name: string;
  /** Its parent. */
  readonly device: WdfDevice;
  /** What the driver asked for. */
  readonly config: WdfDmaEnablerConfig;
  /** What its profile means. */
  readonly traits: ProfileTraits;
  /** The version of DMA_OPERATIONS that was asked for. */
  readonly dmaVersion: number;
  /** Its lifecycle. */
  readonly life: Life<WdfDmaEnablerContext, WdfDmaEnablerEvent>;
  /** Transactions and common buffers: they go when the enabler goes. */
  readonly children: Set<WdfDmaTransaction | WdfCommonBuffer> = new Set();
  /** See {@link wdfDmaEnablerSetMaximumScatterGatherElements}. */
  maximumScatterGatherElements: number = WDF_DMA_ENABLER_UNLIMITED_FRAGMENTS;
  /** Transactions made so far, for names. */
  transactionCount = 0;
  /** Adapter for reads, and for a duplex profile the one for writes. */
  readonly #adapters: WdfAdapterInfo[] = [];
  readonly #spareBuffers: ScatterGatherBuffer[] = [];

  /** Made by wdfDmaEnablerCreate. */
  constructor(name: string, device: WdfDevice, config: WdfDmaEnablerConfig, dmaVersion: number) {
    this.name = name;
    this.device = device;
    this.config = config;
    this.traits = PROFILE_TRAITS[config.profile];
    this.dmaVersion = dmaVersion;
    this.life = device.hal.lives.create(wdfDmaEnablerMachine, name, undefined);
  }

  /** The transactions' flag from the start: cut nothing. */
  get requireSingleTransfer(): boolean {
    return (this.config.flags & WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER) !== 0;
  }

  /** List buffers are kept ahead, so that a transfer allocates nothing. */
  get preallocatesLists(): boolean {
    return this.traits.scatterGather && (this.config.flags & WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION) === 0;
  }

  /** Bytes of each list buffer: enough for either direction, which is not known yet when a transaction is created. */
  get listBytes(): number {
    return Math.max(0, ...this.#adapters.map(({ listBytes }) => listBytes));
  }

  /** List buffers that wait for a transaction. */
  get spareBufferCount(): number {
    return this.#spareBuffers.length;
  }

  /** The adapter of a direction: of a duplex profile ReadFromDevice selects the read one (S1-34). */
  adapterInfo(direction: WdfDmaDirection): WdfAdapterInfo {
    const index = direction === "WdfDmaDirectionWriteToDevice" && this.traits.duplex ? 1 : 0;
    const info = this.#adapters[index];
    assert(info !== undefined, `Cannot use ${this.name} before it has its adapters`);
    return info;
  }

  /** Obtains the adapters; false if IoGetDmaAdapter returned NULL, or fewer than the two registers a page may need. */
  obtainAdapters(description: DeviceDescription): boolean {
    const { hal, deviceObject } = this.device;
    for (let count = this.traits.duplex ? 2 : 1; count > 0; count--) {
      const granted = hal.ioGetDmaAdapter({ physicalDeviceObject: deviceObject, deviceDescription: description });
      if (granted === null) return false;
      const { dmaAdapter, numberOfMapRegisters } = granted;
      const fitting = (numberOfMapRegisters - 1) * PAGE_SIZE;
      this.#adapters.push({
        dmaAdapter,
        numberOfMapRegisters,
        maximumFragmentLength: Math.min(this.config.maximumLength, fitting),
        listBytes: this.traits.scatterGather ? listBytes(dmaAdapter, numberOfMapRegisters) : 0,
      });
      // KMDF asserts N > 1; with 1 no transfer could have any length.
      if (numberOfMapRegisters < 2) return false;
    }
    return true;
  }

  /** A list buffer for a transaction; null if the pool has no memory. */
  takeListBuffer(): ScatterGatherBuffer | null {
    return this.#spareBuffers.pop() ?? createScatterGatherBuffer(this.device.hal, this.listBytes);
  }

  /** A transaction was deleted. */
  keepListBuffer(buffer: ScatterGatherBuffer): void {
    this.#spareBuffers.push(buffer);
  }

  /** PutDmaAdapter, read before write. */
  putAdapters(): void {
    for (const { dmaAdapter } of this.#adapters.splice(0)) dmaAdapter.dmaOperations.putDmaAdapter();
  }
}

/** R of N pages is N, which must pass: KMDF takes a failure here for fatal. */
function listBytes(dmaAdapter: DmaAdapter, numberOfMapRegisters: number): number {
  const { calculateScatterGatherList } = dmaAdapter.dmaOperations;
  assert(calculateScatterGatherList !== undefined, "The framework needs version 2 of DMA_OPERATIONS at least");
  const sized = calculateScatterGatherList({ mdl: null, currentVa: 0, length: numberOfMapRegisters * PAGE_SIZE });
  assert(sized.status === "STATUS_SUCCESS", `CalculateScatterGatherList answers ${sized.status} for exactly N pages`);
  return sized.scatterGatherListSize;
}

const enablerCounts = new WeakMap<WdfDevice["hal"], number>();

/** WdfDmaEnablerCreate: = PASSIVE_LEVEL, normally in EvtDriverDeviceAdd. */
export function wdfDmaEnablerCreate(
  device: WdfDevice,
  config: WdfDmaEnablerConfig,
): Result<{ readonly dmaEnabler: WdfDmaEnabler }> {
  const { hal } = device;
  hal.door.checkIrql("WdfDmaEnablerCreate", "= PASSIVE_LEVEL", device.name);
  const result = create(device, config);
  if (hal.door.tracing) {
    const out = result.status === "STATUS_SUCCESS" ? { DmaEnabler: hal.door.pointers.of(result.dmaEnabler) } : null;
    const args = { Device: hal.door.pointers.of(device), Config: tracedConfig(config) };
    hal.door.record("WdfDmaEnablerCreate", args, result.status, out);
  }
  return result;
}

function create(device: WdfDevice, config: WdfDmaEnablerConfig): ReturnType<typeof wdfDmaEnablerCreate> {
  const { profile, maximumLength, addressWidthOverride, wdmDmaVersionOverride } = config;
  const traits = PROFILE_TRAITS[profile];
  if (maximumLength === 0) return { status: "STATUS_INVALID_PARAMETER", why: "MaximumLength is 0" };
  if (!traits.busMaster) {
    return { status: "STATUS_NOT_SUPPORTED", why: `${profile}: no system DMA controller is simulated` };
  }
  const requiredVersion = device.platform === "arm64" || addressWidthOverride !== 0 ? 3 : 2;
  const version = wdmDmaVersionOverride === 0 ? requiredVersion : wdmDmaVersionOverride;
  const number = enablerCounts.get(device.hal) ?? 0;
  enablerCounts.set(device.hal, number + 1);
  const dmaEnabler = new WdfDmaEnabler(`enabler:${number}`, device, config, version);
  const { refusal } = dmaEnabler.life.send({
    type: "WDF_DMA_ENABLER_CREATE",
    dma64BitAddresses: traits.dma64BitAddresses,
    addressWidthOverride,
    wdmDmaVersionOverride,
    requiredVersion,
    requireSingleTransfer: dmaEnabler.requireSingleTransfer,
    knowsSingleTransfer: device.kmdfMinor >= 19,
  });
  if (refusal !== null) {
    const width = `AddressWidthOverride ${addressWidthOverride}`;
    const why = `${profile}, ${width}, DMA version ${version}, flags 0x${config.flags.toString(16)} do not go together`;
    return { status: refusal.status as Failure["status"], why };
  }
  if (!dmaEnabler.obtainAdapters(describe(traits, config, version))) {
    dmaEnabler.putAdapters();
    dmaEnabler.life.send({ type: "ADAPTERS_REFUSED" });
    return { status: "STATUS_UNSUCCESSFUL", why: "IoGetDmaAdapter granted no adapter, or not two map registers" };
  }
  dmaEnabler.life.send({ type: "ADAPTERS_OBTAINED" });
  return { status: "STATUS_SUCCESS", dmaEnabler };
}

function describe(traits: ProfileTraits, config: WdfDmaEnablerConfig, version: number): DeviceDescription {
  const width = config.addressWidthOverride !== 0 ? config.addressWidthOverride : traits.dma64BitAddresses ? 64 : 32;
  return deviceDescription({
    version,
    master: true,
    scatterGather: traits.scatterGather,
    dma32BitAddresses: true,
    dma64BitAddresses: traits.dma64BitAddresses,
    interfaceType: "PCIBus",
    maximumLength: config.maximumLength,
    dmaAddressWidth: version >= 3 ? width : 0,
  });
}

function tracedConfig(config: WdfDmaEnablerConfig): TraceArguments {
  return {
    Profile: config.profile,
    MaximumLength: config.maximumLength,
    AddressWidthOverride: config.addressWidthOverride,
    WdmDmaVersionOverride: config.wdmDmaVersionOverride,
    Flags: config.flags,
  };
}

/** WdfDmaEnablerWdmGetDmaAdapter: the adapter underneath, valid until the enabler is deleted. */
export function wdfDmaEnablerWdmGetDmaAdapter(dmaEnabler: WdfDmaEnabler, direction: WdfDmaDirection): DmaAdapter {
  return dmaEnabler.adapterInfo(direction).dmaAdapter;
}

/** WdfDmaEnablerGetMaximumLength: as configured. */
export function wdfDmaEnablerGetMaximumLength(dmaEnabler: WdfDmaEnabler): number {
  return dmaEnabler.config.maximumLength;
}

/** WdfDmaEnablerGetFragmentLength: the longest transfer that will really be asked of the device. */
export function wdfDmaEnablerGetFragmentLength(dmaEnabler: WdfDmaEnabler, direction: WdfDmaDirection): number {
  return dmaEnabler.adapterInfo(direction).maximumFragmentLength;
}

/** WdfDmaEnablerSetMaximumScatterGatherElements: the longest list that the device takes. Before any transaction. */
export function wdfDmaEnablerSetMaximumScatterGatherElements(dmaEnabler: WdfDmaEnabler, maximumElements: number): void {
  dmaEnabler.maximumScatterGatherElements = maximumElements;
}

/** WdfDmaEnablerGetMaximumScatterGatherElements. */
export function wdfDmaEnablerGetMaximumScatterGatherElements(dmaEnabler: WdfDmaEnabler): number {
  return dmaEnabler.maximumScatterGatherElements;
}
