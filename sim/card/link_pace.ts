/**
 * Timing by the link: fetches take a round trip and overlap with data, pieces queue for their direction of the link.
 */
import type { VirtualClock } from "../clock.ts";
import type { DescriptorFetch } from "./fetch.ts";
import type { LinkClient, LinkDirection } from "./link_direction.ts";
import type { Pace, PacedEngine } from "./pace.ts";

/** The pace of a real link. */
export class LinkPace implements Pace, LinkClient {
  readonly #engine: PacedEngine;
  readonly #fetch: DescriptorFetch;
  readonly #clock: VirtualClock;
  readonly #direction: LinkDirection;
  readonly #channel: number;
  #wakePending = false;
  #epoch = 0;

  /** `channel`: index within the direction. */
  constructor(
    engine: PacedEngine,
    fetch: DescriptorFetch,
    clock: VirtualClock,
    direction: LinkDirection,
    channel: number,
  ) {
    this.#engine = engine;
    this.#fetch = fetch;
    this.#clock = clock;
    this.#direction = direction;
    this.#channel = channel;
    direction.connect(channel, this);
  }

  get isWaiting(): boolean {
    return this.#fetch.inFlight;
  }

  begin(): void {
    this.#fetch.pump();
  }

  forget(): void {
    this.#epoch++;
    this.#wakePending = false;
    this.#direction.withdraw(this.#channel);
  }

  /** A fetch came back: the next one leaves at once, so that it overlaps with the data of this one. */
  descriptorsArrived(): void {
    if (this.#engine.isRunning) this.#fetch.pump();
    this.goOn();
    this.#engine.publish();
  }

  goOn(): void {
    const engine = this.#engine;
    const fetch = this.#fetch;
    // 1. Find a descriptor, or something to wait for.
    while (!engine.isExecuting) {
      if (engine.isStopping && !fetch.inFlight) return engine.rest();
      if (!engine.isRunning) return;
      if (fetch.count === 0) return fetch.errorBit === 0 ? fetch.pump() : engine.fail(fetch.errorBit);
      if (!engine.take()) return;
      fetch.pump();
    }
    // 2. Queue for the link as soon as its data can move.
    if (this.#clock.nowNs >= engine.readyNs) {
      this.#direction.request(this.#channel);
    } else if (!this.#wakePending) {
      this.#wakePending = true;
      this.#clock.at(engine.readyNs, this.#awake, this.#epoch);
    }
  }

  nextPieceBytes(): number {
    const engine = this.#engine;
    return engine.isExecuting && this.#clock.nowNs >= engine.readyNs ? engine.nextPieceBytes() : 0;
  }

  pieceCarried(lengthBytes: number): void {
    this.#engine.movePiece(lengthBytes);
    if (!this.#engine.isExecuting) this.goOn();
  }

  publish(): void {
    this.#engine.publish();
  }

  readonly #awake = (epoch: number): void => {
    if (epoch !== this.#epoch) return;
    this.#wakePending = false;
    this.goOn();
  };
}
