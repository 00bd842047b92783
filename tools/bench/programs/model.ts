/**
 * The whole model in virtual time, tables instead of actors, no trace: `model.ts <any> <rounds> <transfers>`. Transfers
 * of 4 KiB, host to card, over four channels, each channel with a buffer of its own that is used again and again.
 */
import { allocateBuffer } from "../../../actors/runs/buffers.ts";
import { System } from "../../../actors/system.ts";
import { measure, order } from "./rounds.ts";

const TRANSFER_BYTES = 4096;
const CHANNELS = 4;
const DEPTH = 8;

/** Keeps `DEPTH` requests under way on each channel until `transfers` have completed. */
function runTransfers(transfers: number): number {
  const system = new System({
    engine: "table",
    strategy: "isr-reprogram",
    h2cCount: CHANNELS,
    c2hCount: 0,
    maximumTransferBytes: TRANSFER_BYTES,
    queueDepth: DEPTH,
  });
  let submitted = 0;
  let completed = 0;
  const requests = Array.from({ length: CHANNELS * DEPTH }, (_, tag) => ({
    channelIndex: tag % CHANNELS,
    mdl: allocateBuffer(system, TRANSFER_BYTES).mdl,
    lengthBytes: TRANSFER_BYTES,
    cardAddress: tag * TRANSFER_BYTES,
    tag,
    directIo: true,
  }));
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
  return completed;
}

const { rounds, count } = order();
measure(rounds, count, () => runTransfers(count));
