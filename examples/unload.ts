/**
 * Seed 000: lists are obtained, the data arrives, and the system bluescreens when the driver is unloaded. What was left
 * behind, which stop code that is, and the recipe that leaves nothing (S0-2 … S0-5, S0-16).
 */
import { runRecipe } from "../mod.ts";
import type { RecipeResult } from "../mod.ts";
import { brokenVerdict, checkerSection, crashSection, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act, Enacted } from "./disaster.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { wrapped } from "./table.ts";
import { counted } from "./units.ts";

/** `unload`. */
export const unload: Story = {
  name: "unload",
  title: "every transfer works, and the system bluescreens at unload: the list that was never put, and the cure",
  options: [],
  fallbacks: {},
  without: WITHOUT,
  tell,
};

const ACTS: readonly Act<RecipeResult>[] = [
  {
    name: "unload-no-put",
    breaks: ["PutAdapterWithSgl"],
    stops: "0xE6",
    run: (world) => runRecipe({ ...world, transferCount: 2, leaveOut: ["PutScatterGatherList"] }),
  },
  {
    name: "unload-no-free",
    breaks: ["PutAdapterWithSgl", "PutAdapterWithChannel"],
    stops: "0xE6",
    run: (world) => runRecipe({ ...world, leaveOut: ["FreeAdapterObject", "PutScatterGatherList"] }),
  },
  {
    name: "unload-routine-no-put",
    breaks: ["PutAdapterWithSgl"],
    stops: "0xE6",
    run: (world) => runRecipe({ ...world, form: "routine", leaveOut: ["PutScatterGatherList"] }),
  },
  { name: "unload-cured", breaks: [], run: (world) => runRecipe({ ...world, transferCount: 24 }) },
  { name: "unload-routine-cured", breaks: [], run: (world) => runRecipe({ ...world, form: "routine" }) },
];

const RECIPE = [
  "1  InitializeDmaTransferContext      before each transfer",
  "2  BuildScatterGatherListEx          DMA_SYNCHRONOUS_CALLBACK, no routine: the list is there on return",
  "3  copy the list into descriptors",
  "4  FreeAdapterObject                 DeallocateObjectKeepRegisters: the next Build may come; not with a routine",
  "5  doorbell, and wait until the device is done with the memory",
  "6  PutScatterGatherList              with a routine as without one",
  "…  PutDmaAdapter                     once, at the end: FreeAdapterObject does not replace it",
];

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const enacted = ACTS.map((act) => enact(recorder, worldOf(values), act));
  const [noPut, noFree, routineNoPut, cured, routineCured] = enacted as [
    Enacted<RecipeResult>,
    Enacted<RecipeResult>,
    Enacted<RecipeResult>,
    Enacted<RecipeResult>,
    Enacted<RecipeResult>,
  ];
  const failures = enacted.flatMap((each) => [
    ...each.failures,
    ...(each.result.intact ? [] : [`${each.act.name}: bytes are missing on the card, where every transfer works`]),
  ]);
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: enacted.map((each) => {
      const { statuses, intact, listsLeft } = each.result;
      return rowOf(each, { requests: statuses.length, completed: statuses.length, intact, listsLeft });
    }),
    lines: [
      ...wrapped(
        "A driver builds a list for each transfer, programs the card, frees the channel, waits for the card, and " +
          "goes on. All bytes arrive. It never calls PutScatterGatherList.",
      ),
      ...checkerSection(noPut),
      ...crashSection(noPut),
      ...section(
        "Without FreeAdapterObject either",
        ...noFree.text,
      ),
      ...section("With an execution routine, still without PutScatterGatherList", ...routineNoPut.text),
      ...section("The cure: for each transfer, in this order", ...RECIPE),
      ...section("The cured drivers", ...cured.text, ...routineCured.text),
    ],
    verdict: brokenVerdict(failures) ??
      `${counted(noPut.result.listsLeft, "list")} left at PutDmaAdapter: stop code 0xE6, first parameter 0x0A; with ` +
        `the channel left too, 0x08 as well. Put for every list, and FreeAdapterObject where there is no routine: ` +
        `${counted(cured.result.statuses.length, "transfer")}, and nothing is left to report.`,
    failures,
  };
}
