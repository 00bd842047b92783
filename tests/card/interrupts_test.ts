/** From Status to the bus: masks, edges, levels, vectors, pending bits, user interrupts. */
import { assert, assertEquals } from "@std/assert";
import { enableMsix } from "../../sim/card/msix.ts";
import { Bench, C2H, H2C } from "./fixture.ts";

const PAGE = [{ host: 0x10_0000, card: 0, lengthBytes: 64 }];

Deno.test("H2C channels come first and C2H channels right behind them, in every mask and vector", () => {
  for (const [h2cCount, c2hCount] of [[1, 1], [2, 2], [4, 4], [1, 3], [0, 2], [3, 0]] as const) {
    const bench = new Bench({ h2cCount, c2hCount });
    bench.enableInterrupts();
    assertEquals(bench.read(0x2010), (1 << (h2cCount + c2hCount)) - 1);
    let request = 0;
    for (let channel = 0; channel < h2cCount; channel++) {
      bench.transfer(H2C(channel), PAGE);
      request |= 1 << channel;
      assertEquals(bench.read(0x2044), request);
      assertEquals(bench.read(0x204c), request);
    }
    for (let channel = 0; channel < c2hCount; channel++) {
      bench.transfer(C2H(channel), PAGE);
      request |= 1 << (h2cCount + channel);
      assertEquals(bench.read(0x2044), request);
    }
    assertEquals(bench.lines.vectors, Array.from({ length: h2cCount + c2hCount }, (_, index) => index));
  }
});

Deno.test("pending shows the raw source, request only what is enabled; only the cause clears either", () => {
  const bench = new Bench();
  bench.write(H2C(1) + 0x90, 0x6);
  bench.transfer(H2C(1), PAGE);
  assertEquals(bench.read(0x204c), 2);
  assertEquals(bench.read(0x2044), 0);
  bench.write(0x2048, 0xffffffff);
  bench.write(0x204c, 0xffffffff);
  assertEquals(bench.read(0x204c), 2);
  bench.write(H2C(1) + 0x40, 6);
  assertEquals(bench.read(0x204c), 0);
});

Deno.test("enabling a channel whose source is already high interrupts", () => {
  const bench = new Bench();
  bench.write(H2C(0) + 0x90, 0x6);
  bench.transfer(H2C(0), PAGE);
  assertEquals(bench.lines.messages, []);
  bench.write(0x2014, 1);
  assertEquals(bench.lines.vectors, [0]);
  bench.write(0x2014, 1);
  assertEquals(bench.lines.vectors, [0], "no edge, no message");
  bench.write(0x2018, 1);
  bench.write(0x2010, 1);
  assertEquals(bench.lines.vectors, [0, 0]);
});

Deno.test("unmasking a channel's own Status bit while it is set interrupts again", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.transfer(H2C(0), PAGE);
  assertEquals(bench.lines.vectors.length, 1);
  bench.write(H2C(0) + 0x98, 0x00f83e1e);
  assertEquals(bench.read(0x90), 0);
  bench.write(H2C(0) + 0x94, 0x00f83e1e);
  assertEquals(bench.lines.vectors.length, 2);
  bench.write(H2C(0) + 0x98, 0x2);
  bench.write(H2C(0) + 0x94, 0x2);
  assertEquals(bench.lines.vectors.length, 2, "bit 2 kept the source high all the time");
});

Deno.test("a second completion before the first is served makes no second message", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.transfer(H2C(0), [{ ...PAGE[0]!, control: 2 }, { ...PAGE[0]!, control: 2 }, PAGE[0]!]);
  assertEquals(bench.lines.vectors, [0]);
  assertEquals(bench.read(0x48), 3);
});

Deno.test("vectors are 5 bits, four to a word, for channels and users", () => {
  const bench = new Bench();
  bench.write(0x20a0, 0xffffffff);
  assertEquals(bench.read(0x20a0), 0x1f1f1f1f);
  bench.write(0x20a4, 0x04050607);
  bench.write(0x208c, 0x1d000000);
  bench.write(0x2014, 0xff);
  bench.write(0x2004, 0xffff);
  bench.write(C2H(3) + 0x90, 6);
  bench.transfer(C2H(3), PAGE);
  bench.card.userInterrupt(15, true);
  assertEquals(bench.lines.vectors, [4, 0x1d]);
});

Deno.test("after reset every MSI-X entry is masked: a message waits in its pending bit until it is unmasked", () => {
  const bench = new Bench({}, { msix: false });
  assertEquals(bench.read(0x800c), 0xffffffff);
  bench.enableInterrupts();
  bench.transfer(H2C(3), PAGE);
  assertEquals(bench.lines.messages, []);
  assertEquals(bench.read(0x8fe0), 1 << 3);
  bench.write(0x8fe0, 0);
  assertEquals(bench.read(0x8fe0), 1 << 3, "pending bits are read-only");
  bench.write(0x803c, 1);
  assertEquals(bench.lines.messages, [], "still masked");
  bench.write(0x803c, 0);
  assertEquals(bench.lines.vectors, [3]);
  assertEquals(bench.read(0x8fe0), 0);
});

Deno.test("enableMsix writes address, data and an open mask as a bus driver does", () => {
  const bench = new Bench({ userBarBytes: 4096 }, { msix: false });
  enableMsix(bench.card, 2);
  assertEquals(bench.read(0x8010), 0xfee00000);
  assertEquals(bench.read(0x801c), 0);
  assertEquals(bench.read(0x802c), 0xffffffff);
});

Deno.test("MSI with fewer granted messages takes the remainder of the vector", () => {
  const bench = new Bench({ interruptMode: "msi", msiVectors: 4 });
  bench.enableInterrupts();
  assertEquals(bench.read(0x3014), 1);
  bench.transfer(H2C(2), PAGE);
  bench.transfer(C2H(2), PAGE);
  assertEquals(bench.lines.vectors, [2, 2]);
});

Deno.test("INTx is the OR of the requests routed to a pin, and drops with the last of them", () => {
  const bench = new Bench({ interruptMode: "intx" });
  bench.enableInterrupts();
  bench.write(0x20a0, 0);
  bench.write(0x20a4, 0x02000000);
  assertEquals(bench.read(0x3014), 0);
  bench.transfer(H2C(0), PAGE);
  bench.transfer(H2C(1), PAGE);
  bench.transfer(C2H(3), PAGE);
  assertEquals(bench.lines.levels.map(({ pin, asserted }) => [pin, asserted]), [[1, true], [3, true]]);
  bench.read(H2C(0) + 0x44);
  assertEquals(bench.lines.pins[1], true, "H2C 1 still holds it");
  bench.read(H2C(1) + 0x44);
  assertEquals(bench.lines.pins[1], false);
  assertEquals(bench.lines.pins[3], true);
  assertEquals(bench.lines.messages, []);
});

Deno.test("a user interrupt is a level; its edge sends a message, which is acknowledged once", () => {
  const bench = new Bench();
  bench.write(0x2080, 0x0b0a0908);
  bench.card.userInterrupt(2, true);
  assertEquals(bench.read(0x2048), 4);
  assertEquals(bench.read(0x2040), 0);
  bench.write(0x2008, 4);
  assertEquals(bench.read(0x2040), 4);
  assertEquals(bench.lines.vectors, [10]);
  assertEquals(bench.card.userAcknowledgeCount(2), 1);
  bench.card.userInterrupt(2, true);
  assertEquals(bench.lines.vectors, [10]);
  bench.card.userInterrupt(2, false);
  bench.card.userInterrupt(2, true);
  assertEquals(bench.lines.vectors, [10, 10]);
  bench.write(0x200c, 4);
  assertEquals(bench.read(0x2040), 0);
  assertEquals(bench.read(0x2048), 4);
});

Deno.test("with INTx a user level left high holds the pin, and both edges are acknowledged", () => {
  const bench = new Bench({ interruptMode: "intx" });
  bench.write(0x2004, 1);
  bench.card.userInterrupt(0, true);
  assertEquals(bench.lines.pins[1], true);
  assertEquals(bench.card.userAcknowledgeCount(0), 1);
  bench.read(0x2040);
  assertEquals(bench.lines.pins[1], true, "nothing in the IRQ block lowers it: an interrupt storm");
  bench.card.userInterrupt(0, false);
  assertEquals(bench.lines.pins[1], false);
  assertEquals(bench.card.userAcknowledgeCount(0), 2);
});

Deno.test("when an interrupt is heard busy is 0, the data is there and the write-back is written", () => {
  for (const timing of [{ kind: "link" }, { kind: "fixed", dmaNs: 2000 }] as const) {
    for (const channel of [H2C(0), C2H(0)]) {
      const bench = new Bench({ timing });
      bench.enableInterrupts();
      const bytes = bench.fill(0x10_0000, 10_000);
      bench.card.cardMemory.write(0x8000, bytes);
      bench.write(channel + 0x88, 0x9000);
      let heard = 0;
      bench.lines.isr = () => {
        heard++;
        assertEquals(bench.read(channel + 0x40), 6);
        assertEquals(bench.memory.word(0x9000), 1);
        const there = channel < 0x1000
          ? bench.card.cardMemory.read(0, 10_000)
          : bench.memory.bytes.slice(0x20_0000, 0x20_0000 + 10_000);
        assertEquals(there, bytes);
      };
      const host = channel < 0x1000 ? 0x10_0000 : 0x20_0000;
      const card = channel < 0x1000 ? 0 : 0x8000;
      bench.transfer(channel, [{ host, card, lengthBytes: 10_000 }], 0x1000, 0x04f83e1f);
      assertEquals(heard, 1);
    }
  }
});

Deno.test("a card without a lost link never interrupts after its source is gone", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.write(0x2018, 0xff);
  bench.transfer(H2C(0), PAGE);
  bench.read(H2C(0) + 0x44);
  bench.write(0x2014, 0xff);
  assertEquals(bench.lines.messages, []);
  assert(bench.clock.pendingCount === 0);
});
