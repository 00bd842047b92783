/**
 * The config block (PG195, "Config Block Registers"): what the card is, read by drivers that adapt to it.
 */
import type { XdmaConfiguration } from "./options.ts";
import { sizeCode } from "./link.ts";
import { CONFIG, identifier, TARGET_CONFIG } from "./registers.ts";

// "No limit of its own" for the AXI user sizes: 4096 bytes.
const USER_SIZE_RESET = 5;

/** The config block. */
export class ConfigBlock {
  readonly #configuration: XdmaConfiguration;
  #relaxedOrdering = 1;
  #userMaxPayload = USER_SIZE_RESET;
  #userMaxReadRequest = USER_SIZE_RESET;
  #writeFlushTimeout = 0;

  constructor(configuration: XdmaConfiguration) {
    this.#configuration = configuration;
  }

  /** Reset values. */
  reset(): void {
    this.#relaxedOrdering = 1;
    this.#userMaxPayload = USER_SIZE_RESET;
    this.#userMaxReadRequest = USER_SIZE_RESET;
    this.#writeFlushTimeout = 0;
  }

  /** How long a C2H stream may be silent before its descriptor is closed: 2^value AXI clocks; 0: for ever. */
  get flushTimeoutNs(): number {
    if (this.#writeFlushTimeout === 0) return 0;
    return Math.ceil(2 ** this.#writeFlushTimeout * 1000 / this.#configuration.link.axiClockMhz);
  }

  /** `offset` is one that the table of the config block lists. */
  read(offset: number): number {
    const { link, interruptMode, systemId, busDeviceFunction } = this.#configuration;
    switch (offset) {
      case CONFIG.identifier:
        return identifier(TARGET_CONFIG, 0, false);
      case CONFIG.busDevice:
        return busDeviceFunction;
      case CONFIG.maxPayload:
        return sizeCode(link.maxPayloadBytes);
      case CONFIG.maxReadRequest:
        return sizeCode(link.maxReadRequestBytes);
      case CONFIG.systemId:
        return systemId;
      case CONFIG.msiEnable:
        return interruptMode === "msi" ? 1 : interruptMode === "msix" ? 2 : 0;
      case CONFIG.dataWidth:
        return Math.log2(link.datapathBytes) - 3;
      case CONFIG.pcieControl:
        return this.#relaxedOrdering;
      case CONFIG.userMaxPayload:
        return userSize(this.#userMaxPayload, link.maxPayloadBytes);
      case CONFIG.userMaxReadRequest:
        return userSize(this.#userMaxReadRequest, link.maxReadRequestBytes);
      case CONFIG.writeFlushTimeout:
        return this.#writeFlushTimeout;
      default:
        return 0;
    }
  }

  /** `offset` is one that the table of the config block lists as writable. */
  write(offset: number, value: number): void {
    switch (offset) {
      case CONFIG.pcieControl:
        this.#relaxedOrdering = value & 1;
        break;
      case CONFIG.userMaxPayload:
        this.#userMaxPayload = (value >>> 4) & 7;
        break;
      case CONFIG.userMaxReadRequest:
        this.#userMaxReadRequest = (value >>> 4) & 7;
        break;
      case CONFIG.writeFlushTimeout:
        this.#writeFlushTimeout = value & 0x1f;
        break;
    }
  }
}

/** 6:4 what software programmed, 2:0 what takes effect. The split is not verified; the link does not depend on it. */
function userSize(programmed: number, linkBytes: number): number {
  return (programmed << 4) | Math.min(programmed, sizeCode(linkBytes));
}
