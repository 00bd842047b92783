/**
 * What recording costs: `deno bench -A tests/bench/recording_bench.ts`. A file goes there and back over eight channels,
 * watched by nobody, by a tracer that does nothing (what it costs to make the events), and into files whose text is
 * encoded as it would be for a disk. Wanted: less than twice the time of the unwatched run.
 */
import { runRoundTrip } from "../../actors/mod.ts";
import { CallLogTracer } from "../../trace/call_log.ts";
import { SILENT, tee } from "../../trace/event.ts";
import type { FileTracer, WriteText } from "../../trace/event.ts";
import { PerfettoTracer } from "../../trace/perfetto.ts";
import { VcdTracer } from "../../trace/vcd.ts";

const encoder = new TextEncoder();
const disk = new Uint8Array(1 << 20);
const write: WriteText = (text) => void encoder.encodeInto(text, disk);

const WATCHERS: Readonly<Record<string, () => FileTracer>> = {
  "nobody": () => ({ ...SILENT, close: () => {} }),
  "a tracer that does nothing": () => ({ on: true, emit: () => {}, close: () => {} }),
  "timeline": () => new PerfettoTracer(write),
  "call log": () => new CallLogTracer(write),
  "waves": () => new VcdTracer(write),
  "all three, as --trace": () => {
    const all = [new PerfettoTracer(write), new CallLogTracer(write), new VcdTracer(write)];
    return { ...tee(...all), close: () => all.forEach((one) => one.close()) };
  },
};

const MIB = 1024 * 1024;
const RUNS = [
  { engine: "table", pieceBytes: 64 * 1024, fileBytes: 16 * MIB },
  { engine: "table", pieceBytes: 4096, fileBytes: MIB },
  { engine: "chart", pieceBytes: 4096, fileBytes: MIB },
] as const;

for (const { engine, pieceBytes, fileBytes } of RUNS) {
  const bytes = Uint8Array.from({ length: fileBytes }, (_, at) => at * 31 + (at >> 8));
  for (const [name, open] of Object.entries(WATCHERS)) {
    Deno.bench({
      name,
      group: `${engine}, pieces of ${pieceBytes / 1024} KiB`,
      baseline: name === "nobody",
      fn: () => {
        const trace = open();
        runRoundTrip({ bytes, strategy: "isr-reprogram", engine, pieceBytes, trace });
        trace.close();
      },
    });
  }
}
