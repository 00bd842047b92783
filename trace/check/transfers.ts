/** MapTransfer(Ex) and FlushAdapterBuffers(Ex) of the Classic model: what is mapped, and whether the flush fits it. */
import { grantText, judgeSum, newGrant } from "./grants.ts";
import type { CallLine } from "./log_line.ts";
import { judgeMemory, judgeRange, rangeOf, registersFor } from "./mdl_range.ts";
import type { TransferRange } from "./mdl_range.ts";
import type { AdapterRecord, GrantRecord, MappingRecord } from "./records.ts";
import { nameFlushAfterRelease } from "./released_memory.ts";
import { count, flag, outcomeOf, pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** The grant that a call means: by its base, or the only one that can be meant. */
export function findGrant(world: World, adapter: AdapterRecord, base: Pointer | null): GrantRecord | null {
  let unnamed: GrantRecord | null = null;
  for (const grant of adapter.grants) {
    if (grant.base === base) return grant;
    if (grant.base === undefined) unnamed ??= grant;
  }
  if (unnamed === null && !world.judge.hasSeen("routine")) unnamed = grantedUnseen(adapter);
  if (unnamed === null && adapter.running?.is === "grant" && adapter.running.base === undefined) {
    unnamed = adapter.running;
  }
  if (unnamed !== null) {
    unnamed.base = base;
    if (adapter.running !== unnamed) judgeSum(world, "AllocateAdapterChannel", unnamed);
  }
  return unnamed;
}

/** Where routines are not traced, the first use of a base shows that AdapterControl ran. */
function grantedUnseen(adapter: AdapterRecord): GrantRecord | null {
  const index = adapter.waiting.findIndex(({ is }) => is === "grant");
  if (index < 0) return null;
  const grant = adapter.waiting.splice(index, 1)[0] as GrantRecord;
  adapter.life.send({ type: "GRANT", form: "channel" });
  grant.life.send({ type: "GRANT" });
  adapter.grants.add(grant);
  return grant;
}

/** MapTransfer and MapTransferEx. */
export function mapTransfer(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { judge } = world;
  const { name: call, args, out } = line;
  const resource = `adapter 0x${adapter.pointer}`;
  const range = rangeOf(world, args);
  if (!judgeRange(world, range, call, resource)) judgeMemory(world, range, call);
  if (outcomeOf(line.ret) === "failure" && call === "MapTransferEx") return;
  if (args.MapRegisterBase === undefined) return judge.miss();
  const base = pointer(args.MapRegisterBase);
  const written = count(out.Length);
  // A call that mapped nothing is no proof of a grant that the log does not tell of.
  const grant = findGrant(world, adapter, base) ??
    (written === 0 && !adapter.adopted ? null : adopted(world, adapter, base));
  if (grant === null) {
    const details = base === null ? "the base is NULL" : "no grant of this adapter has this base";
    judge.report("RegisterBaseUnknown", { call, resource, since: null, details });
    return;
  }
  const mapped: MappingRecord = {
    ...range,
    mapped: written ?? range.length,
    writeToDevice: flag(args.WriteToDevice),
    address: pointer(line.ret),
    line: judge.line,
    registers: registersFor(world, { ...range, length: written ?? range.length }) ?? 0,
    released: null,
  };
  judgeMapping(world, call, grant, mapped, registersFor(world, range) ?? 0);
  grant.ended = false;
  grant.mappedNothing = written === 0 && judge.led;
  if (written === 0) return;
  grant.life.send({ type: "MAP_TRANSFER" });
  grant.mappings.push(mapped);
}

/**
 * A base that was granted before the log began; or, where routines are not traced, by a call whose line is still to
 * come because AdapterControl runs inside it.
 */
function adopted(world: World, adapter: AdapterRecord, base: Pointer | null): GrantRecord | null {
  if (!adapter.adopted && world.judge.hasSeen("routine")) return null;
  const grant = newGrant(world, adapter, null, null, null);
  grant.base = base;
  grant.life.send({ type: "ALLOCATE_ADAPTER_CHANNEL" });
  grant.life.send({ type: "GRANT" });
  adapter.grants.add(grant);
  if (!adapter.adopted) adapter.early.push(grant);
  return grant;
}

/** `asked`: registers of the whole range, of which the call may have mapped less. */
function judgeMapping(world: World, call: string, grant: GrantRecord, mapping: MappingRecord, asked: number): void {
  const { judge } = world;
  const { state, legal } = grant.life;
  const site = { call, resource: grantText(grant), state, expected: legal };
  const [first] = grant.mappings;
  const twice = grant.mappings.find((other) => overlaps(other, { ...mapping, mapped: mapping.length }));
  if (twice !== undefined) {
    judge.report("RangeAlreadyMapped", { ...site, since: twice.line, details: `mapped in line ${twice.line}` });
    return;
  }
  if (first !== undefined && call === "MapTransferEx") {
    const details = `the mapping of line ${first.line} was not flushed before the next`;
    judge.report("MissingFlush", { ...site, since: first.line, details });
    return;
  }
  // MapTransferEx stops by itself. A NULL base stands for no registers at all, and may stand for several grants; it has
  // no limit, unless none were asked for and the HAL could map nothing without.
  if (call === "MapTransferEx") return;
  if (typeof grant.base !== "string" && !(grant.registers === 0 && mapping.mapped === 0)) return;
  let registers = asked;
  for (const other of grant.mappings) registers += other.registers;
  const limit = grant.registers ?? grant.adapter.mapRegisters;
  if (registers <= limit) return;
  const allocated = grant.registers !== null;
  const details = `${registers} registers would be mapped at a time, ${limit} ${allocated ? "were allocated" : "is N"}`;
  if (first !== undefined) judge.report("MissingFlush", { ...site, since: first.line, details });
  else {
    const kind = allocated ? { kind: "mapped" } : {};
    judge.report("TooManyRegistersAtOnce", { ...site, ...kind, since: grant.line, details });
  }
}

/** FlushAdapterBuffers and FlushAdapterBuffersEx. */
export function flushBuffers(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { judge } = world;
  const { name: call, args } = line;
  if (args.MapRegisterBase === undefined) return judge.miss();
  const base = pointer(args.MapRegisterBase);
  const range = rangeOf(world, args);
  const grant = findGrant(world, adapter, base);
  if (grant === null) {
    if (adapter.adopted) return;
    const freed = base === null ? undefined : world.freedBases.find(base);
    const resource = base === null ? "map registers NULL" : `map registers 0x${base}`;
    const anything = [...adapter.grants].some(({ mappings }) => mappings.length > 0);
    const rule = anything || freed === undefined ? "FlushUnmappedRegister" : "FlushUnmappedBuffer";
    judge.report(rule, { call, resource, since: freed?.line ?? null, details: "nothing is mapped through this base" });
    return;
  }
  const { state, legal } = grant.life;
  const site = { call, resource: grantText(grant), state, expected: legal, since: grant.line };
  if (grant.mappings.length === 0) {
    if (adapter.adopted && grant.life.state === "inControl") return;
    const misuses = grant.life.send({ type: "FLUSH_ADAPTER_BUFFERS", mappings: 0 });
    judge.reportFirst(misuses, { ...site, follows: grant.mappedNothing });
    return;
  }
  if (adapter.master === false && !grant.ended) {
    const since = grant.mappings[0]!.line;
    judge.reportWhen("dma-completion", "FlushRunningChannel", { ...site, since });
  }
  const found = grant.mappings.filter((mapping) => mapping.mdl === range.mdl && touches(mapping, range));
  judgeFlush(world, site, grant, found, range, flag(args.WriteToDevice));
  const done = found.length > 0 ? found : grant.mappings;
  for (const mapping of done) nameFlushAfterRelease(world, mapping, site.resource);
  grant.life.send({ type: "FLUSH_ADAPTER_BUFFERS", mappings: done.length });
  grant.mappings = grant.mappings.filter((mapping) => !done.includes(mapping));
}

function judgeFlush(
  world: World,
  site: Parameters<World["judge"]["report"]>[1],
  grant: GrantRecord,
  found: readonly MappingRecord[],
  range: TransferRange,
  writeToDevice: boolean | null,
): void {
  const { judge } = world;
  const since = (found[0] ?? grant.mappings[0])!.line;
  const mismatch = { ...site, since };
  if (found.length === 0) {
    judge.report("MapFlushMismatch", { ...mismatch, details: "the flushed range was not mapped" });
    return;
  }
  if (found.some((mapping) => differs(mapping.writeToDevice, writeToDevice))) {
    const details = `mapped with WriteToDevice ${!writeToDevice}, flushed with ${writeToDevice}`;
    judge.report("FlushDirectionMismatch", { ...mismatch, details });
    return;
  }
  const { offset, length } = range;
  if (offset === null || length === null || found.some((one) => one.offset === null || one.mapped === null)) return;
  const start = Math.min(...found.map((one) => one.offset!));
  const end = Math.max(...found.map((one) => one.offset! + one.mapped!));
  const details = `mapped are ${end - start} bytes from offset ${start}, flushed ${length} bytes from offset ${offset}`;
  if (offset === start && offset + length > end) judge.report("FlushPastRegisterFile", { ...mismatch, details });
  else if (offset !== start || offset + length !== end) judge.report("MapFlushMismatch", { ...mismatch, details });
}

function differs(a: boolean | null, b: boolean | null): boolean {
  return a !== null && b !== null && a !== b;
}

/** Where an offset or a length is unknown, two ranges of one MDL may be the same. */
function touches(mapping: MappingRecord, range: TransferRange): boolean {
  if (mapping.offset === null || mapping.mapped === null || range.offset === null || range.length === null) return true;
  return mapping.offset < range.offset + range.length && range.offset < mapping.offset + mapping.mapped;
}

function overlaps(a: MappingRecord, b: MappingRecord): boolean {
  if (a.mdl === null || a.mdl !== b.mdl) return false;
  if (a.offset === null || b.offset === null || a.mapped === null || b.mapped === null) return false;
  return a.offset < b.offset + b.mapped && b.offset < a.offset + a.mapped;
}
