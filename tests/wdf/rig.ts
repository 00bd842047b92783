/** A device under the framework, on the machine of the HAL's tests, with a driver's habits. For the tests of WDF. */
import {
  wdfDeviceCreate,
  wdfDmaEnablerConfigInit,
  wdfDmaEnablerCreate,
  wdfDmaTransactionCreate,
  wdfDmaTransactionExecute,
  wdfDmaTransactionInitializeUsingOffset,
} from "../../actors/wdf/mod.ts";
import type {
  EvtProgramDma,
  WdfDevice,
  WdfDeviceOptions,
  WdfDmaDirection,
  WdfDmaEnabler,
  WdfDmaEnablerConfig,
  WdfDmaProfile,
  WdfDmaTransaction,
} from "../../actors/wdf/mod.ts";
import type { Result } from "../../actors/hal/dma_operations.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import type { Mdl } from "../../sim/memory/mod.ts";
import { Machine } from "../hal/fixture.ts";
import type { MachineOptions } from "../hal/fixture.ts";

/** Towards memory. */
export const READ: WdfDmaDirection = "WdfDmaDirectionReadFromDevice";
/** Towards the device. */
export const WRITE: WdfDmaDirection = "WdfDmaDirectionWriteToDevice";

/** What a test says of its device and enabler. */
export interface RigOptions extends MachineOptions {
  readonly profile?: WdfDmaProfile;
  readonly maximumLength?: number;
  readonly config?: Partial<WdfDmaEnablerConfig>;
  readonly device?: Partial<WdfDeviceOptions>;
}

/** One EvtProgramDma. */
export interface Programmed {
  readonly list: ScatterGatherList;
  readonly lengthBytes: number;
  readonly irql: string;
  readonly context: unknown;
}

/** A machine with one enabler. */
export class Rig extends Machine {
  readonly device: WdfDevice;
  readonly enabler: WdfDmaEnabler;
  /** What EvtProgramDma was called with, oldest first. */
  readonly programmed: Programmed[] = [];

  constructor(options: RigOptions = {}) {
    super(options);
    this.device = wdfDeviceCreate(this.hal, { name: "xdma0", ...options.device });
    this.enabler = this.createEnabler(options);
  }

  createEnabler(options: RigOptions = {}): WdfDmaEnabler {
    const { profile = "WdfDmaProfileScatterGather64", maximumLength = 0x10_0000, config = {} } = options;
    const result = wdfDmaEnablerCreate(this.device, { ...wdfDmaEnablerConfigInit(profile, maximumLength), ...config });
    if (result.status !== "STATUS_SUCCESS") throw new Error(`no enabler: ${JSON.stringify(result)}`);
    return result.dmaEnabler;
  }

  transaction(enabler: WdfDmaEnabler = this.enabler): WdfDmaTransaction {
    const result = wdfDmaTransactionCreate(enabler);
    if (result.status !== "STATUS_SUCCESS") throw new Error(`no transaction: ${JSON.stringify(result)}`);
    return result.dmaTransaction;
  }

  /** An EvtProgramDma that notes what it gets and starts the device, which is what `run` stands for. */
  program(run: (list: ScatterGatherList) => void = () => {}): EvtProgramDma {
    return (_transaction, _device, context, _direction, list) => {
      const lengthBytes = list.lengths.subarray(0, list.numberOfElements).reduce((sum, length) => sum + length, 0);
      this.programmed.push({ list, lengthBytes, irql: this.irql.name, context });
      list.life.send({ type: "DOORBELL" });
      run(list);
      return true;
    };
  }

  initialize(
    transaction: WdfDmaTransaction,
    mdl: Mdl,
    wish: {
      readonly direction?: WdfDmaDirection;
      readonly offset?: number;
      readonly length?: number;
      readonly run?: (list: ScatterGatherList) => void;
    } = {},
  ): Result {
    const { direction = WRITE, offset = 0, length = mdl.byteCount - offset, run } = wish;
    return wdfDmaTransactionInitializeUsingOffset(transaction, {
      evtProgramDmaFunction: this.program(run),
      dmaDirection: direction,
      mdl,
      offset,
      length,
    });
  }

  /** Initialises and executes; both must succeed. */
  start(transaction: WdfDmaTransaction, mdl: Mdl, wish: Parameters<Rig["initialize"]>[2] = {}): void {
    for (const step of [() => this.initialize(transaction, mdl, wish), () => wdfDmaTransactionExecute(transaction)]) {
      const result = step();
      if (result.status !== "STATUS_SUCCESS") throw new Error(JSON.stringify(result));
    }
  }

  /** The device says that it is done with the newest list. */
  deviceDone(): void {
    this.programmed.at(-1)?.list.life.send({ type: "DEVICE_DONE" });
  }
}
