/** Where a life ends and whatever is left over is named: PutDmaAdapter, driver-unload, process-exit, end. */
import type { RuleName } from "../../machines/rule.ts";
import { counted } from "./counted.ts";
import { concludeFailure } from "./failures.ts";
import { grantUnseen } from "./lists.ts";
import type { Site } from "./judge.ts";
import { holderText } from "./held.ts";
import type { CallLine } from "./log_line.ts";
import type { AdapterRecord, ListRecord } from "./records.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

const DRIVER_UNLOAD = { type: "DRIVER_UNLOAD" } as const;

/** WdfObjectDelete of an enabler: the framework puts its adapters. */
export function deleteEnabler(world: World, line: CallLine, enabler: Pointer): void {
  for (const adapter of [...world.adapters.values()]) {
    if (adapter.ofEnabler === enabler) putAdapter(world, line, adapter);
  }
  world.enablers.delete(enabler);
}

/** PutDmaAdapter: the chart names each kind of leftover. */
export function putAdapter(world: World, { name: call }: CallLine, adapter: AdapterRecord): void {
  const { judge } = world;
  concludeFailure(world, adapter, call, world.requestsWait());
  const routineTraced = judge.hasSeen("routine");
  const { state, legal } = adapter.life;
  const site: Site = { call, resource: name(adapter), state, expected: legal, since: adapter.line };
  const misuses = adapter.life.send({ type: "PUT_DMA_ADAPTER" });
  let leftovers = false;
  for (const { rule } of misuses) {
    // Without traced routines, who waits may have been granted long ago: then it was never put.
    const unseen = rule === "AdapterRefLeak" && !routineTraced && !waitsBehindHolder(adapter);
    if (unseen && adapter.waiting.every(({ is }) => is === "grant")) continue;
    // A base that no line told may be NULL, and then nothing is kept.
    if (rule === "PutAdapterWithMapRegisters" && [...adapter.grants].every(({ base }) => typeof base !== "string")) {
      continue;
    }
    const named: RuleName = unseen ? "PutAdapterWithSgl" : rule;
    if (named !== rule && misuses.some((other) => other.rule === named)) continue;
    const leftover = leftoverOf(adapter, named);
    const expected = GIVES_BACK[named] ?? legal;
    judge.report(named, { ...site, expected, ...leftover, beside: true });
    if (named === "PutAdapterWithChannel") {
      judge.report("ChannelNeverFreed", { ...site, expected, ...leftover, follows: true, beside: true });
    }
    leftovers = true;
  }
  judgeVectors(world, adapter, call);
  release(world, adapter, leftovers);
}

/** True if nobody can have been granted unseen: who holds the channel got it before any of them asked. */
function waitsBehindHolder({ holder, waiting }: AdapterRecord): boolean {
  return holder !== null && waiting.every(({ line }) => line > holder.line);
}

/** What gives each kind of leftover back. */
const GIVES_BACK: Partial<Readonly<Record<RuleName, readonly string[]>>> = {
  PutAdapterWithSgl: ["PutScatterGatherList"],
  PutAdapterWithChannel: ["FreeAdapterObject"],
  PutAdapterWithMapRegisters: ["FlushAdapterBuffers", "FreeMapRegisters"],
  PutAdapterWithCommonBuffers: ["FreeCommonBuffer"],
  AdapterRefLeak: ["CancelAdapterChannel"],
};

function leftoverOf(adapter: AdapterRecord, rule: RuleName): Partial<Site> {
  if (rule === "PutAdapterWithSgl") {
    const left = [...adapter.lists];
    return {
      since: left[0]?.line ?? adapter.line,
      details: listText(left),
      follows: left.length > 0 && left.every(told),
      suspected: left.length > 0 && left.every(({ unsure }) => unsure),
    };
  }
  if (rule === "PutAdapterWithChannel") {
    const { holder } = adapter;
    if (holder === null) return {};
    const details = `held since line ${holder.line} by ${holderText(holder)}`;
    return { since: holder.line, details, follows: holder.accused, suspected: holder.list?.unsure === true };
  }
  if (rule === "PutAdapterWithMapRegisters") {
    const [oldest] = adapter.grants;
    return { since: oldest?.line ?? adapter.line, follows: oldest?.accused === true };
  }
  if (rule === "PutAdapterWithCommonBuffers") {
    const [oldest] = adapter.commonBuffers.values();
    const { size } = adapter.commonBuffers;
    return { since: oldest?.line ?? adapter.line, details: `${size} left, the first of line ${oldest?.line}` };
  }
  return { since: adapter.waiting[0]?.line ?? adapter.line };
}

function told({ accused }: ListRecord): boolean {
  return accused;
}

function listText(left: readonly ListRecord[]): string | undefined {
  if (left.length === 0) return undefined;
  const some = left.slice(0, 3).map(({ pointer, line }) =>
    `${pointer === null ? "one" : `0x${pointer}`} of line ${line}`
  );
  return `${left.length} left: ${some.join(", ")}${left.length > 3 ? ", …" : ""}`;
}

function judgeVectors(world: World, adapter: AdapterRecord, call: string): void {
  for (const vector of adapter.vectors.values()) {
    const { state, legal } = vector.life;
    const resource = `vector 0x${vector.pointer}`;
    const site = { call, resource, state, expected: legal, since: vector.line, beside: true };
    world.judge.reportFirst(vector.life.send({ type: "LEAK" }), site);
  }
}

/** The adapter is gone, and with it everything that belonged to it. */
function release(world: World, adapter: AdapterRecord, leftovers: boolean): void {
  for (const list of [...adapter.lists]) world.dropList(list);
  world.adapters.delete(adapter.pointer);
  world.released.bury(adapter.pointer, { line: world.judge.line, leftovers });
}

/** `driver-unload` and `end`: leaks of adapters that were never put. */
export function concludeDriver(world: World, event: "driver-unload" | "end"): void {
  if (world.concluded) return;
  world.concluded = true;
  for (const adapter of world.adapters.values()) concludeAdapter(world, adapter, event);
  world.channels.conclude(world, event);
  world.earlyExecutes.conclude(world.judge, false);
}

function concludeAdapter(world: World, adapter: AdapterRecord, call: "driver-unload" | "end"): void {
  const { judge } = world;
  concludeFailure(world, adapter, call, world.requestsWait());
  let leaks = concludeLists(world, adapter, call);
  const { state, legal } = adapter.life;
  const site: Site = { call, resource: name(adapter), state, expected: legal, since: adapter.line, beside: true };
  const misuses = adapter.life.send(DRIVER_UNLOAD);
  const { holder } = adapter;
  // A routine that runs when the log ends holds the channel too, and gives it back.
  if (holder !== null && misuses.some(({ rule }) => rule === "ChannelNeverFreed")) {
    const details = `held since line ${holder.line} by ${holderText(holder)}`;
    const expected = ["FreeAdapterObject"];
    const { line: since, accused: follows, list } = holder;
    const suspected = list?.unsure === true;
    judge.report("ChannelNeverFreed", { ...site, expected, since, details, follows, suspected });
    leaks++;
  }
  for (const { life, line: since } of adapter.vectors.values()) {
    judge.reportFirst(life.send({ type: "LEAK" }), { ...site, since });
    leaks++;
  }
  const left = [...adapter.grants].filter(({ base }) => typeof base === "string" && holder?.grant?.base !== base);
  if (adapter.commonBuffers.size + left.length > 0) {
    const [buffer] = adapter.commonBuffers.values();
    const details = `left: ${counted(adapter.commonBuffers.size, "common buffer")}, ${
      counted(left.length, "allocation")
    } of map registers`;
    judge.report("DeviceRemovedWithDma", { ...site, since: buffer?.line ?? left[0]!.line, details });
    leaks++;
  }
  if (adapter.ofEnabler !== null || misuses.every(({ rule }) => rule !== "AdapterNotPut")) return;
  // That a log ends does not say that the driver has gone.
  const follows = leaks > 0 || call === "end";
  judge.report("AdapterNotPut", { ...site, expected: ["PutDmaAdapter"], follows, suspected: adapter.adopted });
}

/** Lists that were never put; how many. */
function concludeLists(world: World, adapter: AdapterRecord, call: "driver-unload" | "end"): number {
  let leaks = 0;
  for (const list of [...adapter.lists]) {
    if (list.life.state === "requested") {
      if (world.judge.hasSeen("routine")) continue;
      // Granted, though no line shows it.
      grantUnseen(adapter, list);
    }
    const { line: since, pointer, accused: follows, unsure: suspected, life } = list;
    const { state, legal: expected } = life;
    const resource = pointer === null ? name(adapter) : `list 0x${pointer}`;
    const misuses = life.send(DRIVER_UNLOAD);
    const site = { call, resource, state, expected, since, follows, suspected, beside: true };
    if (world.judge.reportFirst(misuses, site)) leaks++;
  }
  return leaks;
}

/** `process-exit`: pages that a driver locked and did not unlock. */
export function concludeProcess(world: World): void {
  for (const mdl of world.mdls.values()) {
    if (mdl.life === null || mdl.pool === "nonpaged" || mdl.pool === "paged") continue;
    const { state, legal } = mdl.life;
    const resource = `mdl 0x${mdl.pointer}`;
    const since = mdl.lockedLine ?? mdl.line;
    const site = { call: "process-exit", resource, state, expected: legal, since, beside: true };
    world.judge.reportFirst(mdl.life.send({ type: "PROCESS_EXIT" }), site);
  }
}

function name(adapter: AdapterRecord): string {
  return `adapter 0x${adapter.pointer}`;
}
