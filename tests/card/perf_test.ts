/** Performance monitor: cycles of the AXI clock and beats of the datapath. */
import { assertEquals } from "@std/assert";
import { PerfMonitor } from "../../sim/card/perf.ts";
import { Bench, H2C } from "./fixture.ts";

Deno.test("Auto clears at Run, counts while the engine runs and stops at the Stop descriptor", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 4000 } });
  bench.write(0xc0, 5);
  bench.clock.runUntil(10_000);
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0, lengthBytes: 100 }]);
  bench.clock.runUntil(50_000);
  assertEquals(bench.read(0xc0), 5);
  assertEquals(bench.read(0xc4), 1000, "4 µs at 250 MHz");
  assertEquals(bench.read(0xcc), 2, "100 bytes are two beats of 64");
  bench.write(0x0c, 1);
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0, lengthBytes: 4096 }]);
  assertEquals(bench.read(0xc4), 1000, "cleared at Run, counted again");
  assertEquals(bench.read(0xcc), 64);
});

Deno.test("without Auto it counts on after Stop until Run of the monitor is cleared; Clear empties it", () => {
  const bench = new Bench({ timing: { kind: "fixed", dmaNs: 4000 } });
  bench.write(0xc0, 4);
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0, lengthBytes: 64 }]);
  bench.clock.runUntil(8000);
  assertEquals(bench.read(0xc4), 2000);
  bench.write(0xc0, 0);
  bench.clock.runUntil(9000);
  assertEquals(bench.read(0xc4), 2000);
  bench.write(0xc0, 2);
  assertEquals([bench.read(0xc0), bench.read(0xc4), bench.read(0xcc)], [0, 0, 0], "Clear does not stay");
});

Deno.test("unarmed it counts nothing", () => {
  const bench = new Bench();
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0, lengthBytes: 4096 }]);
  assertEquals([bench.read(0xc4), bench.read(0xcc)], [0, 0]);
});

Deno.test("counters have 42 bits and bit 16 says that they are full", () => {
  const perf = new PerfMonitor(64, 250);
  perf.writeControl(4, 0, true);
  const at = (nowNs: number) => [perf.read(0xc4, nowNs), perf.read(0xc8, nowNs)];
  assertEquals(at(4 * (2 ** 32 + 5)), [5, 1]);
  assertEquals(at(4 * (2 ** 42 - 1)), [0xffffffff, 0x3ff]);
  assertEquals(at(4 * 2 ** 42), [0xffffffff, 0x103ff]);
});
