/** The short way to a region that was found just now. */
import { assertEquals } from "@std/assert";
import { VirtualClock } from "../../sim/clock.ts";
import { ACCESS_OK, ACCESS_UNMAPPED } from "../../sim/memory/address_space.ts";
import { HostMemory } from "../../sim/memory/mod.ts";
import { PAGE_SIZE } from "../../sim/units.ts";

Deno.test("a freed region is not found any more, by whichever of its pages it was found before", () => {
  const { space } = new HostMemory(new VirtualClock());
  const pageCount = 600;
  for (let round = 0; round < 3; round++) {
    const region = space.allocate(pageCount * PAGE_SIZE, { kind: "user" });
    if (region.kind === "refused") throw new Error(region.reason);
    const addresses = Array.from({ length: pageCount }, (_, page) => region.va + page * PAGE_SIZE);
    for (const va of addresses) assertEquals(space.write32(va, 1), ACCESS_OK);
    space.free(region);
    for (const va of addresses) assertEquals([space.write32(va, 2), space.regionAt(va)], [ACCESS_UNMAPPED, null]);
  }
});
