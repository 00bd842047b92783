/**
 * A card of your own behind the same interface. The teaching card has 28 address lines and takes one piece at a time,
 * so the HAL bounces every transfer through map registers; not one strategy had to be changed for it.
 */
import { allocateBuffer, BURST_COSTS, CardSystem, fillBuffer, InvariantWatch, Prng, readBuffer } from "../mod.ts";
import { STRATEGIES } from "../mod.ts";
import type { Direction, Strategy } from "../mod.ts";
import { figures, tableLines, words } from "./table.ts";
import { MEMORY, transferNs } from "./teaching_card.ts";
import { teachingKit } from "./teaching_kit.ts";
import { microseconds } from "./units.ts";

const REQUESTS = 8;
const BYTES = 64 * 1024;
const DIRECTIONS: readonly Direction[] = ["h2c", "c2h"];

/** Eight requests under one strategy, one way; the cells of a row, and whether all is well. */
function run(strategy: Strategy, direction: Direction): { readonly cells: string[]; readonly fine: boolean } {
  const system = new CardSystem({
    device: teachingKit(direction),
    strategy,
    costs: BURST_COSTS,
    maximumTransferBytes: BYTES,
    watchDeviceAccess: true,
    dpcPerRequest: true,
  });
  const watch = new InvariantWatch(system);
  const prng = new Prng("own card");
  const file = Uint8Array.from({ length: MEMORY.bytes }, () => prng.below(256));
  const buffers = Array.from({ length: REQUESTS }, () => allocateBuffer(system, BYTES));
  const requests = buffers.map(({ mdl }, tag) => (
    { channelIndex: 0, mdl, lengthBytes: BYTES, cardAddress: MEMORY.start + tag * BYTES, tag, directIo: true }
  ));
  if (direction === "c2h") system.card.memory.set(file);
  else buffers.forEach((buffer, tag) => fillBuffer(system, buffer, file.subarray(tag * BYTES, (tag + 1) * BYTES)));

  let endNs = 0;
  system.scheduler.onCompleted((request) => {
    watch.completed(request);
    endNs = request.completedNs;
  });
  system.scheduler.start(requests);
  for (const request of requests) {
    watch.submitted(request.tag, request.channelIndex);
    system.scheduler.submit(request);
  }
  system.run();

  const arrived = direction === "h2c" ? system.card.memory : new Uint8Array(file.length);
  if (direction === "c2h") buffers.forEach((buffer, tag) => readBuffer(system, buffer, arrived, tag * BYTES, BYTES));
  const equal = file.every((byte, index) => byte === arrived[index]);
  const violations = watch.verdict();
  if (violations.length === 0) system.close();
  const boundNs = strategy.boundNs({ ...BURST_COSTS, dmaNs: transferNs(BYTES) }, REQUESTS);
  const registers = Math.max(...system.hal.pools.map(({ peak }) => peak));
  const cells = [strategy.name, direction, microseconds(endNs), microseconds(boundNs), String(registers)];
  const fine = equal && endNs === boundNs && violations.length === 0;
  for (const { sentence } of violations) console.error(`${strategy.name}, ${direction}: ${sentence}`);
  return { cells: [...cells, equal ? "equal" : "DIFFERENT"], fine };
}

// A registered buffer's list is put when the driver unloads: what was bounced for it would reach the buffer too late.
const strategies = Object.values(STRATEGIES).filter(({ name }) => name !== "registered");
const results = strategies.flatMap((each) => DIRECTIONS.map((direction) => run(each, direction)));
const columns = [words("strategy"), words("way"), figures("simulated"), figures("closed form"), figures("registers")];
for (const line of tableLines([...columns, words("data")], results.map(({ cells }) => cells))) console.log(line);
const fine = results.every((result) => result.fine);
console.log(
  fine ? "ok: each strategy meets its closed form on a card that it has never seen" : "not ok: see the table",
);
if (!fine) Deno.exit(1);
