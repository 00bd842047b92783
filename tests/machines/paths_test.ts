/** Every path of every chart: all states reached, all transitions taken, no dead ends, counters that stay true. */

import { assert, assertEquals } from "@std/assert";
import { createActor } from "xstate";
import type { AnyStateNode } from "xstate";
import { getShortestPaths, getSimplePaths } from "xstate/graph";
import { type Chart, CHARTS, dotted, type Walked } from "./charts.ts";
import { type Edge, edgesOf, isMisuse, serialize, walkOptions } from "./walk.ts";

function nodesOf(node: AnyStateNode): AnyStateNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child as AnyStateNode))];
}

/** The snapshots reachable from the first one by steps of which none is a misuse. */
function reachedLegally(edges: readonly Edge[], start: string): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const { from, to, taken } of edges) {
    if (taken.some(isMisuse)) continue;
    const key = serialize(from);
    next.set(key, [...(next.get(key) ?? []), serialize(to)]);
  }
  return closure(next, [start]);
}

function closure(next: ReadonlyMap<string, readonly string[]>, starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set(starts);
  for (const at of reached) for (const to of next.get(at) ?? []) reached.add(to);
  return reached;
}

/** The snapshots from which a legal way leads to a state where a life may end. */
function endingLegally(edges: readonly Edge[], ends: readonly string[]): ReadonlySet<string> {
  const back = new Map<string, string[]>();
  const goals = new Set<string>();
  for (const { from, to, taken } of edges) {
    for (const snapshot of [from, to]) if (ends.includes(dotted(snapshot.value))) goals.add(serialize(snapshot));
    if (taken.some(isMisuse)) continue;
    const key = serialize(to);
    back.set(key, [...(back.get(key) ?? []), serialize(from)]);
  }
  return closure(back, [...goals]);
}

function countersOf(snapshot: Walked): [string, number][] {
  return Object.entries(snapshot.context).filter((entry): entry is [string, number] => typeof entry[1] === "number");
}

for (const chart of CHARTS) {
  const { file, machine, ends } = chart;
  const edges = edgesOf(chart);
  const start = serialize(createActor(machine, { input: chart.input }).getSnapshot() as Walked);

  Deno.test(`${file}: every state is reached`, () => {
    const reached = new Set(edges.flatMap(({ from, to }) => [dotted(from.value), dotted(to.value)]));
    const leaves = nodesOf(machine.root).filter(({ type }) => type === "atomic" || type === "final");
    assertEquals([...reached].sort(), leaves.map(({ path }) => path.join(".")).sort());
  });

  Deno.test(`${file}: every transition is taken by some sample`, () => {
    const others = chart.otherInput === undefined ? [] : edgesOf({ ...chart, input: chart.otherInput });
    const taken = new Set([...edges, ...others].flatMap((edge) => edge.taken));
    const idle = nodesOf(machine.root)
      .flatMap((node) => [...node.transitions.values()].flat())
      .filter((transition) => transition.eventType !== "*" && !taken.has(transition))
      .map(({ source, eventType, guard }) => `${source.path.join(".")} ${eventType} [${guard}]`);
    assertEquals(idle, []);
  });

  Deno.test(`${file}: from wherever a clean driver gets, a clean way leads to an end`, () => {
    const ending = endingLegally(edges, ends);
    // Where a counter reached its bound the walk stopped, so nothing is known of what follows.
    const walked = new Set(edges.map(({ from }) => serialize(from)));
    const stuck = [...reachedLegally(edges, start)].filter((at) => walked.has(at) && !ending.has(at));
    assertEquals(stuck, []);
  });

  Deno.test(`${file}: no counter goes below zero or stops being a whole number`, () => {
    for (const { to, event } of edges) {
      for (const [name, value] of countersOf(to)) {
        assert(Number.isInteger(value) && value >= 0, `${name} is ${value} after ${JSON.stringify(event)}`);
      }
    }
  });

  Deno.test(`${file}: a living actor ends every shortest path where the walk says`, () => {
    const paths = getShortestPaths(machine, walkOptions(chart));
    assert(paths.length > 1);
    for (const path of paths) {
      const actor = createActor(machine, { input: chart.input }).start();
      // The first step of a path is the start itself.
      for (const { event } of path.steps) if (!event.type.startsWith("xstate.")) actor.send(event);
      assertEquals(serialize(actor.getSnapshot() as Walked), serialize(path.state as Walked));
      actor.stop();
    }
  });
}

/** The edges of one chart. */
function walked(file: string): { readonly chart: Chart; readonly edges: readonly Edge[] } {
  const chart = CHARTS.find((chart) => chart.file === file);
  assert(chart !== undefined, `no chart ${file}`);
  return { chart, edges: edgesOf(chart) };
}

const count = (snapshot: Walked, name: string): number => snapshot.context[name] as number;

Deno.test("pool: free + held = size at every step, and each step moves what its event says [X-1]", () => {
  for (const { from, to, event, taken } of walked("map_register_pool.ts").edges) {
    const size = count(from, "size");
    assertEquals(count(to, "size"), size);
    const held = size - count(to, "free");
    assert(held >= 0 && held <= size, `${held} of ${size} held after ${JSON.stringify(event)}`);
    const moved = count(from, "free") - count(to, "free");
    const asked = (event as unknown as { count?: number }).count ?? 0;
    if (taken.some(isMisuse) || moved === 0) continue;
    assertEquals(moved, event.type === "FREE" ? -asked : asked);
  }
});

Deno.test("pool: there is a line exactly while somebody waits", () => {
  for (const { to } of walked("map_register_pool.ts").edges) {
    assertEquals(dotted(to.value) === "contended", count(to, "waiting") > 0);
  }
});

Deno.test("adapter: lists built minus put are its outstanding references, at every step [X-1]", () => {
  for (const { from, to, event, taken } of walked("dma_adapter.ts").edges) {
    const change = count(to, "lists") - count(from, "lists");
    const [before, after] = [dotted(from.value), dotted(to.value)];
    const built = before === "live.free" && ["live.heldByList", "live.inListRoutine"].includes(after);
    const put = event.type === "PUT_SCATTER_GATHER_LIST" && !taken.some(isMisuse) && before.startsWith("live.");
    assertEquals(change, built ? 1 : put ? -1 : 0, `${before} ${JSON.stringify(event)} ${after}`);
  }
});

Deno.test("adapter: the channel passes from holder to holder only through free [S0-12]", () => {
  for (const { from, to } of walked("dma_adapter.ts").edges) {
    const [before, after] = [dotted(from.value), dotted(to.value)];
    const held = (state: string): boolean => state.startsWith("live.") && state !== "live.free";
    if (!held(before) || !held(after) || before === after) continue;
    assertEquals([before, after], ["live.inChannelRoutine", "live.kept"]);
  }
});

Deno.test("queue: its depth is in step with its state, and the peak never falls", () => {
  for (const { from, to } of walked("irp_queue.ts").edges) {
    const [depth, capacity] = [count(to, "depth"), count(to, "capacity")];
    assertEquals(dotted(to.value), depth === 0 ? "empty" : depth === capacity ? "full" : "occupied");
    assert(count(to, "depthPeak") >= Math.max(count(from, "depthPeak"), depth));
  }
});

Deno.test("scheduler: no more requests come back than were taken", () => {
  for (const { to } of walked("scheduler.ts").edges) assert(count(to, "completed") <= count(to, "accepted"));
});

Deno.test("reserve: somebody waits only while it is lent, and it is never left idle with somebody waiting", () => {
  for (const { to } of walked("emergency_reserve.ts").edges) {
    assertEquals(dotted(to.value) === "awaited", count(to, "waiting") > 0);
  }
});

Deno.test("request: whoever holds a list and does nothing wrong puts it before it is completed", () => {
  const { chart, edges } = walked("irp.ts");
  const ended = edges.filter(({ to, from, taken }) =>
    dotted(to.value) === "completed" && dotted(from.value) !== "completed" && !taken.some(isMisuse)
  );
  const holding = nodesOf(chart.machine.root).filter(({ tags }) => tags.includes("holdsList")).map(({ key }) => key);
  assert(ended.length > 0 && holding.length > 0);
  for (const { from } of ended) assert(!holding.includes(dotted(from.value)), dotted(from.value));
  // The list is lost from sight only by a Put (or by a misuse that names it).
  for (const { from, to, event, taken } of edges) {
    if (!holding.includes(dotted(from.value)) || holding.includes(dotted(to.value)) || taken.some(isMisuse)) continue;
    assertEquals(event.type, "PUT");
  }
});

Deno.test("request: every loopless way a clean driver can take to completion ends it once, with a status", () => {
  const { chart } = walked("irp.ts");
  const paths = getSimplePaths(chart.machine, {
    ...walkOptions(chart),
    toState: (snapshot) => dotted((snapshot as Walked).value) === "completed",
    stopWhen: (snapshot) => dotted((snapshot as Walked).value) === "completed",
  });
  assert(paths.length > 20, `${paths.length} paths`);
  for (const { steps } of paths) {
    assertEquals(steps.filter(({ event }) => event.type === "COMPLETE").length, 1);
    assertEquals(steps.at(-1)?.event.type, "COMPLETE");
  }
});
