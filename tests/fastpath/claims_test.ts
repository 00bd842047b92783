/** Whose a request is: one word, one decision, and everybody who asks later is told what it was. */
import { assertEquals, assertThrows } from "@std/assert";
import { cancelRequest, claimRequest, isCancelled, openClaim } from "../../fastpath/claims.ts";

Deno.test("a request that is claimed can no longer be cancelled, and one that is cancelled can no longer be claimed", () => {
  const claims = new Int32Array(2);
  assertEquals([claimRequest(claims, 0), cancelRequest(claims, 0), isCancelled(claims, 0)], [true, "late", false]);
  assertEquals([cancelRequest(claims, 1), cancelRequest(claims, 1)], ["cancelled", "again"]);
  assertEquals([isCancelled(claims, 1), claimRequest(claims, 1)], [true, false]);
});

Deno.test("a row that goes out again is anybody's again", () => {
  const claims = new Int32Array(1);
  cancelRequest(claims, 0);
  openClaim(claims, 0);
  assertEquals([isCancelled(claims, 0), claimRequest(claims, 0)], [false, true]);
});

Deno.test("who claims a request that is claimed already has a bug, and the run stops", () => {
  const claims = new Int32Array(1);
  claimRequest(claims, 0);
  assertThrows(() => claimRequest(claims, 0), Error, "Request 0 is claimed twice");
});
