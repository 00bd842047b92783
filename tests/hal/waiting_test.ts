import { assert, assertEquals } from "@std/assert";
import { conservationTrouble } from "../../actors/hal/conservation.ts";
import type { ScatterGatherList } from "../../actors/hal/scatter_gather.ts";
import { DISPATCH_LEVEL } from "../../sim/kernel/irql.ts";
import { build, ENGINES, freeChannel, getAsync, Machine, obtain, putList, XDMA, XDMA_32 } from "./fixture.ts";

const HIGH = { zone: "above4GiB" } as const;

for (const engine of ENGINES) {
  Deno.test(`${engine}: the routine runs only when channel and registers are both there [S2-3, S2-4]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 8 } });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 8 * 4096 });
    const holder = obtain(machine, adapter, machine.buffer(6 * 4096, HIGH));
    const lists: ScatterGatherList[] = [];
    const asked = getAsync(machine, adapter, machine.buffer(4 * 4096, HIGH), (list) => {
      assertEquals(machine.irql.level, DISPATCH_LEVEL);
      assertEquals(adapter.counters.registersHeld, 4);
      assert(list.life.has("live"));
      lists.push(list);
    });
    assertEquals(asked.status, "STATUS_SUCCESS");
    assertEquals(lists.length, 0);
    putList(machine, adapter, holder);
    assertEquals(lists.length, 1);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: with no register free an asynchronous request is late, never refused [S2-15]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 4 } });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 4 * 4096 });
    const lists: ScatterGatherList[] = [];
    for (let request = 0; request < 10; request++) {
      const result = getAsync(machine, adapter, machine.buffer(4 * 4096, HIGH), (list) => void lists.push(list));
      assertEquals(result.status, "STATUS_SUCCESS");
    }
    for (let put = 0; put < 10; put++) {
      assertEquals(lists.length, put + 1);
      putList(machine, adapter, lists[put]!);
    }
    assertEquals(adapter.counters.listsOutstanding, 0);
    assertEquals(machine.rules, []);
    assertEquals(conservationTrouble(machine.hal), []);
  });

  Deno.test(`${engine}: nobody overtakes in the pool's line, not even who would fit [S2-16]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 8 } });
    const description = { ...XDMA_32, maximumLength: 8 * 4096 };
    const [holder, large, small] = [1, 2, 3].map(() => machine.adapter(description));
    const held = obtain(machine, holder!, machine.buffer(4 * 4096, HIGH));
    const order: string[] = [];
    const lists = new Map<string, ScatterGatherList>();
    const asking = (name: string) => (list: ScatterGatherList) => (order.push(name), lists.set(name, list));
    getAsync(machine, large!, machine.buffer(8 * 4096, HIGH), asking("large"));
    getAsync(machine, small!, machine.buffer(1 * 4096, HIGH), asking("small"));
    // Four registers are free, and one would do for the small one.
    assertEquals(machine.hal.mapRegisters.free, 4);
    assertEquals(order, []);
    // A synchronous caller is not queued but refused.
    const third = machine.adapter(description);
    const refused = build(machine, third, machine.buffer(4096, HIGH)).result;
    assertEquals("reason" in refused && refused.reason, "poolExhausted");
    putList(machine, holder!, held);
    assertEquals(order, ["large"]);
    putList(machine, large!, lists.get("large")!);
    assertEquals(order, ["large", "small"]);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: one adapter's own line is served in order too`, () => {
    const machine = new Machine({ engine });
    const adapter = machine.adapter(XDMA);
    build(machine, adapter, machine.buffer(4096));
    const order: number[] = [];
    for (const number of [1, 2, 3]) getAsync(machine, adapter, machine.buffer(4096), () => void order.push(number));
    assertEquals(order, []);
    // A synchronous caller finds the channel taken, also after it was freed for those in line.
    freeChannel(machine, adapter);
    assertEquals(order, [1, 2, 3]);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: a 64-bit scatter/gather device takes no register and waits for none [S2-17]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 4 } });
    const narrow = machine.adapter({ ...XDMA_32, maximumLength: 4 * 4096 }, "narrow0");
    obtain(machine, narrow, machine.buffer(4 * 4096, HIGH));
    getAsync(machine, narrow, machine.buffer(4096, HIGH), () => {});
    assertEquals(machine.hal.mapRegisters.free, 0);
    const wide = machine.adapter(XDMA, "xdma0");
    for (let request = 0; request < 20; request++) obtain(machine, wide, machine.buffer(8 * 4096, HIGH));
    assertEquals(wide.counters.registersAllocated, 0);
    assertEquals(wide.counters.listsOutstanding, 20);
    assertEquals(machine.rules, []);
  });

  Deno.test(`${engine}: a waiter that gives up lets the next one in`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 8 } });
    const description = { ...XDMA_32, maximumLength: 8 * 4096 };
    const [holder, large, small] = [1, 2, 3].map(() => machine.adapter(description));
    obtain(machine, holder!, machine.buffer(4 * 4096, HIGH));
    const order: string[] = [];
    getAsync(machine, large!, machine.buffer(8 * 4096, HIGH), () => void order.push("large"));
    getAsync(machine, small!, machine.buffer(4096, HIGH), () => void order.push("small"));
    // Its driver is unloaded with the request in line.
    large!.dmaOperations.putDmaAdapter();
    assertEquals(order, ["small"]);
    assertEquals(machine.rules, ["AdapterRefLeak"]);
    assertEquals(machine.hal.mapRegisters.line.length, 0);
  });

  Deno.test(`${engine}: a routine that puts its list at once serves thousands of waiters one after the other`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 1 } });
    const adapters = [1, 2].map(() => machine.adapter({ ...XDMA_32, maximumLength: 1 }));
    const held = obtain(machine, adapters[0]!, machine.buffer(4, HIGH));
    let served = 0;
    for (let request = 0; request < 4000; request++) {
      const adapter = adapters[request % 2]!;
      getAsync(machine, adapter, machine.buffer(4, HIGH), (list) => {
        served++;
        putList(machine, adapter, list);
      });
    }
    putList(machine, adapters[0]!, held);
    assertEquals(served, 4000);
    assertEquals(conservationTrouble(machine.hal), []);
  });

  Deno.test(`${engine}: lists held for long show as occupancy; nothing reserves registers [S3-9]`, () => {
    const machine = new Machine({ engine, hal: { mapRegisters: 100 } });
    const adapter = machine.adapter({ ...XDMA_32, maximumLength: 30 * 4096 });
    const names = Object.keys(adapter.dmaOperations).join(" ");
    assert(!/reserve|static|permanent/i.test(names));
    const lists = [10, 20, 30].map((pages) => obtain(machine, adapter, machine.buffer(pages * 4096, HIGH)));
    assertEquals([machine.hal.mapRegisters.free, machine.hal.mapRegisters.peak], [40, 60]);
    lists.forEach((list) => putList(machine, adapter, list));
    assertEquals([machine.hal.mapRegisters.free, machine.hal.mapRegisters.peak], [100, 60]);
  });
}
