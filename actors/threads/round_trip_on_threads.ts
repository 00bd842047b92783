/**
 * Real bytes there and back on threads: each piece of a file goes host → card on an H2C engine and, as soon as it is
 * there, card → host on a C2H engine, as many pieces at once as there is capacity for. What comes back is compared
 * outside; nothing here depends on how long anything takes.
 */
import { PAGE_SIZE } from "../../sim/units.ts";
import type { NtStatus } from "../../machines/ntstatus.ts";
import { ThreadScheduler } from "./thread_scheduler.ts";
import type { ThreadRequest } from "./request_exchange.ts";
import type { ThreadSchedulerOptions, ThreadSummary } from "./thread_scheduler.ts";

/** What to run. */
export interface ThreadRoundTripOptions extends Omit<ThreadSchedulerOptions, "ramBytes"> {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Bytes of a piece, a multiple of 4096. Default: as much as a list can cover. */
  readonly pieceBytes?: number;
  /** Hears of each request that goes in, by its number. */
  readonly onSubmitted?: (request: number) => void;
  /** Hears of each request that is back, by its number. */
  readonly onCompleted?: (request: number) => void;
  /** Runs when every Worker is there, before the first request. */
  readonly onStarted?: (scheduler: ThreadScheduler) => void;
}

/** How it went. */
export interface ThreadRoundTripResult extends ThreadSummary {
  /** What came back. */
  readonly bytes: Uint8Array;
  /** Requests that the file needs: two a piece. */
  readonly requests: number;
  /** Of the completed ones, those with an error status. */
  readonly failed: number;
  /** Requests that were taken and never came back. */
  readonly missing: number;
  /** By request: how it ended; null if it was never submitted. */
  readonly statuses: readonly (NtStatus | null)[];
  /** Bytes of a piece. */
  readonly pieceBytes: number;
}

/**
 * Runs one file there and back; `done` is called with the result when every Worker has ended. Requests have numbers:
 * `piece` on the way there, `pieces + piece` on the way back.
 *
 * @throws {RangeError} with one sentence, if an option cannot be.
 */
export function runRoundTripOnThreads(
  options: ThreadRoundTripOptions,
  done: (result: ThreadRoundTripResult) => void,
): void {
  const { bytes, onSubmitted, onCompleted, onStarted, pieceBytes: wanted, ...rest } = options;
  const pieceBytes = wanted ?? (rest.descriptorsPerSlot ?? 16) * (rest.elementBytes ?? PAGE_SIZE);
  if (bytes.length === 0) throw new RangeError("Cannot send an empty file: expected at least one byte");
  if (!(pieceBytes > 0 && pieceBytes % PAGE_SIZE === 0)) {
    throw new RangeError(`Cannot use pieces of ${pieceBytes} bytes: expected a multiple of ${PAGE_SIZE}`);
  }
  const pieces = Math.ceil(bytes.length / pieceBytes);
  const halfBytes = pieces * pieceBytes;
  const statuses = new Array<NtStatus | null>(pieces * 2).fill(null);
  let failed = 0;
  /** Pieces that have not been sent yet begin here. */
  let unsent = 0;
  /** Numbers of requests on the way back that found no capacity. */
  const waiting: number[] = [];

  const scheduler = new ThreadScheduler({ ...rest, ramBytes: halfBytes * 2 }, {
    started: () => {
      onStarted?.(scheduler);
      goOn();
    },
    completed: (request, status) => {
      statuses[request] = status;
      onCompleted?.(request);
      const succeeded = status === "STATUS_SUCCESS";
      if (!succeeded) failed++;
      if (request < pieces && succeeded) waiting.push(pieces + request);
      goOn();
    },
    ended: (summary) => {
      const back = scheduler.ram.slice(halfBytes, halfBytes + bytes.length);
      const missing = summary.accepted - summary.completed;
      done({ ...summary, bytes: back, requests: pieces * 2, failed, missing, statuses, pieceBytes });
    },
  });
  const { h2cCount, c2hCount } = scheduler.sizes;
  if (h2cCount === 0 || c2hCount === 0) throw new RangeError("A round trip needs at least one channel each way");

  function requestOf(number: number): ThreadRequest {
    const piece = number < pieces ? number : number - pieces;
    const offset = piece * pieceBytes;
    const isBack = number >= pieces;
    // The card's data path takes whole words: the last piece is filled up to one.
    const lengthBytes = Math.ceil(Math.min(pieceBytes, bytes.length - offset) / 4) * 4;
    return {
      tag: number,
      engine: isBack ? h2cCount + piece % c2hCount : piece % h2cCount,
      ramOffset: isBack ? halfBytes + offset : offset,
      cardAddress: offset,
      lengthBytes,
    };
  }

  /** What came over goes back first; then pieces that were not sent yet. Nothing left and nothing out: drained. */
  function goOn(): void {
    const batch: number[] = [];
    for (let room = scheduler.capacity; room > 0; room--) {
      const next = waiting.length > 0 ? waiting.pop()! : unsent < pieces ? unsent++ : -1;
      if (next < 0) break;
      batch.push(next);
    }
    if (batch.length > 0) {
      const { taken } = scheduler.submit(batch.map(requestOf));
      // All of them, unless a Worker was lost meanwhile.
      for (const number of batch.slice(0, taken)) onSubmitted?.(number);
    } else if (scheduler.outstanding === 0) scheduler.drain();
  }

  scheduler.ram.set(bytes);
  scheduler.start();
}
