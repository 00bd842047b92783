/** What a call answers where Windows would not answer at all. */
import type { Failure } from "../hal/dma_operations.ts";

/**
 * A call on a transaction in a wrong state: the finding `WdfTransactionWrongState` names it, nothing is done, and this
 * is the status that the pages of the DDI promise in place of bug check 0x10D.
 */
export const WRONG_STATE: Failure = {
  status: "STATUS_INVALID_DEVICE_REQUEST",
  why: "the transaction is in a state in which Windows bug-checks (0x10D)",
};
