/**
 * DEVICE_DESCRIPTION: what a driver tells IoGetDmaAdapter about its device, and what follows from it. Windows DDI,
 * DEVICE_DESCRIPTION; names are the DDI's in camelCase.
 */

/** INTERFACE_TYPE, as much of it as DMA needs. `Undefined` is taken from the physical device object. */
export type InterfaceType = "Undefined" | "Internal" | "Isa" | "Eisa" | "PCIBus";

/** DMA_WIDTH of a system DMA channel. */
export type DmaWidth = "Width8Bits" | "Width16Bits" | "Width32Bits" | "Width64Bits" | "WidthNoWrap";

/** DMA_SPEED of a system DMA channel. */
export type DmaSpeed = "Compatible" | "TypeA" | "TypeB" | "TypeC" | "TypeF";

/** DEVICE_DESCRIPTION. */
export interface DeviceDescription {
  /** 0 or 1: operations of version 1; 2: version 2; 3: version 3. Anything else is refused. */
  readonly version: number;
  /** TRUE: a bus master. FALSE: a subordinate of the system's DMA controller. */
  readonly master: boolean;
  /** A bus master that can take many elements. It is about the device, not about which routines may be called. */
  readonly scatterGather: boolean;
  /** System DMA only. */
  readonly demandMode: boolean;
  /** System DMA only. */
  readonly autoInitialize: boolean;
  /** Versions 0 to 2 only. */
  readonly dma32BitAddresses: boolean;
  /** Versions 0 to 2 only. TRUE makes {@link DeviceDescription.dma32BitAddresses} irrelevant. */
  readonly dma64BitAddresses: boolean;
  /** System DMA only: the counter of the controller is not to be believed. */
  readonly ignoreCount: boolean;
  /** The bus the device is on; nobody reads it. */
  readonly busNumber: number;
  /** System DMA only. */
  readonly dmaChannel: number;
  /** INTERFACE_TYPE of the bus. */
  readonly interfaceType: InterfaceType;
  /** System DMA only. */
  readonly dmaWidth: DmaWidth;
  /** System DMA only. */
  readonly dmaSpeed: DmaSpeed;
  /** The longest transfer in bytes, a ULONG; all that N is made from. Not the PCIe payload (S1-20). */
  readonly maximumLength: number;
  /** Not used since the MicroChannel. */
  readonly dmaPort: number;
  /** Version 3 only: address lines of the device, 1 to 64. */
  readonly dmaAddressWidth: number;
  /** Version 3, system DMA only. */
  readonly dmaControllerInstance: number;
  /** Version 3, system DMA only. */
  readonly dmaRequestLine: number;
  /** Version 3, system DMA only. */
  readonly deviceAddress: number;
}

const ZEROED: DeviceDescription = {
  version: 0,
  master: false,
  scatterGather: false,
  demandMode: false,
  autoInitialize: false,
  dma32BitAddresses: false,
  dma64BitAddresses: false,
  ignoreCount: false,
  busNumber: 0,
  dmaChannel: 0,
  interfaceType: "Internal",
  dmaWidth: "Width8Bits",
  dmaSpeed: "Compatible",
  maximumLength: 0,
  dmaPort: 0,
  dmaAddressWidth: 0,
  dmaControllerInstance: 0,
  dmaRequestLine: 0,
  deviceAddress: 0,
};

/** A description with the given fields; all others are zero, as after RtlZeroMemory. */
export function deviceDescription(fields: Partial<DeviceDescription>): DeviceDescription {
  return { ...ZEROED, ...fields };
}

/** The version of DMA_OPERATIONS that a description asks for; null for a version that nobody knows. */
export function operationsVersion(description: DeviceDescription): 1 | 2 | 3 | null {
  switch (description.version) {
    case 0:
    case 1:
      return 1;
    case 2:
    case 3:
      return description.version;
    default:
      return null;
  }
}

/**
 * How many address lines the device has. Version 3 says it; before, 64 beats 32, a scatter/gather device on PCI counts
 * as 32 even if it does not say so, and neither means 24 (ISA). An undefined bus is PCI here, where everything is.
 */
export function addressWidth(description: DeviceDescription): number {
  if (description.version >= 3) return description.dmaAddressWidth;
  if (description.dma64BitAddresses) return 64;
  const onPci = description.interfaceType === "PCIBus" || description.interfaceType === "Undefined";
  return description.dma32BitAddresses || (description.scatterGather && onPci) ? 32 : 24;
}

/** What is wrong with a description whose version is known; null if nothing is. */
export function descriptionTrouble(description: DeviceDescription): string | null {
  const { dmaAddressWidth, maximumLength, version } = description;
  if (version >= 3 && !(Number.isInteger(dmaAddressWidth) && dmaAddressWidth >= 1 && dmaAddressWidth <= 64)) {
    return `DmaAddressWidth is ${dmaAddressWidth}, expected 1 to 64`;
  }
  if (!(Number.isInteger(maximumLength) && maximumLength >= 0 && maximumLength <= 0xffff_ffff)) {
    return `MaximumLength is ${maximumLength}, expected a ULONG`;
  }
  return null;
}
