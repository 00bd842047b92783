/**
 * The two things the card writes beside data: the poll-mode write-back (PG195, "Poll Mode") and the result of a C2H
 * stream descriptor (PG195, "C2H Stream"). Both are little-endian words.
 */

/** Bytes of a poll-mode write-back. */
export const POLL_WRITEBACK_BYTES = 4;
/** Bytes of a C2H stream result that the card writes; drivers leave 32 or 64 for it. */
export const STREAM_RESULT_BYTES = 8;
/** Bits 31:16 of word 0 of a stream result. */
export const STREAM_RESULT_MAGIC = 0x52b4;
/** Bit 0 of word 0 of a stream result: the packet ended in this descriptor. */
export const STREAM_RESULT_EOP = 1;

/** Bit 31: some error bit of Status is set. Bits 30:24: 0. Bits 23:0: the low bits of the completed count. */
export function encodePollWriteback(target: DataView, completedCount: number, anyError: boolean): void {
  target.setUint32(0, ((completedCount & 0xff_ffff) | (anyError ? 0x8000_0000 : 0)) >>> 0, true);
}

/** Word 0: magic and EOP. Word 1: bytes received. */
export function encodeStreamResult(target: DataView, lengthBytes: number, endOfPacket: boolean): void {
  target.setUint32(0, (STREAM_RESULT_MAGIC << 16 | (endOfPacket ? STREAM_RESULT_EOP : 0)) >>> 0, true);
  target.setUint32(4, lengthBytes, true);
}
