/** The other side of control_words_test.ts. */
import { runSide } from "./litmus.ts";
import type { LitmusOrder, LitmusReport } from "./litmus.ts";

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<LitmusOrder>) => void;
  postMessage(report: LitmusReport | null): void;
};

scope.onmessage = ({ data }): void => scope.postMessage(runSide(data));
scope.postMessage(null);
