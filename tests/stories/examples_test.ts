/** The examples for people who import the package: each runs alone, with leave to read and nothing else. */
import { assert, assertEquals } from "@std/assert";
import { numbersOf } from "../../examples/numbers_file.ts";

const ROOT = new URL("../../", import.meta.url);

async function run(example: string, ...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", `examples/${example}.ts`, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { status: code, out: text(stdout), err: text(stderr) };
}

for (const example of ["first_transfer", "own_card", "own_strategy", "own_numbers", "stately"]) {
  Deno.test(`examples/${example}.ts runs alone and ends in a verdict`, async () => {
    const { status, out, err } = await run(example);
    assertEquals([status, err], [0, ""]);
    assert(/\nok: [^\n]+\n$/.test(out), out);
    for (const line of out.split("\n")) assert([...line].length <= 120, `too wide: ${line}`);
  });

  Deno.test(`examples/${example}.ts fits on a page`, () => {
    const lines = Deno.readTextFileSync(new URL(`examples/${example}.ts`, ROOT)).split("\n").length - 1;
    assert(lines >= 10 && lines <= 90, `${lines} lines`);
  });
}

Deno.test("the teaching card meets every strategy's closed form to the nanosecond, both ways, through map registers", async () => {
  const { out } = await run("own_card");
  const rows = out.split("\n").map((line) => line.trim().split(/ {2,}/)).filter(([, way]) =>
    /^(?:h2c|c2h)$/.test(way!)
  );
  assertEquals(rows.length, 16);
  for (const [strategy, , simulated, closedForm, registers, data] of rows) {
    assertEquals([simulated, data], [closedForm, "equal"]);
    // A transfer of 64 KiB takes 16 registers; what is copied through common buffers takes none.
    assert(strategy === "copy" ? registers === "0" : Number(registers) >= 16, `${strategy}: ${registers}`);
  }
});

Deno.test("a polite strategy is as quick as the greedy one and leaves registers to its neighbour", async () => {
  const { out } = await run("own_strategy");
  const row = (strategy: string): string[] => out.match(new RegExp(`  ${strategy}  .*`))![0].trim().split(/ {2,}/);
  const [, politeTime, politeRegisters] = row("polite");
  const [, greedyTime, greedyRegisters] = row("isr-reprogram");
  assertEquals([politeTime, politeRegisters, greedyRegisters], [greedyTime, "32", "128"]);
});

Deno.test("stately prints a chart as JSON, and says which there are", async () => {
  const { status, out } = await run("stately", "scatterGatherList");
  assertEquals([status, JSON.parse(out).id], [0, "scatterGatherList"]);
  const unknown = await run("stately", "steam");
  assertEquals([unknown.status, unknown.out], [2, ""]);
  assert(/^Cannot print "steam": expected one of adapterChannel, [^\n]+\n$/.test(unknown.err), unknown.err);
});

const NUMBERS = Deno.readTextFileSync(new URL("examples/own_numbers.json", ROOT));

/** The sentence about the numbers with one place changed. */
function sentenceAbout(change: (numbers: ReturnType<typeof JSON.parse>) => void): string {
  const numbers = JSON.parse(NUMBERS);
  change(numbers);
  try {
    numbersOf(JSON.stringify(numbers));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "";
}

Deno.test("a bad field in a file of numbers is named by its path, with what it is and what was expected", () => {
  assertEquals(sentenceAbout(() => {}), "");
  const sentences: readonly (readonly [change: Parameters<typeof sentenceAbout>[0], sentence: string])[] = [
    [
      ({ load }) => load.mix[3].bytes = "many",
      'load.mix[3].bytes is "many": expected a whole number from 1 to 16777216',
    ],
    [({ host }) => host.isrNs = 1.5, "host.isrNs is 1.5: expected a whole number from 0 to 1000000000000"],
    [({ host }) => delete host.dpcNs, "host.dpcNs is missing: expected a whole number from 0 to 1000000000000"],
    [({ card }) => card.link.lanes = 3, "card.link.lanes is 3: expected one of 1, 2, 4, 8, 16"],
    [({ card }) => card.link = "gen3x8", 'card.link is "gen3x8": expected an object with preset, lanes, '],
    [({ card }) => card.h2c = 4, "card.h2c is 4: expected one of the fields h2cCount, c2hCount, link"],
    [({ card }) => card.c2hCount = 1, "load.mix[3].channelIndex is 3: expected less than 3, the channels of the card"],
    [({ card }) => card.h2cCount = card.c2hCount = 0, "card.h2cCount is 0: expected at least one channel"],
    [({ load }) => load.mix = [], "load.mix is []: expected a list with at least one item"],
    [({ load }) => load.mix[0].bytes = 2 ** 24, ""],
    [
      (numbers) => (numbers.load.mix[0].bytes = 2 ** 24, numbers.load.requestCount = 5000),
      "load.requestCount is 5000: ",
    ],
    [(numbers) => numbers.strategies[1] = "steam", 'strategies[1] is "steam": expected one of classic, '],
  ];
  for (const [change, sentence] of sentences) {
    const said = sentenceAbout(change);
    assert(sentence === "" ? said === "" : said.startsWith(sentence), `"${said}" instead of "${sentence}"`);
  }
});

Deno.test("own_numbers ends with status 2 and one sentence on a file that cannot be used", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/bad.json`, NUMBERS.replace('"processors": 2', '"processors": 0'));
    await Deno.writeTextFile(`${folder}/broken.json`, "{");
    for (
      const [file, words] of [["bad", "host.processors is 0: expected"], ["broken", "JSON"], ["none", "No such file"]]
    ) {
      const { status, out, err } = await run("own_numbers", `${folder}/${file}.json`);
      assertEquals([status, out], [2, ""]);
      assert(/^Cannot use [^\n]+\n$/.test(err) && err.includes(words!), err);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
