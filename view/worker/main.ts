/** The worker of the page: stories run and files are read here, so that the page stays smooth. */
import { openFile } from "../open/open_file.ts";
import { buffersOf } from "../record/recording.ts";
import type { Order, Report } from "./messages.ts";
import { storyCards, tell } from "./teller.ts";

/** What a worker has besides what every script has. */
interface WorkerScope {
  onmessage: ((message: MessageEvent<Order>) => void) | null;
  postMessage(report: Report, give: readonly ArrayBuffer[]): void;
}

const scope = globalThis as unknown as WorkerScope;

function report(each: Report): void {
  scope.postMessage(each, each.type === "recording" ? buffersOf(each.recording) : []);
}

async function obey(order: Order): Promise<void> {
  if (order.type === "list") report({ type: "stories", stories: storyCards() });
  else if (order.type === "tell") await tell(order.args, order.file, report);
  else {
    const opened = await openFile(order.name, order.bytes);
    if (typeof opened === "string") return report({ type: "refused", sentence: opened });
    report({ type: "recording", recording: opened.recording });
    report({ type: "opened", remark: opened.remark });
  }
}

scope.onmessage = ({ data }) => {
  obey(data).catch((error) => {
    const why = error instanceof Error ? error.message : String(error);
    report({ type: "refused", sentence: `The page's worker met a bug: ${why}` });
  });
};
