/** Reads the text files of the repository. */

import { readSource, type Source } from "./source.ts";

/** Neither ours nor text: history, installed packages, what runs leave behind. */
const PASSED_OVER: ReadonlySet<string> = new Set([".git", "node_modules", "coverage", "out"]);
/** Text files by the end of their name; files without a dot are text here. */
const BINARY = /\.(?:png|jpe?g|gif|ico|pdf|zip|gz|wasm|bin)$/;

/** Every text file below `root`, in the order of their paths. */
export function readTree(root: URL): Source[] {
  const found: Source[] = [];
  const walk = (folder: string): void => {
    for (const { name, isDirectory, isFile } of Deno.readDirSync(new URL(folder, root))) {
      if (PASSED_OVER.has(name)) continue;
      if (isDirectory) walk(`${folder}${name}/`);
      else if (isFile && !BINARY.test(name)) {
        const path = `${folder}${name}`;
        found.push(readSource(path.replace(/^\.\//, ""), Deno.readTextFileSync(new URL(path, root))));
      }
    }
  };
  walk("./");
  return found.sort((a, b) => a.path < b.path ? -1 : 1);
}
