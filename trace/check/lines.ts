/**
 * A stream of bytes or text as lines. Lines longer than a megabyte are not kept, so memory stays bounded whatever the
 * stream holds; NUL bytes and bytes that are no UTF-8 are found here, because text would hide them.
 */

import { ToUtf8 } from "./to_utf8.ts";

/** One line, or why it cannot be handed on as text. */
export interface RawLine {
  /** Its text, without the line end. */
  readonly text: string;
  /** What is wrong with its bytes; null for a good line. */
  readonly trouble: string | null;
  /** From 1; where the trouble is. */
  readonly column: number;
}

/** The longest line that is read. */
const LINE_MAX_BYTES = 1 << 20;
/** How much is decoded at once; less than {@link LINE_MAX_BYTES}. */
const BLOCK_BYTES = 1 << 18;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Cuts bytes into lines, `\n` or `\r\n`. A last line without its end counts. */
export class LineCutter {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #onLine: (line: RawLine) => void;
  readonly #toUtf8 = new ToUtf8();
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  #tooLong = false;

  /** `onLine` gets each line as it ends. */
  constructor(onLine: (line: RawLine) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next piece of the stream. */
  push(piece: Uint8Array): void {
    this.#bytes(this.#toUtf8.push(piece));
  }

  #bytes(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      this.#block(bytes.subarray(start, start + BLOCK_BYTES));
    }
  }

  #block(bytes: Uint8Array): void {
    const last = bytes.lastIndexOf(NEWLINE);
    let begin = 0;
    if (last >= 0 && (this.#restBytes > 0 || this.#tooLong)) {
      const end = bytes.indexOf(NEWLINE);
      this.#end(bytes.subarray(0, end));
      begin = end + 1;
    }
    if (begin <= last) this.#whole(bytes.subarray(begin, last + 1));
    if (last + 1 < bytes.length) this.#keep(bytes.slice(last + 1));
  }

  /** Whole lines: decoded at once, which is faster; one by one where something is wrong with a byte. */
  #whole(bytes: Uint8Array): void {
    let text: string | null = null;
    try {
      if (!bytes.includes(0)) text = this.#decoder.decode(bytes);
    } catch {
      // One of the lines is no UTF-8: which one shows below.
    }
    if (text === null) {
      for (let start = 0; start < bytes.length;) {
        const end = bytes.indexOf(NEWLINE, start);
        this.#end(bytes.subarray(start, end));
        start = end + 1;
      }
      return;
    }
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      const stop = end > start && text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
      this.#onLine({ text: text.slice(start, stop), trouble: null, column: 1 });
      start = end + 1;
    }
  }

  /** The stream has ended. */
  finish(): void {
    this.#bytes(this.#toUtf8.finish());
    if (this.#restBytes > 0 || this.#tooLong) this.#end(new Uint8Array(0));
  }

  #keep(bytes: Uint8Array): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > LINE_MAX_BYTES) {
      this.#tooLong = true;
      this.#rest = [];
      return;
    }
    this.#rest.push(bytes);
  }

  #end(tail: Uint8Array): void {
    const length = this.#restBytes + tail.length;
    const tooLong = this.#tooLong || length > LINE_MAX_BYTES;
    const bytes = tooLong
      ? tail.subarray(0, 0)
      : this.#rest.length === 0
      ? tail
      : joined([...this.#rest, tail], length);
    this.#rest = [];
    this.#restBytes = 0;
    this.#tooLong = false;
    if (tooLong) {
      const trouble = `the line has ${length} bytes, at most ${LINE_MAX_BYTES} are read`;
      return this.#onLine({ text: "", trouble, column: 1 });
    }
    const end = bytes.length > 0 && bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    this.#onLine(this.#decoded(bytes.subarray(0, end)));
  }

  #decoded(bytes: Uint8Array): RawLine {
    const nul = bytes.indexOf(0);
    if (nul >= 0) return { text: "", trouble: "a NUL byte, expected text", column: nul + 1 };
    try {
      return { text: this.#decoder.decode(bytes), trouble: null, column: 1 };
    } catch {
      return { text: "", trouble: "bytes that are no UTF-8, expected text", column: 1 };
    }
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
