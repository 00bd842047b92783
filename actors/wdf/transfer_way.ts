/** How one fragment of a transaction gets its resources: through a list, or through the channel. */
import type { Result } from "../hal/dma_operations.ts";

/** The part of a transaction that depends on the profile. */
export interface TransferWay {
  /** EvtProgramDma was given a fragment, and nobody said yet that the device is done with it. */
  readonly inDevice: boolean;
  /** At Initialize: a failure if the whole transaction can never be carried. */
  check(): Result;
  /** The first fragment: resources are asked for; EvtProgramDma runs when they are there, maybe before the return. */
  start(): Result;
  /** A further fragment. */
  stage(): Result;
  /** The device is done with the present fragment: its list is put, or its mapping flushed. */
  completed(): void;
  /** Nothing more will come: what is held goes back. `force` also gives back what AllocateResources reserved. */
  release(force: boolean): void;
  /** The transaction is deleted: memory that was kept for it goes back. */
  dispose(): void;
}
