/**
 * What the HAL costs: the four calls of a one-page transfer, with nobody watching. Run with
 * `deno bench tests/bench/hal_bench.ts`.
 */
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import { Machine, version3, XDMA } from "../hal/fixture.ts";
import type { Engine } from "../hal/fixture.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { HostMemoryOptions } from "../../sim/memory/mod.ts";

const TRANSFERS = 1000;

/** A function that does so many transfers at DISPATCH_LEVEL. */
function transfers(engine: Engine, pages: number, memory: HostMemoryOptions = {}): () => void {
  const machine = new Machine({ engine, memory });
  const adapter = machine.adapter(XDMA);
  const operations = version3(adapter);
  const mdl = machine.buffer(pages * 4096);
  const dmaTransferContext = machine.context();
  const scatterGatherBuffer = machine.listBuffer(pages + 1);
  const one = (): void => {
    operations.initializeDmaTransferContext({ dmaTransferContext });
    const built = operations.buildScatterGatherListEx({
      deviceObject: adapter.physicalDeviceObject,
      dmaTransferContext,
      mdl,
      offset: 0,
      length: mdl.byteCount,
      flags: DMA_SYNCHRONOUS_CALLBACK,
      executionRoutine: null,
      context: null,
      writeToDevice: true,
      scatterGatherBuffer,
      scatterGatherLength: scatterGatherBuffer.lengthBytes,
      wantScatterGatherList: true,
    });
    if (built.status !== "STATUS_SUCCESS") throw new Error(built.status);
    operations.freeAdapterObject({ allocationAction: "DeallocateObjectKeepRegisters" });
    operations.putScatterGatherList({ scatterGather: built.scatterGatherList!, writeToDevice: true });
  };
  return () => {
    machine.irql.run(DISPATCH_LEVEL, 0, (count) => {
      for (let number = 0; number < count; number++) one();
    }, TRANSFERS);
  };
}

Deno.bench(`${TRANSFERS} recipes of one page, table`, { group: "page", baseline: true }, transfers("table", 1));
Deno.bench(`${TRANSFERS} recipes of one page, chart`, { group: "page" }, transfers("chart", 1));
Deno.bench(`${TRANSFERS} recipes of one page, table, IOMMU`, { group: "page" }, transfers("table", 1, { iommu: true }));
Deno.bench(`${TRANSFERS} recipes of 256 pages, table`, { group: "MiB" }, transfers("table", 256));
