/** The life of a list, held to the DDI's words: readable from grant to put, the device's own in between. */

import { assertEquals } from "@std/assert";
import { scatterGatherListMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const REQUEST = { type: "REQUEST" } as const;
const FILL = { type: "FILL" } as const;
const CANCEL = { type: "CANCEL" } as const;
const READ = { type: "READ" } as const;
const DOORBELL = { type: "DOORBELL" } as const;
const DONE = { type: "DEVICE_DONE" } as const;
const PUT = { type: "PUT_SCATTER_GATHER_LIST" } as const;

const list = () => watch(scatterGatherListMachine);

Deno.test("list: grant, read, start, done, put is clean, and a caller's buffer may go round again", () => {
  list().goes("put", FILL, READ, DOORBELL, READ, DONE, READ, PUT).goes("put", FILL, DOORBELL, DONE, PUT);
});

Deno.test("list: an asynchronous request is granted later, or taken back", () => {
  list().goes("put", REQUEST, FILL, DOORBELL, DONE, PUT);
  list().goes("empty", REQUEST, CANCEL).goes("filled", FILL);
});

Deno.test("list: a cancel that comes too late answers FALSE and changes nothing, in every state but waiting", () => {
  list().goes("empty", CANCEL).goes("filled", FILL, CANCEL).goes("deviceOwned", DOORBELL, CANCEL)
    .goes("deviceDone", DONE, CANCEL).goes("put", PUT, CANCEL);
});

Deno.test("list: several pieces and several rounds over one live list are legal", () => {
  list().goes("deviceDone", FILL, DOORBELL, DOORBELL, DONE, DONE).goes("put", DOORBELL, DONE, PUT);
});

Deno.test("list: it may be given back without use, on an error path", () => {
  list().goes("put", FILL, PUT);
});

Deno.test("list: it is live from grant to put, in every state between, so that who forgets the put is seen", () => {
  const life = list();
  assertEquals(life.has("live"), false);
  for (const event of [FILL, DOORBELL, DONE]) {
    life.send(event);
    assertEquals(life.has("live"), true, life.state);
  }
  life.send(PUT);
  assertEquals(life.has("live"), false);
});

Deno.test("list: put twice, without a grant or before the routine ran is named", () => {
  list().goes("put", FILL, PUT).breaks("SglDoublePut", PUT).is("put");
  list().breaks("PutUnknown", PUT).is("empty");
  list().goes("requested", REQUEST).breaks("PutBeforeCallback", PUT).is("requested");
});

Deno.test("list: put while the device owns the memory is PutWhileDeviceActive, once [S0-19]", () => {
  list().goes("deviceOwned", FILL, DOORBELL).breaks("PutWhileDeviceActive", PUT).goes("put", DONE);
  list().goes("deviceOwned", FILL, DOORBELL, DONE, DOORBELL).breaks("PutWhileDeviceActive", PUT);
});

Deno.test("list: reading it before the routine ran is SglUsedBeforeCallback [S1-12]", () => {
  list().breaks("SglUsedBeforeCallback", READ).breaks("SglUsedBeforeCallback", DOORBELL);
  list().goes("requested", REQUEST).breaks("SglUsedBeforeCallback", READ).breaks("SglUsedBeforeCallback", DOORBELL)
    .goes("filled", FILL);
});

Deno.test("list: reading it or starting the device on it after put is SglReadAfterPut", () => {
  list().goes("put", FILL, PUT).breaks("SglReadAfterPut", READ).breaks("SglReadAfterPut", DOORBELL).is("put");
});

Deno.test("list: a second build into a buffer that waits or holds a list is SglBufferInUse and leaves it alone", () => {
  const life = list().goes("requested", REQUEST).breaks("SglBufferInUse", REQUEST);
  for (const [state, event] of [["filled", FILL], ["deviceOwned", DOORBELL], ["deviceDone", DONE]] as const) {
    life.goes(state, event).breaks("SglBufferInUse", FILL).breaks("SglBufferInUse", REQUEST).is(state);
  }
});

Deno.test("list: the driver unloads over a live list is MissingPut, over anything else nothing [S0-3]", () => {
  const UNLOAD = { type: "DRIVER_UNLOAD" } as const;
  list().goes("empty", UNLOAD).goes("put", FILL, PUT, UNLOAD);
  list().goes("requested", REQUEST, UNLOAD);
  for (const way of [[FILL], [FILL, DOORBELL], [FILL, DOORBELL, DONE]]) {
    const life = list();
    for (const event of way) life.send(event);
    life.breaks("MissingPut", UNLOAD);
  }
});
