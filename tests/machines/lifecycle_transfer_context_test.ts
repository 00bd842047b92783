/** The life of a transfer context: initialised for each transaction, one request at a time. */

import { assertEquals } from "@std/assert";
import { transferContextMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const INIT = { type: "INITIALIZE_DMA_TRANSFER_CONTEXT" } as const;
const ALLOCATE = { type: "ALLOCATE" } as const;
const GRANT = { type: "GRANT" } as const;
const QUEUE = { type: "QUEUE" } as const;
const REFUSE = { type: "REFUSE" } as const;
const RELEASE = { type: "RELEASE" } as const;
const CANCEL = { type: "CANCEL_ADAPTER_CHANNEL" } as const;
const CANCEL_MAPPED = { type: "CANCEL_MAPPED_TRANSFER" } as const;
const FLUSH = { type: "FLUSH" } as const;

const context = () => watch(transferContextMachine);

Deno.test("context: initialise, allocate, release, again and again is clean [S0-8]", () => {
  context().goes("spent", INIT, ALLOCATE, GRANT, RELEASE).goes("spent", INIT, ALLOCATE, GRANT, RELEASE);
});

Deno.test("context: a second transaction without initialising again is TransferContextNotReinitialised [S0-8]", () => {
  context().goes("spent", INIT, ALLOCATE, GRANT, RELEASE).breaks("TransferContextNotReinitialised", ALLOCATE);
});

Deno.test("context: the KMDF way, sequential reuse, is named but works all the same", () => {
  const life = context().goes("spent", INIT, ALLOCATE, GRANT, RELEASE);
  for (let round = 0; round < 3; round++) {
    life.breaks("TransferContextNotReinitialised", ALLOCATE).goes("spent", GRANT, RELEASE);
  }
});

Deno.test("context: a synchronous refusal spends it, so each new try initialises it first", () => {
  context().goes("spent", INIT, ALLOCATE, REFUSE).goes("inUse", INIT, ALLOCATE, GRANT);
  context().goes("spent", INIT, ALLOCATE, REFUSE).breaks("TransferContextNotReinitialised", ALLOCATE);
});

Deno.test("context: used raw is TransferContextNotInitialised and INVALID_PARAMETER", () => {
  const life = context();
  assertEquals(life.send(ALLOCATE), [
    { type: "refused", status: "STATUS_INVALID_PARAMETER" },
    { type: "misuse", rule: "TransferContextNotInitialised" },
  ]);
  life.breaks("TransferContextNotInitialised", CANCEL).breaks("TransferContextNotInitialised", CANCEL_MAPPED).is("raw");
});

Deno.test("context: used or initialised while the HAL has it is TransferContextBusy", () => {
  const busy = [[ALLOCATE], [ALLOCATE, QUEUE], [ALLOCATE, GRANT], [ALLOCATE, GRANT, CANCEL_MAPPED]];
  for (const way of busy) {
    const life = context();
    for (const event of [INIT, ...way]) life.send(event);
    const { state } = life;
    assertEquals(life.has("busy"), true, state);
    life.breaks("TransferContextBusy", ALLOCATE).breaks("TransferContextBusy", INIT).is(state);
  }
});

Deno.test("context: a pending request can be taken back, and the context used again after initialising", () => {
  context().goes("spent", INIT, ALLOCATE, QUEUE, CANCEL).goes("spent", INIT, ALLOCATE, QUEUE, GRANT, RELEASE);
});

Deno.test("context: a cancel after the grant answers FALSE: the transaction goes on", () => {
  context().goes("inUse", INIT, ALLOCATE, GRANT, CANCEL, FLUSH).goes("spent", RELEASE, CANCEL);
  context().goes("inUse", INIT, ALLOCATE, QUEUE, GRANT, CANCEL);
  context().goes("asked", INIT, ALLOCATE, CANCEL).goes("inUse", GRANT);
});

Deno.test("context: a cancel before the allocation latches and cancels the next one; initialising clears it", () => {
  context().goes("cancelLatched", INIT, CANCEL, CANCEL).refuses("STATUS_CANCELLED", ALLOCATE).is("spent");
  context().goes("inUse", INIT, CANCEL, INIT, ALLOCATE, GRANT);
});

Deno.test("context: a stopped system transfer is flushed before release; the flush clears the mark", () => {
  context().goes("mappedCancelled", INIT, ALLOCATE, GRANT, CANCEL_MAPPED, CANCEL_MAPPED, CANCEL)
    .goes("spent", FLUSH, RELEASE);
  context().goes("mappedCancelled", INIT, ALLOCATE, GRANT, CANCEL_MAPPED).breaks("MissingFlush", RELEASE).is("spent");
});
