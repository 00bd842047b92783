/**
 * A transfer does not end: its interrupt is lost, or the engine hangs. The world stands still and says who waits for
 * whom; with a timer in the driver every request ends, and nothing is lost. Then a whole plan of bad luck, the same for
 * the same seed (S0-30, X-3, X-4).
 */
import { runTimeout } from "../mod.ts";
import type { ActorWait, RuleName, TimeoutOptions, TimeoutResult } from "../mod.ts";
import { brokenVerdict, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act, Enacted } from "./disaster.ts";
import { latencyFigures } from "./figures_of_row.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { figures, tableLines, words, wrapped } from "./table.ts";
import { counted, microseconds } from "./units.ts";

/** `timeout`. */
export const timeout: Story = {
  name: "timeout",
  title: "an interrupt is lost, an engine hangs: who waits for whom, and a timer that gets everything back",
  options: [],
  fallbacks: {},
  without: { ...WITHOUT, polling: "what is lost is an interrupt, and its driver waits for one" },
  tell,
};

const PLAN_REQUESTS = 24;

function act(name: string, lints: readonly RuleName[], options: TimeoutOptions): Act<TimeoutResult> {
  // A driver that waits for ever breaks no rule of any routine: what the log shows is what is left at its end.
  return { name: `timeout-${name}`, breaks: [], lints, run: (world) => runTimeout({ ...world, ...options }) };
}

const LEFT: readonly RuleName[] = ["DeviceRemovedWithDma", "MissingPut"];

const LOST = act("lost-interrupt", LEFT, { trouble: "lost-interrupt", watchdog: false });
const HANG = act("hang", LEFT, { trouble: "hang", watchdog: false });
const CURED: readonly Act<TimeoutResult>[] = [
  act("no-trouble", [], { trouble: "none" }),
  act("lost-interrupt-cured", [], { trouble: "lost-interrupt" }),
  act("hang-cured", [], { trouble: "hang" }),
  act("plan-cured", [], { trouble: "plan", requestCount: PLAN_REQUESTS }),
];

const SAYS: readonly string[] = ["nothing", "an interrupt is lost", "the engine hangs", "a plan of the seed"];

const CURE = [
  "A timer of the driver looks at every transfer that is too long in the device, at DIRQL beside no ISR:",
  "engine idle        the interrupt was lost: the ISR's work is done now, and the request completes.",
  "engine at work     Run is cleared, the function is reset and set up again. Only now is the memory the driver's:",
  "                   PutScatterGatherList, STATUS_IO_TIMEOUT, and the next request starts.",
];

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const world = worldOf(values);
  const lost = enact(recorder, world, LOST);
  const hang = enact(recorder, world, HANG);
  const cured = CURED.map((each) => enact(recorder, world, each));
  const failures = [
    ...[lost, hang, ...cured].flatMap((each) => each.failures),
    ...[lost, hang].flatMap(({ act: { name }, result: { waits } }) =>
      waits.length > 0 ? [] : [`${name}: nobody waits, where the world should stand still`]
    ),
    ...cured.flatMap(({ act: { name }, result }) => [
      ...result.violations.map(({ invariant, sentence }) => `${name} breaks ${invariant}: ${sentence}`),
      ...(result.intact ? [] : [`${name}: bytes are missing on the card`]),
      ...(result.waits.length === 0 ? [] : [`${name}: somebody still waits`]),
    ]),
  ];
  const plan = cured.at(-1)!;
  const armed = Object.entries(plan.result.armed).map(([name, times]) => `${name} ${times}`).join(", ");
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: [lost, hang, ...cured].map(rowOfRun),
    lines: [
      ...wrapped("Six requests on one channel; the interrupt of the third never arrives. Nothing is pending any more:"),
      "",
      ...waitLines(lost.result.waits),
      ...section(`deno task check ${lost.act.name}.jsonl`, ...firstFinding(lost)),
      "",
      ...wrapped("The same when the engine hangs; only the end of the chain tells the two apart:"),
      "",
      ...waitLines(hang.result.waits.filter(({ waiter }) => waiter.startsWith("channel:"))),
      ...section("The cure", ...CURE),
      "",
      ...tableLines(
        [words("what goes wrong"), figures("requests")].concat(
          [figures("succeeded"), figures("timed out"), figures("failed"), figures("lost"), words("the timer found")],
        ),
        cured.map(({ result }, index) => cellsOf(SAYS[index]!, result)),
      ),
      "",
      ...wrapped(
        `The plan of this seed arms ${armed}. Whoever got no success asked again, and all bytes are on the card. The ` +
          "same seed gives the same run.",
      ),
      ...section("Their logs", ...cured.flatMap(({ text }) => text)),
    ],
    verdict: brokenVerdict(failures) ??
      `A lost interrupt stops ${
          counted(lost.result.lost, "request")
        } for ever, a hanging engine ${hang.result.lost}. ` +
        "With a timer that looks at the engine before it gives up, every request ends once, no list is lost, and the " +
        "channel goes on.",
    failures,
  };
}

function waitLines(waits: readonly ActorWait[]): string[] {
  return tableLines(
    [words("who"), words("state"), figures("since"), words("waits for"), words("")],
    waits.map(({ waiter, state, sinceNs, waitsFor, because }) => [
      waiter,
      state,
      microseconds(sinceNs),
      waitsFor,
      because,
    ]),
  );
}

/** The first finding of a log and its last line: the others say the same of other lists. */
function firstFinding({ text, report }: Enacted<TimeoutResult>): string[] {
  const rest = text.findIndex((line, index) => index > 0 && /:1 (?:error|warning|note) /.test(line));
  const others = counted(report.findings.length - 1, "more finding");
  return [...text.slice(0, rest), `… ${others} of what is left`, text.at(-1)!];
}

function cellsOf(says: string, { requests, succeeded, timedOut, failed, lost, acts }: TimeoutResult): string[] {
  const found = (what: string): number => acts.filter((each) => each.found === what).length;
  const kinds = [["interrupt lost", found("interrupt lost")], ["engine hangs", found("engine hangs")]] as const;
  const said = kinds.filter(([, times]) => times > 0).map(([what, times]) => `${what}: ${times}`).join(", ");
  return [says, ...[requests, succeeded, timedOut, failed, lost].map(String), said || "nothing"];
}

function rowOfRun(each: Enacted<TimeoutResult>): ReturnType<typeof rowOf> {
  const { requests, succeeded, timedOut, failed, lost, twice, intact, acts, armed, waits, latenciesNs } = each.result;
  return rowOf(each, {
    ...latencyFigures(latenciesNs),
    // What stands still on purpose is no request that this story has lost.
    requests: requests - lost,
    completed: requests - lost,
    twice,
    stuck: lost,
    succeeded,
    timedOut,
    failed,
    intact,
    armed,
    acts: acts.map((one) => ({ ...one })),
    waits: waits.map((one) => ({ ...one })),
  });
}
