/** A request cancelled wherever it is. */

import { assert, assertEquals } from "@std/assert";
import { CANCEL_PLACES, irpMachine, Recorder, runCancel } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const ENGINES = ["chart", "table"] as const;

for (const engine of ENGINES) {
  Deno.test(`${engine}: cancelled at every place, a request is completed once and nothing is left [X-3, S1-32]`, () => {
    for (const iommu of [false, true]) {
      const trace = new Recorder();
      const { rows, left, findings } = runCancel({ engine, iommu, trace });
      assertEquals(rows.map(({ place }) => place), [...CANCEL_PLACES]);
      assertEquals(left, { requests: 0, lists: 0, lockedPages: 0 });
      assertEquals(findings, []);
      const completed = trace.events.flatMap((event) =>
        event.kind === "call" && event.call === "IoCompleteRequest" ? [event.args["Irp"]] : []
      );
      assertEquals([completed.length, new Set(completed).size], [rows.length, rows.length]);
    }
  });
}

Deno.test("every state of the request's chart but the last is a place where it is cancelled", () => {
  const states = new Set(runCancel().rows.map(({ state }) => state));
  const chart = Object.keys(irpMachine.states).filter((state) => state !== "completed");
  assertEquals([...states].sort(), chart.sort());
});

Deno.test("IoCancelIrp takes effect as long as the driver has the request, and never under the device", () => {
  const { rows } = runCancel();
  const taken = rows.filter((row) => row.taken).map(({ place }) => place);
  assertEquals(taken, [
    "dispatched",
    "pending",
    "list asked for",
    "list granted meanwhile",
    "queued bare",
    "mapped",
    "queued with list",
  ]);
  for (const { taken: effect, place, status } of rows) {
    assertEquals([place, status === "STATUS_CANCELLED"], [place, effect || place === "cancelled before"]);
  }
});

Deno.test("a list that was asked for is taken back, or comes all the same and goes back first", () => {
  const { rows } = runCancel();
  const acts = (place: string): readonly string[] => rows.find((row) => row.place === place)!.acts;
  assertEquals(acts("list asked for"), ["CancelAdapterChannel TRUE"]);
  assertEquals(acts("list granted meanwhile"), ["CancelAdapterChannel FALSE", "list put"]);
  assertEquals(acts("queued with list"), ["removed from work-to-do", "list put"]);
});

Deno.test("who completes what a queue still holds, or the device, completes it twice [X-3]", () => {
  for (const engine of ENGINES) {
    const rules = (driver: "queue-forgotten" | "under-device"): string[] =>
      runCancel({ engine, driver }).findings.map(({ rule }) => rule);
    assertEquals(rules("queue-forgotten"), ["IrpCompletedTwice"]);
    assertEquals(rules("under-device"), ["CompletedBeforePut", "IrpCompletedTwice"]);
  }
});

Deno.test("cancel: the story has every place, the stop code and the cure [X-3]", async () => {
  const { status, out } = await seen(["cancel"]);
  assertEquals(status, 0);
  for (const words of [...CANCEL_PLACES, "STOP 0x44 MULTIPLE_IRP_COMPLETE_REQUESTS", "cancel-right.jsonl: "]) {
    assert(out.includes(words), `not said: ${words}`);
  }
  const { rows } = await printed(["cancel", "--engine", "table"]);
  assertEquals(rows.map(({ stopCode }) => stopCode), [null, "0x44", null]);
});
