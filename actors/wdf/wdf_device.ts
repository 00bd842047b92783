/**
 * WDFDEVICE, as much of it as DMA needs: the device object, which KMDF the driver was built for, and on what platform
 * it runs. Windows DDI, WdfDeviceSetAlignmentRequirement.
 */
import type { Hal } from "../hal/hal.ts";
import type { DeviceObject } from "../hal/dma_operations.ts";

/** The platform decides which version of DMA_OPERATIONS the framework prefers: 2 on x64, 3 on ARM64. */
export type WdfPlatform = "x64" | "arm64";

/** What is settable about a device. */
export interface WdfDeviceOptions {
  /** Also the name of the device's IOMMU domain. */
  readonly name: string;
  /** Minor version of KMDF 1.x that the driver was built for. Default 33. */
  readonly kmdfMinor?: number;
  /** Default: ARM64 where devices do not snoop the CPU's cache, else x64. */
  readonly platform?: WdfPlatform;
}

/** A device in the framework. Made by {@link wdfDeviceCreate}. */
export class WdfDevice {
  /** Names it in traces and in the IOMMU. */
  readonly name: string;
  /** The HAL below the framework. */
  readonly hal: Hal;
  /** WdfDeviceWdmGetPhysicalDevice. */
  readonly deviceObject: DeviceObject;
  /** Minor version of KMDF, 33 for 1.33. */
  readonly kmdfMinor: number;
  /** What the framework takes the platform for. */
  readonly platform: WdfPlatform;
  /** AlignmentRequirement of the device object: a mask, 15 for 16 bytes. */
  alignmentRequirement = 0;
  /** A packet transaction of DMA version 2 holds the device: only one may (STATUS_WDF_BUSY). */
  packetTransactionQueued = false;

  /** Made by wdfDeviceCreate. */
  constructor(hal: Hal, { name, kmdfMinor = 33, platform }: WdfDeviceOptions) {
    this.name = name;
    this.hal = hal;
    this.deviceObject = { name };
    this.kmdfMinor = kmdfMinor;
    this.platform = platform ?? (hal.memory.cache.coherent ? "x64" : "arm64");
  }
}

/** WdfDeviceCreate: a device under the framework, before it has any DMA. */
export function wdfDeviceCreate(hal: Hal, options: WdfDeviceOptions): WdfDevice {
  return new WdfDevice(hal, options);
}

/** WdfDeviceSetAlignmentRequirement: a mask such as 31 (FILE_32_BYTE_ALIGNMENT), which common buffers keep (S0-27). */
export function wdfDeviceSetAlignmentRequirement(device: WdfDevice, alignmentRequirement: number): void {
  device.alignmentRequirement = alignmentRequirement;
}
