/**
 * `deno task sweep`: runs a shard of a grid into a folder, point by point, and joins what shards left. Arguments and a
 * terminal in, an exit status out: 0 fine, 1 an invariant broke in a point, 2 not understood or not complete.
 */
import { parseArgs } from "@std/cli/parse-args";
import { Unfit } from "../../examples/numbers_reader.ts";
import { whyNot } from "../../examples/file_trouble.ts";
import { BadArgument } from "../../examples/options.ts";
import { ProgressBar } from "../../examples/progress.ts";
import { UNWATCHED } from "../../examples/recording.ts";
import type { Host } from "../../examples/story.ts";
import { counted } from "../../examples/units.ts";
import { gridOf, pointAt, pointCount, runOf } from "./grid.ts";
import type { Grid } from "./grid.ts";
import { plot } from "./plot.ts";
import { panelsOf } from "./series.ts";
import { pointsOf, shardOf, shardOfEnvironment } from "./shard.ts";
import type { Environment, Shard } from "./shard.ts";
import { headLine, pointLine, readShard, samePoints, shardFiles, shardPath } from "./shard_file.ts";
import type { Finished } from "./shard_file.ts";
import { csv, tableOf } from "./table.ts";

/** One sentence for the person who wrote a wrong argument, or whose files do not fit. */
class Refused extends Error {
  override name = "Refused";
}

const HELP = `deno task sweep GRID.json --out DIR [--shard i/n]
deno task sweep [GRID.json] --merge DIR

  GRID.json    a story of the demo, options that stay, and axes of options with their values; see docs/sweeps.md
  --out DIR    where finished points go; points that are there already do not run again
  --shard i/n  every n-th point from the i-th on; without it what Slurm or Kubernetes says, or else all of them
  --merge DIR  joins what all shards left in DIR and its folders: sweep.csv and sweep.svg, drawn as GRID.json says`;

/** Runs a command line. */
export async function sweep(args: readonly string[], host: Host, environment: Environment): Promise<number> {
  try {
    const { words, shard, out, merge, help } = understood(args);
    if (help) {
      host.out(HELP);
      return 0;
    }
    const grid = words[0] === undefined ? undefined : await readGrid(words[0], host);
    if (merge !== undefined || grid === undefined) return merged(merge!, grid, host);
    const chosen = shard === undefined ? shardOfEnvironment(environment) : shardOf(shard);
    if (typeof chosen === "string") throw new Refused(chosen);
    const status = await run(grid, chosen, out!, host);
    return chosen.count === 1 ? Math.max(status, merged(out!, grid, host)) : status;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    host.err(error.message);
    return 2;
  }
}

function understood(args: readonly string[]): {
  readonly words: readonly string[];
  readonly shard?: string;
  readonly out?: string;
  readonly merge?: string;
  readonly help: boolean;
} {
  let unknown: string | undefined;
  const { _: words, shard, out, merge, help } = parseArgs(args, {
    string: ["_", "shard", "out", "merge"],
    boolean: ["help"],
    alias: { h: "help" },
    unknown: (argument, key) => {
      if (key === undefined) return true;
      unknown ??= argument;
      return false;
    },
  });
  if (unknown !== undefined) throw new Refused(`Cannot understand "${unknown}": see deno task sweep --help`);
  if (!help) {
    if (merge !== undefined) {
      if (merge === "") throw new Refused(`Cannot use "" as --merge: expected a folder`);
      const other = words[1] ?? (shard === undefined ? out === undefined ? undefined : "--out" : "--shard");
      if (other !== undefined) throw new Refused(`Cannot use ${other} beside --merge: expected a folder and a grid`);
    } else {
      if (words.length !== 1) throw new Refused(`Cannot sweep ${words.length} grids: expected one GRID.json`);
      if (out === undefined || out === "") throw new Refused("Cannot sweep without a folder: expected --out DIR");
    }
  }
  return { words: words.map(String), shard, out, merge, help };
}

async function readGrid(path: string, host: Host): Promise<Grid> {
  const bytes = await host.readFile(path);
  if (typeof bytes === "string") throw new Refused(bytes);
  try {
    return gridOf(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof Unfit) throw new Refused(`${path}: ${error.message}`);
    if (error instanceof SyntaxError) throw new Refused(`Cannot read "${path}": ${error.message}, expected JSON`);
    throw error;
  }
}

/** Runs what is not finished of a shard. */
async function run(grid: Grid, shard: Shard, folder: string, host: Host): Promise<number> {
  const own = shardPath(folder, shard);
  const { finished, wholeBytes } = openFolder(folder, own, grid);
  const points = pointsOf(shard, pointCount(grid));
  const open = points.filter((point) => !finished.has(point));
  let broken = points.filter((point) => (finished.get(point) ?? 0) > 0).length;
  const bar = new ProgressBar(host);
  const begunMs = host.nowMs();
  const file = await openShard(own);
  try {
    await file.truncate(wholeBytes);
    await file.seek(0, Deno.SeekMode.End);
    if (wholeBytes === 0) await write(file, own, headLine(grid));
    for (const [done, index] of open.entries()) {
      const one = await runPoint(grid, index, host);
      await write(file, own, pointLine(one));
      for (const failure of one.failures) host.err(`point ${index}: ${failure}`);
      if (one.failures.length > 0) broken++;
      const share = (done + 1) / open.length;
      bar.show(share, `${done + 1} of ${open.length} points, ${timeLeft(host.nowMs() - begunMs, share)}`);
    }
  } finally {
    file.close();
  }
  bar.end();
  const before = points.length - open.length;
  host.out(
    `shard ${shard.index}/${shard.count}: ${counted(open.length, "point")} ran` +
      `${before === 0 ? "" : `, ${before} were finished before`}${
        broken === 0 ? "" : `; ${broken} broke an invariant`
      }`,
  );
  return broken === 0 ? 0 : 1;
}

async function runPoint(grid: Grid, index: number, host: Host): Promise<Finished> {
  const { story, values } = runOf(grid, pointAt(grid, index));
  try {
    const { rows, failures } = await story.tell(values, { ...host, isTerminal: false }, UNWATCHED);
    return { point: index, rows, failures };
  } catch (error) {
    // What the story cannot carry out together, such as a transfer without map registers; all else is a bug of ours.
    if (!(error instanceof BadArgument || error instanceof RangeError)) throw error;
    const settings = JSON.stringify(pointAt(grid, index).settings);
    throw new Refused(`Cannot run point ${index}, ${settings}: ${error.message}`);
  }
}

/** What is finished in a folder already, by point with its number of failures; made if it is not there. */
function openFolder(
  folder: string,
  own: string,
  grid: Grid,
): { readonly finished: ReadonlyMap<number, number>; readonly wholeBytes: number } {
  try {
    Deno.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Refused(`Cannot write into "${folder}": ${whyNot(error)}`);
  }
  const finished = new Map<number, number>();
  let wholeBytes = 0;
  for (const path of shardFiles(folder)) {
    const file = readShard(path);
    if (typeof file === "string") throw new Refused(file);
    if (file === null) continue;
    if (!samePoints(file.grid, grid)) throw new Refused(`Cannot go on in "${folder}": ${path} is of another grid`);
    if (path === own) wholeBytes = file.wholeBytes;
    for (const { point, failures } of file.finished) finished.set(point, failures.length);
  }
  return { finished, wholeBytes };
}

/** Joins what is in a folder: the points of `wanted`, drawn as that says, or those of the first file. */
function merged(folder: string, wanted: Grid | undefined, host: Host): number {
  const finished = new Map<number, Finished>();
  let grid = wanted;
  for (const path of pathsIn(folder)) {
    const file = readShard(path);
    if (typeof file === "string") throw new Refused(file);
    if (file === null) continue;
    grid ??= file.grid;
    if (!samePoints(grid, file.grid)) throw new Refused(`Cannot join "${folder}": ${path} is of another grid`);
    for (const one of file.finished) {
      const other = finished.get(one.point);
      if (other !== undefined && pointLine(other) !== pointLine(one)) {
        throw new Refused(`Cannot join "${folder}": point ${one.point} has two results, one of them in ${path}`);
      }
      finished.set(one.point, one);
    }
  }
  if (grid === undefined || finished.size === 0) {
    throw new Refused(`Cannot join "${folder}": no shard has left anything there`);
  }
  const count = pointCount(grid);
  if (finished.size < count) {
    const first = Array.from({ length: count }, (_, index) => index).find((index) => !finished.has(index));
    const missing = `${count - finished.size} of ${counted(count, "point")} are missing, point ${first} the first`;
    throw new Refused(`Cannot join "${folder}": ${missing}; run their shards again`);
  }
  const table = tableOf(grid, [...finished.values()]);
  const panels = panelsOf(table, grid.plot);
  writeFile(`${folder}/sweep.csv`, csv(table));
  host.out(`Wrote ${folder}/sweep.csv, ${counted(table.rows.length, "row")} of ${counted(count, "point")}`);
  if (typeof panels === "string") throw new Refused(panels);
  writeFile(`${folder}/sweep.svg`, plot(grid.story, panels, grid.plot));
  host.out(`Wrote ${folder}/sweep.svg`);
  return [...finished.values()].some(({ failures }) => failures.length > 0) ? 1 : 0;
}

function pathsIn(folder: string): string[] {
  try {
    return shardFiles(folder);
  } catch (error) {
    throw new Refused(`Cannot join "${folder}": ${whyNot(error)}`);
  }
}

function writeFile(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text);
  } catch (error) {
    throw new Refused(`Cannot write "${path}": ${whyNot(error)}`);
  }
}

async function openShard(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { write: true, create: true });
  } catch (error) {
    throw new Refused(`Cannot write "${path}": ${whyNot(error)}`);
  }
}

/** A shard that cannot be written to its end goes on where it stopped, when it runs again. */
async function write(file: Deno.FsFile, path: string, text: string): Promise<void> {
  try {
    for (let bytes = new TextEncoder().encode(text); bytes.length > 0;) bytes = bytes.subarray(await file.write(bytes));
  } catch (error) {
    throw new Refused(`Cannot write "${path}": ${whyNot(error)}; what is finished stays`);
  }
}

function timeLeft(spentMs: number, share: number): string {
  const seconds = Math.round(spentMs / share * (1 - share) / 1000);
  if (seconds < 90) return `${seconds} s left`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min left` : `${(seconds / 3600).toFixed(1)} h left`;
}
