/** `deno task demo`: the real host of {@link demo}. */
import { demo } from "./demo.ts";
import { whyNot } from "./file_trouble.ts";
import { openInspector } from "./inspector.ts";
import type { Host } from "./story.ts";
import { complain, say, writeWhole } from "./terminal.ts";

const ROOT = new URL("../", import.meta.url);

/** This process: its terminal, its files. */
export const host: Host = {
  out: say,
  err: complain,
  write: (text) => writeWhole(Deno.stderr, text),
  isTerminal: Deno.stderr.isTerminal(),
  nowMs: () => performance.now(),
  readFile: (path) => readFile(path, path),
  readOwnFile: (path) => readFile(path, new URL(path, ROOT)),
  createFile,
  isFolder,
  openInspector,
};

/** A file's bytes, or one sentence: what, where, and what was expected. */
async function readFile(path: string, place: string | URL): Promise<Uint8Array | string> {
  try {
    const { isDirectory, isFile } = await Deno.stat(place);
    if (isDirectory) return `Cannot read "${path}": it is a directory, expected a file`;
    if (!isFile) return `Cannot read "${path}": it is not a plain file, expected a file with contents`;
    return await Deno.readFile(place);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return `Cannot read "${path}": there is no such file in ${Deno.cwd()}`;
    }
    return `Cannot read "${path}": ${whyNot(error)}`;
  }
}

/** A new file, or one sentence. Closed when the process ends. */
function createFile(folder: string, name: string): ((text: string) => void) | string {
  const path = `${folder === "/" ? "" : folder}/${name}`;
  try {
    Deno.mkdirSync(folder, { recursive: true });
    const file = Deno.openSync(path, { write: true, create: true, truncate: true });
    return (text) => writeWhole(file, text, `"${path}"`);
  } catch (error) {
    return `Cannot write "${path}": ${whyNot(error)}`;
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

if (import.meta.main) Deno.exit(await demo(Deno.args, host));
