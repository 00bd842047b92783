/** `--threads` as a person meets it: with the rights of `deno task demo`, in a terminal, and when it is interrupted. */
import { assert, assertEquals } from "@std/assert";
import { fileOf, printed, seen } from "../stories/teller.ts";

const ROOT = new URL("../../", import.meta.url);
const DEMO = ["run", "--quiet", "--allow-read", "--allow-write", "examples/main.ts"];

function command(args: readonly string[], options: Partial<Deno.CommandOptions> = {}): Deno.Command {
  return new Deno.Command(Deno.execPath(), { args: [...DEMO, ...args], cwd: ROOT, env: { NO_COLOR: "1" }, ...options });
}

Deno.test("eight-channels --threads, with the rights of the task, brings the file back and ends by itself", async () => {
  const { code, stdout, stderr } = await command(["eight-channels", "--threads", "--dispatchers", "2"]).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)) as [string, string];
  assertEquals({ code, err }, { code: 0, err: "" });
  assert(/SHA-256 {2}in {2}([\da-f]{64})\n {11}out \1\n/.test(out), out);
  assert(out.includes("card, dispatch × 2, dpc "), out);
  assert(out.includes("Every byte came back; nothing lost, nothing twice, no rule broken."), out);
  assert(out.includes("differ from run to run"), out);
});

Deno.test("eight-channels --threads --json says what it checked, and which figures are of the moment", async () => {
  const told = await printed(["eight-channels", "--threads", "--file", "odd"], { odd: fileOf(300_001) });
  assertEquals([told.bytes, told.sha256Out], [300_001, told.sha256In]);
  const [row] = told.rows;
  const { strategy, engine, requests, completed, failed, lost, twice, misuse, settled } = row!;
  assertEquals({ strategy, engine, completed, failed, lost, twice, misuse, settled }, {
    ...{ strategy: "isr-reprogram", engine: "threads" },
    ...{ completed: requests, failed: 0, lost: 0, twice: 0, misuse: 0, settled: 0 },
  });
  assert((row!.notReproducible as readonly string[]).includes("wallNs"));
});

Deno.test("three-stage --threads runs three Workers beside one, and both bring every byte back", async () => {
  const told = await printed(["three-stage", "--threads", "--bytes", "8192", "--transfers", "20"]);
  assertEquals([told.bytes, told.sha256Out], [20 * 8192, told.sha256In]);
  assertEquals(told.rows.map(({ strategy, requests, completed }) => [strategy, requests, completed]), [
    ["one thread", 40, 40],
    ["three-stage", 40, 40],
  ]);
});

Deno.test("what threads cannot do is one sentence and exit status 2", async () => {
  const cases: readonly (readonly [string[], string])[] = [
    [["eight-channels", "--iommu"], "--iommu"],
    [["eight-channels", "--polling"], "--polling"],
    [["eight-channels", "--strategy", "classic"], "expected isr-reprogram"],
    [["eight-channels", "--log", "a file"], "--log"],
    [["three-stage", "--bytes", "100"], "whole pages"],
  ];
  for (const [args, words] of cases) {
    const { status, out, err } = await seen([...args, "--threads"]);
    assertEquals([status, out, err.split("\n").length], [2, "", 2]);
    assert(err.includes(words) && err.includes("--threads"), err);
  }
});

Deno.test("Ctrl-C ends a run on threads at once, Workers and all", async () => {
  const child = command(["three-stage", "--threads", "--transfers", "2000"], { stdout: "null", stderr: "null" })
    .spawn();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill("SIGINT");
  const late = setTimeout(() => child.kill("SIGKILL"), 5000);
  const { signal, code } = await child.status;
  clearTimeout(late);
  assertEquals([signal, code], ["SIGINT", 130]);
});
