/** MapTransferEx and FlushAdapterBuffersEx: version 3 through a Classic grant, a list for each mapping. */
import { assert, assertEquals } from "@std/assert";
import type { MapTransferExParameters } from "../../actors/hal/dma_operations.ts";
import { scatterGatherListBytes } from "../../actors/hal/scatter_gather.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import { allocate } from "./classic_driver.ts";
import { elements, ENGINES, Machine, PACKET_64, pattern, version3, XDMA, XDMA_32 } from "./fixture.ts";
import type { MachineOptions } from "./fixture.ts";

const PAGE = 4096;
const HIGH = { zone: "above4GiB" } as const;

type Change = Partial<MapTransferExParameters>;

/** A grant of `registers` on one adapter, and MapTransferEx with everything filled in that a test does not say. */
function granted(description: Parameters<Machine["adapter"]>[0], registers: number, options: MachineOptions = {}) {
  const machine = new Machine(options);
  const adapter: Adapter = machine.adapter(description);
  const operations = version3(adapter);
  const { base } = allocate(machine, adapter, registers);
  const scatterGatherBuffer = machine.listBuffer(16);
  const map = (change: Change & Pick<MapTransferExParameters, "mdl" | "length">) =>
    operations.mapTransferEx({
      mapRegisterBase: base,
      offset: 0,
      deviceOffset: 0,
      writeToDevice: true,
      scatterGatherBuffer,
      scatterGatherLength: scatterGatherBuffer.lengthBytes,
      dmaCompletionRoutine: null,
      completionContext: null,
      ...change,
    });
  const flush = (mdl: MapTransferExParameters["mdl"], offset: number, length: number, writeToDevice = true) =>
    operations.flushAdapterBuffersEx({ mdl, mapRegisterBase: base, offset, length, writeToDevice }).status;
  return { machine, adapter, base, map, flush };
}

function listOf(result: ReturnType<ReturnType<typeof granted>["map"]>): ScatterGatherList {
  if (result.status !== "STATUS_SUCCESS" || result.scatterGather === null) throw new Error(JSON.stringify(result));
  return result.scatterGather;
}

for (const engine of ENGINES) {
  Deno.test(`a chain is mapped as far as registers go, flushed, and continued where it stopped (${engine})`, () => {
    const { machine, map, flush } = granted(XDMA_32, 3, { engine });
    const mdl = machine.chain({ lengthBytes: 5000, byteOffset: 100 }, { lengthBytes: 9000, byteOffset: 4000 });
    const lengths: number[] = [];
    for (let offset = 0; offset < 14_000;) {
      const result = map({ mdl, offset, length: 14_000 - offset });
      assert(result.status === "STATUS_SUCCESS");
      const list = listOf(result);
      assertEquals(elements(list).reduce((sum, [, length]) => sum + length, 0), result.length);
      assertEquals(flush(mdl, offset, result.length), "STATUS_SUCCESS");
      lengths.push(result.length);
      offset += result.length;
    }
    // 3996 + 1004 of the first MDL, 96 of the second; then two pages and the rest.
    assertEquals(lengths, [3996 + 1004 + 96, 2 * PAGE + 712]);
    assertEquals(machine.rules, []);
  });
}

Deno.test("a list buffer that is small cuts the mapping, not the other way round", () => {
  const { machine, map } = granted(XDMA, 8, { memory: { layout: "fragmented" } });
  const mdl = machine.buffer(8 * PAGE);
  const result = map({ mdl, length: 8 * PAGE, scatterGatherLength: scatterGatherListBytes(2) });
  assert(result.status === "STATUS_SUCCESS" && result.length < 8 * PAGE);
  assertEquals(listOf(result).numberOfElements, 2);
});

Deno.test("a device without scatter/gather gets one element over a scattered chain", () => {
  const { machine, adapter, map, flush } = granted(PACKET_64, 8, { memory: { layout: "fragmented" } });
  const mdl = machine.chain({ lengthBytes: 5000, byteOffset: 100 }, { lengthBytes: 9000, byteOffset: 4000 });
  const result = map({ mdl, offset: 10, length: 13_000, writeToDevice: false });
  const list = listOf(result);
  assertEquals([list.numberOfElements, list.lengths[0]], [1, 13_000]);
  machine.deviceWrite(list, pattern(13_000));
  assertEquals(flush(mdl, 10, 13_000, false), "STATUS_SUCCESS");
  assertEquals(machine.cpuRead(mdl).slice(10), pattern(13_000).slice(0, 4990));
  assertEquals(machine.cpuRead(mdl.next!).slice(0, 8010), pattern(13_000).slice(4990));
  assertEquals(adapter.counters.bytesBounced, 13_000);
});

Deno.test("version 3 looks after the cache by itself, in both directions, bounced pages or not", () => {
  const { machine, map, flush } = granted(XDMA_32, 4, { memory: { coherent: false } });
  // One page in reach, one beyond: each way of a page in one transfer.
  const low = machine.buffer(PAGE, { zone: "below4GiB" });
  low.next = machine.buffer(PAGE, HIGH);
  const out = pattern(2 * PAGE, 5);
  machine.cpuWrite(low, out.slice(0, PAGE));
  machine.cpuWrite(low.next, out.slice(PAGE));
  assertEquals(machine.deviceRead(listOf(map({ mdl: low, length: 2 * PAGE }))), out);
  flush(low, 0, 2 * PAGE);
  const back = pattern(2 * PAGE, 9);
  machine.deviceWrite(listOf(map({ mdl: low, length: 2 * PAGE, writeToDevice: false })), back);
  flush(low, 0, 2 * PAGE, false);
  assertEquals([...machine.cpuRead(low), ...machine.cpuRead(low.next)], [...back]);
  assertEquals(machine.rules, []);
});

Deno.test("a second MapTransferEx without flush is MissingFlush and maps nothing", () => {
  const { machine, map, flush } = granted(XDMA_32, 4);
  const mdl = machine.buffer(2 * PAGE, HIGH);
  listOf(map({ mdl, length: PAGE }));
  assertEquals(map({ mdl, offset: PAGE, length: PAGE }).status, "STATUS_INVALID_PARAMETER");
  assertEquals(machine.rules, ["MissingFlush"]);
  flush(mdl, 0, PAGE);
  listOf(map({ mdl, offset: PAGE, length: PAGE }));
  assertEquals(machine.rules.length, 1);
});

Deno.test("the list ends with its flush; flushing under a running device is named", () => {
  const { machine, map, flush } = granted(XDMA_32, 4);
  const mdl = machine.buffer(PAGE, HIGH);
  const list = listOf(map({ mdl, length: PAGE }));
  list.life.send({ type: "DOORBELL" });
  flush(mdl, 0, PAGE);
  list.life.send({ type: "READ" });
  assertEquals(machine.rules, ["PutWhileDeviceActive", "SglReadAfterPut"]);
});

Deno.test("logical addresses of a mapping mean nothing after the flush", () => {
  const { machine, map, flush, adapter } = granted(XDMA, 4, { memory: { iommu: true } });
  const mdl = machine.buffer(2 * PAGE);
  const list = listOf(map({ mdl, length: 2 * PAGE }));
  const [[address]] = elements(list) as [[number, number]];
  assert(address !== mdl.pfns[0]! * PAGE);
  machine.deviceRead(list);
  flush(mdl, 0, 2 * PAGE);
  assertEquals(adapter.domain.mappedPages, 0);
  assert(machine.memory.port("xdma0").read(address, new Uint8Array(4), 0, 4) !== 0);
});

Deno.test("what a bus master must and must not pass is checked", () => {
  const { machine, map } = granted(XDMA_32, 4);
  const mdl = machine.buffer(PAGE, HIGH);
  const status = (change: Change) => map({ mdl, length: PAGE, ...change }).status;
  assertEquals(status({ scatterGatherBuffer: null }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ deviceOffset: 4 }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ dmaCompletionRoutine: () => {} }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ scatterGatherLength: scatterGatherListBytes(1) - 1 }), "STATUS_INVALID_PARAMETER");
  assertEquals(machine.rules, []);
  assertEquals(status({ length: 0 }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ offset: PAGE }), "STATUS_INVALID_PARAMETER");
  assertEquals(status({ length: PAGE + 1 }), "STATUS_INVALID_PARAMETER");
  assertEquals(machine.rules, ["ZeroLengthMap", "VaOutsideMdl", "MdlShorterThanLength"]);
  assertEquals(status({ scatterGatherBuffer: machine.listBuffer(4, "paged") }), "STATUS_SUCCESS");
  assertEquals(machine.rules.slice(3), ["PagedSglBuffer"]);
});

Deno.test("without a system DMA controller a subordinate device cannot be mapped by MapTransferEx", () => {
  const { machine, map } = granted({ ...XDMA, master: false, dmaAddressWidth: 24 }, 1);
  const result = map({ mdl: machine.buffer(PAGE), length: PAGE });
  assert(result.status === "STATUS_NOT_SUPPORTED" && result.why!.includes("system DMA"));
});
