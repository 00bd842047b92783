/**
 * The rules of the Chrome trace format as viewers hold them, apart from the writer: complete slices nest on their
 * track, async begins and ends pair by name and id, arrows begin, lead on and end inside slices, counters carry
 * numbers, and every event has what its phase wants.
 */

/** One event, as it stands in the file. */
export interface FileEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly tid?: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly id?: number | string;
  readonly cat?: string;
  readonly s?: string;
  readonly bp?: string;
  readonly args?: Readonly<Record<string, unknown>>;
}

const PHASES = "X b n e C s t f i M".split(" ");
const METADATA = ["process_name", "process_sort_index", "thread_name", "thread_sort_index"];

/** Parses a file; one that broke off is closed first, at the end of its last whole line. */
export function readTrace(text: string): readonly FileEvent[] {
  const whole = text.trimEnd().endsWith("]") ? text : text.slice(0, text.lastIndexOf("}") + 1) + "]";
  return JSON.parse(whole);
}

/** Every sentence that is wrong with a file; none for a good one. `open`: the file broke off, so things may be open. */
export function complaintsAbout(events: readonly FileEvent[], open = false): string[] {
  const complaints: string[] = [];
  const complain = (event: FileEvent, what: string): void => {
    complaints.push(`${what}: ${JSON.stringify(event)}`);
  };
  for (const event of events) {
    if (!PHASES.includes(event.ph)) complain(event, "unknown phase");
    if (!Number.isInteger(event.pid)) complain(event, "no pid");
    if (typeof event.name !== "string" || event.name === "") complain(event, "no name");
    if (event.args !== undefined && (typeof event.args !== "object" || event.args === null)) complain(event, "args");
    if (event.ph === "M") {
      if (!METADATA.includes(event.name)) complain(event, "unknown metadata");
      continue;
    }
    if (!(typeof event.ts === "number" && event.ts >= 0)) complain(event, "no time");
    if ("Xstfi".includes(event.ph) && !Number.isInteger(event.tid)) complain(event, "no tid");
    if (event.ph === "i" && !["t", "p", "g"].includes(event.s ?? "")) complain(event, "no scope");
    if ("bnestf".includes(event.ph) && event.cat === undefined) complain(event, "no category");
    if ("bnestf".includes(event.ph) && !Number.isInteger(event.id)) complain(event, "no id");
    if (event.ph === "C" && !Object.values(event.args ?? {}).every(Number.isFinite)) complain(event, "no number");
  }
  checkSlices(events, complain);
  checkAsync(events, complain, open);
  checkFlows(events, complain, open);
  return complaints;
}

type Complain = (event: FileEvent, what: string) => void;

/** Nanoseconds: fractions of a microsecond are compared as a viewer rounds them. */
function ns(microseconds = 0): number {
  return Math.round(microseconds * 1000);
}

function track(event: FileEvent): string {
  return `${event.pid}/${event.tid}`;
}

/** In the order in which viewers take events: by time, and those of one moment as they stand in the file. */
function sorted(events: readonly FileEvent[]): FileEvent[] {
  return events.filter(({ ph }) => ph !== "M").map((event, index) => ({ event, index }))
    .sort((a, b) => ns(a.event.ts) - ns(b.event.ts) || a.index - b.index).map(({ event }) => event);
}

function checkSlices(events: readonly FileEvent[], complain: Complain): void {
  const stacks = new Map<string, number[]>();
  for (const event of sorted(events)) {
    if (event.ph !== "X") continue;
    if (!(typeof event.dur === "number" && event.dur >= 0)) complain(event, "no duration");
    const ends = stacks.get(track(event)) ?? [];
    stacks.set(track(event), ends);
    const from = ns(event.ts);
    const to = ns(event.ts) + ns(event.dur);
    // Ended slices leave; one without length stays for what stands behind it at the same moment.
    while (ends.length > 0 && ends.at(-1)! <= from && to > ends.at(-1)!) ends.pop();
    while (ends.length > 0 && ends.at(-1)! < from) ends.pop();
    const around = ends.at(-1);
    if (around !== undefined && to > around) complain(event, "overlaps the slice around it");
    ends.push(to);
  }
}

function checkAsync(events: readonly FileEvent[], complain: Complain, open: boolean): void {
  const alive = new Map<string, FileEvent>();
  for (const event of sorted(events)) {
    if (!"bne".includes(event.ph)) continue;
    const key = `${event.pid} ${event.cat} ${event.name} ${event.id}`;
    if (event.ph === "b") {
      if (alive.has(key)) complain(event, "begun twice");
      alive.set(key, event);
    } else if (!alive.has(key)) complain(event, "never begun");
    if (event.ph === "e") alive.delete(key);
  }
  if (!open) { for (const event of alive.values()) complain(event, "never ended"); }
}

function checkFlows(events: readonly FileEvent[], complain: Complain, open: boolean): void {
  const arrows = new Map<string, FileEvent>();
  const slices = new Map<string, FileEvent[]>();
  for (const event of events) {
    if (event.ph === "X") slices.set(track(event), [...slices.get(track(event)) ?? [], event]);
  }
  for (const event of sorted(events)) {
    if (!"stf".includes(event.ph)) continue;
    const key = `${event.cat} ${event.name} ${event.id}`;
    if (event.ph === "s") {
      if (arrows.has(key)) complain(event, "arrow begun twice");
      arrows.set(key, event);
    } else if (!arrows.has(key)) complain(event, "arrow never begun");
    if (event.ph === "f") {
      if (event.bp !== "e") complain(event, "an end must bind to the slice around it");
      arrows.delete(key);
    }
    const at = ns(event.ts);
    const around = (slices.get(track(event)) ?? []).some(({ ts, dur }) => ns(ts) <= at && at <= ns(ts) + ns(dur));
    if (!around && !open) complain(event, "no slice to bind to");
  }
  if (!open) { for (const event of arrows.values()) complain(event, "arrow never ended"); }
}
