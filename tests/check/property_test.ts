/**
 * A legal random driver is clean; one random change of it is named, or is one of the changes that are legal. The
 * changes that are legal are written down with the reason.
 */
import { assert, assertEquals } from "@std/assert";
import { Prng } from "../../sim/prng.ts";
import { build, checked, event, free, get, init, on } from "./log.ts";

/** One line of a legal driver, and what it is for. */
interface Step {
  readonly text: string;
  readonly does: "get" | "init" | "build" | "free" | "doorbell" | "done" | "put" | "putAdapter" | "unload";
}

/** A driver with some adapters, and transfers that overlap as the recipe allows. */
function legalDriver(random: Prng): Step[] {
  const steps: Step[] = [];
  const adapters = Array.from({ length: 1 + random.below(3) }, (_, number) => `0xA${number}`);
  for (const adapter of adapters) steps.push({ text: get({}, adapter), does: "get" });
  const live: { next: number; steps: Step[] }[] = [];
  const transfers = 2 + random.below(10);
  for (let number = 0; number < transfers; number++) {
    const DmaAdapter = random.pick(adapters);
    const name = number.toString(16);
    const WriteToDevice = random.chance(0.5);
    const over = { DmaAdapter, DmaTransferContext: `0xC${name}`, Mdl: `0x5${name}`, WriteToDevice };
    const sgl = `0xB${name}`;
    // Steps 1 to 4 of the recipe stay together: one builder at a time.
    steps.push({ text: init(over), does: "init" }, {
      text: build({ ...over, ScatterGatherBuffer: sgl }),
      does: "build",
    });
    steps.push({ text: free().replace("0xA1", DmaAdapter), does: "free" });
    const put = on("PutScatterGatherList", { DmaAdapter, ScatterGather: sgl, WriteToDevice });
    live.push({
      next: 0,
      steps: [
        { text: event("doorbell", { channel: `h2c${name}`, sgl }), does: "doorbell" },
        { text: event("device-done", { channel: `h2c${name}`, sgl }), does: "done" },
        { text: put, does: "put" },
      ],
    });
    advance(steps, live, random, random.below(4));
  }
  advance(steps, live, random, transfers * 3);
  for (const adapter of adapters) {
    steps.push({ text: on("PutDmaAdapter", { DmaAdapter: adapter }), does: "putAdapter" });
  }
  steps.push({ text: event("driver-unload"), does: "unload" });
  return steps;
}

function advance(steps: Step[], live: { next: number; steps: Step[] }[], random: Prng, times: number): void {
  for (let time = 0; time < times; time++) {
    const waiting = live.filter(({ next, steps }) => next < steps.length);
    if (waiting.length === 0) return;
    const one = random.pick(waiting);
    steps.push(one.steps[one.next++]!);
  }
}

const rulesOf = (steps: readonly Step[]): string[] =>
  checked(steps.map(({ text }) => text)).findings.filter(({ severity }) => severity !== "note").map(({ rule }) => rule);

/** What leaving a line out is called. Without `done` the device never says that it ended; unstarted, it just idles. */
const DROPPED: Readonly<Record<Step["does"], readonly string[] | "legal">> = {
  // Whatever is used without being obtained here may have been obtained before the log began.
  get: "legal",
  init: ["TransferContextNotInitialised"],
  build: ["ChannelDoubleFree", "PutUnknown"],
  free: ["ChannelOverlap", "PutAdapterWithChannel"],
  doorbell: "legal",
  done: ["PutWhileDeviceActive"],
  put: ["PutAdapterWithSgl"],
  putAdapter: ["AdapterNotPut"],
  unload: "legal",
};

/** What saying a line twice is called. */
const TWICE: Readonly<Record<Step["does"], readonly string[] | "legal">> = {
  // A second adapter at the same address can only be a new one: a line is missing.
  get: "legal",
  init: "legal",
  build: ["ChannelOverlap"],
  free: ["ChannelDoubleFree"],
  doorbell: "legal",
  done: "legal",
  put: ["SglDoublePut"],
  putAdapter: ["UseAfterPutAdapter"],
  unload: "legal",
};

Deno.test("a legal random driver is clean: 500 drivers [X-6]", () => {
  for (let seed = 0; seed < 500; seed++) assertEquals(rulesOf(legalDriver(new Prng(seed))), [], `seed ${seed}`);
});

Deno.test("one line left out is named, or legal for a written reason: 2000 changes [X-6]", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = new Prng(seed);
    const steps = legalDriver(random);
    const index = random.below(steps.length);
    const [gone] = steps.splice(index, 1);
    const expected = DROPPED[gone!.does];
    const found = rulesOf(steps);
    if (expected === "legal") continue;
    const certain = gone!.does !== "done" || steps.some(({ does }) => does === "done");
    assert(!certain || found.length > 0, `seed ${seed}: without line ${index + 1} (${gone!.does}) nothing is named`);
    for (const rule of found) assert(expected.includes(rule), `seed ${seed}: without ${gone!.does} it is ${rule}`);
  }
});

Deno.test("one line said twice is named, or legal for a written reason: 2000 changes [X-6]", () => {
  for (let seed = 0; seed < 2000; seed++) {
    const random = new Prng(seed);
    const steps = legalDriver(random);
    const index = random.below(steps.length);
    const again = steps[index]!;
    steps.splice(index, 0, again);
    const expected = TWICE[again.does];
    const found = rulesOf(steps);
    if (expected === "legal") assertEquals(found, [], `seed ${seed}: ${again.does} twice`);
    else assertEquals([...new Set(found)], [...expected], `seed ${seed}: line ${index + 1}, ${again.does} twice`);
  }
});
