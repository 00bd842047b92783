/** One event of a recording as a person reads it: one line, and more for who asks. */
import { chartOfActor } from "../../trace/charts/chart_of_actor.ts";
import { DDI_NAMES } from "../../trace/check/ddi_names.ts";
import { hexText } from "../../trace/event.ts";
import type { Finding } from "../../trace/event.ts";
import { KINDS } from "./recording.ts";
import type { Kind, Recording } from "./recording.ts";
import { textOf } from "./texts.ts";

/** One line of the event list. */
export interface EventText {
  readonly kind: Kind;
  /** Whom it is about. */
  readonly subject: string;
  /** What happened. */
  readonly text: string;
}

const LENGTH_MASK = 0x0fff_ffff;

/** The kind of an event. */
export function kindOf({ events }: Recording, event: number): Kind {
  return KINDS[events.kind[event]!]!;
}

/** Whom an event is about. */
export function subjectOf({ events, names }: Recording, event: number): string {
  return names[events.subject[event]!] ?? "";
}

/** The line of one event. */
export function eventText(recording: Recording, event: number): EventText {
  const { events, names } = recording;
  const kind = kindOf(recording, event);
  const name = (column: Uint32Array): string => names[column[event]!] ?? "";
  const subject = subjectOf(recording, event);
  const [verb, from, to, a, b] = [
    ...[name(events.verb), name(events.from), name(events.to)] as const,
    ...[events.a[event]!, events.b[event]!] as const,
  ];
  const texts: Readonly<Record<Kind, () => string>> = {
    object: () => `is at ${detailOf(recording, event)}`,
    state: () => from === to ? `${verb} · stays ${to}` : `${verb === "" ? "" : `${verb} · `}${from} → ${to}`,
    call: () => `${verb} on CPU ${a}${to === "" ? "" : ` → ${to}`}`,
    routine: () => `${verb}s, ${from}`,
    work: () => `${verb}s work for irp ${a}`,
    register: () => `${verb} ${hexText(a)} ${verb === "read" ? "→" : "←"} ${hexText(b)}`,
    descriptor: () => `descriptor at ${hexText(a)}, ${b & LENGTH_MASK} bytes`,
    engine: () => `engine ${to}, ${a} completed`,
    interrupt: () => a < 0 ? `pin ${verb}` : `vector ${a} ${verb}`,
    isr: () => `ISR ${verb}s on CPU ${a}`,
    dpc: () => `DPC ${verb}s on CPU ${a}`,
    irp: () => `${to}, ${from}${b > 0 ? `, ${b} bytes` : ""}`,
    queue: () => `${verb} irp ${a} · depth ${b}`,
    counter: () => `${a}`,
    notice: () => `${verb} ${detailOf(recording, event)}`,
    happening: () => detailOf(recording, event),
    finding: () => `${verb} by ${from}, in ${to}`,
  };
  return { kind, subject, text: texts[kind]() };
}

/** What an event carries besides: arguments of a call as JSON, numbers of a notice. */
export function detailOf({ events, texts }: Recording, event: number): string {
  return textOf(texts, events.detail[event]!);
}

/** The finding of an event of that kind. */
export function findingOf(recording: Recording, event: number): Finding {
  return JSON.parse(detailOf(recording, event)) as Finding;
}

/**
 * What would have been legal instead, in a driver's words: routines by their DDI names, and happenings. Events that
 * only the HAL or the system causes are left out; those that the driver's words have no name for stay as they are.
 */
export function legalThere({ resource, expected }: Pick<Finding, "resource" | "expected">): string[] {
  const names = DDI_NAMES[chartOfActor(resource)?.machine.id ?? ""];
  return [...new Set(expected.flatMap((event) => names?.[event] ?? [event]))];
}
