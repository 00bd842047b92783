/** Which part of a grid this machine does: every n-th point, from the i-th on. */

/** Shard `index` of `count`, both from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** What schedulers say to a job that is one of many. */
export type Environment = (name: string) => string | undefined;

/** The points of a shard, of so many. */
export function pointsOf({ index, count }: Shard, pointCount: number): number[] {
  const points: number[] = [];
  for (let point = index - 1; point < pointCount; point += count) points.push(point);
  return points;
}

/** Reads `2/8`; a sentence if it cannot be. */
export function shardOf(text: string): Shard | string {
  const [, index, count] = text.match(/^(\d{1,6})\/(\d{1,6})$/) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count) return shard;
  return `Cannot use "${text}" as --shard: expected i/n with i from 1 to n, such as 2/8`;
}

/**
 * What the environment says: a task of a Slurm array (its numbers may begin anywhere), or a pod of an indexed
 * Kubernetes job, which knows its number from 0 on but has to be told how many there are. All of the grid if it says
 * nothing.
 */
export function shardOfEnvironment(environment: Environment): Shard | string {
  const task = environment("SLURM_ARRAY_TASK_ID");
  if (task !== undefined) {
    const figure = (name: string, otherwise: string): number => Number(environment(name) ?? otherwise);
    const first = figure("SLURM_ARRAY_TASK_MIN", "0");
    const step = figure("SLURM_ARRAY_TASK_STEP", "1");
    const count = figure("SLURM_ARRAY_TASK_COUNT", "NaN");
    const index = (Number(task) - first) / step + 1;
    if (Number.isInteger(index) && index >= 1 && index <= count) return { index, count };
    return `Cannot tell the shard from SLURM_ARRAY_TASK_ID ${task}: expected SLURM_ARRAY_TASK_COUNT, _MIN and _STEP ` +
      "beside it, or --shard i/n";
  }
  const completion = environment("JOB_COMPLETION_INDEX");
  if (completion === undefined) return { index: 1, count: 1 };
  const index = Number(completion) + 1;
  const count = Number(environment("JOB_COMPLETIONS") ?? "NaN");
  if (Number.isInteger(index) && index >= 1 && index <= count) return { index, count };
  return `Cannot tell the shard from JOB_COMPLETION_INDEX ${completion}: expected JOB_COMPLETIONS, the number of ` +
    "pods, beside it, or --shard i/n";
}
