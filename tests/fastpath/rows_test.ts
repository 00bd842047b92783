/** Charts and the rows compiled from them tell the same story. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { assign, createMachine, emit, enqueueActions, not, StateMachine } from "xstate";
import { compileRows, UncompilableChart } from "../../fastpath/rows.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import * as machines from "../../machines/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { holdAgreement, tell } from "./chart_agreement.ts";

const CHARTS: Readonly<Record<string, AnyLifecycle>> = Object.fromEntries(
  Object.entries(machines as Record<string, unknown>)
    .filter((entry): entry is [string, AnyLifecycle] => entry[1] instanceof StateMachine),
);

/** Inputs and event payloads that reach every guard. */
const INPUTS: Readonly<Record<string, unknown>> = {
  dmaAdapter: { numberOfMapRegisters: 17 },
  mapRegisterPool: { size: 20 },
  commonBufferVector: { count: 3 },
  irpQueue: { capacity: 3 },
  emergencyReserve: { maximumLengthBytes: 4096 },
};

function payload(prng: Prng): Record<string, unknown> {
  return {
    registers: prng.pick([1, 17, 18]),
    synchronous: prng.chance(0.5),
    withRoutine: prng.chance(0.5),
    registersAvailable: prng.chance(0.7),
    memoryAvailable: prng.chance(0.8),
    form: prng.pick(["list", "channel"]),
    action: prng.pick(["KeepObject", "DeallocateObject", "DeallocateObjectKeepRegisters"]),
    count: prng.pick([1, 5, 20, 21]),
    mappings: prng.pick([0, 1, 2]),
    index: prng.pick([-1, 0, 1, 2, 3]),
    sameLength: prng.chance(0.8),
    sameAddresses: prng.chance(0.8),
    sameCacheType: prng.chance(0.7),
    lengthBytes: prng.pick([1, 4096, 4097]),
  };
}

for (const [name, chart] of Object.entries(CHARTS)) {
  Deno.test(`${name} as actor and as rows agree on 3000 random events: state, context, verdict, trace`, () => {
    const prng = new Prng(name);
    const names = [...compileRows(chart).events, "NO_SUCH_EVENT"];
    for (let run = 0; run < 60; run++) {
      const events = Array.from({ length: 50 }, () => ({ type: prng.pick(names), ...payload(prng) }));
      assertEquals(tell("table", chart, INPUTS[chart.id], events), tell("chart", chart, INPUTS[chart.id], events));
    }
  });
}

Deno.test("every chart of the machines room is compared", () => {
  assert(Object.keys(CHARTS).length >= 13, Object.keys(CHARTS).join(" "));
});

/** A chart named `odd` of two states `p.c` and `q`; `p` is where a life begins. */
function oddChart(p: object, root: object = {}, q: object = {}): AnyLifecycle {
  const config = { id: "odd", initial: "p", states: { p: { initial: "c", states: { c: {} }, ...p }, q } };
  return createMachine({ ...config, ...root } as never, PARTS as never) as AnyLifecycle;
}

let drawn = 0;

const PARTS = {
  guards: { never: () => false, negated: not("never" as never) },
  actions: {
    misuse: emit((_: unknown, params: object) => ({ type: "misuse", ...params })),
    count: assign({ n: ({ context }) => (context.n ?? 0) + 1 }),
    set: assign({ n: (_: unknown, params: { n: number }) => params.n } as never),
    replace: assign(() => ({ n: 1 })),
    name: assign({ n: ({ self }) => self.id }),
    log: () => {},
    shout: emit({ type: "shout" }),
    echo: emit((({ context }: { context: { n: number } }) => ({ type: "misuse", rule: `${context.n}` })) as never),
    number: emit({ type: "misuse", rule: "SglLeak", misuseKind: 7 } as never),
    draw: assign({ n: () => ++drawn }),
    tell: enqueueActions(({ enqueue }) => {
      enqueue.emit(
        (({ event }: { event: { type: string } }) => ({
          type: "misuse",
          rule: event.type === "X" ? "SglLeak" : "NullAdapter",
        })) as never,
      );
    }),
    curious: enqueueActions((step) => step.context.n > 0 && void step.self),
    more: enqueueActions(({ enqueue }) => enqueue("count" as never)),
    ask: enqueueActions(({ check, enqueue }) => check("never" as never) && enqueue.emit({ type: "misuse" })),
    late: enqueueActions(({ context, enqueue }) => context.n > 0 && enqueue.assign({ n: 0 })),
  },
};

const REFUSED: Readonly<Record<string, [chart: AnyLifecycle, reason: string]>> = {
  "a timer": [oddChart({ after: { 10: "q" } }), "p has `after`"],
  "an actor": [oddChart({ invoke: { src: createMachine({}) } }), "p has `invoke`"],
  "states side by side": [oddChart({}, { type: "parallel", initial: undefined }), "its root has the type parallel"],
  "an end": [oddChart({}, {}, { type: "final" }), "q has the type final"],
  "no states": [createMachine({ id: "odd" }) as AnyLifecycle, "its root has no states"],
  "a state whose name looks like a path": [
    createMachine({ id: "odd", initial: "a.b", states: { "a.b": {} } }) as AnyLifecycle,
    "a.b has the name `a.b`, with a dot or #",
  ],
  "actions on the way to its first state": [
    oddChart({ initial: { target: "c", actions: "count" } }),
    "p has an initial transition with actions",
  ],
  "a first state that is not there": [oddChart({ initial: "constructor" }), "p has no such initial state"],
  "a partial wildcard": [oddChart({ on: { "X.*": "q" } }), "p has the partial wildcard `X.*`"],
  "an event of XState's": [oddChart({ on: { "xstate.stop": "q" } }), "p has XState's own event `xstate.stop`"],
  "a re-entering transition": [oddChart({ on: { X: { target: "q", reenter: true } } }), "p has a re-entering"],
  "two targets": [oddChart({ on: { X: { target: ["q", "#odd.p.c"] } } }), "p has a transition to several targets"],
  "an inline guard": [oddChart({ on: { X: { guard: () => true } } }), "p has a guard that is not a name"],
  "a guard with params": [
    oddChart({ on: { X: { guard: { type: "never", params: 1 } } } }),
    "p has a guard that is not",
  ],
  "a guard made of guards": [
    oddChart({ on: { X: { guard: "negated" } } }),
    "p has guard negated, which is not a plain",
  ],
  "a guard that is every object's": [oddChart({ on: { X: { guard: "toString" } } }), "p has guard toString"],
  "an inline action": [oddChart({ on: { X: { actions: assign({ n: 1 }) } } }), "p has an action that is not a name"],
  "an action without a body": [
    oddChart({ on: { X: { actions: "toString" } } }),
    "p has action toString, which is neither",
  ],
  "an action of its own": [oddChart({ on: { X: { actions: "log" } } }), "p has action log, which is neither note nor"],
  "an assignment of params": [
    oddChart({ on: { X: { actions: { type: "set", params: { n: 7 } } } } }),
    "p has action set, which assigns its params",
  ],
  "an assignment of the whole": [
    oddChart({ on: { X: { actions: "replace" } } }),
    "p has action replace, which assigns by",
  ],
  "an assignment of the actor": [
    oddChart({ on: { X: { actions: "name" } } }),
    "p has action name, which asks for `self`",
  ],
  "a context that makes actors": [
    oddChart({}, { context: ({ spawn }: { spawn: unknown }) => ({ spawn }) }),
    "its root has a context, which asks for `spawn`",
  ],
  "a note without params": [oddChart({ on: { X: { actions: "misuse" } } }), "p has action misuse, which emits neither"],
  "a note of params that are made": [
    oddChart({ on: { X: { actions: { type: "misuse", params: () => ({ rule: "SglLeak" }) } } } }),
    "p has action misuse, which needs literal params",
  ],
  "a note that is none": [oddChart({ on: { X: { actions: "shout" } } }), "p has action shout, which emits neither"],
  "a note of more than texts": [
    oddChart({ on: { X: { actions: "number" } } }),
    "p has action number, which emits neither",
  ],
  "a note of the context": [
    oddChart({ on: { X: { actions: "echo" } } }),
    "p has action echo, which asks for `context`",
  ],
  "a collection of actions": [oddChart({ on: { X: { actions: "more" } } }), "p has action more, which enqueues more"],
  "a collection by params": [
    oddChart({ on: { X: { actions: { type: "late", params: { n: 1 } } } } }),
    "p has action late, which collects by its params",
  ],
  "a collection that asks guards": [
    oddChart({ on: { X: { actions: "ask" } } }),
    "p has action ask, which asks for `check`",
  ],
};

for (const [what, [chart, reason]] of Object.entries(REFUSED)) {
  Deno.test(`a chart with ${what} is refused by name`, () => {
    assertThrows(() => compileRows(chart), UncompilableChart, `Cannot compile chart odd: ${reason}`);
  });
}

const LATER: Readonly<Record<string, string>> = {
  late: "p has action late, which enqueues `assign`",
  curious: "p has action curious, which asks for `self`",
};

for (const [action, reason] of Object.entries(LATER)) {
  Deno.test(`a collection that does more than say notes only later stops the step by name: ${action}`, () => {
    const { candidates } = compileRows(oddChart({ on: { X: { actions: action } } }, { context: { n: 0 } }));
    const [effect] = candidates[0]![0]![0]!.effects;
    assert(effect?.kind === "notes");
    const collect = (n: number): void => effect.collect({ context: { n }, event: { type: "X" } }, []);
    collect(0);
    assertThrows(() => collect(1), UncompilableChart, reason);
  });
}

const SAME: Readonly<Record<string, AnyLifecycle>> = {
  "a forbidden event": oddChart({ states: { c: { on: { X: undefined } } }, on: { X: "q" } }),
  "a forbidden rest": oddChart({ states: { c: { on: { "*": undefined } } }, on: { X: "q" } }),
  "an event whose guards fail beside a wildcard": oddChart({ on: { X: { target: ".c", guard: "never" }, "*": "q" } }),
  "an event without ways beside a wildcard": oddChart({ on: { X: [], "*": "q" } }),
  "a target in an array": oddChart({ on: { X: { target: ["q"] } } }),
  "an id of its own": oddChart({ on: { X: "#there" } }, {}, { id: "there" }),
  "the chart's id elsewhere": oddChart({ on: { X: "#odd" } }, {}, { id: "odd" }),
  "an event that is every object's": oddChart({ on: { constructor: "q" } }, {}, { on: { X: "p" } }),
  "a first state by an object": oddChart({ initial: { target: "c" }, on: { X: "q" } }),
  "a state of no states": oddChart({ on: { X: "q" } }, {}, { states: {} }),
  "a guard that is no name": oddChart({ on: { X: { target: "q", guard: "" } } }),
  "keys that say nothing": oddChart({ entry: undefined, always: undefined, on: { X: "q" } }),
  "a collection of notes that ask what happened": oddChart({ on: { X: { actions: "tell" }, Y: { actions: "tell" } } }),
  "an assignment, and no context": oddChart({ on: { X: { target: "q", actions: "count" } } }),
};

for (const [what, chart] of Object.entries(SAME)) {
  Deno.test(`a chart with ${what} compiles to what XState does`, () => {
    const sent = ["X", "Y", "constructor"];
    assert(holdAgreement(chart, sent, {}) !== "refused");
    const events = [...sent, ...sent].map((type) => ({ type }));
    assertEquals(tell("table", chart, {}, events), tell("chart", chart, {}, events));
  });
}

Deno.test("compiling does not call what could not ask for anything", () => {
  compileRows(oddChart({ on: { X: { actions: "draw" } } }, { context: { n: 0 } }));
  assertEquals(drawn, 0);
});

Deno.test("two lives do not share a context that the chart hands out twice", () => {
  const shared = { n: 0 };
  const { createContext } = compileRows(oddChart({ on: { X: { actions: "count" } } }, { context: () => shared }));
  const [first, second] = [createContext({}), createContext({})];
  assert(first !== second && first !== shared);
});
