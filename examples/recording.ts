/** `--trace`, `--vcd`, `--log` and `--inspect`: what happened in a run, for the tools that people already use. */
import { CallLogTracer, PerfettoTracer, StatelyTracer, tee, VcdTracer } from "../mod.ts";
import type { ChannelName, Tracer } from "../mod.ts";
import type { Values } from "./options.ts";
import type { RunFiles } from "./run_files.ts";
import type { InspectorLine, Recorder, Recording, Run } from "./story.ts";

/** The channels of a card in the order of its interrupts: H2C first. */
export function channelNames(h2cCount: number, c2hCount: number): ChannelName[] {
  const named = (direction: "h2c" | "c2h", count: number): ChannelName[] =>
    Array.from({ length: count }, (_, number): ChannelName => `${direction}${number}`);
  return [...named("h2c", h2cCount), ...named("c2h", c2hCount)];
}

/** A recorder by what it does when a run begins. */
export function recorderBy(begin: Recorder["begin"]): Recorder {
  return {
    begin,
    record: (run, body) => {
      const { tracer, end } = begin(run);
      let whole = false;
      try {
        const result = body(tracer);
        whole = true;
        return result;
      } finally {
        end(whole);
      }
    },
  };
}

/** Runs that nobody watches. */
export const UNWATCHED: Recorder = recorderBy(() => ({ tracer: undefined, end: () => {} }));

/** One who watches a run. */
type Watching = Recording & { readonly tracer: Tracer };

/** Makes one who watches, for each run anew. */
type Watcher = (run: Run) => Watching;

/** Whoever the options ask for. Files are made when their run begins. */
export function recorderOf(values: Values, files: RunFiles, line: InspectorLine | null): Recorder {
  const { trace: folder, vcd, log, watch } = values;
  const watchers: Watcher[] = [];
  if (folder !== "") {
    const stem = (run: Run): string => `${folder}/${run.name}`;
    watchers.push(
      (run) => timeline(files, run, `${stem(run)}.json`),
      (run) => waves(files, run, stem(run), ".vcd"),
      (run) => callLog(files, run, `${stem(run)}.jsonl`),
    );
  }
  if (vcd !== "") {
    const { stem, ending } = files.fileAt(vcd);
    watchers.push((run) => waves(files, run, stemOfRun(stem, run), ending));
  }
  if (log !== "") {
    const { stem, ending } = files.fileAt(log);
    watchers.push((run) => callLog(files, run, stemOfRun(stem, run) + ending));
  }
  if (line !== null) watchers.push((run) => messages(line, run, watch));
  return watchers.length === 0 ? UNWATCHED : recorderFor(watchers);
}

function recorderFor(watchers: readonly Watcher[]): Recorder {
  const names = new Set<string>();
  return recorderBy((run) => {
    if (names.has(run.name)) throw new Error(`Two runs of this story have the name ${run.name}`);
    names.add(run.name);
    const watching = watchers.map((watcher) => watcher(run));
    return {
      tracer: tee(...watching.map(({ tracer }) => tracer)),
      end: (whole) => {
        for (const { end } of watching) end(whole);
      },
    };
  });
}

function timeline(files: RunFiles, { channels }: Run, path: string): Watching {
  const tracer = new PerfettoTracer(files.open(path), { channels });
  return { tracer, end: () => tracer.close() };
}

/** Waves, and their layout beside them. */
function waves(files: RunFiles, { channels }: Run, stem: string, ending: string): Watching {
  const tracer = new VcdTracer(files.open(stem + ending), { channels });
  files.open(`${stem}.gtkw`)(tracer.layout(stem.slice(stem.lastIndexOf("/") + 1) + ending));
  return { tracer, end: () => tracer.close() };
}

/** A run that threw leaves a log that just stops, so nobody concludes from it that something leaked. */
function callLog(files: RunFiles, { channels }: Run, path: string): Watching {
  const tracer = new CallLogTracer(files.open(path), { channels });
  return { tracer, end: (whole) => whole ? tracer.end() : tracer.close() };
}

/** Every run is a world of its own to the inspector. */
function messages(line: InspectorLine, { name }: Run, watch: readonly string[]): Watching {
  const tracer = new StatelyTracer((message) => line.send(JSON.stringify(message)), { watch, world: name });
  return { tracer, end: () => {} };
}

/** Several runs get their names before the ending: `out.burst-classic.jsonl`. */
function stemOfRun(stem: string, { name, alone = false }: Run): string {
  return alone ? stem : `${stem}.${name}`;
}
