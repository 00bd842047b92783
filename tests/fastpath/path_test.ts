/** The way of a request on the fast path, in one thread: what it writes, what it refuses, what it names. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { DEVICE_ERROR, INVALID, NOT_LOCKED, PENDING, SUCCESS } from "../../fastpath/2_validate.ts";
import { prepareDescriptors } from "../../fastpath/3_map.ts";
import { createQueue } from "../../fastpath/4_queue.ts";
import { statesOfRow } from "../../fastpath/joint_table.ts";
import { misuseOf } from "../../fastpath/misuse.ts";
import { createOneThread } from "../../fastpath/one_thread.ts";
import type { OneThread } from "../../fastpath/one_thread.ts";
import { createDeviceSide } from "../../fastpath/device_side.ts";
import { createDispatchSide } from "../../fastpath/dispatch_side.ts";
import { createPathMemory, DIRECTION, FLAG_LOCKED, FLAG_WRITE, PathMemory } from "../../fastpath/slots.ts";
import { Prng } from "../../sim/prng.ts";
import { lives, makeMemory, SIZES } from "./fixture.ts";

Deno.test("a request is pending, in the device, ready and complete in turn, and its list follows it", () => {
  const memory = makeMemory();
  const { submit, serve, drain } = createOneThread(memory);
  const states = (slot: number): string[] => statesOfRow(lives.request, memory.slotRow[slot]!);
  assertEquals(submit(0, 5, 2), 2);
  assertEquals(states(0), ["inDevice", "deviceOwned"]);
  assertEquals(states(1), ["mappedQueued", "filled"]);
  assertEquals([memory.requestStatus[5], memory.requestStatus[6]], [PENDING, PENDING]);
  assertEquals(serve(), 2);
  assertEquals(states(1), ["readyToComplete", "deviceDone"]);
  assertEquals(drain(), 2);
  assertEquals(states(1), ["completed", "put"]);
  assertEquals([memory.requestStatus[6], memory.requestInformation[6]], [SUCCESS, 28]);
  assertEquals(misuseOf(memory, lives), null);
});

Deno.test("descriptors hold the words that the card reads, source and destination by direction", () => {
  for (const direction of [FLAG_WRITE, 0]) {
    const memory = makeMemory();
    memory.control[memory.controlWord(0, DIRECTION)] = direction;
    memory.requestFlags[0] = direction | FLAG_LOCKED;
    memory.requestLength[0] = 10_000;
    memory.requestHostLow[0] = 0xffff_f000 | 0;
    memory.requestHostHigh[0] = 7;
    memory.requestCardLow[0] = 0x10_0000;
    createOneThread(memory).submit(0, 0, 1);
    const words = [...memory.descriptors.subarray(0, 24)].map((word) => word >>> 0);
    const host = [[0xffff_f000, 7], [0, 8], [0x1000, 8]];
    const card = [[0x10_0000, 0], [0x10_1000, 0], [0x10_2000, 0]];
    const [source, target] = direction === FLAG_WRITE ? [host, card] : [card, host];
    const first = [0xad4b_0100, 4096, ...source[0]!, ...target[0]!, 0x1020, 0];
    const second = [0xad4b_0000, 4096, ...source[1]!, ...target[1]!, 0x1040, 0];
    const third = [0xad4b_0003, 1808, ...source[2]!, ...target[2]!, 0x1060, 0];
    assertEquals(words, [...first, ...second, ...third]);
  }
});

Deno.test("long lists and short ones mix, and every request gets its own byte count", () => {
  const memory = makeMemory();
  const { submit, serve, drain } = createOneThread(memory);
  const lengths = [4, 16_384, 4096, 4100, 8, 12, 8192, 4];
  memory.requestLength.set(lengths);
  assertEquals([submit(1, 0, 8), serve(), drain()], [8, 8, 8]);
  assertEquals([...memory.requestInformation.subarray(0, 8)], lengths);
  assertEquals(misuseOf(memory, lives), null);
});

Deno.test("what is not valid completes at once with its status and takes no slot", () => {
  const memory = makeMemory();
  const { submit, serve, drain, refused } = createOneThread(memory);
  memory.requestInformation.fill(77);
  memory.requestLength[1] = 0;
  memory.requestFlags[2] = FLAG_LOCKED;
  memory.requestFlags[3] = FLAG_WRITE;
  memory.requestHostLow[4] = 2;
  memory.requestLength[5] = 4 * 4096 + 4;
  memory.requestLength[6] = -4;
  assertEquals(submit(0, 0, 8), 8);
  assertEquals([...memory.requestStatus.subarray(0, 8)], [
    PENDING,
    ...[INVALID, INVALID, NOT_LOCKED, INVALID, INVALID, INVALID],
    PENDING,
  ]);
  assertEquals([...memory.requestInformation.subarray(1, 7)], [0, 0, 0, 0, 0, 0], "whatever stood there before");
  assertEquals([serve(), drain(), refused()], [2, 8, 6], "what was taken is what completes");
  assertEquals([memory.requestInformation[0], memory.requestInformation[7]], [4, 32]);
  assertEquals(misuseOf(memory, lives), null);
});

for (const [name, create] of [["one thread", createOneThread], ["the driver's half", createDispatchSide]] as const) {
  Deno.test(`${name}: whatever is refused, drain completes what submit took, each once`, () => {
    const memory = makeMemory({ channelCount: 3 });
    const path = create(memory);
    const { serve } = "serve" in path ? path as OneThread : createDeviceSide(memory);
    const prng = new Prng(name);
    let [submitted, completed, refused] = [0, 0, 0];
    for (let burst = 0; burst < 500; burst++) {
      // A row is free again: whatever it was, it may be valid or not.
      for (let request = 0; request < 8; request++) memory.requestLength[request] = prng.chance(0.3) ? 2 : 4;
      const invalid = [...memory.requestLength.subarray(0, 8)].filter((length) => length === 2).length;
      submitted += path.submit(burst % 3, 0, 8);
      refused += invalid;
      assertEquals(path.refused(), refused);
      for (serve(); completed < submitted; completed += path.drain());
      assertEquals([completed, path.drain()], [submitted, 0]);
    }
    assertEquals(completed, 4000);
    assertEquals(misuseOf(memory, lives), null);
  });

  Deno.test(`${name}: a channel or a count that cannot be is a RangeError that names it, and nothing is taken`, () => {
    const memory = makeMemory();
    const { submit, drain } = create(memory);
    for (const channel of [-1, 2, 0.5, NaN]) {
      assertThrows(() => submit(channel, 0, 1), RangeError, `Cannot submit to channel ${channel}: expected`);
    }
    for (const count of [-1, 33, 1.5, NaN]) {
      assertThrows(() => submit(0, 0, count), RangeError, `Cannot submit ${count} requests: expected`);
    }
    assertEquals([submit(0, 0, 0), drain(), createQueue(memory).loadSubmitted(0)], [0, 0, 0]);
  });
}

Deno.test("a channel without free slots takes what it can and says how many that were", () => {
  const memory = makeMemory();
  const { submit, serve, drain } = createOneThread(memory);
  assertEquals([submit(0, 0, 6), submit(0, 6, 6), submit(0, 8, 1)], [6, 2, 0]);
  assertEquals([serve(), submit(0, 8, 1)], [8, 0], "slots are free after the DPC, not before");
  assertEquals([drain(), submit(0, 8, 9)], [8, 8]);
});

Deno.test("a descriptor that is none stops the engine: that request fails, the others do not", () => {
  for (const broken of [0, 1, 2]) {
    const memory = makeMemory();
    const { submit, serve, drain } = createOneThread(memory);
    submit(0, 0, 3);
    memory.descriptors[broken * SIZES.descriptorsPerSlot * 8] = 0x1234_0003;
    assertEquals([serve(), drain()], [3, 3]);
    const expected = [0, 1, 2].map((request) => request === broken ? DEVICE_ERROR : SUCCESS);
    assertEquals([...memory.requestStatus.subarray(0, 3)], expected);
    assertEquals(memory.requestInformation[broken], 0);
    assertEquals(misuseOf(memory, lives), null);
    assertEquals([submit(0, 3, 1), serve(), drain()], [1, 1, 1], "the channel goes on");
  }
});

Deno.test("a step that the charts do not allow is named with its slot, and the run goes on", () => {
  const memory = makeMemory();
  const { submit, serve, drain } = createOneThread(memory);
  submit(1, 0, 3);
  memory.slotRow[8 + 1] = memory.freeRow;
  assertEquals([serve(), drain()], [3, 3]);
  const misuse = misuseOf(memory, lives);
  assert(misuse !== null && misuse.count >= 1);
  assertEquals([misuse.channel, misuse.subject, misuse.slot], [1, "request", 9]);
  assertEquals(misuse.notes.map((note) => note.type === "misuse" ? note.rule : note.status), [
    "IrpTouchedAfterCompletion",
    "SglReadAfterPut",
  ]);
});

Deno.test("positions wrap at 2^32 without a trace", () => {
  const memory = makeMemory();
  // Every cursor stands just before the end.
  const start = -5;
  for (let word = 0; word < memory.control.length; word++) {
    if ([0, 17, 18, 32, 48].includes(word % 64)) memory.control[word] = start - 8 + 8;
  }
  const { submit, serve, drain } = createOneThread(memory);
  for (let round = 0; round < 40; round++) {
    assertEquals([submit(0, round % 24, 7), serve(), drain()], [7, 7, 7]);
    assertEquals(memory.requestInformation[round % 24 + 6], 4 * (round % 24 + 7));
  }
  assertEquals(misuseOf(memory, lives), null);
});

Deno.test("the memory is sized once: another view of the buffer sees the same columns, a foreign buffer none", () => {
  const memory = makeMemory();
  createOneThread(memory).submit(1, 0, 8);
  const other = new PathMemory(memory.buffer);
  assertEquals(other.slotRow, memory.slotRow);
  assertEquals(other.descriptors, memory.descriptors);
  assertEquals(other.controlWord(1, 2), 66);
  assertThrows(() => new PathMemory(new SharedArrayBuffer(4096)), Error, "no memory of the fast path");
});

Deno.test("a size that cannot be is a RangeError that names it", () => {
  const make = (sizes: Partial<typeof SIZES>) => () => createPathMemory({ ...SIZES, ...sizes }, lives);
  assertThrows(make({ slotCount: 12 }), RangeError, "Cannot use 12 as slotCount: expected a power of two");
  assertThrows(make({ channelCount: 0 }), RangeError, "Cannot use 0 as channelCount");
  assertThrows(make({ requestCount: 1 << 16 }), RangeError, "Cannot use 65536 as requestCount");
  assertThrows(make({ elementBytes: 1.5 }), RangeError, "Cannot use 1.5 as elementBytes");
  assertThrows(make({ elementBytes: 1001 }), RangeError, "Cannot use 1001 as elementBytes: expected a multiple of 4");
  assertThrows(make({ elementBytes: 1 << 28 }), RangeError, "expected a whole number from 1 to 268435452");
  const long = { elementBytes: 0x0fff_fffc, descriptorsPerSlot: 16 };
  assertThrows(make(long), RangeError, "Cannot use 16 descriptors of 268435452 bytes: expected a list of at most");
  const vast = { channelCount: 64, slotCount: 1 << 16, descriptorsPerSlot: 64 };
  assertThrows(make(vast), RangeError, "bytes: expected at most 4 GiB");
});

Deno.test("the longest request that there can be is taken, and one word more is not", () => {
  const memory = makeMemory({ elementBytes: 0x0fff_fffc, descriptorsPerSlot: 4 });
  const { submit, serve, drain } = createOneThread(memory);
  memory.requestLength.set([0x3fff_fff0, 0x3fff_fff4, 0x9000_0000 | 0]);
  assertEquals([submit(0, 0, 3), serve(), drain()], [3, 1, 3]);
  assertEquals([...memory.requestStatus.subarray(0, 3)], [SUCCESS, INVALID, INVALID]);
  assertEquals(memory.requestInformation[0], 0x3fff_fff0);
});

Deno.test("each channel goes its own way, and takes only what goes there", () => {
  const memory = makeMemory({ channelCount: 3, directions: ["c2h", "h2c"] });
  memory.requestFlags[1] = FLAG_LOCKED;
  const { submit, drain } = createOneThread(memory);
  const refusedBy = (channel: number): number[] => {
    submit(channel, 0, 2);
    drain();
    return [0, 1].filter((request) => memory.requestStatus[request] === INVALID);
  };
  assertEquals([0, 1, 2].map(refusedBy), [[0], [1], [1]], "the last one is not named: host to card");
  const make = (directions: unknown) => () => makeMemory({ directions } as Partial<typeof SIZES>);
  assertThrows(make(["h2c", "up"]), RangeError, 'Cannot use "up" as a direction: expected "h2c" or "c2h"');
  assertThrows(make(["h2c", "h2c", "c2h"]), RangeError, "Cannot use 3 directions: expected at most one for each");
});

Deno.test("the next descriptor is found above 4 GiB, and across that border", () => {
  const memory = makeMemory();
  const nextOf = (descriptor: number): number[] =>
    [...memory.descriptors.subarray(descriptor * 8 + 6, descriptor * 8 + 8)].map((word) => word >>> 0);
  prepareDescriptors(memory, 0xffff_ffa0 | 0, 5);
  assertEquals([0, 1, 2, 3].map(nextOf), [[0xffff_ffc0, 5], [0xffff_ffe0, 5], [0, 6], [0x20, 6]]);
  prepareDescriptors(memory, 0xffff_ffe0, 5);
  assertEquals([0, 1].map(nextOf), [[0, 6], [0x20, 6]], "as a signed word or not");
});
