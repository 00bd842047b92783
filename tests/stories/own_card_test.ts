/** The interface between a world and a kind of card, held by two cards that have little in common. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { MEMORY } from "../../examples/teaching_card.ts";
import type { TeachingCard } from "../../examples/teaching_card.ts";
import { teachingKit } from "../../examples/teaching_kit.ts";
import { allocateBuffer, BURST_COSTS, CardSystem, fillBuffer, Recorder, System, xdmaKit } from "../../mod.ts";
import type { CardSystemOptions, RequestParameters, TraceEvent } from "../../mod.ts";

const BYTES = 16 * 1024;

interface Ended {
  readonly system: CardSystem<TeachingCard>;
  readonly events: readonly TraceEvent[];
  readonly statuses: readonly string[];
}

/** Requests of 16 KiB to the teaching card, each to its place. */
function send(places: readonly number[], options: Partial<CardSystemOptions<TeachingCard>> = {}): Ended {
  const trace = new Recorder();
  const device = teachingKit("h2c");
  const system = new CardSystem({ device, costs: BURST_COSTS, maximumTransferBytes: BYTES, trace, ...options });
  const requests = places.map((cardAddress, tag): RequestParameters => {
    const buffer = allocateBuffer(system, BYTES);
    fillBuffer(system, buffer, new Uint8Array(BYTES).fill(tag + 1));
    return { channelIndex: 0, mdl: buffer.mdl, lengthBytes: BYTES, cardAddress, tag, directIo: true };
  });
  const statuses: string[] = [];
  system.scheduler.onCompleted(({ status }) => statuses.push(status));
  system.scheduler.start(requests);
  for (const request of requests) system.scheduler.submit(request);
  system.run();
  system.close();
  return { system, events: trace.events, statuses };
}

Deno.test("a 28-bit card is described to the HAL as such, and no address that it gets needs a 29th bit", () => {
  const { events, statuses, system } = send([MEMORY.start, MEMORY.start + BYTES], {
    watchDeviceAccess: true,
    strict: true,
  });
  assertEquals(statuses, ["STATUS_SUCCESS", "STATUS_SUCCESS"]);
  assertEquals([system.card.memory[0], system.card.memory[BYTES]], [1, 2]);
  const described = events.flatMap((event) =>
    event.kind === "call" && event.call === "IoGetDmaAdapter" ? [event.args] : []
  );
  assertEquals(described.length, 1, "it shares no memory, so it needs no second adapter");
  assert(JSON.stringify(described[0]).includes('"DmaAddressWidth":28'), JSON.stringify(described[0]));
  const sources = events.flatMap((event) =>
    event.kind === "register" && event.access === "write" && event.offset === 0x80 ? [event.value] : []
  );
  assertEquals(sources.length, 2);
  for (const source of sources) assert(source + BYTES <= 2 ** 28, source.toString(16));
});

Deno.test("what the card cannot do fails that request alone", () => {
  const beyond = MEMORY.start + MEMORY.bytes;
  const { statuses } = send([MEMORY.start, beyond, MEMORY.start]);
  assertEquals(statuses, ["STATUS_SUCCESS", "STATUS_DEVICE_HARDWARE_ERROR", "STATUS_SUCCESS"]);
});

Deno.test("behind an IOMMU nothing is bounced for the teaching card either", () => {
  const { statuses, system } = send([MEMORY.start], { iommu: true, watchDeviceAccess: true, strict: true });
  assertEquals(statuses, ["STATUS_SUCCESS"]);
  assert(system.hal.pools.every(({ peak }) => peak === 0));
});

Deno.test("a card that writes nothing back refuses to be polled", () => {
  assertThrows(() => send([], { polling: true }), RangeError, "Cannot poll the teaching card");
});

Deno.test("the same trace to the byte, whether a world is told the figures of the card or given its kit", () => {
  const story = (build: (trace: Recorder) => CardSystem<TeachingCard> | System): string => {
    const trace = new Recorder();
    build(trace);
    return JSON.stringify(trace.events);
  };
  const figures = { h2cCount: 2, c2hCount: 1, addressBits: 32 };
  const told = story((trace) => new System({ ...figures, trace }));
  assert(told.length > 1000);
  assertEquals(story((trace) => new System({ device: xdmaKit(figures), trace })), told);
  assert(story((trace) => new System({ ...figures, c2hCount: 2, trace })) !== told);
});

Deno.test("a reset forgets a transfer that is under way, and a power cycle the memory", () => {
  const { system } = send([MEMORY.start]);
  const { card, clock } = system;
  card.write32(0, 0x90, 4096);
  card.write32(0, 0x98, 1);
  assertEquals(clock.pendingCount, 1);
  card.write32(0, 0x90, 1);
  assertEquals(card.read32(0, 0x90), 4096, "a running engine does not listen");
  card.reset("function");
  assertEquals([clock.pendingCount, card.read32(0, 0x90), card.memory[0]], [0, 0, 1]);
  card.reset("power");
  assertEquals(card.memory[0], 0);
  assertEquals(
    card.describe().registers.map(({ name, access }) => `${name} ${access}`).join(),
    "status RO,acknowledge WO," +
      "source RW,destination RW,count RW,command RW",
  );
});
