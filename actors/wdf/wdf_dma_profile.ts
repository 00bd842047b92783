/** WDF_DMA_PROFILE and WDF_DMA_DIRECTION: what a device can do, which way bytes go. Windows DDI, wdfdmaenabler.h. */

/** WDF_DMA_PROFILE, by name. */
export type WdfDmaProfile =
  | "WdfDmaProfilePacket"
  | "WdfDmaProfileScatterGather"
  | "WdfDmaProfilePacket64"
  | "WdfDmaProfileScatterGather64"
  | "WdfDmaProfileScatterGatherDuplex"
  | "WdfDmaProfileScatterGather64Duplex"
  | "WdfDmaProfileSystem"
  | "WdfDmaProfileSystemDuplex";

/** The values of WDF_DMA_PROFILE. */
export const WDF_DMA_PROFILE: Readonly<Record<WdfDmaProfile, number>> = {
  WdfDmaProfilePacket: 1,
  WdfDmaProfileScatterGather: 2,
  WdfDmaProfilePacket64: 3,
  WdfDmaProfileScatterGather64: 4,
  WdfDmaProfileScatterGatherDuplex: 5,
  WdfDmaProfileScatterGather64Duplex: 6,
  WdfDmaProfileSystem: 7,
  WdfDmaProfileSystemDuplex: 8,
};

/** WDF_DMA_DIRECTION, by name: towards memory or towards the device. */
export type WdfDmaDirection = "WdfDmaDirectionReadFromDevice" | "WdfDmaDirectionWriteToDevice";

/** The values of WDF_DMA_DIRECTION; as a BOOLEAN they are the HAL's WriteToDevice. */
export const WDF_DMA_DIRECTION: Readonly<Record<WdfDmaDirection, 0 | 1>> = {
  WdfDmaDirectionReadFromDevice: 0,
  WdfDmaDirectionWriteToDevice: 1,
};

/** What a profile says of its device. */
export interface ProfileTraits {
  /** A bus master; false: served by the system's DMA controller. */
  readonly busMaster: boolean;
  /** The device takes many elements a transfer. */
  readonly scatterGather: boolean;
  /** It has 64 address lines instead of 32. */
  readonly dma64BitAddresses: boolean;
  /** Both directions at one time, with an adapter each. */
  readonly duplex: boolean;
}

const SYSTEM = { busMaster: false, scatterGather: false, dma64BitAddresses: false } as const;

/** The traits of each profile. */
export const PROFILE_TRAITS: Readonly<Record<WdfDmaProfile, ProfileTraits>> = {
  WdfDmaProfilePacket: { busMaster: true, scatterGather: false, dma64BitAddresses: false, duplex: false },
  WdfDmaProfileScatterGather: { busMaster: true, scatterGather: true, dma64BitAddresses: false, duplex: false },
  WdfDmaProfilePacket64: { busMaster: true, scatterGather: false, dma64BitAddresses: true, duplex: false },
  WdfDmaProfileScatterGather64: { busMaster: true, scatterGather: true, dma64BitAddresses: true, duplex: false },
  WdfDmaProfileScatterGatherDuplex: { busMaster: true, scatterGather: true, dma64BitAddresses: false, duplex: true },
  WdfDmaProfileScatterGather64Duplex: { busMaster: true, scatterGather: true, dma64BitAddresses: true, duplex: true },
  WdfDmaProfileSystem: { ...SYSTEM, duplex: false },
  WdfDmaProfileSystemDuplex: { ...SYSTEM, duplex: true },
};
