/** The crash model: what strict mode stops with, and what it tells. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  AccessWatch,
  BUG_CHECKS,
  BugCheck,
  bugCheckFor,
  DriverBench,
  RULES,
  runCancel,
  runContexts,
  runHangingIoctl,
  runLockedPages,
  runRecipe,
  runUserBuffer,
  StorySoFar,
  StrictFinding,
} from "../../mod.ts";
import type { Finding, RecipeStep, RuleName } from "../../mod.ts";
import { crashOf } from "../../examples/disaster.ts";

/** What a run stops with; it must be a bug check. */
function stopped(run: () => void): BugCheck {
  const crash = crashOf(run);
  assert(crash instanceof BugCheck, `stopped with ${crash?.message ?? "nothing"}`);
  return crash;
}

const values = ({ parameters }: BugCheck): (string | null)[] => parameters.map(({ value }) => value);

for (const engine of ["chart", "table"] as const) {
  Deno.test(`${engine}: a list left at PutDmaAdapter stops with 0xE6/0x0A, the adapter and the number of lists [S0-2]`, () => {
    const leaveOut: RecipeStep[] = ["PutScatterGatherList"];
    for (const transferCount of [1, 3]) {
      const crash = stopped(() => runRecipe({ engine, leaveOut, transferCount, strict: true }));
      assertEquals([crash.stopCode, crash.codeName], ["0xE6", "DRIVER_VERIFIER_DMA_VIOLATION"]);
      const [number, adapter, count, internal] = values(crash);
      assertEquals([number, count, internal], ["0x0A", String(transferCount), null]);
      assert(adapter!.startsWith("0xffff"), `the adapter is at ${adapter}`);
      assertEquals(crash.finding.rule, "PutAdapterWithSgl");
    }
  });

  Deno.test(`${engine}: a channel left at PutDmaAdapter stops with 0xE6/0x08, if nothing is left that counts more [S0-2]`, () => {
    const both = stopped(() =>
      runRecipe({ engine, leaveOut: ["FreeAdapterObject", "PutScatterGatherList"], strict: true })
    );
    assertEquals(values(both)[0], "0x0A");
    const alone = stopped(() => runRecipe({ engine, leaveOut: ["FreeAdapterObject"], strict: true }));
    assertEquals([values(alone)[0], values(alone)[2]], ["0x08", "1"]);
  });
}

Deno.test("the story of a crash is what happened to its resource, in order, the last call at the end", () => {
  const { story, lines } = stopped(() => runRecipe({ leaveOut: ["PutScatterGatherList"], strict: true }));
  const calls = story.flatMap((event) => event.kind === "call" ? [event.call] : []);
  assertEquals(calls.slice(-4), [
    "BuildScatterGatherListEx",
    "FreeAdapterObject",
    "FreeCommonBuffer",
    "PutDmaAdapter",
  ]);
  const steps = story.flatMap((event) => event.kind === "state" ? [event.to] : []);
  assertEquals(steps, ["live.heldByList", "live.free", "released"]);
  const times = story.map(({ atNs }) => atNs);
  assertEquals(times, times.toSorted((one, other) => one - other));
  assertEquals(lines[0], "STOP 0xE6 DRIVER_VERIFIER_DMA_VIOLATION");
  assert(lines.at(-1)!.endsWith("released (PUT_DMA_ADAPTER)"), lines.at(-1));
});

Deno.test("a story keeps only what is of its resource, and only the last few thousand events of a run", () => {
  const story = new StorySoFar();
  story.emit({ kind: "object", atNs: 0, actor: "sgl:1", pointer: "0xB1" });
  const call = (atNs: number, ScatterGather: string): void =>
    story.emit({
      kind: "call",
      atNs,
      cpu: 0,
      irql: "DISPATCH",
      call: "PutScatterGatherList",
      args: { ScatterGather },
      ret: null,
      out: null,
    });
  const state = (atNs: number, actor: string, to: string): void =>
    story.emit({ kind: "state", atNs, actor, event: "READ", from: "filled", to });
  call(1, "0xB1");
  call(2, "0xB2");
  state(3, "sgl:1", "deviceOwned");
  state(4, "sgl:1", "filled");
  state(5, "sgl:2", "deviceOwned");
  // A step that leads nowhere is no news.
  assertEquals(story.of("sgl:1").map(({ atNs }) => atNs), [1, 3]);
  assertEquals([story.of("sgl:1", 1).map(({ atNs }) => atNs), story.of("sgl:1", 0)], [[3], []]);
  for (let atNs = 10; atNs < 20_000; atNs++) call(atNs, "0xB2");
  assertEquals(story.of("sgl:1"), []);
});

Deno.test("a wrong IRQL stops with what was expected and what it was; an address outside its MDL with both", () => {
  const level = stopped(() => runHangingIoctl({ asPosted: true, strict: true }));
  assertEquals(values(level), ["0x13", "0x1", "2", "0"]);
  const address = stopped(() =>
    runUserBuffer({ profile: "packet", maximumLength: 128, buffer: "heap", passedVa: "startVa", strict: true })
  );
  const [number, va, mdl] = values(address);
  assertEquals([number, va], ["0x1B", "0x20000000000"]);
  assert(mdl!.startsWith("0xffff"), `the MDL is at ${mdl}`);
});

Deno.test("a list put twice stops with 0xE6/0x06 and how many were allocated and freed", () => {
  const bench = new DriverBench({ strict: true });
  const { operations } = bench.getAdapter();
  const { mdl } = bench.allocateBuffer(4096);
  bench.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const crash = stopped(() =>
    bench.atDispatch(() => {
      operations.getScatterGatherList({
        deviceObject: bench.deviceObject,
        mdl,
        currentVa: mdl.startVa,
        length: 4096,
        writeToDevice: true,
        context: null,
        executionRoutine: (_device, scatterGather) => {
          for (let time = 0; time < 2; time++) {
            operations.putScatterGatherList({ scatterGather, writeToDevice: true });
          }
        },
      });
    })
  );
  assertEquals(values(crash), ["0x06", "1", "2"]);
});

Deno.test("an access after Put stops with 0xE6/0x26, the device and the address", () => {
  const bench = new DriverBench({ strict: true });
  const { dmaAdapter, operations } = bench.getAdapter();
  const port = bench.memory.port(bench.deviceObject.name);
  new AccessWatch(bench.hal, port).hook(dmaAdapter);
  const { mdl } = bench.allocateBuffer(4096);
  bench.mdls.mmProbeAndLockPages(mdl, "UserMode", "IoReadAccess");
  const { list } = bench.build(operations, mdl, true, bench.createListBuffer(4096));
  bench.freeChannel(operations);
  const at = list.addresses[0]!;
  const read = (): void => void port.read(at, new Uint8Array(64), 0, 64);
  read();
  bench.atDispatch(() => operations.putScatterGatherList({ scatterGather: list, writeToDevice: true }));
  assertEquals(values(stopped(read)), ["0x26", "xdma0", `0x${at.toString(16)}`, null]);
});

Deno.test("too many map registers at once stop with 0xE6/0x0C and how many there may be", () => {
  const bench = new DriverBench({ strict: true });
  const { operations, numberOfMapRegisters } = bench.getAdapter();
  const crash = stopped(() =>
    bench.atDispatch(() =>
      operations.allocateAdapterChannel({
        deviceObject: bench.deviceObject,
        numberOfMapRegisters: numberOfMapRegisters + 1,
        executionRoutine: () => "DeallocateObjectKeepRegisters",
        context: null,
      })
    )
  );
  assertEquals(values(crash), ["0x0C", null, String(numberOfMapRegisters)]);
});

Deno.test("locked pages at process exit: 0x76 with their number, 0xCB with the MDL where they are tracked [S1-29]", () => {
  const crash = stopped(() => runLockedPages({ driver: "no-unlock", strict: true }));
  assertEquals([crash.stopCode, ...values(crash)], ["0x76", "0x0", null, "4", null]);
  const { instead } = crash;
  assertEquals([instead!.stopCode, instead!.where], ["0xCB", "TrackLockedPages is 1"]);
  assertEquals(instead!.parameters.map(({ value }) => value === null).join(), "true,true,false,false");
});

Deno.test("a request completed twice stops with 0x44 and its address [X-3]", () => {
  const crash = stopped(() => runCancel({ driver: "queue-forgotten", strict: true }));
  assertEquals([crash.stopCode, ...values(crash)], ["0x44", "0xffff900000000000"]);
});

Deno.test("where Windows has no bug check strict mode stops all the same, and says so by its type", () => {
  const crash = crashOf(() => runContexts({ driver: "raw", strict: true }));
  assert(crash instanceof StrictFinding && !(crash instanceof BugCheck));
  assertEquals(crash.finding.rule, "TransferContextNotInitialised");
  assertEquals(bugCheckFor(crash.finding, {}, []), null);
  assertThrows(() => new BugCheck(crash.finding, {}, []), RangeError, "TransferContextNotInitialised");
});

Deno.test("a clean run comes to its end in strict mode", () => {
  assertEquals(crashOf(() => runRecipe({ transferCount: 2, strict: true })), null);
  assertEquals(crashOf(() => runCancel({ strict: true })), null);
});

Deno.test("every rule with a number of Windows has its bug check, with the same number, and no other rule has one", () => {
  for (const { name, verifier, bugcheck } of Object.values(RULES)) {
    const row = BUG_CHECKS[name];
    if (verifier === null && bugcheck === null) {
      assertEquals([name, row], [name, undefined]);
      continue;
    }
    assert(row !== undefined, `${name} has no bug check`);
    assert(row.parameters.length <= 4, name);
    if (verifier !== null) assertEquals([name, row.code, row.parameters[0]!.fixed], [name, 0xe6, verifier]);
    else assertEquals([name, row.code], [name, Number(bugcheck)]);
  }
});

Deno.test("a figure that nobody knows is left open, and the sentence says so", () => {
  const finding: Finding = {
    rule: "SglDoublePut" satisfies RuleName,
    kind: null,
    severity: "error",
    resource: "sgl:0",
    state: "put",
    call: "PUT_SCATTER_GATHER_LIST",
    expected: [],
    sinceNs: null,
    details: "",
  };
  const crash = bugCheckFor(finding, {}, [])!;
  assertEquals(values(crash), ["0x06", null, null]);
  assert(crash.message.startsWith("0xE6 DRIVER_VERIFIER_DMA_VIOLATION (0x06, ?, ?): SglDoublePut"), crash.message);
});
