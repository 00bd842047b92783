/** The demo as a person meets it in a terminal: what is printed, where, and with which exit status. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Story, Told } from "../../examples/story.ts";
import { demo, STORIES } from "../../examples/demo.ts";
import { fileOf, listening, printed, seen } from "./teller.ts";

const ROOT = new URL("../../", import.meta.url);
const FILE = { "a file": fileOf(70_000) };

async function inATerminal(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "examples/main.ts", ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  return { status: code, out: text(stdout), err: text(stderr) };
}

Deno.test("without arguments the stories are listed and a file of the repository goes through eight channels", async () => {
  const { status, out, err } = await inATerminal();
  assertEquals({ status, err }, { status: 0, err: "" });
  for (const { name, title } of STORIES) {
    assert(out.includes(`${name} `) && out.includes(title), `${name} is not listed`);
  }
  assert(/SHA-256 {2}in {2}[\da-f]{64}\n {11}out [\da-f]{64}\n/.test(out), out);
  assert(out.includes("\n  repeat: deno task demo eight-channels --seed 0\n"), out);
});

Deno.test("what cannot be read is one sentence on the error stream and exit status 2", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${folder}/empty`, new Uint8Array(0));
    const sentences = {
      [`${folder}/missing`]: "there is no such file",
      [folder]: "it is a directory, expected a file",
      [`${folder}/empty`]: "it is empty, expected at least one byte",
    };
    await Promise.all(
      Object.entries(sentences).map(async ([path, sentence]) => {
        const { status, out, err } = await inATerminal("eight-channels", "--file", path);
        assertEquals({ status, out, lines: err.split("\n").length }, { status: 2, out: "", lines: 2 });
        assert(err.startsWith("Cannot ") && err.includes(path) && err.includes(sentence), err);
      }),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what cannot be understood is one sentence that says what was expected, and exit status 2", async () => {
  const expected: readonly (readonly [args: string[], words: string[]])[] = [
    [["nonsense"], ["nonsense", "eight-channels, burst, three-stage, registers, low-memory, lut"]],
    [["burst", "lut"], ['"lut"', "one story"]],
    [["burst", "--nonsense"], ["--nonsense", "burst --help"]],
    [["burst", "-x"], ["-x"]],
    [["burst", "--file", "a file"], ["--file", "the story burst has no such option"]],
    [["--transfers", "8"], ["--transfers", "the story eight-channels has no such option"]],
    [["burst", "--transfers", "0"], ['"0"', "--transfers", "a whole number from 1 to 10000"]],
    [["burst", "--transfers", "many"], ['"many"', "--transfers"]],
    [["burst", "--transfers"], ["--transfers", "a value"]],
    [["burst", "--setup-ns", "1.5"], ['"1.5"', "--setup-ns", "whole nanoseconds"]],
    [["burst", "--setup-ns=-5"], ['"-5"', "--setup-ns", "whole nanoseconds"]],
    [["burst", "--dma-ns", "0"], ["--dma-ns", "at least 1 ns"]],
    [["burst", "--strategy", "fastest"], ['"fastest"', "--strategy", "isr-reprogram"]],
    [["burst", "--engine", "steam"], ['"steam"', "chart, table"]],
    [["burst", "--link", "gen9x1"], ['"gen9x1"', "gen3x16"]],
    [["burst", "--channels", "5,4"], ['"5,4"', "--channels", "4,4"]],
    [["burst", "--channels", "0,0"], ['"0,0"', "--channels"]],
    [["burst", "--seed", ""], ["--seed", "a number or a word"]],
    [["burst", "--seed="], ["--seed", "a number or a word"]],
    [["eight-channels", "--channels", "0,4", "--file", "a file"], ['"0,4"', "at least one channel each way"]],
    [["eight-channels", "--file", "nowhere"], ['"nowhere"', "there is no such file"]],
    [["eight-channels", "--file", ""], ["--file", "a value"]],
    [["three-stage", "--transfers", "1"], ["--transfers", "at least two"]],
    [["low-memory", "--channels", "1,0"], ["C2H channel"]],
    [["registers", "--map-registers", "8"], ["--map-registers", "16"]],
    [["burst", "--inspect", "many"], ['"many"', "--inspect", "a port from 0 to 65535"]],
    [["burst", "--inspect", "0", "--watch", "cat:7"], ['"cat:7"', "--watch", "irp:7"]],
    [["burst", "--log"], ["--log", "a value"]],
    [["burst", "--strategy", "copy,classic,copy"], ["--strategy", "each name once, and copy is there twice"]],
  ];
  for (const [args, words] of expected) {
    const { status, out, err } = await seen(args, FILE);
    assertEquals({ args, status, out }, { args, status: 2, out: "" });
    assert(/^Cannot [^\n]+\n$/.test(err), `not one sentence: ${err}`);
    for (const word of words) assert(err.includes(word), `${args.join(" ")}: "${word}" is not in: ${err}`);
  }
});

Deno.test("help names every option of a story and every story", async () => {
  const all = await seen(["--help"]);
  assertEquals(all.status, 0);
  for (const { name, options } of STORIES) {
    const { status, out, err } = await seen([name, "--help"]);
    assertEquals({ status, err }, { status: 0, err: "" });
    for (const option of ["seed", "json", "channels", "link", "iommu", "help", ...options]) {
      assert(out.includes(`--${option}`), `${name} --help does not tell of --${option}`);
    }
    assert(all.out.includes(name));
    for (const line of out.split("\n")) assert([...line].length <= 120, `too wide: ${line}`);
  }
});

const KEYS = ["story", "seed", "options", "bytes", "sha256In", "sha256Out", "rows", "verdict", "repeat"] as const;
const ROW_KEYS = ["strategy", "simulatedNs", "boundNs", "utilisation", "bytesPerSecond", "requests", "completed"]
  .concat("lost", "twice", "p50Ns", "p99Ns", "lastLatencyNs", "mapRegistersPeak");

for (const { name } of STORIES) {
  const file = name === "eight-channels" ? ["--file", "a file"] : [];

  Deno.test(`${name}: --json is one object with every promised key, and nothing runs below its bound`, async () => {
    const args = [name, "--seed", "7", "--engine", "table", ...file];
    const told = await printed(args, FILE);
    for (const key of KEYS) assert(key in told, `${key} is missing`);
    assertEquals([told.story, told.seed], [name, 7]);
    assert(told.rows.length > 0);
    for (const row of told.rows) {
      for (const key of ROW_KEYS) assert(key in row, `a row has no ${key}`);
      assertEquals([row.lost, row.twice, row.completed], [0, 0, row.requests]);
      assert(row.simulatedNs >= row.boundNs, `${row.strategy}: ${row.simulatedNs} ns, bound ${row.boundNs} ns`);
    }
    assert(told.repeat.startsWith(`deno task demo ${name} --seed 7`), told.repeat);
  });

  Deno.test(`${name}: the command it prints repeats it to the byte, and no line is wider than 120 columns`, async () => {
    const first = await seen([name, "--seed", "a word", "--engine", "table", ...file], FILE);
    assertEquals([first.status, first.err], [0, ""]);
    const command = first.out.match(/\n {2}repeat: deno task demo (.*)\n$/)?.[1] ?? "";
    const args = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
    assertEquals((await seen(args, FILE)).out, first.out);
    for (const line of first.out.split("\n")) assert([...line].length <= 120, `too wide: ${line}`);
  });
}

Deno.test("an option that changes nothing in a story says so", async () => {
  const { status, err } = await seen(["three-stage", "--link", "gen3x8", "--engine", "table", "--transfers", "2"]);
  assertEquals(status, 0);
  assert(/^Note: --link changes nothing in three-stage: [^\n]+\n$/.test(err), err);
});

const STUB: Story = {
  name: "stub",
  title: "a story for this test",
  options: [],
  fallbacks: {},
  without: {},
  tell: (): Told => ({
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: [],
    lines: [],
    verdict: "Broken.",
    failures: ["stub breaks X-3: 1 request was lost"],
  }),
};

Deno.test("a broken invariant is named on the error stream and is exit status 1", async () => {
  for (const flags of [[], ["--json"]]) {
    const { host, heard } = listening();
    assertEquals(await demo(["stub", ...flags], host, [STUB]), 1);
    assertEquals(heard.err, "stub breaks X-3: 1 request was lost\n");
  }
});

Deno.test("a bug of ours leaves the command that repeats it, and is not dressed up as a bad argument", async () => {
  const { host, heard } = listening();
  const broken: Story = {
    ...STUB,
    tell: () => {
      throw new Error("a bug");
    },
  };
  await assertRejects(() => demo(["stub", "--seed", "9"], host, [broken]), Error, "a bug");
  assertEquals(heard.err, "This run ended in a bug; repeat: deno task demo stub --seed 9\n");
});

Deno.test("a bar appears on a terminal when a run lasts longer than a second, and is wiped at the end", async () => {
  for (const isTerminal of [true, false]) {
    const { host, heard } = listening(FILE);
    let nowMs = 0;
    const slow = { ...host, isTerminal, nowMs: () => nowMs += 50 };
    assertEquals(await demo(["eight-channels", "--file", "a file", "--engine", "table"], slow), 0);
    assertEquals([/ \d+ % {2}classic/.test(heard.err), heard.err.endsWith("\r\x1b[K")], [isTerminal, isTerminal]);
  }
});
