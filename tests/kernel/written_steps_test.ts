/** Steps that are written out do what the chart's rows say, and do nothing where the chart has something to say. */
import { assertEquals } from "@std/assert";
import { SPEAKS, STAYS, writeStep } from "../../actors/written_steps.ts";
import type { RowCandidate, RowGuard, RowStep } from "../../fastpath/rows.ts";

interface Pair {
  left: number;
  right: number;
}

const pairOf = ({ context }: RowStep): Pair => context as Pair;

/** Exchanges both values, which only works if neither is stored before both are known. */
const exchange = {
  kind: "assign",
  keys: ["left", "right"],
  values: [(step: RowStep) => pairOf(step).right, (step: RowStep) => pairOf(step).left],
} as const;

const raise = { kind: "assign", keys: ["left"], values: [(step: RowStep) => pairOf(step).left + 1] } as const;
const note = { kind: "note", note: { type: "refused", status: "STATUS_PENDING" } } as const;

const leftIs = (value: number): RowGuard => (step) => pairOf(step).left === value;

const CANDIDATES: readonly RowCandidate[] = [
  { guardName: "one", guard: leftIs(1), target: 3, effects: [raise, exchange] },
  { guardName: "two", guard: leftIs(2), target: 4, effects: [raise, note] },
  { guardName: "three", guard: leftIs(3), target: 5, effects: [] },
];

/** Carries a step out: what it answers, and what the context is afterwards. */
function carryOut(candidates: readonly RowCandidate[], left: number): [answer: number, context: Pair] {
  const context = { left, right: 10 };
  return [writeStep(candidates, 256)({ context, event: { type: "ANY" } }), context];
}

Deno.test("a written step takes the first way whose guard holds, changes in order, each from the old values", () => {
  assertEquals(carryOut(CANDIDATES, 1), [3 * 256, { left: 10, right: 2 }]);
  assertEquals(carryOut(CANDIDATES, 3), [5 * 256, { left: 3, right: 10 }]);
});

Deno.test("a written step does nothing where no guard holds, or where the chart has something to say", () => {
  assertEquals(carryOut(CANDIDATES, 7), [STAYS, { left: 7, right: 10 }]);
  assertEquals(carryOut(CANDIDATES, 2), [SPEAKS, { left: 2, right: 10 }]);
});

Deno.test("a way without a guard ends a written step", () => {
  const always: RowCandidate = { guardName: null, guard: null, target: 6, effects: [raise] };
  assertEquals(carryOut([...CANDIDATES, always], 7), [6 * 256, { left: 8, right: 10 }]);
  assertEquals(carryOut([always, ...CANDIDATES], 1), [6 * 256, { left: 2, right: 10 }]);
});

Deno.test("where code may not be made at run time, every written step leaves the work to its caller", () => {
  const { Function } = globalThis;
  globalThis.Function = class {
    constructor() {
      throw new EvalError("Code generation from strings disallowed for this context");
    }
  } as unknown as FunctionConstructor;
  try {
    assertEquals(carryOut(CANDIDATES, 1), [SPEAKS, { left: 1, right: 10 }]);
  } finally {
    globalThis.Function = Function;
  }
});
