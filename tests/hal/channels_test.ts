import { assert, assertEquals } from "@std/assert";
import { conservationTrouble } from "../../actors/hal/conservation.ts";
import {
  build,
  ENGINES,
  freeChannel,
  listOf,
  Machine,
  obtain,
  pattern,
  putList,
  version3,
  XDMA,
  XDMA_32,
} from "./fixture.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import { DMA_SYNCHRONOUS_CALLBACK } from "../../actors/hal/dma_operations.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import type { Built } from "./fixture.ts";

/** Memory that a 32-bit device cannot reach: every page takes a map register. */
const HIGH = { zone: "above4GiB" } as const;

for (const engine of ENGINES) {
  Deno.test(`${engine}: one adapter carries 24 transactions at a time [S0-9]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const lists = Array.from({ length: 24 }, () => obtain(machine, adapter, machine.buffer(8192)));
    assertEquals(adapter.counters.listsOutstanding, 24);
    assert(lists.every((list) => list.life.has("live")));
    lists.forEach((list) => putList(machine, adapter, list));
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: the loop of steps 2 to 4 ends exactly when the pool is used up [S0-10]`, () => {
    for (const [pool, pages] of [[64, 5], [64, 64], [63, 8], [10, 3]] as const) {
      const machine = new Machine({ engine, hal: { mapRegisters: pool } });
      const adapter = machine.adapter({ ...XDMA_32, maximumLength: pages * 4096 });
      const built = buildUntilRefused(machine, () => build(machine, adapter, machine.buffer(pages * 4096, HIGH)));
      assertEquals(built.lists.length, Math.floor(pool / pages));
      assertEquals(built.refused.result, {
        status: "STATUS_INSUFFICIENT_RESOURCES",
        reason: "poolExhausted",
        why: `needs ${pages} map registers, ${pool % pages} of ${pool} are free`,
      });
      assertEquals(machine.rules, []);
    }
  });

  Deno.test(`${engine}: each Put lets exactly as many new lists be built as fit [S0-11]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 12 } });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 8 * 4096 });
    const large = obtain(machine, adapter, machine.buffer(8 * 4096, HIGH));
    const small = obtain(machine, adapter, machine.buffer(4 * 4096, HIGH));
    const next = () => build(machine, adapter, machine.buffer(4 * 4096, HIGH));
    assertEquals(buildUntilRefused(machine, next).lists.length, 0);
    putList(machine, adapter, large);
    assertEquals(buildUntilRefused(machine, next).lists.length, 2);
    putList(machine, adapter, small);
    assertEquals(buildUntilRefused(machine, next).lists.length, 1);
    assertEquals(conservationTrouble(machine.hal), []);
  });

  Deno.test(`${engine}: a second Build before FreeAdapterObject is refused and named [S0-12]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    build(machine, adapter, machine.buffer(4096));
    const second = build(machine, adapter, machine.buffer(4096));
    assertEquals(second.result.status, "STATUS_INSUFFICIENT_RESOURCES");
    assertEquals("reason" in second.result && second.result.reason, "channelBusy");
    assertEquals(machine.rules, ["ChannelOverlap"]);
  });

  Deno.test(`${engine}: the same from another processor [S0-12]`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    const mdl = machine.buffer(4096);
    const outcomes: Built[] = [];
    for (const cpu of [0, 1]) {
      machine.irql.run(DISPATCH_LEVEL, cpu, () => void outcomes.push(build(machine, adapter, mdl)), 0);
    }
    assertEquals(outcomes.map(({ result }) => result.status), ["STATUS_SUCCESS", "STATUS_INSUFFICIENT_RESOURCES"]);
    assertEquals(machine.rules, ["ChannelOverlap"]);
  });

  Deno.test(`${engine}: two adapters go through steps 2 to 4 in any interleaving [S0-13]`, () => {
    const machine = new Machine({ engine });
    const adapters = [machine.adapter(XDMA), machine.adapter(XDMA)] as const;
    const lists = adapters.map((adapter) => listOf(build(machine, adapter, machine.buffer(4096))));
    adapters.forEach((adapter) => freeChannel(machine, adapter));
    adapters.forEach((adapter, index) => putList(machine, adapter, lists[index]!));
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: eight adapters of one device carry eight transfers at a time [S0-14]`, () => {
    const machine = new Machine({ engine });
    const adapters = Array.from({ length: 8 }, () => machine.adapter(XDMA, "xdma0"));
    assertEquals(new Set(adapters).size, 8);
    const buffers = adapters.map(() => machine.buffer(3 * 4096));
    buffers.forEach((mdl, index) => machine.cpuWrite(mdl, pattern(mdl.byteCount, index)));
    // All eight hold their channel at the same time.
    const lists = adapters.map((adapter, index) => listOf(build(machine, adapter, buffers[index]!)));
    assert(adapters.every((adapter) => adapter.life.has("channelHeld")));
    lists.forEach((list, index) => assertEquals(machine.deviceRead(list), pattern(3 * 4096, index)));
    adapters.forEach((adapter) => freeChannel(machine, adapter));
    adapters.forEach((adapter, index) => putList(machine, adapter, lists[index]!));
    adapters.forEach((adapter) => adapter.dmaOperations.putDmaAdapter());
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: registers freed under a live list are named once and not freed again by Put [S0-4]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 8 } });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 8 * 4096 });
    const list = listOf(build(machine, adapter, machine.buffer(6 * 4096, HIGH)));
    machine.dispatch(() => version3(adapter).freeAdapterObject({ allocationAction: "DeallocateObject" }));
    assertEquals(machine.hal.mapRegisters.free, 8);
    // Others get them while the device still works through them.
    const other = obtain(machine, adapter, machine.buffer(8 * 4096, HIGH));
    putList(machine, adapter, list);
    assertEquals(machine.hal.mapRegisters.free, 0);
    putList(machine, adapter, other);
    assertEquals(machine.rules, ["RegistersFreedUnderSgl"]);
    assertEquals(conservationTrouble(machine.hal), []);
  });

  Deno.test(`${engine}: a channel freed after its list was put and used again takes nothing from the new user`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 8 } });
    const [first, second] = [machine.adapter(XDMA_32), machine.adapter(XDMA_32)];
    const get = (adapter: typeof first): ScatterGatherList => {
      const dmaTransferContext = machine.context();
      return machine.dispatch(() => {
        version3(adapter).initializeDmaTransferContext({ dmaTransferContext });
        const result = version3(adapter).getScatterGatherListEx({
          deviceObject: adapter.physicalDeviceObject,
          dmaTransferContext,
          mdl: machine.buffer(4096, HIGH),
          offset: 0,
          length: 4096,
          flags: DMA_SYNCHRONOUS_CALLBACK,
          executionRoutine: null,
          context: null,
          writeToDevice: true,
          wantScatterGatherList: true,
        });
        return listOf({ result });
      });
    };
    const list = get(first);
    putList(machine, first, list);
    // The HAL kept the list's memory and gives it to the other adapter.
    assertEquals(get(second), list);
    machine.dispatch(() => version3(first).freeAdapterObject({ allocationAction: "DeallocateObject" }));
    assertEquals(machine.rules, ["MapRegistersDoubleFree"]);
    assertEquals(second.counters.registersHeld, 1);
    assertEquals(machine.hal.mapRegisters.free, 7);
  });

  Deno.test(`${engine}: a list goes back to the adapter that built it, and to no other [S1-34]`, () => {
    const machine = new Machine({ engine });
    const [read, write] = [machine.adapter(XDMA), machine.adapter(XDMA)];
    const list = obtain(machine, read, machine.buffer(4096));
    putList(machine, write, list);
    assertEquals(machine.rules, ["SglNotFromThisAdapter"]);
    assert(list.life.has("live"));
    putList(machine, read, list);
    assertEquals(machine.rules.length, 1);
  });
}

/** Repeats step 2 to 4 until a Build is refused. */
function buildUntilRefused(
  machine: Machine,
  next: () => Built,
): { readonly lists: ScatterGatherList[]; readonly refused: Built } {
  const lists: ScatterGatherList[] = [];
  for (;;) {
    const built = next();
    if (built.result.status !== "STATUS_SUCCESS") return { lists, refused: built };
    lists.push(listOf(built));
    freeChannel(machine, machine.hal.adapters[0]!);
  }
}
