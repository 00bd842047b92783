/**
 * What a story may use inside the page: its words are gathered, files are those of the page's own bundle, one that the
 * person chose, or so many bytes from a seed. Nothing is written anywhere.
 */
import type { Host } from "../../examples/story.ts";
import { Prng } from "../../sim/mod.ts";
import { LIFECYCLES_PATH } from "../paths.ts";

/** A host, and what was said through it. */
export interface PageHost extends Host {
  readonly said: readonly string[];
}

/** The file that somebody chose in the page. */
export interface ChosenFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: 1024 * 1024 };
const SIZE = /^(\d{1,7}) ?([KM]iB)$/;
const LARGEST_BYTES = 512 * 1024 * 1024;

/** Makes a host. `progress` gets the line that a terminal would show while the story runs. */
export function pageHost(chosen: ChosenFile | null, seed: number | string, progress: (text: string) => void): PageHost {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  return {
    said,
    out: say,
    err: say,
    // deno-lint-ignore no-control-regex -- the bar of a terminal begins by wiping its line
    write: (text) => progress(text.replaceAll(/\r|\x1b\[K/g, "").trim()),
    isTerminal: true,
    nowMs: () => performance.now(),
    readFile: (path) => Promise.resolve(readFile(path, chosen, seed)),
    readOwnFile: async (path) => {
      const answer = await fetch(`/${path}`);
      return answer.ok
        ? new Uint8Array(await answer.arrayBuffer())
        : `Cannot read "${path}": the page does not have it`;
    },
    createFile: (_folder, name) => `Cannot write "${name}": the page writes no files; use deno task demo`,
  };
}

/** How many bytes a text such as `4 MiB` asks for; undefined if it is no size, or too large a one. */
export function sizeOf(text: string): number | undefined {
  const [, digits, unit = ""] = text.match(SIZE) ?? [];
  const bytes = Number(digits) * (UNITS[unit] ?? NaN);
  return bytes > 0 && bytes <= LARGEST_BYTES ? bytes : undefined;
}

function readFile(path: string, chosen: ChosenFile | null, seed: number | string): Uint8Array | string {
  if (chosen !== null && path === chosen.name) return chosen.bytes;
  const bytes = sizeOf(path);
  if (bytes !== undefined) return seededBytes(bytes, seed);
  const expected = `${LIFECYCLES_PATH}, a size up to 512 MiB such as "4 MiB", or a chosen file`;
  return `Cannot read --file "${path}": expected ${expected}`;
}

function seededBytes(length: number, seed: number | string): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / Uint32Array.BYTES_PER_ELEMENT));
  const luck = new Prng(seed);
  for (let i = 0; i < words.length; i++) words[i] = luck.next32();
  return new Uint8Array(words.buffer, 0, length);
}
