/** The life of an MDL that a log describes in the middle of it. */
import { MDL } from "./charts.ts";
import { FollowedLife } from "./life.ts";
import type { MdlRecord } from "./records.ts";

/** A life of an MDL whose pages are said to be locked, or not. */
export function mdlLife(locked: boolean, pool: string | null): NonNullable<MdlRecord["life"]> {
  const life: NonNullable<MdlRecord["life"]> = new FollowedLife(MDL);
  if (pool === "nonpaged") life.send({ type: "MM_BUILD_MDL_FOR_NON_PAGED_POOL" });
  else if (locked) life.send({ type: "MM_PROBE_AND_LOCK_PAGES" });
  return life;
}
