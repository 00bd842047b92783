/** What is assembled is what runs: constants and places of every size, and the order of four words. */
import { assertEquals } from "@std/assert";
import * as wasm from "../../fastpath/assembler.ts";

const BYTES = 1 << 16;
const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });

function run(code: wasm.WasmFunction, ...words: number[]): number {
  const module = new WebAssembly.Module(wasm.assemble(1, [code]));
  const { exports } = new WebAssembly.Instance(module, { path: { memory } });
  return (exports[code.name] as (...given: number[]) => number)(...words);
}

Deno.test("a constant of any size is itself", () => {
  for (const value of [0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
    assertEquals(run(wasm.writeFunction("one", ["given"], ({ given }) => [wasm.add(given, value)]), 0), value);
  }
});

Deno.test("a column is found wherever it stands, word by word and four at a time", () => {
  for (const at of [0, 4, 124, 128, 16_380, 16_384, BYTES - 64]) {
    const column = new Int32Array(memory.buffer, at, 16);
    column.set([10, 11, 12, 13, 14]);
    const copy = wasm.writeFunction("copy", ["offset"], ({ offset }) => [
      wasm.writeFour(column, offset, wasm.readFour(column, offset, 1), 8),
      wasm.writeHalf(column, offset, wasm.readFour(column, offset), 1, 12),
      wasm.write(column, offset, wasm.read(column, offset, 4), 14),
      wasm.read(column, offset),
    ]);
    assertEquals(run(copy, 0), 10);
    assertEquals([...column.subarray(8, 15)], [11, 12, 13, 14, 12, 13, 14]);
    column.fill(0);
  }
});

Deno.test("shuffles, masks and comparisons of four words do what they are called", () => {
  const columns = Array.from({ length: 12 }, (_, number) => new Int32Array(memory.buffer, number * 16, 4));
  const [left, right] = [wasm.constant(1, 2, 3, -4), wasm.constant(5, 2, 7, 8)];
  const expected: [wasm.Four, number[]][] = [
    [wasm.lowWords(left, right), [1, 5, 2, 2]],
    [wasm.highWords(left, right), [3, 7, -4, 8]],
    [wasm.lowHalves(left, right), [1, 2, 5, 2]],
    [wasm.highHalves(left, right), [3, -4, 7, 8]],
    [wasm.notEqualFours(left, right), [-1, 0, -1, -1]],
    [wasm.notBelowFours(left, right), [0, -1, 0, -1]],
    [wasm.choose(wasm.constant(-1, 0, -1, 0), left, right), [1, 2, 3, 8]],
    [wasm.withLane(left, 2, wasm.laneOf(right, 3)), [1, 2, 8, -4]],
    [wasm.subtractFours(left, right), [-4, 0, -4, -12]],
    [wasm.addFours(left, wasm.splat(10)), [11, 12, 13, 6]],
  ];
  const all = wasm.writeFunction("all", ["offset"], ({ offset }) => [
    ...expected.map(([value], number) => wasm.writeFour(columns[number]!, offset, value)),
    wasm.any(wasm.xorFours(wasm.andFours(left, right), wasm.andFours(right, left))),
  ]);
  assertEquals(run(all, 0), 0);
  expected.forEach(([, words], number) => assertEquals([...columns[number]!], words));
});
