/** Seed 000: "incorrect magic number", and which of three mistakes it is. */

import { assert, assertEquals } from "@std/assert";
import { CallLogTracer, diagnoseDescriptors, DriverBench, LogChecker, runDescriptors } from "../../mod.ts";
import type { DescriptorMistake, DescriptorOptions, DescriptorTable } from "../../mod.ts";
import { printed, seen } from "./teller.ts";

const ENGINES = ["chart", "table"] as const;
const MAGIC_STOPPED = 0x10;

/** What a run names, with the kind. */
function named(options: DescriptorOptions): string[] {
  return runDescriptors(options).findings.map(({ rule, kind }) => kind === null ? rule : `${rule}(${kind})`);
}

const MISTAKES: readonly (readonly [mistake: DescriptorMistake, coherent: boolean, rules: readonly string[]])[] = [
  ["magic", true, ["DescriptorFilledWrong(magic)"]],
  ["magic", false, ["DescriptorFilledWrong(magic)"]],
  ["adjacent", true, ["DescriptorFilledWrong(adjacent)"]],
  ["adjacent", false, ["DescriptorFilledWrong(adjacent)"]],
  ["cached", false, ["StaleDescriptorSuspected"]],
  ["cached", true, []],
  ["none", true, []],
  ["none", false, []],
];

for (const engine of ENGINES) {
  for (const [mistake, coherent, rules] of MISTAKES) {
    const platform = coherent ? "coherent" : "non-coherent";
    Deno.test(`${engine}, ${platform}: the mistake ${mistake} is ${rules.join() || "none"} [S0-28, S0-29, S0-32]`, () => {
      for (const seed of [0, 1, "another layout"]) {
        assertEquals(named({ engine, mistake, coherent, seed }), rules);
        const { intact, engineStatus } = runDescriptors({ engine, mistake, coherent, seed });
        assertEquals([intact, engineStatus === MAGIC_STOPPED], [rules.length === 0, rules.length > 0]);
      }
    });
  }
}

Deno.test("where devices snoop the cache, no mistake is ever put down to it [S0-29]", () => {
  for (const [mistake] of MISTAKES) {
    const rules = named({ mistake, coherent: true });
    assert(!rules.includes("StaleDescriptorSuspected"), `${mistake}: ${rules.join()}`);
  }
});

Deno.test("a wrong magic word is reported with channel, descriptor, found and expected [S0-28]", () => {
  const { findings, completedDescriptors } = runDescriptors({ mistake: "magic" });
  assertEquals(findings[0]!.details, "descriptor 2 has magic 0xad4a, expected 0xad4b");
  // What stands before it is carried out.
  assertEquals(completedDescriptors, 2);
});

Deno.test("an old copy is reported with the word, the CPU's value and RAM's [S0-32]", () => {
  const { findings } = runDescriptors({ mistake: "cached", coherent: false });
  assertEquals(findings[0]!.details, "word 0 of descriptor 0 is 0xad4b0000 for the CPU and 0x0 in RAM");
});

/** A table of two descriptors that a test may spoil, on a bench. */
function tableOnBench(coherent: boolean): { bench: DriverBench; table: DescriptorTable } {
  const bench = new DriverBench({ coherent });
  const { operations } = bench.getAdapter();
  const descriptors = operations.allocateCommonBuffer({ length: bench.descriptorBytes, cacheEnabled: true })!;
  const channel = bench.openChannel("c2h", descriptors);
  const addresses = Float64Array.of(0x1_2345_6000, 0x2_0000_0000);
  const pieces = { numberOfElements: 2, addresses, lengths: Float64Array.of(4096, 512) };
  channel.prepare(0, pieces, 0x8000);
  return { bench, table: { ...descriptors, direction: "c2h", pieces, cardAddress: 0x8000 } };
}

Deno.test("each field of a descriptor is compared with the list: magic, length, both addresses, next", () => {
  const spoiled: readonly (readonly [word: number, field: string])[] = [
    [0, "magic"],
    [1, "length"],
    [2, "address"],
    [3, "address"],
    [4, "address"],
    [5, "address"],
    [6, "next"],
    [7, "next"],
  ];
  for (const [word, field] of spoiled) {
    const { bench: { memory }, table } = tableOnBench(true);
    const port = memory.port("xdma0");
    assertEquals(diagnoseDescriptors(memory.space, port, table), null);
    const at = table.virtualAddress + 4 * word;
    memory.space.write32(at, memory.space.read32(at) ^ 0x4000_0000);
    const trouble = diagnoseDescriptors(memory.space, port, table);
    assertEquals([trouble?.rule, trouble?.index, trouble?.field], ["DescriptorFilledWrong", 0, field], `word ${word}`);
  }
});

Deno.test("Stop stands in the last descriptor and in no other: an engine without one fetches whatever stands behind", () => {
  for (const [index, found] of [[0, "has Stop, and 1 stand behind it"], [1, "has no Stop"]] as const) {
    const { bench: { memory }, table } = tableOnBench(true);
    const at = table.virtualAddress + 32 * index;
    memory.space.write32(at, memory.space.read32(at) ^ 1);
    const trouble = diagnoseDescriptors(memory.space, memory.port("xdma0"), table);
    assertEquals([trouble?.rule, trouble?.index, trouble?.field], ["DescriptorFilledWrong", index, "stop"]);
    assert(trouble!.details.includes(found), trouble!.details);
  }
});

Deno.test("the last descriptor's next is not compared: Stop ends the chain", () => {
  const { bench: { memory }, table } = tableOnBench(true);
  memory.space.write32(table.virtualAddress + 32 + 4 * 6, 0x1234);
  assertEquals(diagnoseDescriptors(memory.space, memory.port("xdma0"), table), null);
});

Deno.test("the checker tells a wrong constant from a count that crosses 4 KiB, and both from a log that is right", () => {
  for (const [mistake, kinds] of [["magic", ["magic"]], ["adjacent", ["adjacent"]], ["none", []]] as const) {
    let log = "";
    const trace = new CallLogTracer((piece) => log += piece);
    runDescriptors({ mistake, trace });
    trace.end();
    const checker = new LogChecker();
    checker.push(new TextEncoder().encode(log));
    assertEquals(checker.finish().findings.map(({ kind }) => kind), [...kinds]);
  }
});

Deno.test("magic: the story tells all three apart, and what the cured drivers do [S0-29, S0-32]", async () => {
  const { status, out } = await seen(["magic"]);
  assertEquals(status, 0);
  for (const words of ["DescriptorFilledWrong(magic)", "DescriptorFilledWrong(adjacent)", "StaleDescriptorSuspected"]) {
    assert(out.includes(words), `not said: ${words}`);
  }
  const { rows } = await printed(["magic"]);
  assertEquals(rows.map(({ engineStatus }) => engineStatus), [0x10, 0x10, 0x10, 6, 6, 6]);
  assertEquals(rows.map(({ intact }) => intact), [false, false, false, true, true, true]);
});
