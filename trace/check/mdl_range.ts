/**
 * The range of a transfer against the MDL chain that should hold it: what any routine that maps memory is asked first.
 * Facts that the log does not tell decide nothing.
 */
import { counted } from "./counted.ts";
import type { Fields } from "./log_line.ts";
import type { MdlRecord } from "./records.ts";
import { count, distance, pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

const PAGE_SIZE = 4096;
/** A chain of more MDLs than this is a ring, or as good as unknown. */
const CHAIN_MDLS_MAX = 4096;

/** A part of an MDL chain. */
export interface TransferRange {
  readonly mdl: Pointer | null;
  /** Bytes from the start of the first MDL, or null where that is unknown. */
  readonly offset: number | null;
  readonly length: number | null;
  /** Given as an offset into the chain (version 3), not as an address in the first MDL. */
  readonly byOffset: boolean;
  /** Where in its page the range begins, as far as the call tells; else 0. */
  readonly pageOffset: number;
}

/** The range that a call names by Mdl, CurrentVa or Offset, and Length. */
export function rangeOf(world: World, args: Fields): TransferRange {
  const mdl = pointer(args.Mdl);
  const length = count(args.Length);
  const offset = count(args.Offset);
  if (offset !== null) return { mdl, offset, length, byOffset: true, pageOffset: 0 };
  const at = pointer(args.CurrentVa);
  const start = mdl === null ? null : world.mdls.get(mdl)?.virtualAddress ?? null;
  const inMdl = at === null || start === null ? null : distance(start, at);
  const pageOffset = at === null ? 0 : parseInt(at.slice(-3), 16);
  return { mdl, offset: inMdl, length, byOffset: false, pageOffset };
}

/** The Ex routines take no address. */
const OFFSET_FIX = "Pass an Offset in bytes from the start of the first MDL: 0 to the bytes of the chain less one.";

/** Names what is wrong with a range that is to be mapped. True if something is. */
export function judgeRange(world: World, range: TransferRange, call: string, resource: string): boolean {
  const { judge } = world;
  const { mdl, offset, length } = range;
  if (length === 0) {
    judge.report("ZeroLengthMap", { call, resource, since: null, byItself: true, details: "Length is 0" });
    return true;
  }
  if (judgeStart(world, range, call, resource)) return true;
  const first = mdl === null ? undefined : world.mdls.get(mdl);
  if (first === undefined || offset === null) return false;
  const total = chainBytes(world, first);
  if (total === null || length === null || offset + length <= total) return false;
  const details = `${counted(length, "byte")} from offset ${offset} do not fit into ${total} bytes of mdl 0x${mdl}`;
  judge.report("MdlShorterThanLength", { call, resource, since: first.line, details });
  if (crossesPage(first, total, offset + length)) {
    judge.report("DmaBufferInvalid", { call, resource, since: first.line, kind: "3", follows: true, beside: true });
  }
  return true;
}

/** Names a range that does not begin inside its MDL. True if it does not. */
export function judgeStart(world: World, range: TransferRange, call: string, resource: string): boolean {
  const { judge } = world;
  const { mdl, offset } = range;
  const first = mdl === null ? undefined : world.mdls.get(mdl);
  if (first === undefined || offset === null) return false;
  const total = chainBytes(world, first);
  const end = range.byOffset ? total : first.byteCount;
  if (offset < 0 || (end !== null && offset >= end)) {
    const details = `it begins at offset ${offset} of ${end ?? "unknown"} bytes of mdl 0x${mdl}`;
    const fix = range.byOffset ? { fix: OFFSET_FIX } : {};
    judge.report("VaOutsideMdl", { call, resource, since: first.line, details, ...fix });
    const kind = offset < 0 ? "1" : "2";
    judge.report("DmaBufferInvalid", { call, resource, since: first.line, kind, follows: true, beside: true });
    return true;
  }
  return false;
}

/** Names memory that no device may be given: not locked, freed, stack, code. True if something is wrong. */
export function judgeMemory(world: World, range: TransferRange, call: string): boolean {
  const { judge } = world;
  let wrong = false;
  let seen = 0;
  for (
    // One that was freed can still say so.
    let mdl = mdlAt(world, range.mdl) ?? (range.mdl === null ? undefined : world.freedMdls.find(range.mdl));
    mdl !== undefined && seen < 64;
    mdl = mdlAt(world, mdl.next ?? null), seen++
  ) {
    const resource = `mdl 0x${mdl.pointer}`;
    if (mdl.pool === "stack") {
      judge.report("DmaFromStack", { call, resource, since: mdl.line });
      wrong = true;
    } else if (mdl.pool === "image") {
      judge.report("DmaFromCodeOrConst", { call, resource, since: mdl.line });
      wrong = true;
    } else if (mdl.life !== null) {
      const { state, legal } = mdl.life;
      const site = { call, resource, state, expected: legal, since: mdl.line };
      wrong = judge.reportFirst(mdl.life.send({ type: "DMA" }), site) || wrong;
    }
  }
  return wrong;
}

/**
 * R: map registers that the range needs, one for each page that it touches. Where the MDLs are unknown, the least that
 * it can be; null where not even the length is known.
 */
export function registersFor(world: World, range: TransferRange): number | null {
  const { length, pageOffset } = range;
  if (length === null) return null;
  return pagesTouched(world, range, length) ?? Math.ceil((pageOffset + length) / PAGE_SIZE);
}

function pagesTouched(world: World, { mdl, offset }: TransferRange, length: number): number | null {
  let at = mdlAt(world, mdl);
  if (at === undefined || offset === null || offset < 0) return null;
  let skip = offset;
  let left = length;
  let registers = 0;
  for (let seen = 0; left > 0; seen++) {
    if (seen === CHAIN_MDLS_MAX || at === undefined || at.byteCount === null || at.virtualAddress === null) return null;
    if (skip < at.byteCount) {
      const part = Math.min(at.byteCount - skip, left);
      const inPage: number = (parseInt(at.virtualAddress.slice(-3), 16) + skip) % PAGE_SIZE;
      registers += Math.ceil((inPage + part) / PAGE_SIZE);
      left -= part;
      skip = 0;
    } else skip -= at.byteCount;
    at = mdlAt(world, at.next ?? null);
  }
  return registers;
}

function mdlAt(world: World, mdl: Pointer | null): MdlRecord | undefined {
  return mdl === null ? undefined : world.mdls.get(mdl);
}

/** Bytes of the whole chain; null where a part of it is unknown. A description without `next` ends its chain. */
function chainBytes(world: World, first: MdlRecord): number | null {
  let bytes = 0;
  let seen = 0;
  let mdl: MdlRecord | undefined = first;
  while (mdl !== undefined && seen++ < CHAIN_MDLS_MAX) {
    if (mdl.byteCount === null) return null;
    bytes += mdl.byteCount;
    if (mdl.next === null || mdl.next === undefined) return bytes;
    mdl = world.mdls.get(mdl.next);
  }
  return null;
}

function crossesPage(first: MdlRecord, total: number, end: number): boolean {
  const start = first.virtualAddress === null ? 0 : parseInt(first.virtualAddress.slice(-3), 16);
  return Math.ceil((start + end) / PAGE_SIZE) > Math.ceil((start + total) / PAGE_SIZE);
}
