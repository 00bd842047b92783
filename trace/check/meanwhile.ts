/**
 * What a call caused before its line: a tracer may write a line when the call returns, and FreeAdapterObject,
 * FreeAdapterChannel and PutScatterGatherList run the routine of whoever waited longest. That the routine runs shows
 * that the call was made; its line is still to come, and is judged when it does.
 */
import { letGo } from "./held.ts";
import type { AdapterRecord, Holder, ListRecord } from "./records.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** A log that lacks the lines which are expected here must not make us remember for ever. */
const EXPECTED_KEPT = 64;

/** A waiter's routine runs, so the holder's channel is free: its line is expected. */
export function freedMeanwhile(adapter: AdapterRecord): void {
  const { holder, freedEarly } = adapter;
  if (holder === null || !adapter.life.has("channelHeld")) return;
  freedEarly.push(holder);
  if (freedEarly.length > EXPECTED_KEPT) freedEarly.shift();
  letGo(adapter);
}

/** The holder whose FreeAdapterObject or FreeAdapterChannel has served a waiter, now that its line has come. */
export function takeFreed(adapter: AdapterRecord): Holder | null {
  return adapter.freedEarly.shift() ?? null;
}

/** Routines that give map registers back. */
const GIVES_REGISTERS = /^Free(?:MapRegisters|AdapterChannel|AdapterObject)$/;

/**
 * More registers than N were kept when a waiter got its own: perhaps because the call that gave some back is the next
 * one in the log. Then it is only suspected.
 */
export function perhapsFreedBefore(adapter: AdapterRecord, call: string): void {
  const { excess } = adapter;
  if (excess === null || adapter.running !== null) return;
  if (GIVES_REGISTERS.test(call) && excess.severity === "error") excess.severity = "warning";
  adapter.excess = null;
}

/** The HAL hands the address of a live list out again: it was put, and the line of its Put is expected. */
export function putMeanwhile(world: World, at: Pointer, list: ListRecord): void {
  const { adapter } = list;
  if (adapter === null) return;
  if (list.counted) adapter.life.send({ type: "PUT_SCATTER_GATHER_LIST" });
  world.dropList(list);
  world.putLists.forget(at);
  adapter.putsDue.push(list);
  if (adapter.putsDue.length > EXPECTED_KEPT) adapter.putsDue.shift();
}

/** The list at this address whose Put has served a waiter, now that its line has come. */
export function takePut(adapter: AdapterRecord, at: Pointer): ListRecord | null {
  const index = adapter.putsDue.findIndex(({ pointer }) => pointer === at);
  return index < 0 ? null : adapter.putsDue.splice(index, 1)[0]!;
}
