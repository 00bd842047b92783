/** Linux' dma trace events as text: the same lifecycles, the same names of rules. */
import { assertEquals } from "@std/assert";
import { checkCallLog, exitStatus } from "../../trace/check/mod.ts";
import { ALLOC, BOTH, FREE, FROM, MAP, MAP_SG, sync, TO, trace, traceLine, UNMAP, UNMAP_SG } from "./trace.ts";

async function namesIn(...events: string[]): Promise<string[]> {
  const { findings, damaged } = await checkCallLog(trace(...events));
  assertEquals(damaged, []);
  return findings.map(({ severity, rule, line, since }) => `${severity} ${rule} ${line} since ${since}`);
}

const MAP_FROM = MAP.replace(TO, FROM);
const UNMAP_FROM = UNMAP.replace(TO, FROM);

Deno.test("maps, allocations and their opposites in pairs are clean", async () => {
  assertEquals(await namesIn(MAP, UNMAP, MAP, UNMAP, ALLOC, FREE, MAP_SG, UNMAP_SG, MAP_SG), []);
});

Deno.test("the events as kernels before 6.18 and other printing tools write them are the same", async () => {
  const old = (event: string): string => event.replace("_phys", "_page").replace("dir=", "dir=DMA_");
  const sg = MAP_SG.replace("nents=2/2 ents=2/2 ", "").replaceAll(/[{}]/g, "");
  assertEquals(await namesIn(old(MAP), old(UNMAP), sg, UNMAP_SG), []);
  assertEquals(await namesIn(old(MAP), UNMAP, old(UNMAP)), ["error SglDoublePut 5 since 4"]);
});

Deno.test("SglDoublePut: unmapped twice", async () => {
  assertEquals(await namesIn(MAP, UNMAP, UNMAP), ["error SglDoublePut 5 since 4"]);
  assertEquals(await namesIn(MAP_SG, UNMAP_SG, UNMAP_SG), ["error SglDoublePut 5 since 4"]);
});

Deno.test("CommonBufferDoubleFree: freed twice", async () => {
  assertEquals(await namesIn(ALLOC, FREE, FREE), ["error CommonBufferDoubleFree 5 since 4"]);
});

Deno.test("PutUnknown: an unmap without a map is suspected only, because a trace starts somewhere", async () => {
  assertEquals(await namesIn(UNMAP), ["warning PutUnknown 3 since null"]);
  assertEquals(await namesIn(UNMAP_SG), ["warning PutUnknown 3 since null"]);
});

Deno.test("FreeSizeMismatch, PutDirectionMismatch, FreeWithWrongFunction: another size, direction, function", async () => {
  assertEquals(await namesIn(MAP, UNMAP.replace("size=4096", "size=2048")), ["error FreeSizeMismatch 4 since 3"]);
  assertEquals(await namesIn(MAP, UNMAP_FROM), ["error PutDirectionMismatch 4 since 3"]);
  const wrong = FREE.replace("80000000", "fffff000");
  assertEquals(await namesIn(MAP, wrong), ["error FreeWithWrongFunction 4 since 3"]);
});

Deno.test("SglElementCountChanged: unmapped or synced with another number of entries", async () => {
  const one = UNMAP_SG.replace(",0x75000", "");
  assertEquals(await namesIn(MAP_SG, one), ["error SglElementCountChanged 4 since 3"]);
  const synced = `dma_sync_sg_for_device ${TO} dma_addrs={0x1000} sizes={0x1000}`;
  assertEquals(await namesIn(MAP_SG, synced, UNMAP_SG), ["error SglElementCountChanged 4 since 3"]);
});

Deno.test("an IOMMU that merges entries, and a list too long to be printed whole, leave the nents as they are", async () => {
  const merged = "nents=2/2 ents=1/1 dma_addrs={0x1000} sizes={0x1800} phys_addrs={0x71000,0x75000} attrs=";
  const synced = `dma_sync_sg_for_device ${TO} dma_addrs={0x1000,0x0} sizes={0x1800,0x0}`;
  assertEquals(await namesIn(`dma_map_sg ${TO} ${merged}`, synced, UNMAP_SG), []);
  const long = "nents=1/2 ents=1/2 [TRUNCATED] dma_addrs={0x1000} sizes={0x1000} phys_addrs={0x71000} attrs=";
  assertEquals(await namesIn(`dma_map_sg ${TO} ${long}`, UNMAP_SG), []);
});

Deno.test("scatterlists of one length are told apart by their pages, in whatever order they are unmapped", async () => {
  const other = (event: string): string =>
    event.replace(TO, FROM).replace("{0x1000", "{0x9000").replace("{0x71000", "{0x81000");
  assertEquals(await namesIn(MAP_SG, other(MAP_SG), other(UNMAP_SG), UNMAP_SG), []);
});

Deno.test("one page mapped several times, at one address without an IOMMU, is unmapped as often", async () => {
  const half = [MAP, UNMAP].map((event) => event.replace("size=4096", "size=2048"));
  assertEquals(await namesIn(MAP, half[0]!, MAP, UNMAP, UNMAP, half[1]!), []);
  assertEquals(await namesIn(MAP, MAP, UNMAP, UNMAP, UNMAP), ["error SglDoublePut 7 since 6"]);
  const many = (event: string): string[] => Array.from({ length: 1000 }, () => event);
  assertEquals(await namesIn(...many(MAP), ...many(UNMAP)), []);
  assertEquals(await namesIn(...many(MAP), ...many(UNMAP), UNMAP), ["error SglDoublePut 2003 since 2002"]);
});

Deno.test("FreeOfFailedMapping: what failed, unmapped", async () => {
  const failed = UNMAP.replace("fffff000", "ffffffffffffffff");
  assertEquals(await namesIn(failed), ["error FreeOfFailedMapping 3 since null"]);
  assertEquals(await namesIn(MAP.replace("fffff000", "ffffffffffffffff"), failed), [
    "error FreeOfFailedMapping 4 since 3",
  ]);
  const list = `dma_map_sg_err ${TO} dma_addrs={0x71000,0x75000} err=-12 attrs=`;
  assertEquals(await namesIn(list, UNMAP_SG), ["error FreeOfFailedMapping 4 since 3"]);
  assertEquals(await namesIn(list, MAP_SG, UNMAP_SG, UNMAP_SG), ["error SglDoublePut 6 since 5"]);
});

Deno.test("an allocation that failed holds nothing, and NULL may be freed", async () => {
  for (const nothing of ["0000000000000000", "(null)", "(nil)", "0x0"]) {
    const [alloc, free] = [ALLOC, FREE].map((event) =>
      event.replace("80000000", "0").replace("000000009a0cbd2f", nothing)
    );
    assertEquals(await namesIn(alloc!, free!, free!), []);
  }
});

Deno.test("FlushForCpuOnWrite and FlushForDeviceOnRead: a sync for who has nothing to see", async () => {
  assertEquals(await namesIn(MAP, sync("cpu", FROM), UNMAP), ["error FlushForCpuOnWrite 4 since 3"]);
  assertEquals(await namesIn(MAP_FROM, sync("device", TO), UNMAP_FROM), ["error FlushForDeviceOnRead 4 since 3"]);
});

Deno.test("a needless sync that the kernel lets pass is a warning", async () => {
  assertEquals(await namesIn(MAP, sync("cpu", TO), UNMAP), ["warning FlushForCpuOnWrite 4 since 3"]);
  assertEquals(await namesIn(MAP_FROM, sync("device", FROM), UNMAP_FROM), ["warning FlushForDeviceOnRead 4 since 3"]);
  const [map, unmap] = [MAP.replace(TO, BOTH), UNMAP.replace(TO, BOTH)];
  assertEquals(await namesIn(map, sync("device", TO), unmap), ["warning FlushDirectionMismatch 4 since 3"]);
});

Deno.test("FlushDirectionMismatch, FlushPastRegisterFile, FlushUnmappedBuffer: other direction, too long, unmapped", async () => {
  assertEquals(await namesIn(MAP, sync("device", BOTH), UNMAP), ["error FlushDirectionMismatch 4 since 3"]);
  assertEquals(await namesIn(MAP, sync("device", TO, "fffff800"), UNMAP), ["error FlushPastRegisterFile 4 since 3"]);
  assertEquals(await namesIn(MAP, UNMAP, sync("device", TO)), ["error FlushUnmappedBuffer 5 since 4"]);
});

Deno.test("a part of a mapping may be synced", async () => {
  assertEquals(await namesIn(MAP, sync("device", TO, "fffff800", 2048), UNMAP), []);
});

Deno.test("what trace-cmd prints before the first event is read over, and makes a trace known", async () => {
  for (const header of ["CPU 1 is empty", "version = 6", "cpus=8", "CPU:7 [EVENTS DROPPED]"]) {
    const { findings, damaged, summary } = await checkCallLog([header, "cpus=8", ...[MAP, UNMAP].map(traceLine)]);
    assertEquals([findings, damaged, summary.events], [[], [], 2], header);
  }
  const other = "     kworker-17      [000] d..1.   100.000001: sched_switch: prev_comm=fio";
  assertEquals((await checkCallLog([other, traceLine(MAP)])).summary.events, 1);
});

Deno.test("where the kernel lost events, a note says so, and what follows is suspected only", async () => {
  for (const lost of ["CPU:3 [LOST 12 EVENTS]", "CPU:3 [12 EVENTS DROPPED]", "CPU:3 [EVENTS DROPPED]"]) {
    const events = [MAP, UNMAP, UNMAP].map(traceLine);
    const { findings, damaged, notes } = await checkCallLog(["# tracer: nop", ...events.toSpliced(2, 0, lost)]);
    assertEquals(findings.map(({ severity, rule, line }) => [severity, rule, line]), [["warning", "SglDoublePut", 5]]);
    assertEquals([damaged, notes.map(({ line }) => line)], [[], [4]]);
  }
});

Deno.test("events of other subsystems are read over, what is no event is damaged", async () => {
  const other = "     kworker-17      [000] d..1.   100.000001: sched_switch: prev_comm=fio";
  const report = await checkCallLog(["# tracer: nop", other, traceLine(MAP), "half a line of noise"]);
  assertEquals(report.damaged.map(({ line }) => line), [4]);
  assertEquals(exitStatus(report), 2);
});
