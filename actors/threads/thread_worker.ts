/** A Worker of the team: takes its order by message, works until it is asked to stop, says how it ended. */
import { PathMemory } from "../../fastpath/slots.ts";
import { workUntilStopped } from "./work_loop.ts";
import type { WorkerMessage, WorkerOrder } from "./worker_messages.ts";
import { workerTurn } from "./worker_turn.ts";

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<WorkerOrder>) => void;
  postMessage(message: WorkerMessage): void;
};

const BELL: WorkerMessage = { kind: "bell" };

scope.onmessage = ({ data: order }): void => {
  // Trouble is told, not thrown: the owner hears of it in the same way whatever runs these modules.
  try {
    const memory = new PathMemory(order.parts.path);
    const turn = workerTurn(order, memory, () => scope.postMessage(BELL));
    scope.postMessage({ kind: "ready" });
    workUntilStopped(order.parts, memory, order.place, turn);
    const card = turn.card === undefined ? null : { nowNs: turn.card.clock.nowNs, notices: turn.card.notices };
    scope.postMessage({ kind: "stopped", card });
  } catch (error) {
    scope.postMessage({ kind: "died", why: error instanceof Error ? error.message : String(error) });
  }
};
