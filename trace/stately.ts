/**
 * A run as the Stately inspector takes it: three kinds of messages, plain data, in virtual time. Whoever has a
 * connection sends them; nothing here opens one. Source of truth: the message types of `@statelyai/inspect`.
 *
 * Lives are told by events, whether they run as XState actors or as rows of a table, so both look the same there. What
 * the trace does not carry is left out: contexts are empty, and nobody is named as the sender of an event.
 */
import type { AnyStateMachine } from "xstate";
import { chartOfActor } from "./charts/chart_of_actor.ts";
import type { FindingEvent, StateEvent, TraceEvent, Tracer, TraceValue } from "./event.ts";

/** A state as XState writes it: a name, or a name with the state inside. */
export type StatelyStateValue = string | { readonly [state: string]: StatelyStateValue };

/** Where an actor is. */
export interface StatelySnapshot {
  /** `done` in a final state. */
  readonly status: "active" | "done";
  /** The state. */
  readonly value: StatelyStateValue;
  /** Always empty: the trace carries states only. */
  readonly context: Readonly<Record<string, never>>;
  /** Tags of the state and of those around it. */
  readonly tags: readonly string[];
}

/** An event as actors get it. */
export interface StatelyEvent {
  /** Its name in the chart. */
  readonly type: string;
  /** What it carries besides. */
  readonly [key: string]: TraceValue;
}

/** What every message has. */
export interface StatelyMessageBase {
  /** The version of the inspector's protocol. */
  readonly _version: string;
  /** Counts the messages. */
  readonly id: string;
  /** Virtual time as an ISO date that begins in 1970, with nine digits behind the second. */
  readonly createdAt: string;
  /** The world that all actors belong to. */
  readonly rootId: string;
  /** The actor: `sgl:7`. */
  readonly sessionId: string;
}

/** An actor is there. */
export interface StatelyActorMessage extends StatelyMessageBase {
  /** Tells messages apart. */
  readonly type: "@xstate.actor";
  /** The name that people see. */
  readonly name: string;
  /** All actors are children of the world. */
  readonly parentId: string;
  /** Its chart as JSON; absent for an actor without one. */
  readonly definition?: string;
  /** Where it is when it appears. */
  readonly snapshot: StatelySnapshot;
}

/** An actor got an event. */
export interface StatelyEventMessage extends StatelyMessageBase {
  /** Tells messages apart. */
  readonly type: "@xstate.event";
  /** Who sent it, if that is known. */
  readonly sourceId?: string;
  /** What it got. */
  readonly event: StatelyEvent;
}

/** An actor made a step. */
export interface StatelySnapshotMessage extends StatelyMessageBase {
  /** Tells messages apart. */
  readonly type: "@xstate.snapshot";
  /** The event that led here. */
  readonly event: StatelyEvent;
  /** Where it is now. */
  readonly snapshot: StatelySnapshot;
}

/** A message to the inspector. */
export type StatelyMessage = StatelyActorMessage | StatelyEventMessage | StatelySnapshotMessage;

/** What to show. */
export interface StatelyOptions {
  /** The actors to show: one (`irp:7`, `channel:h2c0`) or all of a kind (`irp`). Default: all. */
  readonly watch?: readonly string[];
  /** The name of this run where an inspector sees several: sessions are `world/actor` then. Default: one world. */
  readonly world?: string;
}

const VERSION = "0.7.2";
/** All actors are children of one world; its name where a person gave none. */
const ROOT = "world";

/** Turns events into messages. */
export class StatelyTracer implements Tracer {
  readonly on = true;
  readonly #send: (message: StatelyMessage) => void;
  readonly #watched: ReadonlySet<string> | null;
  readonly #world: string;
  readonly #sessionPrefix: string;
  /** The state of every actor that was announced and is not over. */
  readonly #states = new Map<string, string>();
  readonly #definitions = new Map<string, string>();
  #count = 0;

  /** `send` gets each message as it comes. */
  constructor(send: (message: StatelyMessage) => void, options: StatelyOptions = {}) {
    this.#send = send;
    this.#watched = options.watch === undefined ? null : new Set(options.watch);
    this.#world = options.world ?? ROOT;
    this.#sessionPrefix = options.world === undefined ? "" : `${options.world}/`;
  }

  emit(event: TraceEvent): void {
    if (event.kind === "state") this.#step(event);
    else if (event.kind === "finding") this.#finding(event);
    else if (event.kind === "irp" && event.state === "completed") this.#states.delete(`irp:${event.irp}`);
  }

  /** Announces every living actor in its present state: for somebody who comes late. */
  announce(atNs: number): readonly StatelyMessage[] {
    return [...this.#states].map(([actor, state]) => this.#actor(actor, state, atNs));
  }

  #step({ actor, event, from, to, atNs }: StateEvent): void {
    if (!this.#shows(actor)) return;
    if (!this.#states.has(actor)) this.#send(this.#actor(actor, from, atNs));
    this.#states.set(actor, to);
    const received: StatelyEvent = { type: event };
    this.#send({ type: "@xstate.event", ...this.#base(actor, atNs), event: received });
    const snapshot = snapshotOf(chartOfActor(actor)?.machine, to);
    this.#send({ type: "@xstate.snapshot", ...this.#base(actor, atNs), event: received, snapshot });
  }

  #shows(actor: string): boolean {
    const watched = this.#watched;
    if (watched === null || watched.has(actor)) return true;
    const end = actor.indexOf(":");
    return end > 0 && watched.has(actor.slice(0, end));
  }

  /** A finding appears as an event to its resource, if that is shown. */
  #finding({ finding, atNs }: FindingEvent): void {
    const { rule, resource, call, details, severity } = finding;
    if (!this.#states.has(resource)) return;
    const event: StatelyEvent = { type: `finding.${rule}`, call, details, severity };
    this.#send({ type: "@xstate.event", ...this.#base(resource, atNs), event });
  }

  #actor(actor: string, state: string, atNs: number): StatelyActorMessage {
    const machine = chartOfActor(actor)?.machine;
    return {
      type: "@xstate.actor",
      ...this.#base(actor, atNs),
      name: actor,
      parentId: this.#world,
      ...(machine === undefined ? {} : { definition: this.#definition(machine) }),
      snapshot: snapshotOf(machine, state),
    };
  }

  #definition(machine: AnyStateMachine): string {
    let definition = this.#definitions.get(machine.id);
    if (definition === undefined) this.#definitions.set(machine.id, definition = JSON.stringify(machine.config));
    return definition;
  }

  #base(actor: string, atNs: number): StatelyMessageBase {
    return {
      _version: VERSION,
      id: `${this.#count++}`,
      createdAt: virtualDate(atNs),
      rootId: this.#world,
      sessionId: this.#sessionPrefix + actor,
    };
  }
}

/** Virtual nanoseconds as a date: `1970-01-01T00:00:00.000012549Z`. */
export function virtualDate(atNs: number): string {
  const seconds = Math.floor(atNs / 1e9);
  const fraction = `${atNs - seconds * 1e9}`.padStart(9, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, -".000Z".length)}.${fraction}Z`;
}

function snapshotOf(machine: AnyStateMachine | undefined, state: string): StatelySnapshot {
  const path = state.split(".");
  const tags: string[] = [];
  let isFinal = false;
  let node = machine?.root;
  for (const key of path) {
    node = node?.states[key];
    tags.push(...node?.tags ?? []);
    isFinal = node?.type === "final";
  }
  return { status: isFinal ? "done" : "active", value: valueOf(path), context: {}, tags };
}

function valueOf([state = "", ...inside]: readonly string[]): StatelyStateValue {
  return inside.length === 0 ? state : { [state]: valueOf(inside) };
}
