/**
 * A DMA transfer context stands for one transaction: never initialised, initialised only once, or lent to two requests
 * at a time, it is another misuse each time. And the one reuse that is legal, KMDF's (S0-8).
 */
import { runContexts, runRecipe } from "../mod.ts";
import type { ContextDriver, ContextResult, RecipeResult, RuleName } from "../mod.ts";
import { brokenVerdict, checkerSection, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act } from "./disaster.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { wrapped } from "./table.ts";

/** `context`. */
export const context: Story = {
  name: "context",
  title: "a DMA transfer context used raw, twice or by two requests at a time; and the reuse that is legal, KMDF's",
  options: [],
  fallbacks: {},
  without: WITHOUT,
  tell,
};

const REUSED: Act<RecipeResult> = {
  name: "context-reused",
  breaks: ["TransferContextNotReinitialised"],
  run: (world) => runRecipe({ ...world, transferCount: 3, leaveOut: ["InitializeDmaTransferContext"] }),
};

const KMDF: Act<RecipeResult> = {
  name: "context-reused-kmdf",
  // As the framework does it: a warning, at which nothing stops.
  breaks: ["TransferContextNotReinitialised"],
  check: { profile: "kmdf" },
  run: (world) => REUSED.run({ ...world, hal: { contextProfile: "kmdf" } }),
};

const CURED: Act<RecipeResult> = {
  name: "context-cured",
  breaks: [],
  run: (world) => runRecipe({ ...world, transferCount: 3 }),
};

function lent(driver: ContextDriver, breaks: readonly RuleName[]): Act<ContextResult> {
  return { name: `context-${driver}`, breaks, run: (world) => runContexts({ ...world, driver }) };
}

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const world = worldOf(values);
  const raw = enact(recorder, world, lent("raw", ["TransferContextNotInitialised"]));
  const reused = enact(recorder, world, REUSED);
  const kmdf = enact(recorder, world, KMDF);
  const shared = enact(recorder, world, lent("shared", ["TransferContextBusy"]));
  const cured = enact(recorder, world, CURED);
  const own = enact(recorder, world, lent("own", []));
  const [asked, ran] = shared.result.routines;
  const failures = [
    ...[raw, reused, kmdf, shared, cured, own].flatMap((each) => each.failures),
    ...(ran === asked - 1 ? [] : [`context-shared: ${ran} of ${asked} routines ran, expected one less`]),
    ...(own.result.routines[1] === own.result.routines[0] ? [] : ["context-own: a routine never ran"]),
    ...[reused, kmdf, cured].flatMap(({ act, result }) => result.intact ? [] : [`${act.name}: bytes are missing`]),
  ];
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: [raw, reused, kmdf, shared, cured, own].map((each) => {
      const { statuses } = each.result;
      return rowOf(each, { requests: statuses.length, completed: statuses.length, statuses });
    }),
    lines: [
      ...wrapped(
        `Memory that nobody initialised: Build says ${raw.result.statuses.join()}. Undocumented; we refuse it.`,
      ),
      ...checkerSection(raw),
      "",
      ...wrapped(
        "Initialised once, at load, and used for three transfers, one after the other. All bytes arrive; it is wrong " +
          "all the same, and nobody says when it stops working.",
      ),
      ...checkerSection(reused),
      "",
      ...wrapped(
        "KMDF does just that inside one of its own transactions: it initialises once and reuses the context for the " +
          "transfers behind the first. It ships with Windows, so it works; a log of a KMDF driver is judged with " +
          "--profile kmdf, which only warns.",
      ),
      ...section(`deno task check ${kmdf.act.name}.jsonl --profile kmdf`, ...kmdf.text),
      "",
      ...wrapped(
        `One context for every request: the first still waits for the channel when the second initialises it again. ` +
          `${asked} asynchronous Builds, and ${ran} execution routine runs. On Windows it is the first that is lost.`,
      ),
      ...checkerSection(shared),
      ...section(
        "The cure",
        "InitializeDmaTransferContext before each Build, and a context for each request in flight.",
        "Its memory stays until the request was granted, or CancelAdapterChannel took it back.",
      ),
      ...section("The cured drivers", ...cured.text, ...own.text),
    ],
    verdict: brokenVerdict(failures) ??
      "Windows has no bug check for any of it: a context in wrong hands shows as STATUS_INVALID_PARAMETER, as a " +
        "request that never comes back, or not at all. A fresh context for each request: both cured drivers are clean.",
    failures,
  };
}
