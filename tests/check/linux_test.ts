/** Linux' dma trace events as text: the same lifecycles, the same names. */
import { assertEquals } from "@std/assert";
import { checkCallLog, exitStatus } from "../../trace/check/mod.ts";

const DEVICE = "0000:01:00.0";
let stamp = 0;

function line(event: string): string {
  const [name, ...rest] = event.split(" ");
  return `         fio-4242    [001] d..1.  100.${String(stamp++).padStart(6, "0")}: ${name}: ${DEVICE} ${
    rest.join(" ")
  }`;
}

const TO = "dir=DMA_TO_DEVICE";
const FROM = "dir=DMA_FROM_DEVICE";
const MAP = `dma_map_phys ${TO} dma_addr=fffff000 size=4096 phys_addr=12340000 attrs=`;
const UNMAP = `dma_unmap_phys ${TO} addr=0 dma_addr=fffff000 size=4096 attrs=`;
const ALLOC = `dma_alloc dir=DMA_BIDIRECTIONAL dma_addr=80000000 size=8192 virt_addr=ffff9 flags=GFP_KERNEL attrs=`;
const FREE = `dma_free dir=DMA_BIDIRECTIONAL dma_addr=80000000 size=8192 virt_addr=ffff9 attrs=`;
const MAP_SG = `dma_map_sg ${TO} dma_addrs={0x1000,0x5000} sizes={0x1000,0x800} phys_addrs={0x71000,0x75000} attrs=`;

async function namesIn(...events: string[]): Promise<string[]> {
  const { findings, damaged } = await checkCallLog(["# tracer: nop", "#", ...events.map(line)]);
  assertEquals(damaged, []);
  return findings.map(({ severity, rule, line, since }) => `${severity} ${rule} ${line} since ${since}`);
}

Deno.test("maps, allocations and their opposites in pairs are clean", async () => {
  assertEquals(await namesIn(MAP, UNMAP, MAP, UNMAP, ALLOC, FREE, MAP_SG), []);
});

Deno.test("what a trace is advised is said in the words of Linux", async () => {
  const wrongSync = `dma_sync_single_for_cpu dir=DMA_FROM_DEVICE dma_addr=fffff000 size=4096 attrs=`;
  const events = [MAP, UNMAP.replace(TO, FROM), UNMAP, MAP, wrongSync, ALLOC, FREE.replace("8192", "4096"), FREE];
  const { findings } = await checkCallLog(["# tracer: nop", ...events.map(line)]);
  assertEquals(findings.map(({ rule, expected }) => [rule, ...expected]), [
    ["PutDirectionMismatch", "dma_unmap_phys"],
    ["SglDoublePut"],
    ["FlushForCpuOnWrite", "dma_unmap_phys"],
    ["FreeSizeMismatch", "dma_free"],
    ["CommonBufferDoubleFree"],
  ]);
  assertEquals(findings.filter(({ fix }) => /Put|Build|WriteToDevice|Adapter|register/.test(fix)), []);
  assertEquals(findings[0]!.fix, "Unmap with the direction of the mapping.");
});

Deno.test("SglDoublePut: unmapped twice", async () => {
  assertEquals(await namesIn(MAP, UNMAP, UNMAP), ["error SglDoublePut 5 since 4"]);
});

Deno.test("PutUnknown: an unmap without a map is suspected only, because a trace starts somewhere", async () => {
  assertEquals(await namesIn(UNMAP), ["warning PutUnknown 3 since null"]);
});

Deno.test("FreeSizeMismatch, PutDirectionMismatch, FreeWithWrongFunction: another size, direction, function", async () => {
  assertEquals(await namesIn(MAP, UNMAP.replace("size=4096", "size=2048")), ["error FreeSizeMismatch 4 since 3"]);
  assertEquals(await namesIn(MAP, UNMAP.replace(TO, FROM)), ["error PutDirectionMismatch 4 since 3"]);
  const wrong = FREE.replace("80000000", "fffff000");
  assertEquals(await namesIn(MAP, wrong), ["error FreeWithWrongFunction 4 since 3"]);
});

Deno.test("SglElementCountChanged: unmapped with another number of entries", async () => {
  const unmap = `dma_unmap_sg ${TO} phys_addrs={0x71000} attrs=`;
  assertEquals(await namesIn(MAP_SG, unmap), ["error SglElementCountChanged 4 since 3"]);
});

Deno.test("FreeOfFailedMapping: the error value unmapped", async () => {
  const failed = `dma_unmap_phys ${TO} dma_addr=ffffffffffffffff size=4096 attrs=`;
  assertEquals(await namesIn(failed), ["error FreeOfFailedMapping 3 since null"]);
});

const sync = (way: string, over: string): string => `dma_sync_single_for_${way} ${over} size=4096 attrs=`;

Deno.test("FlushForCpuOnWrite and FlushForDeviceOnRead: a sync that does nothing there", async () => {
  assertEquals(await namesIn(MAP, sync("cpu", `${TO} dma_addr=fffff000`), UNMAP), [
    "error FlushForCpuOnWrite 4 since 3",
  ]);
  const read = MAP.replace(TO, FROM);
  const unmap = UNMAP.replace(TO, FROM);
  assertEquals(await namesIn(read, sync("device", `${FROM} dma_addr=fffff000`), unmap), [
    "error FlushForDeviceOnRead 4 since 3",
  ]);
});

Deno.test("FlushDirectionMismatch, FlushPastRegisterFile, FlushUnmappedBuffer: other direction, too long, unmapped", async () => {
  const both = sync("device", "dir=DMA_BIDIRECTIONAL dma_addr=fffff000");
  assertEquals(await namesIn(MAP, both, UNMAP), ["error FlushDirectionMismatch 4 since 3"]);
  const long = sync("device", `${TO} dma_addr=fffff800`);
  assertEquals(await namesIn(MAP, long, UNMAP), ["error FlushPastRegisterFile 4 since 3"]);
  const late = sync("device", `${TO} dma_addr=fffff000`);
  assertEquals(await namesIn(MAP, UNMAP, late), ["error FlushUnmappedBuffer 5 since 4"]);
});

Deno.test("events of other subsystems are read over, what is no event is damaged", async () => {
  const other = "     kworker-17      [000] d..1.   100.000001: sched_switch: prev_comm=fio";
  const report = await checkCallLog(["# tracer: nop", other, line(MAP), "half a line of noise"]);
  assertEquals(report.damaged.map(({ line }) => line), [4]);
  assertEquals(exitStatus(report), 2);
});
