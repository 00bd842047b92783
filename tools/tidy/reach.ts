/** Which files can be reached: one that nobody imports, and that is no entry, test, task or example, is dead. */

import { importsOf, resolve } from "./imports.ts";
import { OUR_FOLDERS } from "./arrows.ts";
import { type Finding, roomOf } from "./rule.ts";
import type { Source } from "./source.ts";

/** The part of deno.json that names files. */
export interface Manifest {
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly tasks?: Readonly<Record<string, string | { readonly command?: string }>>;
}

/** The files that a manifest in `folder` names: exports, and every script of a task. */
export function namedBy(manifest: Manifest, folder = ""): string[] {
  const { exports = {}, tasks = {} } = manifest;
  const entries = typeof exports === "string" ? [exports] : Object.values(exports);
  const commands = Object.values(tasks).map((task) => typeof task === "string" ? task : task.command ?? "");
  const scripts = commands.flatMap((command) => command.match(/(?<=^|\s)[\w./\-]+\.ts\b/g) ?? []);
  return [...entries, ...scripts].map((path) => folder + path.replace(/^\.\//, ""));
}

/** Tests, benchmarks and examples are started by name: each is an entry. */
export function isStarted(path: string): boolean {
  return /^tests\/.*_(?:test|bench)\.ts$/.test(path) || /^examples\/[^/]+\.ts$/.test(path);
}

/** The TypeScript files that no entry leads to. */
export function deadFiles(sources: readonly Source[], entries: readonly string[]): Finding[] {
  const byPath = new Map(sources.filter(({ path }) => path.endsWith(".ts")).map((source) => [source.path, source]));
  const reached = new Set<string>();
  const open = [...entries, ...[...byPath.keys()].filter(isStarted)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const source = byPath.get(path);
    if (source === undefined || reached.has(path)) continue;
    reached.add(path);
    for (const { specifier } of importsOf(source)) open.push(resolve(path, specifier) ?? "");
  }
  return [...byPath.keys()].filter((path) => !reached.has(path))
    .map((path) => ({ path, line: 1, what: "nobody imports it, and it is no entry, test, task or example" }));
}

/** Entries that the manifests name and that are not there. */
export function missingEntries(sources: readonly Source[], entries: readonly string[]): Finding[] {
  const paths = new Set(sources.map(({ path }) => path));
  return entries.filter((entry) => !paths.has(entry))
    .map((entry) => ({ path: "deno.json", line: 1, what: `${entry} is named and not there` }));
}

/** Files in a folder that has no place in the plan of the house. */
export function strayFolders(sources: readonly Source[]): Finding[] {
  return sources.filter(({ path }) => path.includes("/") && !OUR_FOLDERS.includes(roomOf(path)))
    .map(({ path }) => ({ path, line: 1, what: `the folder ${roomOf(path)}/ has no place in the plan` }));
}
