/** The pages of docs/ name files, functions and rules that exist. */
import { assert, assertEquals } from "@std/assert";
import { BURST_TIMES, runBurst, STRATEGIES } from "../../actors/mod.ts";
import type { StrategyName } from "../../actors/mod.ts";

const ROOT = new URL("../../", import.meta.url);

function page(name: string): string {
  return Deno.readTextFileSync(new URL(`docs/${name}.md`, ROOT));
}

/** Every word that stands in code marks, in order. */
function marked(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}

Deno.test("every step of a request's way names a file that is there and functions that it has", () => {
  let text = "";
  let file = "";
  let functions = 0;
  for (const word of marked(page("way_of_a_request"))) {
    if (/^[a-z_/]+\.ts$/.test(word)) {
      file = word;
      text = Deno.readTextFileSync(new URL(word, ROOT));
    } else if (/^#?[a-z][A-Za-z]+$/.test(word) && file !== "") {
      assert(new RegExp(`(?<![\\w#])${word}\\(`).test(text), `${file} has no ${word}`);
      functions++;
    }
  }
  assert(functions > 30, `${functions} functions`);
});

Deno.test("steps of a request's way are numbered without a gap", () => {
  const numbers = [...page("way_of_a_request").matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number));
  assertEquals(numbers, Array.from({ length: numbers.length }, (_, index) => index + 1));
});

Deno.test("the makespans and shares of the strategies page are those of a burst of eight", () => {
  const rows = [...page("strategies").matchAll(/^\| `([a-z-]+)` .*\| *([\d ]+\.\d) µs \| *([\d.]+) % *\|$/gm)];
  assertEquals(rows.map(([, name]) => name).sort(), Object.keys(STRATEGIES).sort());
  for (const [, name, makespan = "", share = ""] of rows) {
    const { makespanNs, utilisation } = runBurst({
      ...{ strategy: name as StrategyName, transferCount: 8, times: BURST_TIMES, engine: "table" },
    });
    assertEquals(Number(makespan.replaceAll(" ", "")) * 1000, makespanNs, name);
    assertEquals(share, (utilisation * 100).toFixed(1), name);
  }
});

Deno.test("files and notices that the other pages name are there", () => {
  const notices = Deno.readTextFileSync(new URL("sim/card/notices.ts", ROOT));
  for (const name of ["card", "limits", "strategies"]) {
    for (const word of marked(page(name))) {
      if (/^[a-z_]+\/[a-z_/]+\.ts$/.test(word)) Deno.statSync(new URL(word, ROOT));
      if (/^(?:[A-Z][a-z]+){2,}/.test(word) && name === "card") assert(notices.includes(`"${word}"`), word);
    }
  }
});

Deno.test("links between pages lead somewhere", () => {
  for (const { name } of Deno.readDirSync(new URL("docs/", ROOT))) {
    if (!name.endsWith(".md")) continue;
    const text = Deno.readTextFileSync(new URL(`docs/${name}`, ROOT));
    for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)) {
      if (!target.startsWith("http")) Deno.statSync(new URL(target, new URL(`docs/${name}`, ROOT)));
    }
  }
});
