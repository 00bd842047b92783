/**
 * Lives as XState actors. Resources are registered by name in one actor system under our clock, so that an inspector
 * sees the whole family; transient lives (a request, its list) are actors of their own that stop when they are done.
 */
import { createActor, fromTransition } from "xstate";
import type { ActorOptions, AnyActorLogic, AnyActorRef, EventObject, MachineContext } from "xstate";
import { compileRows } from "../fastpath/rows.ts";
import type { AnyLifecycle, ChartRows } from "../fastpath/rows.ts";
import type { LifecycleNote } from "../machines/lifecycle.ts";
import type { ChartOf, Life, Lives, Span, Verdict } from "./life.ts";
import { ToldLife } from "./told_life.ts";
import type { Telling } from "./told_life.ts";

/** What XState's inspection hands out; the type of the `inspect` option. */
export type Inspector = NonNullable<ActorOptions<AnyActorLogic>["inspect"]>;

/** Lives that are XState actors. */
export class ChartLives implements Lives {
  /** These lives are XState actors. */
  readonly engine = "chart";
  /** The actor system's root: `root.system.get("adapter:0")` finds a resource. */
  readonly root: AnyActorRef;
  readonly #telling: Telling;
  readonly #inspect: Inspector | undefined;
  readonly #rows = new Map<AnyLifecycle, ChartRows>();

  /** Starts the actor system; `inspect` hears all of it. */
  constructor(telling: Telling, inspect?: Inspector) {
    this.#telling = telling;
    this.#inspect = inspect;
    // The family has no behaviour of its own; it only makes one system of all resources.
    const family = fromTransition((state: null) => state, null);
    this.root = createActor(family, { id: "family", clock: telling.clock, inspect }).start();
  }

  create<Context extends MachineContext, Event extends EventObject, Input>(
    chart: ChartOf<Context, Event, Input>,
    name: string,
    input: Input,
    span: Span = "resource",
    number = -1,
  ): Life<Context, Event> {
    const id = number < 0 ? name : `${name}:${number}`;
    let rows = this.#rows.get(chart);
    if (rows === undefined) this.#rows.set(chart, rows = compileRows(chart));
    const place = span === "resource"
      ? { parent: this.root, systemId: id }
      : { clock: this.#telling.clock, inspect: this.#inspect };
    // `parent` is how XState itself makes a child; its option type does not list it.
    const actor = createActor(chart, { id, input, ...place } as ActorOptions<AnyLifecycle>) as AnyActorRef;
    return new ChartLife<Context, Event>(actor, id, rows, this.#telling, span);
  }

  release<Context, Event>(life: Life<Context, Event>): void {
    if (life instanceof ChartLife) life.end();
  }
}

class ChartLife<Context extends MachineContext, Event extends EventObject> extends ToldLife<Context, Event> {
  #state: string;
  #notes: LifecycleNote[] = [];
  protected override readonly rows: ChartRows;
  readonly #actor: AnyActorRef;
  readonly #span: Span;

  constructor(actor: AnyActorRef, name: string, rows: ChartRows, telling: Telling, span: Span) {
    super(name, -1, telling);
    this.rows = rows;
    this.#actor = actor;
    this.#span = span;
    actor.on("*", (note) => void this.#notes.push(note as unknown as LifecycleNote));
    actor.start();
    this.#state = dotted(actor.getSnapshot().value);
  }

  get state(): string {
    return this.#state;
  }

  get context(): Readonly<Context> {
    return this.#actor.getSnapshot().context;
  }

  has(tag: string): boolean {
    return this.#actor.getSnapshot().hasTag(tag);
  }

  end(): void {
    // Children of the family stay until the world ends: XState lets only a parent stop them.
    if (this.#span === "transient") (this.#actor as AnyActorRef & { stop(): void }).stop();
  }

  send(event: Event): Verdict {
    const from = this.#state;
    this.#actor.send(event);
    this.#state = dotted(this.#actor.getSnapshot().value);
    const notes = this.#notes.length === 0 ? null : this.#notes;
    if (notes !== null) this.#notes = [];
    return this.told(event.type, from, this.#state, notes);
  }
}

function dotted(value: unknown): string {
  if (typeof value === "string") return value;
  const [[name, inner]] = Object.entries(value as Record<string, unknown>) as [[string, unknown]];
  return `${name}.${dotted(inner)}`;
}
