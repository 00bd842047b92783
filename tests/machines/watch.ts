/** One living chart that tells what it said: the bench on which the lifecycle tests stand. */

import { assertEquals } from "@std/assert";
import { createActor } from "xstate";
import type { AnyActorRef, AnyStateMachine, EventObject, MachineContext, StateValue } from "xstate";
import type { InsufficientReason, Lifecycle, LifecycleNote, NtStatus, RuleName } from "../../machines/mod.ts";
import { dotted } from "./charts.ts";

/** A chart that runs and is watched. */
export class Watched<Context, Event extends EventObject> {
  readonly #actor: AnyActorRef;
  readonly #notes: LifecycleNote[] = [];

  constructor(actor: AnyActorRef) {
    this.#actor = actor;
    actor.on("*", (note) => void this.#notes.push(note as unknown as LifecycleNote));
    actor.start();
  }

  /** The present state, dotted. */
  get state(): string {
    return dotted(this.#actor.getSnapshot().value);
  }

  get context(): Context {
    return this.#actor.getSnapshot().context as Context;
  }

  has(tag: string): boolean {
    return this.#actor.getSnapshot().hasTag(tag) as boolean;
  }

  /** Sends an event and gives back what the chart said about it. */
  send(event: Event): readonly LifecycleNote[] {
    this.#notes.length = 0;
    this.#actor.send(event);
    return [...this.#notes];
  }

  /** Sends events that must go their way without a word; ends in that state. */
  goes(state: string, ...events: Event[]): this {
    for (const event of events) assertEquals(this.send(event), [], `${event.type} on the way to ${state}`);
    assertEquals(this.state, state);
    return this;
  }

  /** The event breaks this rule, before any other. */
  breaks(rule: RuleName, event: Event, misuseKind?: string): this {
    const misuse = this.send(event).find(({ type }) => type === "misuse");
    const expected = misuseKind === undefined ? { type: "misuse", rule } : { type: "misuse", rule, misuseKind };
    assertEquals<unknown>(misuse, expected, `${event.type} in ${this.state}`);
    return this;
  }

  /** The event is legal to ask and is answered with this status; no misuse. */
  refuses(status: NtStatus, event: Event, reason?: InsufficientReason): this {
    const expected = reason === undefined ? { type: "refused", status } : { type: "refused", status, reason };
    assertEquals<unknown>(this.send(event), [expected], `${event.type} in ${this.state}`);
    return this;
  }

  /** The rules that the event breaks, in order. */
  rules(event: Event): readonly RuleName[] {
    return this.send(event).flatMap((note) => note.type === "misuse" ? [note.rule] : []);
  }

  /** Checks the state and goes on. */
  is(state: string): this {
    assertEquals(this.state, state);
    return this;
  }
}

/** Brings a chart to life. */
export function watch<
  Context extends MachineContext,
  Event extends EventObject,
  State extends StateValue,
  Tag extends string,
  Input,
>(machine: Lifecycle<Context, Event, State, Tag, Input>, input?: NoInfer<Input>): Watched<Context, Event> {
  const logic = machine as unknown as AnyStateMachine;
  return new Watched(createActor(logic, { input }) as AnyActorRef);
}
