/**
 * The whole model in virtual time, tables instead of actors, no trace: `model.ts <any> <rounds> <transfers>`. Transfers
 * of 4 KiB, host to card, over four channels, each channel with a buffer of its own that is used again and again.
 */
import { allocateBuffer } from "../../../actors/runs/buffers.ts";
import type { RequestParameters } from "../../../actors/scheduler/request.ts";
import { System } from "../../../actors/system.ts";
import { measureRounds, order } from "./rounds.ts";

const TRANSFER_BYTES = 4096;
const CHANNELS = 4;
const DEPTH = 8;

/** What it takes until the compiler has seen everything, whatever is measured then. */
const WARM_LOADS = 20;
const WARM_TRANSFERS = 20_000;

/** A system that does nothing yet, and what to do with it. */
interface Load {
  readonly system: System;
  readonly requests: readonly RequestParameters[];
}

function createLoad(): Load {
  const system = new System({
    engine: "table",
    strategy: "isr-reprogram",
    h2cCount: CHANNELS,
    c2hCount: 0,
    maximumTransferBytes: TRANSFER_BYTES,
    queueDepth: DEPTH,
  });
  const requests = Array.from({ length: CHANNELS * DEPTH }, (_, tag) => ({
    channelIndex: tag % CHANNELS,
    mdl: allocateBuffer(system, TRANSFER_BYTES).mdl,
    lengthBytes: TRANSFER_BYTES,
    cardAddress: tag * TRANSFER_BYTES,
    tag,
    directIo: true,
  }));
  return { system, requests };
}

/** Keeps `DEPTH` requests under way on each channel until `transfers` have completed. */
function runTransfers({ system, requests }: Load, transfers: number): void {
  let submitted = 0;
  let completed = 0;
  const submit = (tag: number): void => {
    if (submitted === transfers) return;
    submitted++;
    system.scheduler.submit(requests[tag]!);
  };
  system.scheduler.onCompleted((request) => {
    completed++;
    system.clock.after(0, submit, request.parameters.tag);
  });
  system.scheduler.start(requests);
  for (const { tag } of requests) submit(tag);
  system.run();
  if (completed !== transfers) throw new Error(`${completed} of ${transfers} transfers completed`);
  system.close();
}

const { rounds, count } = order();
for (let load = 0; load < WARM_LOADS; load++) runTransfers(createLoad(), WARM_TRANSFERS);
measureRounds({ rounds, operations: count, warmRounds: 0 }, {
  prepare: createLoad,
  run: (load) => runTransfers(load, count),
  checksum: () => count,
});
