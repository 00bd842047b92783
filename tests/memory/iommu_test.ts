/** What a device's addresses mean, and its way into memory. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { DEVICE_READS, DEVICE_READS_AND_WRITES, DEVICE_WRITES, ioAllocateMdl } from "../../sim/memory/mod.ts";
import type { HostMemory, Mdl, Region } from "../../sim/memory/mod.ts";
import { lockMdlPages } from "../../sim/memory/mod.ts";
import { BUS_OK, BUS_PARITY, BUS_POISONED, BUS_UNSUPPORTED_REQUEST } from "../../sim/ports.ts";
import { Prng } from "../../sim/prng.ts";
import { Recorder } from "../../trace/event.ts";
import { buffer, cpuRead, GIB, host, MIB, pattern } from "./make.ts";

function locked(memory: HostMemory, lengthBytes: number, byteOffset = 0): { region: Region; mdl: Mdl } {
  const region = buffer(memory, lengthBytes, { kind: "user", byteOffset });
  const mdl = ioAllocateMdl(region.va, lengthBytes);
  assertEquals(lockMdlPages(memory.space, mdl, true), "STATUS_SUCCESS");
  return { region, mdl };
}

Deno.test("with an IOMMU the logical address works and is not the physical one, which faults [S0-31]", () => {
  for (const bits of [64, 40, 36, 32]) {
    const clock = new VirtualClock();
    clock.runUntil(1234);
    const memory = host({ iommu: true, layout: "fragmented" }, clock);
    const port = memory.port("xdma0", bits);
    const { region, mdl } = locked(memory, 100_000, 777);
    memory.space.write(region.va, pattern(100_000), 0, 100_000);
    const logical = port.domain.map(mdl.pfns, 0, 777, 100_000, DEVICE_READS);
    const bytes = new Uint8Array(100_000);
    assertEquals(port.read(logical, bytes, 0, 100_000), BUS_OK);
    assertEquals(bytes, pattern(100_000));
    for (let page = 0; page < mdl.pfns.length; page++) {
      assert(logical - 777 + page * 4096 !== mdl.pfns[page]! * 4096);
      assertEquals(port.read(mdl.pfns[page]! * 4096, bytes, 0, 64), BUS_UNSUPPORTED_REQUEST);
    }
    assert(logical + 100_000 <= 2 ** bits);
  }
});

Deno.test("a fault is recorded with time, address, length and direction, and noticed in the trace", () => {
  const clock = new VirtualClock();
  const trace = new Recorder();
  const memory = host({ iommu: true }, clock, trace);
  const port = memory.port("xdma0");
  const { mdl } = locked(memory, 4096);
  const logical = port.domain.map(mdl.pfns, 0, 0, 4096, DEVICE_READS);
  clock.runUntil(50);
  assertEquals(port.write(logical + 8, new Uint8Array(16), 0, 16), BUS_UNSUPPORTED_REQUEST);
  assertEquals(port.read(logical + 4090, new Uint8Array(16), 0, 16), BUS_UNSUPPORTED_REQUEST);
  assertEquals(memory.iommu.faults, [
    { atNs: 50, device: "xdma0", address: logical + 8, lengthBytes: 16, write: true, reason: "notWritable" },
    { atNs: 50, device: "xdma0", address: logical + 4096, lengthBytes: 10, write: false, reason: "notMapped" },
  ]);
  assertEquals(trace.events.map((event) => event.kind === "notice" && event.name), ["IommuFault", "IommuFault"]);
  const writable = port.domain.map(mdl.pfns, 0, 0, 4096, DEVICE_WRITES);
  assertEquals(port.read(writable, new Uint8Array(4), 0, 4), BUS_UNSUPPORTED_REQUEST);
  assertEquals(memory.iommu.faults[2]?.reason, "notReadable");
  assert(port.domain.allows(writable, 4096, true) && !port.domain.allows(writable, 4096, false));
  assert(!port.domain.allows(writable, 4097, true));
  for (let fault = 0; fault < 2000; fault++) port.read(0x123, new Uint8Array(4), 0, 4);
  assertEquals(memory.iommu.faultCount, 2003);
  assert(memory.iommu.faults.length <= 1024, "the record is bounded");
});

Deno.test("scattered pages become one range for the device, in both directions", () => {
  const memory = host({ iommu: true, layout: "fragmented" });
  const port = memory.port("xdma0");
  const { region, mdl } = locked(memory, MIB, 100);
  const logical = port.domain.map(mdl.pfns, 0, 100, MIB, DEVICE_READS_AND_WRITES);
  assertEquals(logical % 4096, 100);
  assertEquals(port.write(logical, pattern(MIB), 0, MIB), BUS_OK);
  assertEquals(cpuRead(memory, region.va, MIB), pattern(MIB));
  const bytes = new Uint8Array(9000);
  assertEquals(port.read(logical + 4000, bytes, 500, 8000), BUS_OK);
  assertEquals(bytes.subarray(500, 8500), pattern(MIB).subarray(4000, 12_000));
  const inner = port.domain.map(mdl.pfns, 3, 5, 4096, DEVICE_READS);
  assertEquals(port.read(inner, bytes, 0, 100), BUS_OK);
  assertEquals(bytes.slice(0, 100), pattern(MIB).slice(3 * 4096 + 5 - 100, 3 * 4096 + 5));
});

Deno.test("a list kept beyond its time works on while addresses are physical, and faults with an IOMMU [S3-11]", () => {
  for (const iommu of [false, true]) {
    const memory = host({ iommu });
    const port = memory.port("old64");
    const { mdl } = locked(memory, 4096);
    const kept = port.domain.mapRun(mdl.pfns[0]! * 4096, 4096, DEVICE_WRITES);
    port.domain.unmap(kept, 4096);
    const status = port.write(kept, pattern(64), 0, 64);
    assertEquals(status, iommu ? BUS_UNSUPPORTED_REQUEST : BUS_OK);
    // Also after many other mappings: an address is not given to the next one who asks.
    for (let round = 0; round < 5000; round++) {
      const other = port.domain.mapRun(mdl.pfns[0]! * 4096, 4096, DEVICE_WRITES);
      assertEquals(port.write(kept, pattern(64), 0, 64), status);
      port.domain.unmap(other, 4096);
    }
    assertEquals(port.domain.mappedPages, 0);
  }
});

Deno.test("addresses come round again when the window is used up, never two live ones at one place", () => {
  const memory = host({ iommu: true, layout: "fragmented" });
  const domain = memory.port("narrow", 20).domain;
  const prng = new Prng("iova");
  const live: { at: number; lengthBytes: number; mdl: Mdl }[] = [];
  let refused = 0;
  for (let round = 0; round < 4000; round++) {
    if (live.length > 0 && prng.chance(0.45)) {
      const [gone] = live.splice(prng.below(live.length), 1);
      domain.unmap(gone!.at, gone!.lengthBytes);
    } else {
      const lengthBytes = prng.between(1, 60_000);
      const { mdl } = locked(memory, lengthBytes);
      const at = domain.map(mdl.pfns, 0, 0, lengthBytes, DEVICE_READS);
      if (at < 0) {
        refused++;
        continue;
      }
      assert(at > 0 && at + lengthBytes <= 2 ** 20);
      for (const other of live) {
        assert(at + mdl.pfns.length * 4096 <= other.at || other.at + other.mdl.pfns.length * 4096 <= at);
      }
      mdl.pfns.forEach((pfn, page) => assert(at + page * 4096 !== pfn * 4096));
      live.push({ at, lengthBytes, mdl });
    }
    assertEquals(domain.mappedPages, live.reduce((sum, { mdl }) => sum + mdl.pfns.length, 0));
  }
  assert(refused > 0, "a full window says so");
  for (const { at, lengthBytes, mdl } of live) {
    for (let page = 0; page < mdl.pfns.length; page++) {
      assertEquals(domain.translate(at + page * 4096, 1, false), mdl.pfns[page]! * 4096);
    }
    domain.unmap(at, lengthBytes);
    assertThrows(() => domain.unmap(at, lengthBytes), AssertionFailure, "not mapped");
  }
  assertEquals(domain.mappedPages, 0);
});

Deno.test("no page is mapped at its own address, even where a narrow device shares numbers with RAM", () => {
  const memory = host({ iommu: true, layout: "contiguous" });
  const { domain } = memory.port("isa", 24);
  for (let round = 0; round < 50; round++) {
    const count = 1 + round % 20;
    const pfn = memory.physical.allocateContiguous(count, { belowAddress: 2 ** 24 });
    const at = domain.mapRun(pfn * 4096, count * 4096, DEVICE_READS);
    assert(at > 0);
    for (let page = 0; page < count; page++) {
      assert(at + page * 4096 !== (pfn + page) * 4096);
      assertEquals(domain.translate(at + page * 4096 + 5, 1, false), (pfn + page) * 4096 + 5);
    }
    const scattered = domain.map(Uint32Array.of(at / 4096 + count, pfn), 0, 0, 8192, DEVICE_READS);
    assert(scattered / 4096 !== at / 4096 + count);
    domain.unmap(scattered, 8192);
  }
});

Deno.test("two devices do not see each other's mappings", () => {
  const memory = host({ iommu: true });
  const { mdl } = locked(memory, 4096);
  const mine = memory.port("mine");
  const logical = mine.domain.map(mdl.pfns, 0, 0, 4096, DEVICE_READS);
  assertEquals(mine.read(logical, new Uint8Array(4), 0, 4), BUS_OK);
  assertEquals(memory.port("yours").read(logical, new Uint8Array(4), 0, 4), BUS_UNSUPPORTED_REQUEST);
  assert(memory.port("mine") === mine);
  assertThrows(() => memory.port("mine2", 8), AssertionFailure);
});

Deno.test("without an IOMMU addresses are physical ones, and scattered pages cannot be made one range", () => {
  const memory = host({ layout: "fragmented" });
  const port = memory.port("card");
  const { mdl } = locked(memory, 3 * 4096);
  assertEquals(port.domain.map(mdl.pfns, 1, 16, 100, DEVICE_READS), mdl.pfns[1]! * 4096 + 16);
  assertThrows(() => port.domain.map(mdl.pfns, 0, 0, 8192, DEVICE_READS), AssertionFailure, "IOMMU off");
});

Deno.test("nobody answers in the hole and beyond RAM, and nothing is half done there", () => {
  const memory = host();
  const port = memory.port("card");
  const bytes = new Uint8Array(4096);
  for (const at of [3 * GIB, 4 * GIB - 1, 3 * GIB - 1, 9 * GIB, 9 * GIB - 100, 2 ** 52]) {
    assertEquals(port.read(at, bytes, 0, 4096), BUS_UNSUPPORTED_REQUEST, at.toString(16));
    assertEquals(port.write(at, bytes.fill(1), 0, 4096), BUS_UNSUPPORTED_REQUEST);
  }
  assertEquals(port.read(3 * GIB - 4096, bytes, 0, 4096), BUS_OK);
  assert(bytes.every((byte) => byte === 0));
  assertEquals(port.read(9 * GIB - 4096, bytes, 0, 4096), BUS_OK);
});

Deno.test("an address beyond the device's lines is refused and noticed, not cut to fit", () => {
  const trace = new Recorder();
  const memory = host({}, new VirtualClock(), trace);
  const port = memory.port("old", 28);
  const bytes = new Uint8Array(8);
  assertEquals(port.read(2 ** 28 - 8, bytes, 0, 8), BUS_OK);
  assertEquals(trace.events.length, 0);
  for (const at of [2 ** 28, 2 ** 28 - 4, 2 ** 28 + 4096]) {
    assertEquals(port.write(at, pattern(8), 0, 8), BUS_UNSUPPORTED_REQUEST);
  }
  assertEquals(trace.events.length, 3);
  assert(trace.events.every((event) => event.kind === "notice" && event.name === "AddressBeyondDeviceWidth"));
  assertEquals(memory.physical.touchedFrames, 0);
});

Deno.test("one access can be made to fail with a status of its own, then all is well again", () => {
  const memory = host();
  const port = memory.port("card");
  const bytes = new Uint8Array(4);
  port.failNext(BUS_PARITY);
  assertEquals([port.read(MIB, bytes, 0, 4), port.read(MIB, bytes, 0, 4)], [BUS_PARITY, BUS_OK]);
  port.failNext(BUS_POISONED, 2);
  const statuses = [1, 2, 3, 4].map(() => port.write(MIB, bytes, 0, 4));
  assertEquals(statuses, [BUS_OK, BUS_OK, BUS_POISONED, BUS_OK]);
  assertThrows(() => port.failNext(BUS_OK), AssertionFailure);
});

Deno.test("a watcher sees every access before it happens", () => {
  const memory = host({ iommu: true });
  const port = memory.port("card");
  const seen: (number | boolean)[][] = [];
  port.onAccess = (address, lengthBytes, write) => void seen.push([address, lengthBytes, write]);
  port.read(5, new Uint8Array(3), 0, 3);
  port.write(4096, new Uint8Array(8), 0, 8);
  assertEquals(seen, [[5, 3, false], [4096, 8, true]]);
  port.onAccess = null;
  port.read(5, new Uint8Array(3), 0, 3);
  assertEquals(seen.length, 2);
});

Deno.test("a device sees RAM, not the CPU's cache", () => {
  const memory = host({ coherent: false });
  const port = memory.port("card");
  const region = buffer(memory, 4096, { kind: "nonpaged" });
  const at = memory.space.physicalAddress(region.va);
  memory.space.write(region.va, pattern(64), 0, 64);
  const bytes = new Uint8Array(64);
  port.read(at, bytes, 0, 64);
  assertEquals(bytes, new Uint8Array(64));
  memory.cache.clean(at, 64);
  port.read(at, bytes, 0, 64);
  assertEquals(bytes, pattern(64));
});
