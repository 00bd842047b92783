/** The story `races`: the three holes with their schedules, and the cure. */

import { assert, assertEquals } from "@std/assert";
import { printed, seen } from "../stories/teller.ts";

Deno.test("races: the shortest schedule of each of the three holes is told, and the cure has none", async () => {
  const { status, out, err } = await seen(["races"]);
  assertEquals([status, err], [0, ""]);
  const headings = out.split("\n").filter((line) => line.includes("Hole ")).map((line) => line.trim());
  assertEquals(headings, [
    "Hole 1, LostWakeup: 20 steps",
    "Hole 2, ProgramBeforeEnqueue: 8 steps",
    "Hole 3, RestartBeforeIdle: 8 steps",
  ]);
  assertEquals(out.match(/nothing is found/g)?.length, 2);
  for (const line of out.split("\n")) assert([...line].length <= 120, line);
});

Deno.test("races: --json has the schedules, a line a step and one for the end", async () => {
  const [row] = (await printed(["races"])).rows;
  const holes = row?.holes as unknown as readonly { name: string; steps: number; schedule: string[] }[];
  assertEquals(holes.map(({ steps, schedule }) => schedule.length - steps), [1, 1, 1]);
});
