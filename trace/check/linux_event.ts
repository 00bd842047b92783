/**
 * One line of a Linux trace: the `dma` events as `trace_pipe` and `trace-cmd report` print them. Source:
 * torvalds/linux, include/trace/events/dma.h.
 */

// Every repetition has a limit: a line of a megabyte must not make the search go over it again and again.
const EVENT = /\s(dma_[a-z_]{1,64}):\s{1,64}(\S{1,256})\s{1,64}(.*)$/;
/** `task-pid [cpu] flags time: event:`, of any subsystem. */
const ANY_EVENT = /^.{0,64}?\[\d{1,4}\]\s{1,16}(?:\S{1,16}\s{1,16})?\d{1,12}\.\d{1,12}:\s{1,64}\w{1,64}:/;
/** What `trace_pipe` and `trace-cmd report` print before the first event. */
const HEADER = /^(?:# tracer:|version = \d|cpus=\d|CPU \d{1,5} is empty)/;
/** The ring buffer was full: `CPU:3 [LOST 12 EVENTS]`, `CPU:3 [12 EVENTS DROPPED]`. */
const LOST = /^CPU:\d{1,5} \[[ A-Z0-9]{1,40}\]$/;
const PHYSICAL = /\bphys_addrs=\{?([^}=\s]*)\}?/;
const ADDRESSES = /\bdma_addrs=\{?([^}=\s]*)\}?/;
const SIZES = /\bsizes=\{?([^}=\s]*)\}?/;

/** One `dma` event. */
export interface DmaEvent {
  /** Its name, such as `dma_map_sg`. */
  readonly call: string;
  readonly device: string;
  /** Its fields, as they were printed. */
  readonly fields: string;
}

/** True for a line by which a Linux trace is known: an event, or what stands before the first one. */
export function isTraceText(text: string): boolean {
  return HEADER.test(text) || LOST.test(text) || (!text.startsWith("{") && (EVENT.test(text) || ANY_EVENT.test(text)));
}

/**
 * Reads a line; `"other"` for a header and for an event of another subsystem, `"lost"` where events are missing, null
 * for what is none of them.
 */
export function readDmaEvent(text: string): DmaEvent | "other" | "lost" | null {
  const [, call, device, fields] = EVENT.exec(text) ?? [];
  if (call !== undefined && device !== undefined && fields !== undefined) return { call, device, fields };
  if (LOST.test(text)) return "lost";
  return HEADER.test(text) || ANY_EVENT.test(text) ? "other" : null;
}

/** Every DMA address of an event, without `0x` and leading zeros. */
export function addressesIn(fields: string): string[] {
  const single = /\bdma_addr=(?:0x)?([0-9a-f]+)/i.exec(fields)?.[1];
  return (single === undefined ? listIn(fields, ADDRESSES) : [single]).map(plainAddress);
}

/** The physical addresses of a scatterlist's entries, written the same way. */
export function physicalAddressesIn(fields: string): string[] {
  return listIn(fields, PHYSICAL).map(plainAddress);
}

/** How many entries a scatterlist has: a long one is printed in part, with its nents before it as `128/200`. */
export function entriesIn(fields: string): number | null {
  const nents = /\bnents=\d+\/(\d+)/.exec(fields)?.[1];
  const entries = nents === undefined ? listIn(fields, PHYSICAL).length : Number(nents);
  return entries === 0 ? null : entries;
}

/** The bytes of a mapping or allocation; null where the event does not say. */
export function sizeIn(fields: string): number | null {
  const sizes = listIn(fields, SIZES);
  if (sizes.length > 0) return sizes.reduce((sum, bytes) => sum + Number(bytes), 0);
  const digits = /\bsize=(0x[0-9a-f]+|\d+)/i.exec(fields)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** The direction as the API names it, such as `DMA_TO_DEVICE` for `dir=TO_DEVICE`; empty where there is none. */
export function directionIn(fields: string): string {
  const direction = /\bdir=(?:DMA_)?([A-Z_]+)/.exec(fields)?.[1];
  return direction === undefined ? "" : `DMA_${direction}`;
}

/** True for an allocation that failed, or a free of nothing: the CPU's address is NULL. */
export function isNullAllocation(fields: string): boolean {
  return /\bvirt_addr=(?:(?:0x)?0+(?![0-9a-f])|\((?:null|nil)\))/i.test(fields);
}

/** `name={a,b}` or `name=a,b`, as the printing tool writes it. */
function listIn(fields: string, name: RegExp): string[] {
  const list = name.exec(fields)?.[1] ?? "";
  return list.split(",").filter((one) => one !== "");
}

function plainAddress(address: string): string {
  return address.toLowerCase().replace(/^0x/, "").replace(/^0+(?=.)/, "");
}
