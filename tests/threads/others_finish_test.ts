/** On real threads, under load: a Worker is lost, and what was not its own completes as if nothing had happened. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTripOnThreads } from "../../actors/threads/mod.ts";
import type { ThreadRoundTripResult } from "../../actors/threads/mod.ts";
import { patternOf } from "./round_trip.ts";

const PIECE_BYTES = 4096;
/** Far more than is done when somebody dies. */
const FILE = patternOf(16 * 1024 * 1024);
const PIECES = FILE.length / PIECE_BYTES;
const DISPATCHERS = 3;
const ENGINES_EACH_WAY = 4;

/** A team of three dispatchers and two DPCs loses one; `dispatcherOf` by request, in the order of its submission. */
function losing(victim: string): Promise<{ result: ThreadRoundTripResult; dispatcherOf: Map<number, number> }> {
  const dispatcherOf = new Map<number, number>();
  const sentTo = new Int32Array(2 * ENGINES_EACH_WAY);
  return new Promise((resolve) => {
    let back = 0;
    let kill = (): void => {};
    runRoundTripOnThreads({
      // Few slots, so that many rows wait for one when it happens.
      ...{ bytes: FILE, pieceBytes: PIECE_BYTES, dispatcherCount: DISPATCHERS, dpcCount: 2, slotCount: 4 },
      onStarted: (scheduler) => kill = () => scheduler.kill(victim),
      onSubmitted: (request) => {
        const engine = request < PIECES ? request % ENGINES_EACH_WAY : ENGINES_EACH_WAY + request % ENGINES_EACH_WAY;
        dispatcherOf.set(request, sentTo[engine]!++ % DISPATCHERS);
      },
      onCompleted: () => {
        if (++back === 200) kill();
      },
    }, (result) => resolve({ result, dispatcherOf }));
  });
}

function assertWhole({ accepted, completed, twice, missing, misuse, requests }: ThreadRoundTripResult): void {
  assertEquals({ completed, twice, missing, misuse }, { completed: accepted, twice: 0, missing: 0, misuse: null });
  assert(accepted > 400 && accepted < requests, `${accepted} requests were accepted: it died too early, or too late`);
}

function assertBytes({ bytes, statuses }: ThreadRoundTripResult): void {
  for (let piece = 0; piece < PIECES; piece++) {
    if (statuses[PIECES + piece] !== "STATUS_SUCCESS") continue;
    const [from, to] = [piece * PIECE_BYTES, (piece + 1) * PIECE_BYTES];
    assertEquals(bytes.subarray(from, to), FILE.subarray(from, to), `piece ${piece}`);
  }
}

Deno.test("one of three dispatchers is lost under load: what the others got succeeds, and it alone has lost some [X-3]", async () => {
  const { result, dispatcherOf } = await losing("dispatch:1");
  assertWhole(result);
  assertBytes(result);
  let stranded = 0;
  for (const [request, dispatcher] of dispatcherOf) {
    const status = result.statuses[request];
    if (status === "STATUS_SUCCESS") continue;
    assertEquals([dispatcher, status], [1, "STATUS_CANCELLED"], `request ${request}`);
    stranded++;
  }
  assert(stranded > 0, "nothing of its own was left: it died too late to be seen");
  assertEquals([result.lost?.worker, result.settled], ["dispatch:1", stranded]);
});

Deno.test("one of two DPCs is lost under load: the other completes everything, before it stops [X-3]", async () => {
  const { result } = await losing("dpc:1");
  assertWhole(result);
  assertBytes(result);
  // It was asked to die between two passes, with nothing claimed.
  assertEquals([result.lost?.worker, result.failed, result.settled], ["dpc:1", 0, 0]);
});
