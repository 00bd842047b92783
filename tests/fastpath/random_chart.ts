/**
 * Random charts of what XState 5.33 knows, most of it beyond what rows carry: forbidden events, wildcards, targets of
 * every form, guards and actions of every form, parallel and history states, timers, invocations.
 */
import fc from "fast-check";
import { and, assign, createMachine, emit, enqueueActions, log, not, raise } from "xstate";
import type { AnyLifecycle } from "../../fastpath/rows.ts";

/** What is sent to a random chart. Some names begin alike, some are never named, some are names of every object. */
export const SENT: readonly string[] = ["A", "B", "A.B", "A.B.C", "C", "constructor", "Z", "A.Z"];
const NAMED = SENT.slice(0, 6);

/** What may make a chart one that rows cannot carry. A random chart has none of these, one or two. */
export const EXOTIC: readonly string[] = [
  ...["after", "always", "entry", "exit", "final", "history", "initialActions", "invoke", "parallel", "route"],
  ...["partialWildcard", "ownEvent", "reenter", "twoTargets", "dottedName"],
  ...["inlineGuard", "guardWithParams", "builtInGuard", "aliasGuard"],
  ...["set", "assignAll", "remember", "spawns", "inlineAssign", "inlineEmit", "unknownAction", "custom", "logs"],
  ...[
    "raises",
    "shout",
    "echo",
    "misuseAlone",
    "misuseOf",
    "collectMore",
    "collectAll",
    "collectByCheck",
    "collectOdd",
  ],
];

/** A random chart as its text, and what exotic things it was allowed. */
export interface RandomChart {
  readonly config: Readonly<Record<string, unknown>>;
  readonly exotics: readonly string[];
}

interface Memory {
  n: number;
  m: number;
}

/** What is handed to guards and actions. */
interface Step {
  readonly context: Memory;
  readonly event: { readonly type: string; readonly big?: boolean };
}

// XState's own types would refuse half of this.
const collected = (collect: (step: Step & { enqueue: Enqueue; check: (guard: string) => boolean }) => void): unknown =>
  enqueueActions(collect as never);
const assigned = (assignment: unknown): unknown => assign(assignment as never);

interface Enqueue {
  (action: string): void;
  assign(values: Partial<Memory>): void;
  emit(note: unknown): void;
}

const NULL_ADAPTER = { type: "misuse", rule: "NullAdapter" };

const PARTS = {
  guards: {
    yes: () => true,
    no: () => false,
    odd: ({ context }: Step) => context.n % 2 === 1,
    big: ({ event }: Step) => event.big === true,
    atLeast: ({ context }: Step, params: { n: number }) => context.n >= params.n,
    notOdd: not("odd" as never),
    alias: "odd",
    "": () => false,
  },
  actions: {
    misuse: emit((_: unknown, params: object) => ({ type: "misuse", ...params })),
    refuse: emit((_: unknown, params: object) => ({ type: "refused", ...params })),
    fixed: emit({ type: "misuse", rule: "UnexpectedEvent" } as never),
    bump: assigned({ n: ({ context }: Step) => context.n + 1 }),
    exchange: assigned({ n: ({ context }: Step) => context.m, m: ({ context }: Step) => context.n }),
    weigh: assigned({ m: ({ event }: Step) => event.big ? 10 : 20, n: 3 }),
    collect: collected(({ context, enqueue }) => {
      if (context.n % 2 === 1) enqueue.emit(NULL_ADAPTER);
      if (context.m > 1) enqueue.emit(({ event }: Step) => ({ type: "misuse", rule: event.big ? "SglLeak" : "Odd" }));
    }),
    set: assigned({ n: (_: Step, params: { n: number }) => params.n }),
    assignAll: assigned(({ context }: Step) => ({ n: context.n + 1 })),
    remember: assigned({ m: ({ self }: { self?: { id: string } }) => self?.id }),
    spawns: assigned({ m: ({ spawn }: { spawn?: unknown }) => typeof spawn }),
    custom: () => {},
    logs: log(({ context }: { context: unknown }) => context),
    raises: raise({ type: "B" }),
    shout: emit({ type: "shout" }),
    echo: emit((({ context }: Step) => ({ type: "misuse", rule: context.n > 0 ? "SglLeak" : "Odd" })) as never),
    collectMore: collected(({ context, enqueue }) => {
      if (context.n % 2 === 1) enqueue.assign({ n: 8 });
    }),
    collectAll: collected(({ enqueue }) => enqueue("bump")),
    collectByCheck: collected(({ check, enqueue }) => {
      if (check("odd")) enqueue.emit(NULL_ADAPTER);
    }),
    collectOdd: collected(({ context, enqueue }) => {
      if (context.n % 2 === 1) enqueue.emit({ type: "shout" });
    }),
  },
};

/** The chart that XState makes of it; undefined where XState itself refuses the text. */
export function machineOf({ config }: RandomChart): AnyLifecycle | undefined {
  try {
    return createMachine(config as never, PARTS as never) as AnyLifecycle;
  } catch {
    return undefined;
  }
}

type Gen = <T>(arbitrary: fc.Arbitrary<T>) => T;
type Path = readonly string[];

interface Tree {
  readonly path: Path;
  readonly children: readonly Tree[];
}

/** Any chart of at most three levels. */
export const randomChart: fc.Arbitrary<RandomChart> = fc.gen().map((gen) => {
  const draw: Gen = (arbitrary) => gen(() => arbitrary);
  const exotics = draw(fc.subarray([...EXOTIC], { maxLength: 2 }));
  return { config: new Drawing(draw, exotics).chart(), exotics };
});

/** One chart being drawn. */
class Drawing {
  readonly #draw: Gen;
  readonly #exotics: ReadonlySet<string>;
  readonly #paths: Path[] = [];

  constructor(draw: Gen, exotics: readonly string[]) {
    this.#draw = draw;
    this.#exotics = new Set(exotics);
  }

  chart(): Record<string, unknown> {
    const tree = this.#tree([], 0);
    const shared = { n: 1, m: 2 };
    const context = this.#pick<unknown>([{ n: 0, m: 1 }, { n: 0, m: 1 }, undefined, {}, () => shared, ({ input }: {
      input: { n: number };
    }) => ({ n: input.n, m: 0 })]);
    return { ...this.#state(tree), id: "chart", context };
  }

  #pick<T>(values: readonly T[]): T {
    return this.#draw(fc.constantFrom(...values));
  }

  #chance(percent: number): boolean {
    return this.#draw(fc.integer({ min: 0, max: 99 })) < percent;
  }

  /** True now and then, if the chart is allowed it. */
  #now(exotic: string): boolean {
    return this.#exotics.has(exotic) && this.#chance(35);
  }

  #tree(path: Path, depth: number): Tree {
    this.#paths.push(path);
    const count = depth === 0 ? 2 + Number(this.#chance(50)) : depth < 3 && this.#chance(35) ? 2 : 0;
    const names = this.#now("dottedName") ? ["a.b", "#b", "c"] : ["a", "b", "c"];
    return { path, children: names.slice(0, count).map((name) => this.#tree([...path, name], depth + 1)) };
  }

  #state({ path, children }: Tree): Record<string, unknown> {
    const state: Record<string, unknown> = {};
    if (this.#chance(80)) state.on = this.#on(path);
    if (this.#chance(30)) state.tags = this.#pick<string | string[]>(["hot", ["cold", "blue"]]);
    if (this.#chance(20)) state.entry = undefined;
    if (this.#chance(10)) state.id = `id-${path.join("-")}`;
    if (this.#chance(1)) state.id = this.#pick(["chart", "chart.a"]);
    if (children.length > 0) {
      const first = children[0]!.path.at(-1);
      state.initial = this.#now("initialActions")
        ? { target: first, actions: "bump" }
        : this.#chance(15)
        ? { target: first }
        : first;
      state.states = Object.fromEntries(children.map((child) => [child.path.at(-1), this.#state(child)]));
    } else if (this.#chance(10)) state.states = {};
    return { ...state, ...this.#exoticKeys(path, children) };
  }

  #exoticKeys(path: Path, children: readonly Tree[]): Record<string, unknown> {
    const target = this.#target(path) ?? [];
    return {
      ...this.#now("after") && { after: { 10: target } },
      ...this.#now("always") && { always: { guard: "odd", target } },
      ...this.#now("entry") && { entry: "bump" },
      ...this.#now("exit") && { exit: [{ type: "misuse", params: { rule: "NullAdapter" } }] },
      ...this.#now("invoke") && { invoke: { src: createMachine({}) } },
      ...this.#now("route") && { id: `r-${path.join("-")}`, route: {} },
      ...this.#now("parallel") && children.length > 0 && { type: "parallel", initial: undefined },
      ...this.#now("final") && (children.length === 0 ? { type: "final" } : { onDone: { actions: "bump" } }),
      ...this.#now("history") && children.length === 0 && { history: "deep" },
    };
  }

  #on(path: Path): Record<string, unknown> {
    const names = [...this.#draw(fc.subarray([...NAMED], { maxLength: 4 }))];
    if (this.#chance(30)) names.push("*");
    if (this.#now("partialWildcard")) names.push(this.#pick(["A.*", "A.B.*", "B*"]));
    if (this.#now("ownEvent")) names.push(this.#pick(["xstate.done.state.chart.a", "xstate.stop"]));
    return Object.fromEntries(names.map((name) => [name, this.#entry(path)]));
  }

  #entry(path: Path): unknown {
    const form = this.#draw(fc.integer({ min: 0, max: 9 }));
    if (form === 0) return undefined;
    if (form === 1) return [];
    if (form === 2) return this.#target(path);
    if (form < 6) return [this.#transition(path), this.#transition(path)];
    return this.#transition(path);
  }

  #transition(path: Path): Record<string, unknown> {
    const transition: Record<string, unknown> = {};
    if (this.#chance(60)) transition.target = this.#target(path);
    if (this.#chance(40)) transition.guard = this.#guard();
    if (this.#chance(50)) transition.actions = this.#chance(50) ? this.#action() : [this.#action(), this.#action()];
    if (this.#now("reenter")) transition.reenter = true;
    return transition;
  }

  /** A target as `owner` may write it. */
  #target(owner: Path): string | string[] | undefined {
    const to = this.#pick(this.#paths);
    const forms: (string | string[])[] = [`#${["chart", ...to].join(".")}`];
    const parent = owner.slice(0, -1);
    const startsWith = (path: Path): boolean => path.length < to.length && path.every((name, at) => to[at] === name);
    if (startsWith(owner)) forms.push("." + to.slice(owner.length).join("."));
    if (owner.length > 0 && startsWith(parent)) forms.push(to.slice(parent.length).join("."));
    const target = this.#pick(forms);
    if (this.#now("twoTargets")) return [target as string, `#chart.${this.#pick(this.#paths).join(".")}`];
    return this.#pick<string | string[] | undefined>([target, target, target, [target as string], undefined]);
  }

  #guard(): unknown {
    if (this.#now("inlineGuard")) return ({ context }: { context: Memory }) => context.n > 0;
    if (this.#now("guardWithParams")) return { type: "atLeast", params: { n: 1 } };
    if (this.#now("builtInGuard")) return this.#pick<unknown>(["notOdd", and(["odd", "big"] as never)]);
    if (this.#now("aliasGuard")) return "alias";
    return this.#pick(["yes", "no", "odd", "big", "odd", "big", "", undefined]);
  }

  #action(): unknown {
    const named = ["assignAll", "remember", "spawns", "unknownAction", "custom", "logs", "raises", "shout", "echo"]
      .concat("collectMore", "collectAll", "collectByCheck", "collectOdd");
    for (const name of named) if (this.#now(name)) return name;
    if (this.#now("set")) return { type: "set", params: { n: 7 } };
    if (this.#now("inlineAssign")) return assigned({ n: 4 });
    if (this.#now("inlineEmit")) return emit(NULL_ADAPTER);
    if (this.#now("misuseAlone")) return "misuse";
    if (this.#now("misuseOf")) return { type: "misuse", params: () => ({ rule: "NullAdapter" }) };
    return this.#pick<unknown>([
      { type: "misuse", params: { rule: "PutWhileDeviceActive" } },
      { type: "misuse", params: { rule: "UnexpectedEvent", misuseKind: "7" } },
      { type: "refuse", params: { status: "STATUS_PENDING" } },
      { type: "fixed" },
      "bump",
      "exchange",
      "weigh",
      "collect",
    ]);
  }
}
