/** Bytes by which a run knows its own: no two neighbouring pieces are alike, so that a wrong place shows. */
import type { Prng } from "../../sim/prng.ts";

/** So many bytes; another `salt` gives others. */
export function patternBytes(lengthBytes: number, salt = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lengthBytes);
  for (let at = 0; at < lengthBytes; at++) bytes[at] = at * 31 + (at >> 8) + salt * 7;
  return bytes;
}

/** So many bytes, drawn from `luck`, a whole word at a time. */
export function randomBytes(lengthBytes: number, luck: Prng): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(lengthBytes / Uint32Array.BYTES_PER_ELEMENT));
  for (let at = 0; at < words.length; at++) words[at] = luck.next32();
  return new Uint8Array(words.buffer, 0, lengthBytes);
}

/** True if `found` is what was sent. */
export function sameBytes(found: Uint8Array, sent: Uint8Array): boolean {
  if (found.length !== sent.length) return false;
  for (let at = 0; at < sent.length; at++) if (found[at] !== sent[at]) return false;
  return true;
}
