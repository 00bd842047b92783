/**
 * What lies between a card's interrupt lines and a driver's interrupt service routine: vectors, the latency from
 * interrupt to ISR, and the rule that one interrupt's ISR never runs twice at the same time.
 *
 * `isrNs` is the time from the interrupt to the **end** of the ISR; the routine's effects (such as the doorbell that
 * programs the next transfer) happen at that moment. S2-9, S2-26.
 */
import { assert } from "../assert.ts";
import type { TimerCallback, VirtualClock } from "../clock.ts";
import type { InterruptLines } from "../ports.ts";
import type { Nanoseconds } from "../units.ts";
import { DIRQL } from "./irql.ts";
import type { IrqlState } from "./irql.ts";

/** An interrupt service routine; `argument` is what it was connected with. */
export type ServiceRoutine = TimerCallback;

interface Connection {
  readonly routine: ServiceRoutine;
  readonly argument: number;
  readonly cpu: number;
  /** Messages that have come and whose ISR has not ended. A second one during the first is served after it. */
  pending: number;
}

/** Decides about one interrupt on its way; the fault plan's way in. */
export type InterruptFilter = (vector: number) => "deliver" | "lose";

/** Interrupt lines with routines behind them. */
export class InterruptController implements InterruptLines {
  readonly #clock: VirtualClock;
  readonly #irql: IrqlState;
  readonly #isrNs: Nanoseconds;
  readonly #connections: (Connection | null)[] = [];
  readonly #serve: TimerCallback;
  readonly #serveLevel: TimerCallback;
  #pin: Connection | null = null;
  #pinAsserted = false;
  #filter: InterruptFilter | null = null;
  #deliveredCount = 0;

  /** `isrNs`: from the interrupt to the end of its ISR. */
  constructor(clock: VirtualClock, irql: IrqlState, isrNs: Nanoseconds) {
    this.#clock = clock;
    this.#irql = irql;
    this.#isrNs = isrNs;
    this.#serve = (vector) => this.#runMessage(vector);
    this.#serveLevel = () => this.#runLevel();
  }

  /** How many times an ISR has run. */
  get deliveredCount(): number {
    return this.#deliveredCount;
  }

  /** Puts a filter in the way of every message; null takes it out. */
  filter(filter: InterruptFilter | null): void {
    this.#filter = filter;
  }

  /** IoConnectInterruptEx for one message. */
  connectMessage(vector: number, routine: ServiceRoutine, argument: number, cpu = 0): void {
    while (this.#connections.length <= vector) this.#connections.push(null);
    assert(this.#connections[vector] === null, `Cannot connect vector ${vector} twice`);
    this.#connections[vector] = { routine, argument, cpu, pending: 0 };
  }

  /** IoConnectInterruptEx for the legacy pin. The ISR runs again and again while the level stays asserted. */
  connectLine(routine: ServiceRoutine, argument: number, cpu = 0): void {
    this.#pin = { routine, argument, cpu, pending: 0 };
  }

  message(vector: number): void {
    const connection = this.#connections[vector];
    if (connection === null || connection === undefined) return;
    if (this.#filter !== null && this.#filter(vector) === "lose") return;
    if (connection.pending++ === 0) this.#clock.after(this.#isrNs, this.#serve, vector);
  }

  level(_pin: number, asserted: boolean): void {
    this.#pinAsserted = asserted;
    if (asserted && this.#pin !== null && this.#pin.pending++ === 0) this.#clock.after(this.#isrNs, this.#serveLevel);
  }

  #runMessage(vector: number): void {
    const connection = this.#connections[vector]!;
    this.#deliveredCount++;
    this.#irql.run(DIRQL, connection.cpu, connection.routine, connection.argument);
    if (--connection.pending > 0) this.#clock.after(this.#isrNs, this.#serve, vector);
  }

  #runLevel(): void {
    const pin = this.#pin!;
    this.#deliveredCount++;
    this.#irql.run(DIRQL, pin.cpu, pin.routine, pin.argument);
    pin.pending = this.#pinAsserted ? 1 : 0;
    // A level that nobody acknowledged interrupts again at once: the storm of a missing acknowledge.
    if (this.#pinAsserted) this.#clock.after(Math.max(1, this.#isrNs), this.#serveLevel);
  }
}
