/**
 * The whole way of a request, 8 channels, bursts of 8: `path.ts <table|workers|classes|xstate> <rounds> <bursts>`.
 * Validate, list, queue, engine, interrupt, DPC, completion, with the lifecycle checked at every step; the checksum is
 * taken over what every request got. Only `xstate` does less: the lifecycle and its queue, nothing else.
 */
import { createActor } from "xstate";
import { prepareDescriptors } from "../../../fastpath/3_map.ts";
import { createDispatchSide } from "../../../fastpath/dispatch_side.ts";
import type { DispatchSide } from "../../../fastpath/dispatch_side.ts";
import { pathLives } from "../../../fastpath/lives.ts";
import { misuseOf } from "../../../fastpath/misuse.ts";
import { createOneThread } from "../../../fastpath/one_thread.ts";
import type { OneThread } from "../../../fastpath/one_thread.ts";
import { breathe, stopAll } from "../../../fastpath/parking.ts";
import { createPathMemory } from "../../../fastpath/slots.ts";
import type { PathMemory } from "../../../fastpath/slots.ts";
import { irpMachine } from "../../../machines/irp.ts";
import { createChannels, runBurst } from "./path_classes.ts";
import type { Transfer } from "./path_classes.ts";
import { measure, measureRounds, order } from "./rounds.ts";

const CHANNELS = 8;
const SLOTS = 64;
const REQUESTS = 4096;
const BURST = 8;
const SHORT_ROUNDS = 10;
const WARM_ROUNDS = 21;

const lengthOf = (request: number): number => 4096 + (request & 15) * 4;

function makeMemory(): PathMemory {
  const sizes = { channelCount: CHANNELS, slotCount: SLOTS, descriptorsPerSlot: 1, elementBytes: 1 << 20 };
  const memory = createPathMemory({ ...sizes, requestCount: REQUESTS }, pathLives());
  prepareDescriptors(memory, 0x1000, 0);
  for (let request = 0; request < REQUESTS; request++) {
    memory.requestFlags[request] = 3;
    memory.requestLength[request] = lengthOf(request);
    memory.requestHostLow[request] = request * 8192;
    memory.requestCardLow[request] = request * 4096;
    memory.requestHostHigh[request] = request & 7;
    memory.requestCardHigh[request] = request & 3;
  }
  return memory;
}

function checksum(memory: PathMemory): number {
  let sum = misuseOf(memory, pathLives()) === null ? 0 : 1_000_000_007;
  for (let request = 0; request < REQUESTS; request++) {
    sum += memory.requestInformation[request]! + memory.requestStatus[request]!;
  }
  for (const row of memory.slotRow) if (row === memory.freeRow) sum++;
  return sum;
}

function runOneThread(path: OneThread, bursts: number): number {
  let request = 0;
  let completed = 0;
  for (let burst = 0; burst < bursts; burst++) {
    for (let channel = 0; channel < CHANNELS; channel++) {
      path.submit(channel, request, BURST);
      request = (request + BURST) & (REQUESTS - 1);
    }
    path.serve();
    completed += path.drain();
  }
  return completed;
}

function runTwoThreads(path: DispatchSide, total: number): number {
  let request = 0;
  let submitted = 0;
  let completed = 0;
  while (completed < total) {
    for (let channel = 0; channel < CHANNELS && submitted < total; channel++) {
      submitted += path.submit(channel, request, BURST);
      request = (request + BURST) & (REQUESTS - 1);
    }
    const drained = path.drain();
    if (drained === 0) breathe();
    completed += drained;
  }
  return completed;
}

/** One actor a request, and one for each channel's queue as a plain array: what one writes first with XState. */
function runActors(bursts: number): number {
  const channels: ReturnType<typeof createActor<typeof irpMachine>>[][] = Array.from({ length: CHANNELS }, () => []);
  let completed = 0;
  for (let burst = 0; burst < bursts; burst++) {
    for (const queue of channels) {
      for (let index = 0; index < BURST; index++) {
        const irp = createActor(irpMachine).start();
        irp.send({ type: "MARK_PENDING" });
        irp.send({ type: "MAP" });
        irp.send({ type: "QUEUE" });
        queue.push(irp);
      }
    }
    for (const queue of channels) {
      for (const irp of queue.splice(0)) {
        irp.send({ type: "START" });
        irp.send({ type: "DEVICE_DONE" });
        irp.send({ type: "PUT" });
        irp.send({ type: "COMPLETE" });
        if (irp.getSnapshot().hasTag("ended")) completed++;
        irp.stop();
      }
    }
  }
  return completed;
}

function mustBe(completed: number, total: number): void {
  if (completed !== total) throw new Error(`${completed} of ${total} requests completed`);
}

/**
 * Measures a form that runs some bursts. Each round is ten short ones, so that the middle one of all was disturbed by
 * nobody; and it is warm before, however long the compiler of another thread takes.
 */
function measureShort(
  rounds: number,
  bursts: number,
  run: (bursts: number, total: number) => void,
  checksum: () => number,
): void {
  const short = Math.ceil(bursts / SHORT_ROUNDS);
  const total = short * CHANNELS * BURST;
  measureRounds({ rounds: rounds * SHORT_ROUNDS, operations: total, warmRounds: WARM_ROUNDS }, {
    prepare: () => {},
    run: () => run(short, total),
    checksum,
  });
}

const { what, rounds, count } = order();
if (what === "table") {
  const memory = makeMemory();
  const path = createOneThread(memory);
  measureShort(rounds, count, (bursts, total) => mustBe(runOneThread(path, bursts), total), () => checksum(memory));
} else if (what === "workers") {
  const memory = makeMemory();
  const worker = new Worker(new URL("../../../fastpath/device_worker.ts", import.meta.url), { type: "module" });
  worker.postMessage({ buffer: memory.wasm });
  const path = createDispatchSide(memory);
  mustBe(runTwoThreads(path, 64), 64);
  measureShort(rounds, count, (_, total) => mustBe(runTwoThreads(path, total), total), () => checksum(memory));
  stopAll(memory);
  Deno.exit(0);
} else if (what === "classes") {
  const requests = Array.from({ length: REQUESTS }, (_, request): Transfer => ({
    flags: 3,
    lengthBytes: lengthOf(request),
    hostAddress: request * 8192,
    cardAddress: request * 4096,
    status: "STATUS_PENDING",
    information: 0,
  }));
  const channels = createChannels(CHANNELS);
  measureShort(
    rounds,
    count,
    (bursts, total) => mustBe(runBurst(channels, requests, bursts, BURST), total),
    () => requests.reduce((sum, { information }) => sum + information, CHANNELS * SLOTS),
  );
} else if (what === "xstate") {
  const total = count * CHANNELS * BURST;
  measure(rounds, total, () => {
    mustBe(runActors(count), total);
    return 0;
  });
}
