/** `deno task demo`: the real host of {@link demo}. */
import { demo } from "./demo.ts";
import { openInspector } from "./inspector.ts";
import type { Host } from "./story.ts";

const ROOT = new URL("../", import.meta.url);

const encoder = new TextEncoder();

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  try {
    for (let bytes = encoder.encode(text); bytes.length > 0;) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    // Whoever read this has seen enough, as `head` has.
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}

/** This process: its terminal, its files. */
export const host: Host = {
  out: (line) => writeAll(Deno.stdout, `${line}\n`),
  err: (line) => writeAll(Deno.stderr, `${line}\n`),
  write: (text) => writeAll(Deno.stderr, text),
  isTerminal: Deno.stderr.isTerminal(),
  nowMs: () => performance.now(),
  readFile: (path) => readFile(path, path),
  readOwnFile: (path) => readFile(path, new URL(path, ROOT)),
  createFile,
  openInspector,
};

/** A file's bytes, or one sentence: what, where, and what was expected. */
async function readFile(path: string, place: string | URL): Promise<Uint8Array | string> {
  try {
    const { isDirectory, isFile } = await Deno.stat(place);
    if (isDirectory) return `Cannot read --file "${path}": it is a directory, expected a file`;
    if (!isFile) return `Cannot read --file "${path}": it is not a plain file, expected a file with contents`;
    return await Deno.readFile(place);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `Cannot read --file "${path}": there is no such file in ${Deno.cwd()}`;
    }
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable) {
      return `Cannot read --file "${path}": permission denied`;
    }
    return `Cannot read --file "${path}": ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** A new file, or one sentence. Closed when the process ends. */
function createFile(folder: string, name: string): ((text: string) => void) | string {
  const path = `${folder === "/" ? "" : folder}/${name}`;
  try {
    Deno.mkdirSync(folder, { recursive: true });
    const file = Deno.openSync(path, { write: true, create: true, truncate: true });
    return (text) => writeAll(file, text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `Cannot write "${path}": ${why}`;
  }
}

if (import.meta.main) Deno.exit(await demo(Deno.args, host));
