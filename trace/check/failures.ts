/**
 * Requests that failed: who held the channel, whether a retry can help, and what a driver makes of it. One status has
 * four causes, and only one of them is permanent: more registers needed than the adapter may use.
 */
import type { LogFinding } from "./finding.ts";
import { judgeHeld } from "./held.ts";
import type { CallLine } from "./log_line.ts";
import type { TransferRange } from "./mdl_range.ts";
import type { AdapterRecord } from "./records.ts";
import { outcomeOf, statusName } from "./values.ts";
import type { Pointer } from "./values.ts";
import type { World } from "./world.ts";

/** What is known of a request that failed. */
export interface FailedFacts {
  readonly range: TransferRange;
  /** R, or null. */
  readonly registers: number | null;
  readonly form: { readonly synchronous: boolean; readonly withRoutine: boolean };
  /** The caller's list buffer, or null. */
  readonly buffer: Pointer | null;
}

/** A retry counts as such from the third identical call on. */
const IDENTICAL_CALLS = 3;
const FAILED_BUFFERS_KEPT = 64;
const PAGE_SIZE = 4096;

/** A Get, Build or AllocateAdapterChannel(Ex) that failed. */
export function noteFailure(world: World, line: CallLine, adapter: AdapterRecord, facts: FailedFacts): void {
  const { registers, form, buffer } = facts;
  const insufficient = isInsufficient(line.ret);
  const permanent = insufficient && isPermanent(line, adapter, registers);
  const demand = {
    type: "BUILD_SCATTER_GATHER_LIST" as const,
    // What is refused for other reasons than the channel is refused as if it asked too much.
    registers: insufficient && !permanent && form.synchronous ? 0 : Infinity,
    ...form,
    registersAvailable: false,
    memoryAvailable: true,
  };
  judgeHeld(world, line.name, adapter, adapter.life.send(demand));
  adapter.lastFailed = true;
  if (buffer !== null) {
    adapter.failedBuffers.add(buffer);
    if (adapter.failedBuffers.size > FAILED_BUFFERS_KEPT) {
      for (const oldest of adapter.failedBuffers) {
        adapter.failedBuffers.delete(oldest);
        break;
      }
    }
  }
  // TooManyRegistersAtOnce has named a channel request that asks for too much.
  if (!line.name.startsWith("AllocateAdapterChannel")) countRetries(world, line, adapter, permanent);
}

/** CalculateScatterGatherList, GetDmaTransferInfo: reserves nothing, but says the same about a retry. */
export function noteCalculation(world: World, line: CallLine, adapter: AdapterRecord, registers: number | null): void {
  if (outcomeOf(line.ret) !== "failure") {
    adapter.failure = null;
    return;
  }
  countRetries(world, line, adapter, isInsufficient(line.ret) && isPermanent(line, adapter, registers));
}

function isPermanent({ out }: CallLine, adapter: AdapterRecord, registers: number | null): boolean {
  if (typeof out.reason === "string") return out.reason === "perTransferLimit";
  return registers !== null && registers > adapter.mapRegisters;
}

function countRetries(world: World, line: CallLine, adapter: AdapterRecord, permanent: boolean): void {
  const { judge } = world;
  const { Mdl, CurrentVa, Offset, Length, NumberOfMapRegisters } = line.args;
  // Now something did fail for it: the lint about MaximumLength is an error.
  if (permanent) convict(adapter.lint, line, judge.line);
  const key = [line.name, Mdl, CurrentVa, Offset, Length, NumberOfMapRegisters].join(" ");
  const { failure } = adapter;
  if (failure !== null && failure.key === key && failure.permanent === permanent) {
    failure.times++;
    if (permanent && failure.times === IDENTICAL_CALLS) {
      failure.reported = true;
      judge.report("RetryOnPermanentFailure", {
        call: line.name,
        resource: `adapter 0x${adapter.pointer}`,
        state: adapter.life.state,
        since: failure.line,
        details:
          `the same request failed ${failure.times} times, and needs more than ${adapter.mapRegisters} registers`,
      });
    }
    return;
  }
  const nothingOutstanding = adapter.lists.size + adapter.grants.size === 0;
  adapter.failure = {
    key,
    call: line.name,
    line: judge.line,
    times: 1,
    permanent,
    nothingOutstanding,
    reported: false,
  };
}

function convict(lint: LogFinding | null, { name }: CallLine, at: number): void {
  if (lint === null || lint.severity === "error") return;
  lint.severity = "error";
  lint.message = `${lint.message.slice(0, -1)}, and ${name} of line ${at} fails for it.`;
}

/**
 * What the last failure meant, when the adapter's life is concluded: the driver stopped on a request that can never
 * succeed, while nothing was outstanding whose return could help.
 */
export function concludeFailure(world: World, adapter: AdapterRecord, call: string, requestsWait: boolean): void {
  const { failure } = adapter;
  if (failure === null || !failure.permanent || !failure.nothingOutstanding || failure.reported) return;
  failure.reported = true;
  const site = {
    call,
    resource: `adapter 0x${adapter.pointer}`,
    state: adapter.life.state,
    since: failure.line,
    beside: true,
    suspected: adapter.adopted,
  };
  // Where all requests were completed, the one that failed was too: the driver did not stop on it.
  if (world.irps.allCompleted && adapter.successes > 0) return;
  if (adapter.successes > 0 || requestsWait) {
    // Who goes on to put the adapter may have given the request up: that it stopped can only be suspected then.
    const suspected = site.suspected || (call === "PutDmaAdapter" && !requestsWait);
    const details = "nothing was outstanding, and no Put can help";
    world.judge.report("ResumeNeverPossible", { ...site, details, suspected });
    return;
  }
  if (adapter.lint !== null) return;
  const { mapRegisters, maximumLength } = adapter;
  const described = maximumLength === null ? "" : `, MaximumLength is ${maximumLength}`;
  const details = `the first request needs more than ${mapRegisters} map registers${described}`;
  const first = { ...site, call: failure.call, since: adapter.line, line: failure.line };
  if (maximumLength !== null && maximumLength <= PAGE_SIZE) {
    world.judge.report("MaxLengthLooksLikeTlp", { ...first, details, severity: "error" });
    return;
  }
  // Too short a description, or a platform that grants less than was described: who asked may have expected a no.
  const asDescribed = maximumLength === null || mapRegisters >= maximumLength / PAGE_SIZE;
  world.judge.report("MaxLengthLooksLikeTlp", {
    ...first,
    details: `N is ${mapRegisters}${described}`,
    kind: asDescribed ? "description" : "platform",
    severity: "warning",
  });
}

/** True for a status that says a resource is missing. */
function isInsufficient(ret: unknown): boolean {
  return statusName(ret) === "STATUS_INSUFFICIENT_RESOURCES";
}
