/**
 * Who may know whom. Knowledge flows one way: `machines ← fastpath`, `machines + sim ← actors ← examples`; `sim` knows
 * nobody above it; `trace` reads events and charts only; `trace/event.ts` is a leaf that everybody may read.
 */

import { importsOf, resolve } from "./imports.ts";
import type { Finding } from "./rule.ts";
import type { Source } from "./source.ts";

/** The event type that everything emits: it imports nothing, and every room may import it. */
export const LEAF = "trace/event.ts";

/**
 * What the files of a room may import. An entry is a room or folder (`sim`), one file (`sim/assert.ts`), a
 * package (`xstate`, subpaths included) or `*`, any file of the repository.
 */
export interface Knowledge {
  /** May be imported in full. */
  readonly values: readonly string[];
  /** May be imported as types only. */
  readonly types: readonly string[];
}

/** The folder or file a rule is for → what may be imported there. The longest match counts. */
export const KNOWLEDGE: Readonly<Record<string, Knowledge>> = {
  // A chart can be pasted into Stately as it stands: a value imported from another file would silently be missing.
  "machines": { values: ["xstate"], types: ["machines", LEAF] },
  "machines/mod.ts": { values: ["machines"], types: ["machines"] },
  "sim": { values: ["sim", LEAF], types: ["sim"] },
  "fastpath": { values: ["fastpath", "machines", "sim/assert.ts", "xstate", LEAF], types: ["sim"] },
  "actors": { values: ["actors", "machines", "sim", "fastpath", "xstate", LEAF], types: [] },
  // No shortcut from the scheduler to the engine: it sees HAL calls, and of the card its registers and descriptors.
  "actors/scheduler": {
    values: ["actors", "machines", "fastpath", "xstate", LEAF, "sim/assert.ts", "sim/units.ts", "sim/prng.ts"]
      .concat("sim/clock.ts", "sim/kernel", "sim/card/registers.ts", "sim/card/descriptor.ts")
      // MDLs by their DDI names, and the CPU's way to memory for strategies that copy.
      .concat("sim/memory/mdl.ts", "sim/memory/address_space.ts"),
    types: ["sim"],
  },
  // The checker of call logs runs the same compiled charts as the simulator: fastpath's rows.
  "trace": { values: ["trace", "machines", "fastpath", "xstate", "@dagrejs/dagre"], types: [] },
  [LEAF]: { values: [], types: [] },
  "mod.ts": { values: ["machines", "sim", "fastpath", "actors", "trace"], types: [] },
  "examples": {
    values: ["examples", "mod.ts", "machines/mod.ts", "sim/mod.ts", "fastpath/mod.ts", "trace/mod.ts"]
      .concat("@dmactor/dmactor", "@std/cli", "xstate"),
    types: [],
  },
  // The page is a story told in a browser.
  "view": {
    values: ["view", "examples", "mod.ts", "machines/mod.ts", "sim/mod.ts", "trace", "@std/cli", "uplot"],
    types: [],
  },
  "std/assert": { values: ["std/assert", "deno-std"], types: [] },
  "std/cli": { values: ["std/cli", "deno-std"], types: [] },
  "std/testing": { values: ["std/testing"], types: [] },
  "tools": { values: ["*", "@std/cli", "xstate", "fast-check", "ringbuf.js", "simjs"], types: [] },
  "tests": {
    values: ["*", "@dmactor/dmactor", "@std/assert", "@std/cli", "@std/testing", "xstate"]
      .concat("fast-check", "@babel/parser", "playwright-core", "ajv", "node:module"),
    types: [],
  },
};

/** Finds every import that the plan does not foresee. */
export function forbiddenImports(source: Source): Finding[] {
  const place = placeOf(source.path);
  const allowed = place === undefined ? undefined : KNOWLEDGE[place];
  return importsOf(source).flatMap(({ specifier, typeOnly, line }) => {
    const target = resolve(source.path, specifier) ?? specifier;
    const may = (list: readonly string[] = []): boolean => list.some((entry) => covers(entry, target, specifier));
    if (may(allowed?.values) || (typeOnly && may(allowed?.types))) return [];
    const asTypes = !typeOnly && may(allowed?.types) ? " (as types it may)" : "";
    return [{ path: source.path, line, what: `${place ?? source.path} may not import ${target}${asTypes}` }];
  });
}

/** The longest key of the table that is this file or a folder above it. */
function placeOf(path: string): string | undefined {
  return Object.keys(KNOWLEDGE).filter((key) => path === key || path.startsWith(`${key}/`))
    .sort((a, b) => a.length - b.length).at(-1);
}

/** Whether an entry of the table means this file of ours, or this package. */
function covers(entry: string, target: string, specifier: string): boolean {
  if (entry === "*") return specifier.startsWith(".");
  return target === entry || target.startsWith(`${entry}/`);
}

/** Every top-level folder that the plan of the house knows. */
export const OUR_FOLDERS: readonly string[] = [
  ...["machines", "sim", "actors", "fastpath", "trace", "examples", "view", "tests", "std", "tools", "docs"],
  ...[".ci", ".vscode", ".github", ".devcontainer"],
];
