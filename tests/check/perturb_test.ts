/**
 * The simulator as arbiter: a legal random driver, one random change of it, carried out by the simulator's HAL; the
 * checker reads the call log. Either both name something or both say that it is legal. The long form is
 * `deno task perturb --runs 100000`.
 */
import { assert, assertEquals } from "@std/assert";
import { legalDriver } from "../../tools/perturb/legal_driver.ts";
import { agreesOnFirst, disagreement, judged, trial } from "../../tools/perturb/trial.ts";

Deno.test("a legal random driver is legal to the simulator and clean to the checker: 300 drivers [X-6]", () => {
  for (let seed = 0; seed < 300; seed++) {
    const driver = legalDriver(seed);
    const { simulator, checker, unread } = judged(driver, driver.steps);
    assertEquals([...simulator, ...checker.map(({ rule }) => rule), ...unread], [], `driver ${seed}`);
  }
});

Deno.test("one change of a legal driver is named by both or legal to both: 4000 changes [X-6]", () => {
  const tally = { drop: 0, swap: 0, duplicate: 0, argument: 0 };
  let named = 0;
  let sameFirst = 0;
  for (let seed = 0; seed < 4000; seed++) {
    const one = trial(seed);
    tally[one.change.kind]++;
    assertEquals(disagreement(one), null, `deno task perturb --runs 1 --seed ${seed} --show\n${one.change.text}`);
    if (one.simulator.length === 0) continue;
    named++;
    if (agreesOnFirst(one)) sameFirst++;
  }
  // The test must not live on changes that change nothing, and a name is better than an alarm.
  for (const [kind, times] of Object.entries(tally)) assert(times > 800, `${kind}: ${times}`);
  assert(named > 1600, `${named} named`);
  assert(sameFirst > 0.99 * named, `${sameFirst} of ${named} with the same rule first`);
});

Deno.test("both directions would be seen: a checker that is silent, and one that cries", () => {
  const seed = Array.from({ length: 100 }, (_, number) => number).find((number) => trial(number).simulator.length > 0)!;
  const one = trial(seed);
  assert(disagreement({ ...one, checker: [] })?.startsWith("the simulator says"));
  assert(disagreement({ ...one, simulator: [] })?.startsWith("the checker says"));
});
