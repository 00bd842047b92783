/**
 * Stand-in for `@std/testing/types` where JSR cannot be reached: assertions that the type checker evaluates.
 * A wrong claim does not compile; at run time nothing happens.
 *
 * @module
 */

/** Compiles only when `T` is `true`, for example `assertType<IsExact<typeof x, string>>(true)`. */
export function assertType<T extends boolean>(_expected: T): void {
  // The claim was checked when this was compiled.
}

/** Compiles only when `T` is `true`; for claims that stand as a type alias. */
export type AssertTrue<T extends true> = never;
/** Compiles only when `T` is `false`. */
export type AssertFalse<T extends false> = never;

/** Whether `T` is `any`: the only type that lets `1` through an intersection with it. */
export type IsAny<T> = 0 extends 1 & T ? true : false;
/** Whether `T` is `never`. */
export type IsNever<T> = [T] extends [never] ? true : false;
/** Whether `T` is `unknown`. */
export type IsUnknown<T> = IsAny<T> extends true ? false : unknown extends T ? true : false;
/** Whether `T` admits `null` or `undefined`. */
export type IsNullable<T> = IsAny<T> extends true ? false
  : [Extract<T, null | undefined>] extends [never] ? false
  : true;

/** Whether `T` and `U` are the same type, neither wider nor narrower; `any` equals only `any`. */
export type IsExact<T, U> = (<X>() => X extends T ? 1 : 2) extends (<X>() => X extends U ? 1 : 2) ? true : false;
/** Whether `U` is one of the members of `T`. */
export type Has<T, U> = IsAny<T> extends true ? true
  : IsAny<U> extends true ? false
  : [Extract<T, U>] extends [never] ? false
  : true;
/** Whether `U` is none of the members of `T`. */
export type NotHas<T, U> = Has<T, U> extends true ? false : true;
