/** The life of the pool: strict FIFO, no bypass, synchronous callers never queued. */

import { assertEquals } from "@std/assert";
import { mapRegisterPoolMachine } from "../../machines/mod.ts";
import { watch } from "./watch.ts";

const ask = (count: number, synchronous = false) => ({ type: "ALLOCATE", count, synchronous }) as const;
const serve = (count: number) => ({ type: "GRANT_WAITER", count }) as const;
const free = (count: number) => ({ type: "FREE", count }) as const;
const LEAVE = { type: "LEAVE" } as const;
const pool = (size = 64) => watch(mapRegisterPoolMachine, { size });
const INSUFFICIENT = "STATUS_INSUFFICIENT_RESOURCES";

Deno.test("pool: who fits is served at once, and gives back what it took", () => {
  const life = pool().goes("open", ask(40), ask(24));
  assertEquals(life.context.free, 0);
  life.goes("open", free(40), free(24));
  assertEquals(life.context.free, 64);
});

Deno.test("pool: when registers run out, an asynchronous caller waits and is served later [S2-15]", () => {
  const life = pool().goes("open", ask(60)).refuses("STATUS_PENDING", ask(17)).is("contended");
  life.refuses("STATUS_PENDING", serve(17)).goes("contended", free(60)).goes("open", serve(17));
  assertEquals([life.context.free, life.context.waiting], [47, 0]);
});

Deno.test("pool: a newcomer may not overtake a waiter, even if it would fit", () => {
  const life = pool().goes("open", ask(60)).refuses("STATUS_PENDING", ask(17));
  life.refuses("STATUS_PENDING", ask(1)).refuses(INSUFFICIENT, ask(1, true), "poolExhausted");
  assertEquals([life.context.free, life.context.waiting], [4, 2]);
});

Deno.test("pool: a head that does not fit keeps everybody behind it waiting", () => {
  const life = pool().goes("open", ask(60)).refuses("STATUS_PENDING", ask(17)).refuses("STATUS_PENDING", ask(1));
  life.refuses("STATUS_PENDING", serve(17));
  assertEquals(life.context.waiting, 2);
  life.goes("contended", free(60), serve(17)).goes("open", serve(1));
});

Deno.test("pool: synchronous callers are never queued: poolExhausted, now or not at all [X-5]", () => {
  const life = pool().goes("open", ask(60)).refuses(INSUFFICIENT, ask(17, true), "poolExhausted").is("open");
  life.goes("open", ask(4, true));
});

Deno.test("pool: more than the pool will ever have is perTransferLimit, however it is asked [X-5]", () => {
  for (const synchronous of [true, false]) {
    pool().refuses(INSUFFICIENT, ask(65, synchronous), "perTransferLimit").is("open");
    pool().goes("open", ask(64)).refuses("STATUS_PENDING", ask(1))
      .refuses(INSUFFICIENT, ask(65, synchronous), "perTransferLimit").is("contended");
  }
});

Deno.test("pool: more registers back than out is MapRegistersDoubleFree, and the size stays", () => {
  const life = pool().goes("open", ask(10), free(10)).breaks("MapRegistersDoubleFree", free(1));
  assertEquals(life.context.free, 64);
  const line = pool(4).goes("open", ask(3)).refuses("STATUS_PENDING", ask(2)).breaks("MapRegistersDoubleFree", free(4));
  assertEquals(line.context.free, 1);
});

Deno.test("pool: a waiter may leave the line; the last one opens the pool", () => {
  const life = pool().goes("open", ask(64)).refuses("STATUS_PENDING", ask(1)).refuses("STATUS_PENDING", ask(1));
  life.goes("contended", LEAVE).goes("open", LEAVE);
});

Deno.test("pool: registers that are not in one piece are as good as none: wait, or poolExhausted", () => {
  const scattered = { inOnePiece: false };
  pool().refuses(INSUFFICIENT, { ...ask(8, true), ...scattered }, "poolExhausted").is("open");
  const life = pool().refuses("STATUS_PENDING", { ...ask(8), ...scattered });
  life.refuses("STATUS_PENDING", { ...serve(8), ...scattered }).goes("open", serve(8));
});
