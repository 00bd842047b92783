/** Random worlds in which allocations, the bus, interrupts and engines fail, and what they found. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { recoverableKit } from "../../actors/device/recoverable_channel.ts";
import { allocateBuffer } from "../../actors/runs/buffers.ts";
import { leftovers } from "../../actors/runs/leftovers.ts";
import { complaints, drawWorld, runWorld, tellWorld } from "../../actors/runs/random_world.ts";
import { runRoundTrip } from "../../actors/runs/round_trip.ts";
import { Watchdog } from "../../actors/runs/watchdog.ts";
import { drawTrouble, NO_TROUBLE, WorldFaults } from "../../actors/runs/world_faults.ts";
import { WorldWitness } from "../../actors/runs/world_witness.ts";
import { FILE_COSTS } from "../../actors/scheduler/costs.ts";
import { STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { StrategyName } from "../../actors/scheduler/strategy.ts";
import { System } from "../../actors/system.ts";
import type { SystemOptions } from "../../actors/system_options.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { Recorder } from "../../trace/event.ts";

const NAMES = Object.keys(STRATEGIES) as StrategyName[];
const FAULTS = [
  "allocatorFailure",
  "brokenDescriptor",
  "cardMemory",
  "dataRead",
  "dataWrite",
  "descriptorRead",
  "dpcDelayed",
  "earlyInterrupt",
  "engineHangs",
  "interruptLost",
  "writeBack",
];

Deno.test("in 200 random worlds with faults every request ends once, right or with a status, and nothing is kept [X-1, X-2, X-3, X-4, X-5, X-6]", () => {
  // More of them: deno task worlds --faults
  const struck = new Set<string>();
  const endings = new Set<string>();
  const strategies = new Set<string>();
  let impatient = 0;
  for (let seed = 20_000; seed < 20_200; seed++) {
    const world = runWorld(seed, undefined, true);
    assertEquals(complaints(world), [], `world ${seed}: deno task worlds --seeds 1 --first ${seed} --faults --verbose`);
    for (const [name, times] of Object.entries(world.struck)) if (times > 0) struck.add(name);
    for (const status of Object.keys(world.endings)) endings.add(status);
    strategies.add(world.result.strategy);
    if (world.trouble.impatient) impatient++;
  }
  assert(impatient > 10);
  assertEquals([...struck].sort(), FAULTS);
  assertEquals([...endings].sort(), [
    "STATUS_CANCELLED",
    "STATUS_DEVICE_HARDWARE_ERROR",
    "STATUS_INSUFFICIENT_RESOURCES",
    "STATUS_IO_TIMEOUT",
    "STATUS_SUCCESS",
  ]);
  assertEquals(strategies.size, NAMES.length, "every strategy occurs");
});

Deno.test("a driver with emergency sets is refused no list in any world, and one without them is [S4-9]", () => {
  const refused = { with: 0, without: 0 };
  let failures = 0;
  for (let seed = 0; seed < 150; seed++) {
    const world = runWorld(seed, undefined, true);
    const hasSets = world.trouble.reserveCount > 0 &&
      /new-model|prealloc|isr-|three-stage/.test(world.options.strategy);
    refused[hasSets ? "with" : "without"] += world.endings["STATUS_INSUFFICIENT_RESOURCES"] ?? 0;
    if (hasSets) failures += world.struck["allocatorFailure"] ?? 0;
  }
  assertEquals(refused.with, 0);
  assert(refused.without > 0 && failures > 10, `${failures} allocations failed beside emergency sets`);
});

Deno.test("the same seed gives the same faults and the same trace to the byte [S0-30]", () => {
  const told = (seed: number): string => {
    const recorder = new Recorder();
    const { struck } = runWorld(seed, recorder, true);
    return JSON.stringify(struck) + recorder.toJsonLines();
  };
  for (const seed of [2, 7, 11]) {
    assert(drawTrouble(seed, true).plan.faults.length > 0);
    assert(told(seed) === told(seed), `seed ${seed} gave two different traces`);
  }
});

Deno.test("one world of three draws faults, and those draw nothing from the rest of the world", () => {
  const seeds = Array.from({ length: 300 }, (_, seed) => seed);
  const faulty = seeds.filter((seed) => drawTrouble(seed).plan.faults.length > 0);
  assert(faulty.length > 75 && faulty.length < 125, `${faulty.length} of 300`);
  const plain = seeds.find((seed) => !faulty.includes(seed))!;
  const { options, bytes } = drawWorld(plain);
  const told = new Recorder();
  const retold = new Recorder();
  runWorld(plain, told);
  runRoundTrip({ ...options, bytes, trace: retold });
  assert(told.toJsonLines() === retold.toJsonLines());
});

for (const strategy of NAMES) {
  Deno.test(`charts and tables tell the same story of ${strategy} with faults, event for event`, () => {
    // More of them: deno task worlds --engines --faults
    let struck = 0;
    for (let seed = 500; seed < 512; seed++) {
      const [told, retold] = (["chart", "table"] as const).map((engine) => {
        const recorder = new Recorder();
        tellWorld(seed, strategy, engine, recorder, true);
        struck += recorder.events.filter((event) => event.kind === "notice" && event.name === "FaultInjected").length;
        return recorder.toJsonLines();
      });
      assert(told === retold, `seed ${seed}`);
    }
    assert(struck > 10, `${struck} faults struck`);
  });
}

Deno.test("a witness names a wrong byte, a byte count too many and trouble without a fault", () => {
  const bytes = Uint8Array.from({ length: 8192 }, (_, index) => index);
  const witnesses: WorldWitness[] = [];
  runRoundTrip({
    bytes,
    strategy: "isr-reprogram",
    h2cCount: 1,
    c2hCount: 1,
    pieceBytes: 4096,
    onStarted: (system) => void witnesses.push(new WorldWitness(system, new WorldFaults(NO_TROUBLE), bytes, true)),
    onEnded: (request) => {
      const [witness] = witnesses;
      const { cardMemory } = witness!.system.card;
      if (request.number === 0) cardMemory.write(17, Uint8Array.of(99));
      witness!.ended(request);
      cardMemory.write(17, bytes.subarray(17, 18));
      if (request.number !== 1) return;
      request.status = "STATUS_DEVICE_HARDWARE_ERROR";
      witness!.ended(request);
    },
  });
  assertEquals(witnesses[0]!.verdict(), [
    "irp:0 succeeded, but byte 17 of 4096 is wrong",
    "irp:1 ended with STATUS_DEVICE_HARDWARE_ERROR and 4096 of 4096 bytes",
    "1 hardware errors, but only 0 faults that explain them",
  ]);
});

Deno.test("a world that was not closed, and a token that nobody gave back, are what is left over", () => {
  const system = new System({ h2cCount: 1, c2hCount: 0, iommu: true, queueDepth: 2 });
  assert(leftovers(system).some((sentence) => sentence.endsWith("pages mapped for the device")));
  const other = new System({ h2cCount: 1, c2hCount: 0, iommu: true, queueDepth: 2 });
  other.scheduler.start([]);
  other.channels[0]!.tryTake();
  other.channels[0]!.takeSlot();
  other.close();
  assertEquals(leftovers(other), [
    "after the end: 1 descriptor slots of h2c0 taken",
    "after the end: nobody gave the busy token of h2c0 back",
  ]);
});

// What the worlds found ----------------------------------------------------------------------------------------------

/** One channel, requests that arrive together, and how they end. */
function asked(options: SystemOptions, count: number, begin: (system: System) => void): [System, NtStatus[]] {
  const system = new System({ device: recoverableKit({ h2cCount: 1, c2hCount: 0 }), costs: FILE_COSTS, ...options });
  const ends: NtStatus[] = [];
  system.scheduler.onCompleted(({ status }) => ends.push(status));
  system.scheduler.start([]);
  begin(system);
  for (let tag = 0; tag < count; tag++) {
    const { mdl } = allocateBuffer(system, 4096);
    system.scheduler.submit({ channelIndex: 0, mdl, lengthBytes: 4096, cardAddress: 0, tag, directIo: true });
  }
  system.clock.runUntil(10_000_000);
  return [system, ends];
}

/** Halts descriptor fetch: engines started from now on hang until the function is reset. */
function hang({ card }: System): void {
  card.write32(card.configBar, 0x6014, 1);
}

Deno.test("polled: where the last transfer of a channel times out, nobody polls for it any more [X-4]", () => {
  const [system, ends] = asked({ polling: true }, 1, (started) => {
    hang(started);
    new Watchdog(started, 100_000).start();
  });
  assertEquals(ends, ["STATUS_IO_TIMEOUT"]);
  assertEquals(system.clock.pendingCount, 0);
});

Deno.test("polled: after a transfer timed out its channel has one polling loop, not two", () => {
  const looksNs: number[] = [];
  const [system, ends] = asked({ polling: true }, 2, (started) => {
    hang(started);
    const dog = new Watchdog(started, 100_000);
    dog.start();
    const { device } = started.channels[0]!;
    const polled = device.polled.bind(device);
    device.polled = () => {
      if (dog.acts.length > 0) looksNs.push(started.clock.nowNs);
      return polled();
    };
  });
  assertEquals(ends, ["STATUS_IO_TIMEOUT", "STATUS_SUCCESS"]);
  const gaps = new Set(looksNs.slice(1).map((atNs, index) => atNs - looksNs[index]!));
  assertEquals([...gaps], [system.driver.costs.pollNs]);
});

const MIB = 1024 * 1024;

/** Two engines, of which the first says too early that it is done. */
function early(delayNs: number): { system: System; ask: (channelIndex: number) => void } {
  const system = new System({ h2cCount: 2, c2hCount: 0, costs: FILE_COSTS });
  system.card.faults.arm({ fault: "lateStatus", channel: 0, delayNs });
  system.scheduler.start([]);
  const ask = (channelIndex: number): void => {
    const { mdl } = allocateBuffer(system, MIB);
    system.scheduler.submit({ channelIndex, mdl, lengthBytes: MIB, cardAddress: 0, tag: 0, directIo: true });
  };
  return { system, ask };
}

Deno.test("an interrupt long before its status leaves the engine busy, and its time is counted once [S0-38]", () => {
  const { system, ask } = early(1_000_000);
  const { driver: { costs: { isrNs } }, channels: [channel] } = system;
  let inDeviceNs = 0;
  system.scheduler.onCompleted(({ startedNs, doneNs, parameters: { channelIndex } }) => {
    if (channelIndex === 0) inDeviceNs += doneNs - startedNs - isrNs;
  });
  ask(0);
  // The ISR has looked in vain.
  system.clock.runUntil(500_000);
  assertEquals([channel!.device.life.state, system.busyPeak], ["busy", 1]);
  ask(1);
  system.run();
  assertEquals([channel!.deviceBusyNs, system.busyPeak], [inDeviceNs, 2]);
});

Deno.test("two interrupts before one ISR make no engine idle twice [S0-38]", () => {
  const { system, ask } = early(1);
  ask(0);
  system.run();
  ask(0);
  ask(1);
  system.run();
  assertEquals(system.busyPeak, 2);
});

Deno.test("a DPC that comes late leaves nobody behind whose request has taken over its descriptor slot [X-3, X-4]", () => {
  // The first DPC is late; the second completes the first request, whose slot the third gets while the DPC is queued.
  let requested = 0;
  const [system, ends] = asked({ dpcPerRequest: true, queueDepth: 2 }, 3, ({ driver }) => {
    driver.delayDpcs(() => requested++ === 0 ? 1_000_000 : 0);
  });
  assertEquals(ends, Array<NtStatus>(3).fill("STATUS_SUCCESS"));
  assertEquals([requested, system.irps.outstanding], [3, 0]);
});

Deno.test("under sync-recipe a list buffer refused for want of memory ends one request, and holds up no other [X-4, S4-1]", () => {
  const system = new System({ strategy: "sync-recipe", h2cCount: 1, c2hCount: 0, queueDepth: 3 });
  const ends: NtStatus[] = [];
  const submit = (tag: number): void => {
    const { mdl } = allocateBuffer(system, 4096);
    system.scheduler.submit({ channelIndex: 0, mdl, lengthBytes: 4096, cardAddress: 0, tag, directIo: true });
  };
  system.scheduler.onCompleted(({ status }) => {
    if (ends.push(status) === 2) system.memory.pool.setFaults({});
  });
  system.scheduler.start([]);
  system.memory.pool.setFaults({ failAll: true });
  for (let tag = 0; tag < 5; tag++) submit(tag);
  system.run();
  const refused: NtStatus = "STATUS_INSUFFICIENT_RESOURCES";
  assertEquals(ends, [refused, refused, "STATUS_SUCCESS", "STATUS_SUCCESS", "STATUS_SUCCESS"]);
  assertEquals([system.driver.reasonlessCount, system.findings.all], [0, []]);
  // A buffer belongs to a descriptor slot: more requests take no more memory.
  const { outstanding } = system.memory.pool;
  for (let tag = 5; tag < 25; tag++) submit(tag);
  system.run();
  assertEquals([ends.length, system.memory.pool.outstanding - outstanding <= 2], [25, true]);
});

Deno.test("a buffer that cannot be registered for want of memory is one sentence", () => {
  const system = new System({ strategy: "registered", h2cCount: 1, c2hCount: 0, poolFaults: { failAll: true } });
  const { mdl } = allocateBuffer(system, 4096);
  const wanted = { channelIndex: 0, mdl, lengthBytes: 4096, cardAddress: 0, tag: 0, directIo: true };
  assertThrows(
    () => system.scheduler.start([wanted]),
    RangeError,
    "Cannot register a buffer of 4096 bytes: STATUS_INSUFFICIENT_RESOURCES, noMemory",
  );
});

Deno.test("seeds that cannot be counted are one sentence and exit status 2", async () => {
  const run = async (...args: string[]): Promise<[number, string]> => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-read", "tools/worlds.ts", ...args],
      stdout: "null",
      stderr: "piped",
    });
    const { code, stderr } = await command.output();
    return [code, new TextDecoder().decode(stderr)];
  };
  assertEquals(await run("--first", "9007199254740991", "--seeds", "2"), [
    2,
    "Cannot count 2 seeds from 9007199254740991 on: expected the last to be 9007199254740991 at most\n",
  ]);
  assertEquals(await run("--first", "9007199254740991", "--seeds", "1"), [0, ""]);
});
