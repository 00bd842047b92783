/** Which events a list shows: by a word, by an actor, with or without register accesses. */
import { eventText } from "../record/event_text.ts";
import { KINDS } from "../record/recording.ts";
import type { Recording } from "../record/recording.ts";

/** What is asked for. */
export interface EventFilter {
  /** Part of the subject or of the text, in any case; empty for all. */
  readonly words: string;
  /** Only events about this actor; empty for all. */
  readonly actor: string;
  /** Register accesses too: there are many. */
  readonly withRegisters: boolean;
}

const REGISTER = KINDS.indexOf("register");

/** The positions of the events that pass, in order; null if all do. */
export function filtered(run: Recording, { words, actor, withRegisters }: EventFilter): Uint32Array | null {
  const { events, names } = run;
  if (words === "" && actor === "" && withRegisters) return null;
  const wanted = words.toLowerCase();
  // Names are few: a word is looked for once in each. Texts made of figures are only looked at where no name fits.
  const isNamed = names.map((name) => name.toLowerCase().includes(wanted));
  const actorNumber = actor === "" ? -1 : names.indexOf(actor);
  const passing = new Uint32Array(events.count);
  let count = 0;
  for (let i = 0; i < events.count; i++) {
    if (!withRegisters && events.kind[i] === REGISTER) continue;
    if (actor !== "" && events.subject[i] !== actorNumber) continue;
    if (wanted !== "" && !passes(run, i, isNamed, wanted)) continue;
    passing[count++] = i;
  }
  return passing.subarray(0, count);
}

function passes(run: Recording, event: number, isNamed: readonly boolean[], wanted: string): boolean {
  const { subject, verb, from, to } = run.events;
  if (isNamed[subject[event]!]! || isNamed[verb[event]!]! || isNamed[from[event]!]! || isNamed[to[event]!]!) {
    return true;
  }
  // `irp 12` is no name: it stands in the text.
  return /\d/.test(wanted) && eventText(run, event).text.toLowerCase().includes(wanted);
}
