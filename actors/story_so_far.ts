/**
 * The last events of a run, kept so that a crash can tell what led to it: the calls that named a resource, and the
 * steps of its life.
 */
import type { CallEvent, StateEvent, TraceEvent, Tracer, TraceValue } from "../trace/event.ts";

/** An event that tells of one resource. */
export type StoryEvent = CallEvent | StateEvent;

const KEPT = 4096;

/** A tracer that remembers the last few thousand calls and steps. */
export class StorySoFar implements Tracer {
  /** It always listens. */
  readonly on = true;
  readonly #ring: StoryEvent[] = [];
  readonly #pointers = new Map<string, string>();
  #next = 0;

  /** Takes one event. */
  emit(event: TraceEvent): void {
    if (event.kind === "object") this.#pointers.set(event.actor, event.pointer);
    if (event.kind !== "call" && event.kind !== "state") return;
    this.#ring[this.#next] = event;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** The address that a resource has in calls, or null if none was said. */
  pointerOf(resource: string): string | null {
    return this.#pointers.get(resource) ?? null;
  }

  /** The last events of a resource, oldest first: calls that named it, and steps that led it into another state. */
  of(resource: string, count = 8): readonly StoryEvent[] {
    const pointer = this.pointerOf(resource);
    const events = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].filter((event) =>
      event.kind === "state"
        ? event.actor === resource && event.from !== event.to
        : pointer !== null && names(event, pointer)
    );
    return events.slice(Math.max(0, events.length - count));
  }
}

function names({ args, ret, out }: CallEvent, pointer: string): boolean {
  const isIt = (value: TraceValue): boolean => value === pointer;
  return isIt(ret) || Object.values(args).some(isIt) || (out !== null && Object.values(out).some(isIt));
}

/** One line of a story: `4.0 µs  PutDmaAdapter`, `1.0 µs  sgl:0 empty → filled (FILL)`. */
export function storyLine(event: StoryEvent): string {
  const at = `${(event.atNs / 1000).toFixed(1)} µs`;
  if (event.kind === "state") return `${at}  ${event.actor} ${event.from} → ${event.to} (${event.event})`;
  return `${at}  ${event.call}${typeof event.ret === "string" ? ` returns ${event.ret}` : ""}`;
}
