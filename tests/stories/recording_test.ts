/** `--trace DIR`: files for other tools, and logs that our own checker finds clean. */
import { assert, assertEquals } from "@std/assert";
import { demo } from "../../examples/demo.ts";
import type { Host } from "../../examples/story.ts";
import { checkCallLog } from "../../trace/check/mod.ts";
import { listening } from "./teller.ts";

/** A host that keeps the files it is asked to make. */
function keeping(): { host: Host; files: Map<string, string> } {
  const files = new Map<string, string>();
  const createFile: Host["createFile"] = (folder, name) => {
    const path = `${folder}/${name}`;
    files.set(path, "");
    return (text) => void files.set(path, files.get(path)! + text);
  };
  return { host: { ...listening().host, createFile }, files };
}

Deno.test("a recorded burst leaves a timeline, waves with their layout and a call log for each strategy, and the log is clean", async () => {
  const { host, files } = keeping();
  const strategies = ["classic", "new-model", "isr-reprogram", "sync-recipe", "copy"];
  const args = ["burst", "--trace", "out", "--strategy", strategies.join(",")];
  assertEquals(await demo(args, host), 0);
  const expected = strategies.flatMap((strategy) =>
    [".gtkw", ".json", ".jsonl", ".vcd"].map((extension) => `out/burst-${strategy}${extension}`)
  );
  assertEquals([...files.keys()].sort(), expected.sort());
  for (const strategy of strategies) {
    const log = files.get(`out/burst-${strategy}.jsonl`)!;
    assert(log.length > 5_000);
    assertEquals((await checkCallLog(log)).findings, [], strategy);
    assert(files.get(`out/burst-${strategy}.vcd`)!.includes("$enddefinitions"));
    assert(files.get(`out/burst-${strategy}.json`)!.startsWith("["));
  }
});

Deno.test("without --trace no file is made", async () => {
  const { host, files } = keeping();
  assertEquals(await demo(["burst", "--strategy", "copy"], host), 0);
  assertEquals(files.size, 0);
});

Deno.test("a file that cannot be written is one sentence and exit 2", async () => {
  const { host } = keeping();
  const told: string[] = [];
  const refusing: Host = {
    ...host,
    err: (line) => void told.push(line),
    createFile: (folder, name) => `Cannot write --trace file "${folder}/${name}": no such device`,
  };
  assertEquals(await demo(["burst", "--trace", "out"], refusing), 2);
  assertEquals(told, ['Cannot write --trace file "out/burst-classic.json": no such device']);
});
