/** What a listener hears, and that the same program always says the same. */
import { assert, assertEquals } from "@std/assert";
import { Prng } from "../../sim/prng.ts";
import { Bench, C2H, H2C } from "./fixture.ts";

function someRun(seed: string): Bench {
  const random = new Prng(seed);
  const bench = new Bench({ link: "gen3x8" }, { traced: true });
  bench.enableInterrupts();
  bench.lines.isr = (vector) => {
    const channel = vector < 4 ? H2C(vector) : C2H(vector - 4);
    bench.read(channel + 0x44);
    bench.write(channel + 0x0c, 1);
  };
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 8; index++) {
      const pieces = Array.from({ length: random.between(1, 30) }, () => ({
        host: 0x80_0000 + random.below(100_000),
        card: random.below(1 << 20),
        lengthBytes: random.between(1, 9000),
      }));
      const ring = 0x1000 + index * 0x1000;
      bench.start(index < 4 ? H2C(index) : C2H(index - 4), ring, bench.chain(ring, pieces, index < 4));
    }
    bench.clock.run();
  }
  return bench;
}

Deno.test("the same seed gives the same trace to the byte, another seed another", () => {
  const lines = (bench: Bench) => bench.events.map((event) => JSON.stringify(event)).join("\n");
  const first = lines(someRun("a"));
  assertEquals(lines(someRun("a")), first);
  assert(first !== lines(someRun("b")));
});

Deno.test("a transfer is told as registers, engine, descriptors and interrupt, in virtual time", () => {
  const bench = new Bench({}, { traced: true });
  bench.enableInterrupts();
  const from = bench.events.length;
  bench.transfer(H2C(1), [{ host: 0x10_0000, card: 0x40, lengthBytes: 100 }, { host: 0, card: 0, lengthBytes: 0 }]);
  const told = bench.events.slice(from).map((event) => {
    switch (event.kind) {
      case "register":
        return `${event.access} ${event.offset.toString(16)}`;
      case "engine":
        return `${event.channel} ${event.state} ${event.completedCount}`;
      case "descriptor":
        return `${event.channel} descriptor ${event.address.toString(16)} ${event.lengthBytes}`;
      case "interrupt":
        return `interrupt ${event.vector} ${event.source}`;
      case "notice":
        return `${event.source} ${event.name}`;
      default:
        return event.kind;
    }
  });
  assertEquals(told, [
    ...["write 104", "write 4180", "write 4184", "write 4188", "write 104", "h2c1 running 0"],
    ...["h2c1 descriptor 1000 100", "h2c1 descriptor 1020 0", "h2c1 DescriptorLengthZero", "h2c1 halted 2"],
    "interrupt 1 channel 1",
  ]);
});

Deno.test("without a listener no event is built", () => {
  const bench = new Bench();
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0, lengthBytes: 100 }]);
  assertEquals(bench.events, []);
});
