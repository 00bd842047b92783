/**
 * The ports between a driver and its card. Everything outside the driver stands behind one of these, so that the same
 * driver can later drive real hardware and the same card can be offered to real drivers.
 *
 * - The driver reaches the card **only** through {@link Card.read32} and {@link Card.write32}.
 * - The card reaches the host **only** through its {@link HostMemoryPort} (bus addresses, which may fault) and its
 *   {@link InterruptLines}.
 */
import type { Tracer } from "../trace/event.ts";
import type { VirtualClock } from "./clock.ts";
import type { Address } from "./units.ts";

/**
 * How one access to host memory over the bus ended. The codes are the completion statuses of PCI Express:
 * 0 successful; 1 unsupported request (nobody answers at that address, or an IOMMU blocked it); 2 completer abort;
 * 3 parity error; 4 poisoned data; 5 unexpected completion. A small integer because it is on the hot path.
 */
export type BusStatus = 0 | 1 | 2 | 3 | 4 | 5;

/** The access succeeded. */
export const BUS_OK = 0;
/** Unsupported request: nobody answers at that address, or the IOMMU blocked it. */
export const BUS_UNSUPPORTED_REQUEST = 1;
/** Completer abort. */
export const BUS_COMPLETER_ABORT = 2;
/** Parity error on the data. */
export const BUS_PARITY = 3;
/** The completion's header was poisoned. */
export const BUS_POISONED = 4;
/** A completion arrived that nobody asked for. */
export const BUS_UNEXPECTED_COMPLETION = 5;

/** Host memory as a bus master sees it: by bus (logical) address, through an IOMMU if there is one. */
export interface HostMemoryPort {
  /**
   * Reads `lengthBytes` at `busAddress` into `target` from `targetOffset`. Non-posted: the status comes back to the
   * card. On a fault nothing is promised about `target`.
   */
  read(busAddress: Address, target: Uint8Array, targetOffset: number, lengthBytes: number): BusStatus;
  /**
   * Writes `lengthBytes` from `source` at `busAddress`. Posted on PCI Express: hardware never learns of a fault. The
   * status is returned so that the model of the host can name it; a card must not act on it.
   */
  write(busAddress: Address, source: Uint8Array, sourceOffset: number, lengthBytes: number): BusStatus;
}

/** Where a card's interrupts go. */
export interface InterruptLines {
  /** One message (MSI or MSI-X) with this vector number. */
  message(vector: number): void;
  /** The level of the legacy INTx pin (1 = INTA … 4 = INTD). */
  level(pin: number, asserted: boolean): void;
}

/** What a card gets when it is put into a slot. */
export interface Slot {
  /** Virtual time. */
  readonly clock: VirtualClock;
  /** Host memory, by bus address. */
  readonly memory: HostMemoryPort;
  /** Where interrupts go. */
  readonly interrupts: InterruptLines;
  /** Where events go. */
  readonly trace: Tracer;
}

/** One base address register. */
export interface Bar {
  /** BAR number as PCI configuration space counts it. */
  readonly index: number;
  /** What lies behind it, in the vendor's word ("config", "user", "bypass"). */
  readonly purpose: string;
  /** Bytes, a power of two. */
  readonly sizeBytes: number;
}

/** What PCI enumeration finds. */
export interface CardIdentity {
  /** PCI vendor. */
  readonly vendorId: number;
  /** PCI device. */
  readonly deviceId: number;
  /** PCI class code: base class, subclass, interface. */
  readonly classCode: number;
  /** Base address registers. */
  readonly bars: readonly Bar[];
  /** Legacy interrupt pin: 1 = INTA; 0 = none. */
  readonly interruptPin: number;
  /** Entries of the MSI-X table; 0: none. */
  readonly msixTableSize: number;
}

/** One register, as a viewer or a test wants to list it. */
export interface RegisterDescription {
  /** Number of its BAR. */
  readonly bar: number;
  /** Bytes from the start of the BAR. */
  readonly offset: number;
  /** As its data sheet has it. */
  readonly name: string;
  /** How it reads and writes: RC clears on read, W1S and W1C set and clear the bits written as 1. */
  readonly access: "RO" | "RW" | "RW1C" | "RC" | "W1S" | "W1C" | "WO";
  /** Its value after reset. */
  readonly reset: number;
}

/** What a card says of itself. */
export interface CardDescription {
  /** What it is called. */
  readonly name: string;
  /** What enumeration finds. */
  readonly identity: CardIdentity;
  /** Every register. */
  readonly registers: readonly RegisterDescription[];
}

/** How deep a reset goes: the whole function, or everything incl. card memory. */
export type ResetKind = "function" | "power";

/** A PCI Express card with bus-master DMA. XDMA is the first; a teaching card in `examples/` keeps this honest. */
export interface Card {
  /** Puts the card into a slot. Called once, before anything else. */
  plug(slot: Slot): void;
  /** What enumeration finds. */
  probe(): CardIdentity;
  /** A 32-bit load from a BAR. `offset` is a multiple of 4. Returns an unsigned number. */
  read32(bar: number, offset: number): number;
  /** A 32-bit store to a BAR. */
  write32(bar: number, offset: number, value: number): void;
  /** Back to reset values; running engines stop without a word to anybody. */
  reset(kind: ResetKind): void;
  /** For viewers and tests. */
  describe(): CardDescription;
}
