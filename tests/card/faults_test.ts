/** Injected faults: each happens once, by name, at the occasion it was armed for. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { ChannelFault } from "../../sim/card/faults.ts";
import { Bench, C2H, H2C } from "./fixture.ts";

const PIECE = { host: 0x10_0000, card: 0, lengthBytes: 4096 };
const TIMINGS = [{ kind: "link" }, { kind: "fixed", dmaNs: 3000 }] as const;

Deno.test("corruptedMagic changes what the card sees, not host memory", () => {
  const bench = new Bench();
  bench.card.faults.arm({ fault: "corruptedMagic", channel: 0, after: 2 });
  bench.transfer(H2C(0), [PIECE, PIECE, PIECE, PIECE]);
  assertEquals(bench.read(0x40), 1 << 4);
  assertEquals(bench.read(0x48), 2);
  assertEquals(bench.memory.word(0x1040) >>> 16, 0xad4b);
  assert(bench.noticed("FaultInjected"));
});

Deno.test("lostInterrupt swallows one message; status and data are right, and the next interrupt comes", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.card.faults.arm({ fault: "lostInterrupt", channel: 4 });
  bench.transfer(C2H(0), [PIECE]);
  assertEquals(bench.lines.messages, []);
  assertEquals(bench.read(C2H(0) + 0x44), 6);
  bench.write(C2H(0) + 0x0c, 1);
  bench.transfer(C2H(0), [PIECE]);
  assertEquals(bench.lines.vectors, [4]);
});

Deno.test("lateStatus interrupts first and completes delayNs later", () => {
  for (const timing of TIMINGS) {
    const bench = new Bench({ timing });
    bench.enableInterrupts();
    bench.card.faults.arm({ fault: "lateStatus", channel: 0, delayNs: 7000 });
    let seen = -1;
    bench.lines.isr = () => seen = seen < 0 ? bench.read(0x40) : seen;
    bench.transfer(H2C(0), [PIECE, PIECE]);
    assertEquals(seen, 1, "still busy, nothing logged");
    assertEquals(bench.read(0x40), 6);
    assertEquals(bench.read(0x48), 2);
    const [first, second] = bench.lines.messages;
    assertEquals(second!.atNs - first!.atNs, 7000);
  }
});

Deno.test("a reset forgets a status that was still to come", () => {
  const bench = new Bench();
  bench.card.faults.arm({ fault: "lateStatus", channel: 0, delayNs: 100_000 });
  bench.chain(0x1000, [PIECE], true);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.runUntil(50_000);
  bench.card.reset("function");
  bench.write(0x6014, 1);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.runUntil(60_000);
  bench.write(0x6018, 1);
  bench.clock.runUntil(70_000);
  assertEquals([bench.read(0x48), bench.read(0x40)], [1, 6]);
  bench.clock.run();
  assertEquals(bench.read(0x48), 1);
});

Deno.test("statusBeforeData interrupts while the last piece is still missing; it comes delayNs later", () => {
  for (const timing of TIMINGS) {
    for (const channel of [H2C(0), C2H(0)]) {
      const bench = new Bench({ timing });
      bench.enableInterrupts();
      const bytes = bench.fill(0x10_0000, 4096, 3);
      bench.card.cardMemory.write(0x8000, bytes);
      const toCard = channel < 0x1000;
      const there = () =>
        toCard ? bench.card.cardMemory.read(0, 4096) : bench.memory.bytes.slice(0x20_0000, 0x20_0000 + 4096);
      bench.card.faults.arm({ fault: "statusBeforeData", channel: toCard ? 0 : 4, delayNs: 5000 });
      let early = bytes;
      bench.lines.isr = () => early = there();
      bench.transfer(channel, [toCard ? PIECE : { host: 0x20_0000, card: 0x8000, lengthBytes: 4096 }]);
      assertEquals(bench.read(channel + 0x40), 6);
      assertEquals(early, new Uint8Array(4096), "not there when the interrupt was heard");
      assertEquals(there(), bytes);
    }
  }
});

Deno.test("a fault happens once, on its own channel only", () => {
  const bench = new Bench();
  bench.card.faults.arm({ fault: "poisonedData", channel: 1 });
  bench.transfer(H2C(0), [PIECE]);
  assertEquals(bench.read(0x40), 6);
  bench.transfer(H2C(1), [PIECE]);
  assertEquals(bench.read(H2C(1) + 0x40), 1 << 12);
  bench.write(H2C(1) + 0x0c, 1);
  bench.transfer(H2C(1), [PIECE]);
  assertEquals(bench.read(H2C(1) + 0x40), 6);
  assertEquals(bench.card.faults.any, false);
});

Deno.test("a plan that cannot be is refused", () => {
  const { faults } = new Bench({ h2cCount: 1, c2hCount: 1 }).card;
  assertThrows(() => faults.arm({ fault: "gremlin" as ChannelFault, channel: 0 }), RangeError, "gremlin");
  assertThrows(() => faults.arm({ fault: "lateStatus", channel: 2 }), RangeError, "expected 0 to 1");
  assertThrows(() => faults.arm({ fault: "lateStatus", channel: 0, after: -1 }), RangeError, "after");
  assertThrows(() => faults.arm({ fault: "lateStatus", channel: 0, delayNs: -1 }), RangeError, "delayNs");
});
