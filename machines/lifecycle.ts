/**
 * The type under which every chart is published, and the two things a chart says besides its next state: that it
 * refuses, and that it was misused.
 *
 * A chart is pure data plus named guards and assignments: one literal `setup({…}).createMachine({…})` a file, importing
 * nothing but xstate and types, so that it can be pasted into Stately as it stands.
 */
import type { EventObject, MachineContext, StateMachine, StateValue } from "xstate";
import type { InsufficientReason, NtStatus } from "./ntstatus.ts";
import type { RuleName } from "./rule.ts";

/** What a chart emits when an event breaks the lifecycle: the rule that names it. A finding, never an exception. */
export interface Misuse {
  /** It is a misuse. */
  readonly type: "misuse";
  /** The rule that was broken. */
  readonly rule: RuleName;
  /** A kind inside the rule, where one rule covers several (0xE6/0x0F, 0x1DC); else absent. */
  readonly misuseKind?: string;
}

/** What a chart emits when an event is legal to ask but not granted: the status a caller sees, with the reason. */
export interface Refusal {
  /** It is a refusal. */
  readonly type: "refused";
  /** What the caller gets. */
  readonly status: NtStatus;
  /** Which shortage it is, for STATUS_INSUFFICIENT_RESOURCES. */
  readonly reason?: InsufficientReason;
}

/** Everything a chart emits. */
export type LifecycleNote = Misuse | Refusal;

/** The parameters of the action `misuse`, as charts write them. */
export type MisuseParams = Omit<Misuse, "type">;

/** The parameters of the action `refuse`, as charts write them. */
export type RefusalParams = Omit<Refusal, "type">;

/** The IRQL at which a routine may be called: exactly one level (`=`) or at most that level. */
export type IrqlRequirement = "= PASSIVE_LEVEL" | "<= DISPATCH_LEVEL" | "= DISPATCH_LEVEL" | "= DIRQL" | "any";

/** What charts say about a state or a transition that stands for an API call. */
export interface LifecycleMeta {
  /** The DDI routine that the event stands for. */
  readonly ddi?: string;
  /** Where it may be called. */
  readonly irql?: IrqlRequirement;
}

/**
 * The published type of a chart: context, events, state value, tags and input stay typed; XState's other ten type
 * parameters are left open, which is what keeps the package free of slow types.
 */
export type Lifecycle<
  Context extends MachineContext,
  Event extends EventObject,
  State extends StateValue,
  Tag extends string = string,
  Input = Record<string, never> | undefined,
> = StateMachine<
  Context,
  Event,
  // deno-lint-ignore no-explicit-any -- children, actors, actions, guards, delays: XState's own business
  any,
  // deno-lint-ignore no-explicit-any
  any,
  // deno-lint-ignore no-explicit-any
  any,
  // deno-lint-ignore no-explicit-any
  any,
  // deno-lint-ignore no-explicit-any
  any,
  State,
  Tag,
  Input,
  // deno-lint-ignore no-explicit-any
  any,
  LifecycleNote,
  LifecycleMeta,
  // deno-lint-ignore no-explicit-any
  any
>;
