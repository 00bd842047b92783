/**
 * DMA transfer contexts in wrong hands: never initialised, or one for two requests of which the first still waits
 * (S0-8). Reuse one after the other, without initialising again, is what `runRecipe` can leave out.
 *
 * ```text
 * 1 a synchronous Build without a routine holds the channel
 * 2 an asynchronous Build with context B waits for it
 * 3 another asynchronous Build: with B again (shared), or with a context of its own
 * 4 FreeAdapterObject: whoever waits is served, at DISPATCH_LEVEL
 * ```
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import type { Finding } from "../../trace/event.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../hal/dma_operations.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import type { TransferContext } from "../hal/transfer_context.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchOptions } from "./driver_bench.ts";

/** `raw`: nobody initialises. `shared`: one context for two asynchronous requests. `own`: each has its own. */
export type ContextDriver = "raw" | "shared" | "own";

/** Which driver. */
export interface ContextOptions extends BenchOptions {
  /** Which of the three. */
  readonly driver: ContextDriver;
}

/** How it went. */
export interface ContextResult {
  /** What each Build returned, in order. */
  readonly statuses: readonly NtStatus[];
  /** Asynchronous requests that were asked for, and routines that ran. */
  readonly routines: readonly [asked: number, ran: number];
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

const BUFFER_BYTES = 8192;

/**
 * Runs one driver from load to unload.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runContexts(options: ContextOptions): ContextResult {
  const { driver } = options;
  const bench = new DriverBench(options);
  const { mdls, findings, clock, deviceObject } = bench;
  const { operations, dmaAdapter } = bench.getAdapter();
  const { mdl } = bench.allocateBuffer(BUFFER_BYTES);
  mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const statuses: NtStatus[] = [];
  const lists: ScatterGatherList[] = [];
  let ran = 0;

  const build = (dmaTransferContext: TransferContext, synchronous: boolean): void => {
    if (driver !== "raw") operations.initializeDmaTransferContext({ dmaTransferContext });
    const scatterGatherBuffer = bench.createListBuffer(4096);
    const { status } = operations.buildScatterGatherListEx({
      deviceObject,
      dmaTransferContext,
      mdl,
      offset: 0,
      length: BUFFER_BYTES,
      flags: synchronous ? DMA_SYNCHRONOUS_CALLBACK : 0,
      executionRoutine: synchronous ? null : (_device, list) => {
        ran++;
        lists.push(list);
      },
      context: null,
      writeToDevice: true,
      scatterGatherBuffer,
      scatterGatherLength: scatterGatherBuffer.lengthBytes,
      wantScatterGatherList: synchronous,
    });
    statuses.push(status);
    if (synchronous && status === "STATUS_SUCCESS") lists.push(scatterGatherBuffer.list);
  };

  bench.atDispatch(() => {
    build(bench.createContext(), true);
    if (driver !== "raw") {
      const waiting = bench.createContext();
      build(waiting, false);
      build(driver === "shared" ? waiting : bench.createContext(), false);
      operations.freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
    }
    for (const scatterGather of lists) operations.putScatterGatherList({ scatterGather, writeToDevice: true });
  });

  mdls.mmUnlockPages(mdl);
  mdls.ioFreeMdl(mdl);
  dmaAdapter.dmaOperations.putDmaAdapter();
  driverUnload(bench.hal);
  assert(clock.nowNs === 0, "Nothing here takes time");
  const asked = driver === "raw" ? 0 : 2;
  return { statuses, routines: [asked, ran], findings: [...findings.all], simulatedNs: clock.nowNs };
}
