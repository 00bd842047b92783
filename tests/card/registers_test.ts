/** The register map: identity, BARs, decoding, reset values, access kinds, options. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { XdmaOptions } from "../../sim/card/options.ts";
import { XdmaCard } from "../../sim/card/xdma_card.ts";
import { Bench, C2H, H2C } from "./fixture.ts";

Deno.test("identifiers are 0x1fc, target, stream bit, channel and version 6", () => {
  const mm = new Bench();
  const st = new Bench({ interface: "st" });
  assertEquals(mm.read(0x0200), 0x1fc00206);
  assertEquals(st.read(0x1000), 0x1fc18006);
  assertEquals(st.read(0x5300), 0x1fc58306);
  assertEquals(mm.read(0x2000), 0x1fc20006);
  assertEquals(mm.read(0x3000), 0x1fc30006);
  assertEquals(mm.read(0x4300), 0x1fc40306);
  assertEquals(mm.read(0x5100), 0x1fc50106);
  assertEquals(mm.read(0x6000), 0x1fc60006);
});

Deno.test("every register described reads its reset value, and the description needs no slot", () => {
  for (const options of [{}, { interface: "st", h2cCount: 2, c2hCount: 1, link: "gen3x8" }] as XdmaOptions[]) {
    const bench = new Bench(options, { msix: false });
    const { registers } = new XdmaCard(options).describe();
    assertEquals(registers, bench.card.describe().registers);
    for (const { bar, offset, reset, access, name } of registers) {
      assertEquals(bar, bench.bar);
      const expected = access === "W1S" || access === "W1C" ? 0 : reset;
      assertEquals(bench.read(offset), expected, name);
    }
    assertEquals(new Set(registers.map(({ offset }) => offset)).size, registers.length, "no two at one place");
  }
});

Deno.test("read-only registers ignore writes, and no write outside the tables matters", () => {
  const bench = new Bench({}, { msix: false });
  const described = new Map(bench.card.describe().registers.map((row) => [row.offset, row]));
  const before = new Map([...described.keys()].map((offset) => [offset, bench.read(offset)]));
  for (let offset = 0; offset < 0x1_0000; offset += 4) {
    const access = described.get(offset)?.access;
    if (access === undefined) assertEquals(bench.read(offset), 0, `unmapped 0x${offset.toString(16)}`);
    if (access === undefined || access === "RO" || access === "RC") bench.write(offset, 0xffffffff);
  }
  for (const [offset, value] of before) assertEquals(bench.read(offset), value, described.get(offset)?.name);
});

Deno.test("RW registers keep what their bits can hold; W1S and W1C set and clear bits and read as 0", () => {
  const bench = new Bench({}, { msix: false });
  const kept: Record<string, number> = {
    "H2C1 Poll Mode Write Back Address Low": 0xffffffff,
    "H2C1 Poll Mode Write Back Address High": 0xffffffff,
    "H2C1 Interrupt Enable Mask": 0x00fffffe,
    "C2H3 Interrupt Enable Mask": 0x00fffffe,
    "User Interrupt Enable Mask": 0xffff,
    "Channel Interrupt Enable Mask": 0xff,
    "Channel Vector Number 3:0": 0x1f1f1f1f,
    "PCIe Control": 1,
    "AXI User Max Payload Size": 0x71,
    "Write Flush Timeout": 0x1f,
    "C2H0 Descriptor Address Low": 0xffffffff,
    "C2H0 Descriptor Address High": 0xffffffff,
    "C2H0 Descriptor Adjacent": 0x3f,
    "Descriptor Control": 0x000f000f,
    "Descriptor Credit Mode Enable": 0x000f000f,
    "MSI-X 31 Address High": 0xffffffff,
  };
  const rows = bench.card.describe().registers;
  for (const [name, expected] of Object.entries(kept)) {
    const { offset } = rows.find((row) => row.name === name)!;
    bench.write(offset, 0xffffffff);
    assertEquals(bench.read(offset), expected, name);
    bench.write(offset, 0);
    assertEquals(bench.read(offset), 0, name);
    if (rows.find((row) => row.name === `${name} W1S`) === undefined) continue;
    bench.write(offset + 4, 0xffffffff);
    assertEquals(bench.read(offset), expected, `${name} W1S`);
    assertEquals([bench.read(offset + 4), bench.read(offset + 8)], [0, 0], "undocumented; 0");
    bench.write(offset + 8, 0x5);
    assertEquals(bench.read(offset), (expected & ~5) >>> 0, `${name} W1C`);
    bench.write(offset + 8, 0xffffffff);
    assertEquals(bench.read(offset), 0);
  }
  // Control: bits 27:1 (Run would start the engine).
  bench.write(H2C(0) + 0x08, 0xfffffffe);
  assertEquals(bench.read(H2C(0) + 0x04), 0x0ffffffe);
  bench.write(H2C(0) + 0x0c, 0x0000fffe);
  assertEquals(bench.read(H2C(0) + 0x04), 0x0fff0000);
});

Deno.test("address bits 31:16 and 1:0 are ignored", () => {
  const bench = new Bench();
  assertEquals(bench.read(0x7fff_2000), 0x1fc20006);
  bench.write(0x0001_0090, 0x6);
  assertEquals(bench.read(0x0090), 6);
});

Deno.test("absent channels show no identifier, for every count from 0 to 4", () => {
  for (let count = 0; count <= 4; count++) {
    const bench = new Bench({ h2cCount: count, c2hCount: 4 - count });
    for (let channel = 0; channel < 16; channel++) {
      const present = channel < count;
      assertEquals(bench.read(H2C(channel)) >>> 20 === 0x1fc, present);
      assertEquals(bench.read(0x4000 + channel * 0x100) >>> 20 === 0x1fc, present);
      assertEquals(bench.read(C2H(channel)) >>> 20 === 0x1fc, channel < 4 - count);
      assertEquals(bench.read(0x5000 + channel * 0x100) >>> 20 === 0x1fc, channel < 4 - count);
    }
  }
});

Deno.test("the channel nibble must be 0 for IRQ, config and common blocks", () => {
  const bench = new Bench();
  for (const target of [0x2100, 0x3100, 0x6f00]) assertEquals(bench.read(target), 0);
});

Deno.test("BARs come as user, config, bypass; 64-bit ones have even numbers", () => {
  const layout = (options: XdmaOptions) =>
    new XdmaCard(options).probe().bars.map(({ index, purpose }) => `${index}:${purpose}`).join(" ");
  assertEquals(layout({}), "0:config");
  assertEquals(layout({ userBarBytes: 4096 }), "0:user 1:config");
  assertEquals(layout({ bypassBarBytes: 4096 }), "0:config 1:bypass");
  assertEquals(layout({ userBarBytes: 4096, bypassBarBytes: 4096 }), "0:user 1:config 2:bypass");
  assertEquals(layout({ userBarBytes: 4096, bypassBarBytes: 4096, bars64: true }), "0:user 2:config 4:bypass");
});

Deno.test("identity follows the vendor's pattern of device ids", () => {
  const device = (options: XdmaOptions) => new XdmaCard(options).probe().deviceId;
  assertEquals(device({}), 0x903f);
  assertEquals(device({ link: "gen3x8" }), 0x9038);
  assertEquals(device({ link: "gen4x8" }), 0x9048);
  assertEquals(device({ link: "gen2x8" }), 0x7028);
  assertEquals(device({ link: "gen2x4" }), 0x7024);
  const { vendorId, classCode, interruptPin, msixTableSize } = new XdmaCard().probe();
  assertEquals([vendorId, classCode, interruptPin, msixTableSize], [0x10ee, 0x070001, 1, 32]);
  assertEquals(new XdmaCard({ interruptMode: "msi" }).probe().msixTableSize, 0);
});

Deno.test("the config block shows payload and request sizes, width, MSI kind and place on the bus", () => {
  const bench = new Bench({
    maxPayloadBytes: 512,
    maxReadRequestBytes: 4096,
    link: "gen3x8",
    busDeviceFunction: 0x0308,
  });
  assertEquals(bench.read(0x3004), 0x0308);
  assertEquals(bench.read(0x3008), 2);
  assertEquals(bench.read(0x300c), 5);
  assertEquals(bench.read(0x3014), 2);
  assertEquals(bench.read(0x3018), 2, "256 bit");
  assertEquals(bench.read(0x301c), 1, "relaxed ordering");
  bench.write(0x301c, 0);
  assertEquals(bench.read(0x301c), 0);
  assertEquals(bench.read(0x3040), 0x52, "programmed 5, effective what the link has");
});

Deno.test("Alignments say 1/1/64 for MM, datapath sizes in fixed-address mode, 64-byte lengths for C2H streams", () => {
  const bench = new Bench({ link: "gen3x8" });
  assertEquals(bench.read(0x4c), 0x00010140);
  bench.write(0x08, 1 << 25);
  assertEquals(bench.read(0x4c), 0x00202040);
  assertEquals(new Bench({ interface: "st" }).read(C2H(0) + 0x4c), 0x00014040);
});

Deno.test("user BAR words keep what is written, the bypass BAR shows card memory, elsewhere nobody answers", () => {
  const bench = new Bench({ userBarBytes: 4096, bypassBarBytes: 0x2_0000, cardMemoryBytes: 0x1_0000 });
  bench.card.write32(0, 0x2000 % 4096, 0x12345678);
  assertEquals(bench.card.read32(0, 0), 0x12345678);
  assertEquals(bench.card.read32(0, 8192), 0xffffffff);
  bench.card.write32(2, 0x10, 0xcafef00d);
  assertEquals(bench.card.read32(2, 0x10), 0xcafef00d);
  assertEquals(bench.card.cardMemory.read(0x10, 4), new Uint8Array([0x0d, 0xf0, 0xfe, 0xca]));
  bench.card.write32(2, 0x1_0000, 1);
  assertEquals(bench.card.read32(2, 0x1_0000), 0xffffffff);
  assertEquals(bench.card.read32(5, 0), 0xffffffff);
});

Deno.test("after the link went down every read gives ones and nothing interrupts; restored, the card is reset", () => {
  for (const timing of [{ kind: "link" }, { kind: "fixed", dmaNs: 5000 }] as const) {
    const bench = new Bench({ userBarBytes: 4096, timing });
    bench.enableInterrupts();
    bench.card.linkDownAt(2500);
    const pieces = Array.from({ length: 20 }, (_, page) => ({
      host: 0x10_0000 + page * 4096,
      card: page * 4096,
      lengthBytes: 4096,
    }));
    bench.transfer(H2C(0), pieces);
    assertEquals(bench.clock.nowNs >= 2500, true);
    assertEquals(bench.card.isLinkUp, false);
    for (const offset of [0, 0x40, 0x44, 0x48, 0x2000, 0x8fe0]) assertEquals(bench.read(offset), 0xffffffff);
    assertEquals(bench.card.read32(0, 0), 0xffffffff);
    assertEquals(bench.lines.messages, []);
    assertEquals(bench.noticed("LinkDown"), true);
    bench.write(0x04, 1);
    bench.card.linkRestored();
    assertEquals(bench.read(0x04), 0);
    assertEquals(bench.read(0x00), 0x1fc00006);
    assertEquals(bench.read(0x800c), 0xffffffff, "MSI-X masked again");
  }
});

Deno.test("sizes beside the link go before the link's own, and leave its other figures alone", () => {
  const link = { preset: "gen3x8", datapathBytes: 16, maxPayloadBytes: 512, readLatencyNs: 7 } as const;
  const card = new XdmaCard({ link, maxPayloadBytes: 128 });
  assertEquals([card.link.maxPayloadBytes, card.link.datapathBytes, card.link.readLatencyNs], [128, 16, 7]);
  assertEquals(new XdmaCard({ link, datapathBytes: 64 }).link.datapathBytes, 64);
  assertEquals(new XdmaCard({ link }).link.maxPayloadBytes, 512);
});

Deno.test("an option that cannot be is refused in one sentence that names it", () => {
  const wrong: { readonly options: XdmaOptions; readonly name: string }[] = [
    { options: { h2cCount: 5 }, name: "h2cCount" },
    { options: { c2hCount: -1 }, name: "c2hCount" },
    { options: { c2hCount: 1.5 }, name: "c2hCount" },
    { options: { interface: "axi" as "mm" }, name: "interface" },
    { options: { link: "gen9x1" as "gen3x8" }, name: "link" },
    { options: { link: { lanes: 3 } }, name: "lanes" },
    { options: { link: { gigatransfersPerSecond: 7 } }, name: "gigatransfersPerSecond" },
    { options: { link: { tags: 0 } }, name: "tags" },
    { options: { link: { readLatencyNs: -5 } }, name: "readLatencyNs" },
    { options: { link: { writeLatencyNs: 0.5 } }, name: "writeLatencyNs" },
    { options: { link: { axiClockMhz: 0 } }, name: "axiClockMhz" },
    { options: { link: { completionBytes: 512 } }, name: "completionBytes" },
    { options: { maxPayloadBytes: 100 }, name: "maxPayloadBytes" },
    { options: { maxReadRequestBytes: 8192 }, name: "maxReadRequestBytes" },
    { options: { datapathBytes: 24 }, name: "datapathBytes" },
    { options: { timing: { kind: "fixed", dmaNs: 1.5 } }, name: "timing.dmaNs" },
    { options: { timing: { kind: "slow" } as unknown as { kind: "link" } }, name: "timing" },
    { options: { cardMemoryBytes: 1000 }, name: "cardMemoryBytes" },
    { options: { interruptMode: "none" as "msi" }, name: "interruptMode" },
    { options: { msiVectors: 3 }, name: "msiVectors" },
    { options: { adjacentLimit: 64 }, name: "adjacentLimit" },
    { options: { userBarBytes: 5000 }, name: "userBarBytes" },
    { options: { bypassBarBytes: 4095 }, name: "bypassBarBytes" },
    { options: { streamBytes: 1 }, name: "streamBytes" },
    { options: { vendorId: 0x10000 }, name: "vendorId" },
    { options: { interruptPin: 5 }, name: "interruptPin" },
    { options: { systemId: -1 }, name: "systemId" },
  ];
  for (const { options, name } of wrong) {
    const error = assertThrows(() => new XdmaCard(options), RangeError);
    assert(error instanceof RangeError);
    assert(error.message.includes(name), `${error.message} names ${name}`);
    assert(/^Cannot use .+: expected .+[^.]$/.test(error.message), error.message);
  }
});

Deno.test("16 GiB of card memory cost only what is written", () => {
  const bench = new Bench({ cardMemoryBytes: 2 ** 34 });
  const bytes = bench.fill(0x10_0000, 8192);
  const last = 2 ** 34 - 8192;
  bench.chain(0x1000, [{ host: 0x10_0000, card: last, lengthBytes: 8192 }], true);
  bench.start(H2C(0), 0x1000, 0);
  bench.clock.run();
  assertEquals(bench.card.cardMemory.read(last, 8192), bytes);
  assertEquals(bench.card.cardMemory.allocatedBytes, 65536);
  bench.transfer(C2H(0), [{ host: 0x20_0000, card: 2 ** 33, lengthBytes: 100 }]);
  assertEquals(bench.card.cardMemory.allocatedBytes, 65536, "reading allocates nothing");
  bench.transfer(H2C(1), [{ host: 0x10_0000, card: last + 4097, lengthBytes: 4096 }], 0x1000, 0x00fffe1f);
  assertEquals(bench.read(H2C(1) + 0x40), 1 << 14, "one byte too far");
});
