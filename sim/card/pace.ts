/**
 * When an engine does its next step. The engine knows what to do with a descriptor; a pace decides the moment: as the
 * link has it (`link_pace.ts`), or all at one fixed time (`fixed_pace.ts`).
 */

/** What a pace asks of its engine. */
export interface PacedEngine {
  /** Fetching and executing. */
  readonly isRunning: boolean;
  /** Run was cleared; the current descriptor is being finished. */
  readonly isStopping: boolean;
  /** There is a current descriptor. */
  readonly isExecuting: boolean;
  /** How many descriptors of this run have been taken. */
  readonly takenCount: number;
  /** From when the current descriptor's data can move. */
  readonly readyNs: number;
  /** Takes the oldest fetched descriptor; false if it stopped the engine. One of 0 bytes is done at once. */
  take(): boolean;
  /** Bytes that can move next; 0 if the descriptor waits for a stream, or has moved and a fault holds it back. */
  nextPieceBytes(): number;
  /** Moves that many; the last piece completes the descriptor. */
  movePiece(lengthBytes: number): void;
  /** Stops on an error. */
  fail(statusBit: number): void;
  /** Comes to rest after Run was cleared. */
  rest(): void;
  /** Lets the interrupt follow the Status. Always the last act. */
  publish(): void;
}

/** Decides when. */
export interface Pace {
  /** Something is on its way that keeps the engine busy even without a current descriptor. */
  readonly isWaiting: boolean;
  /** Run was set and the fetch stands at the first block. */
  begin(): void;
  /** Something may have become possible: goes on until there is something to wait for. */
  goOn(): void;
  /** Forgets every moment to come. */
  forget(): void;
}
