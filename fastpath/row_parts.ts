/**
 * The named parts of a chart as rows carry them: guards, actions, and the context that a life begins with.
 *
 * XState hands more to such functions than a row has: the actor itself, `spawn`, `check`. Whoever asks for that is
 * refused. Each function is called once for it with nothing to work on; what it asks for by destructuring shows before
 * it misses anything. What only shows later stops the step, by the same name.
 */
import type { LifecycleNote } from "../machines/lifecycle.ts";
import type { AnyLifecycle, RowAssignment, RowEffect, RowGuard, RowStep } from "./rows.ts";
import { UncompilableChart } from "./uncompilable_chart.ts";

/** Refuses the chart: the state at hand has `what`. */
type RefuseHere = (what: string) => never;
type Args = Readonly<Record<string, unknown>>;
type Fn = (args: unknown, params?: unknown) => unknown;

/** XState keeps what `assign`, `emit` and `enqueueActions` were given on the action itself. */
interface BuiltInAction {
  readonly type?: string;
  readonly assignment?: Readonly<Record<string, unknown>> | Fn;
  readonly event?: unknown;
  readonly collect?: Fn;
}

/** A guard by its name. */
export function compileGuard(machine: AnyLifecycle, name: string, refuse: RefuseHere): RowGuard {
  const guard = own(machine.implementations.guards, name);
  if (!isFunction(guard) || "check" in guard) return refuse(`guard ${name}, which is not a plain function`);
  return guard as RowGuard;
}

/** An action of a transition. */
export function compileEffect(machine: AnyLifecycle, action: unknown, refuse: RefuseHere): RowEffect {
  const { type: name, params } = typeof action === "string"
    ? { type: action, params: undefined }
    : (action ?? {}) as Args;
  if (typeof name !== "string" || isFunction(action)) return refuse("an action that is not a name");
  if (isFunction(params)) return refuse(`action ${name}, which needs literal params`);
  const built = (own(machine.implementations.actions, name) ?? {}) as BuiltInAction;
  if (built.type === "xstate.emit") return { kind: "note", note: noteOf(name, built.event, params, refuse) };
  if (built.type === "xstate.assign" && built.assignment !== undefined) {
    if (params !== undefined) return refuse(`action ${name}, which assigns its params`);
    return assignmentOf(name, built.assignment, refuse);
  }
  if (built.type === "xstate.enqueueActions" && built.collect !== undefined) {
    if (params !== undefined) return refuse(`action ${name}, which collects by its params`);
    return { kind: "notes", collect: collectorOf(name, built.collect, refuse) };
  }
  return refuse(`action ${name}, which is neither note nor assignment`);
}

/** What makes the context of one life. `assigns`: the chart has an assignment somewhere. */
export function compileContext(machine: AnyLifecycle, assigns: boolean): (input: unknown) => unknown {
  const context: unknown = machine.config.context;
  if (isFunction(context)) {
    const refuse = (what: string): never => {
      throw new UncompilableChart(`Cannot compile chart ${machine.id}: its root has ${what}`);
    };
    if (context.length > 0) tryOut(context, { input: undefined }, "a context", refuse);
    // A copy, because assignments change it in place and the chart may hand out the same object twice.
    return (input) => ({ ...context({ input }) as object });
  }
  const first = Object.freeze({ ...context as object });
  // Where nothing is remembered and nothing ever assigned, all lives share one context.
  return Object.keys(first).length === 0 && !assigns ? () => first : () => ({ ...first });
}

/** The one note that an `emit` makes of its params; it must not ask what happened. */
function noteOf(name: string, event: unknown, params: unknown, refuse: RefuseHere): LifecycleNote {
  const note = isFunction(event) ? event(only({}, `action ${name}`, refuse), params) : event;
  return checkedNote(name, note, refuse);
}

function assignmentOf(name: string, assignment: Args | Fn, refuse: RefuseHere): RowAssignment {
  if (isFunction(assignment)) return refuse(`action ${name}, which assigns by a function of its own`);
  const values = Object.values(assignment).map((value) => {
    if (!isFunction(value)) return () => value;
    if (value.length > 0) tryOut(value, { context: undefined, event: undefined }, `action ${name}`, refuse);
    return value as (step: RowStep) => unknown;
  });
  return { kind: "assign", keys: Object.keys(assignment), values };
}

function collectorOf(name: string, collect: Fn, refuse: RefuseHere): (step: RowStep, into: LifecycleNote[]) => void {
  const argsFor = ({ context, event }: RowStep, into: LifecycleNote[]): Args => {
    const emit = (note: unknown): void => {
      const said = isFunction(note) ? note(only({ context, event }, `action ${name}`, refuse)) : note;
      into.push(checkedNote(name, said, refuse));
    };
    const enqueue = new Proxy(() => refuse(`action ${name}, which enqueues more than notes`), {
      get: (_, key) => key === "emit" ? emit : refuse(`action ${name}, which enqueues \`${String(key)}\``),
    });
    return { context, event, enqueue };
  };
  tryOut(collect, argsFor({ context: undefined, event: undefined }, []), `action ${name}`, refuse);
  return (step, into) => void collect(only(argsFor(step, into), `action ${name}`, refuse));
}

/** Calls a function of the chart with nothing to work on, to see what it asks for. */
function tryOut(called: Fn, offered: Args, what: string, refuse: RefuseHere): void {
  try {
    called(only(offered, what, refuse));
  } catch (error) {
    // Any other error is its way to say that it missed context or event.
    if (error instanceof UncompilableChart) throw error;
  }
}

/** What is offered, and a refusal for everything else. */
function only(offered: Args, what: string, refuse: RefuseHere): Args {
  return new Proxy(offered, {
    get: (target, key) =>
      Object.hasOwn(target, key) ? target[key as string] : refuse(`${what}, which asks for \`${String(key)}\``),
  });
}

/** A note as tables keep it: texts only, so that equal notes are known by their text. */
function checkedNote(name: string, note: unknown, refuse: RefuseHere): LifecycleNote {
  const { type, rule, status } = (note ?? {}) as Args;
  const known = type === "misuse" && typeof rule === "string" || type === "refused" && typeof status === "string";
  if (known && Object.values(note as Args).every((value) => typeof value === "string")) return note as LifecycleNote;
  return refuse(`action ${name}, which emits neither misuse nor refusal`);
}

function own(named: Args, name: string): unknown {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

function isFunction(value: unknown): value is Fn {
  return typeof value === "function";
}
