/** Another participant's steps in the middle of somebody's: before one of the atomic operations of a piece of code. */

type Operation = (...args: unknown[]) => unknown;

const NAMES = ["load", "store", "compareExchange", "exchange", "add"] as const;
const atomics = Atomics as unknown as Record<string, Operation>;

/** Runs `body`, and `other` once right before its atomic operation number `at`, if it has so many. */
export function preempted(body: () => void, at: number, other: () => void): void {
  const originals = NAMES.map((name) => atomics[name]!);
  let count = 0;
  const restore = (): void => NAMES.forEach((name, index) => atomics[name] = originals[index]!);
  NAMES.forEach((name, index) => {
    atomics[name] = (...args) => {
      if (count++ === at) {
        restore();
        other();
      }
      return originals[index]!.apply(Atomics, args);
    };
  });
  try {
    body();
  } finally {
    restore();
  }
}
