/**
 * A request cancelled in each state of its life: what IoCancelIrp answers there, what the driver does then, and that
 * the request is completed once, with nothing left. Windows DDI, IoCancelIrp, CancelAdapterChannel; X-3.
 *
 * Entries of an interlocked list cannot be taken from its middle: a cancelled request stays in work-to-do, and whoever
 * removes it finds it cancelled.
 */
import type { NtStatus } from "../../machines/ntstatus.ts";
import { assert } from "../../sim/assert.ts";
import type { Finding } from "../../trace/event.ts";
import { driverUnload } from "../hal/driver_unload.ts";
import { CANCEL_PLACES, CancelTrip } from "./cancel_trip.ts";
import type { CancelPlace, TripRequest } from "./cancel_trip.ts";
import type { BenchOptions } from "./driver_bench.ts";

/**
 * `right`: whoever takes the request owns it. `queue-forgotten`: the cancel routine completes a queued request, and so
 * does whoever finds it in the queue. `under-device`: the cancel routine completes it while the device works.
 */
export type CancelDriver = "right" | "queue-forgotten" | "under-device";

/** Which driver. */
export interface CancelOptions extends BenchOptions {
  /** Default `right`. */
  readonly driver?: CancelDriver;
}

/** One request's end. */
export interface CancelRow {
  /** Where it was. */
  readonly place: CancelPlace;
  /** The state of its lifecycle there. */
  readonly state: string;
  /** IoCancelIrp took effect; false: too late, the request goes its way. */
  readonly taken: boolean;
  /** The state of its lifecycle after IoCancelIrp. */
  readonly next: string;
  /** What the driver did then, before it completed it, in order. */
  readonly acts: readonly string[];
  /** What it was completed with. */
  readonly status: NtStatus;
  /** How many times the driver completed it. */
  readonly completions: number;
}

/** How it went. */
export interface CancelResult {
  /** One row a request. */
  readonly rows: readonly CancelRow[];
  /** Requests still under way, lists not put, user pages locked at the end. */
  readonly left: { readonly requests: number; readonly lists: number; readonly lockedPages: number };
  /** What the simulator named, in order. */
  readonly findings: readonly Finding[];
  /** Virtual time of the run. */
  readonly simulatedNs: number;
}

/**
 * Runs one driver: a request for every place, or the one that it gets wrong.
 *
 * @throws {StrictFinding} with `strict`, at the first error.
 */
export function runCancel(options: CancelOptions = {}): CancelResult {
  const { driver = "right" } = options;
  const trip = new CancelTrip(options);
  const { bench } = trip;
  const rows = driver === "right"
    ? CANCEL_PLACES.map((place) => cancelled(trip, place, (request) => trip.finish(request)))
    : [driver === "queue-forgotten" ? queueForgotten(trip) : underDevice(trip)];
  const { hal, irps, memory, findings, clock } = bench;
  const lists = hal.adapters[0]!.counters.listsOutstanding;
  trip.unload();
  driverUnload(hal);
  return {
    rows,
    left: { requests: irps.outstanding, lists, lockedPages: memory.space.lockedUserPages },
    findings: [...findings.all],
    simulatedNs: clock.nowNs,
  };
}

/** Cancels a request that stands at that place, and lets a driver do with it what it does. */
function cancelled(trip: CancelTrip, place: CancelPlace, then: (request: TripRequest) => void): CancelRow {
  const request = trip.travel(place);
  const { irp, acts } = request;
  const { state } = irp.life;
  const taken = trip.cancel(request);
  const next = irp.life.state;
  then(request);
  assert(irp.completed, `A request cancelled in ${state} is completed`);
  return { place, state, taken, next, acts, status: irp.status, completions: request.completions };
}

/** Completed by the cancel routine, and once more by cleanup, which finds it in work-to-do. */
function queueForgotten(trip: CancelTrip): CancelRow {
  return cancelled(trip, "queued bare", (request) => {
    trip.complete(request, "STATUS_CANCELLED");
    trip.pop(request);
    trip.complete(request, "STATUS_CANCELLED");
  });
}

/** Completed by the cancel routine whatever IoCancelIrp said: the I/O manager unlocks the pages under the device. */
function underDevice(trip: CancelTrip): CancelRow {
  return cancelled(trip, "in device", (request) => {
    trip.complete(request, "STATUS_CANCELLED");
    trip.deviceDone(request);
    trip.putList(request);
    trip.complete(request, "STATUS_SUCCESS");
  });
}
