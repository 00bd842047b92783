/** A file there and back on Workers: every byte, every request once, no rule broken, however the team is made. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { runRoundTripOnThreads } from "../../actors/threads/mod.ts";
import type { ThreadRoundTripOptions, ThreadRoundTripResult } from "../../actors/threads/mod.ts";
import { patternOf, roundTrip } from "./round_trip.ts";

function assertWhole(result: ThreadRoundTripResult, bytes: Uint8Array): void {
  const { accepted, completed, requests, failed, missing, twice, lost, misuse, card } = result;
  assertEquals({ accepted, completed, failed, missing, twice, lost, misuse }, {
    accepted: requests,
    completed: requests,
    failed: 0,
    missing: 0,
    twice: 0,
    lost: null,
    misuse: null,
  });
  assertEquals(card?.notices, []);
  assertEquals(result.bytes, bytes);
}

const TEAMS: Readonly<Record<string, Omit<ThreadRoundTripOptions, "bytes">>> = {
  "one dispatcher, one DPC": {},
  "three dispatchers and two DPCs": { dispatcherCount: 3, dpcCount: 2 },
  "two slots an engine, so that dispatchers wait for room": { slotCount: 2, dispatcherCount: 2 },
  "eight requests at once": { requestCount: 8 },
  "one channel each way": { h2cCount: 1, c2hCount: 1 },
};

for (const [name, team] of Object.entries(TEAMS)) {
  Deno.test(`a file of odd length comes back to the byte on threads: ${name}`, async () => {
    const bytes = patternOf(1_000_003);
    assertWhole(await roundTrip({ bytes, pieceBytes: 4096, ...team }), bytes);
  });
}

Deno.test("on threads an engine's requests complete in the order in which one dispatcher got them [X-3]", async () => {
  const bytes = patternOf(400 * 4096);
  const engineOf = (request: number): string => request < 400 ? `h2c${request % 4}` : `c2h${(request - 400) % 4}`;
  for (const pipeline of ["interrupts", "three-stage"] as const) {
    const orders = { submitted: {} as Record<string, number[]>, completed: {} as Record<string, number[]> };
    await roundTrip({
      ...{ bytes, pipeline, pieceBytes: 4096, requestCount: 64, slotCount: 4 },
      onSubmitted: (request) => void (orders.submitted[engineOf(request)] ??= []).push(request),
      onCompleted: (request) => void (orders.completed[engineOf(request)] ??= []).push(request),
    });
    assertEquals(orders.completed, orders.submitted);
    assertEquals(Object.values(orders.completed).map(({ length }) => length), new Array(8).fill(100));
  }
});

Deno.test("the three threads of seed 000, rings between them, bring a file back to the byte", async () => {
  const bytes = patternOf(1_000_003);
  const result = await roundTrip({ bytes, pipeline: "three-stage", pieceBytes: 8192 });
  assertWhole(result, bytes);
  assertEquals(result.workers.map(({ worker }) => worker), ["transfer", "prepare", "put"]);
  // Every request went through each of the three.
  for (const { worker, handled } of result.workers) assertEquals(handled, result.requests, worker);
});

Deno.test("one thread that does the three stages in turn brings the same", async () => {
  const bytes = patternOf(500_001);
  const result = await roundTrip({ bytes, pipeline: "one-thread" });
  assertWhole(result, bytes);
  assertEquals(result.workers.map(({ worker }) => worker), ["stages"]);
});

Deno.test("a request that the card refuses fails alone, whatever came with it", async () => {
  // The card has 128 KiB: pieces beyond that stop their engine with a write error, and it goes on with the next.
  const bytes = patternOf(256 * 1024);
  for (const pipeline of ["interrupts", "three-stage", "one-thread"] as const) {
    const result = await roundTrip({ bytes, pipeline, pieceBytes: 4096, card: { cardMemoryBytes: 128 * 1024 } });
    assertEquals([result.lost, result.misuse, result.twice, result.missing, result.failed], [null, null, 0, 0, 32]);
    assertEquals(result.accepted, 64 + 32);
    result.statuses.slice(0, 64).forEach((status, piece) =>
      assertEquals(status, piece < 32 ? "STATUS_SUCCESS" : "STATUS_DEVICE_HARDWARE_ERROR", `piece ${piece}`)
    );
    assertEquals(result.bytes.subarray(0, 128 * 1024), bytes.subarray(0, 128 * 1024));
  }
});

Deno.test("what cannot be is one sentence before any Worker starts", () => {
  const bytes = patternOf(10);
  const cases: readonly (readonly [Partial<ThreadRoundTripOptions>, string])[] = [
    [{ bytes: new Uint8Array(0) }, "empty file"],
    [{ pieceBytes: 100 }, "multiple of 4096"],
    [{ c2hCount: 0 }, "at least one channel each way"],
    [{ dispatcherCount: 9 }, "dispatcherCount"],
    [{ pipeline: "three-stage", dispatcherCount: 2 }, "dispatcherCount"],
    [{ slotCount: 3 }, "slotCount"],
    [{ slotCount: 1 }, "power of two from 2 to 4096"],
  ];
  for (const [options, words] of cases) {
    const error = assertThrows(() => runRoundTripOnThreads({ bytes, ...options }, () => {}), RangeError);
    assert(error.message.includes(words), error.message);
  }
});
