import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { ADAPTER_INFO_API_BYPASS, ADAPTER_INFO_SYNCHRONOUS_CALLBACK } from "../../actors/hal/transfer_info.ts";
import type { HalOptions } from "../../actors/hal/hal.ts";
import type { HostMemoryOptions } from "../../sim/memory/mod.ts";
import type { DeviceDescription } from "../../actors/hal/device_description.ts";
import { elements, ENGINES, Machine, obtain, PACKET_64, pattern, putList, version3, XDMA, XDMA_32 } from "./fixture.ts";

for (const engine of ENGINES) {
  Deno.test(`${engine}: with an IOMMU the device's addresses are its own, and the data is the same [S0-31]`, () => {
    const machine = new Machine({ engine, memory: { iommu: true, layout: "fragmented" } });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4 * 4096, { byteOffset: 256 });
    machine.cpuWrite(mdl, pattern(mdl.byteCount));
    const list = obtain(machine, adapter, mdl);
    const physical = [...mdl.pfns].map((pfn) => pfn * 4096);
    for (const [address] of elements(list)) assert(!physical.includes(address - address % 4096));
    assertEquals(machine.deviceRead(list), pattern(mdl.byteCount));
    putList(machine, adapter, list);
    assertEquals(machine.memory.iommu.faults, []);
    assertEquals(adapter.domain.mappedPages, 0);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: with an IOMMU nothing is copied for a narrow or a packet device [S2-17]`, () => {
    for (const description of [XDMA_32, PACKET_64]) {
      const machine = new Machine({ engine, memory: { iommu: true, layout: "fragmented" } });
      const adapter = machine.adapter(description);
      const mdl = machine.buffer(4 * 4096, { zone: "above4GiB" });
      const list = obtain(machine, adapter, mdl);
      assertEquals(list.numberOfElements, 1);
      assert(list.addresses[0]! + mdl.byteCount <= adapter.reach);
      assertEquals(adapter.counters.registersAllocated, 0);
    }
  });

  Deno.test(`${engine}: a list kept beyond its Put works without an IOMMU and faults with one [S3-11]`, () => {
    for (const iommu of [false, true]) {
      const machine = new Machine({ engine, memory: { iommu } });
      const adapter = machine.adapter(XDMA);
      const mdl = machine.buffer(4096);
      const list = obtain(machine, adapter, mdl);
      const [address] = elements(list)[0]!;
      const port = machine.memory.port("xdma0");
      const bytes = new Uint8Array(4096);
      assertEquals(port.read(address, bytes, 0, 4096), 0);
      putList(machine, adapter, list);
      // Others use the device meanwhile; the stale address is not given out again.
      putList(machine, adapter, obtain(machine, adapter, machine.buffer(4096)));
      assertEquals(port.read(address, bytes, 0, 4096), iommu ? 1 : 0);
      assertEquals(machine.memory.iommu.faultCount, iommu ? 1 : 0);
    }
  });

  Deno.test(`${engine}: a driver that follows the rules cannot tell whether there is an IOMMU [S3-21]`, () => {
    const run = (iommu: boolean): unknown => {
      const machine = new Machine({ engine, memory: { iommu } });
      const adapter = machine.adapter(XDMA);
      const mdl = machine.buffer(3 * 4096, { byteOffset: 8 });
      machine.cpuWrite(mdl, pattern(mdl.byteCount));
      const list = obtain(machine, adapter, mdl, { writeToDevice: false });
      machine.deviceWrite(list, pattern(mdl.byteCount, 8));
      putList(machine, adapter, list, false);
      adapter.dmaOperations.putDmaAdapter();
      return [machine.cpuRead(mdl), machine.rules, adapter.life.state];
    };
    assertEquals(run(true), run(false));
  });

  Deno.test(`${engine}: coherent, the CPU sees the device's bytes at once; not coherent, after Put [S1-13]`, () => {
    for (const coherent of [true, false]) {
      const machine = new Machine({ engine, memory: { coherent } });
      const adapter = machine.adapter(XDMA);
      const mdl = machine.buffer(2 * 4096, { byteOffset: 20 });
      const before = pattern(mdl.byteCount, 1);
      const after = pattern(mdl.byteCount, 2);
      machine.cpuWrite(mdl, before);
      const list = obtain(machine, adapter, mdl, { writeToDevice: false });
      // Somebody looks, so the lines are cached again.
      assertEquals(machine.cpuRead(mdl), before);
      machine.deviceWrite(list, after);
      assertEquals(machine.cpuRead(mdl), coherent ? after : before);
      putList(machine, adapter, list, false);
      assertEquals(machine.cpuRead(mdl), after);
      assertEquals(machine.rules, []);
    }
  });

  Deno.test(`${engine}: not coherent, Build makes the CPU's writes visible to the device`, () => {
    const machine = new Machine({ engine, memory: { coherent: false } });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4096 + 300, { byteOffset: 33 });
    machine.cpuWrite(mdl, pattern(mdl.byteCount));
    const list = obtain(machine, adapter, mdl);
    assertEquals(machine.deviceRead(list), pattern(mdl.byteCount));
  });

  Deno.test(`${engine}: not coherent, neighbours in the first and last cache line keep their bytes across Put`, () => {
    const machine = new Machine({ engine, memory: { coherent: false } });
    const adapter = machine.adapter(XDMA);
    const whole = machine.buffer(4096);
    const { startVa } = whole;
    const { space } = machine.memory;
    const list = obtain(machine, adapter, whole, { offset: 100, length: 200, writeToDevice: false });
    space.write(startVa + 96, new Uint8Array([1, 2, 3, 4]), 0, 4);
    space.write(startVa + 300, new Uint8Array([5, 6, 7, 8]), 0, 4);
    machine.deviceWrite(list, pattern(200, 77));
    putList(machine, adapter, list, false);
    const bytes = machine.cpuRead(whole);
    assertEquals(bytes.subarray(96, 100), new Uint8Array([1, 2, 3, 4]));
    assertEquals(bytes.subarray(300, 304), new Uint8Array([5, 6, 7, 8]));
    assertEquals(bytes.subarray(100, 300), pattern(200, 77));
  });
}

Deno.test("drivers may bypass the API only where the adapter says so and the platform allows it [S1-5]", () => {
  const flags = (hal: HalOptions, memory: HostMemoryOptions = {}, description: Partial<DeviceDescription> = XDMA) => {
    const info = version3(new Machine({ hal, memory }).adapter(description)).getDmaAdapterInfo({ version: 1 });
    assert(info.status === "STATUS_SUCCESS");
    assertNotEquals(info.adapterInfo.flags & ADAPTER_INFO_SYNCHRONOUS_CALLBACK, 0);
    return info.adapterInfo.flags & ADAPTER_INFO_API_BYPASS;
  };
  assertEquals(flags({}), 0);
  assertEquals(flags({ apiBypass: true }), ADAPTER_INFO_API_BYPASS);
  assertEquals(flags({ apiBypass: true }, { iommu: true }), 0);
  assertEquals(flags({ apiBypass: true }, { coherent: false }), 0);
  assertEquals(flags({ apiBypass: true }, {}, XDMA_32), 0);
  assertEquals(flags({ apiBypass: true }, {}, PACKET_64), 0);
});

Deno.test("GetDmaAdapterInfo and GetDmaAlignment tell what the device and the platform are", () => {
  const machine = new Machine({ memory: { coherent: false } });
  const packet = version3(machine.adapter(PACKET_64));
  const info = packet.getDmaAdapterInfo({ version: 1 });
  assert(info.status === "STATUS_SUCCESS");
  assertEquals([info.adapterInfo.scatterGatherLimit, info.adapterInfo.dmaAddressWidth], [1, 64]);
  assertEquals(packet.getDmaAdapterInfo({ version: 7 }).status, "STATUS_NOT_SUPPORTED");
  assertEquals(packet.getDmaAlignment(), 64);
  assertEquals(new Machine().adapter(XDMA).dmaOperations.getDmaAlignment(), 1);
});
