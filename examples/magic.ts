/**
 * Seed 000: "incorrect magic number". Three mistakes stop the engine in the same way: a wrong constant, a count of
 * adjacent descriptors that ignores the edge of 4 KiB, and an old copy in RAM on a platform whose devices do not snoop.
 * The driver sees status bit 4 each time; the diagnosis tells them apart (S0-28, S0-29, S0-32).
 */
import { hexText, RULES, runDescriptors } from "../mod.ts";
import type { DescriptorOptions, DescriptorResult } from "../mod.ts";
import { brokenVerdict, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act, Enacted } from "./disaster.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { figures, tableLines, words, wrapped } from "./table.ts";

/** `magic`. */
export const magic: Story = {
  name: "magic",
  title: "the engine stops at a wrong magic word: three mistakes that look alike to the driver, told apart",
  options: [],
  fallbacks: {},
  without: { ...WITHOUT, iommu: "behind an IOMMU its list has one element, and one descriptor has no neighbours" },
  tell,
};

/** A driver, and how a person would call it. */
interface Scene {
  readonly says: string;
  readonly act: Act<DescriptorResult>;
}

function scene(
  name: string,
  says: string,
  breaks: Act<DescriptorResult>["breaks"],
  options: DescriptorOptions = {},
): Scene {
  return { says, act: { name: `magic-${name}`, breaks, run: (world) => runDescriptors({ ...world, ...options }) } };
}

const BROKEN: readonly Scene[] = [
  scene("word", "a wrong constant in descriptor 2", ["DescriptorFilledWrong"], { mistake: "magic" }),
  scene("adjacent", "adjacent counts that ignore 4 KiB", ["DescriptorFilledWrong"], { mistake: "adjacent" }),
  scene("stale", "cached memory, devices do not snoop", ["StaleDescriptorSuspected"], {
    mistake: "cached",
    coherent: false,
  }),
];

const RIGHT: readonly Scene[] = [
  scene("stale-snooping", "the same cached memory, devices snoop", [], { mistake: "cached" }),
  scene("cured", "common buffer, right fields", []),
  scene("cured-no-snoop", "the same, devices do not snoop", [], { coherent: false }),
];

/** Status bit 4, MAGIC_STOPPED (PG195, channel status register). */
const MAGIC_STOPPED = 0x10;

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const enacted = [...BROKEN, ...RIGHT].map(({ act }) => enact(recorder, { ...worldOf(values), iommu: false }, act));
  const [word, adjacent, stale] = enacted as [
    Enacted<DescriptorResult>,
    Enacted<DescriptorResult>,
    Enacted<DescriptorResult>,
  ];
  const failures = enacted.flatMap(({ act, failures: some, result: { intact, engineStatus } }) => [
    ...some,
    ...(intact === (act.breaks.length === 0) ? [] : [`${act.name}: its bytes are ${intact ? "" : "not "}on the card`]),
    ...(act.breaks.length === 0 || engineStatus === MAGIC_STOPPED
      ? []
      : [`${act.name}: status ${hexText(engineStatus)}`]),
  ]);
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: enacted.map((each) => {
      const { engineStatus, completedDescriptors, descriptorCount, intact } = each.result;
      return rowOf(each, { requests: 1, completed: 1, engineStatus, completedDescriptors, descriptorCount, intact });
    }),
    lines: [
      ...wrapped(
        "One transfer of 16 scattered pages, a descriptor for each, two of them before the end of a 4 KiB page. What " +
          "the driver reads from the engine when it stops, and what reading the descriptors twice, as the CPU and as " +
          "the card sees them, makes of it:",
      ),
      "",
      ...tableLines(
        [words("the driver's mistake"), figures("status"), figures("done"), words("diagnosis")],
        BROKEN.map(({ says }, index) => [says, ...seen(enacted[index]!)]),
      ),
      ...section("deno task check magic-word.jsonl", ...word.text),
      ...section("deno task check magic-adjacent.jsonl", ...adjacent.text),
      ...section(
        "deno task check magic-stale.jsonl",
        ...stale.text,
        `StaleDescriptorSuspected is not for a log: ${RULES.StaleDescriptorSuspected.undecidable}.`,
        ...stale.result.findings.map(({ details }) => `The simulator sees both: ${details}.`),
      ),
      ...section(
        "The cure",
        RULES.DescriptorFilledWrong.fix,
        "A block of adjacent descriptors ends where its 4 KiB page ends (PG195).",
        RULES.StaleDescriptorSuspected.fix,
      ),
      "",
      ...tableLines(
        [words("the cured driver"), figures("status"), figures("done"), words("diagnosis")],
        RIGHT.map(({ says }, index) => [says, ...seen(enacted[BROKEN.length + index]!)]),
      ),
    ],
    verdict: brokenVerdict(failures) ??
      "Status 0x10 three times, for three reasons. Where devices snoop the cache it is the driver's own writing, " +
        "never the cache; where they do not, descriptors belong into a common buffer. The cured drivers are clean.",
    failures,
  };
}

function seen({ result }: Enacted<DescriptorResult>): string[] {
  const { engineStatus, completedDescriptors, descriptorCount, findings } = result;
  const [finding] = findings;
  const rule = finding === undefined ? "nothing" : `${finding.rule}${finding.kind === null ? "" : `(${finding.kind})`}`;
  return [hexText(engineStatus), `${completedDescriptors} of ${descriptorCount}`, rule];
}
