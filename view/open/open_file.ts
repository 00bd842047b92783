/** A file that somebody saved, opened again: a timeline of ours, or a call log, told apart by how it begins. */
import type { Recording } from "../record/recording.ts";
import { readCallLog } from "./call_log_reader.ts";
import { readTimeline } from "./timeline_reader.ts";

/** What is in a file; a sentence that says why it cannot be shown. */
export async function openFile(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Recording | string> {
  const text = new TextDecoder().decode(bytes);
  if (text.trim() === "") {
    return `Cannot open "${name}": it is empty, expected a timeline (.json) or a call log (.jsonl)`;
  }
  return isTimeline(text) ? readTimeline(name, text) : await readCallLog(name, text);
}

/** A timeline is an array, or an object with one; a call log has an object or an event of Linux on every line. */
function isTimeline(text: string): boolean {
  const start = text.trimStart();
  return start.startsWith("[") || start.slice(0, 1000).includes('"traceEvents"');
}
