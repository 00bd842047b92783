/** `deno task check`: what it prints in each format, and its exit status. */
import { assert, assertEquals } from "@std/assert";
import { check } from "../../tools/check/cli.ts";
import { BUILT, END, init, put, putAdapter } from "./log.ts";

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function run(args: readonly string[], input = "", progress: string[] | null = null): Promise<Run> {
  const out: string[] = [];
  const err: string[] = [];
  const status = await check(args, {
    input: new Blob([input]).stream(),
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    progress: progress === null ? null : (text) => progress.push(text),
  });
  return { status, out: out.join("\n"), err: err.join("\n") };
}

const LEAK = [...BUILT, putAdapter()].join("\n");
const CLEAN = [...BUILT, ...END].join("\n");

Deno.test("text is written in the manner of a compiler", async () => {
  const { status, out } = await run(["-"], [...BUILT, put(), put(), putAdapter()].join("\n"));
  assertEquals(status, 1);
  assertEquals(out.split("\n"), [
    "<stdin>:6:1 error SglDoublePut (0xE6/0x06, L5): A scatter/gather list was put twice: " +
    "put before in line 5, built in line 3.",
    "<stdin>:5:1 since here",
    "  PutScatterGatherList on list 0xb1, which is put",
    "  expected GetScatterGatherList, BuildScatterGatherList, GetScatterGatherListEx, BuildScatterGatherListEx, " +
    "device-done",
    "  fix: Put each list once; clear the pointer where it is put.",
    "<stdin>: 7 lines, 1 error, 0 warnings, 0 damaged lines",
  ]);
});

Deno.test("text shows the lines of a file: the one that was wrong, and the one that created what was left over", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/driver.log`;
  try {
    await Deno.writeTextFile(file, `${LEAK}\n`);
    const { out } = await run([file]);
    assertEquals(out.split("\n"), [
      `${file}:5:1 error PutAdapterWithSgl (0xE6/0x0A, L3): The adapter was put while scatter/gather lists are live: ` +
      "1 left: 0xb1 of line 3.",
      `    ${putAdapter()}`,
      `${file}:3:1 created here: ${BUILT[2]!.slice(0, 160)} …`,
      "  PutDmaAdapter on adapter 0xa1, which is live.free",
      "  expected PutScatterGatherList",
      "  fix: PutScatterGatherList for every list that was built, when the device is done with it; then PutDmaAdapter.",
      `${file}: 5 lines, 1 error, 0 warnings, 0 damaged lines`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("what a log holds does not move the cursor of a terminal", async () => {
  const { out } = await run(["-"], `{"call":"\\u001b[2J\\u007f\\u202e"}`);
  assertEquals(out.split("\n")[0], "<stdin>:1:1 note: unknown routine ?[2J??, not checked");
});

Deno.test("on a terminal, one line says how far it is and goes away; elsewhere nothing is said", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/long.log`;
  const long = "#\n".repeat(600_000);
  try {
    await Deno.writeTextFile(file, long);
    const told: string[] = [];
    const { err } = await run([file], "", told);
    assertEquals(err, "");
    assert(told.length === 3 && told.at(-1) === "", told.join("|"));
    assert(/^\S+: [25]\d{5} lines, [4-9]\d % …$/.test(told[0]!), told[0]);
    const piped: string[] = [];
    await run(["-"], long, piped);
    assert(/^<stdin>: \d{6} lines …$/.test(piped[0]!), piped[0]);
    const short: string[] = [];
    await run(["-"], CLEAN, short);
    assertEquals(short, []);
    assertEquals((await run([file])).err, "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a clean log says so and ends with 0", async () => {
  assertEquals(await run(["-"], CLEAN), { status: 0, out: "<stdin>: 7 lines, clean", err: "" });
});

Deno.test("JSON carries the published keys, one object a file in order", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/leak.log`, LEAK);
    await Deno.writeTextFile(`${folder}/clean.log`, CLEAN);
    const { status, out } = await run([`${folder}/leak.log`, `${folder}/clean.log`, "--format", "json"]);
    assertEquals(status, 1);
    const [first, second, ...none] = out.split("\n").map((line) => JSON.parse(line));
    assertEquals(none, []);
    assertEquals(second.findings, []);
    assertEquals(second.summary.lines, 7);
    const [finding] = first.findings;
    assertEquals(finding.rule, "PutAdapterWithSgl");
    const keys = ["rule", "severity", "verifier", "bugcheck", "linux", "line", "since", "resource", "state", "call"];
    assertEquals(Object.keys(finding), [...keys, "expected", "message", "fix"]);
    assertEquals([finding.verifier, finding.bugcheck, finding.linux], ["0x0A", null, "L3"]);
    assertEquals([finding.line, finding.since, finding.state], [5, 3, "live.free"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SARIF has its version, a rule for every result and regions from 1", async () => {
  const { status, out } = await run(["-", "--format=sarif"], LEAK);
  assertEquals(status, 1);
  const log = JSON.parse(out);
  assertEquals(log.version, "2.1.0");
  const [{ tool, results, invocations }] = log.runs;
  assertEquals(invocations[0].executionSuccessful, true);
  assertEquals(results.length, 1);
  assertEquals(tool.driver.rules[results[0].ruleIndex].id, results[0].ruleId);
  assertEquals([results[0].ruleId, results[0].level], ["PutAdapterWithSgl", "error"]);
  assertEquals(results[0].locations[0].physicalLocation.region, { startLine: 5, startColumn: 1 });
  assertEquals(results[0].relatedLocations[0].physicalLocation.region.startLine, 3);
});

Deno.test("a damaged line, a directory and a missing file end with 2, one sentence each", async () => {
  const damaged = await run(["-"], `${BUILT[0]}\n{"call":`);
  assertEquals(damaged.status, 2);
  assert(damaged.out.startsWith("<stdin>:2:"), damaged.out);
  const folder = await Deno.makeTempDir();
  try {
    const directory = await run([folder]);
    assertEquals(directory, {
      status: 2,
      out: "",
      err: `${folder}:1:1 cannot be read: it is a directory; expected a call log`,
    });
    const missing = await run([`${folder}/no.log`]);
    assertEquals(missing.err, `${folder}/no.log:1:1 cannot be read: there is no such file; expected a call log`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a file that cannot be read has its JSON object in its place, and makes SARIF say that the run failed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/leak.log`, LEAK);
    const files = [folder, `${folder}/leak.log`, `${folder}/no.log`];
    const json = await run([...files, "--format", "json"]);
    assertEquals(json.status, 2);
    const [first, second, third, ...none] = json.out.split("\n").map((line) => JSON.parse(line));
    assertEquals(none, []);
    assertEquals([first.findings, third.findings, second.findings.length], [[], [], 1]);
    assertEquals(third.summary.unreadable, json.err.split("\n")[1]);
    const sarif = await run([...files, "--format", "sarif"]);
    const [{ invocations: [invocation], results }] = JSON.parse(sarif.out).runs;
    assertEquals([sarif.status, results.length, invocation.executionSuccessful], [2, 1, false]);
    assertEquals(invocation.toolExecutionNotifications.length, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the highest status of several files counts", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/clean.log`, CLEAN);
    assertEquals((await run([`${folder}/clean.log`, `${folder}/no.log`])).status, 2);
    assertEquals((await run([`${folder}/clean.log`, "-"], LEAK)).status, 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("arguments that make no sense are answered with one sentence and 2", async () => {
  assertEquals((await run([])).err, "Cannot check nothing: expected a log, or - for standard input; see --help");
  assertEquals(
    (await run(["--format", "xml", "-"])).err,
    `Cannot write the format "xml": expected one of text, json, sarif`,
  );
  assertEquals((await run(["--profile", "x", "-"])).err, `Cannot check the profile "x": expected one of s0, kmdf`);
  assertEquals((await run(["--frob", "-"])).status, 2);
  assertEquals((await run(["--help"])).status, 0);
  assertEquals(await run(["-h"]), await run(["--help"]));
});

Deno.test("--profile kmdf makes sequential reuse a warning, --strict an error again", async () => {
  const log = [...BUILT, put(), ...BUILT.slice(2), ...END].join("\n");
  assert((await run(["--profile=kmdf", "-"], log)).out.includes("warning TransferContextNotReinitialised"));
  assert((await run(["--profile=kmdf", "--strict", "-"], log)).out.includes("error TransferContextNotReinitialised"));
});

Deno.test("a name that nobody knows is the last word of the report, and counts with --strict", async () => {
  const log = `{"call":"PutDmaAdapter","agrs":{"DmaAdapter":"0x1"}}`;
  const { status, out } = await run(["-"], log);
  assertEquals([status, out.split("\n").at(-1)], [0, "<stdin>: 1 line, clean but for 1 note"]);
  assertEquals((await run(["--strict", "-"], log)).status, 1);
});

Deno.test("--strict counts notes", async () => {
  const log = [...BUILT, put(), init(), `{"event":"end"}`].join("\n");
  assertEquals((await run(["-"], log)).status, 0);
  assertEquals((await run(["--strict", "-"], log)).status, 1);
});
