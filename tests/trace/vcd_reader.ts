/** Reads Value Change Dump files back, apart from the writer: signals by their full names, each with its changes. */

/** A change of a signal. Whole numbers without leading zeros, text as it stands. */
export type Change = readonly [timeNs: number, value: string];

/** What a file says. */
export interface Waves {
  readonly changes: ReadonlyMap<string, readonly Change[]>;
  /** Every time mark, in the order of the file. */
  readonly times: readonly number[];
}

/**
 * Reads a file.
 *
 * @throws {Error} with one sentence, if a line is not VCD.
 */
export function readWaves(text: string): Waves {
  const names = new Map<string, string>();
  const changes = new Map<string, Change[]>();
  const scopes: string[] = [];
  const times: number[] = [];
  let now = 0;
  const [header = "", ...body] = text.split("$enddefinitions $end\n");
  for (const match of header.matchAll(/^\$(scope|upscope|var)\s(.*?)\$end$/gm)) {
    const words = (match[2] ?? "").trim().split(/\s+/);
    if (match[1] === "scope") scopes.push(words[1] ?? "");
    else if (match[1] === "upscope") scopes.pop();
    else {
      const [, , code = "", name = ""] = words;
      if (names.has(code)) throw new Error(`Two signals have the code ${code}`);
      names.set(code, [...scopes, name.replace(/\[.*/, "")].join("."));
    }
  }
  if (scopes.length > 0) throw new Error(`Scopes are left open: ${scopes}`);
  for (const line of body.join("").split("\n")) {
    if (line === "" || line.startsWith("$")) continue;
    if (line.startsWith("#")) {
      times.push(now = Number(line.slice(1)));
      continue;
    }
    const [, value = "", code = ""] = line.match(/^([01x])(\S+)$/) ?? line.match(/^[bs](\S*) (\S+)$/) ?? [];
    const name = names.get(code);
    if (name === undefined) throw new Error(`Not a change: ${line}`);
    const plain = /^x+$/.test(value) ? "x" : /^b/.test(line) ? value.replace(/^0+(?=.)/, "") : value;
    const list = changes.get(name) ?? [];
    changes.set(name, list);
    list.push([now, plain]);
  }
  return { changes, times };
}
