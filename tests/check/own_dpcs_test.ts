/** DPCs in our own logs: asked for by the routine that Windows has for it, and bracketed whole. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, CallLogTracer, runBurst, runRoundTrip } from "../../mod.ts";
import type { Tracer } from "../../mod.ts";
import { checked } from "./log.ts";

interface Line {
  readonly call?: string;
  readonly event?: string;
  readonly irql?: string;
}

function logOf(run: (trace: Tracer) => unknown): { readonly text: string[]; readonly lines: Line[] } {
  let text = "";
  const trace = new CallLogTracer((piece) => text += piece);
  run(trace);
  trace.end();
  const lines = text.trimEnd().split("\n");
  return { text: lines, lines: lines.map((line) => JSON.parse(line) as Line) };
}

/** Every removal at DISPATCH_LEVEL of a run that inserts at DIRQL is the DPC's: it stands between its two lines. */
function bracketed(lines: readonly Line[]): { readonly asked: number; readonly runs: number } {
  let inside = false;
  let [asked, runs, isr] = [0, 0, false];
  for (const { call, event, irql } of lines) {
    if (event === "isr-enter" || event === "isr-leave") isr = event === "isr-enter";
    if (event === "dpc-enter") runs++;
    if (event === "dpc-enter" || event === "dpc-leave") inside = event === "dpc-enter";
    if (call === "IoRequestDpc" || call === "KeInsertQueueDpc") {
      assert(isr && irql === "DIRQL", `${call} outside of the ISR`);
      asked++;
    }
    if (call === "IoCompleteRequest") assert(inside, "completed outside of the DPC");
  }
  return { asked, runs };
}

Deno.test("a log of ours asks for each DPC in the ISR and shows it whole, and checks clean [S2-23]", () => {
  const options = { strategy: "isr-reprogram", transferCount: 6, times: { ...BURST_TIMES, postNs: 0 } } as const;
  const own = logOf((trace) => runBurst({ ...options, trace }));
  assertEquals(bracketed(own.lines), { asked: 6, runs: 6 });
  assertEquals(checked(own.text).findings, []);
  const bytes = new Uint8Array(200_000);
  const trip = logOf((trace) => runRoundTrip({ bytes, strategy: "isr-reprogram", engine: "table", trace }));
  assert(bracketed(trip.lines).asked > 0);
  assertEquals(checked(trip.text).findings, []);
  // One DPC for the device object, which drains.
  const shared = { system: { dpcPerRequest: false } };
  const drained = logOf((trace) =>
    runRoundTrip({ bytes, strategy: "isr-reprogram", engine: "table", trace, ...shared })
  );
  assert(drained.lines.some(({ call }) => call === "IoRequestDpc"));
  assertEquals(checked(drained.text).findings, []);
});
