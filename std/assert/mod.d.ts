/** The types of `@std/assert`, as far as this project uses them. The npm copy of the code comes without any. */

/** What every failed assertion throws. */
export class AssertionError extends Error {
  constructor(message: string, options?: ErrorOptions);
}

type Class<T> = abstract new (...args: never[]) => T;

/** Fails unless `expr` is truthy, and narrows it for the lines below. */
export function assert(expr: unknown, msg?: string): asserts expr;
/** Fails unless `expr` is falsy, and narrows it for the lines below. */
export function assertFalse(expr: unknown, msg?: string): asserts expr is false | 0 | "" | null | undefined;
/** Fails on `null` and `undefined`, and narrows them away. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T>;

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
/** Fails when both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless `Object.is` says both are the same, and narrows `actual`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): asserts actual is T;
/** Fails when `Object.is` says both are the same. */
export function assertNotStrictEquals<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless both lie within `tolerance` (default 1e-7 of `expected`). */
export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, msg?: string): void;

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void;
/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, msg?: string): void;

/** Fails unless every element of `expected` has an equal in `actual`. */
export function assertArrayIncludes<T>(actual: ArrayLike<T>, expected: ArrayLike<T>, msg?: string): void;
/** Fails unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void;
/** Fails unless `expected` matches somewhere in `actual`. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void;
/** Fails when `expected` matches anywhere in `actual`. */
export function assertNotMatch(actual: string, expected: RegExp, msg?: string): void;
/** Fails unless every property of `expected`, however deep, stands equal in `actual`. */
export function assertObjectMatch(
  actual: Record<PropertyKey, unknown>,
  expected: Record<PropertyKey, unknown>,
  msg?: string,
): void;

/** Fails unless `actual` is an instance of `expectedType`, and narrows it. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: Class<T>,
  msg?: string,
): asserts actual is T;
/** Fails when `actual` is an instance of `unexpectedType`, and narrows that away. */
export function assertNotInstanceOf<A, T>(
  actual: A,
  unexpectedType: Class<T>,
  msg?: string,
): asserts actual is Exclude<A, T>;
/** Fails unless `error` is an `Error` (of that class, with that text in its message), and narrows it. */
export function assertIsError<E extends Error = Error>(
  error: unknown,
  errorClass?: Class<E>,
  msgMatches?: string | RegExp,
  msg?: string,
): asserts error is E;

/** Fails unless `fn` throws; gives back what it threw. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Fails unless `fn` throws an error of that class (with that text in its message); gives the error back. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): E;
/** Fails unless the promise of `fn` rejects; resolves to the reason. */
export function assertRejects(fn: () => PromiseLike<unknown>, msg?: string): Promise<unknown>;
/** Fails unless the promise of `fn` rejects with an error of that class; resolves to the error. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;

/** Whether both are deeply equal. */
export function equal(a: unknown, b: unknown): boolean;
/** Fails, always. */
export function fail(msg?: string): never;
/** Fails: this line was thought unreachable. */
export function unreachable(msg?: string): never;
/** Fails: this is not written yet. */
export function unimplemented(msg?: string): never;
