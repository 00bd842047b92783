/** Which bad input sets which Status bit: PG195's Status register and what it leaves open, row by row. */
import { assert, assertEquals } from "@std/assert";
import { CONTROL_COMPLETED, CONTROL_STOP, writeDescriptor } from "../../sim/card/descriptor.ts";
import { BUS_COMPLETER_ABORT } from "../../sim/ports.ts";
import { Bench, C2H, H2C, MAINLINE_RUN, SG, VENDOR_RUN } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

const STOP_COMPLETED = CONTROL_STOP | CONTROL_COMPLETED;
const GOOD: Piece = { host: 0x10_0000, card: 0, lengthBytes: 4096 };
/** Beyond the 16 MiB of host memory. */
const NOWHERE = 0x7000_0000;
/** Fixed-address mode on top of mainline's Control. */
const FIXED_RUN = MAINLINE_RUN | (1 << 25);

/** Every ie bit, every bit of the mask: what an engine says of one bad chain. */
function afterRunning(bench: Bench, channel: number, pieces: readonly Piece[], control = MAINLINE_RUN | 0x60): number {
  bench.enableInterrupts(0x00fffffe);
  bench.transfer(channel, pieces, 0x1000, control);
  assertEquals(bench.read(channel + 0x40) & 1, 0, "not busy");
  assertEquals(bench.lines.messages.length, 1, "an error interrupts");
  return bench.read(channel + 0x40);
}

Deno.test("a wrong magic is bit 4 and stops; the notice gives channel, index, found and expected [S0-28]", () => {
  for (const fixed of [false, true]) {
    const bench = new Bench(fixed ? { timing: { kind: "fixed", dmaNs: 5000 } } : {});
    bench.enableInterrupts();
    const adjacent = bench.chain(0x1000, [GOOD, GOOD, GOOD, GOOD], true);
    bench.memory.view.setUint32(0x1000 + 2 * 32, 0x4bad0000, true);
    bench.start(H2C(3), 0x1000, adjacent);
    bench.clock.run();
    assertEquals(bench.read(H2C(3) + 0x40), 1 << 4);
    assertEquals(bench.read(H2C(3) + 0x48), 2, "the failing descriptor does not count");
    assertEquals(bench.lines.vectors, [3]);
    const notice = bench.card.notices.find(({ name }) => name === "IncorrectMagic");
    assertEquals(notice?.source, "h2c3");
    assertEquals(notice?.details, "descriptor 2 at 0x1040: found 0x4bad, expected 0xad4b");
    // The engine stays stopped, whatever is written, until Run is toggled.
    bench.memory.view.setUint32(0x1000 + 2 * 32, 0xad4b0000, true);
    bench.write(H2C(3) + 0x08, 1);
    bench.clock.run();
    assertEquals(bench.read(H2C(3) + 0x48), 2);
    bench.write(H2C(3) + 0x0c, 1);
    bench.write(H2C(3) + 0x08, 1);
    bench.clock.run();
    assertEquals(bench.read(H2C(3) + 0x48), 4);
  }
});

Deno.test("zeroed ring memory is a wrong magic", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0x3000, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 4);
});

Deno.test("a wrong magic with ie_magic_stopped = 0 stops without a word", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.start(H2C(0), 0x3000, 0, VENDOR_RUN & ~(1 << 4));
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 0);
  assertEquals(bench.lines.messages, []);
});

Deno.test("an unmapped descriptor address is bit 19, a completer abort bit 20", () => {
  const bench = new Bench();
  bench.start(C2H(0), NOWHERE, 0);
  bench.clock.run();
  assertEquals(bench.read(C2H(0) + 0x40), 1 << 19);
  bench.memory.fault(0x5000, 32, BUS_COMPLETER_ABORT);
  bench.start(H2C(0), 0x5000, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 20);
  assertEquals(bench.read(H2C(0) + 0x48), 0);
});

Deno.test("a failed prefetch counts only when everything before it is done", () => {
  const bench = new Bench();
  bench.chain(0x1000, [GOOD], true);
  bench.memory.view.setUint32(0x1000, 0xad4b0000, true);
  bench.memory.view.setUint32(0x1018, NOWHERE, true);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x48), 1);
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 19);
});

Deno.test("an unaligned descriptor address is named and the aligned one below is read", () => {
  const bench = new Bench();
  bench.chain(0x1000, [GOOD], true);
  bench.start(H2C(0), 0x1010, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 6);
  assert(bench.noticed("DescriptorNotAligned"));
});

Deno.test("an unmapped H2C source is bit 9, a completer abort bit 10, and the count does not move", () => {
  assertEquals(afterRunning(new Bench(), H2C(0), [{ ...GOOD, host: NOWHERE }]), 1 << 9);
  const bench = new Bench();
  bench.memory.fault(0x10_0000, 4096, BUS_COMPLETER_ABORT);
  assertEquals(afterRunning(bench, H2C(0), [{ ...GOOD, host: 0x20_0000 }, GOOD]), 1 << 10);
  assertEquals(bench.read(H2C(0) + 0x48), 1);
});

Deno.test("a source address beyond 2^53 is an unsupported request, not a crash", () => {
  const bench = new Bench();
  bench.chain(0x1000, [GOOD], true);
  bench.memory.view.setUint32(0x100c, 0xffffffff, true);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 9);
});

Deno.test("a destination address beyond 2^53 loses posted C2H data and write-backs without a crash", () => {
  const bench = new Bench();
  bench.chain(0x1000, [GOOD], false);
  bench.memory.view.setUint32(0x1014, 0xffffffff, true);
  bench.write(C2H(0) + 0x8c, 0xffffffff);
  bench.start(C2H(0), 0x1000, 0, VENDOR_RUN | (1 << 26));
  bench.clock.run();
  assertEquals(bench.read(C2H(0) + 0x40), 6);
});

Deno.test("a descriptor address beyond 2^53 is an unsupported request", () => {
  const bench = new Bench();
  bench.write(H2C(0) + SG + 0x84, 0xffffffff);
  bench.write(H2C(0) + 0x04, VENDOR_RUN);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 19);
});

Deno.test("injected completions on data are bits 11 (parity), 12 (poisoned) and 13 (stray)", () => {
  for (const [fault, bit] of [["parityData", 11], ["poisonedData", 12], ["strayData", 13]] as const) {
    const bench = new Bench();
    bench.card.faults.arm({ fault, channel: 1, after: 1 });
    assertEquals(afterRunning(bench, H2C(1), [GOOD, GOOD, GOOD]), 1 << bit);
    assertEquals(bench.read(H2C(1) + 0x48), 1);
  }
});

Deno.test("injected completions on descriptors are bits 21 (parity), 22 (poisoned) and 23 (stray)", () => {
  for (const [fault, bit] of [["parityDescriptor", 21], ["poisonedDescriptor", 22], ["strayDescriptor", 23]] as const) {
    const bench = new Bench();
    bench.card.faults.arm({ fault, channel: 5 });
    assertEquals(afterRunning(bench, C2H(1), [GOOD]), 1 << bit);
  }
});

Deno.test("an unmapped C2H destination leaves the status clean: writes are posted and the data is lost", () => {
  const bench = new Bench();
  assertEquals(afterRunning(bench, C2H(0), [{ ...GOOD, host: NOWHERE }]), 6);
  assertEquals(bench.read(C2H(0) + 0x48), 1);
  assertEquals(bench.memory.lostWrites, 1, "only the host knows");
});

Deno.test("an AXI address with no slave is bit 14 on H2C and bit 9 on C2H", () => {
  const options = { cardMemoryBytes: 0x10_0000 };
  assertEquals(afterRunning(new Bench(options), H2C(0), [{ ...GOOD, card: 0x10_0000 }]), 1 << 14);
  assertEquals(afterRunning(new Bench(options), C2H(0), [{ ...GOOD, card: 0xf_f001 }]), 1 << 9);
});

Deno.test("an AXI slave error is bit 15 on H2C and bit 10 on C2H", () => {
  for (const [channel, bit] of [[H2C(0), 15], [C2H(0), 10]] as const) {
    const bench = new Bench();
    bench.card.cardMemory.setFault(0x8000, 0x100, 2);
    assertEquals(afterRunning(bench, channel, [{ ...GOOD, card: 0x8000 - 0x800 }]), 1 << bit);
  }
});

Deno.test("the vendor's Control has no write_error bits: an AXI decode error stops H2C without being logged", () => {
  const bench = new Bench({ cardMemoryBytes: 0x10_0000 });
  bench.enableInterrupts();
  bench.transfer(H2C(0), [{ ...GOOD, card: 0x10_0000 }]);
  assertEquals(bench.read(H2C(0) + 0x40), 0);
  assertEquals(bench.read(H2C(0) + 0x48), 0);
  assert(bench.noticed("DataWriteFailed"));
});

Deno.test("fixed-address mode with an odd address or length is bit 3; without that mode every byte is legal", () => {
  const wrong: Piece[] = [
    { host: 0x10_0020, card: 0, lengthBytes: 128 },
    { host: 0x10_0000, card: 32, lengthBytes: 128 },
    { host: 0x10_0000, card: 0, lengthBytes: 96 },
  ];
  for (const piece of wrong) {
    for (const channel of [H2C(0), C2H(0)]) {
      assertEquals(afterRunning(new Bench(), channel, [piece], FIXED_RUN), 1 << 3);
      assertEquals(afterRunning(new Bench(), channel, [piece]), 6);
    }
  }
  for (const datapathBytes of [8, 16, 32]) {
    assertEquals(afterRunning(new Bench({ datapathBytes }), H2C(0), [wrong[0]!], FIXED_RUN), 6);
  }
});

Deno.test("in fixed-address mode H2C leaves its last beat and C2H reads one beat over and over", () => {
  const bench = new Bench();
  // Three pages, so that the address has to hold from piece to piece.
  const bytes = bench.fill(0x10_0000, 3 * 4096);
  const beat = bytes.slice(-64);
  bench.transfer(H2C(0), [{ host: 0x10_0000, card: 0x4000, lengthBytes: 3 * 4096 }], 0x1000, FIXED_RUN);
  assertEquals(bench.card.cardMemory.read(0x4000, 64), beat);
  assertEquals(bench.card.cardMemory.read(0x4040, 0x4000), new Uint8Array(0x4000));
  bench.transfer(C2H(0), [{ host: 0x20_0000, card: 0x4000, lengthBytes: 2 * 4096 }], 0x1000, FIXED_RUN);
  for (let at = 0; at < 2 * 4096; at += 64) {
    assertEquals(bench.memory.bytes.slice(0x20_0000 + at, 0x20_0000 + at + 64), beat);
  }
});

Deno.test("a C2H stream descriptor that is no multiple of 64 bytes is bit 5; H2C takes any length", () => {
  assertEquals(afterRunning(new Bench({ interface: "st" }), C2H(0), [{ ...GOOD, lengthBytes: 100 }]), 1 << 5);
  assertEquals(afterRunning(new Bench({ interface: "st" }), H2C(0), [{ ...GOOD, lengthBytes: 100 }]), 6);
});

Deno.test("length 0 completes at once and is named", () => {
  const bench = new Bench();
  assertEquals(afterRunning(bench, H2C(0), [{ ...GOOD, lengthBytes: 0 }, { ...GOOD, lengthBytes: 0 }]), 6);
  assertEquals(bench.read(H2C(0) + 0x48), 2);
  assert(bench.noticed("DescriptorLengthZero"));
});

Deno.test("a length above 2^28 - 1 loses its upper bits and is named", () => {
  const bench = new Bench();
  const bytes = bench.fill(0x10_0000, 512);
  assertEquals(afterRunning(bench, H2C(0), [{ ...GOOD, lengthBytes: 0x3000_0100 }]), 6);
  assertEquals(bench.card.cardMemory.read(0, 512), Uint8Array.from(bytes, (byte, index) => index < 256 ? byte : 0));
  assert(bench.noticed("DescriptorLengthOverflow"));
});

Deno.test("Stop in the middle of a block halts there, drops the rest and is named", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  const pieces = [GOOD, { ...GOOD, control: STOP_COMPLETED }, GOOD, GOOD];
  bench.transfer(H2C(0), pieces);
  assertEquals(bench.read(H2C(0) + 0x40), 6);
  assertEquals(bench.read(H2C(0) + 0x48), 2);
  assert(bench.noticed("StopInsideBlock"));
});

Deno.test("Run with descriptor address 0 fetches address 0: a wrong magic, or a failed fetch", () => {
  const bench = new Bench();
  bench.start(H2C(0), 0, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 4);
  const guarded = new Bench();
  guarded.memory.fault(0, 4096, 1);
  guarded.start(H2C(0), 0, 0);
  guarded.clock.run();
  assertEquals(guarded.read(H2C(0) + 0x40), 1 << 19);
});

Deno.test("a chain without Stop and with next address 0 runs off its end and is named", () => {
  const bench = new Bench();
  bench.transfer(H2C(0), [{ ...GOOD, control: CONTROL_COMPLETED }]);
  assertEquals(bench.read(H2C(0) + 0x48), 1);
  assertEquals(bench.read(H2C(0) + 0x40), (1 << 4) | (1 << 2), "completed, then the magic at address 0");
  assert(bench.noticed("ChainRunsOffTheEnd"));
});

Deno.test("error groups are logged bit by bit: only the ie bit of the error decides", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  bench.transfer(H2C(0), [{ ...GOOD, host: NOWHERE }], 0x1000, VENDOR_RUN & ~(1 << 9));
  assertEquals(bench.read(H2C(0) + 0x40), 0);
  bench.transfer(H2C(0), [{ ...GOOD, host: NOWHERE }], 0x1000, VENDOR_RUN);
  assertEquals(bench.read(H2C(0) + 0x40), 1 << 9);
});

Deno.test("an error on one channel leaves the others alone", () => {
  const bench = new Bench();
  bench.enableInterrupts();
  writeDescriptor(bench.memory.view, 0x2000, {
    control: STOP_COMPLETED,
    nextAdjacent: 0,
    lengthBytes: 65536,
    sourceAddress: 0x10_0000,
    destinationAddress: 0,
    nextAddress: 0,
  });
  bench.start(H2C(0), 0x2000, 0);
  bench.start(H2C(1), NOWHERE, 0);
  bench.clock.run();
  assertEquals(bench.read(H2C(0) + 0x40), 6);
  assertEquals(bench.read(H2C(1) + 0x40), 1 << 19);
  assertEquals(bench.read(H2C(0) + SG + 0x80), 0x2000);
});
