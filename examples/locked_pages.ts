/**
 * Seed 001, in passing: PROCESS_HAS_LOCKED_PAGES when the process ends. Who locks pages, who unlocks them, what mapping
 * has to do with it (nothing), and the bug checks of it (S1-26 … S1-29).
 */
import { runLockedPages } from "../mod.ts";
import type { LockedPagesDriver, LockedPagesResult, RuleName } from "../mod.ts";
import { brokenVerdict, checkerSection, crashSection, enact, rowOf, section, WITHOUT, worldOf } from "./disaster.ts";
import type { Act } from "./disaster.ts";
import type { Values } from "./options.ts";
import type { Host, Recorder, Story, Told } from "./story.ts";
import { figures, tableLines, words, wrapped } from "./table.ts";

/** `locked-pages`. */
export const lockedPages: Story = {
  name: "locked-pages",
  title: "a process ends with pages locked: who locked them, who should have unlocked them, and what Windows shows",
  options: [],
  fallbacks: {},
  without: { ...WITHOUT, iommu: "no device touches its memory" },
  tell,
};

function act(driver: LockedPagesDriver, breaks: readonly RuleName[], stops?: string): Act<LockedPagesResult> {
  const run: Act<LockedPagesResult>["run"] = (world) => runLockedPages({ ...world, driver });
  return { name: `locked-pages-${driver}`, breaks, run, ...(stops === undefined ? {} : { stops }) };
}

const NO_UNLOCK = act("no-unlock", ["ProcessExitWithLockedPages"], "0x76");
const UNLOCKS_DIRECT = act("unlocks-direct", ["DriverUnlockedDirectIo"]);
const NO_UNMAP = act("no-unmap", ["MissingUnmap"]);
const LOCKS_ITSELF = act("locks-itself", []);
const DIRECT = act("direct", []);

const SAYS: Readonly<Record<LockedPagesDriver, string>> = {
  "no-unlock": "METHOD_NEITHER: locks, never unlocks",
  "unlocks-direct": "METHOD_OUT_DIRECT: unlocks what the I/O manager locked",
  "no-unmap": "METHOD_NEITHER: unlocks under its own mapping",
  "locks-itself": "METHOD_NEITHER: lock, map, unmap, unlock, free",
  "direct": "METHOD_OUT_DIRECT: maps, and leaves the rest to the I/O manager",
};

function tell(values: Values, _host: Host, recorder: Recorder): Told {
  const world = worldOf(values);
  const noUnlock = enact(recorder, world, NO_UNLOCK);
  const unlocksDirect = enact(recorder, world, UNLOCKS_DIRECT);
  const noUnmap = enact(recorder, world, NO_UNMAP);
  const locksItself = enact(recorder, world, LOCKS_ITSELF);
  const direct = enact(recorder, world, DIRECT);
  const enacted = [noUnlock, unlocksDirect, noUnmap, locksItself, direct];
  const failures = enacted.flatMap(({ act: { name }, failures: some, result: { intact, lockedPages: pages } }) => [
    ...some,
    ...(intact ? [] : [`${name}: the process does not find what the driver wrote`]),
    ...((pages[2] > 0) === (name === NO_UNLOCK.name) ? [] : [`${name}: ${pages[2]} pages locked at the end`]),
  ]);
  return {
    bytes: 0,
    sha256In: null,
    sha256Out: null,
    rows: enacted.map((each) => {
      const { lockedPages: pages, intact } = each.result;
      return rowOf(each, { requests: 1, completed: 1, lockedPages: pages, intact });
    }),
    lines: [
      ...wrapped("A process hands over four pages; the driver writes them through a mapping; the process ends."),
      "",
      ...tableLines(
        [words("the driver"), figures("locked"), figures("after completion"), figures("at process exit")],
        enacted.map(({ act: { name }, result }) => [
          SAYS[name.slice("locked-pages-".length) as LockedPagesDriver],
          ...result.lockedPages.map(String),
        ]),
      ),
      ...checkerSection(noUnlock),
      ...crashSection(noUnlock),
      ...checkerSection(unlocksDirect),
      "",
      ...wrapped(
        "At the second unlock, the I/O manager's own, Windows may stop with 0x76 and first parameter 1: pages " +
          "unlocked that are not locked.",
        "    ",
      ),
      ...checkerSection(noUnmap),
      ...section(
        "The cure",
        "METHOD_xx_DIRECT   neither lock nor unlock: the I/O manager does both. MmGetSystemAddressForMdlSafe maps,",
        "                   never locks, and its mapping goes with the unlock.",
        "METHOD_NEITHER     MmProbeAndLockPages, MmMapLockedPagesSpecifyCache with the cache attribute the pages have;",
        "                   MmUnmapLockedPages, MmUnlockPages, IoFreeMdl, at the latest in cleanup (IRP_MJ_CLEANUP).",
        "A pending request  complete it when its handle is closed: its pages stay locked as long as it hangs.",
      ),
      ...section("The cured drivers", ...locksItself.text, ...direct.text),
      "",
      ...wrapped(
        "In the thread the bug check came and went with a call of MmGetSystemAddressForMdlSafe. That call cannot be " +
          "the cause: the last driver above makes it, and nothing stays locked. The cause was never found.",
      ),
    ],
    verdict: brokenVerdict(failures) ??
      `${noUnlock.result.lockedPages[2]} pages are locked when the process ends: stop code 0x76, or 0xCB with the ` +
        "driver's address where TrackLockedPages is 1. Whoever locks, unlocks; the cured drivers leave none.",
    failures,
  };
}
