/** The package as Node users get it: packed, unpacked, imported, run. */
import { assert, assertEquals } from "@std/assert";
import { createRequire } from "node:module";

const ROOT = new URL("../../", import.meta.url);

/** What a person writes who has installed the package: a file goes there and back, a lifecycle runs alone. */
const PROGRAM = `
import { createHash } from "node:crypto";
import { CallLogTracer, checkCallLog, runRoundTrip } from "@dmactor/dmactor";
import { compileRows } from "@dmactor/dmactor/fastpath";
import { scatterGatherListMachine } from "@dmactor/dmactor/machines";
import { Prng } from "@dmactor/dmactor/sim";
import { CHARTS } from "@dmactor/dmactor/trace";
import { createActor } from "xstate";

const prng = new Prng("node");
const bytes = Uint8Array.from({ length: 100_000 }, () => prng.below(256));
const hash = (data) => createHash("sha256").update(data).digest("hex");
let log = "";
const trace = new CallLogTracer((text) => log += text);
const { bytes: back, simulatedNs, violations } = runRoundTrip({ bytes, strategy: "isr-reprogram", trace });
trace.end();
const actor = createActor(scatterGatherListMachine).start();
actor.send({ type: "FILL" });
console.log(JSON.stringify({
  runtime: typeof Deno + process.version.split(".")[0],
  before: hash(bytes),
  after: hash(back),
  simulatedNs,
  violations,
  findings: (await checkCallLog(log)).findings.length,
  state: actor.getSnapshot().value,
  charts: CHARTS.length,
  states: compileRows(scatterGatherListMachine).states.length,
}));
`;

/** True if Node 20 or later is here. */
function hasNode(): boolean {
  try {
    const { stdout } = new Deno.Command("node", { args: ["--version"] }).outputSync();
    return Number(new TextDecoder().decode(stdout).match(/^v(\d+)/)?.[1]) >= 20;
  } catch {
    return false;
  }
}

/** Runs a command; its output, or what it said went wrong. */
async function output(command: string, args: string[], cwd: string | URL): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args, cwd }).output();
  const decoder = new TextDecoder();
  assertEquals(code, 0, `${command} ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

Deno.test({
  name: "the packed package runs a story in Node and every byte comes back (skipped where there is no Node 20)",
  ignore: !hasNode(),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      await output(Deno.execPath(), ["pack", "--quiet", "--allow-dirty", "--output", `${folder}/package.tgz`], ROOT);
      const installed = `${folder}/node_modules/@dmactor/dmactor`;
      await Deno.mkdir(installed, { recursive: true });
      await output("tar", ["-xzf", `${folder}/package.tgz`, "-C", installed, "--strip-components=1"], folder);
      // The one dependency, as it lies in the cache already: no registry is asked.
      const [xstate = ""] = createRequire(import.meta.url).resolve("xstate").match(/^.*\/xstate\/[^/]+/) ?? [];
      await Deno.symlink(xstate, `${folder}/node_modules/xstate`);
      await Deno.writeTextFile(`${folder}/program.mjs`, PROGRAM);

      const told = JSON.parse(await output("node", ["program.mjs"], folder));
      assert(/^undefinedv\d+$/.test(told.runtime), told.runtime);
      assert(told.simulatedNs > 0 && told.charts >= 15 && told.states >= 5);
      const { after, violations, findings, state } = told;
      assertEquals({ after, violations, findings, state }, {
        after: told.before,
        violations: [],
        findings: 0,
        state: "filled",
      });

      const { dependencies, exports } = JSON.parse(await Deno.readTextFile(`${installed}/package.json`));
      assertEquals(Object.keys(dependencies), ["xstate"]);
      for (const { types, import: module } of Object.values<{ types: string; import: string }>(exports)) {
        for (const path of [types, module]) assert((await Deno.stat(`${installed}/${path}`)).isFile, path);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
