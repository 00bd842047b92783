/** Common buffers and vectors of them: allocated and freed with the same values. */
import { COMMON_BUFFER, VECTOR } from "./charts.ts";
import { FollowedLife } from "./life.ts";
import type { CallLine } from "./log_line.ts";
import type { AdapterRecord, CommonBufferRecord, VectorRecord } from "./records.ts";
import { count, outcomeOf, pointer } from "./values.ts";
import type { World } from "./world.ts";

/** AllocateCommonBuffer, …Ex, …WithBounds: the VA is returned. AllocateDomainCommonBuffer writes it back. */
export function allocateCommonBuffer(world: World, line: CallLine, adapter: AdapterRecord): void {
  const byStatus = line.name === "AllocateDomainCommonBuffer";
  const at = byStatus ? pointer(line.out.VirtualAddress) : pointer(line.ret);
  if (at === null || (byStatus && outcomeOf(line.ret) === "failure")) return;
  const life: CommonBufferRecord["life"] = new FollowedLife(COMMON_BUFFER);
  life.send({ type: "ALLOCATE_COMMON_BUFFER" });
  adapter.life.send({ type: "ALLOCATE_COMMON_BUFFER" });
  adapter.commonBuffers.set(at, {
    virtualAddress: at,
    logicalAddress: pointer(line.out.LogicalAddress),
    length: count(line.args.Length),
    line: world.judge.line,
    life,
  });
  world.freedBuffers.forget(at);
}

/** FreeCommonBuffer. */
export function freeCommonBuffer(world: World, line: CallLine, adapter: AdapterRecord): void {
  const { judge } = world;
  const { name: call, args } = line;
  const at = pointer(args.VirtualAddress);
  if (args.VirtualAddress === undefined) judge.miss();
  if (at === null) return;
  const logical = pointer(args.LogicalAddress);
  const buffer = adapter.commonBuffers.get(at) ?? byLogicalAddress(adapter, logical);
  if (buffer === null) {
    const freed = world.freedBuffers.find(at);
    const resource = `common buffer 0x${at}`;
    const owner = [...world.adapters.values()].find(({ commonBuffers }) => commonBuffers.has(at));
    if (owner !== undefined) {
      const { line: since, life: { state, legal: expected } } = owner.commonBuffers.get(at)!;
      const details = `allocated with adapter 0x${owner.pointer}, freed with adapter 0x${adapter.pointer}`;
      judge.report("SglNotFromThisAdapter", { call, resource, state, expected, since, details, kind: "common-buffer" });
      forget(world, owner, at);
    } else if (freed !== undefined) {
      judge.report("CommonBufferDoubleFree", { call, resource, state: "freed", since: freed });
    } else if (world.lists.has(at)) {
      judge.report("FreeWithWrongFunction", {
        call,
        resource,
        since: world.lists.get(at)!.line,
        details: "it is a list",
      });
    } else if (!adapter.adopted) {
      judge.report("PutUnknown", { call, resource, state: "absent", since: null });
    }
    return;
  }
  const { state, legal } = buffer.life;
  const length = count(args.Length);
  const sameLength = length === null || buffer.length === null || length === buffer.length;
  const sameAddresses = at === buffer.virtualAddress &&
    (logical === null || buffer.logicalAddress === null || logical === buffer.logicalAddress);
  const site = {
    call,
    resource: `common buffer 0x${buffer.virtualAddress}`,
    state,
    expected: legal,
    since: buffer.line,
  };
  const details = sameLength ? undefined : `${buffer.length} bytes were allocated, ${length} are freed`;
  const misuses = buffer.life.send({ type: "FREE_COMMON_BUFFER", sameLength, sameAddresses });
  judge.reportFirst(misuses, details === undefined ? site : { ...site, details });
  forget(world, adapter, buffer.virtualAddress);
}

function forget(world: World, adapter: AdapterRecord, at: string): void {
  adapter.life.send({ type: "FREE_COMMON_BUFFER" });
  adapter.commonBuffers.delete(at);
  world.freedBuffers.bury(at, world.judge.line);
}

/** With a wrong virtual address, the logical one still says which buffer is meant. */
function byLogicalAddress(adapter: AdapterRecord, logical: string | null): CommonBufferRecord | null {
  if (logical === null) return null;
  for (const buffer of adapter.commonBuffers.values()) if (buffer.logicalAddress === logical) return buffer;
  return null;
}

/** AllocateCommonBufferVector. */
export function allocateVector(world: World, line: CallLine, adapter: AdapterRecord): void {
  const at = pointer(line.out.VectorOut ?? line.out.Vector);
  const elements = count(line.args.NumberOfElements);
  if (at === null || elements === null || outcomeOf(line.ret) === "failure") return;
  const life: VectorRecord["life"] = new FollowedLife(VECTOR, { count: elements });
  adapter.vectors.set(at, { pointer: at, line: world.judge.line, life });
}

/** GetCommonBufferFromVectorByIndex, FreeCommonBufferFromVector and FreeCommonBufferVector. */
export function useVector(world: World, line: CallLine, adapter: AdapterRecord): void {
  const at = pointer(line.args.Vector);
  const vector = at === null ? undefined : adapter.vectors.get(at);
  if (vector === undefined) return;
  const { state, legal } = vector.life;
  const index = count(line.args.Index) ?? 0;
  const event = line.name === "FreeCommonBufferVector"
    ? { type: "FREE_COMMON_BUFFER_VECTOR" as const }
    : line.name === "FreeCommonBufferFromVector"
    ? { type: "FREE_COMMON_BUFFER" as const, index }
    : { type: "GET_COMMON_BUFFER" as const, index };
  const resource = `vector 0x${vector.pointer}`;
  const site = { call: line.name, resource, state, expected: legal, since: vector.line };
  world.judge.reportFirst(vector.life.send(event), site);
  if (event.type === "FREE_COMMON_BUFFER_VECTOR") adapter.vectors.delete(vector.pointer);
}
