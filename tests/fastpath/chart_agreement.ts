/** Whether what was compiled from a chart does what XState does with the chart itself, step by step. */
import { assert, assertEquals } from "@std/assert";
import { initialTransition, transition } from "xstate";
import type { AnyMachineSnapshot, AnyStateMachine, StateValue } from "xstate";
import { ChartLives } from "../../actors/chart_lives.ts";
import { FindingLog } from "../../actors/findings.ts";
import type { ChartOf } from "../../actors/life.ts";
import { TableLives } from "../../actors/table_lives.ts";
import { assignRow, compileRows, UncompilableChart } from "../../fastpath/rows.ts";
import type { AnyLifecycle, ChartRows, RowCandidate } from "../../fastpath/rows.ts";
import { compileTable } from "../../fastpath/table.ts";
import type { LifecycleNote } from "../../machines/lifecycle.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { Recorder } from "../../trace/event.ts";

/** What happened to a life in one step. */
interface Step {
  readonly state: string;
  readonly context: unknown;
  readonly said: readonly unknown[];
}

/** Refused with a reason, or compiled: as rows, perhaps as a table too. */
export type Outcome = "refused" | "rows" | "table";

/** Answers undefined where a chart may be refused, and fails where it is refused by anything but its name. */
export function unlessRefused<Result>(compile: () => Result): Result | undefined {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof UncompilableChart)) throw error;
    assert(/^Cannot (compile|flatten) chart .+: .+ (has|on|asks|says) .+/.test(error.message), error.message);
    return undefined;
  }
}

/** A state of XState's as rows name it. */
export function dotted(value: StateValue): string {
  if (typeof value === "string") return value;
  const inner = Object.entries(value);
  assertEquals(inner.length, 1, "one state at a time");
  return `${inner[0]![0]}.${dotted(inner[0]![1]!)}`;
}

function nested(state: string): StateValue {
  const [name, ...rest] = state.split(".");
  return rest.length === 0 ? name! : { [name!]: nested(rest.join(".")) };
}

/** Holds every (state, event) of a chart, in several contexts, against XState; tells what came of the chart. */
export function holdAgreement(chart: AnyLifecycle, sent: readonly string[], input: unknown): Outcome {
  const machine = chart as AnyStateMachine;
  const rows = unlessRefused(() => compileRows(chart));
  if (rows === undefined) {
    assertEquals(unlessRefused(() => compileTable(chart)), undefined, "what has no rows has no table");
    return "refused";
  }
  const [begin, actions] = initialTransition(machine, input);
  assertEquals(actions, []);
  assertEquals([rows.states[rows.initial], rows.createContext(input)], [dotted(begin.value), begin.context]);
  const table = unlessRefused(() => compileTable(chart));
  for (const state of rows.states) {
    for (const context of [begin.context, { n: 1, m: 5 }, { n: 2, m: 0 }]) {
      const snapshot = machine.resolveState({ value: nested(state), context });
      assertEquals(rows.tags[rows.states.indexOf(state)], snapshot.tags);
      for (const type of new Set([...sent, ...rows.events])) {
        for (const big of [false, true]) {
          const event = { type, big };
          const expected = stepOfXState(machine, snapshot, event);
          const step = unlessRefused(() => stepOfRows(rows, state, { ...context }, event));
          if (step !== undefined) assertEquals(step, expected, `${state} on ${type}`);
          const column = rows.events.indexOf(type);
          if (table === undefined || column < 0) continue;
          const at = table.states.indexOf(state) * table.eventCount + column;
          assertEquals(table.states[table.next[at]!], expected.state, `${state} on ${type}`);
          assertEquals(table.notes[table.verdict[at]!], expected.said, `${state} on ${type}`);
        }
      }
    }
  }
  return table === undefined ? "rows" : "table";
}

function stepOfXState(machine: AnyStateMachine, from: AnyMachineSnapshot, event: { type: string }): Step {
  const [after, actions] = transition(machine, from, event);
  assertEquals(after.status, "active");
  const said = actions.map(({ type, params }) => {
    assertEquals(type, "xstate.emit", "all that a chart does beside its next state");
    return (params as unknown as { event: LifecycleNote }).event;
  });
  return { state: dotted(after.value), context: after.context, said };
}

function stepOfRows(rows: ChartRows, state: string, context: unknown, event: { type: string }): Step {
  const from = rows.states.indexOf(state);
  const said: LifecycleNote[] = [];
  const step = { context, event };
  const column = rows.events.indexOf(event.type);
  const ways: readonly RowCandidate[] = column < 0 ? rows.unknown[from]! : rows.candidates[from]![column]!;
  const way = ways.find(({ guard }) => guard === null || guard(step));
  for (const effect of way?.effects ?? []) {
    if (effect.kind === "note") said.push(effect.note);
    else if (effect.kind === "assign") assignRow(effect, step);
    else effect.collect(step, said);
  }
  return { state: rows.states[way?.target ?? from]!, context, said };
}

/** The story of a life under one engine: state, context and verdict of every event, and the trace. */
export function tell(
  engine: "chart" | "table",
  chart: AnyLifecycle,
  input: unknown,
  events: readonly { type: string }[],
): string {
  const clock = new VirtualClock();
  const trace = new Recorder();
  const telling = { clock, trace, findings: new FindingLog(clock, trace) };
  const lives = engine === "chart" ? new ChartLives(telling) : new TableLives(telling);
  const life = lives.create(chart as ChartOf<never, { type: string }, unknown>, "it", input);
  const lines = events.map((event) => {
    const verdict = life.send(event);
    return JSON.stringify([event.type, life.state, life.context, verdict]);
  });
  lives.release(life);
  return lines.join("\n") + trace.toJsonLines();
}
