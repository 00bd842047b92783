/**
 * Seed 002: the X-DMA article's recipe has three holes. Every order of its steps is tried, and the shortest that falls
 * into each hole is told; then the recipe that closes them, in every order of its own (S2-22, S2-23).
 */
import { channelModel, explore, literalRecipe, scheduleLines, tokenRecipe } from "../fastpath/mod.ts";
import type { Exploration, FindingName, TokenRecipeOptions } from "../fastpath/mod.ts";
import { NO_FIGURES } from "./figures_of_row.ts";
import type { Row, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { counted, grouped } from "./units.ts";

const NO_RUN = "orders of steps are tried, nothing runs in time";
const ALL_ORDERS = "every order of steps is tried; there is neither chance nor time in it";

/** `races`. */
export const races: Story = {
  name: "races",
  title: "the three holes of the article's recipe, found by trying every order of its steps, and the cure",
  options: [],
  fallbacks: {},
  without: {
    channels: "its models have one channel, or two",
    link: ALL_ORDERS,
    iommu: "memory is a few words: token, queues, engine",
    polling: "its races are those of interrupts",
    trace: NO_RUN,
    vcd: NO_RUN,
    log: NO_RUN,
    inspect: NO_RUN,
    watch: NO_RUN,
  },
  tell,
};

/** A hole: how many requests it takes, what happens in it. */
interface Hole {
  readonly name: FindingName;
  readonly requestCount: number;
  readonly says: string;
}

const HOLES: readonly Hole[] = [
  {
    name: "LostWakeup",
    requestCount: 2,
    says:
      "The callback reads busy = 1; before it has queued its request, the ISR finds work-to-do empty and lets the " +
      "engine rest. The request is queued, and nobody will ever start it.",
  },
  {
    name: "ProgramBeforeEnqueue",
    requestCount: 1,
    says:
      "The callback rings first and inserts into waiting-for-device afterwards. The interrupt comes in between and " +
      "finds nobody.",
  },
  {
    name: "RestartBeforeIdle",
    requestCount: 2,
    says: "Two callbacks read busy = 0 and both start the engine, which does not hear the second doorbell.",
  },
];

const LEFT_OUT: readonly (readonly [what: string, options: TokenRecipeOptions])[] = [
  ["look at the token after queuing", { looksAfterInsert: false }],
  ["look at the queue after giving the token back", { looksAfterRelease: false }],
  ["compare-and-swap on the token", { takesAtomically: false }],
  ["waiting-for-device first, doorbell last", { insertsFirst: false }],
];

function tell(): Told {
  const found = HOLES.map((hole) => ({ hole, ...inLiteral(hole) }));
  const cured = explore(channelModel({ recipe: tokenRecipe("isr-reprogram"), requestCounts: [3, 3] }), {
    reduced: true,
  });
  const cancelled = explore(
    channelModel({
      recipe: tokenRecipe("isr-reprogram with cancel", { cancellable: true }),
      requestCounts: [2, 1],
      cancels: true,
      sharedDpc: true,
    }),
    { reduced: true },
  );
  const weakened = LEFT_OUT.map(([what, options]) => ({
    what,
    result: explore(channelModel({ recipe: tokenRecipe(what, options), requestCounts: [2] })),
  }));
  const failures = [
    ...found.flatMap(({ hole, steps }) => steps === 0 ? [`xdma-literal: ${hole.name} was not found`] : []),
    ...[cured, cancelled].flatMap(({ model, findings }) => findings.map(({ name }) => `${model.name}: ${name}`)),
    ...weakened.flatMap(({ what, result }) => result.findings.length === 0 ? [`without "${what}": no finding`] : []),
  ];
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: [
      rowOf(cured, 6, {
        holes: found.map(({ hole, steps, lines }) => ({ name: hole.name, steps, schedule: lines })),
        withCancel: { states: cancelled.states, longestSteps: cancelled.longestSteps },
      }),
    ],
    lines: [
      ...wrapped(
        "A1, A2: requests of channel A, each with a callback on a processor of its own. Right: what a step changed; " +
          "last line: how it ends.",
      ),
      ...found.flatMap(({ hole, lines }, index) => [
        "",
        `  Hole ${index + 1}, ${hole.name}: ${counted(lines.length - 1, "step")}`,
        ...wrapped(hole.says, "    "),
        "",
        ...lines.map((line) => `    ${line}`),
      ]),
      "",
      "  The cure: isr-reprogram, with a busy token that is the right to start the engine",
      "",
      ...factLines([
        ["2 channels, 3 requests each", `${figuresOf(cured)}: nothing is found`],
        ["2 channels, 3 requests, one DPC, cancels", `${figuresOf(cancelled)}: nothing is found`],
      ], "    "),
      "",
      ...tableLines(
        [words("left out of it"), words("found"), figures("steps")],
        weakened.map(({ what, result: { findings } }) => {
          const [first] = findings.toSorted((one, other) => one.steps.length - other.steps.length);
          return [what, first?.name ?? "nothing", grouped(first?.steps.length ?? 0)];
        }),
        "    ",
      ),
    ],
    verdict: failures.length > 0
      ? `Broken: ${counted(failures.length, "failure")}, see the error stream.`
      : `The article's recipe has ${found.map(({ hole }) => hole.name).join(", ")}: ${
        found.map(({ steps }) => steps).join(", ")
      } steps lead there. With the token, insert first, doorbell last, and the two looks, none of ${
        grouped(cured.states)
      } states goes wrong; without any one of them, one does.`,
    failures,
  };
}

function inLiteral({ name, requestCount }: Hole): { steps: number; lines: readonly string[] } {
  const model = channelModel({ recipe: literalRecipe, requestCounts: [requestCount] });
  const finding = explore(model).findings.find((each) => each.name === name);
  return finding === undefined
    ? { steps: 0, lines: [] }
    : { steps: finding.steps.length, lines: scheduleLines(model, finding) };
}

function figuresOf({ states, longestSteps }: Exploration): string {
  return `${grouped(states)} states, schedules of up to ${counted(longestSteps, "step")}`;
}

/** There is no time in it: what is measured in nanoseconds is 0. */
function rowOf({ states, steps, longestSteps }: Exploration, requests: number, more: Partial<Row>): Row {
  return {
    strategy: "isr-reprogram",
    ...NO_FIGURES,
    requests,
    completed: requests,
    states,
    steps,
    longestSteps,
    ...more,
  };
}
