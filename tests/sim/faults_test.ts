/** Bad luck, planned. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionFailure } from "../../sim/assert.ts";
import { drawFaultPlan, FaultSource, HOST_FAULTS, NO_FAULTS } from "../../sim/faults.ts";

Deno.test("the same seed plans the same faults and rolls the same dice", () => {
  const options = { seed: "run 7", cardFaults: ["badMagic", "engineHang"] };
  assertEquals(drawFaultPlan(options), drawFaultPlan(options));
  const roll = (): boolean[] => {
    const source = new FaultSource(drawFaultPlan({ ...options, participation: 1, maxProbability: 0.9 }));
    return Array.from({ length: 200 }, (_, index) => source.strikes(index % 2 === 0 ? "badMagic" : "dpcDelayed"));
  };
  assertEquals(roll(), roll());
  assert(roll().includes(true) && roll().includes(false));
});

Deno.test("over many seeds every fault takes part in some runs and is absent from others", () => {
  const counts = new Map<string, number>();
  for (let seed = 0; seed < 200; seed++) {
    for (const fault of drawFaultPlan({ seed, cardFaults: ["badMagic"] }).faults) {
      counts.set(fault.name, (counts.get(fault.name) ?? 0) + 1);
      assert(fault.probability > 0 && fault.probability <= 0.1);
      assertEquals(fault.category, fault.name === "badMagic" ? "card" : "host");
    }
  }
  assertEquals([...counts.keys()].sort(), [...HOST_FAULTS, "badMagic"].sort());
  for (const [name, count] of counts) assert(count > 60 && count < 140, `${name} in ${count} of 200 runs`);
});

Deno.test("a weight of 0 switches one fault off and changes no other", () => {
  const all = drawFaultPlan({ seed: 3, participation: 1 });
  const without = drawFaultPlan({ seed: 3, participation: 1, weights: { iommuFault: 0 } });
  assertEquals(without.faults, all.faults.filter((fault) => fault.name !== "iommuFault"));
  assertThrows(() => drawFaultPlan({ seed: 3, weights: { iomuFault: 0 } }), AssertionFailure, "iomuFault");
});

Deno.test("asking more often for one fault changes nothing for another", () => {
  const plan = drawFaultPlan({ seed: 5, participation: 1, maxProbability: 0.5 });
  const busy = new FaultSource(plan);
  const calm = new FaultSource(plan);
  for (let ask = 0; ask < 100; ask++) busy.strikes("interruptLost");
  for (let ask = 0; ask < 100; ask++) assertEquals(busy.strikes("busError"), calm.strikes("busError"));
});

Deno.test("what is not in the plan never strikes, and delays stay within their bound", () => {
  const none = new FaultSource(NO_FAULTS);
  for (const name of HOST_FAULTS) assert(!none.strikes(name));
  assertEquals(none.delayNs("dpcDelayed"), 0);
  const source = new FaultSource(drawFaultPlan({ seed: 1, participation: 1, maxDelayNs: 50 }));
  for (let ask = 0; ask < 100; ask++) {
    const delayNs = source.delayNs("dpcDelayed");
    assert(delayNs >= 1 && delayNs <= 50);
  }
});
