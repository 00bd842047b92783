/** Immediate execution, waiting and cancelling: what a transaction does when resources are not there. */

import { assert, assertEquals } from "@std/assert";
import {
  WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION,
  wdfDmaTransactionCancel,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionExecute,
  wdfDmaTransactionRelease,
  wdfDmaTransactionSetImmediateExecution,
} from "../../actors/wdf/mod.ts";
import type { WdfDmaTransaction } from "../../actors/wdf/mod.ts";
import { Rig } from "./rig.ts";
import type { RigOptions } from "./rig.ts";

const V3 = { wdmDmaVersionOverride: 3 } as const;
const HIGH = { zone: "above4GiB" } as const;

/** A 32-bit device whose 17 registers are all taken by a first transaction of 16 pages from byte 1 on. */
function exhausted(options: RigOptions = {}): { readonly rig: Rig; readonly first: WdfDmaTransaction } {
  const rig = new Rig({ profile: "WdfDmaProfileScatterGather", hal: { mapRegisters: 17 }, config: V3, ...options });
  const first = rig.transaction();
  rig.start(first, rig.buffer(65536, { ...HIGH, byteOffset: 1 }));
  return { rig, first };
}

/** Executes a second transaction with the flag set: status and reason. */
function executeImmediately(rig: Rig): readonly [string, string | undefined] {
  const transaction = rig.transaction();
  rig.initialize(transaction, rig.buffer(4096, HIGH));
  wdfDmaTransactionSetImmediateExecution(transaction, true);
  const result = wdfDmaTransactionExecute(transaction);
  return [result.status, "reason" in result ? result.reason : undefined];
}

Deno.test("immediate execution gets its resources at once or fails, and always through EvtProgramDma [S0-24]", () => {
  const { rig, first } = exhausted();
  assertEquals(executeImmediately(rig), ["STATUS_INSUFFICIENT_RESOURCES", "poolExhausted"]);
  assertEquals(rig.programmed.length, 1);
  rig.deviceDone();
  wdfDmaTransactionDmaCompleted(first);
  // Nothing was queued by the failure; with registers there, the callback runs inside Execute.
  assertEquals(rig.programmed.length, 1);
  assertEquals(executeImmediately(rig), ["STATUS_SUCCESS", undefined]);
  assertEquals(rig.programmed.length, 2);
  // No list of the framework was ever obtained without a routine, so the channel is never left held.
  const { calls } = rig.hal.adapters[0]!.counters;
  assertEquals([calls.BuildScatterGatherListEx, calls.FreeAdapterObject, rig.rules], [3, 0, []]);
});

Deno.test("without the flag the same transaction waits and is programmed when the registers come back [S0-24]", () => {
  const { rig, first } = exhausted();
  const second = rig.transaction();
  rig.start(second, rig.buffer(4096, HIGH));
  assertEquals([rig.programmed.length, second.life.state], [1, "transfer"]);
  rig.deviceDone();
  wdfDmaTransactionDmaCompleted(first);
  assertEquals([rig.programmed.length, rig.programmed.at(-1)?.irql], [2, "DISPATCH_LEVEL"]);
});

Deno.test("immediate execution needs version 3 and KMDF 1.11: else it is named, and the transaction waits [S0-24]", () => {
  for (const { config, device } of [{ config: {}, device: {} }, { config: V3, device: { kmdfMinor: 9 } }]) {
    const { rig } = exhausted({ config, device });
    assertEquals(executeImmediately(rig), ["STATUS_SUCCESS", undefined]);
    assertEquals([rig.rules, rig.programmed.length], [["OperationNotInGrantedVersion"], 1]);
  }
});

Deno.test("KMDF 1.11 and 1.13 forget the flag in Build; Get honours it; from 1.15 on both do [S0-24]", () => {
  const status = (kmdfMinor: number, flags: number): string => {
    const { rig } = exhausted({ config: { ...V3, flags }, device: { kmdfMinor } });
    return executeImmediately(rig)[0];
  };
  const get = WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION;
  assertEquals([status(11, 0), status(13, 0), status(15, 0)], [
    "STATUS_SUCCESS",
    "STATUS_SUCCESS",
    "STATUS_INSUFFICIENT_RESOURCES",
  ]);
  assertEquals([status(11, get), status(15, get)], ["STATUS_INSUFFICIENT_RESOURCES", "STATUS_INSUFFICIENT_RESOURCES"]);
});

Deno.test("the flag lasts until Release", () => {
  const { rig } = exhausted();
  const transaction = rig.transaction();
  wdfDmaTransactionSetImmediateExecution(transaction, true);
  rig.initialize(transaction, rig.buffer(4096, HIGH));
  assertEquals(wdfDmaTransactionExecute(transaction).status, "STATUS_INSUFFICIENT_RESOURCES");
  wdfDmaTransactionRelease(transaction);
  rig.initialize(transaction, rig.buffer(4096, HIGH));
  assertEquals(wdfDmaTransactionExecute(transaction).status, "STATUS_SUCCESS");
});

Deno.test("a waiting transaction can be cancelled: TRUE, and EvtProgramDma never runs; a running one cannot", () => {
  const { rig, first } = exhausted();
  const second = rig.transaction();
  rig.start(second, rig.buffer(4096, HIGH));
  assert(wdfDmaTransactionCancel(second));
  assertEquals([wdfDmaTransactionCancel(first), first.life.state], [false, "transfer"]);
  rig.deviceDone();
  wdfDmaTransactionDmaCompleted(first);
  assertEquals([rig.programmed.length, second.life.state, rig.rules], [1, "transferFailed", []]);
  wdfDmaTransactionRelease(second);
  rig.start(second, rig.buffer(4096, HIGH));
  assertEquals(rig.programmed.length, 2);
});

Deno.test("a further fragment that finds no registers waits too; with immediate execution it ends the transaction", () => {
  for (const immediate of [false, true]) {
    const rig = new Rig({ profile: "WdfDmaProfileScatterGather", hal: { mapRegisters: 3 }, config: V3 });
    const first = rig.transaction();
    rig.initialize(first, rig.buffer(3 * 4096, HIGH));
    wdfDmaTransactionSetImmediateExecution(first, immediate);
    wdfDmaTransactionExecute(first);
    // While the first fragment of two pages is moved, somebody else waits for what comes free.
    const second = rig.transaction();
    rig.start(second, rig.buffer(3 * 4096, { ...HIGH, byteOffset: 8 }));
    rig.programmed[0]?.list.life.send({ type: "DEVICE_DONE" });
    const end = wdfDmaTransactionDmaCompleted(first);
    assertEquals(end.status, immediate ? "STATUS_INSUFFICIENT_RESOURCES" : "STATUS_MORE_PROCESSING_REQUIRED");
    assertEquals([end.completed, first.life.state], [immediate, immediate ? "transferFailed" : "transfer"]);
  }
});

Deno.test("below version 3 Cancel answers FALSE and is named", () => {
  const rig = new Rig();
  const transaction = rig.transaction();
  rig.initialize(transaction, rig.buffer(4096));
  assertEquals([wdfDmaTransactionCancel(transaction), rig.rules], [false, ["OperationNotInGrantedVersion"]]);
});
