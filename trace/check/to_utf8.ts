/** UTF-16 as UTF-8, where the stream begins with its mark: `>` of Windows PowerShell writes logs that way. */

const NOTHING = new Uint8Array(0);

/** Passes a stream on as UTF-8; what does not begin with a mark of UTF-16 stays as it is. */
export class ToUtf8 {
  /** The first byte, while it is the only one. */
  #first: Uint8Array | null = NOTHING;
  #decoder: TextDecoder | null = null;

  /** The next piece of the stream. */
  push(piece: Uint8Array): Uint8Array {
    let bytes = piece;
    if (this.#first !== null) {
      if (this.#first.length > 0) {
        bytes = new Uint8Array(1 + piece.length);
        bytes.set(this.#first);
        bytes.set(piece, 1);
      }
      if (bytes.length < 2) {
        this.#first = bytes.slice();
        return NOTHING;
      }
      this.#first = null;
      const mark = bytes[0]! * 256 + bytes[1]!;
      if (mark === 0xfffe) this.#decoder = new TextDecoder("utf-16le");
      if (mark === 0xfeff) this.#decoder = new TextDecoder("utf-16be");
    }
    return this.#decoder === null ? bytes : new TextEncoder().encode(this.#decoder.decode(bytes, { stream: true }));
  }

  /** What is left at the end. */
  finish(): Uint8Array {
    if (this.#decoder !== null) return new TextEncoder().encode(this.#decoder.decode());
    const rest = this.#first ?? NOTHING;
    this.#first = null;
    return rest;
  }
}
