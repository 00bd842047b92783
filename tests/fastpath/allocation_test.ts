/** The hot path makes no garbage: the heap is as large after millions of requests as before them. */
import { assert, assertEquals } from "@std/assert";
import { misuseOf } from "../../fastpath/misuse.ts";
import { createOneThread } from "../../fastpath/one_thread.ts";
import type { OneThread } from "../../fastpath/one_thread.ts";
import { lives, makeMemory } from "./fixture.ts";

const ALLOWED_BYTES = 64 * 1024;

function runRequests(path: OneThread, count: number): number {
  let completed = 0;
  for (let request = 0; completed < count; request = (request + 8) & 31) {
    path.submit(0, request, 8);
    path.submit(1, request, 8);
    path.serve();
    completed += path.drain();
  }
  return completed;
}

Deno.test("ten million requests leave the heap where it was", () => {
  const memory = makeMemory();
  const path = createOneThread(memory);
  // First what the compiler needs. Then two looks with nothing in between but the path: looking itself allocates.
  runRequests(path, 2_000_000);
  const before = Deno.memoryUsage().heapUsed;
  const completed = runRequests(path, 10_000_000);
  const grownBytes = Deno.memoryUsage().heapUsed - before;
  assertEquals(completed, 10_000_000);
  assert(grownBytes < ALLOWED_BYTES, `the heap grew by ${grownBytes} bytes`);
  assertEquals(misuseOf(memory, lives), null);
});
