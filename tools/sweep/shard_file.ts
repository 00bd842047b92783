/**
 * What a shard leaves behind: a file of JSON Lines. The first line holds the grid, every other one finished point. A
 * line that was half written when the machine went away is no line: it is cut off, and its point runs again.
 */
import { whyNot } from "../../examples/file_trouble.ts";
import type { JsonValue, Row } from "../../examples/story.ts";
import { gridOf, pointCount } from "./grid.ts";
import type { Grid } from "./grid.ts";
import type { Shard } from "./shard.ts";

/** A point that ran. */
export interface Finished {
  readonly point: number;
  readonly rows: readonly Row[];
  /** Invariants that broke, one sentence each. */
  readonly failures: readonly string[];
}

/** What one file says. */
export interface ShardFile {
  readonly path: string;
  readonly grid: Grid;
  readonly finished: readonly Finished[];
  /** Bytes of its whole lines. */
  readonly wholeBytes: number;
}

const ENDING = ".points.jsonl";

/** The file of a shard. */
export function shardPath(folder: string, { index, count }: Shard): string {
  return `${folder}/shard-${index}-of-${count}${ENDING}`;
}

/** The first line of a file. */
export function headLine(grid: Grid): string {
  return `${JSON.stringify({ grid })}\n`;
}

/** The line of a point. */
export function pointLine({ point, rows, failures }: Finished): string {
  return `${JSON.stringify({ point, rows, failures })}\n`;
}

/** The files of shards in a folder and in the folders inside it, in the order of their names. */
export function shardFiles(folder: string): string[] {
  const found: string[] = [];
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) found.push(...shardFiles(`${folder}/${name}`));
    else if (name.endsWith(ENDING)) found.push(`${folder}/${name}`);
  }
  return found.sort();
}

/** Reads a file; null if not even its first line is whole. A sentence, if it is something else. */
export function readShard(path: string): ShardFile | null | string {
  let bytes: Uint8Array;
  try {
    bytes = Deno.readFileSync(path);
  } catch (error) {
    return `Cannot read "${path}": ${whyNot(error)}`;
  }
  const wholeBytes = bytes.lastIndexOf("\n".charCodeAt(0)) + 1;
  if (wholeBytes === 0) return null;
  const [head = "", ...lines] = new TextDecoder().decode(bytes.subarray(0, wholeBytes)).trimEnd().split("\n");
  let number = 1;
  try {
    const { grid: written } = JSON.parse(head) as { grid: JsonValue };
    const grid = gridOf(JSON.stringify(written));
    const finished = lines.map((line) => {
      number++;
      return finishedOf(JSON.parse(line), pointCount(grid));
    });
    return { path, grid, finished, wholeBytes };
  } catch (error) {
    return `Cannot read ${path}, line ${number}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** True if both have the same points, however they are to be drawn. */
export function samePoints({ plot, ...one }: Grid, other: Grid): boolean {
  return headLine({ ...one, plot }) === headLine({ ...other, plot });
}

function finishedOf(value: Partial<Finished>, count: number): Finished {
  const { point, rows, failures } = value;
  if (!(Number.isInteger(point) && point! >= 0 && point! < count && Array.isArray(rows) && Array.isArray(failures))) {
    throw new Error("expected a point of the grid with rows and failures");
  }
  return { point: point!, rows, failures };
}
