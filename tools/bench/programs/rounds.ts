/** What every benchmark program prints: one line a round, nanoseconds an operation and a checksum of what was done. */

/** Runs `round` as often as asked, after one to warm up, and prints a line for each. */
export function measure(rounds: number, operations: number, round: () => number): void {
  round();
  for (let number = 0; number < rounds; number++) {
    const startMs = performance.now();
    const checksum = round();
    const ns = (performance.now() - startMs) * 1e6 / operations;
    console.log(`${ns.toFixed(4)} ${checksum}`);
  }
}

/** The arguments of a program: what to run, how many rounds, how much a round. */
export function order(): { what: string; rounds: number; count: number } {
  const [what = "", rounds = "1", count = "1"] = Deno.args;
  return { what, rounds: Number(rounds), count: Number(count) };
}
