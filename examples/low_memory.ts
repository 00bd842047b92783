/**
 * Seed 004: the page file is behind the card, the kernel's allocator fails every time, and a page of a kernel stack
 * must come back or the system stops. Which way of obtaining a list still makes progress (S4-7 … S4-13)?
 */
import { runLowMemory } from "../mod.ts";
import type { LowMemoryPolicy, LowMemoryResult } from "../mod.ts";
import { expectBytes } from "./feasible.ts";
import { failuresOf, latencyFigures } from "./figures_of_row.ts";
import { BadArgument } from "./options.ts";
import type { Values } from "./options.ts";
import { underBar } from "./progress.ts";
import { channelNames } from "./recording.ts";
import type { Host, Recorder, Row, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words, wrapped } from "./table.ts";
import { binaryBytes, counted, grouped, microseconds, percent } from "./units.ts";

/** `low-memory`. */
export const lowMemory: Story = {
  name: "low-memory",
  title: "the allocator fails every time: page-ins that die, crawl or keep going",
  options: ["transfers", "bytes", "reserves"],
  fallbacks: { transfers: "24", channels: "0,1" },
  without: {},
  tell,
};

/** A way of obtaining lists. */
interface Way {
  readonly name: string;
  readonly how: string;
  readonly policy: LowMemoryPolicy;
  readonly reserveCount?: number;
}

interface Chapter extends Pick<Way, "name" | "how"> {
  readonly result: LowMemoryResult;
}

function tell(values: Values, host: Host, recorder: Recorder): Told {
  const { transfers: requestCount, bytes: requestBytes, reserves, seed, engine, iommu, polling, link } = values;
  const { c2hCount } = values.channels;
  if (c2hCount === 0) {
    throw new BadArgument(`Cannot read pages back without a C2H channel: expected --channels 0,1 to 0,4`);
  }
  expectBytes(requestCount, requestBytes);
  const options = { requestCount, requestBytes, c2hCount, link, iommu, polling, engine, seed };
  const channels = channelNames(0, c2hCount);
  const ways: readonly Way[] = [
    { name: "get", how: "GetScatterGatherList", policy: "get" },
    { name: "classic", how: "AllocateAdapterChannel", policy: "classic" },
    ...[...new Set([1, reserves])].map((reserveCount): Way => {
      const how = `Get, else Build with ${counted(reserveCount, "set")}`;
      return { name: `emergency-${reserveCount}`, how, policy: "emergency", reserveCount };
    }),
  ];
  const chapters = underBar(host, ways, ({ name }) => name, ({ name, how, ...way }): Chapter => {
    const result = recorder.record(
      { name: `low-memory-${name}`, channels },
      (trace) => runLowMemory({ ...options, ...way, trace }),
    );
    return { name, how, result };
  });
  const failures = chapters.flatMap(({ name, result }) => [
    ...failuresOf(name, result),
    ...(result.intact ? [] : [`${name}: a page came back with other bytes than it went with`]),
    ...(name !== "get" && result.refused > 0
      ? [`${name}: ${counted(result.refused, "page-in")} made no progress`]
      : []),
  ]);
  return {
    bytes: requestCount * requestBytes,
    sha256In: null,
    sha256Out: null,
    rows: chapters.map((chapter) => rowOf(chapter, requestBytes)),
    lines: [
      ...factLines([
        [
          "page-ins",
          `${counted(requestCount, "request")} of ${binaryBytes(requestBytes)} over ${
            counted(c2hCount, "C2H channel")
          }, all at t = 0`,
        ],
        ["pool", "every ExAllocatePool2 fails, from the first page-in on"],
        [
          "a set",
          `a list buffer of CalculateScatterGatherList's size for ${binaryBytes(requestBytes)}, allocated at start`,
        ],
      ]),
      "",
      ...tableLines(COLUMNS, chapters.map(cellsOf)),
      "",
      ...chapters.filter(({ result }) => result.refused > 0).flatMap(({ how, result }) =>
        wrapped(
          `${how}: STATUS_INSUFFICIENT_RESOURCES, ${
            result.reasons.join(", ")
          }. A kernel stack that cannot be paged in is ` +
            "bug check 0x77, KERNEL_STACK_INPAGE_ERROR.",
        )
      ),
    ],
    verdict: verdict(chapters, failures.length),
    failures,
  };
}

const COLUMNS = [
  words("lists by"),
  figures("paged in"),
  figures("failed"),
  figures("time"),
  figures("bound"),
  figures("page-ins/s"),
  figures("utilisation"),
  figures("at once"),
  figures("in line"),
];

function cellsOf({ how, result }: Chapter): string[] {
  const { succeeded, refused, simulatedNs, boundNs, utilisation, lists } = result;
  return [
    how,
    grouped(succeeded),
    grouped(refused),
    microseconds(simulatedNs),
    microseconds(boundNs),
    grouped(perSecond(result)),
    percent(utilisation),
    lists === null ? "1 a channel" : grouped(lists.heldPeak),
    lists === null ? "–" : grouped(lists.waited),
  ];
}

function perSecond({ succeeded, simulatedNs }: LowMemoryResult): number {
  return simulatedNs === 0 ? 0 : succeeded * 1e9 / simulatedNs;
}

function rowOf({ name, result }: Chapter, requestBytes: number): Row {
  const { policy: _, latenciesNs, lists, violations, ...more } = result;
  return {
    ...more,
    ...latencyFigures(latenciesNs),
    strategy: name,
    bytesPerSecond: perSecond(result) * requestBytes,
    completed: result.succeeded + result.refused,
    lists: lists === null ? null : { ...lists, reasons: [...lists.reasons] },
    violations: violations.map(({ sentence }) => sentence),
  };
}

function verdict(chapters: readonly Chapter[], failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  const [get, classic, ...sets] = chapters.map(({ result }) => result);
  const deepest = sets.at(-1)!;
  const died = get!.succeeded === 0 ? "Get alone cannot bring one page back" : `Get alone loses ${get!.refused} pages`;
  const back = deepest.poolAllocations === 0
    ? "with emergency sets every page comes back without one allocation"
    : `with emergency sets every page comes back, ${deepest.poolAllocations} by memory that was there`;
  const ratio = grouped(perSecond(deepest) / perSecond(classic!), 2);
  const makes = deepest.reserveCount === 1 ? "makes" : "make";
  return `${died}; ${back}. The Classic Model needs no memory either, but takes one request at a time through a ` +
    `channel: ${counted(deepest.reserveCount, "set")} ${makes} ${ratio} times its rate.`;
}
