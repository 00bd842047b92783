/** What a device may touch: only what its driver shares with it at that moment. */
import { assert, assertEquals } from "@std/assert";
import { AccessWatch } from "../../actors/access_watch.ts";
import { drawWorld } from "../../actors/runs/random_world.ts";
import { runRoundTrip } from "../../actors/runs/round_trip.ts";
import { isrReprogram, registeredWith, STRATEGIES } from "../../actors/scheduler/strategies/mod.ts";
import type { Strategy, StrategyName } from "../../actors/scheduler/strategy.ts";
import type { SystemOptions } from "../../actors/system_options.ts";
import { allocate, flush, freeRegisters, map } from "../hal/classic_driver.ts";
import { elements, Machine, obtain, putList, version3, XDMA, XDMA_32 } from "../hal/fixture.ts";
import { drive, equal, pattern } from "../scheduler/drive.ts";
import { rawPhysical } from "./raw_physical.ts";

const ENGINES = ["chart", "table"] as const;
const WATCHED = { watchDeviceAccess: true } as const;

for (const engine of ENGINES) {
  Deno.test(`raw physical addresses in the device are named on the ${engine} engine, whether they work or not [S1-5, S2-10]`, () => {
    for (const iommu of [false, true]) {
      const { system, outcomes } = drive({
        strategy: rawPhysical,
        wanted: equal(1, 16_384),
        system: { ...WATCHED, engine, iommu },
      });
      const rules = new Set(system.findings.errors.map(({ rule }) => rule));
      assertEquals(rules, new Set(["DeviceGivenRawPhysical"]));
      const [finding] = system.findings.all;
      assertEquals([finding!.resource, finding!.call], ["xdma0", "device access"]);
      assert(
        /^read of \d+ bytes at 0x[0-9a-f]+: a physical address that no DMA routine returned$/.test(finding!.details),
      );
      // Without an IOMMU it even works, which is why people do it.
      assertEquals(outcomes[0]!.status, iommu ? "STATUS_DEVICE_HARDWARE_ERROR" : "STATUS_SUCCESS");
      assertEquals(system.memory.iommu.faultCount > 0, iommu);
    }
  });
}

Deno.test("the same driver is let off where GetDmaAdapterInfo allows drivers to bypass the API [S1-5]", () => {
  const rules = (options: Partial<SystemOptions>): string[] => {
    const { system } = drive({ strategy: rawPhysical, wanted: equal(1), system: { ...WATCHED, ...options } });
    return [...new Set(system.findings.all.map(({ rule }) => rule))];
  };
  assertEquals(rules({ apiBypass: true }), []);
  // The flag is given only where it is true.
  assertEquals(rules({ apiBypass: true, iommu: true }), ["DeviceGivenRawPhysical"]);
  assertEquals(rules({ apiBypass: true, coherent: false }), ["DeviceGivenRawPhysical"]);
  assertEquals(rules({ apiBypass: false }), ["DeviceGivenRawPhysical"]);
});

Deno.test("without a watch nobody looks, and the run is the same to the nanosecond [S2-10]", () => {
  const watched = drive({ strategy: "isr-reprogram", wanted: equal(6), system: WATCHED });
  const blind = drive({ strategy: "isr-reprogram", wanted: equal(6) });
  assertEquals(watched.outcomes, blind.outcomes);
  assertEquals(JSON.stringify(watched.events), JSON.stringify(blind.events));
  const { memory, deviceObject } = blind.system;
  assertEquals(memory.port(deviceObject.name).onAccess, null);
  const raw = drive({ strategy: rawPhysical, wanted: equal(1) });
  assertEquals(raw.system.findings.all, []);
});

const PLATFORMS: Readonly<Record<string, Partial<SystemOptions>>> = {
  "64-bit": {},
  "IOMMU": { iommu: true },
  "32-bit, bounced": { addressBits: 32 },
  "without scatter/gather": { scatterGather: false, layout: "fragmented" },
  "without scatter/gather, behind an IOMMU": { scatterGather: false, iommu: true },
  "32-bit, noncoherent, polling": { addressBits: 32, coherent: false, polling: true },
};

for (const strategy of Object.keys(STRATEGIES) as StrategyName[]) {
  Deno.test(`${strategy}: a clean run never touches what is not shared, on any platform [S2-10]`, () => {
    const bytes = pattern(3, 150_000);
    for (const [platform, options] of Object.entries(PLATFORMS)) {
      // What goes through a copy reaches the requester at Put, and a registered list is put at the end.
      if (strategy === "registered" && /bit,|without/.test(platform)) continue;
      const result = runRoundTrip({
        bytes,
        strategy,
        h2cCount: 2,
        c2hCount: 2,
        pieceBytes: 8192,
        byteOffset: 100,
        engine: "table",
        // A piece that begins inside a page touches one page more than it is long.
        system: { ...options, ...WATCHED, maximumTransferBytes: 16_384, strict: true },
      });
      assertEquals(result.violations, [], platform);
      assert(result.bytes.every((byte, index) => byte === bytes[index]), platform);
    }
  });
}

Deno.test("a list that is put while the device works is named for the access too [S2-10]", () => {
  const early: Strategy = {
    ...isrReprogram,
    start: (driver) => {
      const run = isrReprogram.start(driver);
      return {
        dispatch: (request) => {
          run.dispatch(request);
          driver.clock.after(driver.costs.setupNs + 1, (number) => {
            driver.atDispatch(() => driver.putList(driver.requests.at(number)));
          }, request.number);
        },
        finished: (channel, request) => run.finished(channel, request),
        deferred: (channel, request) => run.deferred(channel, request),
      };
    },
  };
  const { system } = drive({ strategy: early, wanted: equal(1), system: WATCHED });
  const rules = system.findings.all.map(({ rule }) => rule);
  assertEquals(rules[0], "PutWhileDeviceActive");
  const access = system.findings.all.find(({ rule }) => rule === "DeviceAccessOutsideMapping");
  assert(access!.details.endsWith("what was mapped there has been given back"), access!.details);
  assert(!rules.includes("DeviceGivenRawPhysical"));
});

for (const iommu of [false, true]) {
  Deno.test(`lists used beyond their Put ${iommu ? "fault with the IOMMU on" : "work with the IOMMU off"} [S3-11]`, () => {
    const { system, outcomes } = drive({
      strategy: registeredWith({ keepLists: false }),
      wanted: equal(4),
      system: { iommu, ...WATCHED },
    });
    const status = iommu ? "STATUS_DEVICE_HARDWARE_ERROR" : "STATUS_SUCCESS";
    assertEquals(outcomes.map((outcome) => outcome.status), [status, status, status, status]);
    assertEquals(system.memory.iommu.faultCount > 0, iommu);
    const rules = new Set(system.findings.all.map(({ rule }) => rule));
    assertEquals(rules, new Set(["SglReadAfterPut", "DeviceAccessOutsideMapping"]));
  });
}

const GIVEN_BACK = ["DeviceAccessOutsideMapping: what was mapped there has been given back"];

/** A machine with a watch on its device, whose accesses the test makes itself. */
function watchedMachine(description: typeof XDMA = XDMA, iommu = false): {
  machine: Machine;
  adapter: ReturnType<Machine["adapter"]>;
  touch: (at: number, lengthBytes: number, write: boolean) => string[];
} {
  const machine = new Machine({ memory: { layout: "fragmented", iommu } });
  const adapter = machine.adapter(description);
  const port = machine.memory.port("xdma0", description === XDMA ? 64 : 32);
  new AccessWatch(machine.hal, port).hook(adapter);
  const scratch = new Uint8Array(0x1_0000);
  return {
    machine,
    adapter,
    touch: (at, lengthBytes, write) => {
      const before = machine.findings.all.length;
      if (write) port.write(at, scratch, 0, lengthBytes);
      else port.read(at, scratch, 0, lengthBytes);
      return machine.findings.all.slice(before).map(({ rule, details }) => `${rule}: ${details.split(": ").at(-1)}`);
    },
  };
}

Deno.test("a live list may be touched from end to end in its direction, and no further [S2-10]", () => {
  const { machine, adapter, touch } = watchedMachine();
  const list = obtain(machine, adapter, machine.buffer(3 * 4096 - 100));
  for (const [address, length] of elements(list)) assertEquals(touch(address, length, false), []);
  const [address, length] = elements(list).at(-1)!;
  assertEquals(touch(address, length, true), [
    "DeviceAccessOutsideMapping: mapped for the other direction, WriteToDevice true",
  ]);
  const other = watchedMachine();
  const short = obtain(other.machine, other.adapter, other.machine.buffer(4096 - 100));
  const [start, bytes] = elements(short)[0]!;
  assertEquals(other.touch(start, bytes + 1, false), ["DeviceAccessOutsideMapping: past the end of what is mapped"]);
  assertEquals(other.touch(start, bytes + 1, false), [], "each page once");
  putList(other.machine, other.adapter, short);
  const put = watchedMachine();
  const gone = obtain(put.machine, put.adapter, put.machine.buffer(4096));
  const [was] = elements(gone)[0]!;
  putList(put.machine, put.adapter, gone);
  assertEquals(put.touch(was, 64, false), GIVEN_BACK);
});

Deno.test("common buffers of every kind may be touched both ways until they are freed [S2-10]", () => {
  const { machine, adapter, touch } = watchedMachine();
  const operations = version3(adapter);
  const wish = { length: 8192, cacheEnabled: true };
  const vector = operations.allocateCommonBufferVector({
    lowAddress: 0,
    highAddress: Number.MAX_SAFE_INTEGER - 1,
    cacheEnabled: true,
    idealNode: 0,
    flags: 0,
    numberOfElements: 2,
    sizeOfElements: 4096,
  });
  assert(vector.status === "STATUS_SUCCESS");
  const element = operations.getCommonBufferFromVectorByIndex({ vector: vector.vector, index: 1 })!;
  assertEquals([touch(element.logicalAddress, 4096, true), touch(element.logicalAddress, 4096, false)], [[], []]);
  const plain = operations.allocateCommonBuffer(wish)!;
  const newer = operations.allocateCommonBufferEx({ ...wish, preferredNode: 0 })!;
  const bounded = operations.allocateCommonBufferWithBounds(wish)!;
  for (const { logicalAddress } of [plain, newer, bounded]) {
    assertEquals([touch(logicalAddress, 8192, true), touch(logicalAddress, 8192, false)], [[], []]);
  }
  operations.freeCommonBuffer(plain);
  assertEquals(touch(plain.logicalAddress, 4, false), GIVEN_BACK);
  assertEquals(touch(machine.memory.physical.ram.topPfn * 4096 + 4096, 4, true), [
    "DeviceAccessOutsideMapping: nothing was ever mapped there",
  ]);
});

Deno.test("what MapTransfer mapped may be touched until it is flushed or its registers are freed [S2-10]", () => {
  for (const description of [XDMA, XDMA_32]) {
    for (const end of ["flush", "free"] as const) {
      // Without registers there is nothing to free.
      if (end === "free" && description === XDMA) continue;
      const { machine, adapter, touch } = watchedMachine(description);
      const mdl = machine.buffer(4096, { zone: "above4GiB" });
      const { base } = allocate(machine, adapter, 1);
      const part = { base, mdl, length: 4096 };
      const { logicalAddress, length } = map(adapter, part);
      assertEquals(touch(logicalAddress, length, false), []);
      if (end === "flush") machine.dispatch(() => flush(adapter, part));
      else freeRegisters(machine, adapter, base, 1);
      assertEquals(touch(logicalAddress, 64, false), GIVEN_BACK);
    }
  }
});

Deno.test("what MapTransferEx mapped may be touched in its direction until it is flushed [S2-10]", () => {
  const { machine, adapter, touch } = watchedMachine();
  const operations = version3(adapter);
  const mdl = machine.buffer(8192);
  const { base } = allocate(machine, adapter, 2);
  const scatterGatherBuffer = machine.listBuffer(4);
  const range = { mdl, mapRegisterBase: base, offset: 0, length: 8192, writeToDevice: false };
  const result = operations.mapTransferEx({
    ...range,
    deviceOffset: 0,
    scatterGatherBuffer,
    scatterGatherLength: scatterGatherBuffer.lengthBytes,
    dmaCompletionRoutine: null,
    completionContext: null,
  });
  assert(result.status === "STATUS_SUCCESS" && result.scatterGather !== null);
  const pieces = elements(result.scatterGather);
  for (const [address, length] of pieces) assertEquals(touch(address, length, true), []);
  assertEquals(operations.flushAdapterBuffersEx(range).status, "STATUS_SUCCESS");
  assertEquals(touch(pieces[0]![0], 16, true), GIVEN_BACK);
});

Deno.test("a common buffer of the device's domain is shared like any other [S2-10]", () => {
  const { adapter, touch } = watchedMachine(XDMA, true);
  const operations = version3(adapter);
  const result = operations.allocateDomainCommonBuffer({
    domainHandle: operations.getDmaDomain()!,
    length: 4096,
    cacheEnabled: true,
  });
  assert(result.status === "STATUS_SUCCESS");
  const { logicalAddress } = result.commonBuffer;
  assertEquals([touch(logicalAddress, 4096, true), touch(logicalAddress, 4096, false)], [[], []]);
  operations.freeCommonBuffer(result.commonBuffer);
  assertEquals(touch(logicalAddress, 16, false), GIVEN_BACK);
});

Deno.test("120 random worlds never touch what is not shared [S2-10]", () => {
  for (let seed = 0; seed < 120; seed++) {
    const { options, bytes } = drawWorld(seed);
    const result = runRoundTrip({ ...options, bytes, system: { ...options.system, ...WATCHED } });
    assertEquals(result.violations, [], `world ${seed}`);
  }
});

Deno.test("what another device of the same host was given is none of this device's [S2-10]", () => {
  const { machine, touch } = watchedMachine();
  const neighbour = machine.adapter(XDMA, "neighbour");
  const list = obtain(machine, neighbour, machine.buffer(4096));
  const [address, length] = elements(list)[0]!;
  assertEquals(touch(address, length, false), [
    "DeviceGivenRawPhysical: a physical address that no DMA routine returned",
  ]);
});
