/**
 * The same way of a request as one writes it with classes, arrays and strings, without a thought of speed: the rival
 * of the fast path in its own language.
 */

/** What a requester hands over and gets back. */
export interface Transfer {
  readonly flags: number;
  readonly lengthBytes: number;
  readonly hostAddress: number;
  readonly cardAddress: number;
  status: string;
  information: number;
}

interface Descriptor {
  readonly control: number;
  readonly lengthBytes: number;
  readonly source: number;
  readonly destination: number;
}

type ListState = "empty" | "filled" | "deviceOwned" | "deviceDone" | "put";
type IrpState = "dispatched" | "pending" | "mapped" | "queued" | "inDevice" | "ready" | "unmapped" | "completed";

class ScatterGatherList {
  #state: ListState = "empty";
  descriptors: Descriptor[] = [];

  step(from: ListState, to: ListState): void {
    if (this.#state !== from) throw new Error(`A list that is ${this.#state} cannot become ${to}`);
    this.#state = to;
  }
}

class Irp {
  #state: IrpState = "dispatched";
  readonly transfer: Transfer;
  readonly list: ScatterGatherList = new ScatterGatherList();
  movedBytes = 0;

  constructor(transfer: Transfer) {
    this.transfer = transfer;
  }

  step(from: IrpState, to: IrpState): void {
    if (this.#state !== from) throw new Error(`A request that is ${this.#state} cannot become ${to}`);
    this.#state = to;
  }
}

/** One channel with its three queues. */
export class Channel {
  readonly #workToDo: Irp[] = [];
  readonly #waiting: Irp[] = [];
  readonly #ready: Irp[] = [];
  #busy = false;

  dispatch(transfer: Transfer): void {
    const { lengthBytes, hostAddress, cardAddress, flags } = transfer;
    if (lengthBytes <= 0 || lengthBytes > 1 << 20 || lengthBytes % 4 !== 0 || hostAddress % 4 !== 0 || flags !== 3) {
      transfer.status = "STATUS_INVALID_PARAMETER";
      return;
    }
    const irp = new Irp(transfer);
    irp.step("dispatched", "pending");
    transfer.status = "STATUS_PENDING";
    irp.list.step("empty", "filled");
    irp.list.descriptors.push({ control: 0xad4b0003, lengthBytes, source: hostAddress, destination: cardAddress });
    irp.step("pending", "mapped");
    irp.step("mapped", "queued");
    this.#workToDo.push(irp);
    if (!this.#busy) this.#startNext();
  }

  #startNext(): void {
    const irp = this.#workToDo.shift();
    this.#busy = irp !== undefined;
    if (irp === undefined) return;
    irp.step("queued", "inDevice");
    irp.list.step("filled", "deviceOwned");
    this.#waiting.push(irp);
  }

  /** The engine finishes what it has, and so on until nothing is left. */
  serve(): void {
    while (this.#busy) {
      const irp = this.#waiting.shift();
      if (irp === undefined) throw new Error("An interrupt for nothing");
      irp.movedBytes = irp.list.descriptors.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
      irp.step("inDevice", "ready");
      irp.list.step("deviceOwned", "deviceDone");
      this.#ready.push(irp);
      this.#startNext();
    }
  }

  drain(): number {
    let completed = 0;
    for (let irp = this.#ready.shift(); irp !== undefined; irp = this.#ready.shift()) {
      irp.list.step("deviceDone", "put");
      irp.step("ready", "unmapped");
      irp.transfer.information = irp.movedBytes;
      irp.transfer.status = "STATUS_SUCCESS";
      irp.step("unmapped", "completed");
      completed++;
    }
    return completed;
  }
}

/** Channels with empty queues. */
export function createChannels(count: number): Channel[] {
  return Array.from({ length: count }, () => new Channel());
}

/** Runs `bursts` rounds over all channels. Returns how many requests completed. */
export function runBurst(channels: readonly Channel[], requests: Transfer[], bursts: number, burst: number): number {
  let next = 0;
  let completed = 0;
  for (let round = 0; round < bursts; round++) {
    for (const channel of channels) {
      for (let index = 0; index < burst; index++) {
        channel.dispatch(requests[next]!);
        next = (next + 1) % requests.length;
      }
    }
    for (const channel of channels) channel.serve();
    for (const channel of channels) completed += channel.drain();
  }
  return completed;
}
