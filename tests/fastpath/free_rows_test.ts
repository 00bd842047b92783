/** Request rows: each has one owner at a time, none is lost, and an empty list says so. */
import { assertEquals } from "@std/assert";
import { freeRequests, giveRow, takeRow } from "../../fastpath/free_rows.ts";
import { HEADER_FREE_REQUESTS, NO_ROW } from "../../fastpath/slots.ts";
import { makeMemory, SIZES } from "./fixture.ts";

function takeAll(memory: ReturnType<typeof makeMemory>): number[] {
  const rows: number[] = [];
  for (let row = takeRow(freeRequests(memory)); row !== NO_ROW; row = takeRow(freeRequests(memory))) rows.push(row);
  return rows;
}

Deno.test("every row is taken once, then there is none, and a row given back comes first", () => {
  const memory = makeMemory();
  assertEquals(takeAll(memory).toSorted((a, b) => a - b), Array.from({ length: SIZES.requestCount }, (_, row) => row));
  assertEquals(takeRow(freeRequests(memory)), NO_ROW);
  giveRow(freeRequests(memory), 7);
  giveRow(freeRequests(memory), 3);
  assertEquals([1, 2, 3].map(() => takeRow(freeRequests(memory))), [3, 7, NO_ROW]);
});

Deno.test("a head that comes back with another generation is not the same head", () => {
  const memory = makeMemory();
  const seen = memory.header[HEADER_FREE_REQUESTS]!;
  const [first, second] = [takeRow(freeRequests(memory)), takeRow(freeRequests(memory))];
  // The row that was first is first again, but what stands behind it is in use: the old look must not succeed.
  giveRow(freeRequests(memory), first);
  const now = memory.header[HEADER_FREE_REQUESTS]!;
  assertEquals(now & 0xffff, seen & 0xffff);
  assertEquals(Atomics.compareExchange(memory.header, HEADER_FREE_REQUESTS, seen, second), now, "the exchange fails");
  assertEquals(takeAll(memory).includes(second), false);
});

Deno.test("tags wrap without losing a row", () => {
  const memory = makeMemory();
  for (let turn = 0; turn < 70_000; turn++) giveRow(freeRequests(memory), takeRow(freeRequests(memory)));
  assertEquals(takeAll(memory).length, SIZES.requestCount);
});

Deno.test("three threads on eight rows: never two owners of one row, and all rows are there afterwards", async () => {
  const memory = makeMemory({ requestCount: 8 });
  const workers = [0, 1, 2].map(() =>
    new Worker(new URL("./free_rows_worker.ts", import.meta.url), { type: "module" })
  );
  const reports = workers.map((worker) =>
    new Promise<{ clashes: number; empty: number }>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ buffer: memory.buffer, turns: 20_000 });
    })
  );
  for (const { clashes } of await Promise.all(reports)) assertEquals(clashes, 0);
  for (const worker of workers) worker.terminate();
  assertEquals(takeAll(memory).length, 8);
});
