/** What a reader of a chart's text sees is the machine that runs; nothing is hidden from Stately. */

import { assert, assertEquals } from "@std/assert";
import { createMachine } from "xstate";
import type { AnyStateMachine } from "xstate";
import { type Literal, readChartText } from "./chart_text.ts";
import { CHARTS } from "./charts.ts";

const ROOM = new URL("../../machines/", import.meta.url);
const textOf = (file: string): string => Deno.readTextFileSync(new URL(file, ROOM));

/** What JSON keeps of a value: functions fall out. */
function asJson(value: unknown): Literal {
  return JSON.parse(JSON.stringify(value)) as Literal;
}

type Tree = { readonly [key: string]: Literal };

/** One line for each transition: from, event, guard, targets, actions, description, meta. */
function writtenRows(config: Tree, id: string): string[] {
  const rows: string[] = [];
  const visit = (node: Tree, path: readonly string[]): void => {
    for (const [event, entry] of Object.entries((node.on ?? {}) as Tree)) {
      for (const one of (Array.isArray(entry) ? entry : [entry]) as Tree[]) {
        const targets = one.target === undefined ? [] : [resolve(one.target as string, path, id)];
        const actions = one.actions === undefined ? [] : Array.isArray(one.actions) ? one.actions : [one.actions];
        rows.push(row([id, ...path].join("."), event, one.guard, targets, actions, one.description, one.meta));
      }
    }
    for (const [name, child] of Object.entries((node.states ?? {}) as Tree)) visit(child as Tree, [...path, name]);
  };
  visit(config, []);
  return rows.sort();
}

function resolve(target: string, owner: readonly string[], id: string): string {
  if (target.startsWith("#")) return target.slice(1);
  if (target.startsWith(".")) return [id, ...owner].join(".") + target;
  return [id, ...owner.slice(0, -1), target].join(".");
}

/** The same lines from the machine as XState resolved it. */
function resolvedRows(definition: Tree): string[] {
  const rows: string[] = [];
  const visit = (node: Tree): void => {
    for (const [event, entries] of Object.entries((node.on ?? {}) as Tree)) {
      for (const one of entries as readonly Tree[]) {
        const targets = ((one.target ?? []) as string[]).map((target) => target.replace(/^#/, ""));
        rows.push(
          row(node.id as string, event, one.guard, targets, one.actions as Literal[], one.description, one.meta),
        );
      }
    }
    for (const child of Object.values((node.states ?? {}) as Tree)) visit(child as Tree);
  };
  visit(definition);
  return rows.sort();
}

function row(
  from: string,
  event: string,
  guard: Literal | undefined,
  targets: readonly string[],
  actions: readonly Literal[],
  description: Literal | undefined,
  meta: Literal | undefined,
): string {
  return JSON.stringify({ from, event, guard, targets, actions, description, meta });
}

/** One line for each state: path, kind of start, tags, description. */
function stateRows(node: Tree, path: readonly string[] = []): string[] {
  const own = JSON.stringify([path.join("."), node.initial ?? null, node.tags ?? [], node.description]);
  const inner = Object.entries((node.states ?? {}) as Tree);
  return [own, ...inner.flatMap(([name, child]) => stateRows(child as Tree, [...path, name]))].sort();
}

function definitionOf(machine: AnyStateMachine): Tree {
  return asJson(machine.toJSON()) as Tree;
}

/** XState resolves `initial` into a transition; its target's last part is what was written. */
function withPlainInitial(node: Tree): Tree {
  const initial = node.initial as Tree | undefined;
  const target = (initial?.target as string[] | undefined)?.[0]?.split(".").at(-1);
  const states = Object.entries((node.states ?? {}) as Tree).map((
    [name, child],
  ) => [name, withPlainInitial(child as Tree)]);
  return { ...node, initial: target ?? null, states: Object.fromEntries(states) };
}

Deno.test("every file that makes a machine is one of the charts, and each makes exactly one", () => {
  const files = [...Deno.readDirSync(ROOM)].map(({ name }) => name).filter((name) => name.endsWith(".ts"));
  const making = files.filter((name) => textOf(name).includes(".createMachine("));
  assertEquals(making.filter((name) => name !== "lifecycle.ts").sort(), CHARTS.map(({ file }) => file).sort());
});

for (const { file, machine } of CHARTS) {
  const read = readChartText(textOf(file));

  Deno.test(`${file}: its text hides nothing from a reader`, () => {
    assertEquals(read.hidden, []);
  });

  Deno.test(`${file}: what is written is what runs, word for word`, () => {
    const { context, ...config } = machine.config as Record<string, unknown>;
    const { context: written, ...text } = read.config;
    assertEquals(text, asJson(config));
    assertEquals(written, typeof context === "function" ? undefined : asJson(context));
  });

  Deno.test(`${file}: states and transitions resolve to what the text says`, () => {
    const definition = definitionOf(machine);
    assertEquals(writtenRows(read.config, machine.id), resolvedRows(definition));
    assertEquals(stateRows(read.config), stateRows(withPlainInitial(definition)));
  });

  Deno.test(`${file}: every guard and action that is declared is used, and the other way round`, () => {
    const used = { guards: new Set<string>(), actions: new Set<string>() };
    for (const line of writtenRows(read.config, machine.id)) {
      const { guard, actions } = JSON.parse(line) as { guard?: string; actions: (string | { type: string })[] };
      if (guard !== undefined) used.guards.add(guard);
      for (const action of actions) used.actions.add(typeof action === "string" ? action : action.type);
    }
    assertEquals([...used.guards].sort(), [...read.guards].sort());
    assertEquals([...used.actions].sort(), [...read.actions].sort());
  });

  Deno.test(`${file}: the event type and the chart name the same events`, () => {
    const named = new Set(writtenRows(read.config, machine.id).map((line) => JSON.parse(line).event as string));
    named.delete("*");
    assertEquals([...named].sort(), [...new Set(read.events)].sort());
  });

  Deno.test(`${file}: opens in Stately from its JSON, with the same states, events and targets`, () => {
    const opened = createMachine(asJson(machine.config) as Record<string, never>);
    assertEquals(resolvedRows(definitionOf(opened)), resolvedRows(definitionOf(machine)));
    assertEquals(stateRows(withPlainInitial(definitionOf(opened))), stateRows(withPlainInitial(definitionOf(machine))));
  });
}

/** A chart file around one state's transitions. */
function chartWith(on: string, before = ""): string {
  return `import { setup } from "xstate";\n${before}\n` +
    `export const m: unknown = setup({}).createMachine({ id: "m", initial: "a", states: { a: { on: ${on} } } });\n`;
}

Deno.test("a text that hides something is caught: spread, computed key, function, helper, imported value", () => {
  assertEquals(readChartText(chartWith('{ GO: { target: "a" } }')).hidden, []);
  assertEquals(readChartText(chartWith("{ ...common }")).hidden, ["line 3: states.a.on has SpreadElement"]);
  assertEquals(readChartText(chartWith('{ [GO]: { target: "a" } }')).hidden, [
    "line 3: states.a.on has a computed key",
  ]);
  assertEquals(readChartText(chartWith("{ GO() {} }")).hidden, ["line 3: states.a.on has ObjectMethod"]);
  assertEquals(readChartText(chartWith("{ GO: { actions: () => {} } }")).hidden, [
    "line 3: states.a.on.GO.actions is written as ArrowFunctionExpression",
  ]);
  assertEquals(readChartText(chartWith('{ GO: misuse("early") }')).hidden, [
    "line 3: states.a.on.GO is written as CallExpression",
  ]);
  assertEquals(readChartText(chartWith("{ GO: { target: somewhere } }")).hidden, [
    "line 3: states.a.on.GO.target is written as Identifier",
  ]);
  assertEquals(readChartText(chartWith("{ GO: { target: `a` } }")).hidden, [
    "line 3: states.a.on.GO.target is written as TemplateLiteral",
  ]);
  assertEquals(readChartText(chartWith('{ GO: { target: "a" } }', 'import { x } from "./x.ts";')).hidden, [
    "line 2: a value imported from ./x.ts",
  ]);
});

Deno.test("a config wrapped in a type or kept in a constant is caught: Stately would not find the machine", () => {
  const wrapped = (config: string): string =>
    `import { setup } from "xstate";\nconst c = {};\nexport const m: unknown = setup({}).createMachine(${config});\n`;
  for (const config of ["c", "{} as const", "{} satisfies object"]) {
    const { hidden } = readChartText(wrapped(config));
    assert(hidden[0]?.startsWith("line 3: the config is written as"), `${config}: ${hidden}`);
  }
});
