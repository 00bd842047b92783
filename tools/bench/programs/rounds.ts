/** What every benchmark program prints: one line a round, nanoseconds an operation and a checksum of what was done. */

/** One round in its parts; only {@link Round.run} is measured. */
export interface Round<Prepared> {
  /** Makes what the round works on. */
  readonly prepare: () => Prepared;
  readonly run: (prepared: Prepared) => void;
  /** Over what the round did. */
  readonly checksum: (prepared: Prepared) => number;
}

/** Runs a round as often as asked, after `warmRounds` more, and prints a line for each. */
export function measureRounds<Prepared>(
  { rounds, operations, warmRounds = 1 }: {
    readonly rounds: number;
    readonly operations: number;
    readonly warmRounds?: number;
  },
  { prepare, run, checksum }: Round<Prepared>,
): void {
  for (let number = -warmRounds; number < rounds; number++) {
    const prepared = prepare();
    const startMs = performance.now();
    run(prepared);
    const ns = (performance.now() - startMs) * 1e6 / operations;
    const sum = checksum(prepared);
    if (number >= 0) console.log(`${ns.toFixed(4)} ${sum}`);
  }
}

/** {@link measureRounds} where the checksum is what a round returns. */
export function measure(rounds: number, operations: number, round: () => number): void {
  let sum = 0;
  measureRounds({ rounds, operations }, {
    prepare: () => {},
    run: () => void (sum = round()),
    checksum: () => sum,
  });
}

/** The arguments of a program: what to run, how many rounds, how much a round. */
export function order(): { what: string; rounds: number; count: number } {
  const [what = "", rounds = "1", count = "1"] = Deno.args;
  return { what, rounds: Number(rounds), count: Number(count) };
}
