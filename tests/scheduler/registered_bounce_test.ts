/** Registered buffers of a device that needs bounce pages: what completes is not there yet. */
import { assert, assertEquals } from "@std/assert";
import { runRoundTrip } from "../../actors/runs/mod.ts";

const PIECE_BYTES = 8192;

function violations(addressBits: number): readonly { invariant: string; sentence: string }[] {
  const bytes = Uint8Array.from({ length: 4 * PIECE_BYTES }, (_, index) => index * 7);
  const system = { addressBits };
  const options = { pieceBytes: PIECE_BYTES, h2cCount: 1, c2hCount: 1, engine: "table", system } as const;
  return runRoundTrip({ bytes, strategy: "registered", ...options }).violations;
}

Deno.test("a request that completes while its bytes lie in bounce pages of a registered list is named [X-2]", () => {
  const found = violations(32);
  assert(found.length >= 1, "nothing was named");
  assertEquals(new Set(found.map(({ invariant }) => invariant)), new Set(["X-2"]));
  assert(found.every(({ sentence }) => sentence.includes("bounce pages of sgl:")), found[0]?.sentence);
});

Deno.test("a card that reaches the buffers itself leaves nothing to name", () => {
  assertEquals(violations(64), []);
});
