/**
 * Reads a chart from the text of its file, the way the tools of Stately do: the argument of the one `createMachine`
 * call, as far as it is literal. Whatever such a reader would not see is reported instead of being left out.
 */
import { parse } from "@babel/parser";

/** A literal as JSON knows it. */
export type Literal = string | number | boolean | null | readonly Literal[] | { readonly [key: string]: Literal };

/** What the text of a chart file says. */
export interface ChartText {
  /** The literal argument of `createMachine`. */
  readonly config: { readonly [key: string]: Literal };
  /** Names declared in `setup({ guards })`. */
  readonly guards: readonly string[];
  /** Names declared in `setup({ actions })`. */
  readonly actions: readonly string[];
  /** `type` of each member of the exported `…Event` union. */
  readonly events: readonly string[];
  /** Everything that a reader of the text would miss, with its line. */
  readonly hidden: readonly string[];
}

interface Node {
  readonly type: string;
  readonly loc?: { readonly start: { readonly line: number } };
  readonly [key: string]: unknown;
}

/** Reads one chart file. */
export function readChartText(text: string): ChartText {
  const program = parse(text, { sourceType: "module", plugins: ["typescript"] }).program as unknown as Node;
  const hidden: string[] = [];
  const hide = (node: Node, what: string): null => {
    hidden.push(`line ${node.loc?.start.line}: ${what}`);
    return null;
  };

  const calls = all(program, isCreateMachine);
  if (calls.length !== 1) hide(program, `${calls.length} calls of createMachine`);
  const call = calls[0];
  const written = call === undefined ? null : (call.arguments as Node[])[0] ?? null;
  const config = written === null ? {} : literal(written, [], hide) as ChartText["config"];
  const setup = call === undefined ? undefined : ((call.callee as Node).object as Node);
  if (setup?.type !== "CallExpression" || (setup.callee as Node).name !== "setup") {
    hide(program, "createMachine is not called on setup(…)");
  }
  const parts = ((setup?.arguments as Node[] | undefined)?.[0]?.properties ?? []) as Node[];
  for (const statement of program.body as Node[]) {
    if (statement.type !== "ImportDeclaration") continue;
    const from = (statement.source as Node).value as string;
    if (from !== "xstate" && statement.importKind !== "type") hide(statement, `a value imported from ${from}`);
  }
  return {
    config,
    guards: keysOf(parts, "guards"),
    actions: keysOf(parts, "actions"),
    events: eventTypes(program),
    hidden,
  };
}

function isCreateMachine(node: Node): boolean {
  if (node.type !== "CallExpression") return false;
  const callee = node.callee as Node;
  return callee.name === "createMachine" || (callee.property as Node | undefined)?.name === "createMachine";
}

function literal(node: Node, path: readonly string[], hide: (node: Node, what: string) => null): Literal {
  const where = path.join(".") || "the config";
  switch (node.type) {
    case "StringLiteral":
    case "NumericLiteral":
    case "BooleanLiteral":
      return node.value as Literal;
    case "NullLiteral":
      return null;
    case "ArrayExpression":
      return (node.elements as Node[]).map((element, index) => literal(element, [...path, `${index}`], hide));
    case "ObjectExpression":
      return Object.fromEntries((node.properties as Node[]).flatMap((property) => entryOf(property, path, hide)));
    default:
      return hide(node, `${where} is written as ${node.type}`);
  }
}

function entryOf(
  property: Node,
  path: readonly string[],
  hide: (node: Node, what: string) => null,
): [string, Literal][] {
  const where = path.join(".") || "the config";
  if (property.type !== "ObjectProperty") return hide(property, `${where} has ${property.type}`) ?? [];
  if (property.computed) return hide(property, `${where} has a computed key`) ?? [];
  const key = property.key as Node;
  const name = (key.type === "Identifier" ? key.name : key.value) as string;
  const value = property.value as Node;
  // The first context depends on the input: the one place where a function is unavoidable, and no reader needs it.
  if (path.length === 0 && name === "context" && value.type === "ArrowFunctionExpression") return [];
  return [[name, literal(value, [...path, name], hide)]];
}

/** The keys of `setup({ [part]: { … } })`. */
function keysOf(parts: readonly Node[], part: string): string[] {
  const found = parts.find((property) => (property.key as Node | undefined)?.name === part);
  const members = ((found?.value as Node | undefined)?.properties ?? []) as Node[];
  return members.map((member) => (member.key as Node).name as string);
}

/** `X` of every `type: "X"` inside the exported type whose name ends with `Event`. */
function eventTypes(program: Node): string[] {
  const unions = all(
    program,
    (node) => node.type === "TSTypeAliasDeclaration" && ((node.id as Node).name as string).endsWith("Event"),
  );
  return unions.flatMap((union) =>
    all(union, (node) => node.type === "TSPropertySignature" && (node.key as Node).name === "type")
      .map((property) => {
        const typed = (property.typeAnnotation as Node).typeAnnotation as Node;
        return (typed.literal as Node).value as string;
      })
  );
}

/** Every node below (and including) this one that the test picks. */
function all(node: Node, picks: (node: Node) => boolean): Node[] {
  const inside = Object.values(node).flatMap((value) => Array.isArray(value) ? value : [value])
    .filter((value): value is Node => typeof (value as Node | null)?.type === "string");
  return [...(picks(node) ? [node] : []), ...inside.flatMap((child) => all(child, picks))];
}
