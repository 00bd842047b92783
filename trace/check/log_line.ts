/**
 * One line of a call log: read, checked for the types of everything that is known, and handed on as a call or a
 * happening. A line that does not hold is described by its column and what was expected.
 */
import { IRQL_NAMES, irqlOf, isPointer } from "./values.ts";

/** Parameters, results and details under their names. */
export type Fields = Readonly<Record<string, unknown>>;

/** A routine was called. */
export interface CallLine {
  readonly is: "call";
  readonly name: string;
  readonly args: Fields;
  readonly out: Fields;
  /** Undefined where the line does not say. */
  readonly ret: unknown;
  /** Null where the line does not say. */
  readonly irql: number | null;
  readonly cpu: number;
  /** The whole line, unknown keys too. */
  readonly keys: Fields;
}

/** Something happened that no routine says. */
export interface EventLine {
  readonly is: "event";
  readonly name: string;
  readonly fields: Fields;
  readonly irql: number | null;
  readonly cpu: number;
}

/** A line that cannot be read. */
export interface Damage {
  readonly is: "damaged";
  readonly column: number;
  readonly message: string;
}

/** What a line is. Blank lines and comments are `nothing`. */
export type LogLine = CallLine | EventLine | Damage | { readonly is: "nothing" };

/** What is wrong with a line that is no object at all. */
export const NO_OBJECT = "expected an object, `{`";

const NOTHING = { is: "nothing" } as const;
const NONE: Fields = Object.freeze({});

/** Reads one line, without its line end. */
export function readLine(text: string): LogLine {
  const first = firstCharacter(text);
  if (first === -1 || text.charCodeAt(first) === 35) return NOTHING;
  if (text.charCodeAt(first) !== 123) return damaged(first + 1, NO_OBJECT);
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return damaged(columnIn(text, error), `not valid JSON: ${reasonOf(error)}`);
  }
  return readObject(text, value);
}

function readObject(text: string, value: Record<string, unknown>): LogLine {
  const { call, event, args, out, ret, irql, cpu, t } = value;
  const wrong = (key: string, expected: string): Damage =>
    damaged(columnOf(text, key), `\`${key}\` must be ${expected}`);
  if (call !== undefined && event !== undefined) {
    return damaged(columnOf(text, "event"), "both `call` and `event` in one line: expected one of them");
  }
  if (call === undefined && event === undefined) return damaged(1, "neither `call` nor `event`: expected one of them");
  if (call !== undefined && (typeof call !== "string" || call === "")) return wrong("call", "the name of a routine");
  if (event !== undefined && (typeof event !== "string" || event === "")) return wrong("event", "a name");
  if (t !== undefined && (typeof t !== "number")) return wrong("t", "a number of microseconds");
  if (cpu !== undefined && (typeof cpu !== "number" || !Number.isInteger(cpu) || cpu < 0)) {
    return wrong("cpu", "the number of a processor");
  }
  const level = irql === undefined || irql === null ? null : irqlOf(irql);
  if (level === null && irql !== undefined && irql !== null) {
    return wrong("irql", `one of ${IRQL_NAMES.join(", ")} or 0 to 31`);
  }
  const onCpu = cpu === undefined ? -1 : cpu as number;
  if (event !== undefined) {
    const trouble = wrongField(value, EVENT_TYPES);
    if (trouble !== null) return wrong(trouble, EVENT_TYPES.get(trouble)!.expected);
    return { is: "event", name: event as string, fields: value, irql: level, cpu: onCpu };
  }
  if (args !== undefined && !isObject(args)) return wrong("args", "an object of parameters");
  if (out !== undefined && out !== null && !isObject(out)) return wrong("out", "an object of results");
  if (typeof ret === "object" && ret !== null) return wrong("ret", "a status, a pointer, a number or a boolean");
  const trouble = wrongField(args as Fields | undefined, CALL_TYPES) ??
    wrongField(out as Fields | undefined, CALL_TYPES);
  if (trouble !== null) return wrong(trouble, CALL_TYPES.get(trouble)!.expected);
  return {
    is: "call",
    name: call as string,
    args: (args as Fields | undefined) ?? NONE,
    out: (out as Fields | undefined) ?? NONE,
    ret,
    irql: level,
    cpu: onCpu,
    keys: value,
  };
}

interface FieldType {
  readonly holds: (value: unknown) => boolean;
  readonly expected: string;
}

const POINTER: FieldType = {
  holds: (value) => value === null || isPointer(value),
  expected: "a hex string such as 0xA1, or null",
};
const COUNT: FieldType = {
  holds: (value) => typeof value === "number" && Number.isInteger(value) && value >= 0,
  expected: "a whole number, 0 or more",
};
const OFFSET: FieldType = {
  holds: (value) => typeof value === "number" && Number.isInteger(value),
  expected: "a whole number",
};
const BOOLEAN: FieldType = { holds: (value) => typeof value === "boolean", expected: "true or false" };
const NAME: FieldType = { holds: (value) => typeof value === "string", expected: "a string" };
const CHOICE: FieldType = {
  holds: (value) => typeof value === "string" || (typeof value === "number" && Number.isInteger(value)),
  expected: "a name or a number",
};
const OBJECT: FieldType = { holds: isObject, expected: "an object" };
const ELEMENTS: FieldType = {
  holds: (value) =>
    Array.isArray(value) && value.every((pair) => Array.isArray(pair) && isPointer(pair[0]) && COUNT.holds(pair[1])),
  expected: "an array of [address, length] pairs",
};
const DESCRIPTORS: FieldType = {
  holds: (value) =>
    Array.isArray(value) && value.every((row) => Array.isArray(row) && isPointer(row[0]) && COUNT.holds(row[1])),
  expected: "an array of [address, length, magic, next]",
};

const types = (type: FieldType, ...names: string[]): [string, FieldType][] => names.map((name) => [name, type]);

/** What is known of parameters and results. Anything else may be what it wants. */
const CALL_TYPES: ReadonlyMap<string, FieldType> = new Map([
  ...types(POINTER, "DmaAdapter", "DeviceObject", "DmaTransferContext", "Mdl", "MemoryDescriptorList", "CurrentVa"),
  ...types(POINTER, "ScatterGatherBuffer", "ScatterGather", "ScatterGatherList", "MapRegisterBase", "LogicalAddress"),
  ...types(POINTER, "VirtualAddress", "Irp", "ListHead", "ListEntry", "Lock", "PhysicalDeviceObject", "BaseAddress"),
  ...types(POINTER, "DmaTransaction", "DmaEnabler", "CommonBuffer", "TargetMdl", "OriginalMdl", "Vector", "VectorOut"),
  ...types(OFFSET, "Offset"),
  ...types(COUNT, "Length", "ScatterGatherLength", "NumberOfMapRegisters", "ScatterGatherListSize", "Index"),
  ...types(COUNT, "NumberOfElements", "SizeOfElements"),
  ...types(BOOLEAN, "WriteToDevice", "CacheEnabled", "ReadOperation", "DmaOperation"),
  ...types(CHOICE, "AllocationAction", "Flags", "CacheType", "AccessMode"),
  ...types(OBJECT, "DeviceDescription", "Config"),
  ...types(ELEMENTS, "elements"),
]);

const EVENT_TYPES: ReadonlyMap<string, FieldType> = new Map([
  ...types(
    POINTER,
    "mdl",
    "startVa",
    "next",
    "va",
    "adapter",
    "sgl",
    "mapRegisterBase",
    "address",
    "irp",
    "entry",
    "list",
  ),
  ...types(COUNT, "byteOffset", "byteCount", "length", "offset"),
  ...types(BOOLEAN, "locked", "write"),
  ...types(NAME, "pool", "cache", "routine", "format", "state", "role"),
  ...types(CHOICE, "action", "status", "channel"),
  ...types(ELEMENTS, "elements"),
  ...types(DESCRIPTORS, "descriptors"),
]);

function wrongField(fields: Fields | null | undefined, known: ReadonlyMap<string, FieldType>): string | null {
  if (fields === undefined || fields === null) return null;
  for (const name in fields) {
    const type = known.get(name);
    if (type !== undefined && !type.holds(fields[name])) return name;
  }
  return null;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function firstCharacter(text: string): number {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code !== 32 && code !== 9 && code !== 13) return index;
  }
  return -1;
}

/** A line that cannot be read, with the column (from 1) and one clause about it. */
export function damaged(column: number, message: string): Damage {
  return { is: "damaged", column, message };
}

function columnOf(text: string, key: string): number {
  // The same word may stand there as a value.
  const quoted = `"${key}"`;
  for (let at = text.indexOf(quoted); at >= 0; at = text.indexOf(quoted, at + 1)) {
    if (/^\s{0,16}:/.test(text.slice(at + quoted.length, at + quoted.length + 17))) return at + 1;
  }
  return 1;
}

/** Where the JSON parser stopped: it says so in its message, or stopped at the end. */
function columnIn(text: string, error: unknown): number {
  const said = /position (\d+)|column (\d+)/.exec(String(error));
  if (said?.[1] !== undefined) return Number(said[1]) + 1;
  return said?.[2] !== undefined ? Number(said[2]) : text.length + 1;
}

function reasonOf(error: unknown): string {
  const reason = (error instanceof Error ? error.message : String(error)).replace(
    /\s*(?:in JSON )?at position.*$/s,
    "",
  );
  // The parser quotes the line; control characters in it would spoil the terminal.
  return Array.from(reason.slice(0, 120), (character) => character < " " ? "?" : character).join("");
}
