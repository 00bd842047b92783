/** MDLs: described by events, moved by the memory manager's routines. */
import { MDL } from "./charts.ts";
import { FollowedLife } from "./life.ts";
import type { CallLine, EventLine } from "./log_line.ts";
import type { MdlRecord } from "./records.ts";
import { memoryReleased } from "./released_memory.ts";
import { count, flag, outcomeOf, pointer } from "./values.ts";
import type { Pointer } from "./values.ts";
import { mdlLife } from "./mdl_life.ts";
import type { World } from "./world.ts";

/** `mdl`: facts, told before the first use and again when one changes. */
export function mdlDescribed(world: World, { fields }: EventLine): void {
  const at = pointer(fields.mdl);
  if (at === null) return;
  const known = world.mdls.get(at);
  const mdl = known === undefined || known.life?.state === "freed" ? world.describeMdl(at) : known;
  const start = pointer(fields.startVa);
  if (start !== null) mdl.virtualAddress = plus(start, count(fields.byteOffset) ?? 0);
  mdl.byteCount = count(fields.byteCount) ?? mdl.byteCount;
  if (fields.next !== undefined) mdl.next = pointer(fields.next);
  world.chains ||= typeof mdl.next === "string";
  mdl.pool = typeof fields.pool === "string" ? fields.pool : mdl.pool;
  mdl.cache = typeof fields.cache === "string" ? fields.cache : mdl.cache;
  const locked = flag(fields.locked);
  if (mdl.life !== null && (locked === null || locked === mdl.life.has("resident"))) return;
  if (locked !== null) mdl.life = mdlLife(locked, mdl.pool);
  else if (mdl.pool === "nonpaged") mdl.life = mdlLife(true, mdl.pool);
}

function plus(start: Pointer, bytes: number): Pointer {
  const low = parseInt(start.slice(-8), 16) + bytes;
  const high = start.slice(0, -8);
  if (low < 0x1_0000_0000) return high === "" ? low.toString(16) : high + low.toString(16).padStart(8, "0");
  const carried = (high === "" ? 0 : parseInt(high, 16)) + 1;
  return carried.toString(16) + (low - 0x1_0000_0000).toString(16).padStart(8, "0");
}

/** IoAllocateMdl. */
export function allocateMdl(world: World, line: CallLine): void {
  const at = pointer(line.ret);
  if (at === null) return;
  const mdl = world.describeMdl(at);
  mdl.virtualAddress = pointer(line.args.VirtualAddress);
  mdl.byteCount = count(line.args.Length);
  mdl.life = new FollowedLife(MDL);
  if (mdl.virtualAddress !== null && !isCanonical(mdl.virtualAddress)) {
    const details = `0x${mdl.virtualAddress} is no canonical address`;
    world.judge.report("InvalidAddress", {
      call: line.name,
      resource: `mdl 0x${at}`,
      since: null,
      byItself: true,
      details,
    });
  }
}

/** An x64 address: bits 63 to 47 are all alike. */
function isCanonical(at: Pointer): boolean {
  const top = parseInt(at.padStart(16, "0").slice(0, 5), 16);
  return top < 0x00008 || top >= 0xffff8;
}

type MdlMove =
  | "MM_PROBE_AND_LOCK_PAGES"
  | "MM_UNLOCK_PAGES"
  | "MM_BUILD_MDL_FOR_NON_PAGED_POOL"
  | "MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE"
  | "MM_UNMAP_LOCKED_PAGES"
  | "IO_FREE_MDL";

const MOVES: Readonly<Record<string, MdlMove>> = {
  MmProbeAndLockPages: "MM_PROBE_AND_LOCK_PAGES",
  MmUnlockPages: "MM_UNLOCK_PAGES",
  MmBuildMdlForNonPagedPool: "MM_BUILD_MDL_FOR_NON_PAGED_POOL",
  MmGetSystemAddressForMdlSafe: "MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE",
  MmUnmapLockedPages: "MM_UNMAP_LOCKED_PAGES",
  IoFreeMdl: "IO_FREE_MDL",
};

/** The memory manager's routines on one MDL. */
export function moveMdl(world: World, line: CallLine): void {
  const type = MOVES[line.name];
  const at = pointer(line.args.MemoryDescriptorList ?? line.args.Mdl);
  if (type === undefined || at === null) return;
  // MmProbeAndLockPages returns nothing and raises: a log may write the status of the exception.
  if (outcomeOf(line.ret) === "failure" && type === "MM_PROBE_AND_LOCK_PAGES") return;
  const mdl = mdlFor(world, at, type);
  const letsGo = type === "MM_UNLOCK_PAGES" || type === "IO_FREE_MDL";
  if (mdl === null) {
    if (letsGo) memoryReleased(world, line, at);
    return;
  }
  if (type === "MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE" && line.ret === null && mdl.life?.has("resident")) return;
  if (type === "MM_PROBE_AND_LOCK_PAGES") judgeProbeLevel(world, line, mdl);
  const legal = send(world, line, mdl, { type });
  if (letsGo && legal) memoryReleased(world, line, at);
  if (type === "MM_PROBE_AND_LOCK_PAGES") mdl.lockedLine = world.judge.line;
  if (mdl.life?.state === "described") mdl.lockedLine = null;
  if (type === "IO_FREE_MDL") {
    world.mdls.delete(at);
    if (mdl.life?.state === "freed") world.freedMdls.bury(at, mdl);
  }
}

const APC_LEVEL = 1;

/** Pageable memory is probed at APC_LEVEL at most; of what a process owns, only large pages are something else. */
function judgeProbeLevel(world: World, { name: call, irql, args }: CallLine, mdl: MdlRecord): void {
  if (irql !== APC_LEVEL + 1) return;
  const { pool } = mdl;
  const user = args.AccessMode === "UserMode" || args.AccessMode === 1;
  if (pool === null ? !user : pool !== "user" && pool !== "paged") return;
  const details = `called at DISPATCH_LEVEL on pageable memory, expected at most APC_LEVEL`;
  const resource = `mdl 0x${mdl.pointer}`;
  const suspected = pool === null;
  world.judge.report("IrqlTooHigh", {
    call,
    resource,
    since: null,
    beside: true,
    details,
    suspected,
    kind: "pageable",
  });
}

/** The MDL a routine means. One that nobody described is met where the routine is legal: its past is unknown. */
function mdlFor(world: World, at: Pointer, type: MdlMove): MdlRecord | null {
  const known = world.mdls.get(at) ?? world.freedMdls.find(at);
  if (known?.life !== undefined && known.life !== null) return known;
  const mdl = known ?? world.describeMdl(at);
  if (type === "MM_PROBE_AND_LOCK_PAGES" || type === "MM_BUILD_MDL_FOR_NON_PAGED_POOL") {
    mdl.life = new FollowedLife(MDL);
    return mdl;
  }
  if (type === "IO_FREE_MDL") {
    mdl.life = new FollowedLife(MDL);
    return mdl;
  }
  if (type === "MM_GET_SYSTEM_ADDRESS_FOR_MDL_SAFE" && mdl.pool !== null) {
    mdl.life = mdlLife(true, mdl.pool);
    return mdl;
  }
  return null;
}

/** MmMapLockedPagesSpecifyCache. */
export function mapLockedPages(world: World, line: CallLine): void {
  const { args } = line;
  const at = pointer(args.MemoryDescriptorList ?? args.Mdl);
  if (at === null) return;
  const mdl = world.mdls.get(at) ?? world.freedMdls.find(at);
  if (mdl === undefined || (line.ret === null && !isRefused(mdl))) return;
  const user = args.AccessMode === "UserMode" || args.AccessMode === 1;
  const sameCacheType = !conflicts(mdl.cache, args.CacheType);
  const resource = `mdl 0x${at}`;
  if (user && (mdl.pool === "nonpaged" || mdl.pool === "paged")) {
    world.judge.report("KernelMemoryMappedToUser", { call: line.name, resource, since: mdl.line });
  }
  const known = mdl.life !== null;
  mdl.life ??= mdlLife(true, mdl.pool);
  if (!known && mdl.pool === "nonpaged" && !user) {
    if (!sameCacheType) world.judge.report("CacheAttributeConflict", { call: line.name, resource, since: mdl.line });
    return;
  }
  send(world, line, mdl, { type: "MM_MAP_LOCKED_PAGES_SPECIFY_CACHE", sameCacheType, userMode: user });
}

/** NULL says either that no address is left, which is nobody's fault, or that this MDL cannot be mapped now. */
function isRefused({ life }: MdlRecord): boolean {
  return life !== null && (!life.has("resident") || life.state.endsWith("Mapped"));
}

/** MEMORY_CACHING_TYPE: MmNonCached 0, MmCached 1, MmWriteCombined 2. */
function conflicts(cache: string | null, cacheType: unknown): boolean {
  if (cache === null || cacheType === undefined) return false;
  const cached = cacheType === "MmCached" || cacheType === 1;
  return (cache === "cached") !== cached;
}

/** True if the chart has nothing against it. */
function send(
  world: World,
  line: CallLine,
  mdl: MdlRecord,
  event: Parameters<NonNullable<MdlRecord["life"]>["send"]>[0],
): boolean {
  if (mdl.life === null) return true;
  const { state, legal } = mdl.life;
  const site = {
    call: line.name,
    resource: `mdl 0x${mdl.pointer}`,
    state,
    expected: legal,
    since: mdl.lockedLine ?? mdl.line,
  };
  return !world.judge.reportFirst(mdl.life.send(event), site);
}
