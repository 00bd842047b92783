/**
 * IoCancelIrp reaches a request in each state of its life: where it takes effect, where it is too late, what the driver
 * has to give back first; and the two ways to complete a request twice.
 */
import { runCancel } from "../mod.ts";
import type { CancelDriver, CancelResult, RuleName } from "../mod.ts";
import { brokenVerdict, checkerSection, crashSection, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act } from "./disaster.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { tableLines, words, wrapped } from "./table.ts";
import { counted } from "./units.ts";

/** `cancel`. */
export const cancel: Story = {
  name: "cancel",
  title: "a request cancelled in each state of its life: what must happen there, and how one is completed twice",
  options: [],
  fallbacks: {},
  without: WITHOUT,
  tell,
};

function act(driver: CancelDriver, breaks: readonly RuleName[], stops?: string): Act<CancelResult> {
  const run: Act<CancelResult>["run"] = (world) => runCancel({ ...world, driver });
  return { name: `cancel-${driver}`, breaks, run, ...(stops === undefined ? {} : { stops }) };
}

const RIGHT = act("right", []);
const QUEUE_FORGOTTEN = act("queue-forgotten", ["IrpCompletedTwice"], "0x44");
const UNDER_DEVICE = act("under-device", ["CompletedBeforePut", "IrpCompletedTwice"]);

const CURE = [
  "Who takes a request off a queue owns it, and only the owner completes it.",
  "The cancel routine marks; it completes nothing that a queue, the HAL or the device still holds.",
  "Waiting for its list   CancelAdapterChannel. TRUE: it is yours. FALSE: the routine runs, and gives the list back.",
  "In work-to-do          found cancelled when it is removed: an interlocked list has no removal from the middle.",
  "In the device          too late. It ends in its time, or after the engine was stopped.",
  "With a list            PutScatterGatherList, then IoCompleteRequest.",
];

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const world = worldOf(values);
  const right = enact(recorder, world, RIGHT);
  const queueForgotten = enact(recorder, world, QUEUE_FORGOTTEN);
  const underDevice = enact(recorder, world, UNDER_DEVICE);
  const { rows, left } = right.result;
  const failures = [
    ...[right, queueForgotten, underDevice].flatMap((each) => each.failures),
    ...rows.flatMap(({ place, completions }) => completions === 1 ? [] : [`${place}: completed ${completions} times`]),
    ...(left.requests + left.lists + left.lockedPages === 0 ? [] : ["requests, lists or locked pages are left"]),
  ];
  const taken = rows.filter((row) => row.taken).length;
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: [right, queueForgotten, underDevice].map((each) => {
      const { rows: requests } = each.result;
      return rowOf(each, {
        requests: requests.length,
        completed: requests.length,
        cancelled: requests.map(({ place, state, taken: effect, next, acts, status }) => ({
          place,
          state,
          taken: effect,
          next,
          acts,
          status,
        })),
      });
    }),
    lines: [
      ...tableLines(
        [words("cancelled when"), words("state"), words("IoCancelIrp"), words("before completion"), words("status")],
        rows.map(({ place, state, taken: effect, acts, status }) => [
          place,
          state,
          effect ? "takes effect" : "too late",
          acts.join(", "),
          status,
        ]),
      ),
      "",
      ...wrapped(
        `Left at the end: ${counted(left.requests, "request")}, ${counted(left.lists, "list")}, ` +
          `${counted(left.lockedPages, "locked page")}. Each was completed once.`,
      ),
      ...section(`deno task check ${right.act.name}.jsonl`, ...right.text),
      "",
      ...wrapped(
        "A driver whose cancel routine completes a queued request and leaves it in work-to-do, where cleanup finds it:",
      ),
      ...checkerSection(queueForgotten),
      ...crashSection(queueForgotten),
      "",
      ...wrapped(
        "A driver whose cancel routine completes what the device still works on. The I/O manager unlocks the pages, " +
          "the device goes on with them, and the DPC completes the request again:",
      ),
      ...checkerSection(underDevice),
      ...section("The cure, which the first driver above follows", ...CURE),
    ],
    verdict: brokenVerdict(failures) ??
      `Cancelled at ${counted(rows.length, "place")} of its life: ${taken} times it takes effect, ` +
        `${
          rows.length - taken
        } times it is too late; every request is completed once, with its list back. Completing ` +
        "what somebody else still holds is stop code 0x44.",
    failures,
  };
}
