/** What holds for every disaster: its logs, its recorded files, its failures. */

import { assert, assertEquals } from "@std/assert";
import { LogChecker, textReport } from "../../mod.ts";
import { demo, STORIES } from "../../examples/demo.ts";
import type { Host } from "../../examples/story.ts";
import { listening, printed } from "./teller.ts";

/** The stories that show misuse, and how many runs each has. */
const DISASTERS: Readonly<Record<string, number>> = {
  unload: 5,
  magic: 6,
  "invalid-parameter": 11,
  "locked-pages": 5,
  context: 6,
  cancel: 3,
  timeout: 6,
};

/** Text with every space and line break as one space: stories fold the checker's long lines. */
const flat = (text: string): string => text.replace(/\s+/g, " ");

for (const [name, runs] of Object.entries(DISASTERS)) {
  Deno.test(`${name}: what the story prints is what deno task check prints of the log that --trace leaves [X-6]`, async () => {
    const { host, heard } = listening();
    const files = new Map<string, string>();
    const createFile: Host["createFile"] = (folder, file) => {
      const path = `${folder}/${file}`;
      files.set(path, "");
      return (text) => void files.set(path, files.get(path)! + text);
    };
    assertEquals(await demo([name, "--trace", "out", "--engine", "table"], { ...host, createFile }), 0);
    const logs = [...files].filter(([path]) => path.endsWith(".jsonl"));
    assertEquals(logs.length, runs);
    const told = flat(heard.out);
    let shown = 0;
    for (const [path, log] of logs) {
      const file = path.slice("out/".length);
      // How a log is judged stands in the heading.
      const kmdf = told.includes(`deno task check ${file} --profile kmdf`);
      const checker = new LogChecker(kmdf ? { profile: "kmdf" } : {});
      checker.push(new TextEncoder().encode(log));
      const text = textReport(file, checker.finish());
      if (told.includes(flat(text))) shown++;
      else if (name !== "timeout") assert(!told.includes(`deno task check ${file}`), `${file} is not shown as it is`);
    }
    assert(shown >= 2, `${shown} of ${runs} logs are shown`);
  });

  Deno.test(`${name}: both engines tell the same, with and without an IOMMU`, async () => {
    for (const options of [[], ["--iommu"]]) {
      const [chart, table] = await Promise.all(
        ["chart", "table"].map((engine) => printed([name, "--seed", "3", "--engine", engine, ...options])),
      );
      assertEquals(chart!.rows, table!.rows);
    }
  });
}

Deno.test("every disaster is in the list of stories", () => {
  const names = STORIES.map(({ name }) => name);
  assertEquals(names.filter((name) => name in DISASTERS), Object.keys(DISASTERS));
});

Deno.test("logs of disasters say when the driver and the process end", async () => {
  const { host } = listening();
  let log = "";
  const createFile: Host["createFile"] = (_folder, file) =>
    file === "locked-pages-no-unlock.jsonl" ? (text) => void (log += text) : () => {};
  assertEquals(await demo(["locked-pages", "--trace", "out"], { ...host, createFile }), 0);
  const happened = log.split("\n").flatMap((line) => line === "" ? [] : [JSON.parse(line).event]);
  assertEquals(happened.filter((event) => event !== undefined).slice(-3), ["process-exit", "driver-unload", "end"]);
});
