/** Another participant's steps in the middle of somebody's: before one of the atomic operations of a piece of code. */

type Operation = (...args: unknown[]) => unknown;

const NAMES = ["load", "store", "compareExchange", "exchange", "add"] as const;
const atomics = Atomics as unknown as Record<string, Operation>;

/** Runs `body`. Returns how many atomic operations it took. */
export function operationsOf(body: () => void): number {
  let count = 0;
  everyOperation(() => count++, body);
  return count;
}

/** Runs `body`, and `other` once right before its atomic operation number `at`, if it has so many. */
export function preempted(body: () => void, at: number, other: () => void): void {
  let count = 0;
  everyOperation((restore) => {
    if (count++ !== at) return;
    restore();
    other();
  }, body);
}

/** Runs `body`, and `before` right before each of its atomic operations, until that restores them. */
function everyOperation(before: (restore: () => void) => void, body: () => void): void {
  const originals = NAMES.map((name) => atomics[name]!);
  const restore = (): void => NAMES.forEach((name, index) => atomics[name] = originals[index]!);
  NAMES.forEach((name, index) => {
    atomics[name] = (...args) => {
      before(restore);
      return originals[index]!.apply(Atomics, args);
    };
  });
  try {
    body();
  } finally {
    restore();
  }
}
