/**
 * The driver's own code as a recipe: the strategy and {@link ChannelDriver} run as they are; only what lies below them,
 * queues, token and engine, is the explorer's memory, so that every access is a step.
 */
import { ChannelDriver, isrReprogram, Request, xdmaLiteral } from "../../mod.ts";
import type { Driver, Strategy, StrategyRun } from "../../mod.ts";
import type { ChannelPort, Recipe } from "../../fastpath/explore/mod.ts";

/**
 * `isr-reprogram` and `xdma-literal` as they stand in actors/scheduler/strategies. With cancel, the claim before the
 * start is a step; without, nobody cancels, and a claim is never refused.
 */
export const REAL_RECIPES: Readonly<Record<"isr-reprogram" | "isr-reprogram with cancel" | "xdma-literal", Recipe>> = {
  "isr-reprogram": realRecipe(isrReprogram),
  "isr-reprogram with cancel": realRecipe(isrReprogram, true),
  "xdma-literal": realRecipe(xdmaLiteral),
};

function realRecipe(strategy: Strategy, cancellable = false): Recipe {
  const drive = (port: ChannelPort): Drive => driveOn(strategy, port, cancellable);
  return {
    name: `${strategy.name}${cancellable ? " with cancel" : ""}, the driver's own code`,
    callback: (port, number) => {
      const { run, request } = drive(port);
      run.dispatch(request(number));
    },
    interrupt: (port) => {
      const { run, channel } = drive(port);
      // An engine that interrupts was started by somebody who took the token and left it to this ISR.
      channel.inheritToken();
      const request = channel.matchInterrupt(0);
      if (request !== null) run.finished(channel, request);
    },
    drain: (port) => {
      const { run, channel } = drive(port);
      for (let request = channel.popReady(); request !== null; request = channel.popReady()) {
        run.deferred(channel, request);
      }
    },
  };
}

/** The busy token is a step each time, and so is the claim where somebody may cancel; all else is inherited. */
class ExploredChannel extends ChannelDriver {
  readonly #port: ChannelPort;
  readonly #cancellable: boolean;

  constructor(port: ChannelPort, parts: unknown, cancellable: boolean) {
    super(parts as ConstructorParameters<typeof ChannelDriver>[0]);
    this.#port = port;
    this.#cancellable = cancellable;
    this.whenSkipped(() => port.requestDpc());
  }

  override claim(request: Request): boolean {
    return this.#cancellable ? this.#port.claim(request.number) : super.claim(request);
  }

  override get busy(): boolean {
    return this.#port.isBusy();
  }

  /** The token is held already; no step. */
  inheritToken(): void {
    super.tryTake();
  }

  override tryTake(): boolean {
    // The inherited `start` asserts that its caller has the token, so the field must follow; the answer is the step's.
    if (!this.#port.tryTake()) return false;
    super.release();
    super.tryTake();
    return true;
  }

  override release(): void {
    this.#port.release();
    super.release();
  }
}

/** A channel, a strategy on it and its requests. */
interface Drive {
  readonly run: StrategyRun;
  readonly channel: ExploredChannel;
  readonly request: (number: number) => Request;
}

/** Fresh for one run of a participant. */
function driveOn(strategy: Strategy, port: ChannelPort, cancellable: boolean): Drive {
  const life = { send: () => ({ refusal: null, misuses: [] }) };
  const requests = { at: (number: number) => request(number) };
  const known = new Map<number, Request>();
  const request = (number: number): Request => {
    let found = known.get(number);
    if (found === undefined) {
      // A request without a buffer: its number, its life and its slot are all that these paths look at.
      const irp = { number, life, writeToDevice: true };
      const parameters = { channelIndex: 0, lengthBytes: 1 };
      const fields = { irp, parameters, list: null, slot: number, cancelled: false };
      found = Object.assign(Object.create(Request.prototype), fields) as Request;
      known.set(number, found);
    }
    return found;
  };
  const nobody = (): never => {
    throw new Error("the recipe asked for something that the explorer does not have");
  };
  const parts = {
    device: { name: "h2c0", index: 0, slotCount: 8, start: (slot: number) => port.ring(slot), service: () => serve() },
    workToDo: {
      get depth(): number {
        return port.hasWork() ? 1 : 0;
      },
      exInterlockedInsertTailList: (number: number) => inserted(port.insertWork(number)),
      exInterlockedRemoveHeadList: () => numberOf(port.popWork()),
    },
    waitingForDevice: {
      exInterlockedInsertTailList: (number: number) => inserted(port.insertWaiting(number)),
      exInterlockedRemoveHeadList: () => numberOf(port.match()),
    },
    readyToComplete: {
      exInterlockedInsertTailList: (number: number) => inserted(port.insertReady(number)),
      exInterlockedRemoveHeadList: () => numberOf(port.popReady()),
    },
    requests,
    busyChanged: () => {},
  };
  const serve = (): string => port.service() ? "completed" : "running";
  const channel = new ExploredChannel(port, parts, cancellable);
  const driver = {
    clock: { nowNs: 0, after: nobody },
    requests,
    channelOf: () => channel,
    dispatchStep: (step: (number: number) => void) => step,
    setUp: (of: Request, then: (number: number) => void) => then(of.number),
    obtainList: (of: Request, routine: (device: null, list: null, context: Request) => void) => routine(null, null, of),
    mapped: () => {},
    requestDpc: () => port.requestDpc(),
    finish: (of: Request) => port.complete(of.number),
  };
  return { run: strategy.start(driver as unknown as Driver), channel, request };
}

function inserted(_step: void): boolean {
  return true;
}

function numberOf(request: number): number {
  return request === 0 ? -1 : request;
}
