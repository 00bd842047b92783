/** The files that runs leave, made through the host; nothing is written twice into one. */
import { BadArgument } from "./options.ts";
import type { Host } from "./story.ts";

/** A path, and the ending of its last part with the dot: `out.d/run` has none, nor has `.profile`. */
export function splitPath(path: string): { readonly stem: string; readonly ending: string } {
  const [, stem = path, ending = ""] = path.match(/^(.*[^/])(\.[^./]+)$/) ?? [];
  return { stem, ending };
}

/** Files of one command. */
export class RunFiles {
  readonly #host: Host;
  readonly #paths: string[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  /**
   * Makes a file, and its folder; the way to append text to it.
   *
   * @throws {BadArgument} if it cannot be made, or was made before.
   */
  open(path: string): (text: string) => void {
    if (this.#paths.includes(path)) throw new BadArgument(`Cannot write two things into "${path}"`);
    const cut = path.lastIndexOf("/");
    const folder = cut < 0 ? "." : path.slice(0, cut) || "/";
    const opened = this.#host.createFile(folder, path.slice(cut + 1));
    if (typeof opened === "string") throw new BadArgument(opened);
    this.#paths.push(path);
    return opened;
  }

  /**
   * The parts of a path that a person gave for a file.
   *
   * @throws {BadArgument} if it is the path of a folder.
   */
  fileAt(path: string): { readonly stem: string; readonly ending: string } {
    if (/(?:^|\/)\.{0,2}$/.test(path)) throw new BadArgument(`Cannot write to "${path}": expected the name of a file`);
    if (this.#host.isFolder?.(path) === true) {
      throw new BadArgument(`Cannot write "${path}": it is a directory, expected a file`);
    }
    return splitPath(path);
  }

  /** What was made, a line for all that differ in their ends only: `Wrote out/burst-copy.json .vcd .gtkw .jsonl`. */
  get lines(): readonly string[] {
    const endings = new Map<string, string[]>();
    for (const path of this.#paths) {
      const { stem, ending } = splitPath(path);
      const known = endings.get(stem);
      if (known === undefined) endings.set(stem, [ending]);
      else known.push(ending);
    }
    return [...endings].map(([stem, list]) => `Wrote ${stem}${list.join(" ")}`);
  }
}
