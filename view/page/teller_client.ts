/// <reference lib="dom" />
/** The page's side of its worker. A story that is told anew ends the one that still runs, with its worker. */
import { WORKER_SCRIPT } from "../paths.ts";
import type { Order, Report } from "../worker/messages.ts";

/** Talks to the worker. */
export class TellerClient {
  readonly #hear: (report: Report) => void;
  #worker: Worker | undefined;
  #isBusy = false;

  /** `hear` gets what the worker says. */
  constructor(hear: (report: Report) => void) {
    this.#hear = hear;
  }

  /** Gives an order. */
  order(order: Order): void {
    if (this.#isBusy) this.#end();
    this.#worker ??= this.#begin();
    this.#isBusy = order.type !== "list";
    this.#worker.postMessage(order);
  }

  #begin(): Worker {
    const worker = new Worker(WORKER_SCRIPT, { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
      if (worker !== this.#worker) return;
      if (data.type === "told" || data.type === "opened" || data.type === "refused") this.#isBusy = false;
      this.#hear(data);
    });
    worker.addEventListener("error", ({ message }) => {
      if (worker !== this.#worker) return;
      this.#end();
      this.#hear({ type: "refused", sentence: `The page's worker stopped: ${message}` });
    });
    return worker;
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isBusy = false;
  }
}
