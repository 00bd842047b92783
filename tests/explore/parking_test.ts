/** Every interleaving of who goes to sleep with who makes work: nobody sleeps on work, whoever stops. */
import { assertEquals } from "@std/assert";
import { explore } from "../../fastpath/explore/mod.ts";
import { parkingModel } from "./parking_model.ts";
import type { ParkingModelOptions } from "./parking_model.ts";

/** What is found when nobody stops, and when one of the makers stops for ever at any of its steps. */
function found(options: ParkingModelOptions): { readonly whole: string[]; readonly oneStops: string[] } {
  const model = parkingModel(options);
  const names = (suspend?: number): string[] =>
    explore(model, suspend === undefined ? {} : { suspend }).findings.map(({ name }) => name);
  return { whole: names(), oneStops: names(model.participants.findIndex(({ name }) => name === "maker 0")) };
}

Deno.test("explore: a worker that parks never sleeps on work, and nobody who stops while waking it keeps it from the others", () => {
  assertEquals(found({ makerCount: 1 }).whole, []);
  assertEquals(found({ makerCount: 2 }), { whole: [], oneStops: [] });
});

Deno.test("explore: a worker that looks for work before it says that it sleeps, not after, sleeps on it", () => {
  assertEquals(found({ makerCount: 1, looksFirst: true }).whole, ["SleptThrough"]);
});

Deno.test("explore: whoever says awake in the sleeper's place, and stops before it notifies, leaves it to sleep for the others too", () => {
  assertEquals(found({ makerCount: 2, wakesByWord: true }), { whole: [], oneStops: ["SleptThrough"] });
});
