/**
 * Whoever reads a finding about a Linux trace reads Linux: no text that the checker writes about a trace names a
 * routine or a notion of Windows, in any format. The names of rules are ids, and stay as they are.
 */
import { assert, assertEquals } from "@std/assert";
import { Prng } from "../../sim/prng.ts";
import { DDI_NAMES } from "../../trace/check/ddi_names.ts";
import { checkCallLog, sarifLog, textReport } from "../../trace/check/mod.ts";
import type { CheckReport } from "../../trace/check/mod.ts";
import { ADAPTER_ROUTINES, KERNEL_ROUTINES } from "../../trace/check/routine_table.ts";
import { LINUX_WORDS, RULES } from "../../trace/rules/mod.ts";
import { BUILT, put } from "./log.ts";
import { ALLOC, BOTH, FREE, FROM, MAP, MAP_SG, sync, TO, trace, UNMAP, UNMAP_SG } from "./trace.ts";

const ROUTINES = new Set([
  ...ADAPTER_ROUTINES.keys(),
  ...KERNEL_ROUTINES.keys(),
  ...Object.values(DDI_NAMES).flatMap((names) => Object.values(names).flat()),
]);
const NOTIONS = new RegExp(
  String
    .raw`\b(?:IRQL|DIRQL|IRPs?|NTSTATUS|STATUS_\w+|MDLs?|HAL|WDF|KMDF|DDI|DPC|ISR|put)\b|map.?register|bug.?check|` +
    "adapter|common buffer|verifier|windows|0xE6",
  "i",
);

/** What in a text only a Windows driver's developer would understand; null if nothing is. */
function foreignIn(text: string): string | null {
  const routine = text.match(/\w+(?:-\w+)*/g)?.find((word) => ROUTINES.has(word));
  return routine ?? NOTIONS.exec(text)?.[0] ?? null;
}

/** Every text in a value, without the names of rules. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => ["rule", "ruleId", "id"].includes(key) ? [] : textsIn(inner));
}

/** All that is written about a trace, in every format. */
function written(report: CheckReport, lines: readonly string[]): string[] {
  const text = textReport("fio.trace", report, (line) => lines[line - 1]);
  const sarif = sarifLog([{ name: "fio.trace", report }]);
  const { findings, damaged, notes } = report;
  return [
    text.replaceAll(/^(\S+ (?:error|warning|note)) \w+/gm, "$1"),
    ...textsIn({ findings, damaged, notes }),
    ...textsIn(sarif),
  ];
}

const ERROR = "ffffffffffffffff";
const EVENTS: readonly string[] = [
  ...[MAP, UNMAP].flatMap((event) => [event, event.replace(TO, FROM), event.replace(TO, BOTH)]),
  ...[MAP, UNMAP].map((event) => event.replace("fffff000", ERROR)),
  ...[UNMAP, FREE].map((event) => event.replace(/size=\d+/, "size=512")),
  ...[TO, FROM, BOTH].flatMap((way) => [sync("cpu", way), sync("device", way), sync("cpu", way, "fffff800")]),
  ...[UNMAP, FREE, MAP_SG].map((event) => event.replace(/(?:fffff000|80000000|0x1000)/, "12340000")),
  `dma_sync_sg_for_cpu ${TO} dma_addrs={0x1000} sizes={0x1000}`,
  `dma_map_sg_err ${TO} dma_addrs={0x71000,0x75000} err=-12 attrs=`,
  UNMAP_SG.replace(",0x75000", ""),
  ...[ALLOC, FREE, MAP_SG, UNMAP_SG, UNMAP_SG],
  "dma_map_phys dir=TO_DEVICE",
  "dma_unmap_sg dir=TO_DEVICE",
];

/** A random trace: whatever may follow whatever. */
function randomTrace(seed: number): string[] {
  const random = new Prng(seed).fork("trace");
  const lines = trace(...Array.from({ length: 40 }, () => random.pick(EVENTS)));
  if (random.chance(0.2)) lines.splice(random.below(lines.length), 0, "CPU:3 [LOST 12 EVENTS]", "half a line");
  return lines;
}

Deno.test("no text about a Linux trace names what only Windows has, and every rule that one can show has its words", async () => {
  const shown = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const lines = randomTrace(seed);
    const report = await checkCallLog(`${lines.join("\n")}\n\u0000`);
    for (const { rule, verifier, bugcheck, message, fix } of report.findings) {
      shown.add(rule);
      const words = RULES[rule as keyof typeof RULES].onLinux;
      assert(words !== null, `${rule} has no words for Linux`);
      assert(message.startsWith(words.sentence.slice(0, -1)), message);
      assertEquals([fix, verifier, bugcheck], [words.fix, null, null], rule);
    }
    for (const text of written(report, lines)) assertEquals(foreignIn(text), null, text);
  }
  const empty = trace();
  for (const text of written(await checkCallLog(empty), empty)) assertEquals(foreignIn(text), null, text);
  // What no trace showed here would not have been looked at.
  assertEquals([...shown].sort(), Object.keys(LINUX_WORDS).sort());
});

Deno.test("the words of Linux are sentences, without those of Windows", () => {
  for (const [name, words] of Object.entries(LINUX_WORDS)) {
    for (const text of [words.sentence, words.fix]) assert(/^[A-Z].*\.$/.test(text), `${name}: ${text}`);
    for (const text of Object.values<string>({ ...words })) assertEquals(foreignIn(text), null, `${name}: ${text}`);
  }
});

Deno.test("what is foreign is found: a routine, a notion, in a sentence", () => {
  const windows = Object.values(RULES).filter(({ sentence, fix }) => foreignIn(`${sentence} ${fix}`) !== null);
  assert(windows.length > 70, `${windows.length}`);
  assertEquals(foreignIn("Call PutDmaAdapter."), "PutDmaAdapter");
  assertEquals(foreignIn("Raise the IRQL."), "IRQL");
  assertEquals(foreignIn("Call dma_unmap_sg, with the nents of dma_map_sg."), null);
});

Deno.test("a finding about a trace says what the kernel would, and nothing where the kernel lets it pass", async () => {
  const text = async (...events: string[]): Promise<string> => textReport("t", await checkCallLog(trace(...events)));
  assertEquals((await text(MAP, UNMAP.replace(TO, FROM))).split("\n"), [
    "t:4:1 error PutDirectionMismatch (L10): DMA memory was unmapped with another direction than it was mapped with: " +
    "mapped with DMA_TO_DEVICE, unmapped with DMA_FROM_DEVICE.",
    "t:3:1 since here",
    "  dma_unmap_phys on 0000:01:00.0 0xfffff000, which is mapped",
    "  expected dma_unmap_phys",
    "  DMA-API debugging: device driver frees DMA memory with different direction",
    "  fix: Unmap with the direction of the mapping: caches are maintained, and swiotlb buffers copied, by it.",
    "t: 4 lines, 1 error, 0 warnings, 0 damaged lines",
  ]);
  assert((await text(MAP, sync("cpu", FROM))).includes("debugging: device driver syncs device read-only DMA memory"));
  assert(!(await text(MAP, sync("cpu", TO))).includes("debugging"));
  const counts = [UNMAP_SG.replace(",0x75000", ""), `dma_sync_sg_for_device ${TO} dma_addrs={0x1000} sizes={0x1000}`];
  for (const [at, verb] of ["frees", "syncs"].entries()) {
    assert((await text(MAP_SG, counts[at]!)).includes(`${verb} DMA sg list with different entry count`));
  }
});

Deno.test("what would have been right is said as an event: the opposite, or the other sync", async () => {
  const events = [
    MAP,
    UNMAP.replace(TO, FROM),
    UNMAP,
    MAP,
    sync("cpu", FROM),
    ALLOC,
    FREE.replace("8192", "4096"),
    FREE,
  ];
  const { findings } = await checkCallLog(trace(...events));
  assertEquals(findings.map(({ rule, expected }) => [rule, ...expected]), [
    ["PutDirectionMismatch", "dma_unmap_phys"],
    ["SglDoublePut"],
    ["FlushForCpuOnWrite", "dma_sync_single_for_device", "dma_unmap_phys"],
    ["FreeSizeMismatch", "dma_free"],
    ["CommonBufferDoubleFree"],
  ]);
});

Deno.test("call logs and Linux traces in one SARIF file are two runs, each in its readers' words", async () => {
  const windows = { name: "driver.log", report: await checkCallLog([...BUILT, put(), put()]) };
  const linux = { name: "fio.trace", report: await checkCallLog(trace(MAP, UNMAP, UNMAP)) };
  interface Run {
    readonly automationDetails?: { readonly id: string };
    readonly tool: { readonly driver: { readonly rules: readonly { readonly help: { readonly text: string } }[] } };
  }
  const runs = (sarifLog([windows, linux, windows]) as unknown as { readonly runs: readonly Run[] }).runs;
  assertEquals(runs.map((run) => [run.automationDetails?.id, run.tool.driver.rules[0]?.help.text]), [
    ["dmactor/windows/", RULES.SglDoublePut.fix],
    ["dmactor/linux/", LINUX_WORDS.SglDoublePut.fix],
  ]);
  const alone = sarifLog([linux, linux]) as unknown as { readonly runs: readonly Run[] };
  assertEquals(alone.runs.map((run) => [run.automationDetails?.id, run.tool.driver.rules[0]?.help.text]), [
    [undefined, LINUX_WORDS.SglDoublePut.fix],
  ]);
});
