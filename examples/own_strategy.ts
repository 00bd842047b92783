/**
 * A strategy of your own: `polite` has its list before the device is free and restarts inside the ISR, as
 * `isr-reprogram` does, but a channel keeps at most two lists: the one in the device and the one that comes next. All
 * other requests wait without a list, so their map registers stay free for a neighbour.
 */
import { isrReprogram, Request, runRegisterScarcity } from "../mod.ts";
import type { Driver, Strategy, StrategyRun } from "../mod.ts";
import { figures, tableLines, words } from "./table.ts";
import { microseconds } from "./units.ts";

const LISTS_MAX = 2;

const polite: Strategy = { ...isrReprogram, name: "polite", title: "two lists a channel", start: politeRun };

function politeRun(driver: Driver): StrategyRun {
  const waiting: Request[][] = driver.channels.map(() => []);
  const holders: Request[][] = driver.channels.map(() => []);
  const obtain = driver.dispatchStep((number) => {
    driver.obtainList(driver.requests.at(number), (_device, list, request) => {
      if (!(request instanceof Request)) throw new TypeError("Every list was asked for by a request");
      driver.mapped(request, list);
      driver.channelOf(request).startOrQueue(request, driver.clock.nowNs);
    });
    askForMore(); // A refused request holds nothing any more.
  });
  const askForMore = (): void =>
    waiting.forEach((line, channel) => {
      holders[channel] = holders[channel]!.filter(({ status, ownsList }) => ownsList || status === "STATUS_PENDING");
      while (line.length > 0 && holders[channel].length < LISTS_MAX) {
        const request = line.shift()!;
        holders[channel].push(request);
        driver.setUp(request, obtain);
      }
    });
  return {
    dispatch: (request) => {
      waiting[request.parameters.channelIndex]!.push(request);
      askForMore();
    },
    finished: (channel, request) => {
      channel.startNext(driver.clock.nowNs);
      driver.requestDpc(channel, request);
    },
    deferred: (_channel, request) => driver.finish(request),
    putDone: askForMore,
  };
}

if (import.meta.main) {
  const results = (["new-model", polite, "isr-reprogram"] as const)
    .map((strategy) => runRegisterScarcity({ strategy }));
  const columns = [words("strategy"), figures("makespan"), figures("our registers"), figures("neighbour waits")];
  const rows = results.map(({ strategy, simulatedNs, ownRegistersPeak, competitor }) => [
    strategy,
    microseconds(simulatedNs),
    String(ownRegistersPeak),
    microseconds(competitor.meanWaitNs),
  ]);
  for (const line of tableLines(columns, rows)) console.log(line);
  const [, own, greedy] = results;
  const fine = results.every(({ violations, lost, failed }) => violations.length + lost + failed === 0) &&
    own!.ownRegistersPeak < greedy!.ownRegistersPeak;
  console.log(fine ? "ok: polite keeps fewer registers, and nothing is lost" : "not ok: polite is not polite");
  if (!fine) Deno.exit(1);
}
