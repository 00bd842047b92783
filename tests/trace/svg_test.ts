/** Charts as pictures: well-formed, everything inside the frame, no two states on top of each other. */
import { assert, assertEquals } from "@std/assert";
import { chartGraph } from "../../trace/charts/chart_graph.ts";
import { CHARTS } from "../../trace/charts/list.ts";
import { svg } from "../../trace/charts/svg.ts";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function boxes(picture: string, kind: string): Box[] {
  const pattern = /<rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.-]+)" height="([\d.-]+)"/;
  return picture.split("\n").filter((line) => line.startsWith(`<g class="${kind}`)).map((line) => {
    const [, x, y, width, height] = (line.match(pattern) ?? []).map(Number);
    return { x: x ?? NaN, y: y ?? NaN, width: width ?? NaN, height: height ?? NaN };
  });
}

/** True if every tag that opens is closed, in the right order. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, closing, name = "", selfClosing] of xml.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (selfClosing === "/") continue;
    if (closing === "") open.push(name);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0 && !/&(?!amp;|lt;|gt;|quot;)/.test(xml);
}

for (const { name, machine } of CHARTS) {
  Deno.test(`the picture of ${name} is well-formed, with every state inside the frame and apart from the others`, () => {
    const graph = chartGraph(machine);
    const picture = svg(graph);
    assert(isWellFormed(picture));
    const states = boxes(picture, "state");
    const leaves = graph.states.filter(({ initial }) => initial === "");
    assertEquals([states.length, boxes(picture, "group").length], [leaves.length, graph.states.length - leaves.length]);
    const [, width, height] = (picture.match(/viewBox="0 0 ([\d.]+) ([\d.]+)"/) ?? []).map(Number);
    for (const [index, box] of states.entries()) {
      assert(box.x >= 0 && box.y >= 0 && box.x + box.width <= width! && box.y + box.height <= height!);
      for (const other of states.slice(index + 1)) {
        const isApart = box.x + box.width <= other.x || other.x + other.width <= box.x ||
          box.y + box.height <= other.y || other.y + other.height <= box.y;
        assert(isApart, `${JSON.stringify(box)} lies on ${JSON.stringify(other)}`);
      }
    }
    for (const { event, from, to, rules } of graph.edges) {
      const isDrawn = to !== "" && !(to === from && rules.length > 0);
      assert(!isDrawn || picture.includes(event), `${event} is missing`);
    }
  });
}

Deno.test("deno task charts writes four files for every chart", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const script = new URL("../../tools/charts.ts", import.meta.url).pathname;
    const args = ["run", "--allow-read", "--allow-write", script, folder];
    const { code, stderr } = new Deno.Command(Deno.execPath(), { args }).outputSync();
    assertEquals(code, 0, new TextDecoder().decode(stderr));
    const written = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const expected = CHARTS.flatMap(({ name }) => ["json", "mmd", "svg", "ts"].map((ending) => `${name}.${ending}`));
    assertEquals(written, expected.sort());
    const original = Deno.readTextFileSync(new URL("../../machines/irp.ts", import.meta.url));
    assertEquals(Deno.readTextFileSync(`${folder}/irp.ts`), original);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
