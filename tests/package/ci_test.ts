/** The script of continuous integration: its closing line and its exit status, with a stand-in for Deno. */

import { assertEquals } from "@std/assert";

/** Runs `.ci/run` with a `deno` that answers `task test` and `task ok` as told. */
async function ci(verdict: string, testStatus: number, gateStatus: number): Promise<{ last: string; code: number }> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/.ci`);
    await Deno.copyFile(new URL("../../.ci/run", import.meta.url), `${root}/.ci/run`);
    await Deno.writeTextFile(
      `${root}/deno`,
      `#!/bin/sh\nif [ "$2" = ok ]; then exit ${gateStatus}; fi\necho '${verdict}'\nexit ${testStatus}\n`,
      { mode: 0o755 },
    );
    const { stdout, code } = await new Deno.Command("bash", {
      args: [`${root}/.ci/run`],
      env: { PATH: `${root}:${Deno.env.get("PATH")}`, CI_WITHOUT_TOOLS: "1" },
    }).output();
    return { last: new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1) ?? "", code };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test({
  name: ".ci/run closes with the counts of the tests, and fails when anything did",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    assertEquals(await ci("ok | 12 passed (3 steps) | 0 failed | 1 ignored (4s)", 0, 0), {
      last: "12 passed, 0 failed",
      code: 0,
    });
    assertEquals(await ci("FAILED | 10 passed | 2 failed (1 step) (4s)", 1, 0), {
      last: "10 passed, 2 failed",
      code: 1,
    });
    assertEquals(await ci("ok | 12 passed | 0 failed (4s)", 0, 1), { last: "12 passed, 1 failed", code: 1 });
    assertEquals(await ci("error: Type checking failed.", 1, 1), { last: "0 passed, 2 failed", code: 1 });
  },
});
