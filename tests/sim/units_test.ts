/** Checked quantities and the page arithmetic of the DDI. */

import { assertEquals, assertThrows } from "@std/assert";
import { Prng } from "../../sim/prng.ts";
import {
  address,
  addressFromHalves,
  byteOffset,
  bytesToPages,
  highHalf,
  lowHalf,
  nanoseconds,
  spanPages,
} from "../../sim/units.ts";

Deno.test("only safe integers from 0 up become addresses and times", () => {
  for (const good of [0, 1, 2 ** 53 - 1]) {
    assertEquals(address(good), good);
    assertEquals(nanoseconds(good), good);
  }
  for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => address(bad, "bus address"), RangeError, "bus address");
    assertThrows(() => nanoseconds(bad, "setupNs"), RangeError, "setupNs");
  }
});

Deno.test("an address survives being written as two register halves", () => {
  const prng = new Prng("halves");
  for (let draw = 0; draw < 2000; draw++) {
    const value = prng.below(2 ** prng.between(1, 52));
    const [low, high] = [lowHalf(value), highHalf(value)];
    assertEquals(addressFromHalves(low, high), value);
    // Registers hand their halves over as signed numbers at times.
    assertEquals(addressFromHalves(low | 0, high | 0), value);
    assertEquals(BigInt(value), (BigInt(high) << 32n) | BigInt(low));
  }
  assertEquals(addressFromHalves(0xffff_ffff, 0x1f_ffff), 2 ** 53 - 1);
  assertEquals(addressFromHalves(0, 0x20_0000), -1);
  assertEquals(addressFromHalves(0xffff_ffff, 0xffff_ffff), -1);
});

Deno.test("page arithmetic is that of the DDI's macros", () => {
  for (const [bytes, pages] of [[0, 0], [1, 1], [4096, 1], [4097, 2], [65_536, 16], [0x8000_0000, 524_288]] as const) {
    assertEquals(bytesToPages(bytes), pages);
  }
  const prng = new Prng("pages");
  for (let draw = 0; draw < 2000; draw++) {
    const va = prng.below(2 ** 48);
    const length = prng.below(2 ** 30);
    const offset = Number(BigInt(va) & 0xfffn);
    assertEquals(byteOffset(va), offset);
    assertEquals(BigInt(spanPages(va, length)), (BigInt(offset) + BigInt(length) + 4095n) >> 12n);
  }
  assertEquals(spanPages(0x1fff, 2), 2);
  assertEquals(spanPages(0x1fff, 1), 1);
});

Deno.test("MDL NULL counts pages from address and length: an unaligned start adds one", () => {
  assertEquals(spanPages(0x1_0000, 8192), 2);
  assertEquals(spanPages(0x1_0001, 8192), 3);
  assertEquals(spanPages(0x1_0fff, 8192), 3);
});
