/** WDFDMATRANSACTION, state by state: which call is legal where, and the bug check that Windows shows elsewhere. */

import { assertEquals } from "@std/assert";
import { NTSTATUS } from "../../machines/ntstatus.ts";
import { wdfDmaTransactionMachine } from "../../machines/wdf_dma_transaction.ts";
import type { WdfDmaTransactionEvent, WdfDmaTransactionState } from "../../machines/wdf_dma_transaction.ts";
import {
  wdfDmaTransactionCancel,
  wdfDmaTransactionDmaCompleted,
  wdfDmaTransactionExecute,
  wdfDmaTransactionGetTransferInfo,
  wdfDmaTransactionRelease,
  wdfObjectDelete,
} from "../../actors/wdf/mod.ts";
import type { WdfDmaTransaction } from "../../actors/wdf/mod.ts";
import { ENGINES } from "../hal/fixture.ts";
import { watch } from "../machines/watch.ts";
import { Rig } from "./rig.ts";

const INITIALIZE = { type: "WDF_DMA_TRANSACTION_INITIALIZE" } as const;
const EXECUTE = { type: "WDF_DMA_TRANSACTION_EXECUTE" } as const;
const MOVED = { transferredLength: 8, fragmentLength: 8, remainingLength: 0, requireSingleTransfer: false };
const COMPLETED = { type: "WDF_DMA_TRANSACTION_DMA_COMPLETED", ...MOVED } as const;
const WITH_LENGTH = { type: "WDF_DMA_TRANSACTION_DMA_COMPLETED_WITH_LENGTH", ...MOVED } as const;
const FINAL = { type: "WDF_DMA_TRANSACTION_DMA_COMPLETED_FINAL", ...MOVED } as const;
const RELEASE = { type: "WDF_DMA_TRANSACTION_RELEASE" } as const;
const DELETE = { type: "WDF_OBJECT_DELETE" } as const;
const ALLOCATE = { type: "WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES", requiredMapRegisters: 3 } as const;
const ALLOCATE_ALL = { ...ALLOCATE, requiredMapRegisters: 0 } as const;
const FREE = { type: "WDF_DMA_TRANSACTION_FREE_RESOURCES" } as const;
const CANCEL = { type: "WDF_DMA_TRANSACTION_CANCEL", cancelled: true } as const;
const CANCEL_IN_VAIN = { ...CANCEL, cancelled: false } as const;
const IMMEDIATE = { type: "WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION" } as const;
const GET_INFO = { type: "WDF_DMA_TRANSACTION_GET_TRANSFER_INFO" } as const;

/** A way into each state; the number is its place. */
const WAYS: Readonly<Record<WdfDmaTransactionState, readonly WdfDmaTransactionEvent[]>> = {
  created: [],
  reserved: [ALLOCATE],
  initialized: [INITIALIZE],
  transfer: [INITIALIZE, EXECUTE],
  transferCompleted: [INITIALIZE, EXECUTE, COMPLETED],
  transferFailed: [INITIALIZE, EXECUTE, { type: "TRANSFER_FAILED" }],
  released: [RELEASE],
  deleted: [DELETE],
};
const STATES = Object.keys(WAYS) as WdfDmaTransactionState[];

/** The states in which an event is right, each with the state it leads to. */
const TABLE: readonly (readonly [WdfDmaTransactionEvent, string])[] = [
  [INITIALIZE, "created→initialized reserved→initialized released→initialized"],
  [EXECUTE, "initialized→transfer"],
  [COMPLETED, "transfer→transferCompleted"],
  [WITH_LENGTH, "transfer→transferCompleted"],
  [FINAL, "transfer→transferCompleted"],
  [
    RELEASE,
    "created→released reserved→released initialized→released transferCompleted→released transferFailed→released " +
    "released→released",
  ],
  [
    DELETE,
    "created→deleted reserved→deleted initialized→deleted transferCompleted→deleted transferFailed→deleted " +
    "released→deleted",
  ],
  [ALLOCATE, "created→reserved initialized→reserved released→reserved"],
  [ALLOCATE_ALL, "initialized→reserved"],
  [FREE, "reserved→released initialized→released transferCompleted→released transferFailed→released released→released"],
  [
    CANCEL,
    "reserved→transferFailed initialized→transferFailed transfer→transferFailed " +
    "transferCompleted→transferCompleted transferFailed→transferFailed",
  ],
  [
    CANCEL_IN_VAIN,
    "reserved→reserved initialized→initialized transfer→transfer transferCompleted→transferCompleted " +
    "transferFailed→transferFailed",
  ],
  [IMMEDIATE, "created→created initialized→initialized released→released"],
  [GET_INFO, "initialized→initialized"],
];

for (const [event, right] of TABLE) {
  const name = event.type + ("requiredMapRegisters" in event ? ` ${event.requiredMapRegisters}` : "") +
    ("cancelled" in event ? ` ${event.cancelled}` : "");
  Deno.test(`${name} is right where the table says, and elsewhere bug check 0x10D with the state's number`, () => {
    const found: string[] = [];
    for (const [index, state] of STATES.entries()) {
      const life = watch(wdfDmaTransactionMachine).goes(state, ...WAYS[state]);
      const [note] = life.send(event);
      if (note === undefined) found.push(`${state}→${life.state}`);
      else {assertEquals<unknown>(note, {
          type: "misuse",
          rule: "WdfTransactionWrongState",
          misuseKind: `${index + 1}`,
        });}
    }
    assertEquals(found.join(" "), right);
  });
}

Deno.test("releasing or deleting under the device is named and proceeds; every other wrong call changes nothing", () => {
  for (const [event] of TABLE) {
    for (const state of STATES) {
      const life = watch(wdfDmaTransactionMachine).goes(state, ...WAYS[state]);
      if (life.rules(event).length === 0) continue;
      const proceeds = state === "transfer" && (event === RELEASE || event === DELETE);
      assertEquals(
        life.state,
        proceeds ? (event === RELEASE ? "released" : "deleted") : state,
        `${event.type} ${state}`,
      );
    }
  }
});

/** What the façade answers to a call in each state: its value, and the kinds of what was found. */
function answers(engine: "chart" | "table", call: (transaction: WdfDmaTransaction) => unknown): unknown[] {
  const paths: readonly ((rig: Rig, transaction: WdfDmaTransaction) => void)[] = [
    () => {},
    (rig, transaction) => void rig.initialize(transaction, rig.buffer(4096)),
    (rig, transaction) => {
      rig.start(transaction, rig.buffer(4096));
      rig.deviceDone();
    },
    (rig, transaction) => {
      rig.start(transaction, rig.buffer(4096));
      rig.deviceDone();
      wdfDmaTransactionDmaCompleted(transaction);
    },
    (_rig, transaction) => void wdfDmaTransactionRelease(transaction),
    (_rig, transaction) => wdfObjectDelete(transaction),
  ];
  return paths.map((path) => {
    const rig = new Rig({ engine, config: { wdmDmaVersionOverride: 3 } });
    const transaction = rig.transaction();
    path(rig, transaction);
    const value = call(transaction);
    return [transaction.life.state, value, rig.findings.all.map(({ rule, kind }) => `${rule} ${kind}`).join()];
  });
}

for (const engine of ENGINES) {
  Deno.test(`${engine}: the façade's answer to a wrong state is the page's status, beside the finding with its number`, () => {
    const wrong = (kind: number): string => `WdfTransactionWrongState ${kind}`;
    assertEquals(answers(engine, (transaction) => wdfDmaTransactionExecute(transaction).status), [
      ["created", "STATUS_INVALID_DEVICE_REQUEST", wrong(1)],
      ["transfer", "STATUS_SUCCESS", ""],
      ["transfer", "STATUS_INVALID_DEVICE_REQUEST", wrong(4)],
      ["transferCompleted", "STATUS_INVALID_DEVICE_REQUEST", wrong(5)],
      ["released", "STATUS_INVALID_DEVICE_REQUEST", wrong(7)],
      ["deleted", "STATUS_INVALID_DEVICE_REQUEST", wrong(8)],
    ]);
    assertEquals(answers(engine, (transaction) => wdfDmaTransactionDmaCompleted(transaction).completed), [
      ["created", false, wrong(1)],
      ["initialized", false, wrong(3)],
      ["transferCompleted", true, ""],
      ["transferCompleted", false, wrong(5)],
      ["released", false, wrong(7)],
      ["deleted", false, wrong(8)],
    ]);
    assertEquals(answers(engine, (transaction) => wdfDmaTransactionRelease(transaction).status), [
      ["released", "STATUS_SUCCESS", ""],
      ["released", "STATUS_SUCCESS", ""],
      ["released", "STATUS_SUCCESS", wrong(4)],
      ["released", "STATUS_SUCCESS", ""],
      ["released", "STATUS_SUCCESS", ""],
      ["deleted", "STATUS_INVALID_DEVICE_REQUEST", wrong(8)],
    ]);
    assertEquals(answers(engine, (transaction) => wdfDmaTransactionCancel(transaction)), [
      ["created", false, wrong(1)],
      // Nothing waits yet: the HAL latches the cancel for the next allocation and says TRUE.
      ["transferFailed", true, ""],
      ["transfer", false, ""],
      ["transferCompleted", false, ""],
      ["released", false, wrong(7)],
      ["deleted", false, wrong(8)],
    ]);
    const registers = (transaction: WdfDmaTransaction): number =>
      wdfDmaTransactionGetTransferInfo(transaction).scatterGatherElementCount;
    assertEquals(answers(engine, registers).map((answer) => (answer as unknown[])[2]), [
      wrong(1),
      "",
      wrong(4),
      wrong(5),
      wrong(7),
      wrong(8),
    ]);
  });
}

for (const profile of ["WdfDmaProfileScatterGather", "WdfDmaProfilePacket"] as const) {
  Deno.test(`${profile}: what is granted to a transaction that gave up waiting goes straight back, and nobody is called`, () => {
    for (const giveUp of [wdfDmaTransactionRelease, wdfObjectDelete]) {
      const rig = new Rig({ profile, hal: { mapRegisters: 3 }, config: { wdmDmaVersionOverride: 3 } });
      const high = { zone: "above4GiB" } as const;
      const first = rig.transaction();
      rig.start(first, rig.buffer(8192, { ...high, byteOffset: 8 }));
      const second = rig.transaction();
      rig.start(second, rig.buffer(8192, { ...high, byteOffset: 8 }));
      giveUp(second);
      rig.deviceDone();
      wdfDmaTransactionDmaCompleted(first);
      assertEquals([rig.programmed.length, rig.rules], [1, ["WdfTransactionWrongState"]]);
      assertEquals([rig.hal.mapRegisters.free, rig.hal.adapters[0]?.counters.listsOutstanding], [3, 0]);
    }
  });

  Deno.test(`${profile}: a completion before EvtProgramDma ran is named, and the transfer still comes`, () => {
    const rig = new Rig({ profile, hal: { mapRegisters: 3 }, config: { wdmDmaVersionOverride: 3 } });
    const [first, second] = [rig.transaction(), rig.transaction()];
    for (const transaction of [first, second]) {
      rig.start(transaction, rig.buffer(8192, { zone: "above4GiB", byteOffset: 8 }));
    }
    assertEquals(wdfDmaTransactionDmaCompleted(second).completed, false);
    assertEquals([second.life.state, rig.rules], ["transfer", ["PutBeforeCallback"]]);
    rig.deviceDone();
    wdfDmaTransactionDmaCompleted(first);
    assertEquals(rig.programmed.length, 2);
    rig.deviceDone();
    assertEquals(wdfDmaTransactionDmaCompleted(second).completed, true);
  });

  Deno.test(`${profile}: a buffer that is not locked is named and refused, in either version`, () => {
    for (const version of [2, 3]) {
      const rig = new Rig({ profile, config: { wdmDmaVersionOverride: version } });
      const mdl = rig.hal.mdls.ioAllocateMdl(rig.region(4096).va, 4096);
      const transaction = rig.transaction();
      rig.initialize(transaction, mdl!);
      assertEquals(wdfDmaTransactionExecute(transaction).status, "STATUS_INVALID_PARAMETER");
      assertEquals([transaction.life.state, rig.programmed.length], ["transferFailed", 0]);
      assertEquals(rig.rules, ["DmaOnUnlockedBuffer"]);
      wdfDmaTransactionRelease(transaction);
      wdfObjectDelete(rig.enabler);
      assertEquals(rig.rules, ["DmaOnUnlockedBuffer"]);
    }
  });
}

Deno.test("the framework's statuses have the values that a debugger shows", () => {
  assertEquals(NTSTATUS.STATUS_WDF_BUSY, 0xc0200204);
  assertEquals(NTSTATUS.STATUS_WDF_TOO_FRAGMENTED, 0xc020020a);
  assertEquals(NTSTATUS.STATUS_WDF_TOO_MANY_TRANSFERS, 0xc0200213);
  assertEquals(NTSTATUS.STATUS_WDF_NOT_ENOUGH_MAP_REGISTERS, 0xc0200214);
});
