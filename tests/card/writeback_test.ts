/** The two things a card writes beside data, byte by byte. */
import { assertEquals } from "@std/assert";
import { encodePollWriteback, encodeStreamResult } from "../../sim/card/writeback.ts";
import { Bench, C2H, H2C } from "./fixture.ts";
import type { Piece } from "./fixture.ts";

const PIECE: Piece = { host: 0x10_0000, card: 0, lengthBytes: 64 };
/** Poll mode as the vendor's Linux driver writes it: no descriptor_completed or descriptor_stopped. */
const POLL_RUN = 0x04f83e19;

Deno.test("a poll-mode write-back is the count's low 24 bits and bit 31 for errors", () => {
  const bytes = new Uint8Array(4);
  const view = new DataView(bytes.buffer);
  encodePollWriteback(view, 0x12345678, false);
  assertEquals([...bytes], [0x78, 0x56, 0x34, 0x00]);
  encodePollWriteback(view, 3, true);
  assertEquals([...bytes], [0x03, 0x00, 0x00, 0x80]);
});

Deno.test("a stream result is 0x52B4 with EOP, and the byte count", () => {
  const bytes = new Uint8Array(8);
  encodeStreamResult(new DataView(bytes.buffer), 0x1040, true);
  assertEquals([...bytes], [0x01, 0x00, 0xb4, 0x52, 0x40, 0x10, 0x00, 0x00]);
  encodeStreamResult(new DataView(bytes.buffer), 64, false);
  assertEquals([...bytes], [0x00, 0x00, 0xb4, 0x52, 0x40, 0x00, 0x00, 0x00]);
});

Deno.test("4 bytes of count are written for each Completed, also with ie_descriptor_completed clear", () => {
  for (const channel of [H2C(0), C2H(0)]) {
    const bench = new Bench();
    bench.memory.bytes.fill(0xee, 0x9000, 0x9010);
    bench.write(channel + 0x88, 0x9004);
    bench.memory.recording = true;
    bench.transfer(channel, [PIECE, { ...PIECE, control: 2 }, PIECE, PIECE], 0x1000, POLL_RUN);
    assertEquals(bench.memory.accesses.filter((access) => access.startsWith("W 9004")), ["W 9004 4", "W 9004 4"]);
    assertEquals([...bench.memory.bytes.slice(0x9000, 0x900c)], [
      ...[0xee, 0xee, 0xee, 0xee],
      ...[4, 0, 0, 0],
      ...[0xee, 0xee, 0xee, 0xee],
    ]);
    assertEquals(bench.read(channel + 0x40), 0, "nothing logged, nothing interrupts");
  }
});

Deno.test("without pollmode_wb_enable nothing is written back", () => {
  const bench = new Bench();
  bench.write(0x88, 0x9000);
  bench.transfer(H2C(0), [PIECE]);
  assertEquals(bench.memory.word(0x9000), 0);
});

Deno.test("an error in poll mode writes bit 31 with the count so far", () => {
  const bench = new Bench();
  bench.write(0x88, 0x9000);
  bench.transfer(H2C(0), [PIECE, PIECE, { ...PIECE, host: 0x7000_0000 }], 0x1000, POLL_RUN);
  assertEquals(bench.memory.word(0x9000), 0x8000_0002);
});

Deno.test("the write-back follows the data: whoever sees the count finds the bytes", () => {
  const bench = new Bench();
  bench.card.cardMemory.write(0, bench.fill(0x10_0000, 9000, 5));
  bench.write(C2H(0) + 0x88, 0x9000);
  bench.memory.recording = true;
  bench.transfer(C2H(0), [{ host: 0x20_0000, card: 0, lengthBytes: 9000 }], 0x1000, POLL_RUN);
  assertEquals(bench.memory.accesses.at(-1), "W 9000 4");
  assertEquals(bench.memory.bytes.slice(0x20_0000, 0x20_0000 + 9000), bench.card.cardMemory.read(0, 9000));
});
