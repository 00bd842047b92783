/** Thrown when dmactor itself is wrong. Never used for expected trouble or for misuse by the driver under test. */
export class AssertionFailure extends Error {
  /** `AssertionFailure`. */
  override name = "AssertionFailure";
}

/**
 * Holds an invariant of our own code. A failure stops the run; the runner prints the seed beside it.
 *
 * @throws {AssertionFailure} when `condition` is false.
 */
export function assert(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new AssertionFailure(sentence);
}
