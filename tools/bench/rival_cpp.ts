/** The C++ rivals: compiled when the benchmark runs, with the tables compiled from our charts as their input. */
import { pathLives } from "../../fastpath/lives.ts";
import type { AnyLifecycle } from "../../fastpath/rows.ts";
import { compileTable } from "../../fastpath/table.ts";

const SOURCES = ["path", "table", "ring", "events"] as const;

/** A C++ program of ours. */
export type CppProgram = typeof SOURCES[number];

/** Compiles all rivals into a folder. Returns false if there is no C++ compiler. */
export function compileRivals(folder: string): boolean {
  for (const name of SOURCES) {
    const source = new URL(`cpp/${name}.cpp`, import.meta.url).pathname;
    const args = ["-O2", "-std=c++17", "-pthread", "-o", `${folder}/${name}`, source];
    try {
      const { success, stderr } = new Deno.Command("g++", { args }).outputSync();
      if (!success) throw new Error(`g++ refuses ${name}.cpp:\n${new TextDecoder().decode(stderr)}`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }
  return true;
}

/** Writes the tables of the request and of the engine, with the rows that the path names. */
export function writePathTables(file: string): void {
  const { arrivedRow, freeRow, idleRow, request, channel } = pathLives();
  writeWords(file, [
    ...[arrivedRow, freeRow, idleRow, request.next.length],
    ...request.next,
    channel.next.length,
    ...channel.next,
  ]);
}

/** Writes the flat table of one chart. */
export function writeFlatTable(file: string, machine: AnyLifecycle): void {
  const { stateCount, eventCount, next, verdict } = compileTable(machine);
  writeWords(file, [stateCount, eventCount, ...next, ...verdict]);
}

function writeWords(file: string, words: readonly number[]): void {
  Deno.writeFileSync(file, new Uint8Array(Int32Array.from(words).buffer));
}
