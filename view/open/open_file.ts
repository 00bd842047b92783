/** A file that somebody saved, opened again: a timeline of ours, or a call log, told apart by how it begins. */
import type { Recording } from "../record/recording.ts";
import { readCallLog } from "./call_log_reader.ts";
import { readTimeline } from "./timeline_reader.ts";

/** What is in a file. */
export interface OpenedFile {
  readonly recording: Recording;
  /** What of it could not be read, as one sentence; empty if all could. */
  readonly remark: string;
}

/** What is in a file; a sentence that says why it cannot be shown. */
export async function openFile(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<OpenedFile | string> {
  const text = new TextDecoder(encodingOf(bytes)).decode(bytes);
  if (text.trim() === "") {
    return `Cannot open "${name}": it is empty, expected a timeline (.json) or a call log (.jsonl)`;
  }
  if (!isTimeline(text)) return await readCallLog(name, text);
  const recording = readTimeline(name, text);
  return typeof recording === "string" ? recording : { recording, remark: "" };
}

/** Windows' own shells write UTF-16, and say so by the first two bytes. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

/** A timeline is an array, or an object with one; a call log has an object or an event of Linux on every line. */
function isTimeline(text: string): boolean {
  const start = text.trimStart();
  return start.startsWith("[") || start.slice(0, 1000).includes('"traceEvents"');
}
