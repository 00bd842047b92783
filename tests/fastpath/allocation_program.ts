/**
 * What `allocation_test.ts` runs by itself: `allocation_program.ts <one thread|two halves> <own|submit|serve|drain>`.
 * Drives the path for ten million requests and prints how many bytes were allocated meanwhile, on a heap whose young
 * generation is so large that a look at it comes long before a collection. The second word names a mutant: that turn
 * makes one small object each time it is called.
 */
import { createDeviceSide } from "../../fastpath/device_side.ts";
import { createDispatchSide } from "../../fastpath/dispatch_side.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import { createOneThread } from "../../fastpath/one_thread.ts";
import type { OneThread } from "../../fastpath/one_thread.ts";
import { lives, makeMemory } from "./fixture.ts";

const REQUESTS = 10_000_000;
const LOOKS = 20;
const BURST = 8;

function runRequests(path: OneThread, count: number): number {
  let completed = 0;
  for (let request = 0; completed < count; request = (request + BURST) & 31) {
    path.submit(0, request, BURST);
    path.submit(1, request, BURST);
    path.serve();
    completed += path.drain();
  }
  return completed;
}

/** The same turns; one of them leaves a small object behind. */
function allocating(path: OneThread, turn: string): OneThread {
  const leak = globalThis as { left?: unknown };
  return {
    ...path,
    submit(channel, firstRequest, count) {
      if (turn === "submit") leak.left = { channel };
      return path.submit(channel, firstRequest, count);
    },
    serve() {
      if (turn === "serve") leak.left = { turn };
      return path.serve();
    },
    drain() {
      if (turn === "drain") leak.left = { turn };
      return path.drain();
    },
  };
}

const [form, turn = "own"] = Deno.args;
const memory = makeMemory();
const whole = form === "one thread"
  ? createOneThread(memory)
  : { ...createDispatchSide(memory), ...createDeviceSide(memory) };
const path = turn === "own" ? whole : allocating(whole, turn);
// What the compiler makes of its own accord it makes here.
runRequests(path, REQUESTS / 2);
let completed = 0;
let allocatedBytes = 0;
for (let look = 0; look < LOOKS; look++) {
  const beforeBytes = Deno.memoryUsage().heapUsed;
  completed += runRequests(path, REQUESTS / LOOKS);
  // A collection in between would make it less; then the looks beside it still say enough.
  allocatedBytes += Math.max(0, Deno.memoryUsage().heapUsed - beforeBytes);
}
console.log(JSON.stringify({ completed, allocatedBytes, misuse: misuseOf(memory, lives) }));
