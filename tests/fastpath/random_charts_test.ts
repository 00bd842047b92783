/** Whatever XState lets one write is either refused with its reason, or compiled to what XState does. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { holdAgreement, tell, unlessRefused } from "./chart_agreement.ts";
import type { Outcome } from "./chart_agreement.ts";
import { EXOTIC, machineOf, randomChart, SENT } from "./random_chart.ts";

// `endOnFailure`: to shrink a chart takes minutes; take it off to see the smallest.
const INPUT = { n: 3 };

Deno.test("a random chart is refused with its reason, or every (state, event) of it is what XState says", () => {
  const outcomes = new Map<Outcome | "invalid", number>();
  const refused = new Set<string>();
  fc.assert(
    fc.property(randomChart, (chart) => {
      const machine = machineOf(chart);
      const outcome = machine === undefined ? "invalid" : holdAgreement(machine, SENT, INPUT);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome === "refused") { for (const exotic of chart.exotics) refused.add(exotic); }
    }),
    { seed: 20261121, numRuns: 1000, endOnFailure: true },
  );
  const of = (outcome: Outcome | "invalid"): number => outcomes.get(outcome) ?? 0;
  const counts = JSON.stringify([...outcomes]);
  assert(of("rows") > 300 && of("table") > 30 && of("refused") > 300 && of("invalid") < 150, counts);
  assertEquals(EXOTIC.filter((exotic) => !refused.has(exotic)), [], "never in a chart that was refused");
});

Deno.test("a random chart that compiles tells the same story as actor and as table, of thirty events", () => {
  const walk = fc.array(fc.record({ type: fc.constantFrom(...SENT), big: fc.boolean() }), { minLength: 30 });
  let told = 0;
  fc.assert(
    fc.property(randomChart, walk, (chart, events) => {
      const machine = machineOf(chart);
      if (machine === undefined) return;
      const story = unlessRefused(() => tell("table", machine, INPUT, events));
      if (story === undefined) return;
      told++;
      assertEquals(story, tell("chart", machine, INPUT, events));
    }),
    { seed: 20261121, numRuns: 300, endOnFailure: true },
  );
  assert(told > 50, `${told}`);
});
