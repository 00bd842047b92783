/** What a request ends with that its requester took back in time: STATUS_CANCELLED and not a byte. */
import { ROW_MASK } from "../../fastpath/joint_table.ts";
import { EVENT_WITHDRAW } from "../../fastpath/lives.ts";
import { refusalMisused } from "../../fastpath/misuse.ts";
import type { PathMemory } from "../../fastpath/slots.ts";
import { NTSTATUS } from "../../machines/ntstatus.ts";

/** STATUS_CANCELLED as a request row holds it. Who is left over when nobody can start it any more gets it too. */
export const CANCELLED: number = NTSTATUS.STATUS_CANCELLED | 0;

/** Ends requests that were cancelled. */
export interface CancelledEnd {
  /** Whatever its slot, or its refusal, would have come to. */
  readonly complete: (row: number) => void;
  /** As {@link CancelledEnd.complete}, for one that was not dispatched yet: its life ends here. */
  readonly withdraw: (engine: number, row: number) => void;
}

/** {@link CancelledEnd} over one memory. */
export function createCancelledEnd(memory: PathMemory): CancelledEnd {
  const { requestStatus, requestInformation, requestTable, arrivedRow } = memory;

  function complete(row: number): void {
    requestStatus[row] = CANCELLED;
    requestInformation[row] = 0;
  }

  return {
    complete,
    withdraw(engine, row) {
      const entry = requestTable[arrivedRow | EVENT_WITHDRAW]!;
      if (entry > ROW_MASK) refusalMisused(memory, engine, entry);
      complete(row);
    },
  };
}
