/** Standard output that takes no more: one sentence, never a stack trace; and help by its short name. */
import { assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
const SENTENCE = "Cannot write the output: no space left on device\n";

/** Runs a program of the repository, its output redirected by a shell; what it says on the error stream. */
async function redirected(program: string, to: string): Promise<{ status: number; err: string }> {
  const words = `"$0" run --quiet --allow-read --allow-write ${program}`;
  // The status of the program itself, not that of what it is piped into.
  const line = to.startsWith("|") ? `{ ${words}; echo $? >&2; } ${to}` : `${words} ${to}`;
  const { code, stderr } = await new Deno.Command("sh", {
    args: ["-c", line, Deno.execPath()],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  return { status: code, err: new TextDecoder().decode(stderr) };
}

const COMMANDS = [
  "examples/main.ts burst -h",
  "tools/check.ts -h",
  "tools/charts.ts -h",
  "tools/rules.ts",
  "tools/worlds.ts --seeds 1",
  "tools/bounds.ts --sets 1",
];
const unfit = Deno.build.os === "windows";

for (const command of COMMANDS) {
  Deno.test({
    name: `${command}: a full device is one sentence and exit status 2`,
    ignore: unfit || Deno.build.os === "darwin",
    fn: async () => assertEquals(await redirected(command, "> /dev/full"), { status: 2, err: SENTENCE }),
  });
}

Deno.test({
  name: "who reads only the beginning of the output is told nothing about the rest",
  ignore: unfit,
  fn: async () => {
    assertEquals((await redirected("tools/rules.ts", "| true")).err, "0\n");
    assertEquals((await redirected("examples/main.ts --help", "| true")).err, "0\n");
  },
});

Deno.test({
  name: "files in places for none are one sentence, without advice about rights",
  ignore: unfit,
  fn: async () => {
    const { err, status } = await redirected("examples/main.ts burst --trace /dev/null/x", "> /dev/null");
    assertEquals([status, err], [2, 'Cannot write "/dev/null/x/burst-classic.json": permission denied\n']);
    assertEquals(await redirected("tools/charts.ts /dev/null/x", "> /dev/null"), {
      status: 2,
      err: 'Cannot write into "/dev/null/x": permission denied\n',
    });
  },
});
