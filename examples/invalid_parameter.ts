/**
 * Seed 001: CalculateScatterGatherList says STATUS_INVALID_PARAMETER, then STATUS_INSUFFICIENT_RESOURCES, and the
 * thread ends without an answer. Its six observations with their reasons, the byte from which MaximumLength is enough,
 * and the driver as it should have been (S1-11, S1-14 … S1-16, S1-20, S1-33).
 */
import { runHangingIoctl, runUserBuffer, USER_BUFFER_OBSERVATIONS } from "../mod.ts";
import type { HangingIoctlResult, RuleName, UserBufferOptions, UserBufferResult } from "../mod.ts";
import { brokenVerdict, crashSection, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act, Enacted } from "./disaster.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { tableLines, words, wrapped } from "./table.ts";
import { grouped } from "./units.ts";

/** `invalid-parameter`. */
export const invalidParameter: Story = {
  name: "invalid-parameter",
  title: "CalculateScatterGatherList says no six times, for two reasons, and from which byte on it says yes",
  options: [],
  fallbacks: {},
  without: WITHOUT,
  tell,
};

type Letter = keyof typeof USER_BUFFER_OBSERVATIONS;

const LETTERS = Object.keys(USER_BUFFER_OBSERVATIONS) as Letter[];

/** What the thread reports, and the rules behind it. */
const REPORTED: Readonly<Record<Letter, { readonly status: string; readonly breaks: readonly RuleName[] }>> = {
  a: { status: "STATUS_INVALID_PARAMETER", breaks: ["VaOutsideMdl"] },
  b: { status: "STATUS_INVALID_PARAMETER", breaks: ["VaOutsideMdl"] },
  c: { status: "STATUS_INVALID_PARAMETER", breaks: ["CacheAttributeConflict", "MissingUnmap", "VaOutsideMdl"] },
  d: { status: "STATUS_INVALID_PARAMETER", breaks: ["VaOutsideMdl"] },
  e: { status: "STATUS_INSUFFICIENT_RESOURCES", breaks: [] },
  f: { status: "STATUS_INSUFFICIENT_RESOURCES", breaks: ["VaOutsideMdl"] },
};

const PASSED: Readonly<Record<UserBufferOptions["passedVa"], string>> = {
  startVa: "Mdl->StartVa",
  mappedSystemVa: "Mdl->MappedSystemVa",
  mappedNonCached: "MmMapLockedPagesSpecifyCache",
  systemAddress: "MmGetSystemAddressForMdlSafe",
  mdlVa: "MmGetMdlVirtualAddress",
};

/** The last that is too small for 4 MiB from the beginning of a page, the first that is enough, one for any. */
const LIMITS: readonly (readonly [maximumLength: number, enough: boolean])[] = [
  [4_186_112, false],
  [4_186_113, true],
  [4_194_304, true],
];

function observation(letter: Letter): Act<UserBufferResult> {
  const { breaks } = REPORTED[letter];
  return {
    name: `invalid-parameter-${letter}`,
    breaks,
    // f is 4096 bytes: its first finding is the address, and a length of one page is no packet's.
    lints: letter === "f" ? [] : ["MaxLengthLooksLikeTlp"],
    // In c the conflict of cache attributes comes first, for which Windows does not stop.
    ...(breaks.length === 1 ? { stops: "0xE6" } : {}),
    run: (world) => runUserBuffer({ ...USER_BUFFER_OBSERVATIONS[letter], ...world }),
  };
}

function limit(maximumLength: number, enough: boolean): Act<UserBufferResult> {
  return {
    name: `invalid-parameter-${maximumLength}`,
    breaks: [],
    lints: enough ? [] : ["MaxLengthLooksLikeTlp"],
    run: (world) => runUserBuffer({ ...world, profile: "duplex", maximumLength, buffer: "large", passedVa: "mdlVa" }),
  };
}

const POSTED: Act<HangingIoctlResult> = {
  name: "invalid-parameter-posted",
  breaks: ["PagedSglBuffer", "WrongIrql"],
  stops: "0xE6",
  run: (world) => runHangingIoctl({ ...world, asPosted: true }),
};

const CURED: Act<HangingIoctlResult> = { name: "invalid-parameter-cured", breaks: [], run: runHangingIoctl };

const CURE = [
  "WdfDmaEnablerCreate          ScatterGather64Duplex, MaximumLength at least the whole buffer, version 3",
  "GetDmaTransferInfo           by offset in the MDL: there is no address to get wrong",
  "ExAllocatePool2              non-paged, for the list",
  "KeRaiseIrql                  to DISPATCH_LEVEL, around the next two",
  "BuildScatterGatherListEx     DMA_SYNCHRONOUS_CALLBACK, no routine; write the table; FreeAdapterObject",
  "…                            the IOCTL stays pending: the I/O manager keeps the pages locked",
  "on cancel                    stop the device, PutScatterGatherList, IoCompleteRequest; unlock nothing",
];

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const world = worldOf(values);
  const observed = LETTERS.map((letter) => enact(recorder, world, observation(letter)));
  const limits = LIMITS.map(([maximumLength, enough]) => enact(recorder, world, limit(maximumLength, enough)));
  const posted = enact(recorder, world, POSTED);
  const cured = enact(recorder, world, CURED);
  const failures = [
    ...[...observed, ...limits, posted, cured].flatMap((each) => each.failures),
    ...observed.flatMap(({ act, result }, index) => {
      const { status } = REPORTED[LETTERS[index]!];
      return result.status === status ? [] : [`${act.name}: ${result.status}, the thread has ${status}`];
    }),
    ...limits.flatMap(({ act, result: { status } }, index) =>
      (status === "STATUS_SUCCESS") === LIMITS[index]![1] ? [] : [`${act.name}: ${status}`]
    ),
    ...(cured.result.intact && cured.result.lockedPages[1] === 0 ? [] : [`${CURED.name}: bytes or locked pages left`]),
  ];
  const [first] = observed;
  const fifth = observed[LETTERS.indexOf("e")]!;
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: [...observed, ...limits].map((each) => {
      const { status, reason, why } = each.result;
      return rowOf(each, { requests: 1, completed: 1, status, reason, why });
    }).concat([posted, cured].map((each) => rowOf(each, { requests: 1, completed: 1, status: each.result.status }))),
    lines: [
      ...tableLines(
        [words(""), words("buffer"), words("MaximumLength"), words("CurrentVa"), words("status")],
        observed.map((each, index) => observationCells(LETTERS[index]!, each)),
      ),
      "",
      ...observed.flatMap(({ result }, index) => wrapped(`${LETTERS[index]}  ${result.why}`, "  ")),
      "",
      ...wrapped(
        "In f the address is as wrong as in d, but version 2 does not look at it: there it is the map registers that " +
          "decide. They are counted by 4 KiB pages, whatever the pages are; the limit belongs to the adapter, so no " +
          "retry, no reboot and no large page can help.",
      ),
      ...section(`deno task check ${first!.act.name}.jsonl`, ...first!.text),
      ...crashSection(first!),
      ...section(`deno task check ${fifth.act.name}.jsonl`, ...fifth.text),
      "",
      "  From which byte on 4 MiB pass",
      "",
      ...tableLines(
        [words("MaximumLength"), words("status"), words("")],
        limits.map(({ result }, index) => [grouped(LIMITS[index]![0]), result.status, result.why]),
        "    ",
      ),
      ...section("With the right limit and the rest as posted: paged pool, PASSIVE_LEVEL", ...posted.text),
      ...section("The cure", ...CURE),
      ...section(
        "The cured driver",
        `${cured.result.entries} entries of 64 KiB, ${cured.result.lockedPages[0]} pages locked while the device ` +
          `streams, ${cured.result.lockedPages[1]} after the cancel: ${cured.result.status}`,
        ...cured.text,
      ),
    ],
    verdict: brokenVerdict(failures) ??
      "INVALID_PARAMETER: CurrentVa is not an address of the MDL. INSUFFICIENT_RESOURCES: 1024 map registers are " +
        `needed and MaximumLength has granted 2; it is enough from ${
          grouped(LIMITS[1]![0])
        } bytes on. The cured driver is clean.`,
    failures,
  };
}

function observationCells(letter: Letter, { result }: Enacted<UserBufferResult>): string[] {
  const { buffer, profile, maximumLength, passedVa } = USER_BUFFER_OBSERVATIONS[letter];
  return [
    letter,
    buffer === "heap" ? "60 bytes of heap" : "4 MiB, large pages",
    `${grouped(maximumLength)}, version ${profile === "packet" ? 3 : 2}`,
    PASSED[passedVa],
    result.status,
  ];
}
