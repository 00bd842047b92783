/**
 * SARIF 2.1.0: reports are held against a schema of our own, and against the standard's where somebody has it:
 * `SARIF_SCHEMA=sarif-schema-2.1.0.json deno test -A tests/check/sarif_test.ts` (the schema is published by OASIS).
 */
import { Ajv } from "ajv";
import { assert, assertEquals } from "@std/assert";
import { trial } from "../../tools/perturb/trial.ts";
import { checkCallLog, sarifLog } from "../../trace/check/mod.ts";
import type { CheckReport } from "../../trace/check/mod.ts";
import { SARIF_LOG } from "./sarif_schema.ts";
import { MAP, sync, TO, trace, UNMAP } from "./trace.ts";

const PATHS = ["driver.log", "/var/log/my driver #1?.log", "C:\\logs\\100%\\é.log", "<stdin>", "a:b.log", "fio.trace"];

async function reports(): Promise<{ readonly name: string; readonly report: CheckReport }[]> {
  // Many kinds of findings, damaged lines, and an empty log.
  const many = Array.from({ length: 150 }, (_, seed) => trial(seed).log).join("");
  const logs = [
    many,
    `${many}{"call":\n`,
    "\u0000\n{",
    "",
    `{"call":"Frobnicate"}`,
    trace(MAP, UNMAP, UNMAP, sync("cpu", TO), "dma_map_phys x").join("\n"),
  ];
  return await Promise.all(logs.map(async (log, at) => ({ name: PATHS[at]!, report: await checkCallLog(log) })));
}

const settings = { strict: false, validateFormats: false, unicodeRegExp: false };

Deno.test("SARIF of many findings, damaged lines and odd file names holds against what the standard demands", async () => {
  const log = sarifLog(await reports());
  const validate = new Ajv(settings).compile(SARIF_LOG);
  assert(validate(log), JSON.stringify(validate.errors));
  const { runs } = log as { runs: { results: unknown[]; tool: { driver: { rules: { id: string }[] } } }[] };
  const [{ results, tool }] = runs as [typeof runs[0]];
  assert(results.length > 100 && tool.driver.rules.length > 20, `${results.length} results`);
  assertEquals(runs.length, 2, "call logs, and a Linux trace");
  for (const { results, tool: { driver: { rules } } } of runs) {
    assertEquals(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const { ruleId, ruleIndex } of results as { ruleId: string; ruleIndex: number }[]) {
      assertEquals(rules[ruleIndex]?.id, ruleId);
    }
  }
});

Deno.test("the schema can say no: a line 0, an unknown level, a missing message", async () => {
  const validate = new Ajv(settings).compile(SARIF_LOG);
  const good = JSON.stringify(sarifLog((await reports()).slice(0, 1)));
  assert(validate(JSON.parse(good)));
  for (const [from, to] of [[`"startLine":`, `"startLine":-`], [`"error"`, `"fatal"`], [`"message"`, `"massage"`]]) {
    assert(!validate(JSON.parse(good.replace(from!, to!))), to);
  }
});

const published = Deno.env.get("SARIF_SCHEMA");

if (published !== undefined) {
  Deno.test("SARIF holds against the published schema", async () => {
    const { $schema: _, id: $id, ...schema } = JSON.parse(await Deno.readTextFile(published));
    const validate = new Ajv(settings).compile({ ...schema, $id });
    assert(validate(sarifLog(await reports())), JSON.stringify(validate.errors?.slice(0, 5)));
  });
}
