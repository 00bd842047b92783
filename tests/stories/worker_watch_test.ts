/** The watch over Workers: who hangs is named, who works or sleeps is left alone. */
import { assertEquals } from "@std/assert";
import { WorkerWatch } from "../../examples/worker_watch.ts";
import type { WorkerCounters } from "../../mod.ts";

const worker = (name: string, passes: number, parked = false): WorkerCounters => ({
  ...{ worker: name, passes, handled: 0, parked },
});

/** What the looks said, one after the other, until one of them names somebody. */
function firstNamed(
  watch: WorkerWatch,
  looks: number,
  at: (look: number) => WorkerCounters[],
): [number, string] | null {
  for (let look = 0; look < looks; look++) {
    const named = watch.look(at(look));
    if (named !== null) return [look, named];
  }
  return null;
}

Deno.test("a Worker that makes no pass for thirty seconds and is not parked is named", () => {
  const team = (look: number): WorkerCounters[] => [worker("card", look), worker("dpc:1", 17)];
  assertEquals(firstNamed(new WorkerWatch(), 100, team), [30, "the Worker dpc:1 hangs: no pass for 30 s"]);
});

Deno.test("a Worker that is parked, or makes a pass now and then, does not hang", () => {
  const team = (look: number): WorkerCounters[] => [
    worker("card", Math.floor(look / 29)),
    worker("dispatch:0", 5, true),
    // Awake for a while after each sleep, without a pass that anybody saw.
    worker("dpc:0", 9, look % 30 === 0),
  ];
  assertEquals(firstNamed(new WorkerWatch(), 500, team), null);
});
