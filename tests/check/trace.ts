/** Small Linux traces for tests: events as `trace_pipe` prints them, one line each. */

/** The device of every line. */
export const DEVICE = "0000:01:00.0";
let stamp = 0;

/** The line of an event that is written as its name and its fields. */
export function traceLine(event: string): string {
  const [name, ...fields] = event.split(" ");
  const at = String(stamp++).padStart(6, "0");
  return `         fio-4242    [001] d..1.  100.${at}: ${name}: ${DEVICE} ${fields.join(" ")}`;
}

/** A trace with its header: the first event is in line 3. */
export function trace(...events: string[]): string[] {
  return ["# tracer: nop", "#", ...events.map(traceLine)];
}

/** Directions, as the kernel prints them. */
export const TO = "dir=TO_DEVICE";
export const FROM = "dir=FROM_DEVICE";
export const BOTH = "dir=BIDIRECTIONAL";
/** One page, mapped and unmapped. */
export const MAP: string = `dma_map_phys ${TO} dma_addr=fffff000 size=4096 phys_addr=12340000 attrs=`;
export const UNMAP: string = `dma_unmap_phys ${TO} dma_addr=fffff000 size=4096 attrs=`;
/** Two pages of coherent memory, allocated and freed. */
export const ALLOC: string =
  `dma_alloc ${BOTH} dma_addr=80000000 size=8192 virt_addr=000000009a0cbd2f flags=GFP_KERNEL attrs=`;
export const FREE: string = `dma_free ${BOTH} dma_addr=80000000 size=8192 virt_addr=000000009a0cbd2f attrs=`;
/** A scatterlist of two entries, mapped and unmapped. */
export const MAP_SG: string = `dma_map_sg ${TO} nents=2/2 ents=2/2 dma_addrs={0x1000,0x5000} sizes={0x1000,0x800} ` +
  "phys_addrs={0x71000,0x75000} attrs=";
export const UNMAP_SG: string = `dma_unmap_sg ${TO} phys_addrs={0x71000,0x75000} attrs=`;

/** A sync of the page, or of a part of it. */
export function sync(way: "cpu" | "device", direction: string, address = "fffff000", size = 4096): string {
  return `dma_sync_single_for_${way} ${direction} dma_addr=${address} size=${size}`;
}
