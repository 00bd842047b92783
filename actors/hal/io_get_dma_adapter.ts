/**
 * IoGetDmaAdapter: describes a device, gets an adapter. Windows DDI; S0-14, S1-20, S2-1.
 *
 * 1 the version must be one that exists                 else NULL, `BadDescriptionVersion` (0xE6/0x25)
 * 2 the fields must make sense                          else NULL
 * 3 N by MaximumLength, and at most what the pool has, where transfers take registers
 * 4 the routines of the granted version, and no others
 */
import { Adapter } from "./adapter.ts";
import { addressWidth, descriptionTrouble, operationsVersion } from "./device_description.ts";
import type { DeviceDescription } from "./device_description.ts";
import type { DeviceObject, DmaAdapter } from "./dma_operations.ts";
import type { Hal } from "./hal.ts";
import { grantedMapRegisters } from "./map_registers.ts";
import { operationsOf } from "./operations.ts";

/** What IoGetDmaAdapter returns. */
export interface GrantedAdapter {
  readonly dmaAdapter: DmaAdapter;
  readonly numberOfMapRegisters: number;
}

/** IoGetDmaAdapter. = PASSIVE_LEVEL. Null where Windows returns NULL. */
export function ioGetDmaAdapter(
  hal: Hal,
  physicalDeviceObject: DeviceObject,
  description: DeviceDescription,
): GrantedAdapter | null {
  hal.door.checkIrql("IoGetDmaAdapter", "= PASSIVE_LEVEL", "hal", true);
  const granted = grant(hal, physicalDeviceObject, description);
  if (hal.door.tracing) trace(hal, physicalDeviceObject, description, granted);
  return granted;
}

function grant(hal: Hal, physicalDeviceObject: DeviceObject, description: DeviceDescription): GrantedAdapter | null {
  const version = operationsVersion(description);
  if (version === null) {
    const details = `DEVICE_DESCRIPTION version ${description.version}`;
    hal.door.misuse("BadDescriptionVersion", "IoGetDmaAdapter", physicalDeviceObject.name, details);
    return null;
  }
  if (descriptionTrouble(description) !== null) return null;
  const pool = hal.poolFor(addressWidth(description));
  const wanted = grantedMapRegisters(description, hal.options.personality);
  const adapter = new Adapter(hal, {
    name: `adapter:${hal.adapters.length}`,
    physicalDeviceObject,
    description,
    operationsVersion: version,
    wantedMapRegisters: wanted,
    pool,
  });
  hal.adapters.push(adapter);
  adapter.equip(operationsOf(adapter));
  return { dmaAdapter: adapter, numberOfMapRegisters: adapter.numberOfMapRegisters };
}

function trace(hal: Hal, device: DeviceObject, description: DeviceDescription, granted: GrantedAdapter | null): void {
  const DeviceDescription = Object.fromEntries(
    Object.entries(description).map(([name, value]) => [upperFirst(name), value]),
  );
  const args = { PhysicalDeviceObject: hal.door.pointers.of(device), DeviceDescription };
  if (granted === null) hal.door.record("IoGetDmaAdapter", args, null);
  else {
    const out = { NumberOfMapRegisters: granted.numberOfMapRegisters };
    hal.door.record("IoGetDmaAdapter", args, hal.door.pointers.of(granted.dmaAdapter), out);
  }
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
