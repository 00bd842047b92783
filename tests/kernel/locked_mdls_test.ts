/** The set of MDLs that lock pages. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LockedMdls } from "../../actors/kernel/locked_mdls.ts";
import { Mdl } from "../../sim/memory/mdl.ts";

Deno.test("locked MDLs come and go in any order and are told in the order in which they were locked", () => {
  fc.assert(fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (toggles) => {
    const mdls = Array.from({ length: 10 }, (_, index) => new Mdl(index * 4096, 4096));
    const locked = new LockedMdls();
    const model = new Set<Mdl>();
    for (const index of toggles) {
      const mdl = mdls[index]!;
      if (model.delete(mdl)) locked.remove(mdl);
      else {
        model.add(mdl);
        locked.add(mdl);
      }
      assertEquals(locked.inOrder().map(({ startVa }) => startVa), [...model].map(({ startVa }) => startVa));
    }
  }));
});
