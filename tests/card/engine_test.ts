/** Run, Stop, Status and the completed count of one engine. */
import { assert, assertEquals } from "@std/assert";
import { CONTROL_COMPLETED } from "../../sim/card/descriptor.ts";
import { Bench, C2H, H2C, VENDOR_RUN } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

function pages(count: number, control?: number): Piece[] {
  return Array.from({ length: count }, (_, page) => ({
    host: 0x10_0000 + page * 4096,
    card: page * 4096,
    lengthBytes: 4096,
    control: page === count - 1 ? undefined : control,
  }));
}

Deno.test("after Stop busy is 0 and Run stays 1; software must clear and set Run to go again", () => {
  const bench = new Bench();
  bench.transfer(H2C(0), pages(1));
  assertEquals(bench.read(0x04) & 1, 1);
  assertEquals(bench.read(0x40), 6);
  bench.write(0x04, VENDOR_RUN);
  bench.clock.run();
  assertEquals(bench.read(0x48), 1, "writing Run = 1 again does nothing");
  bench.write(0x04, VENDOR_RUN & ~1);
  assertEquals(bench.read(0x48), 1, "the count survives the falling edge");
  bench.write(0x04, VENDOR_RUN);
  assertEquals(bench.read(0x48), 0, "and is 0 on the rising edge");
  assertEquals(bench.read(0x40), 1, "as is the status");
  bench.clock.run();
  assertEquals(bench.read(0x48), 1);
});

Deno.test("writing Run = 1 while the engine runs does nothing", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(8), true));
  bench.clock.runUntil(2000);
  const before = bench.read(0x48);
  assert(before > 0 && before < 8);
  bench.write(0x08, 1);
  assertEquals(bench.read(0x48), before);
  bench.clock.run();
  assertEquals(bench.read(0x48), 8);
});

Deno.test("clearing Run mid-transfer finishes the current descriptor, drops the rest and logs bit 6", () => {
  const bench = new Bench();
  bench.enableInterrupts(0x40);
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(20), true), VENDOR_RUN | 0x40);
  bench.clock.runUntil(3000);
  const before = bench.read(0x48);
  assert(before > 0 && before < 19);
  bench.write(0x0c, 1);
  assertEquals(bench.read(0x40) & 1, 1, "still busy");
  assert(bench.noticed("RunClearedWhileBusy"));
  bench.lines.isr = () => assertEquals(bench.read(0x40), 0x40, "idle_stopped, not busy");
  bench.clock.run();
  assertEquals(bench.lines.vectors, [0]);
  assertEquals(bench.read(0x48), before + 1);
  const moved = (before + 1) * 4096;
  assertEquals(bench.card.cardMemory.read(moved, 4096), new Uint8Array(4096), "nothing beyond it moved");
});

Deno.test("clearing Run before the first descriptor has come leaves the engine busy until the fetch is back", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(2), true), VENDOR_RUN | 0x40);
  bench.write(0x0c, 1);
  assertEquals(bench.read(0x40), 1);
  bench.clock.run();
  assertEquals(bench.read(0x40), 0x40);
  assertEquals(bench.read(0x48), 0);
});

Deno.test("an engine at rest reads no more descriptors, also those it was about to prefetch", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(300), true));
  bench.clock.runUntil(1300);
  bench.write(0x0c, 1);
  while ((bench.read(0x40) & 1) === 1) assert(bench.clock.step());
  bench.memory.recording = true;
  bench.clock.run();
  assertEquals(bench.memory.accesses, []);
});

Deno.test("a descriptor fetch that is still out keeps the engine busy after its last descriptor", () => {
  const bench = new Bench();
  // Blocks of one: the fetch of the second leaves at 554 ns, of the third at 1108 ns and is back at 1662 ns.
  bench.chain(0x1000, pages(5), true);
  for (let index = 0; index < 5; index++) bench.memory.view.setUint8(0x1000 + index * 32 + 1, 0);
  bench.start(H2C(0), 0x1000, 0, VENDOR_RUN | 0x40);
  bench.clock.runUntil(1200);
  bench.write(0x0c, 1);
  bench.clock.runUntil(1600);
  assertEquals([bench.read(0x48), bench.read(0x40)], [1, 1], "the descriptor is done, a request is outstanding");
  bench.clock.runUntil(1662);
  assertEquals([bench.read(0x48), bench.read(0x40)], [1, 0x40]);
});

Deno.test("a Stop descriptor that is current when Run is cleared ends in idle, with bits 1, 2 and 6", () => {
  for (const timing of [{ kind: "link" }, { kind: "fixed", dmaNs: 1300 }] as const) {
    const bench = new Bench({ timing });
    bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(1), true), VENDOR_RUN | 0x40);
    bench.clock.runUntil(1200);
    bench.write(0x0c, 1);
    bench.clock.run();
    assertEquals(bench.read(0x40), 0x46);
  }
});

Deno.test("an ISR that restarts after an error gets a whole new run: what was on its way before is void", () => {
  const alone = new Bench();
  alone.transfer(H2C(0), pages(1), 0x2000);
  const aloneNs = alone.clock.nowNs;
  const bench = new Bench();
  bench.enableInterrupts();
  // The first descriptor's source does not exist, and the fetch of the next block is out when that shows.
  bench.chain(0x1000, [{ ...pages(1)[0]!, host: 0x7000_0000, control: 0 }], true);
  bench.memory.view.setUint32(0x1018, 0x3000, true);
  bench.chain(0x3000, [{ ...pages(1)[0]!, control: 0 }], true);
  bench.memory.view.setUint32(0x3018, 0x4000, true);
  bench.chain(0x4000, pages(1), true);
  bench.chain(0x2000, pages(1), true);
  let restartedNs = -1;
  bench.lines.isr = () => {
    bench.write(0x0c, 1);
    if (restartedNs >= 0) return;
    restartedNs = bench.clock.nowNs;
    bench.start(H2C(0), 0x2000, 0);
  };
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assert(restartedNs > 1108 && restartedNs < 1662, "while the third fetch is out");
  assertEquals(bench.read(0x48), 1);
  assertEquals(bench.lines.messages[1]!.atNs - restartedNs, aloneNs);
});

Deno.test("without ie_idle_stopped bit 6 is not logged, and clearing Run at rest logs nothing", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(2), true));
  bench.write(0x0c, 1);
  bench.clock.run();
  assertEquals(bench.read(0x40), 0);
  bench.transfer(H2C(0), pages(1), 0x1000, VENDOR_RUN | 0x40);
  bench.write(0x0c, 1);
  assertEquals(bench.read(0x40), 6);
});

Deno.test("Run toggled without Stop starts again when the engine has come to rest", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(10), true));
  bench.clock.runUntil(2000);
  bench.write(0x0c, 1);
  bench.write(0x08, 1);
  assert(bench.noticed("RunSetWhileStopping"));
  bench.clock.run();
  assertEquals(bench.read(0x48), 10, "the whole chain from its beginning");
  assertEquals(bench.read(0x40), 6);
});

Deno.test("with fixed timing, clearing Run finishes one descriptor at the given time", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 1000 } });
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(3), true), VENDOR_RUN | 0x40);
  bench.write(0x0c, 1);
  assertEquals(bench.read(0x40), 1);
  bench.clock.run();
  assertEquals(bench.clock.nowNs, 1000);
  assertEquals(bench.read(0x48), 1);
  assertEquals(bench.read(0x40), 0x40);
});

Deno.test("with fixed timing, Run toggled before the moment has come starts the chain again afterwards", () => {
  for (const count of [1, 3]) {
    const bench = new Bench({ timing: { kind: "fixed", dmaNs: 1000 } });
    bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(count), true));
    bench.write(0x0c, 1);
    bench.write(0x08, 1);
    bench.clock.runUntil(1999);
    assertEquals([bench.read(0x48), bench.read(0x40)], [0, 1]);
    bench.clock.run();
    assertEquals(bench.clock.nowNs, 2000);
    assertEquals(bench.read(0x48), count);
  }
});

Deno.test("with fixed timing, a reset makes the old moment void", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 1000 } });
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(1), true));
  bench.clock.runUntil(500);
  bench.card.reset("function");
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.runUntil(1499);
  assertEquals(bench.read(0x48), 0);
  bench.clock.runUntil(1500);
  assertEquals(bench.read(0x48), 1);
});

Deno.test("with fixed timing, a closed loop takes dmaNs for each round", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 1000 } });
  bench.chain(0x1000, pages(4, 0), true);
  bench.memory.view.setUint32(0x1000 + 3 * 32, 0xad4b0302, true);
  bench.memory.view.setUint32(0x1000 + 3 * 32 + 0x18, 0x1000, true);
  bench.start(H2C(0), 0x1000, 3);
  bench.clock.runUntil(10_500);
  assertEquals(bench.read(0x48), 40);
});

Deno.test("with fixed timing, a loop that never comes back to its beginning still lets time pass", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 1000 } });
  bench.chain(0x1000, [{ host: 0x10_0000, card: 0, lengthBytes: 64, control: 0 }], true);
  bench.chain(0x2000, [{ host: 0x10_0000, card: 0, lengthBytes: 64, control: 0 }], true);
  bench.memory.view.setUint32(0x1018, 0x2000, true);
  bench.memory.view.setUint32(0x2018, 0x2000, true);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.runUntil(1500);
  assertEquals(bench.read(0x48), 2 ** 20);
});

Deno.test("Status clears by writing ones, its alias by reading; busy is untouched by both", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(8, CONTROL_COMPLETED), true));
  bench.clock.runUntil(2500);
  assertEquals(bench.read(0x40), 5, "busy, completed");
  bench.write(0x40, 1);
  assertEquals(bench.read(0x40), 5);
  bench.write(0x40, 4);
  assertEquals(bench.read(0x40), 1);
  bench.clock.run();
  bench.write(0x40, 2);
  assertEquals(bench.read(0x40), 4);
  assertEquals(bench.read(0x44), 4);
  assertEquals(bench.read(0x44), 0);
  assertEquals(bench.read(0x40), 0);
});

Deno.test("the ie bits decide what is logged: without them a transfer completes in silence", () => {
  const bench = new Bench();
  bench.enableInterrupts(0x00fffffe);
  bench.transfer(C2H(1), pages(3), 0x1000, 1);
  assertEquals(bench.read(C2H(1) + 0x40), 0);
  assertEquals(bench.read(C2H(1) + 0x48), 3);
  assertEquals(bench.lines.messages, []);
});

Deno.test("the completed count grows with every descriptor, also those without Completed", () => {
  const bench = new Bench();
  bench.transfer(H2C(0), pages(7, 0));
  assertEquals(bench.read(0x48), 7);
});

Deno.test("device burst sizes never change the number of transfers, descriptors or interrupts [S1-25]", () => {
  const seen = new Set<string>();
  for (const maxPayloadBytes of [128, 256, 512, 1024]) {
    for (const maxReadRequestBytes of [128, 256, 512, 4096]) {
      for (const datapathBytes of [8, 64]) {
        const bench = new Bench({ maxPayloadBytes, maxReadRequestBytes, datapathBytes });
        bench.enableInterrupts();
        bench.fill(0x10_0000, 5 * 4096);
        bench.transfer(H2C(0), pages(5));
        const completed = bench.read(0x48);
        bench.write(0x0c, 1);
        bench.transfer(C2H(0), [{ host: 0x20_0123, card: 0, lengthBytes: 20_000 }]);
        assertEquals(bench.memory.bytes.slice(0x20_0123, 0x20_0123 + 20_000), bench.card.cardMemory.read(0, 20_000));
        seen.add(`${completed} ${bench.read(C2H(0) + 0x48)} ${bench.lines.vectors}`);
      }
    }
  }
  assertEquals([...seen], ["5 1 0,4"]);
});

Deno.test("a reset forgets what is under way and leaves every register at its reset value", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.start(H2C(0), 0x1000, bench.chain(0x1000, pages(9), true));
  bench.start(C2H(2), 0x2000, bench.chain(0x2000, pages(9), false));
  bench.clock.runUntil(1500);
  bench.write(0x6010, 0x000f000f);
  bench.write(0x6020, 0x000f000f);
  bench.write(0xc0, 5);
  bench.write(0x301c, 0);
  bench.write(0x3060, 7);
  bench.card.reset("function");
  for (const { offset, reset, access, name } of bench.card.describe().registers) {
    if (access === "W1S" || access === "W1C") continue;
    assertEquals(bench.read(offset), reset, name);
  }
  const moved = [bench.card.carriedBytes("h2c"), bench.card.carriedBytes("c2h")];
  bench.clock.run();
  assertEquals([bench.card.carriedBytes("h2c"), bench.card.carriedBytes("c2h")], moved);
  assertEquals(bench.lines.messages, []);
  bench.transfer(H2C(0), pages(2));
  assertEquals(bench.read(0x48), 2, "and it works again");
});

Deno.test("a power reset also clears card memory, a function reset does not", () => {
  const bench = new Bench();
  bench.card.cardMemory.write(100, new Uint8Array([1, 2, 3]));
  bench.card.reset("function");
  assertEquals(bench.card.cardMemory.read(100, 3), new Uint8Array([1, 2, 3]));
  bench.card.reset("power");
  assertEquals(bench.card.cardMemory.read(100, 3), new Uint8Array(3));
});
