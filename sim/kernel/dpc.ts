/**
 * A deferred procedure call object. Requesting one that is already queued adds nothing: there is no one-to-one relation
 * between interrupts and DPC runs, so a DPC routine must drain its queue. Windows DDI, IoRequestDpc, KeInsertQueueDpc.
 */
import type { TimerCallback, VirtualClock } from "../clock.ts";
import type { Nanoseconds } from "../units.ts";
import { DISPATCH_LEVEL } from "./irql.ts";
import type { IrqlState } from "./irql.ts";

/** One KDPC. */
export class Dpc {
  readonly #clock: VirtualClock;
  readonly #irql: IrqlState;
  readonly #dpcNs: Nanoseconds;
  readonly #routine: TimerCallback;
  readonly #argument: number;
  readonly #run: TimerCallback;
  #queued = false;

  /** `dpcNs` is the time from the request (the end of the ISR) to the routine. */
  constructor(clock: VirtualClock, irql: IrqlState, dpcNs: Nanoseconds, routine: TimerCallback, argument = 0) {
    this.#clock = clock;
    this.#irql = irql;
    this.#dpcNs = dpcNs;
    this.#routine = routine;
    this.#argument = argument;
    this.#run = (cpu) => {
      this.#queued = false;
      this.#irql.run(DISPATCH_LEVEL, cpu, this.#routine, this.#argument);
    };
  }

  /** True from its request to its run. */
  get queued(): boolean {
    return this.#queued;
  }

  /** IoRequestDpc: queues it on the present processor. False if it is queued already. `lateNs`: that much later. */
  request(lateNs: Nanoseconds = 0): boolean {
    if (this.#queued) return false;
    this.#queued = true;
    this.#clock.after(this.#dpcNs + lateNs, this.#run, this.#irql.cpu);
    return true;
  }
}
