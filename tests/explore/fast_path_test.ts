/** Every interleaving of the fast path's own code, plain accesses included. */

import { assert, assertEquals } from "@std/assert";
import { createFillSlots } from "../../fastpath/1_dispatch.ts";
import { SUCCESS } from "../../fastpath/2_validate.ts";
import { createQueue } from "../../fastpath/4_queue.ts";
import { explore } from "../../fastpath/explore/mod.ts";
import type { Model } from "../../fastpath/explore/mod.ts";
import { fastPathModel, whileThereIsRoom } from "./fast_path_model.ts";
import type { Dispatch } from "./fast_path_model.ts";

Deno.test("explore: the fast path's own code loses no request and breaks no rule in any order of its steps", () => {
  for (const requestCounts of [[1], [2], [1, 1], [2, 1]]) {
    const { findings, ends, longestSteps, model } = explore(fastPathModel(requestCounts), { reduced: true });
    assertEquals(findings.map(({ name }) => name), [], model.name);
    assertEquals(ends.length, 1);
    assert(Number.isFinite(longestSteps));
  }
});

Deno.test("explore: left in every order, the fast path ends as it does reduced", () => {
  for (const requestCounts of [[1], [2], [1, 1]]) {
    const [full, reduced] = [false, true].map((each) => explore(fastPathModel(requestCounts), { reduced: each }));
    assertEquals(full?.ends, reduced?.ends);
    assertEquals(full?.findings, []);
  }
});

Deno.test("explore: slots that are used again and again lose no request and break no rule", () => {
  // Two slots.
  for (const requestCount of [3, 5]) {
    const { findings, ends } = explore(fastPathModel([requestCount], whileThereIsRoom), { reduced: true });
    assertEquals(findings.map(({ name }) => name), []);
    assertEquals(ends.length, 1);
  }
  const [full, reduced] = [false, true].map((each) =>
    explore(fastPathModel([3], whileThereIsRoom), { reduced: each }).ends
  );
  assertEquals(full, reduced);
});

/** Tries the token before it has published: the lost wakeup. */
const triesFirst: Dispatch = (memory, channel, firstRequest, count) => {
  const fillSlots = createFillSlots(memory);
  const { startSubmitted, publishSubmitted } = createQueue(memory);
  for (let position = 0; position < count; position++) {
    const end = fillSlots(channel, position, firstRequest + position, 1);
    startSubmitted(channel, position);
    publishSubmitted(channel, end);
  }
};

Deno.test("explore: a dispatcher that tries the token before it has published loses a request, and it shows", () => {
  const { findings } = explore(fastPathModel([1], triesFirst));
  assertEquals(findings.map(({ name }) => name), ["RequestLost"]);
});

/** The value of a word in every end. */
function endsWith(model: Model, name: string, ends: readonly { readonly words: Int32Array }[]): number[] {
  const at = model.describe(model.words).findIndex((part) => part.startsWith(name));
  return ends.map(({ words }) => words[at]!);
}

Deno.test("explore: a dispatcher of the fast path that stops for ever holds up what it has not handed over, no more", () => {
  const two = fastPathModel([2]);
  const { ends } = explore(two, { suspend: 0 });
  const [submitted, first] = ["SUBMITTED[0]", "requestStatus[0]"].map((name) => endsWith(two, name, ends));
  assert(ends.some(({ suspendedBefore }) => suspendedBefore !== null));
  // It turns to the second request when the first is handed over.
  for (const [end, position] of submitted!.entries()) if (position === 2) assertEquals(first![end], SUCCESS);

  const other = fastPathModel([1, 1]);
  const { ends: others } = explore(other, { suspend: 0, reduced: true });
  assert(others.length > 1);
  assertEquals(new Set(endsWith(other, "requestStatus[1]", others)), new Set([SUCCESS]));
});

Deno.test("explore: whoever of the fast path stops for ever holds up its channel, and the shared ones every channel", () => {
  const model = fastPathModel([1, 1]);
  const undone = model.participants.map(({ name }, suspend) => {
    const { ends } = explore(model, { suspend, reduced: true });
    const statuses = [0, 1].map((request) => endsWith(model, `requestStatus[${request}]`, ends));
    const left = ends.map((_, end) => [0, 1].filter((request) => statuses[request]![end] !== SUCCESS));
    return [name, [...new Set(left.map(String))].sort()] as const;
  });
  assertEquals(Object.fromEntries(undone), {
    "dispatcher 0": ["", "0"],
    "dispatcher 1": ["", "1"],
    // One of each for all channels: the path is not lock-free here, nobody stands in for them.
    "engine and ISR": ["", "0", "0,1", "1"],
    "DPC": ["", "0", "0,1", "1"],
  });
});
