/** The benchmark's own parts: what it reads, and that both sides of a row do the same work. */
import { assertEquals, assertThrows } from "@std/assert";
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

Deno.test("every row against C++ does the same work on both sides", () => {
  const folder = Deno.makeTempDirSync();
  try {
    // Without a compiler there is nothing to compare; the benchmark leaves those rows out as well.
    if (!compileRivals(folder)) return;
    const rows = planRows(folder, true).filter(({ id }) =>
      ["path/cpp-plain", "table/cpp", "events-8/cpp"].includes(id)
    );
    assertEquals(rows.length, 3);
    for (const { ours, rival } of rows.flatMap(({ duels }) => duels)) {
      if (!("command" in rival)) continue;
      assertEquals(runSide(ours).checksums, runSide(rival).checksums);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
