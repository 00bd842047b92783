/** The figures of a run over time: depths of the queues by what they are for, map registers, lists that are out. */
import type { TraceEvent } from "../../trace/event.ts";
import { figures } from "./column.ts";
import type { Column } from "./column.ts";
import type { Series } from "./recording.ts";

/** A series under way. */
interface Line {
  readonly atNs: Column<Float64Array<ArrayBuffer>>;
  readonly value: Column<Float64Array<ArrayBuffer>>;
}

const LISTS = "lists out";
/** A list in one of these states holds nothing. */
const NOTHING_OUT: ReadonlySet<string> = new Set(["empty", "put"]);

/** Builds the series of a run. Queues of all channels that have the same role are added up. */
export class SeriesBuilder {
  readonly #lines = new Map<string, Line>();
  readonly #depths = new Map<string, number>();
  readonly #sums = new Map<string, number>();
  readonly #lists = new Set<string>();

  /** Takes the next event. */
  emit(event: TraceEvent): void {
    if (event.kind === "queue") {
      const [role = ""] = event.queue.split(":");
      const sum = (this.#sums.get(role) ?? 0) + event.depth - (this.#depths.get(event.queue) ?? 0);
      this.#depths.set(event.queue, event.depth);
      this.#sums.set(role, sum);
      this.#begin(role);
      this.#add(role, event.atNs, sum);
    } else if (event.kind === "counter") {
      this.#add(event.counter, event.atNs, event.value);
    } else if (event.kind === "state" && event.actor.startsWith("sgl:")) {
      const before = this.#lists.size;
      if (NOTHING_OUT.has(event.to)) this.#lists.delete(event.actor);
      else this.#lists.add(event.actor);
      this.#begin(LISTS);
      if (this.#lists.size !== before) this.#add(LISTS, event.atNs, this.#lists.size);
    }
  }

  /** All of them, by name. */
  taken(): Series[] {
    return [...this.#lines].map(([name, { atNs, value }]) => ({ name, atNs: atNs.taken(), value: value.taken() }))
      .sort((a, b) => a.name < b.name ? -1 : 1);
  }

  /** What is counted here begins with nothing; a counter of somebody else's may have begun with anything. */
  #begin(name: string): void {
    if (!this.#lines.has(name)) this.#add(name, 0, 0);
  }

  #add(name: string, atNs: number, value: number): void {
    let line = this.#lines.get(name);
    if (line === undefined) this.#lines.set(name, line = { atNs: figures(), value: figures() });
    // Within an instant the last value counts.
    if (line.atNs.length > 0 && line.atNs.last(-1) === atNs) return line.value.replaceLast(value);
    line.atNs.push(atNs);
    line.value.push(value);
  }
}
