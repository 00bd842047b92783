/** What is compared with what, how much of it, and which ratio is wanted. */
import { flatCharts } from "./flat_charts.ts";
import type { CppProgram } from "./rival_cpp.ts";
import { writeFlatTable, writePathTables } from "./rival_cpp.ts";
import type { Side } from "./side.ts";

/** One row of the benchmark. */
export interface RowPlan {
  readonly id: string;
  /** The largest ratio of our time to the rival's that holds. */
  readonly target: number;
  /** What is measured for it, in turn; the one that does worst is the row's. */
  readonly duels: readonly Duel[];
  readonly needsCpp: boolean;
}

/** Our program beside its rival. */
export interface Duel {
  readonly ours: Side;
  /** A program, or a fixed time. */
  readonly rival: Side | { readonly name: string; readonly ns: number };
  /** Whether both sides do the same amount of work, so that their checksums must be equal. */
  readonly sameWork: boolean;
}

const ROUNDS = "3";
/** The whole model is much code: its first rounds are the compiler's. */
const MODEL_ROUNDS = "9";
// Two threads that spin feel every other process: many short rounds, so that the middle one is undisturbed.
const SHORT_ROUNDS = "31";

const PROGRAMS = {
  path: new URL("./programs/path.ts", import.meta.url),
  table: new URL("./programs/table.ts", import.meta.url),
  ring: new URL("./programs/ring.ts", import.meta.url),
  events: new URL("./programs/events.ts", import.meta.url),
  payload: new URL("./programs/payload.ts", import.meta.url),
  model: new URL("./programs/model.ts", import.meta.url),
};

/**
 * Every row, with so much of the work: 1, or a share of it. `folder` holds the compiled rivals; tables are written
 * there too.
 */
export function planRows(folder: string, share: number): RowPlan[] {
  const scale = (count: number): string => String(Math.ceil(count * share));
  const ours = (program: keyof typeof PROGRAMS, ...args: string[]): Side => ({
    name: args[0]!,
    command: Deno.execPath(),
    args: [...FLAGS, PROGRAMS[program].pathname, ...args],
  });
  const cpp = (program: CppProgram, name: string, ...args: string[]): Side => ({
    name,
    command: `${folder}/${program}`,
    args,
  });
  const pathTables = `${folder}/path.tables`;
  writePathTables(pathTables);

  const worst = (id: string, target: number, duels: readonly Duel[]): RowPlan => ({
    ...{ id, target, duels },
    needsCpp: duels.some(({ rival }) => "command" in rival && rival.command.startsWith(folder)),
  });
  const row = (id: string, target: number, ourSide: Side, rival: Duel["rival"], sameWork = true): RowPlan =>
    worst(id, target, [{ ours: ourSide, rival, sameWork }]);
  const bursts = scale(80_000);
  const onePath = ours("path", "table", ROUNDS, bursts);
  const steps = scale(20_000_000);
  const charts = flatCharts();
  const tables = charts.map(([chart, machine]) => {
    const file = `${folder}/${chart}.table`;
    writeFlatTable(file, machine);
    return { chart, file, side: ours("table", "table", ROUNDS, steps, chart) };
  });
  const words = scale(819_200);
  const trips = scale(400_000);
  const events = scale(4_000_000);
  const fewEvents = scale(800_000);
  // Fewer would measure how long the compiler takes.
  const transfers = scale(320_000);
  return [
    row("path/cpp-plain", 1.25, onePath, cpp("path", "C++", pathTables, "plain", ROUNDS, bursts)),
    row("path/cpp-release", 1, onePath, cpp("path", "C++ acquire/release", pathTables, "release", ROUNDS, bursts)),
    row("path/cpp-seq-cst", 1, onePath, cpp("path", "C++ seq_cst", pathTables, "seq-cst", ROUNDS, bursts)),
    row("path/xstate-actor", 1 / 2000, onePath, ours("path", "xstate", "1", "64"), false),
    row("path/classes", 1 / 8, onePath, ours("path", "classes", ROUNDS, scale(8000))),
    row(
      "workers/cpp",
      1.15,
      ours("path", "workers", ROUNDS, bursts),
      cpp("path", "C++, two threads", pathTables, "workers", ROUNDS, bursts),
    ),
    worst(
      "table/cpp",
      2,
      tables.map(({ chart, file, side }) => ({
        ours: side,
        rival: cpp("table", `C++, ${chart}`, file, ROUNDS, steps),
        sameWork: true,
      })),
    ),
    worst(
      "table/xstate",
      1 / 1000,
      tables.map(({ chart, side }) => ({
        ours: side,
        rival: { ...ours("table", "xstate", "1", "50000", chart), name: `xstate, ${chart}` },
        sameWork: false,
      })),
    ),
    row(
      "ring-64/cpp",
      2,
      ours("ring", "64", SHORT_ROUNDS, words),
      cpp("ring", "C++ in bursts", "64", SHORT_ROUNDS, words),
    ),
    row("ring-64/ringbuf", 1, ours("ring", "64", SHORT_ROUNDS, words), ours("ring", "ringbuf-64", SHORT_ROUNDS, words)),
    row(
      "ring-8/ringbuf-1",
      1 / 12,
      ours("ring", "8", SHORT_ROUNDS, words),
      ours("ring", "ringbuf-1", SHORT_ROUNDS, words),
    ),
    row("events-8/cpp", 1, ours("events", "8", ROUNDS, events), cpp("events", "C++", "8", ROUNDS, events)),
    row("events-1024/cpp", 1, ours("events", "1024", ROUNDS, events), cpp("events", "C++", "1024", ROUNDS, events)),
    row(
      "events-8/simjs",
      1 / 9,
      ours("events", "8", ROUNDS, fewEvents),
      ours("events", "simjs-8", ROUNDS, fewEvents),
    ),
    row("model", 1, ours("model", "model", MODEL_ROUNDS, transfers), { name: "500 000 a second", ns: 2000 }),
    row(
      "model/growth",
      1.1,
      ours("model", "many", "1", share === 1 ? "10000000" : "1000000"),
      ours("model", "few", "41", "10000"),
      false,
    ),
    row(
      "handover/cpp",
      1.3,
      ours("ring", "handover", ROUNDS, trips),
      cpp("ring", "C++", "handover", ROUNDS, trips),
    ),
    row(
      "payload/copy",
      1 / 0.8,
      ours("payload", "path", ROUNDS, scale(8192)),
      ours("payload", "copy", ROUNDS, scale(8192)),
    ),
  ];
}

// The rivals from npm are named with their versions in the programs themselves.
const FLAGS: readonly string[] = ["run", "--no-lock", "--no-check", "--quiet", "--allow-read", "--allow-env"];
