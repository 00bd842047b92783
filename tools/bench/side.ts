/** One side of a comparison: a program that prints `nanoseconds checksum` lines, run as a process of its own. */

/** What to run. */
export interface Side {
  /** What the table calls it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** What one process said. */
export interface Sample {
  /** Median over its rounds. */
  readonly ns: number;
  /** One a round. */
  readonly checksums: readonly string[];
}

/** The middle one of some numbers; of an even count, the lower middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

/** Reads what a program printed. */
export function readSample(text: string): Sample {
  const lines = text.trim().split("\n").map((line) => line.split(" "));
  const ns = lines.map(([first]) => Number(first));
  if (!ns.every((value) => Number.isFinite(value) && value > 0)) throw new Error(`Cannot read ${JSON.stringify(text)}`);
  return { ns: median(ns), checksums: lines.map(([, checksum]) => checksum ?? "") };
}

/** Runs one process. */
export function runSide({ command, args }: Side): Sample {
  const { success, stdout, stderr } = new Deno.Command(command, { args: [...args] }).outputSync();
  if (!success) {
    throw new Error(`${command} ${args.join(" ")} failed:\n${new TextDecoder().decode(stderr)}`);
  }
  return readSample(new TextDecoder().decode(stdout));
}
