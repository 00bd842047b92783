/** Stories told for the page. */
import { assert, assertEquals } from "@std/assert";
import { STORIES } from "../../examples/demo.ts";
import type { Report } from "../../view/worker/messages.ts";
import { storyCards, tell } from "../../view/worker/teller.ts";

async function told(
  args: readonly string[],
  file: { name: string; bytes: Uint8Array<ArrayBuffer> } | null = null,
): Promise<Report[]> {
  const reports: Report[] = [];
  await tell(args, file, (report) => reports.push(report));
  return reports;
}

Deno.test("the page knows every story with its options and their defaults", () => {
  const cards = storyCards();
  assertEquals(cards.map(({ name }) => name), STORIES.map(({ name }) => name));
  const strategy = cards[0]!.options.find(({ name }) => name === "strategy")!;
  assert(strategy.choices.includes("isr-reprogram") && strategy.choices.length > 5);
  assert(cards.every(({ options }) => options.every(({ name }) => !["json", "help", "trace"].includes(name))));
});

Deno.test("a story told with two strategies gives two recordings, then what it says", async () => {
  const reports = await told(["burst", "--strategy", "classic,isr-reprogram", "--transfers", "4", "--bytes", "4096"]);
  assertEquals(reports.map(({ type }) => type).filter((type) => type !== "progress"), [
    "recording",
    "recording",
    "told",
  ]);
  const labels = reports.flatMap((report) => report.type === "recording" ? [report.recording.label] : []);
  assertEquals(labels, ["classic", "isr-reprogram"]);
  const last = reports.at(-1)!;
  assert(last.type === "told" && last.told.verdict.includes("closed form") && last.told.failures.length === 0);
});

Deno.test("eight-channels sends bytes from the seed, or a file that was chosen", async () => {
  const strategy = "--strategy=isr-reprogram";
  const seeded = await told(["eight-channels", "--file", "64 KiB", strategy]);
  const bytes = new Uint8Array(20_000).fill(7);
  const chosen = await told(["eight-channels", "--file", "mine.bin", strategy], { name: "mine.bin", bytes });
  for (const [reports, size] of [[seeded, "65 536 bytes"], [chosen, "20 000 bytes"]] as const) {
    const last = reports.at(-1)!;
    assert(last.type === "told" && last.told.lines.join("\n").includes(size), JSON.stringify(last));
    assertEquals(last.told.failures, []);
  }
});

Deno.test("what cannot be told is refused with one sentence", async () => {
  const refused: [string[], string][] = [
    [["dance"], 'Cannot tell the story "dance"'],
    [["burst", "--transfers=0"], 'Cannot use "0" as --transfers'],
    [["eight-channels", "--file=secret.txt"], 'Cannot read --file "secret.txt"'],
  ];
  for (const [args, begins] of refused) {
    const last = (await told(args)).at(-1)!;
    assert(last.type === "refused" && last.sentence.startsWith(begins), JSON.stringify(last));
  }
});
