/** The framework's calls: enablers whose configuration cannot work, transactions in the wrong state. */
import { TRANSACTION } from "./charts.ts";
import { judgeMaximumLength } from "./adapters.ts";
import { deleteEnabler } from "./conclude.ts";
import { FollowedLife } from "./life.ts";
import type { CallLine, Fields } from "./log_line.ts";
import type { TransactionRecord } from "./records.ts";
import { count, flag, hasFlag, outcomeOf, pointer, statusName } from "./values.ts";
import type { World } from "./world.ts";

const REQUIRE_SINGLE_TRANSFER = 2;
const PAGE_BYTES = 4096;
const PREFIX = "WdfDmaTransaction";
const EXECUTE = `${PREFIX}Execute`;

/** WdfDmaEnablerCreate. */
export function createEnabler(world: World, line: CallLine): void {
  const config = (line.args.Config ?? {}) as Fields;
  const at = pointer(line.out.DmaEnablerHandle ?? line.out.DmaEnabler);
  const resource = at === null ? "enabler" : `enabler 0x${at}`;
  const single =
    hasFlag(config.Flags, REQUIRE_SINGLE_TRANSFER, "WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER") === true;
  const version = count(config.WdmDmaVersionOverride);
  // Version 3 comes by override, with an address width, or by the platform: then creation succeeds.
  const below3 = version !== null && version !== 0
    ? version !== 3
    : (count(config.AddressWidthOverride) ?? 0) === 0 && outcomeOf(line.ret) === "failure";
  if (single && below3) {
    const details = `WdmDmaVersionOverride is ${version ?? "not set"}`;
    world.judge.report("SingleTransferNeedsV3", { call: line.name, resource, since: null, byItself: true, details });
    return;
  }
  const maximumLength = count(config.MaximumLength);
  // A log of the framework's own calls told it of the adapter that the framework obtains inside.
  const inside = [...world.adapters.values()].find((one) => one.maximumLength === maximumLength)?.lint ?? null;
  const lint = inside ?? judgeMaximumLength(world, line.name, resource, maximumLength);
  if (at === null || outcomeOf(line.ret) === "failure") return;
  world.enablers.set(at, { pointer: at, line: world.judge.line, maximumLength, version: version || null, lint });
}

/**
 * WdfDmaEnablerWdmGetDmaAdapter: the framework's adapter in the driver's hands. N is at most a register a page of
 * MaximumLength and one more; what the framework itself does with the adapter is not in the log.
 */
export function enablersAdapter(world: World, line: CallLine): void {
  const at = pointer(line.ret);
  const enabler = world.enablers.get(pointer(line.args.DmaEnabler) ?? "");
  if (at === null || enabler === undefined || world.adapters.has(at)) return;
  const { maximumLength, version, lint, pointer: ofEnabler } = enabler;
  const mapRegisters = maximumLength === null ? Infinity : Math.ceil(maximumLength / PAGE_BYTES) + 1;
  const unknown = { master: null, addressWidth: null };
  world.obtainAdapter(at, { ...unknown, adopted: true, version, mapRegisters, maximumLength, lint, ofEnabler });
}

/** WdfDmaTransactionCreate: a transaction begins. */
export function createTransaction(world: World, line: CallLine): void {
  const at = pointer(line.out.DmaTransactionHandle ?? line.out.DmaTransaction);
  if (at === null || outcomeOf(line.ret) === "failure") return;
  world.transactions.set(at, { pointer: at, line: world.judge.line, life: new FollowedLife(TRANSACTION) });
}

type Life = TransactionRecord["life"];

/** WdfDmaTransactionInitialize… and its relatives: a step of a transaction that was created in this log. */
export function moveTransaction(world: World, line: CallLine): void {
  const at = pointer(line.args.DmaTransaction ?? line.args.Object);
  if (at !== null && line.name === "WdfObjectDelete" && world.enablers.has(at)) return deleteEnabler(world, line, at);
  if (at !== null && line.name === EXECUTE && world.earlyExecutes.returned(at)) return;
  const transaction = at === null ? undefined : world.transactions.get(at);
  if (transaction === undefined || at === null) return;
  const { life } = transaction;
  const { state, legal } = life;
  const site = { call: line.name, resource: `transaction 0x${at}`, state, expected: legal, since: transaction.line };
  const misuses = step(life, line);
  const [misuse] = misuses;
  if (misuse !== undefined && state === "initialized" && line.name.startsWith(`${PREFIX}DmaCompleted`)) {
    // It may have run inside Execute, whose line is written when it returns.
    life.send({ type: "WDF_DMA_TRANSACTION_EXECUTE" });
    step(life, line);
    const kind = misuse.misuseKind === undefined ? {} : { kind: misuse.misuseKind };
    world.earlyExecutes.expect(world.judge, at, world.judge.draft(misuse.rule, { ...site, ...kind }));
  } else world.judge.reportFirst(misuses, site);
  if (line.name === "WdfObjectDelete") world.transactions.delete(at);
}

function step(life: Life, line: CallLine): ReturnType<Life["send"]> {
  const name = line.name.slice(line.name.startsWith(PREFIX) ? PREFIX.length : 0);
  const failed = outcomeOf(line.ret) === "failure";
  if (name.startsWith("Initialize")) {
    const misuses = life.send({ type: "WDF_DMA_TRANSACTION_INITIALIZE" });
    if (failed && misuses.length === 0) life.send({ type: "INITIALIZE_FAILED" });
    return misuses;
  }
  switch (name) {
    case "Execute": {
      const misuses = life.send({ type: "WDF_DMA_TRANSACTION_EXECUTE" });
      if (failed && misuses.length === 0) life.send({ type: "TRANSFER_FAILED" });
      return misuses;
    }
    case "AllocateResources": {
      const requiredMapRegisters = count(line.args.RequiredMapRegisters) ?? 1;
      return failed ? [] : life.send({ type: "WDF_DMA_TRANSACTION_ALLOCATE_RESOURCES", requiredMapRegisters });
    }
    case "FreeResources":
      return life.send({ type: "WDF_DMA_TRANSACTION_FREE_RESOURCES" });
    case "SetImmediateExecution":
      return life.send({ type: "WDF_DMA_TRANSACTION_SET_IMMEDIATE_EXECUTION" });
    case "GetTransferInfo":
      return life.send({ type: "WDF_DMA_TRANSACTION_GET_TRANSFER_INFO" });
    case "DmaCompleted":
      return life.send({ type: "WDF_DMA_TRANSACTION_DMA_COMPLETED", ...completion(line) });
    case "DmaCompletedWithLength":
      return life.send({ type: "WDF_DMA_TRANSACTION_DMA_COMPLETED_WITH_LENGTH", ...completion(line) });
    case "DmaCompletedFinal":
      return life.send({ type: "WDF_DMA_TRANSACTION_DMA_COMPLETED_FINAL", ...completion(line) });
    case "Cancel":
      return life.send({ type: "WDF_DMA_TRANSACTION_CANCEL", cancelled: flag(line.ret) === true });
    case "Release":
      return life.send({ type: "WDF_DMA_TRANSACTION_RELEASE" });
    case "WdfObjectDelete":
      return life.send({ type: "WDF_OBJECT_DELETE" });
    default:
      return [];
  }
}

/** How far the transaction is, as the framework answered: TRUE ends it, FALSE means another fragment. */
function completion({ ret, out }: CallLine) {
  const status = statusName(out.Status ?? out.status);
  const more = ret === false || status === "STATUS_MORE_PROCESSING_REQUIRED";
  const failed = outcomeOf(status) === "failure" && !more;
  // The chart counts bytes; the log tells only the verdict, so the smallest numbers that give it stand for them.
  return {
    transferredLength: failed ? 0 : 1,
    fragmentLength: 1,
    remainingLength: more ? 1 : 0,
    requireSingleTransfer: failed,
  };
}
