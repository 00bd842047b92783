/** What a file imports: from where, and whether only types come along. */

import { lineAt, type Source } from "./source.ts";

/** One import, re-export, dynamic import or worker file. */
export interface Import {
  /** As written: `./clock.ts`, `xstate`. */
  readonly specifier: string;
  /** Only types come along: nothing remains of it at run time. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/** The quotes stay in the code view, what they hold is blank: the specifier is read from the text at the same place. */
const STATIC = /\b(?:import|export)\b(?<clause>[^;"'`()=]*?)\bfrom\s*(?<quote>["'])(?<hole>\s*)\k<quote>/g;
const BARE = /\bimport\s*(?<quote>["'])(?<hole>\s*)\k<quote>/g;
const DYNAMIC = /\bimport\s*\(\s*(?<quote>["'`])(?<hole>\s*)\k<quote>/g;
const FILE_URL = /\bnew\s+URL\s*\(\s*(?<quote>["'`])(?<hole>\s*)\k<quote>\s*,\s*import\.meta\.url/g;
/** A comment that names the file holding the types of the next import. */
const TYPES_OF = /\/\/ @ts-types="(?<specifier>[^"]+)"/g;

/** Every import of a TypeScript file, in no particular order. */
export function importsOf(source: Source): Import[] {
  if (!source.path.endsWith(".ts")) return [];
  const found: Import[] = [];
  for (const pattern of [STATIC, BARE, DYNAMIC, FILE_URL]) {
    for (const match of source.code.matchAll(pattern)) {
      const { clause = "", hole = "" } = match.groups ?? {};
      const end = match.index + match[0].lastIndexOf(hole + match.groups?.quote);
      const specifier = source.text.slice(end, end + hole.length);
      // A folder's URL is a place to read from, not a module.
      if (specifier.endsWith("/")) continue;
      found.push({
        specifier,
        typeOnly: isTypeOnly(clause),
        line: lineAt(source.text, match.index),
      });
    }
  }
  for (const match of source.text.matchAll(TYPES_OF)) {
    found.push({
      specifier: match.groups?.specifier ?? "",
      typeOnly: true,
      line: lineAt(source.text, match.index),
    });
  }
  return found;
}

/** `type { A }` or `{ type A, type B }`; `{ type A, b }` is not, and neither is `{}`. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b(?!\s*,)/.test(clause)) return true;
  const names = clause.match(/^\s*\{(?<names>[^}]*)\}\s*$/)?.groups?.names?.split(",").filter((name) => name.trim());
  return names !== undefined && names.length > 0 && names.every((name) => /^\s*type\s/.test(name));
}

/** The file of the repository that a relative specifier means; undefined for a package. */
export function resolve(importer: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const parts = importer.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
