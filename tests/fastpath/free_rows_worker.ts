/** One of the dispatchers of free_rows_test.ts: takes rows, marks them as its own, gives them back. */
import { freeRequests, giveRow, takeRow } from "../../fastpath/free_rows.ts";
import { NO_ROW, PathMemory } from "../../fastpath/slots.ts";

const scope = globalThis as unknown as {
  onmessage: (message: MessageEvent<{ buffer: SharedArrayBuffer; turns: number }>) => void;
  postMessage(report: { clashes: number; empty: number }): void;
};

scope.onmessage = ({ data: { buffer, turns } }): void => {
  const memory = new PathMemory(buffer);
  let [clashes, empty] = [0, 0];
  const held: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const row = takeRow(freeRequests(memory));
    if (row === NO_ROW) empty++;
    else {
      // The column counts owners: two of them would be the end of a request.
      if (Atomics.add(memory.requestInformation, row, 1) !== 0) clashes++;
      held.push(row);
    }
    if (row === NO_ROW || held.length > turn % 5) {
      for (const own of held.splice(0)) {
        if (Atomics.sub(memory.requestInformation, own, 1) !== 1) clashes++;
        giveRow(freeRequests(memory), own);
      }
    }
  }
  for (const own of held) {
    Atomics.sub(memory.requestInformation, own, 1);
    giveRow(freeRequests(memory), own);
  }
  scope.postMessage({ clashes, empty });
};
