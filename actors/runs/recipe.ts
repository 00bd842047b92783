/**
 * The recipe of seed 000 for one transfer after the other, with any of its steps left out, from IoGetDmaAdapter to the
 * end of the driver.
 *
 * ```text
 * 1 InitializeDmaTransferContext
 * 2 BuildScatterGatherListEx        synchronous, without a routine
 * 3 descriptors from the list
 * 4 FreeAdapterObject               DeallocateObjectKeepRegisters: the channel is free again
 * 5 doorbell, and wait for the engine
 * 6 PutScatterGatherList
 * ```
 * S0-2 … S0-8, S0-16. What a left-out step leads to is told by findings; with `strict` by the bug check.
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import type { Finding } from "../../trace/event.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../hal/dma_operations.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import type { ListBuffer } from "../hal/list_buffer.ts";
import type { ScatterGatherList } from "../hal/scatter_gather.ts";
import { DriverBench } from "./driver_bench.ts";
import type { BenchOptions } from "./driver_bench.ts";
import { patternBytes, sameBytes } from "./pattern.ts";

/** A step that a driver can forget. */
export type RecipeStep = "InitializeDmaTransferContext" | "FreeAdapterObject" | "PutScatterGatherList";

/** Which driver, and for how many transfers. */
export interface RecipeOptions extends BenchOptions {
  /** What it forgets, from the second transfer on if it is the context's initialisation. Default nothing. */
  readonly leaveOut?: readonly RecipeStep[];
  /**
   * `call` (default): ExecutionRoutine NULL, the list comes back from the call. `routine`: it comes to a routine before
   * the call returns, the channel is released by itself, and FreeAdapterObject is not called (S0-1, S0-4).
   */
  readonly form?: "call" | "routine";
  /** Transfers, host to card. Default 1. */
  readonly transferCount?: number;
  /** Bytes of each. Default 8192. */
  readonly transferBytes?: number;
}

/** How it went. */
export interface RecipeResult {
  /** What every Build returned. */
  readonly statuses: readonly NtStatus[];
  /** Every byte that was sent is in the card's memory. */
  readonly intact: boolean;
  /** Lists built and never put. */
  readonly listsLeft: number;
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time from the first call to the last. */
  readonly simulatedNs: number;
}

/**
 * Runs one driver from load to unload.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runRecipe(options: RecipeOptions = {}): RecipeResult {
  const { leaveOut = [], form = "call", transferCount = 1, transferBytes = 8192 } = options;
  const does = (step: RecipeStep): boolean => !leaveOut.includes(step);
  const bench = new DriverBench(options);
  const { mdls, memory, card, findings, clock, deviceObject } = bench;

  // Load: an adapter, a common buffer for descriptors, a context, and a list buffer a transfer.
  const { dmaAdapter, operations } = bench.getAdapter();
  const descriptors = operations.allocateCommonBuffer({ length: bench.descriptorBytes, cacheEnabled: true });
  assert(descriptors !== null, "No common buffer for descriptors");
  const channel = bench.openChannel("h2c", descriptors);
  const dmaTransferContext = bench.createContext();
  const { region, mdl } = bench.allocateBuffer(transferBytes, { byteOffset: 0x200 });
  mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const sent = patternBytes(transferBytes);
  memory.space.write(region.va, sent, 0, transferBytes);

  const statuses: NtStatus[] = [];
  const describe = (list: ScatterGatherList, buffer: ListBuffer, transfer: number): void => {
    list.life.send({ type: "READ" });
    channel.prepare(0, list, transfer * transferBytes);
    bench.tell("descriptors-written", { channel: channel.name, sgl: `0x${buffer.va.toString(16)}` });
  };
  for (let transfer = 0; transfer < transferCount; transfer++) {
    const buffer = bench.createListBuffer(4096);
    bench.atDispatch(() => {
      // 1
      if (transfer === 0 || does("InitializeDmaTransferContext")) {
        operations.initializeDmaTransferContext({ dmaTransferContext });
      }
      // 2, 3
      const built = operations.buildScatterGatherListEx({
        deviceObject,
        dmaTransferContext,
        mdl,
        offset: 0,
        length: transferBytes,
        flags: DMA_SYNCHRONOUS_CALLBACK,
        executionRoutine: form === "routine" ? (_device, list) => describe(list, buffer, transfer) : null,
        context: null,
        writeToDevice: true,
        scatterGatherBuffer: buffer,
        scatterGatherLength: buffer.lengthBytes,
        wantScatterGatherList: true,
      });
      statuses.push(built.status);
      if (built.status !== "STATUS_SUCCESS") return;
      const { list } = buffer;
      if (form === "call") describe(list, buffer, transfer);
      // 4
      if (form === "call" && does("FreeAdapterObject")) {
        operations.freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
      }
      // 5
      list.life.send({ type: "DOORBELL" });
      channel.start(0);
      clock.run();
      assert(channel.service() === "completed", "The engine does what its descriptors say");
      list.life.send({ type: "DEVICE_DONE" });
      // 6
      if (does("PutScatterGatherList")) {
        operations.putScatterGatherList({ scatterGather: list, writeToDevice: true });
      }
    });
  }
  const intact = statuses.every((status, transfer) =>
    status === "STATUS_SUCCESS" &&
    sameBytes(card.cardMemory.read(transfer * transferBytes, transferBytes), sent)
  );

  // Unload.
  const { listsOutstanding: listsLeft } = bench.hal.adapters[0]!.counters;
  operations.freeCommonBuffer(descriptors);
  dmaAdapter.dmaOperations.putDmaAdapter();
  mdls.mmUnlockPages(mdl);
  mdls.ioFreeMdl(mdl);
  driverUnload(bench.hal);
  return { statuses, intact, listsLeft, findings: [...findings.all], simulatedNs: clock.nowNs };
}
