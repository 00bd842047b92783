/**
 * The I/O memory management unit: what a device's addresses mean. Off, a logical address is a physical one. On, it is
 * an address of the device's own domain that means something only while it is mapped, and only for the direction it
 * was mapped for.
 *
 * Three things make it a good teacher. A logical address never equals the physical address behind it, so a driver
 * that hands the device a raw physical address faults (S0-31). Scattered pages may become one contiguous range. And
 * an address is reused as late as possible, so that a list kept beyond its Put faults instead of hitting somebody
 * else's memory (S3-11).
 *
 * Protection has page granularity, as in hardware: the rest of a mapped page lies open to the device.
 */
import type { Tracer } from "../../trace/event.ts";
import { assert } from "../assert.ts";
import type { VirtualClock } from "../clock.ts";
import { PAGE_SIZE } from "../units.ts";
import type { Address, Nanoseconds } from "../units.ts";
import { IoPageTable } from "./io_page_table.ts";
import { FOUR_GIB } from "./ram.ts";
import type { RamMap } from "./ram.ts";

/** The device may read (1), write (2) or both (3). */
export type DeviceAccess = 1 | 2 | 3;

/** The device reads host memory: WriteToDevice. */
export const DEVICE_READS = 1;
/** The device writes host memory: ReadFromDevice. */
export const DEVICE_WRITES = 2;
/** Both, as for common buffers. */
export const DEVICE_READS_AND_WRITES = 3;

/** One access that the IOMMU blocked (bug check 0xE6 with parameter 0x26). */
export interface IommuFault {
  /** When it was blocked. */
  readonly atNs: Nanoseconds;
  /** The device that tried. */
  readonly device: string;
  /** The logical address; where an access spans pages, of the first byte that was blocked. */
  readonly address: Address;
  /** Bytes from there to the end of the access. */
  readonly lengthBytes: number;
  /** The device wanted to write. */
  readonly write: boolean;
  /** Nothing is mapped there, or not for this direction. */
  readonly reason: "notMapped" | "notReadable" | "notWritable";
}

// Faults beyond this are counted but not kept.
const FAULTS_KEPT = 1024;
/** Logical addresses of a device with more than 32 address lines: this many bytes above RAM. */
const WINDOW_BYTES = 0x10_0000_0000;
// Messages for interrupts are written here (x86); no mapping may cover it.
const INTERRUPT_WINDOW = 0xfee0_0000;

/** The unit of one machine; it keeps a domain for every device. */
export class Iommu {
  /** False: every logical address is a physical one. */
  readonly on: boolean;
  /** The first faults, in order of time. */
  readonly faults: IommuFault[] = [];
  #faultCount = 0;
  readonly #ram: RamMap;
  readonly #clock: VirtualClock;
  readonly #trace: Tracer;
  readonly #domains = new Map<string, IommuDomain>();

  /** `ram` decides where logical addresses may lie. */
  constructor(on: boolean, ram: RamMap, clock: VirtualClock, trace: Tracer) {
    this.on = on;
    this.#ram = ram;
    this.#clock = clock;
    this.#trace = trace;
  }

  /** How many accesses were blocked. */
  get faultCount(): number {
    return this.#faultCount;
  }

  /** The domain of a device, made at the first call. `addressBits` (1 to 64) are the device's address lines. */
  domain(device: string, addressBits: number): IommuDomain {
    let domain = this.#domains.get(device);
    if (domain === undefined) {
      domain = new IommuDomain(this, device, addressBits, windowFor(this.#ram, addressBits));
      this.#domains.set(device, domain);
    }
    assert(domain.addressBits === addressBits, `Cannot give ${device} ${addressBits} address bits: it has others`);
    return domain;
  }

  /** Records a blocked access. */
  fault(device: string, at: Address, lengthBytes: number, write: boolean, reason: IommuFault["reason"]): void {
    this.#faultCount++;
    const atNs = this.#clock.nowNs;
    if (this.faults.length < FAULTS_KEPT) this.faults.push({ atNs, device, address: at, lengthBytes, write, reason });
    if (this.#trace.on) {
      this.#trace.emit({
        kind: "notice",
        atNs,
        source: `iommu:${device}`,
        name: "IommuFault",
        details: `${write ? "write" : "read"} of ${lengthBytes} bytes at 0x${at.toString(16)}: ${reason}`,
      });
    }
  }
}

/** Logical addresses from `low` up to, not including, `high`. */
export interface AddressWindow {
  /** The first address, page aligned. */
  readonly low: Address;
  /** One past the last, page aligned. */
  readonly high: Address;
}

/** What one device's addresses mean. */
export class IommuDomain {
  /** False: every logical address is a physical one. */
  readonly on: boolean;
  /** The device's name, as in traces and faults. */
  readonly device: string;
  /** The device's address lines. */
  readonly addressBits: number;
  readonly #iommu: Iommu;
  readonly #windowLow: Address;
  readonly #table: IoPageTable;

  /** For {@link Iommu.domain}. */
  constructor(iommu: Iommu, device: string, addressBits: number, window: AddressWindow) {
    this.on = iommu.on;
    this.device = device;
    this.addressBits = addressBits;
    this.#iommu = iommu;
    this.#windowLow = window.low;
    this.#table = new IoPageTable(iommu.on ? (window.high - window.low) / PAGE_SIZE : 0, window.low / PAGE_SIZE);
  }

  /** Pages mapped at present. */
  get mappedPages(): number {
    return this.#table.mappedPages;
  }

  /**
   * Makes `lengthBytes` bytes of the given pages, from `byteOffset` into page `firstPage` on, visible to the device as
   * one contiguous range, and returns its logical address; -1 if the domain has no addresses left.
   * With the IOMMU off the pages must follow each other, and the answer is their physical address.
   */
  map(
    pfns: Uint32Array,
    firstPage: number,
    byteOffset: number,
    lengthBytes: number,
    access: DeviceAccess,
  ): Address | -1 {
    const count = Math.ceil((byteOffset + lengthBytes) / PAGE_SIZE);
    assert(lengthBytes > 0 && firstPage + count <= pfns.length, "Cannot map more bytes than there are pages");
    if (!this.on) {
      for (let page = 1; page < count; page++) {
        assert(pfns[firstPage + page] === pfns[firstPage]! + page, "Cannot make scattered pages contiguous: IOMMU off");
      }
      return pfns[firstPage]! * PAGE_SIZE + byteOffset;
    }
    const at = this.#table.map(pfns, firstPage, count, access);
    return at < 0 ? -1 : this.#windowLow + at * PAGE_SIZE + byteOffset;
  }

  /** The same for one physically contiguous run. */
  mapRun(physicalAddress: Address, lengthBytes: number, access: DeviceAccess): Address | -1 {
    if (!this.on) return physicalAddress;
    const byteOffset = physicalAddress % PAGE_SIZE;
    const count = Math.ceil((byteOffset + lengthBytes) / PAGE_SIZE);
    const at = this.#table.mapRun(Math.floor(physicalAddress / PAGE_SIZE), count, access);
    return at < 0 ? -1 : this.#windowLow + at * PAGE_SIZE + byteOffset;
  }

  /** Takes a mapping back, with the address and length that it was made with. */
  unmap(logicalAddress: Address, lengthBytes: number): void {
    if (!this.on) return;
    const first = Math.floor((logicalAddress - this.#windowLow) / PAGE_SIZE);
    const last = Math.floor((logicalAddress + lengthBytes - 1 - this.#windowLow) / PAGE_SIZE);
    this.#table.unmap(first, last - first + 1);
  }

  /**
   * The physical address of one byte, for an access that stays in its page; -1 and a recorded fault if the device may
   * not. `lengthBytes` is only for the record.
   */
  translate(logicalAddress: Address, lengthBytes: number, write: boolean): Address | -1 {
    if (!this.on) return logicalAddress;
    const entry = this.#table.entry(Math.floor((logicalAddress - this.#windowLow) / PAGE_SIZE));
    if ((entry & (write ? DEVICE_WRITES : DEVICE_READS)) === 0) {
      const reason = entry === 0 ? "notMapped" : write ? "notWritable" : "notReadable";
      this.#iommu.fault(this.device, logicalAddress, lengthBytes, write, reason);
      return -1;
    }
    return (entry >>> 2) * PAGE_SIZE + (logicalAddress & (PAGE_SIZE - 1));
  }

  /** True if the device could do this access now; records nothing. For checkers. */
  allows(logicalAddress: Address, lengthBytes: number, write: boolean): boolean {
    if (!this.on) return true;
    const last = Math.floor((logicalAddress + Math.max(lengthBytes, 1) - 1 - this.#windowLow) / PAGE_SIZE);
    for (let page = Math.floor((logicalAddress - this.#windowLow) / PAGE_SIZE); page <= last; page++) {
      if ((this.#table.entry(page) & (write ? DEVICE_WRITES : DEVICE_READS)) === 0) return false;
    }
    return true;
  }
}

/**
 * Where a device's logical addresses lie. Where its width allows, in a place without RAM, so that a raw physical
 * address never hits a mapping: above RAM, or in the hole below 4 GiB. A narrower device shares numbers with RAM, and
 * only the rule that no page is mapped at its own address remains.
 */
function windowFor(ram: RamMap, addressBits: number): AddressWindow {
  assert(addressBits >= 16 && addressBits <= 64, `Cannot build a domain for ${addressBits} address bits`);
  const reach = 2 ** Math.min(addressBits, 48);
  const above = Math.max(FOUR_GIB, 2 ** Math.ceil(Math.log2(ram.highTop)));
  if (reach >= above + WINDOW_BYTES) return { low: above, high: above + WINDOW_BYTES };
  if (reach >= FOUR_GIB) return { low: ram.lowTop, high: INTERRUPT_WINDOW };
  return { low: Math.min(0x10_0000, reach / 2), high: reach };
}
