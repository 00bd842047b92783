/** The benchmark's own parts: what it reads, and that both sides of a row do the same work. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { compileRivals } from "../../tools/bench/rival_cpp.ts";
import { planRows } from "../../tools/bench/rows.ts";
import { median, readSample, runSide } from "../../tools/bench/side.ts";

Deno.test("a program's rounds are read with their checksums, and anything else is refused", () => {
  assertEquals(readSample("3.5 17\n1.25 18\n2 19\n"), { ns: 2, checksums: ["17", "18", "19"] });
  assertThrows(() => readSample("fast 17\n"), Error, "Cannot read");
  assertThrows(() => readSample(""), Error, "Cannot read");
});

Deno.test("the median is the middle one, of an even count the lower", () => {
  assertEquals([median([9, 1, 5]), median([4, 1, 3, 2]), median([7])], [5, 2, 7]);
});

/** So little of the work that all of it takes seconds, and still every request goes all the way. */
const TINY_SHARE = 1 / 100;

function hasCpp(): boolean {
  try {
    return new Deno.Command("g++", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "every row against C++ does the same work on both sides",
  // Without a compiler there is nothing to compare; the benchmark leaves those rows out as well.
  ignore: !hasCpp(),
  fn: () => {
    const folder = Deno.makeTempDirSync();
    try {
      assert(compileRivals(folder));
      const rows = planRows(folder, TINY_SHARE).filter(({ needsCpp }) => needsCpp);
      assertEquals(rows.map(({ id }) => id), [
        ...["path/cpp-plain", "path/cpp-release", "path/cpp-seq-cst", "workers/cpp", "table/cpp", "ring-64/cpp"],
        ...["events-8/cpp", "events-1024/cpp", "handover/cpp"],
      ]);
      for (const { id, duels } of rows) {
        for (const { ours, rival } of duels) {
          assert("command" in rival);
          assertEquals(runSide(ours).checksums, runSide(rival).checksums, `${id} ${rival.name}`);
        }
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
