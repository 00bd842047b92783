/** Bad input: one clear sentence with line and column, and the rest is still checked. */
import { assert, assertEquals } from "@std/assert";
import { checkCallLog, exitStatus, LogChecker } from "../../trace/check/mod.ts";
import type { CheckReport } from "../../trace/check/mod.ts";
import { Prng } from "../../sim/prng.ts";
import { ADAPTER_ROUTINES, KERNEL_ROUTINES } from "../../trace/check/routine_table.ts";
import { BUILT, checked, END, event, get, on, putAdapter } from "./log.ts";

const said = ({ damaged }: CheckReport): string[] =>
  damaged.map(({ line, column, message }) => `${line}:${column} ${message}`);

Deno.test("a damaged line is told with line and column, and the rest is checked", () => {
  const report = checked([...BUILT, `{"call":"Put`, putAdapter()]);
  assertEquals(report.damaged.map(({ line }) => line), [5]);
  assertEquals(report.findings.map(({ rule, line }) => `${line} ${rule}`), ["6 PutAdapterWithSgl"]);
  assertEquals(exitStatus(report), 2);
});

Deno.test("wrong types, both kinds, neither kind: each in one sentence", () => {
  const wrong = [
    `{"call":"PutDmaAdapter","event":"end"}`,
    `{"t":1}`,
    `{"call":7}`,
    `[1]`,
    `{"call":"PutDmaAdapter","args":[]}`,
    `{"call":"PutDmaAdapter","args":{"DmaAdapter":5}}`,
    `{"event":"mdl","mdl":"0x1","byteCount":"many"}`,
    `{"call":"PutDmaAdapter","irql":"SOMEWHERE"}`,
    `{"event":"doorbell","descriptors":1}`,
  ];
  assertEquals(said(checked(wrong)), [
    "1:25 both `call` and `event` in one line: expected one of them",
    "2:1 neither `call` nor `event`: expected one of them",
    "3:2 `call` must be the name of a routine",
    "4:1 expected an object, `{`",
    "5:25 `args` must be an object of parameters",
    "6:33 `DmaAdapter` must be a hex string such as 0xA1, or null",
    "7:28 `byteCount` must be a whole number, 0 or more",
    "8:25 `irql` must be one of PASSIVE, APC, DISPATCH, DIRQL or 0 to 31",
    "9:21 `descriptors` must be an array of [address, length, magic, next]",
  ]);
});

Deno.test("blank lines, comments, a BOM and both line ends are read over", async () => {
  const text = `\ufeff# a comment\r\n\r\n${[...BUILT, ...END].join("\r\n")}\r\n`;
  const { summary, damaged } = await checkCallLog(text);
  assertEquals([summary.calls, summary.events, damaged.length, summary.errors], [6, 1, 0, 0]);
});

Deno.test("an empty log is clean, with a note", async () => {
  const report = await checkCallLog("");
  assertEquals(exitStatus(report), 0);
  assertEquals(report.notes, [{ line: 0, message: "the log is empty" }]);
});

Deno.test("a text that is no call log is told by its first lines, and the rest of it is counted", () => {
  const text = Array.from({ length: 24 }, (_, number) => `Some other line, number ${number}`);
  const report = checked([...text, get(), ...text]);
  assertEquals(report.damaged.map(({ line }) => line), [1, 2, 3, 26, 27, 28]);
  assertEquals([report.summary.damaged, exitStatus(report)], [48, 2]);
});

Deno.test("misspelt keys, arguments and members are noted once, with what was probably meant", () => {
  const report = checked([
    `{"call":"PutDmaAdapter","agrs":{"DmaAdapter":"0x1"}}`,
    `{"call":"PutDmaAdapter","args":{"DmaAdaptor":"0x1"}}`,
    `{"call":"PutDmaAdapter","args":{"DmaAdaptor":"0x2"}}`,
    `{"call":"PutScatterGatherList","args":{"DmaAdapter":"0x1","ScatterGatherList":"0x7","WriteToDevice":true}}`,
    `{"event":"doorbell","chanel":"h2c0","sgl":"0x7"}`,
    `{"call":"JoinDmaDomain","args":{"DmaAdapter":"0x1","DomainHandle":"0x5","Extra":1}}`,
  ]);
  assertEquals(report.notes.map(({ line, message }) => `${line} ${message}`), [
    "1 unknown key agrs of a call, not read; expected args, out, ret, irql, cpu, t",
    "2 unknown argument DmaAdaptor of PutDmaAdapter, not read; expected DmaAdapter",
    "4 unknown argument ScatterGatherList of PutScatterGatherList, not read; expected ScatterGather",
    "5 unknown key chanel of the event doorbell, not read; expected channel, address, irql, cpu, t",
    "6 unknown argument Extra of JoinDmaDomain, not read",
  ]);
  assertEquals(exitStatus(report), 0);
  const nested = `{"call":"IoGetDmaAdapter","args":{"DeviceDescription":{"Version":3,"MaximunLength":1}}}`;
  assert(checked([nested]).notes[0]!.message.startsWith("unknown member MaximunLength of DeviceDescription, not read"));
});

Deno.test("every routine that the checker follows has its parameters, or nobody knows them", () => {
  const silent = [...ADAPTER_ROUTINES.keys(), ...KERNEL_ROUTINES.keys()].filter((call) =>
    checked([`{"call":"${call}","args":{"NoSuchParameter":1}}`]).notes.length === 0
  );
  assertEquals(silent, ["CreateCommonBufferFromMdl", "WdfCommonBufferCreate", "WdfCommonBufferCreateWithConfig"]);
});

Deno.test("unknown routines and events are noted once, and are no findings", () => {
  const unknown = [`{"call":"Frobnicate"}`, `{"call":"Frobnicate"}`, event("sunrise")];
  const report = checked(unknown);
  assertEquals(report.notes.map(({ line, message }) => `${line} ${message}`), [
    "1 unknown routine Frobnicate, not checked",
    "3 unknown event sunrise, not checked",
  ]);
  assertEquals(exitStatus(report), 0);
});

Deno.test("NUL bytes, bytes that are no UTF-8 and a line of 10 MB are told, and nothing piles up", () => {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  const checker = new LogChecker();
  checker.push(encode(`{"call":\0}\n`));
  checker.push(Uint8Array.of(0x7b, 0xff, 0xfe, 0x0a));
  const piece = new Uint8Array(65_536).fill(0x20);
  for (let pieces = 0; pieces < 160; pieces++) checker.push(piece);
  checker.push(encode(`\n${get()}\n`));
  const report = checker.finish();
  assertEquals(said(report), [
    "1:9 a NUL byte, expected text",
    "2:1 bytes that are no UTF-8, expected text",
    "3:1 the line has 10485760 bytes, at most 1048576 are read",
  ]);
  assertEquals(report.summary.calls, 1);
});

Deno.test("a line may arrive in pieces of any size", () => {
  const bytes = new TextEncoder().encode([...BUILT, putAdapter()].join("\n"));
  for (const size of [1, 7, 64, 1000]) {
    const checker = new LogChecker();
    for (let at = 0; at < bytes.length; at += size) checker.push(bytes.subarray(at, at + size));
    const { findings, summary } = checker.finish();
    assertEquals([summary.lines, findings.map(({ rule }) => rule).join()], [5, "PutAdapterWithSgl"]);
  }
});

Deno.test("random bytes and mutated logs never break the checker: 6000 inputs", () => {
  const random = new Prng("the parser under fire");
  const good = new TextEncoder().encode([...BUILT, ...END].join("\n"));
  for (let round = 0; round < 6000; round++) {
    const bytes = round % 3 === 0 ? new Uint8Array(random.below(300)) : good.slice(0, 1 + random.below(good.length));
    const changes = round % 3 === 0 ? bytes.length : 1 + random.below(6);
    for (let change = 0; change < changes; change++) bytes[random.below(bytes.length || 1)] = random.below(256);
    const checker = new LogChecker();
    checker.push(bytes);
    const { summary } = checker.finish();
    assert(summary.lines <= bytes.length + 1);
  }
});

/** Lines as UTF-16 with its mark. */
function utf16(lines: readonly string[], littleEndian: boolean): Uint8Array {
  const text = `\ufeff${lines.join("\r\n")}`;
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let index = 0; index < text.length; index++) view.setUint16(2 * index, text.charCodeAt(index), littleEndian);
  return new Uint8Array(view.buffer);
}

Deno.test("a log that was printed prettily is told so once", () => {
  const pretty = JSON.stringify([JSON.parse(putAdapter())], null, 2).split("\n");
  const report = checked(pretty);
  assertEquals(said(report), ["1:1 JSON over several lines, expected one object a line"]);
  assertEquals([report.summary.damaged, exitStatus(report)], [pretty.length, 2]);
});

Deno.test("UTF-16 may come byte by byte", () => {
  const checker = new LogChecker();
  const bytes = utf16([...BUILT, putAdapter()], true);
  for (let at = 0; at < bytes.length; at++) checker.push(bytes.subarray(at, at + 1));
  const { summary, findings } = checker.finish();
  assertEquals([summary.lines, summary.damaged, findings.map(({ rule }) => rule)], [5, 0, ["PutAdapterWithSgl"]]);
});

/** Each input with the sentences it gets, what is still found in the rest, and the exit status. */
const TABLE:
  readonly (readonly [name: string, input: string | Uint8Array, said: string[], rules: string[], status: 0 | 1 | 2])[] =
    [
      [
        "a log that stops inside a line",
        `${BUILT.join("\n")}\n{"call":"Put`,
        ["5:13 not valid JSON: Unterminated string"],
        [],
        2,
      ],
      ["a log without a last line end", [...BUILT, putAdapter()].join("\n"), [], ["PutAdapterWithSgl"], 1],
      ["one line end and nothing else", "\n", [], [], 0],
      ["comments only", "# a\n# b\n", [], [], 0],
      ["UTF-16, as PowerShell writes it", utf16([...BUILT, putAdapter()], true), [], ["PutAdapterWithSgl"], 1],
      ["UTF-16 the other way round", utf16([...BUILT, putAdapter()], false), [], ["PutAdapterWithSgl"], 1],
      ["UTF-16 without its mark", utf16([putAdapter()], true).subarray(2), ["1:2 a NUL byte, expected text"], [], 2],
      ["an array", "[1]", ["1:1 expected an object, `{`"], [], 2],
      ["a word", "hello", ["1:1 expected an object, `{`"], [], 2],
      [
        "two objects in a line",
        `${putAdapter()}${putAdapter()}`,
        [
          "1:54 not valid JSON: Unexpected non-whitespace character after JSON",
        ],
        [],
        2,
      ],
      [
        "a key that is also a value",
        `{"event":"mdl","mdl":1}`,
        ["1:16 `mdl` must be a hex string such as 0xA1, or null"],
        [],
        2,
      ],
      [
        "a pointer as a number",
        `{"call":"PutDmaAdapter","args":{"DmaAdapter":161}}`,
        [
          "1:33 `DmaAdapter` must be a hex string such as 0xA1, or null",
        ],
        [],
        2,
      ],
      [
        "a pointer of 17 digits",
        `{"call":"PutDmaAdapter","args":{"DmaAdapter":"0x11112222333344445"}}`,
        [
          "1:33 `DmaAdapter` must be a hex string such as 0xA1, or null",
        ],
        [],
        2,
      ],
      [
        "a length below zero",
        on("GetScatterGatherList", { Length: -1 }),
        [
          "1:60 `Length` must be a whole number, 0 or more",
        ],
        [],
        2,
      ],
      [
        "half a byte",
        on("GetScatterGatherList", { Length: 0.5 }),
        [
          "1:60 `Length` must be a whole number, 0 or more",
        ],
        [],
        2,
      ],
      [
        "args that are none",
        `{"call":"PutDmaAdapter","args":"0xA1"}`,
        ["1:25 `args` must be an object of parameters"],
        [],
        2,
      ],
      [
        "a cpu below zero",
        `{"call":"PutDmaAdapter","cpu":-1}`,
        ["1:25 `cpu` must be the number of a processor"],
        [],
        2,
      ],
      ["damage in the middle", [...BUILT, "\u0000", putAdapter()].join("\n"), ["5:1 a NUL byte, expected text"], [
        "PutAdapterWithSgl",
      ], 2],
      ["a name of the language", `{"call":"constructor","args":{"__proto__":{"DmaAdapter":"0xA1"}}}`, [], [], 0],
    ];

for (const [name, input, sentences, rules, status] of TABLE) {
  Deno.test(`bad input, ${name}: told with line and column, and the rest is checked`, () => {
    const checker = new LogChecker();
    checker.push(typeof input === "string" ? new TextEncoder().encode(input) : input);
    const report = checker.finish();
    assertEquals(said(report), sentences);
    assertEquals(report.findings.filter(({ severity }) => severity !== "note").map(({ rule }) => rule), rules);
    assertEquals(exitStatus(report), status);
  });
}
