/**
 * Seed 001: an FPGA streams into 2 GiB of a process's memory through a look-up table of 64 KiB blocks. 1024 large
 * pages, 32 768 entries, one request that stays pending; and what happens where the arithmetic does not hold.
 */
import { LUT_BLOCK_BYTES, runLut } from "../mod.ts";
import type { LutOptions, LutResult } from "../mod.ts";
import type { Values } from "./options.ts";
import { channelNames } from "./recording.ts";
import type { Host, Recorder, Row, Story, Told } from "./story.ts";
import { factLines, figures, tableLines, words } from "./table.ts";
import { binaryBytes, counted, grouped, hex, milliseconds } from "./units.ts";

/** `lut`. */
export const lut: Story = {
  name: "lut",
  title: "2 GiB of large pages behind an FPGA's look-up table: 1 024 lists, 32 768 entries of 64 KiB",
  options: [],
  fallbacks: {},
  without: {
    channels: "the card writes through c2h0, and other I/O goes through h2c0",
    link: "what is measured is how lists are built",
    polling: "what is measured is how lists are built",
  },
  tell,
};

const BUFFER_BYTES = 2 ** 31;
const SMALL_BYTES = 2 ** 21;

function tell({ seed, engine, iommu }: Values, _host: Host, recorder: Recorder): Told {
  const channels = channelNames(1, 1);
  const run = (name: string, options: LutOptions): LutResult =>
    recorder.record({ name: `lut-${name}`, channels }, (trace) => runLut({ ...options, seed, engine, iommu, trace }));
  const result = run("large-pages", { bufferBytes: BUFFER_BYTES });
  const trials: readonly (readonly [string, LutResult])[] = [
    ["2 MiB in 4 KiB pages", run("small-pages", { bufferBytes: SMALL_BYTES, pageSize: 4096 })],
    ["a 2 MiB page, 32-bit card: bounced", run("bounced", { bufferBytes: SMALL_BYTES, addressBits: 32 })],
  ];
  const failures = [...failuresOf("the table", result), ...trials.flatMap(([name, trial]) => failuresOf(name, trial))];
  return {
    bytes: BUFFER_BYTES,
    sha256In: null,
    sha256Out: null,
    rows: [rowOf(result)],
    lines: [
      ...factLines([
        [
          "buffer",
          `${binaryBytes(BUFFER_BYTES)} in ${counted(result.pageCount, "large page")}, no two of them neighbours; ${
            iommu ? "IOMMU on" : "no IOMMU"
          }`,
        ],
        [
          "IRP",
          `STATUS_PENDING until cancelled: ${grouped(result.lockedPages)} pages locked meanwhile, ${
            grouped(result.lockedPagesAfter)
          } after`,
        ],
        [
          "one list",
          `R = ${grouped(result.wholeList.registersCompared)} against N = ${
            grouped(result.wholeList.numberOfMapRegisters)
          }, ${grouped(result.wholeList.listBytes)} bytes of non-paged memory, ${
            counted(result.wholeList.elementCount, "element")
          }`,
        ],
        [
          "per page",
          `${counted(result.listCount, "list")} with ${counted(result.elementCount, "element")}, built in ${
            milliseconds(result.simulatedNs)
          } on one processor`,
        ],
        [
          "meanwhile",
          `${counted(result.otherIoCompleted, "other request")} completed; ${
            grouped(result.listsOutstanding)
          } lists outstanding, ${result.listsOutstandingAfter} after`,
        ],
      ]),
      "",
      ...(result.lut === null ? [badLine("the table itself", result)] : entryLines(result)),
      "",
      ...trials.map(([name, trial]) => badLine(name, trial)),
    ],
    verdict: verdict(result, trials.map(([, trial]) => trial), failures.length),
    failures,
  };
}

/** A few entries, first and last among them. */
function entryLines({ lut: table, roundTrips, probes, probesRight }: LutResult): string[] {
  if (table === null) return [];
  const slots = [0, 1, 31, 32, table.slotCount >> 1, table.slotCount - 1];
  return [
    ...tableLines(
      [figures("slot"), figures("offset in the buffer"), words("logical address"), figures("2 MiB page")],
      slots.map((slot) => [
        grouped(slot),
        hex(slot * LUT_BLOCK_BYTES),
        hex(table.address(slot)),
        grouped(Math.floor(slot / 32)),
      ]),
    ),
    "",
    `  ${grouped(roundTrips)} of ${
      grouped(table.slotCount)
    } blocks: offset → slot → address → offset, and the process's own frame`,
    `  ${grouped(probesRight)} of ${
      grouped(probes)
    } blocks that the card wrote by their slot are what the process reads by their offset`,
  ];
}

function badLine(name: string, { bad }: LutResult): string {
  const [first] = bad;
  if (first === undefined) return `  ${name}: every element is whole blocks`;
  return `  ${name}: BadLutEntry, ${counted(bad.length, "element")} such as ${grouped(first.lengthBytes)} bytes at ${
    hex(first.address)
  }`;
}

/** The named misuse is what two of the runs are for; everything else is a failure. */
function failuresOf(who: string, result: LutResult): string[] {
  const failures = result.violations.filter(({ sentence }) =>
    !(result.bad.length > 0 && sentence.startsWith("BadLutEntry"))
  )
    .map(({ invariant, sentence }) => `${who} breaks ${invariant}: ${sentence}`);
  if (result.lut === null) return failures;
  const wrong = result.lut.slotCount - result.roundTrips;
  if (wrong > 0) failures.push(`${who}: ${counted(wrong, "block")} lead elsewhere`);
  if (result.probesRight < result.probes) failures.push(`${who}: the card wrote to wrong blocks`);
  return failures;
}

function rowOf({ lut: table, bad, violations, wholeList, ...more }: LutResult): Row {
  const { simulatedNs, boundNs, listCount } = more;
  return {
    ...more,
    strategy: "list-per-page",
    simulatedNs,
    boundNs,
    utilisation: 0,
    bytesPerSecond: simulatedNs === 0 ? 0 : BUFFER_BYTES * 1e9 / simulatedNs,
    requests: listCount,
    completed: listCount,
    lost: 0,
    twice: 0,
    p50Ns: simulatedNs / listCount,
    p99Ns: simulatedNs / listCount,
    lastLatencyNs: simulatedNs,
    slots: table?.slotCount ?? 0,
    badElements: bad.length,
    wholeList: { ...wholeList },
    violations: violations.map(({ sentence }) => sentence),
  };
}

function verdict({ lut: table, listCount }: LutResult, trials: readonly LutResult[], failureCount: number): string {
  if (failureCount > 0) return `Broken: ${counted(failureCount, "failure")}, see the error stream.`;
  if (table === null) {
    return "The logical addresses are not aligned to 64 KiB here: BadLutEntry is named and no table is programmed.";
  }
  const found = `${counted(listCount, "list")} make ${
    grouped(table.slotCount)
  } entries, and every block is found both ways`;
  const where = trials.some(({ bad }) => bad.length > 0)
    ? "where pages are small or bounced, BadLutEntry says so before the card writes anywhere"
    : "here the IOMMU gives even small pages whole, aligned blocks";
  return `${found}; ${where}.`;
}
