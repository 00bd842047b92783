/**
 * Just enough of an assembler for WebAssembly to write a loop over the columns of the shared memory that takes four
 * requests at a time. JavaScript has no instructions for four words at once; WebAssembly has.
 *
 * ```text
 * Word       an expression of 32 bits, or a number
 * Four       an expression of four words side by side (v128)
 * Statement  what is done
 * ```
 * The encoding is the WebAssembly Core Specification's, chapter 5, "Binary Format". A column is the typed array that
 * everybody else uses; where it stands in the memory is where the instruction finds it.
 */

type Bytes = readonly number[];

/** An expression of 32 bits. */
export interface Word {
  /** Its instructions. */
  readonly word: Bytes;
}

/** An expression of four words. */
export interface Four {
  /** Its instructions. */
  readonly four: Bytes;
}

/** What is done. */
export interface Statement {
  /** Its instructions. */
  readonly does: Bytes;
}

/** A variable of 32 bits. */
export interface WordVariable extends Word {
  /** Its number among the locals. */
  readonly index: number;
}

/** A variable of four words. */
export interface FourVariable extends Four {
  /** Its number among the locals. */
  readonly index: number;
}

/** A function of words. */
export interface WasmFunction {
  /** What it is called outside. */
  readonly name: string;
  /** How many words it is given. */
  readonly parameterCount: number;
  /** The types of its variables. */
  readonly variables: Bytes;
  /** Its statements and, last, the word that it returns. */
  readonly body: Bytes;
}

const I32 = 0x7f;
const V128 = 0x7b;
const NO_VALUE = 0x40;
const SIMD = 0xfd;
const ATOMIC = 0xfe;
/** Alignment of every access, as a power of two: words. A hint only; four words may stand at any word. */
const ALIGNMENT = 2;

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value >>> 0;; left >>>= 7) {
    if (left < 0x80) return [...bytes, left];
    bytes.push(left & 0x7f | 0x80);
  }
}

/** LEB128, signed, of 32 bits. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value | 0;; left >>= 7) {
    if (left >= -0x40 && left < 0x40) return [...bytes, left & 0x7f];
    bytes.push(left & 0x7f | 0x80);
  }
}

function bytesOf(value: Word | number): Bytes {
  return typeof value === "number" ? [0x41, ...signed(value)] : value.word;
}

type TwoWords = (left: Word | number, right: Word | number) => Word;
const twoWords = (opcode: number): TwoWords => (left, right) => ({
  word: [...bytesOf(left), ...bytesOf(right), opcode],
});

/** 1 or 0. */
export const equal: TwoWords = twoWords(0x46);
/** 1 or 0. */
export const notEqual: TwoWords = twoWords(0x47);
/** 1 or 0, of signed words. */
export const less: TwoWords = twoWords(0x48);
/** 1 or 0, of signed words. */
export const greater: TwoWords = twoWords(0x4a);
/** Wraps at 2^32, as do all of them. */
export const add: TwoWords = twoWords(0x6a);
/** The first without the second. */
export const subtract: TwoWords = twoWords(0x6b);
/** Their product. */
export const multiply: TwoWords = twoWords(0x6c);
/** Bits of both. */
export const and: TwoWords = twoWords(0x71);
/** Bits of either. */
export const or: TwoWords = twoWords(0x72);
/** The first, moved up by as many bits as the second says. */
export const shiftLeft: TwoWords = twoWords(0x74);

/** The word of a column at a byte offset, and so many words on. */
export function read(column: Int32Array, offset: Word | number, words: number = 0): Word {
  return { word: [...bytesOf(offset), 0x28, ALIGNMENT, ...unsigned(column.byteOffset + words * 4)] };
}

/** Writes it. */
export function write(column: Int32Array, offset: Word | number, value: Word | number, words: number = 0): Statement {
  const at = unsigned(column.byteOffset + words * 4);
  return { does: [...bytesOf(offset), ...bytesOf(value), 0x36, ALIGNMENT, ...at] };
}

const atomic = (opcode: number, column: Int32Array): Bytes => [
  ...[ATOMIC, opcode, ALIGNMENT],
  ...unsigned(column.byteOffset),
];

/** The word of a column at a byte offset, atomically. */
export function loadAtomic(column: Int32Array, offset: Word): Word {
  return { word: [...offset.word, ...atomic(0x10, column)] };
}

/** Writes it, atomically. */
export function storeAtomic(column: Int32Array, offset: Word, value: Word): Statement {
  return { does: [...offset.word, ...value.word, ...atomic(0x17, column)] };
}

/** Writes `value` if it is what is expected, atomically. Either way, what was there. */
export function swapAtomic(column: Int32Array, offset: Word, expected: Word, value: Word): Word {
  return { word: [...offset.word, ...expected.word, ...value.word, ...atomic(0x48, column)] };
}

const simd = (opcode: number): Bytes => [SIMD, ...unsigned(opcode)];

type TwoFours = (left: Four, right: Four) => Four;
const twoFours = (opcode: number): TwoFours => ({ four: left }, { four: right }) => ({
  four: [...left, ...right, ...simd(opcode)],
});

/** Word by word: all bits, or none. */
export const notEqualFours: TwoFours = twoFours(0x38);
/** Word by word, of unsigned words: all bits, or none. */
export const notBelowFours: TwoFours = twoFours(0x40);
/** Bits of both. */
export const andFours: TwoFours = twoFours(0x4e);
/** Bits of either. */
export const orFours: TwoFours = twoFours(0x50);
/** Bits of one of them. */
export const xorFours: TwoFours = twoFours(0x51);
/** Word by word. */
export const addFours: TwoFours = twoFours(0xae);
/** Word by word. */
export const subtractFours: TwoFours = twoFours(0xb1);

const shuffle = (...words: number[]): TwoFours => ({ four: left }, { four: right }) => ({
  four: [...left, ...right, ...simd(0x0d), ...words.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte))],
});

/** Words 0 and 1 of both, in turn. */
export const lowWords: TwoFours = shuffle(0, 4, 1, 5);
/** Words 2 and 3 of both, in turn. */
export const highWords: TwoFours = shuffle(2, 6, 3, 7);
/** The first half of both. */
export const lowHalves: TwoFours = shuffle(0, 1, 4, 5);
/** The second half of both. */
export const highHalves: TwoFours = shuffle(2, 3, 6, 7);

/** Four words as they are. */
export function constant(...words: [number, number, number, number]): Four {
  return { four: [...simd(0x0c), ...new Uint8Array(Int32Array.from(words).buffer)] };
}

/** One word four times. */
export function splat(value: Word | number): Four {
  return typeof value === "number" ? constant(value, value, value, value) : { four: [...value.word, ...simd(0x11)] };
}

/** One of the four. */
export function laneOf({ four }: Four, lane: 0 | 1 | 2 | 3): Word {
  return { word: [...four, ...simd(0x1b), lane] };
}

/** Four with one of them another. */
export function withLane({ four }: Four, lane: 0 | 1 | 2 | 3, value: Word): Four {
  return { four: [...four, ...value.word, ...simd(0x1c), lane] };
}

/** 1 if any bit is set, or 0. */
export function any({ four }: Four): Word {
  return { word: [...four, ...simd(0x53)] };
}

/** The bits of the first where the mask has bits, and of the second where it has none. */
export function choose(mask: Four, yes: Four, no: Four): Four {
  return { four: [...yes.four, ...no.four, ...mask.four, ...simd(0x52)] };
}

/** Four words of a column, from a byte offset on, and so many words on. */
export function readFour(column: Int32Array, offset: Word, words: number = 0): Four {
  return { four: [...offset.word, ...simd(0x00), ALIGNMENT, ...unsigned(column.byteOffset + words * 4)] };
}

/** Writes them. */
export function writeFour(column: Int32Array, offset: Word, value: Four, words: number = 0): Statement {
  const at = unsigned(column.byteOffset + words * 4);
  return { does: [...offset.word, ...value.four, ...simd(0x0b), ALIGNMENT, ...at] };
}

/** Writes the first or the second half of four words. */
export function writeHalf(column: Int32Array, offset: Word, value: Four, half: 0 | 1, words: number): Statement {
  const at = unsigned(column.byteOffset + words * 4);
  return { does: [...offset.word, ...value.four, ...simd(0x5b), ALIGNMENT, ...at, half] };
}

/** Gives a variable a value. */
export function set(variable: WordVariable, value: Word | number): Statement {
  return { does: [...bytesOf(value), 0x21, ...unsigned(variable.index)] };
}

/** Gives a variable a value. */
export function setFour(variable: FourVariable, value: Four): Statement {
  return { does: [...value.four, 0x21, ...unsigned(variable.index)] };
}

const allOf = (statements: readonly Statement[]): Bytes => statements.flatMap(({ does }) => does);

/** Over and over, until {@link leaveIf} leaves. It stands directly in a function, and nothing stands around it. */
export function forever(...statements: Statement[]): Statement {
  return { does: [0x02, NO_VALUE, 0x03, NO_VALUE, ...allOf(statements), 0x0c, 0, 0x0b, 0x0b] };
}

/** Leaves the loop, from directly within it. */
export function leaveIf(condition: Word): Statement {
  return { does: [...condition.word, 0x0d, 1] };
}

/** Leaves the loop, from within a {@link when} in it. */
export function leaveFromWhenIf(condition: Word): Statement {
  return { does: [...condition.word, 0x0d, 2] };
}

/** Only if the condition is not 0. */
export function when(condition: Word, ...statements: Statement[]): Statement {
  return { does: [...condition.word, 0x04, NO_VALUE, ...allOf(statements), 0x0b] };
}

/** What a function is written with. */
export interface Writing {
  /** New variables, 0 at first. */
  words<const Name extends string>(...names: Name[]): Record<Name, WordVariable>;
  /** New variables, 0 at first. */
  fours<const Name extends string>(...names: Name[]): Record<Name, FourVariable>;
}

/** A function: its parameters by name, and from them its statements and, last, what it returns. */
export function writeFunction<const Name extends string>(
  name: string,
  parameters: readonly Name[],
  write: (parameters: Record<Name, WordVariable>, writing: Writing) => [...Statement[], Word],
): WasmFunction {
  const types: number[] = [];
  const named = <Key extends string, Of>(
    names: readonly Key[],
    make: (index: number, get: Bytes) => Of,
    type?: number,
  ) =>
    Object.fromEntries(names.map((each) => {
      const index = types.push(type ?? I32) - 1;
      return [each, make(index, [0x20, ...unsigned(index)])];
    })) as Record<Key, Of>;
  const body = write(named(parameters, (index, word): WordVariable => ({ index, word })), {
    words: (...names) => named(names, (index, word): WordVariable => ({ index, word })),
    fours: (...names) => named(names, (index, four): FourVariable => ({ index, four }), V128),
  });
  const bytes = body.flatMap((part) => "does" in part ? part.does : part.word);
  return { name, parameterCount: parameters.length, variables: types.slice(parameters.length), body: bytes };
}

/** The bytes of a module that is given `path.memory`, a shared memory of so many pages, and gives its functions. */
export function assemble(pages: number, functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const list = (items: readonly Bytes[]): Bytes => [...unsigned(items.length), ...items.flat()];
  const sized = (bytes: Bytes): Bytes => [...unsigned(bytes.length), ...bytes];
  const text = (name: string): Bytes => sized([...new TextEncoder().encode(name)]);
  const types = functions.map(({ parameterCount }): Bytes => [
    0x60,
    ...list(Array.from({ length: parameterCount }, () => [I32])),
    ...list([[I32]]),
  ]);
  const memory: Bytes = [...text("path"), ...text("memory"), 0x02, 0x03, ...unsigned(pages), ...unsigned(pages)];
  const bodies = functions.map(({ variables, body }) =>
    sized([...list(variables.map((type) => [1, type])), ...body, 0x0b])
  );
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...sized(list(types))],
    ...[2, ...sized(list([memory]))],
    ...[3, ...sized(list(functions.map((_, index) => unsigned(index))))],
    ...[7, ...sized(list(functions.map(({ name }, index): Bytes => [...text(name), 0x00, ...unsigned(index)])))],
    ...[10, ...sized(list(bodies))],
  ]);
}
