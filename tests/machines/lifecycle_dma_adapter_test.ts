/** The life of an adapter: one builder at a time, many lists out, everything back before it goes. */

import { assertEquals } from "@std/assert";
import { dmaAdapterMachine } from "../../machines/mod.ts";
import type { ChannelDemand, DmaAdapterContext, DmaAdapterEvent, IoAllocationAction } from "../../machines/mod.ts";
import { watch, type Watched } from "./watch.ts";

type Adapter = Watched<DmaAdapterContext, DmaAdapterEvent>;

const GET = { type: "IO_GET_DMA_ADAPTER" } as const;
const PUT_LIST = { type: "PUT_SCATTER_GATHER_LIST" } as const;
const PUT_ADAPTER = { type: "PUT_DMA_ADAPTER" } as const;
const FREE_CHANNEL = { type: "FREE_ADAPTER_CHANNEL" } as const;
const FREE_REGISTERS = { type: "FREE_MAP_REGISTERS" } as const;
const ALLOCATE_BUFFER = { type: "ALLOCATE_COMMON_BUFFER" } as const;
const FREE_BUFFER = { type: "FREE_COMMON_BUFFER" } as const;
const CANCEL = { type: "CANCEL_ADAPTER_CHANNEL" } as const;

/** A synchronous request without routine that fits: N is 17 below. */
const SYNC: ChannelDemand = {
  registers: 17,
  synchronous: true,
  withRoutine: false,
  registersAvailable: true,
  memoryAvailable: true,
};
const ASYNC: ChannelDemand = { ...SYNC, synchronous: false, withRoutine: true };

const build = (request = SYNC) => ({ type: "BUILD_SCATTER_GATHER_LIST", ...request }) as const;
const allocate = (request = SYNC) => ({ type: "ALLOCATE_ADAPTER_CHANNEL", ...request }) as const;
const free = (action: IoAllocationAction) => ({ type: "FREE_ADAPTER_OBJECT", action }) as const;
const returned = (action: IoAllocationAction = "DeallocateObjectKeepRegisters") =>
  ({ type: "ROUTINE_RETURNED", action }) as const;
const grant = (form: "list" | "channel") => ({ type: "GRANT", form }) as const;
const STEP_4 = free("DeallocateObjectKeepRegisters");

const adapter = (): Adapter => watch(dmaAdapterMachine, { numberOfMapRegisters: 17 }).goes("live.free", GET);

Deno.test("adapter: build, free the channel, put, put the adapter is clean", () => {
  adapter().goes("live.heldByList", build()).goes("live.free", STEP_4, PUT_LIST).goes("released", PUT_ADAPTER);
});

Deno.test("adapter: no routine: held until FreeAdapterObject(KeepRegisters); the rest is named [S0-4]", () => {
  const held = () => adapter().goes("live.heldByList", build());
  held().goes("live.free", STEP_4);
  held().breaks("FreeAdapterObjectKeepObject", free("KeepObject")).is("live.heldByList").goes("live.free", STEP_4);
  held().breaks("RegistersFreedUnderSgl", free("DeallocateObject")).is("live.free");
  held().breaks("RegistersFreedUnderSgl", FREE_CHANNEL).is("live.free");
  // Omitted: the next builder meets it, and so does the end.
  held().breaks("ChannelOverlap", build());
  assertEquals(held().rules(PUT_ADAPTER), ["PutAdapterWithSgl", "PutAdapterWithChannel"]);
});

Deno.test("adapter: with a routine the HAL frees the channel; FreeAdapterObject is once too often [S0-4]", () => {
  for (const request of [{ ...SYNC, withRoutine: true }, ASYNC]) {
    const life = adapter().goes("live.inListRoutine", build(request));
    life.breaks("ChannelDoubleFree", STEP_4).breaks("ChannelDoubleFree", FREE_CHANNEL).is("live.inListRoutine");
    life.goes("live.free", returned()).breaks("ChannelDoubleFree", STEP_4);
    life.goes("released", PUT_LIST, PUT_ADAPTER);
  }
});

Deno.test("adapter: FreeAdapterObject frees the channel; the adapter lives on and must be put [S0-5]", () => {
  const life = adapter().goes("live.free", build(), STEP_4);
  assertEquals(life.has("live"), true);
  life.goes("released", PUT_LIST, PUT_ADAPTER);
});

Deno.test("adapter: after FreeAdapterObject the next build starts at once, with lists outstanding [S0-6]", () => {
  const life = adapter();
  for (let lists = 1; lists <= 3; lists++) {
    life.goes("live.heldByList", build()).goes("live.free", STEP_4);
    assertEquals(life.context.lists, lists);
  }
});

Deno.test("adapter: each list keeps a reference until it is put; only at none may the adapter go [S0-7]", () => {
  const life = adapter().goes("live.free", build(), STEP_4, build(), STEP_4, PUT_LIST);
  assertEquals(life.context.lists, 1);
  life.breaks("PutAdapterWithSgl", PUT_ADAPTER);
  adapter().goes("released", build(), STEP_4, build(), STEP_4, PUT_LIST, PUT_LIST, PUT_ADAPTER);
});

Deno.test("adapter: a list never put keeps it from ever going cleanly [S0-3]", () => {
  assertEquals(adapter().goes("live.free", build(), STEP_4).rules(PUT_ADAPTER), ["PutAdapterWithSgl"]);
  const byRoutine = adapter().goes("live.free", build({ ...SYNC, withRoutine: true }), returned());
  assertEquals(byRoutine.rules(PUT_ADAPTER), ["PutAdapterWithSgl"]);
});

Deno.test("adapter: a list out at PutDmaAdapter is the blue screen at unload, named with all that is left", () => {
  assertEquals(adapter().goes("live.free", build(), STEP_4).rules(PUT_ADAPTER), ["PutAdapterWithSgl"]);
  assertEquals(adapter().goes("live.heldByList", build()).rules(PUT_ADAPTER), [
    "PutAdapterWithSgl",
    "PutAdapterWithChannel",
  ]);
});

Deno.test("adapter: kept registers, common buffers and waiters left at PutDmaAdapter are each named", () => {
  const kept = adapter().goes("live.free", allocate(ASYNC), returned());
  assertEquals(kept.rules(PUT_ADAPTER), ["PutAdapterWithMapRegisters"]);
  assertEquals(adapter().goes("live.free", ALLOCATE_BUFFER).rules(PUT_ADAPTER), ["PutAdapterWithCommonBuffers"]);
  const waited = adapter().refuses("STATUS_PENDING", build({ ...ASYNC, registersAvailable: false }));
  assertEquals(waited.rules(PUT_ADAPTER), ["AdapterRefLeak"]);
});

Deno.test("adapter: a second synchronous build is refused, channelBusy, and named ChannelOverlap [S0-12]", () => {
  for (const [hold, state] of [[build(), "live.heldByList"], [allocate(), "live.heldByChannel"]] as const) {
    for (const second of [build(), allocate()]) {
      const life = adapter().goes(state, hold);
      assertEquals(life.send(second), [
        { type: "refused", status: "STATUS_INSUFFICIENT_RESOURCES", reason: "channelBusy" },
        { type: "misuse", rule: "ChannelOverlap" },
      ]);
      life.is(state);
    }
  }
});

Deno.test("adapter: an asynchronous build behind a synchronous holder waits, and that is no overlap", () => {
  const life = adapter().goes("live.heldByList", build()).refuses("STATUS_PENDING", build(ASYNC));
  life.goes("live.inListRoutine", STEP_4, grant("list")).goes("live.free", returned());
  assertEquals([life.context.lists, life.context.waiting], [2, 0]);
});

Deno.test("adapter: missing registers delay an asynchronous request and never fail it [S2-15]", () => {
  const scarce = { registersAvailable: false };
  adapter().refuses("STATUS_PENDING", build({ ...ASYNC, ...scarce })).goes("live.inListRoutine", grant("list"));
  adapter().refuses("STATUS_PENDING", allocate({ ...ASYNC, ...scarce })).goes(
    "live.inChannelRoutine",
    grant("channel"),
  );
  adapter().refuses("STATUS_INSUFFICIENT_RESOURCES", build({ ...SYNC, ...scarce }), "poolExhausted");
});

Deno.test("adapter: INSUFFICIENT_RESOURCES always carries the one reason that is true [X-5]", () => {
  const status = "STATUS_INSUFFICIENT_RESOURCES";
  for (const ask of [build, allocate]) {
    adapter().refuses(status, ask({ ...SYNC, registers: 18 }), "perTransferLimit");
    adapter().refuses(status, ask({ ...ASYNC, registers: 18 }), "perTransferLimit");
    adapter().refuses(status, ask({ ...SYNC, registersAvailable: false }), "poolExhausted");
    const line = adapter().refuses("STATUS_PENDING", ask({ ...ASYNC, registersAvailable: false }));
    line.refuses(status, ask(), "channelBusy");
    line.refuses(status, ask({ ...SYNC, registersAvailable: false }), "channelBusy");
    line.refuses(status, ask({ ...SYNC, withRoutine: true }), "channelBusy").is("live.free");
    line.refuses("STATUS_PENDING", ask(ASYNC)).is("live.free");
    const routine = adapter().goes("live.inListRoutine", build({ ...SYNC, withRoutine: true }));
    routine.refuses(status, build(), "channelBusy");
  }
  adapter().refuses(status, build({ ...SYNC, memoryAvailable: false }), "noMemory");
  adapter().goes("live.heldByChannel", allocate({ ...SYNC, memoryAvailable: false }));
});

Deno.test("adapter: more registers than N are refused at once in every state: waiting would be for ever", () => {
  const ways = [
    [],
    [build()],
    [allocate()],
    [build(ASYNC)],
    [allocate(ASYNC), returned("KeepObject")],
  ];
  for (const way of ways) {
    const life = adapter();
    for (const event of way) life.send(event);
    const tooMuch = { ...ASYNC, registers: 18 };
    life.refuses("STATUS_INSUFFICIENT_RESOURCES", build(tooMuch), "perTransferLimit");
    life.refuses("STATUS_INSUFFICIENT_RESOURCES", allocate(tooMuch), "perTransferLimit");
    assertEquals(life.context.waiting, 0, life.state);
  }
});

Deno.test("adapter: asynchronous without an execution routine is INVALID_PARAMETER", () => {
  for (const ask of [build, allocate]) {
    adapter().refuses("STATUS_INVALID_PARAMETER", ask({ ...ASYNC, withRoutine: false })).is("live.free");
  }
});

Deno.test("adapter: AllocateAdapterChannel in AdapterControl is SecondChannelInAdapterControl [S2-11]", () => {
  const life = adapter().goes("live.inChannelRoutine", allocate(ASYNC));
  life.breaks("SecondChannelInAdapterControl", allocate(ASYNC)).is("live.inChannelRoutine");
});

Deno.test("adapter: what AdapterControl returns decides over channel and registers", () => {
  const inControl = () => adapter().goes("live.inChannelRoutine", allocate(ASYNC));
  inControl().goes("live.free", returned("DeallocateObject")).breaks("MapRegistersDoubleFree", FREE_REGISTERS);
  inControl().goes("live.free", returned(), FREE_REGISTERS).goes("released", PUT_ADAPTER);
  inControl().goes("live.kept", returned("KeepObject")).goes("live.free", FREE_CHANNEL).goes("released", PUT_ADAPTER);
  inControl().goes("live.kept", returned("KeepObject")).breaks("FreeAdapterObjectKeepObject", free("KeepObject"));
});

Deno.test("adapter: a routine-less channel ends by FreeAdapterObject or by FreeAdapterChannel", () => {
  const held = () => adapter().goes("live.heldByChannel", allocate());
  held().goes("live.free", free("DeallocateObject")).goes("released", PUT_ADAPTER);
  held().goes("live.free", FREE_CHANNEL).goes("released", PUT_ADAPTER);
  held().goes("live.free", STEP_4, FREE_REGISTERS).goes("released", PUT_ADAPTER);
  held().breaks("FreeAdapterObjectKeepObject", free("KeepObject")).is("live.heldByChannel");
});

Deno.test("adapter: FreeAdapterObject(KeepObject) has no effect where nobody holds the channel either", () => {
  adapter().breaks("FreeAdapterObjectKeepObject", free("KeepObject")).is("live.free");
});

Deno.test("adapter: a grant with nobody waiting is no grant", () => {
  adapter().breaks("UnexpectedEvent", grant("list")).breaks("UnexpectedEvent", grant("channel")).is("live.free");
});

Deno.test("adapter: a query is legal as long as the adapter lives, whoever holds the channel", () => {
  adapter().goes("live.heldByList", { type: "CALL" }, build(), { type: "CALL" });
});

Deno.test("adapter: Put before FreeAdapterObject is legal; DeallocateObject then frees registers twice", () => {
  adapter().goes("live.free", build(), PUT_LIST, STEP_4).goes("released", PUT_ADAPTER);
  for (const twice of [free("DeallocateObject"), FREE_CHANNEL]) {
    adapter().goes("live.heldByList", build(), PUT_LIST).breaks("MapRegistersDoubleFree", twice).is("live.free");
  }
});

Deno.test("adapter: FreeAdapterObject after a refused build is tolerated once, with a warning of its own", () => {
  const life = adapter().refuses(
    "STATUS_INSUFFICIENT_RESOURCES",
    build({ ...SYNC, registersAvailable: false }),
    "poolExhausted",
  );
  life.breaks("FreeWithoutGrant", STEP_4).breaks("ChannelDoubleFree", STEP_4).is("live.free");
});

Deno.test("adapter: everything returned more often than taken is named", () => {
  adapter().breaks("SglDoublePut", PUT_LIST).breaks("MapRegistersDoubleFree", FREE_REGISTERS)
    .breaks("CommonBufferDoubleFree", FREE_BUFFER).breaks("ChannelDoubleFree", FREE_CHANNEL).is("live.free");
});

Deno.test("adapter: a waiting request can be cancelled; with nobody waiting the call answers FALSE", () => {
  const life = adapter().refuses("STATUS_PENDING", build({ ...ASYNC, registersAvailable: false }));
  life.goes("live.free", CANCEL, CANCEL).goes("released", PUT_ADAPTER);
});

Deno.test("adapter: before IoGetDmaAdapter every call is NullAdapter, after PutDmaAdapter UseAfterPutAdapter", () => {
  const none = watch(dmaAdapterMachine, { numberOfMapRegisters: 17 });
  none.breaks("NullAdapter", build()).breaks("NullAdapter", PUT_ADAPTER).is("absent");
  adapter().goes("released", PUT_ADAPTER).breaks("UseAfterPutAdapter", build())
    .breaks("UseAfterPutAdapter", PUT_ADAPTER).is("released");
});

Deno.test("adapter: the driver unloads without PutDmaAdapter, with the channel held, or in order [S0-4, S0-5]", () => {
  const UNLOAD = { type: "DRIVER_UNLOAD" } as const;
  adapter().breaks("AdapterNotPut", UNLOAD);
  assertEquals(adapter().goes("live.heldByList", build()).rules(UNLOAD), ["ChannelNeverFreed", "AdapterNotPut"]);
  assertEquals(adapter().goes("released", PUT_ADAPTER).rules(UNLOAD), []);
});
