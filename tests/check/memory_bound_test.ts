/** What the checker keeps is bounded by what is alive in a log: the records are counted, not the bytes. */
import { assert } from "@std/assert";
import { CallLogChecker } from "../../trace/check/mod.ts";
import { build, call, classic, event, flush, free, get, init, map, mdl, on, put } from "./log.ts";

/** One whole transfer whose every address is new. Eleven lines. */
function transfer(number: number): string[] {
  const at = (high: string): string => `0x${high}${(0x1000 + number).toString(16)}000`;
  const DmaTransferContext = at("c");
  const sgl = at("b");
  const Irp = at("e");
  const Mdl = at("5");
  return [
    mdl({ mdl: Mdl, locked: true }),
    event("irp", { irp: Irp, state: "received", mdl: Mdl, entry: at("f") }),
    call("IoMarkIrpPending", { Irp }),
    init({ DmaTransferContext }),
    build({ DmaTransferContext, Mdl, ScatterGatherBuffer: sgl }),
    free(),
    event("descriptors-written", { channel: "h2c0", sgl }),
    event("doorbell", { channel: "h2c0", sgl }),
    event("device-done", { channel: "h2c0", sgl }),
    put({ ScatterGather: sgl }),
    call("IoCompleteRequest", { Irp }),
  ];
}

Deno.test("two hundred thousand lines keep no more records than fifty thousand: deno task check reads millions", () => {
  const checker = new CallLogChecker();
  checker.push(get());
  let number = 0;
  const most = (lines: number): number => {
    let kept = 0;
    for (const end = number + lines / 11; number < end; number++) {
      for (const line of transfer(number)) checker.push(line);
      if (number % 100 === 0) kept = Math.max(kept, checker.kept);
    }
    return kept;
  };
  most(150_000);
  const before = most(50_000);
  const after = most(200_000);
  assert(after <= before * 1.02, `${before} records, then ${after}`);
  // The last endings of each kind, and descriptions of idle MDLs and contexts: some thousand each.
  assert(after < 45_000, `${after} records`);
  const { summary } = checker.finish();
  assert(summary.errors === 0, `${summary.errors} errors`);
});

Deno.test("what is not given back stays, and nothing else does", () => {
  const checker = new CallLogChecker();
  checker.push(get());
  const before = checker.kept;
  for (let number = 0; number < 300; number++) {
    const DmaTransferContext = `0xC${number}`;
    const ScatterGatherBuffer = `0xB${number}`;
    for (const line of [init({ DmaTransferContext }), build({ DmaTransferContext, ScatterGatherBuffer, Mdl: null })]) {
      checker.push(line);
    }
    checker.push(free());
  }
  // A list by its address and in its adapter, and its context.
  assert(checker.kept === before + 3 * 300, `${checker.kept - before} records`);
  for (let number = 0; number < 300; number++) checker.push(put({ ScatterGather: `0xB${number}` }));
  // The context, and the ending of the list.
  assert(checker.kept === before + 2 * 300, `${checker.kept - before} records`);
  checker.push(on("PutDmaAdapter"));
});

Deno.test("grants without registers, which nobody frees, do not pile up", () => {
  const checker = new CallLogChecker();
  checker.push(get());
  const turn = (): number => {
    for (const line of [...classic(2, "DeallocateObjectKeepRegisters", null), map({ MapRegisterBase: null })]) {
      checker.push(line);
    }
    checker.push(flush({ MapRegisterBase: null }));
    return checker.kept;
  };
  const once = turn();
  for (let times = 0; times < 500; times++) assert(turn() <= once, `${checker.kept} records`);
});
