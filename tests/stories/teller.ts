/** Tells a story in this process: the demo with a host that keeps what it hears. */

import { demo } from "../../examples/demo.ts";
import type { Host, Row } from "../../examples/story.ts";

/** What a person would have seen. */
export interface Seen {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** A file that is there for every story: its bytes follow a rule, so that a wrong place shows. */
export function fileOf(lengthBytes: number): Uint8Array {
  return Uint8Array.from({ length: lengthBytes }, (_, at) => (at * 31 + (at >> 8) * 17 + (at >> 16) * 7) & 0xff);
}

/** A host that keeps what it hears. `files` are the files there are. */
export function listening(
  files: Readonly<Record<string, Uint8Array | string>> = {},
): { readonly host: Host; readonly heard: { out: string; err: string } } {
  const heard = { out: "", err: "" };
  const host: Host = {
    out: (line) => heard.out += `${line}\n`,
    err: (line) => heard.err += `${line}\n`,
    write: (text) => heard.err += text,
    isTerminal: false,
    nowMs: () => 0,
    readFile: (path) => Promise.resolve(files[path] ?? `Cannot read "${path}": there is no such file`),
    createFile: () => () => {},
    readOwnFile: (path) => Promise.resolve(fileOf(path.length * 1000)),
  };
  return { host, heard };
}

/** Runs a command line. */
export async function seen(
  args: readonly string[],
  files: Readonly<Record<string, Uint8Array | string>> = {},
): Promise<Seen> {
  const { host, heard } = listening(files);
  return { status: await demo(args, host), ...heard };
}

/** What `--json` prints. */
export interface Printed {
  readonly story: string;
  readonly seed: number | string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  readonly sha256In: string | null;
  readonly sha256Out: string | null;
  readonly rows: readonly Row[];
  readonly verdict: string;
  readonly repeat: string;
}

/** The object that a story prints with `--json`. */
export async function printed(
  args: readonly string[],
  files: Readonly<Record<string, Uint8Array | string>> = {},
): Promise<Printed> {
  const { out, err } = await seen([...args, "--json"], files);
  try {
    return JSON.parse(out);
  } catch {
    throw new Error(`No object was printed, but "${out}" and "${err}"`);
  }
}
