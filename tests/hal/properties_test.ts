import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { conservationTrouble } from "../../actors/hal/conservation.ts";
import type { Adapter } from "../../actors/hal/adapter.ts";
import type { DeviceDescription } from "../../actors/hal/device_description.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import { mmGetMdlVirtualAddress } from "../../sim/memory/mod.ts";
import type { Layout, Mdl } from "../../sim/memory/mod.ts";
import { Recorder } from "../../trace/event.ts";
import {
  build,
  chainBytes,
  elements,
  freeChannel,
  getAsync,
  Machine,
  obtain,
  PACKET_64,
  pattern,
  putList,
  version3,
  XDMA,
  XDMA_32,
} from "./fixture.ts";
import type { Engine } from "./fixture.ts";

const DESCRIPTIONS: readonly Partial<DeviceDescription>[] = [XDMA, XDMA_32, PACKET_64, {
  ...PACKET_64,
  dmaAddressWidth: 32,
}];

Deno.test("the elements of a list cover each byte of the request exactly once and in order [X-2]", () => {
  fc.assert(
    fc.property(
      fc.record({
        description: fc.constantFrom(...DESCRIPTIONS),
        layout: fc.constantFrom<Layout>("contiguous", "fragmented", "mixed"),
        iommu: fc.boolean(),
        coherent: fc.boolean(),
        parts: fc.array(fc.record({ lengthBytes: fc.integer({ min: 1, max: 12_000 }), byteOffset: fc.nat(4095) }), {
          minLength: 1,
          maxLength: 4,
        }),
        from: fc.nat(),
        bytes: fc.nat(),
        seed: fc.nat(1000),
      }),
      ({ description, layout, iommu, coherent, parts, from, bytes, seed }) => {
        const machine = new Machine({ memory: { layout, iommu, coherent, seed } });
        const adapter = machine.adapter(description);
        const chain = machine.chain(...parts);
        const total = chainBytes(chain);
        const offset = from % total;
        const length = 1 + bytes % (total - offset);

        const source = write(machine, chain, seed);
        const out = obtain(machine, adapter, chain, { offset, length });
        assertEquals(elements(out).reduce((sum, [, piece]) => sum + piece, 0), length);
        assertEquals(machine.deviceRead(out), source.subarray(offset, offset + length));
        putList(machine, adapter, out);

        const back = obtain(machine, adapter, chain, { offset, length, writeToDevice: false });
        const answer = pattern(length, seed + 1);
        machine.deviceWrite(back, answer);
        putList(machine, adapter, back, false);
        source.set(answer, offset);
        assertEquals(read(machine, chain), source);
        if (!adapter.scatterGather) assertEquals([out.numberOfElements, back.numberOfElements], [1, 1]);
        assertEquals(machine.memory.iommu.faultCount, 0);
        assertEquals(adapter.domain.mappedPages, 0);
        assertEquals(machine.rules, []);
        assertEquals(conservationTrouble(machine.hal), []);
      },
    ),
    { numRuns: 150 },
  );
});

type Step = "sync" | "async" | "put" | "cancel" | "busy";

Deno.test("registers, lists and references add up after every call, and nobody waits for ever [X-1, X-5]", () => {
  const step = fc.record({
    kind: fc.constantFrom<Step>("sync", "async", "async", "put", "put", "cancel", "busy"),
    adapter: fc.nat(2),
    pages: fc.integer({ min: 1, max: 10 }),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom<Engine>("table", "chart"), (steps, engine) => {
      const machine = new Machine({ engine, hal: { mapRegisters: 16 } });
      const adapters = [XDMA_32, { ...PACKET_64, dmaAddressWidth: 32 }, XDMA].map((description, index) =>
        machine.adapter({ ...description, maximumLength: 8 * 4096 }, `card${index}`)
      );
      const buffers = Array.from(
        { length: 11 },
        (_, pages) => machine.buffer(Math.max(1, pages) * 4096, { zone: "above4GiB" }),
      );
      const live: [Adapter, ScatterGatherList][] = [];
      let asked = 0;
      let granted = 0;
      const drain = (): void => {
        const [[adapter, list]] = live.splice(0, 1) as [[Adapter, ScatterGatherList]];
        putList(machine, adapter, list);
      };
      for (const { kind, adapter: index, pages, pick } of steps) {
        const adapter = adapters[index]!;
        const mdl = buffers[pages]!;
        switch (kind) {
          case "sync": {
            const { result } = build(machine, adapter, mdl);
            if (result.status === "STATUS_SUCCESS") {
              live.push([adapter, result.scatterGatherList!]);
              freeChannel(machine, adapter);
            } else {
              assert(result.status === "STATUS_INSUFFICIENT_RESOURCES");
              assert(result.reason !== undefined && result.why !== undefined);
              // R > N for ever, everything else for now.
              assertEquals(result.reason === "perTransferLimit", pages > 9);
            }
            break;
          }
          case "async": {
            const { status } = getAsync(machine, adapter, mdl, (list) => {
              granted++;
              live.push([adapter, list]);
            });
            if (status === "STATUS_SUCCESS") asked++;
            break;
          }
          case "cancel": {
            const context = machine.context();
            version3(adapter).initializeDmaTransferContext({ dmaTransferContext: context });
            version3(adapter).cancelAdapterChannel({
              deviceObject: adapter.physicalDeviceObject,
              dmaTransferContext: context,
            });
            break;
          }
          case "busy": {
            // The channel is held while others ask; they are served when it is freed.
            const { result } = build(machine, adapter, buffers[1]!);
            if (result.status !== "STATUS_SUCCESS") break;
            live.push([adapter, result.scatterGatherList!]);
            if (
              getAsync(machine, adapter, mdl, (list) => {
                granted++;
                live.push([adapter, list]);
              }).status === "STATUS_SUCCESS"
            ) asked++;
            freeChannel(machine, adapter);
            break;
          }
          case "put":
            if (live.length > 0) {
              const [[owner, list]] = live.splice(pick % live.length, 1) as [[Adapter, ScatterGatherList]];
              putList(machine, owner, list);
            }
        }
        assertEquals(conservationTrouble(machine.hal), []);
      }
      while (live.length > 0) drain();
      assertEquals(granted, asked);
      assertEquals(machine.hal.mapRegisters.free, 16);
      assertEquals(machine.hal.waiterCount, 0);
      adapters.forEach((adapter) => adapter.dmaOperations.putDmaAdapter());
      assertEquals(machine.rules.filter((rule) => rule !== "FreeWithoutGrant"), []);
    }),
    { numRuns: 150 },
  );
});

Deno.test("both engines tell the same story of the HAL, event for event", () => {
  const story = (engine: Engine): string => {
    const trace = new Recorder();
    const machine = new Machine({ engine, trace, hal: { mapRegisters: 8 } });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 8 * 4096 });
    const high = (pages: number): Mdl => machine.buffer(pages * 4096, { zone: "above4GiB" });
    const first = obtain(machine, adapter, high(6));
    const late: ScatterGatherList[] = [];
    getAsync(machine, adapter, high(4), (list) => void late.push(list));
    build(machine, adapter, high(1));
    build(machine, adapter, high(10));
    putList(machine, adapter, first);
    putList(machine, adapter, first);
    putList(machine, adapter, late[0]!, false);
    adapter.dmaOperations.putDmaAdapter();
    adapter.dmaOperations.putDmaAdapter();
    return trace.toJsonLines();
  };
  const chart = story("chart");
  assertEquals(chart, story("table"));
  assert(chart.includes("PutDirectionMismatch") && chart.includes("UseAfterPutAdapter"));
});

function write(machine: Machine, chain: Mdl, salt: number): Uint8Array {
  const bytes = pattern(chainBytes(chain), salt);
  let at = 0;
  for (let mdl: Mdl | null = chain; mdl !== null; mdl = mdl.next) {
    machine.memory.space.write(mmGetMdlVirtualAddress(mdl), bytes, at, mdl.byteCount);
    at += mdl.byteCount;
  }
  return bytes;
}

function read(machine: Machine, chain: Mdl): Uint8Array {
  const bytes = new Uint8Array(chainBytes(chain));
  let at = 0;
  for (let mdl: Mdl | null = chain; mdl !== null; mdl = mdl.next) {
    machine.memory.space.read(mmGetMdlVirtualAddress(mdl), bytes, at, mdl.byteCount);
    at += mdl.byteCount;
  }
  return bytes;
}
