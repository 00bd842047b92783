/**
 * Transactions that were completed before the line of their Execute: where a tracer writes when a call returns, and the
 * device is fast, EvtProgramDma and the completion run inside Execute. Windows DDI, WdfDmaTransactionExecute.
 */
import type { LogFinding } from "./finding.ts";
import type { Judge } from "./judge.ts";
import type { Pointer } from "./values.ts";

const KEPT = 1024;

/** What would be a misuse if the line of Execute never came. */
export class EarlyExecutes {
  readonly #expected: { readonly transaction: Pointer; readonly finding: LogFinding }[] = [];

  /** How many wait for their line. */
  get size(): number {
    return this.#expected.length;
  }

  /** A completion shows that Execute runs, or that it was forgotten: then this is the finding. */
  expect(judge: Judge, transaction: Pointer, finding: LogFinding): void {
    this.#expected.push({ transaction, finding });
    // The call that this many others have overtaken was never made.
    if (this.#expected.length > KEPT) judge.keepDraft(this.#expected.shift()!.finding, false);
  }

  /** Execute has returned. True if its transaction was completed, or even deleted, meanwhile. */
  returned(transaction: Pointer): boolean {
    const index = this.#expected.findIndex((one) => one.transaction === transaction);
    if (index < 0) return false;
    this.#expected.splice(index, 1);
    return true;
  }

  /** No line of Execute comes any more; `suspected` where that is only because the log ends here. */
  conclude(judge: Judge, suspected: boolean): void {
    for (const { finding } of this.#expected.splice(0)) judge.keepDraft(finding, suspected);
  }
}
