/** `--trace`, `--vcd`, `--log`: files for other tools, and logs that our own checker finds clean. */
import { assert, assertEquals } from "@std/assert";
import { demo, STORIES } from "../../examples/demo.ts";
import type { Host, Run, Story } from "../../examples/story.ts";
import { checkCallLog } from "../../trace/check/mod.ts";
import { complaintsAbout, readTrace } from "../trace/chrome_trace_checker.ts";
import { readWaves } from "../trace/vcd_reader.ts";
import { fileOf, listening } from "./teller.ts";

/** A host that keeps the files it is asked to make, and what it hears. */
function keeping(): { host: Host; files: Map<string, string>; heard: { out: string; err: string } } {
  const { host, heard } = listening({ "a file": fileOf(70_000) });
  const files = new Map<string, string>();
  const createFile: Host["createFile"] = (folder, name) => {
    const path = folder === "." ? name : `${folder}/${name}`;
    files.set(path, "");
    return (text) => void files.set(path, files.get(path)! + text);
  };
  return { host: { ...host, createFile }, files, heard };
}

/** The rules that the log of a run names, each once. */
async function named(log: string): Promise<string[]> {
  const { findings, damaged, summary } = await checkCallLog(log);
  assertEquals(damaged, []);
  assert(summary.calls > 0, "a log without calls");
  return [...new Set(findings.map(({ rule }) => rule))];
}

/** Stories that run nothing, and stories that show misuse: their logs are judged by tests of their own. */
const RUNLESS = STORIES.filter(({ without }) => "log" in without).map(({ name }) => name);
const CLEAN = ["eight-channels", "burst", "three-stage", "registers", "low-memory", "lut"];
/** What strategies are kept to show. */
const KNOWN: readonly (readonly [run: RegExp, rules: readonly string[]])[] = [
  [/xdma-literal$/, ["ProgramBeforeEnqueue"]],
];

for (const name of CLEAN) {
  Deno.test(`${name}: the call log of every run under every strategy checks clean, but for what it is kept to show`, async () => {
    const { host, files } = keeping();
    const file = name === "eight-channels" ? ["--file", "a file"] : [];
    assertEquals(await demo([name, "--log", "out/calls.jsonl", "--engine", "table", ...file], host), 0);
    assert(files.size >= 3, `${files.size} runs`);
    for (const [path, log] of files) {
      const [, run = ""] = path.match(/^out\/calls\.([\w.-]+)\.jsonl$/) ?? [];
      assert(run.startsWith(name), path);
      const known = KNOWN.find(([runs]) => runs.test(run))?.[1] ?? [];
      assertEquals([run, ...await named(log)], [run, ...known]);
    }
  });
}

const DISASTERS = STORIES.map(({ name }) => name).filter((name) => !CLEAN.includes(name) && !RUNLESS.includes(name));

for (const name of DISASTERS) {
  Deno.test(`${name}: the logs that --log leaves name what went wrong, and nothing where it is cured`, async () => {
    const { host, files } = keeping();
    assertEquals(await demo([name, "--log", "calls.jsonl", "--engine", "table"], host), 0);
    const rules = await Promise.all([...files].map(async ([path, log]) => ({ path, rules: await named(log) })));
    assert(rules.some(({ rules }) => rules.length > 0), "nothing went wrong in any run");
    for (const { path, rules: own } of rules) if (/-(?:cured|right)\b/.test(path)) assertEquals([path, ...own], [path]);
  });
}

Deno.test("--trace leaves a timeline, waves with their layout and a call log for each run, and says so", async () => {
  const { host, files, heard } = keeping();
  const strategies = ["classic", "isr-reprogram", "copy"];
  assertEquals(await demo(["burst", "--trace", "out", "--strategy", strategies.join(",")], host), 0);
  const expected = strategies.flatMap((strategy) =>
    [".gtkw", ".json", ".jsonl", ".vcd"].map((ending) => `out/burst-${strategy}${ending}`)
  );
  assertEquals([...files.keys()].sort(), expected.sort());
  for (const strategy of strategies) {
    assert(files.get(`out/burst-${strategy}.jsonl`)!.endsWith('"event":"end"}\n'));
    assert(files.get(`out/burst-${strategy}.vcd`)!.includes("$enddefinitions"));
    assert(files.get(`out/burst-${strategy}.json`)!.endsWith("\n]\n"));
    assert(files.get(`out/burst-${strategy}.gtkw`)!.startsWith(`[dumpfile] "burst-${strategy}.vcd"`));
  }
  assertEquals(heard.err, strategies.map((each) => `Wrote out/burst-${each}.json .vcd .gtkw .jsonl\n`).join(""));
});

for (const { name } of STORIES.filter(({ name }) => !RUNLESS.includes(name))) {
  Deno.test(`${name}: the timeline of every run keeps the rules of its format, and its waves can be read`, async () => {
    const { host, files } = keeping();
    const file = name === "eight-channels" ? ["--file", "a file"] : [];
    assertEquals(await demo([name, "--trace", "out", "--engine", "table", ...file], host), 0);
    for (const [path, text] of files) {
      if (path.endsWith(".json")) {
        const events = readTrace(text);
        assertEquals([path, ...complaintsAbout(events)], [path]);
        assert(text.length / events.length < 200, `${path}: ${text.length / events.length} bytes an event`);
      } else if (path.endsWith(".vcd")) {
        const { times, changes } = readWaves(text);
        assert(changes.size > 10 && times.every((time, index) => index === 0 || time > times[index - 1]!), path);
      }
    }
  });
}

Deno.test("a single run goes into the very file that was named; several get their names before its ending", async () => {
  const { host, files } = keeping();
  assertEquals(await demo(["burst", "--strategy", "copy", "--vcd", "a.b/waves.vcd", "--log", "log"], host), 0);
  assertEquals([...files.keys()].sort(), ["a.b/waves.gtkw", "a.b/waves.vcd", "log"]);
  assert(files.get("a.b/waves.gtkw")!.startsWith('[dumpfile] "waves.vcd"'));
  files.clear();
  assertEquals(await demo(["burst", "--strategy", "copy,classic", "--vcd", "waves", "--log", "l.o.g"], host), 0);
  const runs = ["burst-copy", "burst-classic"];
  const paths = runs.flatMap((run) => [`waves.${run}`, `waves.${run}.gtkw`, `l.o.${run}.g`]);
  assertEquals([...files.keys()].sort(), paths.sort());
});

Deno.test("recording changes nothing in what a story says, and --json stays one object", async () => {
  for (const args of [["burst"], ["burst", "--json"]]) {
    const plain = keeping();
    assertEquals(await demo([...args, "--engine", "table"], plain.host), 0);
    const recorded = keeping();
    assertEquals(await demo([...args, "--engine", "table", "--log", "l", "--vcd", "v"], recorded.host), 0);
    assertEquals(plain.files.size, 0);
    const told = (text: string): unknown => args.length === 1 ? text.split("\n  repeat:")[0] : JSON.parse(text).rows;
    assertEquals(told(recorded.heard.out), told(plain.heard.out));
  }
});

Deno.test("a file that cannot be written, or would be written twice, is one sentence and exit 2", async () => {
  const { host } = keeping();
  const refusing: Host = { ...host, createFile: (folder, name) => `Cannot write "${folder}/${name}": no such device` };
  const expected: readonly (readonly [args: string[], sentence: string, host: Host])[] = [
    [["--trace", "out"], 'Cannot write "out/burst-classic.json": no such device', refusing],
    [["--log", "/y/x"], 'Cannot write "/y/x.burst-classic": no such device', refusing],
    [["--vcd", "x", "--log", "x"], 'Cannot write two things into "x.burst-classic"', host],
    [["--log", "out/"], 'Cannot write to "out/": expected the name of a file', host],
    [["--vcd", "out"], 'Cannot write "out": it is a directory, expected a file', { ...host, isFolder: () => true }],
  ];
  for (const [args, sentence, own] of expected) {
    const told: string[] = [];
    assertEquals(await demo(["burst", ...args], { ...own, err: (line) => void told.push(line) }), 2);
    assertEquals(told, [sentence]);
  }
});

Deno.test("a run that ends in a bug leaves a log that just stops, and a timeline that opens", async () => {
  const { host, files } = keeping();
  const run: Run = { name: "broken", channels: ["h2c0"], alone: true };
  const story: Story = {
    ...STORIES[0]!,
    name: "stub",
    tell: (_values, _host, recorder) =>
      recorder.record(run, (trace) => {
        trace?.emit({ kind: "irp", atNs: 5, irp: 1, state: "received", channel: "h2c0" });
        throw new Error("a bug");
      }),
  };
  const failed = await demo(["stub", "--trace", "out"], host, [story]).catch((error: Error) => error.message);
  assertEquals(failed, "a bug");
  assert(!files.get("out/broken.jsonl")!.includes('"end"'));
  assert(JSON.parse(files.get("out/broken.json")!).length > 10);
});

Deno.test("stories that run nothing say that recording changes nothing", async () => {
  assert(RUNLESS.includes("races"));
  for (const name of RUNLESS) {
    const { host, files, heard } = keeping();
    assertEquals(await demo([name, "--log", "x"], host), 0);
    assertEquals(files.size, 0);
    assert(heard.err.startsWith(`Note: --log changes nothing in ${name}: `), heard.err);
  }
});
